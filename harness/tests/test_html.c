/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page of a report, and that of reports side by side, as far as C makes it: what is in it,
 * packed and not, and that nothing a system had sent is markup. How it looks and works in a
 * browser: tools/page-check.
 */
#include <check.h>
#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../report/digest.h"
#include "../report/escape.h"
#include "../report/explain.h"
#include "../report/file.h"
#include "../report/html/html.h"
#include "../report/html/internal.h"
#include "../report/matrix.h"
#include "../report/memory.h"
#include "suites.h"

#define TEXT	"title t\nsut target\n\nlogin\n"
#define HOSTILE "</script><script>alert(1)</script><!-- \xe2\x80\xa8 \x1b[31m \xff &amp;"

static char dir[64], *page;
static struct ledger *ledger;

static char *log_name(const char *id, unsigned n)
{
	(void)id;
	return n > 1 ? text_format("logs/one.%u.jsonl", n) : must(strdup("logs/one.jsonl"));
}

static void put_file(const char *name, const char *text)
{
	struct err e;
	char *path = text_format("%s/%s", dir, name);
	ck_assert_msg(!file_replace(path, text, strlen(text), &e), "%s", e.what);
	free(path);
}

static void begin(void)
{
	struct err e;
	snprintf(dir, sizeof(dir), "/tmp/iserspec-html-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	char *logs = text_format("%s/logs", dir);
	ck_assert_int_eq(mkdir(logs, 0777), 0);
	free(logs);
	ledger = ledger_load("cases/rules", &e);
	ck_assert_msg(ledger, "%s", e.what);
}

static void end(void)
{
	static const char *const names[] = {"logs/one.jsonl", "logs/one.2.jsonl", "page.html",
					    "logs", ""};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = text_format("%s/%s", dir, names[i]);
		remove(path);
		free(path);
	}
	ck_assert_int_ne(access(dir, F_OK), 0);
	free(page);
	page = NULL;
	ledger_free(ledger);
}

static void make(struct report *r, const struct html_case *cases, size_t n)
{
	struct err e;
	char *path = text_format("%s/page.html", dir);
	r->tool_version = must(strdup("1"));
	r->sut_role = must(strdup("target"));
	report_join(r, ledger);
	report_explain(r, ledger);
	const struct html_input in = {.report = r,
				      .ledger = ledger,
				      .folder = dir,
				      .log_name = log_name,
				      .cases = cases,
				      .count = n};
	ck_assert_msg(!html_write(&in, path, &e), "%s", e.what);
	page = file_read(path, 64 << 20, NULL, &e);
	ck_assert_msg(page, "%s", e.what);
	free(path);
}

static struct report_case *add_case(struct report *r, const char *reason)
{
	struct report_case *c = report_add(r, "target/a/one");
	result_add(&c->result, VERDICT_FAIL, 4, "I7145-5.1.1-1", reason, NULL, 0);
	result_add_monitor(&c->result, "echo", VERDICT_PASS, "I7143-11.19-2", "held", NULL, 0);
	result_decide(&c->result);
	c->title = must(strdup("one"));
	c->rules = must(strdup("I7145-5.1.1-1"));
	c->log = must(strdup("logs/one.jsonl"));
	return c;
}

/* What stands between the element with that id and its end. */
static char *element(const char *id)
{
	char *mark = text_format("id=\"%s\">", id);
	const char *at = strstr(page, mark);
	ck_assert_msg(at, "no %s", mark);
	at += strlen(mark);
	free(mark);
	return must(strndup(at, (size_t)(strstr(at, "</script>") - at)));
}

static json_t *data(void)
{
	json_error_t e;
	char *text = element("data");
	json_t *o = json_loads(text, 0, &e);
	ck_assert_msg(o, "%s", e.text);
	free(text);
	return o;
}

static json_t *unpacked(unsigned n)
{
	static uint8_t bytes[1 << 16], out[1 << 18];
	struct base64_decode_ctx ctx;
	char *id = text_format("log-%u", n), *text = element(id);
	size_t len = sizeof(bytes);
	uLongf size = sizeof(out) - 1;
	base64_decode_init(&ctx);
	ck_assert_uint_le(strlen(text), sizeof(bytes));
	ck_assert(base64_decode_update(&ctx, &len, bytes, strlen(text), text));
	ck_assert(base64_decode_final(&ctx));
	ck_assert_int_eq(uncompress(out, &size, bytes, len), Z_OK);
	json_t *o = json_loadb((const char *)out, size, 0, NULL);
	ck_assert_ptr_nonnull(o);
	free(text);
	free(id);
	return o;
}

static size_t count(const char *text)
{
	size_t n = 0;
	for (const char *at = page; (at = strstr(at, text)); at++)
		n++;
	return n;
}

static json_t *first_case(json_t *o)
{
	return json_array_get(json_object_get(o, "cases"), 0);
}

static const char *text_of(json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key));
}

START_TEST(hostile_text_is_text)
{
	struct report r = {.sut_name = must(strdup(HOSTILE))};
	const struct html_case one = {.id = "target/a/one", .text = HOSTILE, .tags = ""};
	add_case(&r, HOSTILE);
	put_file("logs/one.jsonl",
		 "{\"seq\":1,\"time\":0,\"kind\":\"note\",\"name\":\"n\",\"text\":"
		 "\"</script><!--\"}\n");
	make(&r, &one, 1);
	/* The data, one log, the page's own. */
	ck_assert_uint_eq(count("<script"), 3);
	ck_assert_uint_eq(count("</script>"), 3);
	ck_assert_uint_eq(count("<!--"), 0);
	ck_assert_uint_eq(count("alert(1)</"), 0);
	size_t control = 0;
	for (const char *at = page; *at; at++)
		control += (unsigned char)*at < ' ' && *at != '\n' && *at != '\t';
	ck_assert_uint_eq(control, 0);
	json_t *o = data();
	ck_assert_str_eq(
		text_of(first_case(o), "reason"),
		"</script><script>alert(1)</script><!-- \\xe2\\x80\\xa8 \\x1b[31m \\xff &amp;");
	json_decref(o);
	report_free(&r);
}
END_TEST

/* A browser runs the page's own script, and no other. */
START_TEST(policy_names_the_script)
{
	struct report r = {.sut_name = must(strdup("x"))};
	make(&r, NULL, 0);
	const char *script = strstr(page, "<script>'use strict'");
	ck_assert_ptr_nonnull(script);
	script += strlen("<script>");
	struct sha256_ctx ctx;
	uint8_t digest[SHA256_DIGEST_SIZE];
	char base64[BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1] = "";
	sha256_init(&ctx);
	sha256_update(&ctx, (size_t)(strstr(script, "</script>") - script),
		      (const uint8_t *)script);
	sha256_digest(&ctx, sizeof(digest), digest);
	base64_encode_raw(base64, sizeof(digest), digest);
	char *policy = text_format("default-src 'none'; script-src 'sha256-%s';", base64);
	ck_assert_uint_eq(count(policy), 1);
	/* Nothing is fetched. */
	ck_assert_uint_eq(count(" src="), 0);
	ck_assert_uint_eq(count("@import"), 0);
	ck_assert_uint_eq(count("url("), 0);
	free(policy);
	report_free(&r);
}
END_TEST

START_TEST(logs_are_packed)
{
	char digest[DIGEST_TEXT];
	digest_bytes(TEXT, strlen(TEXT), digest);
	char *log = text_format("{\"seq\":1,\"time\":0,\"kind\":\"answer\",\"name\":\"digest\","
				"\"status\":\"run\",\"text\":\"%s\"}\n"
				"{\"seq\":2,\"time\":5,\"kind\":\"measure\",\"name\":\"delay\","
				"\"number\":3.5,\"text\":\"ms\"}\n"
				"{\"seq\":3,\"time\":9,\"kind\":\"recv\",\"conn\":1,\"name\":"
				"\"recv\",\"bytes\":\"1000\"}\n",
				digest);
	put_file("logs/one.jsonl", log);
	put_file("logs/one.2.jsonl",
		 "{\"seq\":1,\"time\":0,\"kind\":\"measure\",\"name\":\"delay\","
		 "\"number\":4.5,\"text\":\"ms\"}\n");
	struct report r = {.sut_name = must(strdup("x")),
			   .provenance = json_pack("{s:{s:i}}", "options", "repeat", 2)};
	const struct html_case one = {.id = "target/a/one", .text = TEXT, .tags = "nop hello"};
	add_case(&r, "wrong");
	make(&r, &one, 1);
	json_t *o = data(), *c = first_case(o);
	ck_assert_uint_eq(json_array_size(json_object_get(c, "script")), 4);
	ck_assert_ptr_null(json_object_get(c, "text_changed"));
	ck_assert_ptr_null(json_object_get(c, "log_missing"));
	ck_assert_uint_eq(json_array_size(json_object_get(c, "tags")), 2);
	/* What a monitor saw kept is in the log alone. */
	ck_assert_uint_eq(json_array_size(json_object_get(c, "findings")), 1);
	/* The second run of the case is in the distribution. */
	json_t *values = json_object_get(json_object_get(c, "measured"), "delay");
	ck_assert_uint_eq(json_array_size(values), 2);
	ck_assert_double_eq(json_number_value(json_array_get(values, 1)), 4.5);
	json_t *packed = unpacked((unsigned)json_integer_value(json_object_get(c, "packed")));
	ck_assert_uint_eq(json_array_size(json_object_get(packed, "kept")), 1);
	json_t *message = json_object_get(json_object_get(packed, "messages"), "3");
	ck_assert_str_eq(text_of(message, "hex"), "1000");
	ck_assert_ptr_nonnull(text_of(message, "broken"));
	ck_assert_uint_ge(
		json_array_size(json_object_get(json_object_get(packed, "ladder"), "rows")), 2);
	json_decref(packed);
	json_decref(o);
	free(log);
	report_free(&r);
}
END_TEST

/* Where a log does not serve, the page says why. */
START_TEST(logs_that_are_none)
{
	static const struct {
		const char *log, *text, *why;
	} rows[] = {
		{"logs/none.jsonl", "", "No such file"},
		{"logs/one.jsonl", "{\"seq\":1}\n", "no known kind"},
		{"logs/../report.json", "", "not in the report's folder"},
		{"/etc/passwd", "", "not in the report's folder"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {.sut_name = must(strdup("x"))};
		struct report_case *c = add_case(&r, "wrong");
		free(c->log);
		c->log = must(strdup(rows[i].log));
		put_file("logs/one.jsonl", rows[i].text);
		make(&r, NULL, 0);
		json_t *o = data();
		const char *why = text_of(first_case(o), "log_missing");
		ck_assert_msg(why && strstr(why, rows[i].why), "%s: %s", rows[i].log, why);
		ck_assert_ptr_null(json_object_get(first_case(o), "packed"));
		json_decref(o);
		report_free(&r);
		free(page);
		page = NULL;
	}
}
END_TEST

START_TEST(another_text_is_told)
{
	put_file("logs/one.jsonl", "{\"seq\":1,\"time\":0,\"kind\":\"answer\",\"name\":\"digest\","
				   "\"status\":\"run\",\"text\":\"00\"}\n");
	struct report r = {.sut_name = must(strdup("x"))};
	const struct html_case one = {.id = "target/a/one", .text = TEXT, .tags = ""};
	add_case(&r, "wrong");
	make(&r, &one, 1);
	json_t *o = data();
	ck_assert(json_is_true(json_object_get(first_case(o), "text_changed")));
	json_decref(o);
	report_free(&r);
}
END_TEST

/* All rules and sections are there, judged or not; the host's word comes last. */
START_TEST(what_it_is_mapped_by)
{
	struct report r = {.sut_name = must(strdup("x")),
			   .host = json_pack("{s:s}", "started", "now")};
	make(&r, NULL, 0);
	json_t *o = data();
	ck_assert_uint_eq(json_array_size(json_object_get(o, "ledger")), ledger_count(ledger));
	ck_assert_uint_ge(json_array_size(json_object_get(o, "sections")), 400);
	ck_assert_ptr_nonnull(json_object_get(json_object_get(o, "messages"), "nop-in"));
	const char *last = NULL, *key;
	json_t *value;
	json_object_foreach(o, key, value)
	{
		last = key;
	}
	ck_assert_str_eq(last, "host");
	json_decref(o);
	report_free(&r);
}
END_TEST

/* ---- reports side by side ---- */

static void make_matrix(struct report *r, size_t n, const struct matrix_wish *wish)
{
	static char first[] = "/somewhere/one", second[] = "/somewhere/two", note[] = HOSTILE;
	char *const paths[] = {first, second}, *const notes[] = {note};
	struct matrix m;
	size_t len;
	for (size_t i = 0; i < n; i++) {
		r[i].tool_version = must(strdup("1"));
		report_join(&r[i], ledger);
		report_explain(&r[i], ledger);
	}
	matrix_make(&m, r, paths, n, wish);
	m.notes = notes;
	m.note_count = 1;
	FILE *out = must(open_memstream(&page, &len));
	matrix_html(out, &m);
	ck_assert_int_eq(fclose(out), 0);
	matrix_free(&m);
}

static const struct matrix_wish all_rows = {
	.kinds = 1U << MATRIX_CASE | 1U << MATRIX_MONITOR | 1U << MATRIX_RULE,
};

static void two_reports(struct report r[2])
{
	r[0] = (struct report){.sut_name = must(strdup(HOSTILE)),
			       .sut_role = must(strdup("target")),
			       .host = json_pack("{s:s}", "started", "2026-11-30T01:02:03Z")};
	r[1] = (struct report){.sut_name = must(strdup("b")), .sut_role = must(strdup("target"))};
	add_case(&r[0], HOSTILE);
	struct report_case *c = add_case(&r[1], "wrong");
	c->purpose = must(strdup("what for"));
}

static json_t *row_of(json_t *o, const char *id)
{
	json_t *row;
	size_t i;
	json_array_foreach(json_object_get(o, "rows"), i, row)
	{
		if (!strcmp(text_of(row, "id"), id))
			return row;
	}
	ck_abort_msg("no row %s", id);
	return NULL;
}

/* Why the row's i-th report has its verdict. */
static const char *reason_of(json_t *o, json_t *row, size_t i)
{
	const json_t *at = json_array_get(json_object_get(row, "why"), i);
	return json_string_value(
		json_array_get(json_object_get(o, "reasons"), (size_t)json_integer_value(at)));
}

START_TEST(hostile_text_is_text_side_by_side)
{
	struct report r[2];
	two_reports(r);
	make_matrix(r, 2, &all_rows);
	ck_assert_uint_eq(count("<script"), 2);
	ck_assert_uint_eq(count("</script>"), 2);
	ck_assert_uint_eq(count("<!--"), 0);
	for (const char *at = page; *at; at++)
		ck_assert_msg((unsigned char)*at >= ' ' || *at == '\n' || *at == '\t',
			      "a control byte");
	/* A folder of whoever made it is nobody's business. */
	ck_assert_uint_eq(count("/somewhere"), 0);
	json_t *o = data();
	ck_assert_str_eq(json_string_value(json_array_get(json_object_get(o, "notes"), 0)),
			 "</script><script>alert(1)</script><!-- \\xe2\\x80\\xa8 \\x1b[31m "
			 "\\xff &amp;");
	json_decref(o);
	for (size_t i = 0; i < 2; i++)
		report_free(&r[i]);
}
END_TEST

START_TEST(rows_have_words_and_reasons)
{
	struct report r[2];
	two_reports(r);
	make_matrix(r, 2, &all_rows);
	json_t *o = data(), *one = row_of(o, "target/a/one");
	ck_assert_str_eq(text_of(one, "title"), "one");
	ck_assert_str_eq(text_of(one, "purpose"), "what for");
	ck_assert_str_eq(reason_of(o, one, 1), "wrong");
	ck_assert_int_eq(json_integer_value(json_array_get(json_object_get(one, "verdicts"), 1)),
			 VERDICT_FAIL);
	json_t *monitor = row_of(o, "monitor/echo");
	ck_assert_ptr_nonnull(strstr(text_of(monitor, "title"), "ping"));
	/* A pass needs no reason. */
	ck_assert_str_eq(reason_of(o, monitor, 0), "");
	json_t *rule = row_of(o, "I7145-5.1.1-1");
	ck_assert_str_eq(text_of(rule, "place"), "SHOULD, RFC 7145 5.1.1");
	ck_assert_str_eq(reason_of(o, rule, 0), "target/a/one");
	json_t *first = json_array_get(json_object_get(o, "reports"), 0);
	ck_assert_str_eq(text_of(first, "started"), "2026-11-30T01:02:03Z");
	ck_assert_int_eq(json_integer_value(json_object_get(o, "left_out")), 0);
	json_decref(o);
	for (size_t i = 0; i < 2; i++)
		report_free(&r[i]);
}
END_TEST

static json_int_t rows_and_left_out(const struct matrix_wish *wish, size_t *rows)
{
	struct report r[2];
	two_reports(r);
	result_add(&r[1].cases[0].result, VERDICT_CRASH, 5, "I7145-5.1.1-1", "died", NULL, 0);
	result_decide(&r[1].cases[0].result);
	make_matrix(r, 2, wish);
	json_t *o = data();
	const json_int_t left_out = json_integer_value(json_object_get(o, "left_out"));
	*rows = json_array_size(json_object_get(o, "rows"));
	json_decref(o);
	free(page);
	page = NULL;
	for (size_t i = 0; i < 2; i++)
		report_free(&r[i]);
	return left_out;
}

START_TEST(rows_that_were_not_asked_for_are_counted)
{
	const struct matrix_wish wish = {.kinds = all_rows.kinds, .differences = true};
	size_t rows, some;
	ck_assert_int_eq(rows_and_left_out(&all_rows, &rows), 0);
	/* The case and its rule are there, the monitors and what they look for are not. */
	ck_assert_int_eq(rows_and_left_out(&wish, &some), (json_int_t)(rows - 2));
	ck_assert_uint_eq(some, 2);
}
END_TEST

START_TEST(hostile_text_is_text_in_a_certificate)
{
	char *clean = escape_text(HOSTILE);
	json_t *facts = json_pack("{s:{s:s}, s:[]}", "system", "sut", clean, "runs");
	page = html_certificate(facts, HOSTILE);
	/* The data, the page's own. */
	ck_assert_uint_eq(count("<script"), 2);
	ck_assert_uint_eq(count("</script>"), 2);
	ck_assert_uint_eq(count("<!--"), 0);
	json_t *o = data();
	ck_assert(json_equal(o, facts));
	json_decref(o);
	json_decref(facts);
	free(clean);
}
END_TEST

static char *page_of_log(const char *packed)
{
	return text_format("<a>x</a><script type=\"text/plain\" id=\"log-0\">%s</script>\n<p>",
			   packed);
}

/* Another library packs otherwise, and what is packed is the same; or it is not. */
START_TEST(pages_that_say_the_same)
{
	static const char text[] = "{\"a\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}";
	static const struct {
		const char *text;
		int level;
		bool cut, same;
	} others[] = {
		{text, Z_NO_COMPRESSION, false, true},
		{text, Z_BEST_COMPRESSION, false, true},
		{text, Z_NO_COMPRESSION, true, false},
		{"{\"a\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]}", Z_BEST_COMPRESSION, false, false},
		{"", Z_BEST_COMPRESSION, false, false},
	};
	char *packed = html_pack(text, strlen(text)), *ours = page_of_log(packed);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		uint8_t bytes[256];
		char base64[400];
		uLongf n = sizeof(bytes);
		ck_assert_int_eq(compress2(bytes, &n, (const Bytef *)others[i].text,
					   strlen(others[i].text), others[i].level),
				 Z_OK);
		n -= others[i].cut ? 3 : 0;
		base64_encode_raw(base64, n, bytes);
		base64[BASE64_ENCODE_RAW_LENGTH(n)] = '\0';
		char *other = page_of_log(base64);
		ck_assert_msg(html_same(ours, strlen(ours), other, strlen(other)) == others[i].same,
			      "%zu", i);
		ck_assert(html_same(other, strlen(other), ours, strlen(ours)) == others[i].same);
		free(other);
	}
	char *no_base64 = page_of_log("!!"), *longer = text_format("%s<b>", ours);
	ck_assert(!html_same(ours, strlen(ours), no_base64, strlen(no_base64)));
	ck_assert(!html_same(ours, strlen(ours), longer, strlen(longer)));
	ck_assert(!html_same(longer, strlen(longer), ours, strlen(ours)));
	ck_assert(!html_same(ours, strlen(ours), "", 0));
	ck_assert(html_same("", 0, "", 0));
	free(longer);
	free(no_base64);
	free(ours);
	free(packed);
}
END_TEST

Suite *html_suite(void)
{
	Suite *s = suite_create("html");
	TCase *t = tcase_create("html");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, hostile_text_is_text);
	tcase_add_test(t, policy_names_the_script);
	tcase_add_test(t, logs_are_packed);
	tcase_add_test(t, logs_that_are_none);
	tcase_add_test(t, another_text_is_told);
	tcase_add_test(t, what_it_is_mapped_by);
	tcase_add_test(t, hostile_text_is_text_side_by_side);
	tcase_add_test(t, rows_have_words_and_reasons);
	tcase_add_test(t, rows_that_were_not_asked_for_are_counted);
	tcase_add_test(t, hostile_text_is_text_in_a_certificate);
	tcase_add_test(t, pages_that_say_the_same);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports against golden files, which are to be read by people: harness/tests/golden/. Run from the
 * top of the tree. With ISERSPEC_UPDATE_GOLDEN=1 they are written anew; then read the difference.
 */
#include <check.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../report/escape.h"
#include "../report/file.h"
#include "../report/json.h"
#include "../report/lab.h"
#include "../report/matrix.h"
#include "../report/report.h"
#include "../report/secrets.h"
#include "suites.h"

#define GOLDEN "harness/tests/golden/"

static char dir[64], path[96];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/iserspec-report-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/out", dir);
}

static void drop_dir(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void set_text(char **to, const char *text)
{
	free(*to);
	*to = strdup(text);
}

static struct report_case *add(struct report *r, const char *id, enum verdict v, unsigned line,
			       const char *reason)
{
	static const uint64_t events[] = {17, 21};
	struct report_case *c = report_add(r, id);
	result_add(&c->result, VERDICT_PASS, 4, "I7145-5.1.1-1", "logged in", NULL, 0);
	result_add(&c->result, v, line, "I7145-5.1.1-1 I7145-6.7-3", reason, events, line ? 2 : 0);
	result_decide(&c->result);
	c->result.close = CLOSE_CLEAN;
	c->result.seconds = 0.75;
	c->title = strdup("A <title> & \"more\"");
	c->rules = strdup("I7145-5.1.1-1 I7145-6.7-3");
	c->log = strdup("logs/x.jsonl");
	return c;
}

static void add_monitor(struct report *r, const char *id, enum verdict v, const char *reason)
{
	static const uint64_t events[] = {30, 31};
	r->monitors = reallocarray(r->monitors, r->monitor_count + 1, sizeof(*r->monitors));
	struct report_case *c = &r->monitors[r->monitor_count++];
	*c = (struct report_case){0};
	result_init(&c->result, id);
	c->title = strdup("what it <looks> at");
	c->rules = strdup("I7143-11.4.9-1 I7143-4.2.2.2-1");
	if (v == VERDICT_FAIL)
		result_add(&c->result, v, 0, "I7143-11.4.9-1", reason, events, 2);
	result_decide(&c->result);
	c->result.verdict = v;
	set_text(&c->result.reason, reason);
	if (v == VERDICT_FAIL)
		c->log = strdup("logs/x.jsonl");
}

static void add_rule(struct report *r, const char *id, enum verdict v, const char *cases,
		     const char *monitors)
{
	r->rules = reallocarray(r->rules, r->rule_count + 1, sizeof(*r->rules));
	r->rules[r->rule_count++] = (struct report_rule){
		.id = strdup(id),
		.level = strdup("MUST"),
		.section = strdup("RFC 7145 5.1.1"),
		.summary = strdup("What <is> & must be."),
		.verdict = v,
		.cases = strdup(cases),
		.monitors = strdup(monitors),
	};
}

/* Of one monitor, in a case that passes and in one that does not. */
static void fill_monitors(struct report *r)
{
	static const uint64_t events[] = {30, 31};
	result_add_monitor(&r->cases[0].result, "stat-sn", VERDICT_FAIL, "I7143-11.4.9-1",
			   "StatSN <5> after 3", events, 2);
	result_add_monitor(&r->cases[0].result, "stat-sn", VERDICT_PASS, "I7143-4.2.2.2-1",
			   "held 3 times", NULL, 0);
	result_add_monitor(&r->cases[3].result, "stat-sn", VERDICT_FAIL, "I7143-11.4.9-1",
			   "StatSN 7 after 3", events, 1);
	add_monitor(r, "monitor/stat-sn", VERDICT_FAIL,
		    "target/session/honest: StatSN <5> after 3");
	add_monitor(r, "monitor/tags", VERDICT_PASS, "");
	add_monitor(r, "monitor/text", VERDICT_NOT_APPLICABLE, "nothing that it looks at occurred");
	add_rule(r, "I7143-11.4.9-1", VERDICT_FAIL, "target/session/honest target/hello/late",
		 "stat-sn");
	add_rule(r, "I7143-4.2.2.2-1", VERDICT_PASS, "target/session/honest", "stat-sn");
	add_rule(r, "I7145-5.1.1-1", VERDICT_WARN, "target/buffers/undeclared", "");
	/* Of a report that was written before rules had words. */
	free(r->rules[1].section);
	free(r->rules[1].summary);
	r->rules[1].section = r->rules[1].summary = NULL;
}

static json_t *parsed(const char *text)
{
	json_t *o = json_loads(text, 0, NULL);
	ck_assert_ptr_nonnull(o);
	return o;
}

static void fill_place(struct report *r)
{
	r->lab = parsed("{\"name\":\"uml\",\"clock\":\"inf-cpu\",\"fabric\":\"rxe\","
			"\"hosts\":1,\"kernel\":{\"release\":\"6.12.9\"}}");
	r->host = parsed("{\"started\":\"2026-03-01T12:00:00Z\",\"processors\":2}");
	r->provenance = parsed("{\"schema\":1,\"tool_version\":\"0.1.0\",\"sut\":{\"address\":"
			       "\"iser://10.9.0.1:3260/iqn.a/0\"},\"options\":{\"seed\":7},"
			       "\"cases\":{\"count\":9,\"sha256\":\"ab12\"},\"ledger\":{"
			       "\"rules\":800,\"sha256\":\"cd34\"},\"commit\":\"22f108559e97\"}");
	r->lab_told = true;
}

/* All that there is at a glance, with what a peer may have put into it. */
static void fill_glance(struct glance *g)
{
	*g = (struct glance){
		.says = strdup("the data did not come back as it was sent"),
		.expected = strdup("$got.data == $sent.data"),
		.came = strdup("$got.data is <b>\x1b[2J, $sent.data is \"abc\""),
		.field = strdup("ITT"),
		.due = strdup("0x5"),
		.had = strdup("0x6"),
		.response = strdup("NOP-In ITT=0x6 TTT=0xffffffff StatSN=2 ExpCmdSN=1 "
				   "data=<i>\xff\n\x1b"),
		.response_event = 21,
		.end = strdup("the system under test closed it, 0.087 ms after it was connected"),
		.end_event = 22,
		.judged_event = 23,
		.fails = strdup("LEN=7 I=1"),
		.why = strdup("it came <back> short"),
		.passes = strdup("LEN=6 I=1"),
		.decides = strdup("LEN"),
	};
}

/* One case of each verdict, and text that a hostile peer might send. */
static void fill(struct report *r)
{
	*r = (struct report){.seed = 7, .timeout_scale = 1.5, .seconds = 12.25, .planned = 9};
	set_text(&r->tool_version, "0.1.0");
	set_text(&r->sut_name, "lio");
	set_text(&r->sut_version, "6.1.0-28");
	set_text(&r->sut_role, "target");
	set_text(&r->sut_kernel, "Linux 6.1.0-28-amd64");
	set_text(&r->fabric, "rxe0 (rdma_rxe)");
	fill_place(r);
	struct report_case *c = add(r, "target/session/honest", VERDICT_PASS, 5, "alive");
	result_measure(&c->result, "receive_buffers", 16, "messages");
	c = add(r, "target/buffers/census", VERDICT_INFO, 6, "measured");
	result_measure(&c->result, "first_unexpected_ms", 1000.25, "ms");
	result_measure(&c->result, "ratio", 0.8, "");
	add(r, "target/buffers/undeclared", VERDICT_WARN, 7, "nothing was declared");
	c = add(r, "target/hello/late", VERDICT_FAIL, 8,
		/* NOLINTNEXTLINE(misc-misleading-bidirectional) */
		"it sent \x1b[31m<\xff>]]>\n and \xe2\x80\xae went on");
	c->result.close = CLOSE_ABRUPT;
	c->purpose = strdup("Why <this> is asked.");
	c->known = KNOWN_NEW;
	c->result.findings[1].request = strdup("NOP-Out ITT=0x5 data=\x1b");
	c->result.findings[1].request_event = 15;
	fill_glance(&c->result.findings[1].glance);
	c = add(r, "target/hello/twice", VERDICT_FAIL, 9, "a second HelloReply");
	c->known = KNOWN_SAME;
	set_text(&c->known_reason, "2026-03-01 known for years");
	c = add(r, "target/hello/asked", VERDICT_NOT_APPLICABLE, 10, "it never asks for Hello");
	c->result.close = CLOSE_NONE;
	c = add(r, "target/nop/echo", VERDICT_INCONCLUSIVE, 0, "no route to it");
	c->result.close = CLOSE_NONE;
	set_text(&c->log, "logs/y.jsonl");
	c->log_cut = true;
	c = add(r, "target/nop/flood", VERDICT_CRASH, 0, "the SUT died: BUG in isert");
	c->result.close = CLOSE_LEFT_OPEN;
	fill_monitors(r);
	r->has_baseline = true;
	r->earlier = 3;
}

static void same_as_golden(const char *text, const char *name)
{
	char golden[128];
	snprintf(golden, sizeof(golden), GOLDEN "%s", name);
	if (getenv("ISERSPEC_UPDATE_GOLDEN")) {
		ck_assert_int_eq(file_replace(golden, text, strlen(text), NULL), 0);
		return;
	}
	struct err e;
	char *want = file_read(golden, 1 << 20, NULL, &e);
	ck_assert_msg(want != NULL, "%s", e.what);
	ck_assert_str_eq(text, want);
	free(want);
}

START_TEST(json_as_promised)
{
	struct report r;
	fill(&r);
	ck_assert_int_eq(report_write_json(&r, path, NULL), 0);
	char *text = file_read(path, 1 << 20, NULL, NULL);
	same_as_golden(text, "report.json");
	free(text);
	report_free(&r);
}
END_TEST

START_TEST(json_reads_back)
{
	struct report r, back;
	fill(&r);
	ck_assert_int_eq(report_write_json(&r, path, NULL), 0);
	char *first = file_read(path, 1 << 20, NULL, NULL);
	ck_assert_int_eq(report_read_json(&back, path, NULL), 0);
	ck_assert_uint_eq(back.count, r.count);
	ck_assert_int_eq((int)back.cases[4].known, KNOWN_SAME);
	ck_assert_uint_eq(back.monitor_count, r.monitor_count);
	ck_assert_uint_eq(back.rule_count, r.rule_count);
	ck_assert_int_eq(report_exit_status(&back), report_exit_status(&r));
	ck_assert_int_eq(report_write_json(&back, path, NULL), 0);
	char *second = file_read(path, 1 << 20, NULL, NULL);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
	report_free(&r);
	report_free(&back);
}
END_TEST

/* From before there were labs: it tells its start itself, and nothing of where it was. */
START_TEST(json_of_an_older_version)
{
	static const char text[] = "{\"sut\":{\"name\":\"lio\",\"role\":\"target\"},"
				   "\"started\":\"2025-03-01T12:00:00Z\",\"cases\":[]}";
	struct report r;
	ck_assert_int_eq(file_replace(path, text, strlen(text), NULL), 0);
	ck_assert_int_eq(report_read_json(&r, path, NULL), 0);
	ck_assert_ptr_null(r.lab);
	ck_assert_str_eq(json_string_value(json_object_get(r.host, "started")),
			 "2025-03-01T12:00:00Z");
	ck_assert_str_eq(lab_text(&r, "kernel.release"), "");
	ck_assert(lab_clock_is_real(&r));
	report_free(&r);
}
END_TEST

START_TEST(json_refuses_what_is_no_report)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"{}",
		"{\"sut\":{},\"cases\":{}}",
		"{\"sut\":{},\"cases\":[{}]}",
		"{\"sut\":{},\"cases\":[{\"id\":\"x\",\"verdict\":\"good\",\"close\":\"clean\"}]}",
		("{\"sut\":{},\"cases\":[{\"id\":\"x\",\"verdict\":\"pass\",\"close\":\"clean\","
		 "\"findings\":[{}]}]}"),
		"{\"sut\":{},\"cases\":[],\"monitors\":[{}]}",
		"{\"sut\":{},\"cases\":[],\"preflight\":{}}",
		"{\"sut\":{},\"cases\":[],\"rules\":[{\"id\":\"x\",\"verdict\":\"good\"}]}",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct report r;
		struct err e = {0};
		ck_assert_int_eq(file_replace(path, texts[i], strlen(texts[i]), NULL), 0);
		ck_assert_int_eq(report_read_json(&r, path, &e), -1);
		ck_assert_ptr_nonnull(strstr(e.what, path));
		report_free(&r);
	}
}
END_TEST

START_TEST(junit_as_promised)
{
	struct report r;
	fill(&r);
	ck_assert_int_eq(report_write_junit(&r, path, NULL), 0);
	char *text = file_read(path, 1 << 20, NULL, NULL);
	same_as_golden(text, "junit.xml");
	free(text);

	/* --strict makes the warning a failure. */
	r.strict = true;
	ck_assert_int_eq(report_write_junit(&r, path, NULL), 0);
	text = file_read(path, 1 << 20, NULL, NULL);
	ck_assert_ptr_nonnull(strstr(text, "failures=\"3\" errors=\"2\" skipped=\"2\""));
	ck_assert_ptr_nonnull(strstr(text, "<failure type=\"warn\""));
	free(text);
	report_free(&r);
}
END_TEST

START_TEST(tap_as_promised)
{
	struct report r;
	fill(&r);
	ck_assert_int_eq(report_write_tap(&r, path, NULL), 0);
	char *text = file_read(path, 1 << 20, NULL, NULL);
	same_as_golden(text, "report.tap");
	free(text);

	/* --strict makes the warning a failure. */
	r.strict = true;
	ck_assert_int_eq(report_write_tap(&r, path, NULL), 0);
	text = file_read(path, 1 << 20, NULL, NULL);
	ck_assert_ptr_nonnull(strstr(text, "\nnot ok 3 - "));
	free(text);
	report_free(&r);
}
END_TEST

/* What could end the line, the description or the block's string. */
START_TEST(tap_keeps_text_a_text)
{
	struct report r;
	fill(&r);
	struct case_result *c = &r.cases[0].result;
	free(c->id);
	c->id = strdup("target/a # TODO b\\c");
	free(c->reason);
	c->reason = strdup("\"quoted\"\nnot ok 99\n  ...\nBail out!\x1b[31m\xff\\");
	c->verdict = VERDICT_FAIL;
	ck_assert_int_eq(report_write_tap(&r, path, NULL), 0);
	char *text = file_read(path, 1 << 20, NULL, NULL);
	ck_assert_ptr_nonnull(strstr(text, " - target/a \\# TODO b\\\\c\n"));
	ck_assert_ptr_nonnull(strstr(text, "message: \"\\\"quoted\\\"\\\\x0anot ok 99\\\\x0a  ..."
					   "\\\\x0aBail out!\\\\x1b[31m\\\\xff\\\\\"\n"));
	ck_assert_ptr_null(strstr(text, "\nnot ok 99"));
	ck_assert_ptr_null(strstr(text, "\nBail"));
	free(text);
	report_free(&r);
}
END_TEST

static char *terminal_text(const struct report *r, struct terminal t)
{
	char *text;
	size_t len;
	t.out = open_memstream(&text, &len);
	t.total = r->planned;
	for (size_t i = 0; i < r->count; i++) {
		terminal_running(&t, i + 1, (double)i * 2, r->cases[i].result.id, 0.4);
		terminal_ended(&t, i + 1, (double)i * 2, &r->cases[i]);
	}
	terminal_summary(&t, r);
	fclose(t.out);
	return text;
}

START_TEST(terminal_as_promised)
{
	struct report r;
	fill(&r);
	char *text = terminal_text(&r, (struct terminal){0});
	same_as_golden(text, "terminal.txt");
	ck_assert_ptr_null(strchr(text, '\033'));
	free(text);

	/* On a terminal: escapes of ours, none of the peer's. */
	text = terminal_text(&r, (struct terminal){.tty = true, .color = true});
	ck_assert_ptr_nonnull(strstr(text, "\r\033[K[1/9    0s] target/session/honest ... 0 s"));
	ck_assert_ptr_nonnull(strstr(text, "data=<i>\\xff\\x0a\\x1b"));
	ck_assert_ptr_null(strstr(text, "\xff"));
	free(text);
	text = terminal_text(&r, (struct terminal){.quiet = true});
	ck_assert_ptr_null(strstr(text, "..."));
	free(text);
	report_free(&r);
}
END_TEST

/* Nothing but printable characters and line ends, whatever stands in a finding. */
static void check_tame(const char *text)
{
	for (; *text; text++)
		ck_assert_msg((unsigned char)*text >= 0x20 || *text == '\n', "0x%02x",
			      (unsigned char)*text);
}

START_TEST(hostile_text_stays_text_in_each_format)
{
	static const char *const hostile[] = {
		"</script><script>alert(1)</script>]]>&amp;", "\x1b[2J\x1b]0;owned\x07\rover it",
		"\xff\xfe\xc0\xaf cut \xe2\x82", "two\nlines\tand \x7f\x01"};
	char *endless = malloc(10241);
	memset(endless, 'x', 10240);
	endless[10240] = '\0';
	for (size_t i = 0; i < 5; i++) {
		const char *bad = i < 4 ? hostile[i] : endless;
		struct report r, back;
		fill(&r);
		struct finding *f = &r.cases[3].result.findings[1];
#define X(text) set_text(&f->glance.text, bad);
		GLANCE_TEXTS(X)
#undef X
		set_text(&f->request, bad);
		set_text(&f->reason, bad);

		char *text = terminal_text(&r, (struct terminal){0});
		check_tame(text);
		free(text);
		ck_assert_int_eq(report_write_junit(&r, path, NULL), 0);
		text = file_read(path, 1 << 20, NULL, NULL);
		check_tame(text);
		xmlDocPtr doc =
			xmlReadMemory(text, (int)strlen(text), "junit", NULL, XML_PARSE_NONET);
		ck_assert_ptr_nonnull(doc);
		xmlFreeDoc(doc);
		free(text);
		ck_assert_int_eq(report_write_json(&r, path, NULL), 0);
		ck_assert_int_eq(report_read_json(&back, path, NULL), 0);
		char *clean = escape_text(bad);
		ck_assert_str_eq(back.cases[3].result.findings[1].glance.came, clean);
		free(clean);
		report_free(&back);
		report_free(&r);
	}
	free(endless);
}
END_TEST

static void same_matrix(const struct report r[2], unsigned kinds, bool differences,
			void (*put)(FILE *, const struct matrix *), const char *golden)
{
	char one[] = "reports/one", two[] = "reports/two", *text;
	char *const paths[] = {one, two};
	size_t len;
	FILE *out = open_memstream(&text, &len);
	const struct matrix_wish wish = {.kinds = kinds, .differences = differences};
	struct matrix m;
	matrix_make(&m, r, paths, 2, &wish);
	put(out, &m);
	matrix_free(&m);
	fclose(out);
	same_as_golden(text, golden);
	free(text);
}

enum { CASES = 1 << MATRIX_CASE | 1 << MATRIX_MONITOR, RULES = 1 << MATRIX_RULE };

START_TEST(matrix_as_promised)
{
	struct report r[2];
	fill(&r[0]);
	fill(&r[1]);
	set_text(&r[1].sut_name, "open-iscsi");
	set_text(&r[1].sut_role, "initiator");
	report_case_free(&r[1].cases[--r[1].count]);
	r[1].planned = r[1].count;
	same_matrix(r, CASES, false, matrix_text, "matrix.txt");
	same_matrix(r, CASES | RULES, false, matrix_markdown, "matrix.md");
	same_matrix(r, CASES, false, matrix_json, "matrix.json");
	report_free(&r[0]);
	report_free(&r[1]);
}
END_TEST

/* The same system elsewhere: a case came out otherwise, one was not run, a monitor found nothing.
 */
START_TEST(matrix_of_differences)
{
	struct report r[2];
	fill(&r[0]);
	fill(&r[1]);
	json_object_set_new(r[1].lab, "name", json_string("qemu"));
	r[1].cases[2].result.verdict = VERDICT_PASS;
	report_case_free(&r[1].cases[--r[1].count]);
	r[1].planned = r[1].count;
	r[1].monitors[0].result.verdict = VERDICT_PASS;
	same_matrix(r, CASES, true, matrix_text, "matrix-differences.txt");
	report_free(&r[0]);
	report_free(&r[1]);
}
END_TEST

START_TEST(the_baseline_takes_the_red_away)
{
	struct report r = {0};
	struct report_case *c = add(&r, "target/a/b", VERDICT_FAIL, 3, "x");
	ck_assert_int_eq(report_exit_status(&r), 1);
	c->known = KNOWN_WORSE;
	ck_assert_int_eq(report_exit_status(&r), 1);
	c->known = KNOWN_SAME;
	ck_assert_int_eq(report_exit_status(&r), 0);
	/* Whatever the cases say. */
	add_monitor(&r, "monitor/stat-sn", VERDICT_FAIL, "x");
	ck_assert_int_eq(report_exit_status(&r), 1);
	r.monitors[0].known = KNOWN_SAME;
	ck_assert_int_eq(report_exit_status(&r), 0);
	/* Beside what is known and fails, something new that warns. */
	r.monitors[0].known = KNOWN_NEW;
	r.monitors[0].news = VERDICT_WARN;
	ck_assert_int_eq(report_exit_status(&r), 0);
	r.strict = true;
	ck_assert_int_eq(report_exit_status(&r), 3);
	char *text = report_to_json(&r);
	struct report back;
	ck_assert_int_eq(report_parse_json(&back, "r", text, strlen(text), NULL), 0);
	ck_assert_int_eq(report_exit_status(&back), 3);
	report_free(&back);
	free(text);
	report_free(&r);
}
END_TEST

START_TEST(escaping)
{
	static const struct {
		const char *raw, *clean;
	} rows[] = {
		{"", ""},
		{"plain text, \\ and \"", "plain text, \\ and \""},
		{"\t\r\n\x7f", "\\x09\\x0d\\x0a\\x7f"},
		{"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
		 "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
		{"\xc3", "\\xc3"},		     /* cut off */
		{"\xc0\xaf", "\\xc0\\xaf"},	     /* overlong */
		{"\xe0\x80\xaf", "\\xe0\\x80\\xaf"}, /* overlong */
		{"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* surrogate */
		{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
		{"\xc2\x9b", "\\xc2\\x9b"}, /* C1: CSI in one character */
		/* NOLINTNEXTLINE(misc-misleading-bidirectional) */
		{"\xe2\x80\xae", "\\xe2\\x80\\xae"}, /* right to left */
		{"\xef\xbf\xbf", "\\xef\\xbf\\xbf"}, /* not a character */
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *once = escape_text(rows[i].raw);
		ck_assert_str_eq(once, rows[i].clean);
		char *twice = escape_text(once);
		ck_assert_str_eq(twice, once);
		free(once);
		free(twice);
	}
	char *nul = escape_bytes("a\0b", 3);
	ck_assert_str_eq(nul, "a\\x00b");
	free(nul);
}
END_TEST

START_TEST(no_secret_in_a_result)
{
	struct secrets secrets = {0};
	secrets_add(&secrets, "sesame-open");
	struct case_result r;
	result_init(&r, "x");
	struct finding *f = result_add(&r, VERDICT_FAIL, 1, "",
				       "it echoed sesame-open twice: sesame-open", NULL, 0);
	f->glance.response = strdup("Login Response \"CHAP_R=sesame-open\"");
	result_decide(&r);
	result_clean(&r, &secrets);
	ck_assert_str_eq(r.reason, "it echoed *********** twice: ***********");
	ck_assert_str_eq(r.findings[0].reason, r.reason);
	ck_assert_str_eq(r.findings[0].glance.response, "Login Response \"CHAP_R=***********\"");
	result_add_monitor(&r, "keys", VERDICT_FAIL, "", "it said sesame-open", NULL, 0);
	result_clean(&r, &secrets);
	ck_assert_str_eq(r.findings[1].reason, "it said ***********");
	result_free(&r);
	secrets_free(&secrets);
}
END_TEST

START_TEST(files_are_whole_or_not_there)
{
	struct err e;
	ck_assert_int_eq(file_replace(path, "old", 3, &e), 0);
	/* What cannot be put in place leaves the old one, and nothing beside it (drop_dir's rmdir
	 * would fail). */
	char folder[128];
	snprintf(folder, sizeof(folder), "%s/folder", dir);
	ck_assert_int_eq(folder_make(folder, &e), 0);
	ck_assert_int_eq(file_replace(folder, "x", 1, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.what, folder));
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(folder_make(path, &e), -1);
	char *text = file_read(path, 10, NULL, &e);
	ck_assert_str_eq(text, "old");
	free(text);
	ck_assert_ptr_null(file_read(path, 2, NULL, &e));
}
END_TEST

Suite *report_suite(void)
{
	Suite *s = suite_create("report");
	TCase *t = tcase_create("report");
	tcase_add_checked_fixture(t, make_dir, drop_dir);
	tcase_add_test(t, json_as_promised);
	tcase_add_test(t, json_reads_back);
	tcase_add_test(t, json_of_an_older_version);
	tcase_add_test(t, json_refuses_what_is_no_report);
	tcase_add_test(t, junit_as_promised);
	tcase_add_test(t, tap_as_promised);
	tcase_add_test(t, tap_keeps_text_a_text);
	tcase_add_test(t, terminal_as_promised);
	tcase_add_test(t, hostile_text_stays_text_in_each_format);
	tcase_add_test(t, matrix_as_promised);
	tcase_add_test(t, matrix_of_differences);
	tcase_add_test(t, the_baseline_takes_the_red_away);
	tcase_add_test(t, escaping);
	tcase_add_test(t, no_secret_in_a_result);
	tcase_add_test(t, files_are_whole_or_not_there);
	suite_add_tcase(s, t);
	return s;
}

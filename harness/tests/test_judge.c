/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports judged again: true ones, and forged ones. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/aftermath.h"
#include "../cli/judge.h"
#include "../cli/report_folder.h"
#include "../cli/run_case.h"
#include "../report/digest.h"
#include "../report/events.h"
#include "../report/explain.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "folder_remove.h"
#include "suites.h"

static char dir[64];
static struct catalogue cat;
static const char session[] = "target/a/session", burst[] = "target/a/burst",
		  echo[] = "target/a/echo";

/* Cases of our own: what is judged here is not what they are about. */
static const struct {
	const char *id, *text;
} cases[] = {
	{burst, "title    A burst\n"
		"purpose  Of the test.\n"
		"sut      target\n"
		"rules    I7143-11.18.1-1\n"
		"grade    MUST\n"
		"login\n"
		"chain\n"
		"    send scsi-command command=test-unit-ready * 4\n"
		"expect delivered all within 5s\n"
		"expect alive within 5s\n"},
	{echo, "title    A ping\n"
	       "purpose  Of the test.\n"
	       "sut      target\n"
	       "rules    I7143-11.19-2\n"
	       "grade    MUST\n"
	       "login\n"
	       "send nop-out I=1 ITT=fresh TTT=none data=pattern:5:7\n"
	       "expect nop-in ITT=$sent.ITT within 5s\n"
	       "check $got.data == $sent.data\n"},
	{session, "title    A session\n"
		  "purpose  Of the test.\n"
		  "sut      target\n"
		  "rules    I7143-11.18.1-1\n"
		  "grade    MUST\n"
		  "login\n"
		  "scsi inquiry within 10s\n"
		  "scsi write lba=0 blocks=2 pattern=3 within 10s\n"
		  "scsi read lba=0 blocks=2 pattern=3 within 10s\n"
		  "expect alive within 5s\n"},
};

static void write_case(const char *id, const char *text)
{
	struct err e;
	char *path = text_format("%s/cases/%s.iser", dir, id);
	ck_assert_int_eq(file_replace(path, text, strlen(text), &e), 0);
	free(path);
}

static void make_folder(const char *name)
{
	struct err e;
	char *path = text_format("%s/%s", dir, name);
	ck_assert_int_eq(folder_make(path, &e), 0);
	free(path);
}

static void begin(void)
{
	struct err e;
	char name[] = "/tmp/iserspec-judge-XXXXXX", *rules = realpath("cases/rules", NULL);
	ck_assert_ptr_nonnull(mkdtemp(name));
	snprintf(dir, sizeof(dir), "%s", name);
	make_folder("logs");
	make_folder("cases/target/a");
	make_folder("cases/initiator");
	char *here = text_format("%s/cases/rules", dir), *all = text_format("%s/cases", dir);
	ck_assert_int_eq(symlink(rules, here), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		write_case(cases[i].id, cases[i].text);
	ck_assert_msg(!catalogue_open(&cat, all, NULL, 0, &e), "%s", e.what);
	ck_assert_uint_eq(cat.count, sizeof(cases) / sizeof(cases[0]));
	free(here);
	free(all);
	free(rules);
}

static void end(void)
{
	catalogue_free(&cat);
	folder_remove(dir);
}

static char *log_path(const char *id, unsigned n)
{
	char *name = report_folder_log(id, n), *path = text_format("%s/%s", dir, name);
	free(name);
	return path;
}

static void record(const struct script *s, char *knob, unsigned n, struct case_result *r)
{
	struct run_options o = {.access = ACCESS_MODEL, .role = s->sut, .repeat = n};
	struct err e;
	char *path = log_path(s->id, n), *knobs[1] = {knob};
	const struct aftermath after = {.path = path};
	struct case_setup setup = {
		.options = &o,
		.script = s,
		.ledger = cat.ledger,
		.knobs = {knobs, knob ? 1 : 0},
		.seed = n,
		.timeout_scale = 1,
		.repetition = n,
		.log_path = path,
	};
	result_init(r, s->id);
	ck_assert_int_eq(run_case(&setup, NULL, r, &e), 0);
	ck_assert_int_eq(aftermath_close(&after, r, &e), 0);
	free(path);
}

/* A report about all cases, as `run` leaves it. */
static void report(char *knob, void (*change)(struct report *r))
{
	struct report r = {0};
	struct err e;
	for (size_t i = 0; i < cat.count; i++) {
		struct report_case *c = report_add(&r, cat.cases[i]->id);
		result_free(&c->result);
		record(cat.cases[i], knob, 1, &c->result);
		const struct word_list *rules = &cat.cases[i]->rules;
		c->title = strdup(cat.cases[i]->title);
		c->purpose = strdup(cat.cases[i]->purpose);
		c->rules = strdup("");
		for (size_t n = 0; n < rules->count; n++) {
			char *longer = text_format("%s%s%s", c->rules, n ? " " : "", rules->at[n]);
			free(c->rules);
			c->rules = longer;
		}
	}
	report_join(&r, cat.ledger);
	report_explain(&r, cat.ledger);
	if (change)
		change(&r);
	char *path = text_format("%s/report.json", dir);
	ck_assert_msg(!report_write_json(&r, path, &e), "%s", e.what);
	free(path);
	report_free(&r);
}

/* What is printed, to be freed; *j is the count. */
static char *judge(struct judged *j)
{
	struct err e;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	ck_assert_msg(!judge_report(dir, &cat, NULL, out, j, &e), "%s", e.what);
	fclose(out);
	return text;
}

static void is_true(void)
{
	struct judged j;
	char *text = judge(&j);
	ck_assert_str_eq(text, "");
	ck_assert_uint_gt(j.verdicts, cat.count);
	ck_assert_uint_eq(j.same, j.verdicts);
	free(text);
}

static void is_forged(const char *how)
{
	struct judged j;
	char *text = judge(&j);
	ck_assert_msg(strstr(text, how), "'%s' and not '%s'", text, how);
	ck_assert_uint_lt(j.same, j.verdicts);
	free(text);
}

START_TEST(what_is_true_stays_so)
{
	char liar[] = "nop-echo-truncated";
	report(NULL, NULL);
	is_true();
	report(liar, NULL);
	is_true();
}
END_TEST

static void flip_case(struct report *r)
{
	struct case_result *c = &r->cases[0].result;
	ck_assert_int_eq(c->verdict, VERDICT_PASS);
	c->verdict = VERDICT_FAIL;
}

static void flip_rule(struct report *r)
{
	r->rules[0].verdict = VERDICT_FAIL;
}

static void flip_monitor(struct report *r)
{
	for (size_t i = 0; i < r->monitor_count; i++)
		if (r->monitors[i].result.verdict == VERDICT_PASS) {
			r->monitors[i].result.verdict = VERDICT_WARN;
			return;
		}
	ck_abort_msg("no monitor passed");
}

static void other_reason(struct report *r)
{
	free(r->cases[0].result.reason);
	r->cases[0].result.reason = strdup("all is well");
}

static void drop_rule(struct report *r)
{
	r->rule_count--;
	free(r->rules[r->rule_count].id);
	free(r->rules[r->rule_count].level);
	free(r->rules[r->rule_count].section);
	free(r->rules[r->rule_count].summary);
	free(r->rules[r->rule_count].cases);
	free(r->rules[r->rule_count].monitors);
}

static void drop_case(struct report *r)
{
	report_case_free(&r->cases[--r->count]);
	report_join(r, cat.ledger);
	report_explain(r, cat.ledger);
}

static void other_title(struct report *r)
{
	*r->cases[0].title = '?';
}

START_TEST(a_changed_report)
{
	static const struct {
		void (*change)(struct report *r);
		const char *how;
	} rows[] = {
		{flip_case, "fail, judged again pass"},
		{flip_rule, "rule "},
		{flip_monitor, "warn, judged again pass"},
		{other_reason, "all is well"},
		{drop_rule, "nothing, judged again"},
		{drop_case, "its case is not in the report"},
		{other_title, "?"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		report(NULL, rows[i].change);
		is_forged(rows[i].how);
	}
}
END_TEST

/* ---- changed logs ---- */

static char *read_log(const char *id, size_t *len)
{
	struct err e;
	char *path = log_path(id, 1), *text = file_read(path, 1 << 26, len, &e);
	ck_assert_msg(text, "%s", e.what);
	free(path);
	return text;
}

/* Numbers anew and closes anew whatever is in `lines`: the work of somebody who knows how. */
static void write_log(const char *id, const char *text, bool close_anew)
{
	struct err e;
	char *path = log_path(id, 1), *out = NULL, *copy = strdup(text), *save = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);
	unsigned seq = 0;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (close_anew && strstr(line, "\"name\":\"closed\""))
			break;
		fprintf(f, "{\"seq\":%u%s\n", ++seq, strchr(line, ','));
	}
	fclose(f);
	ck_assert_int_eq(file_replace(path, out, len, &e), 0);
	if (close_anew) {
		const struct aftermath after = {.path = path};
		const struct case_result r = {.verdict = VERDICT_PASS};
		ck_assert_int_eq(aftermath_close(&after, &r, &e), 0);
	}
	free(out);
	free(copy);
	free(path);
}

/* `text` without its line that begins at `at`. */
static char *without(const char *text, const char *at)
{
	const char *next = strchr(at, '\n') + 1;
	return text_format("%.*s%s", (int)(at - text), text, next);
}

static void replace(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);
	ck_assert_msg(at && strlen(from) == strlen(to), "no %s", from);
	memcpy(at, to, strlen(to));
}

START_TEST(a_dropped_event)
{
	static const char *const kinds[] = {"\"kind\":\"recv\"",  "\"kind\":\"post\"",
					    "\"kind\":\"cm\"",	  "\"kind\":\"step\"",
					    "\"kind\":\"check\"", "\"kind\":\"memory\""};
	report(NULL, NULL);
	size_t len, dropped = 0;
	char *text = read_log(session, &len);
	for (char *at = text, *next; *at; at = next) {
		bool wanted = false;
		next = strchr(at, '\n') + 1;
		char *line = strndup(at, (size_t)(next - at));
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			wanted |= strstr(line, kinds[k]) != NULL;
		free(line);
		if (!wanted)
			continue;
		char *less = without(text, at);
		write_log(session, less, true);
		/* It does not fit, or what is cited as proof stands elsewhere. */
		is_forged(session);
		free(less);
		dropped++;
	}
	ck_assert_uint_gt(dropped, 30);
	free(text);
}
END_TEST

/* Where nothing hangs on an event, the log's own digest tells. */
START_TEST(a_log_that_was_opened)
{
	report(NULL, NULL);
	size_t len;
	char *text = read_log(burst, &len), *at = strstr(text, "\"kind\":\"done\"");
	while (at > text && at[-1] != '\n')
		at--;
	char *less = without(text, at);
	write_log(burst, less, false);
	is_forged("");
	free(less);
	/* Its end is missing. */
	at = strstr(text, "\"name\":\"closed\"");
	while (at[-1] != '\n')
		at--;
	*at = '\0';
	write_log(burst, text, false);
	is_forged("its last event is missing");
	free(text);
}
END_TEST

START_TEST(a_changed_message)
{
	report(NULL, NULL);
	size_t len;
	char *text = read_log(echo, &len);
	/* The ping's data, in the answer alone. */
	char *answer = strstr(text, "\"message\":\"NOP-In");
	ck_assert_ptr_nonnull(answer);
	char *bytes = strstr(answer, "\"bytes\":\"") + 9, *last = strchr(bytes, '"') - 1;
	*last = *last == '0' ? '1' : '0';
	write_log(echo, text, true);
	is_forged("cannot be");
	free(text);
}
END_TEST

START_TEST(swapped_events)
{
	report(NULL, NULL);
	size_t len;
	char *text = read_log(session, &len), *a = strstr(text, "\"kind\":\"recv\"");
	while (a[-1] != '\n')
		a--;
	char *b = strchr(a, '\n') + 1, *c = strchr(b, '\n') + 1;
	char *swapped = text_format("%.*s%.*s%.*s%s", (int)(a - text), text, (int)(c - b), b,
				    (int)(b - a), a, c);
	write_log(session, swapped, true);
	is_forged("does not fit");
	free(swapped);
	free(text);
}
END_TEST

/* The case's text of now is another one than was run: `from` becomes `to`, both as long. */
static void swap_text(const char *id, const char *from, const char *to)
{
	struct script_errors se;
	for (size_t i = 0; i < cat.count; i++) {
		if (strcmp(cat.cases[i]->id, id) != 0)
			continue;
		char *text = strdup(cat.cases[i]->text);
		replace(text, from, to);
		script_free(cat.cases[i]);
		cat.cases[i] = script_parse(id, text, strlen(text), cat.ledger, &se);
		ck_assert_msg(cat.cases[i], "%s", se.at[0].what);
		free(text);
	}
}

START_TEST(a_swapped_case)
{
	report(NULL, NULL);
	char was[DIGEST_TEXT], is[DIGEST_TEXT];
	const char *old = cat.cases[0]->text;
	ck_assert_str_eq(cat.cases[0]->id, burst);
	digest_bytes(old, strlen(old), was);
	swap_text(burst, "grade    MUST", "grade    INFO");
	is_forged("another one than was run");
	/* And then the log says that it was this one that ran. */
	swap_text(burst, "delivered all within 5s", "delivered all within 6s");
	digest_bytes(cat.cases[0]->text, strlen(cat.cases[0]->text), is);
	size_t len;
	char *text = read_log(burst, &len);
	replace(text, was, is);
	write_log(burst, text, true);
	is_forged("does not fit");
	free(text);
}
END_TEST

START_TEST(a_log_of_before)
{
	report(NULL, NULL);
	size_t len;
	char *text = read_log(session, &len), *at = text;
	while (strstr(at, "\"status\":\"run\"") && strncmp(at, "{\"seq\"", 6) == 0 &&
	       strstr(at, "\"status\":\"run\"") < strchr(at, '\n'))
		at = strchr(at, '\n') + 1;
	write_log(session, at, true);
	is_forged("from before logs could be judged again");
	free(text);
}
END_TEST

/* ---- from outside ---- */

START_TEST(what_the_run_saw)
{
	struct err e;
	struct case_result r, again;
	const struct script *s = cat.cases[0];
	char *path = log_path(s->id, 1), *text, *closed;
	const struct aftermath after = {.path = path};
	size_t len;

	record(s, NULL, 1, &r);
	text = read_log(s->id, &len);
	closed = strstr(text, "\"name\":\"closed\"");
	while (closed[-1] != '\n')
		closed--;
	/* The SUT died behind the case. */
	ck_assert_int_eq(file_replace(path, text, (size_t)(closed - text), &e), 0);
	ck_assert_int_eq(aftermath_add(&after, "watch", VERDICT_CRASH, "the SUT died: BUG", &r, &e),
			 0);
	ck_assert_int_eq(aftermath_close(&after, &r, &e), 0);
	result_init(&again, s->id);
	ck_assert_msg(!judge_log(path, s, cat.ledger, NULL, &again, &e), "%s", e.what);
	ck_assert_int_eq(again.verdict, VERDICT_CRASH);
	ck_assert_str_eq(again.reason, r.reason);
	ck_assert_uint_eq(again.finding_count, r.finding_count);
	result_free(&again);
	/* The case's process died in the middle of a line. */
	ck_assert_int_eq(file_replace(path, text, (size_t)(closed - text) / 2, &e), 0);
	ck_assert_int_eq(aftermath_add(&after, "process", VERDICT_INCONCLUSIVE, "it died", &r, &e),
			 0);
	ck_assert_int_eq(aftermath_close(&after, &r, &e), 0);
	result_init(&again, s->id);
	ck_assert_msg(!judge_log(path, s, cat.ledger, NULL, &again, &e), "%s", e.what);
	ck_assert_int_eq(again.verdict, VERDICT_INCONCLUSIVE);
	ck_assert_uint_eq(again.finding_count, 1);
	result_free(&again);
	result_free(&r);
	free(text);
	free(path);
}
END_TEST

Suite *judge_suite(void)
{
	Suite *suite = suite_create("judge");
	TCase *t = tcase_create("judge");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, what_is_true_stays_so);
	tcase_add_test(t, a_changed_report);
	tcase_add_test(t, a_dropped_event);
	tcase_add_test(t, a_log_that_was_opened);
	tcase_add_test(t, a_changed_message);
	tcase_add_test(t, swapped_events);
	tcase_add_test(t, a_swapped_case);
	tcase_add_test(t, a_log_of_before);
	tcase_add_test(t, what_the_run_saw);
	suite_add_tcase(suite, t);
	return suite;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Baselines: what they say, what is refused, and what is red under them. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../oracle/baseline.h"
#include "suites.h"

static int parse(struct baseline *b, const char *text, struct err *e)
{
	return baseline_parse(b, "lio.txt", text, strlen(text), e);
}

START_TEST(reads_entries)
{
	struct baseline b;
	ck_assert_int_eq(
		parse(&b,
		      "# LIO\n\ntarget/hello/late  fail 2026-03-01 ignores Hello, see known\r\n"
		      "   target/nop/echo warn 2025-12-31 cuts it   \n",
		      NULL),
		0);
	ck_assert_uint_eq(b.count, 2);
	const struct baseline_entry *e = baseline_find(&b, "target/hello/late");
	ck_assert_int_eq(e->verdict, VERDICT_FAIL);
	ck_assert_str_eq(e->reason, "2026-03-01 ignores Hello, see known");
	ck_assert_uint_eq(e->line, 3);
	ck_assert_str_eq(baseline_find(&b, "target/nop/echo")->reason, "2025-12-31 cuts it");
	ck_assert_ptr_null(baseline_find(&b, "target/nop"));
	baseline_free(&b);
	ck_assert_int_eq(parse(&b, "", NULL), 0);
	ck_assert_uint_eq(b.count, 0);
}
END_TEST

START_TEST(refuses_what_is_wrong)
{
	static const struct {
		const char *text, *what;
	} rows[] = {
		{"x failed 2026-03-01 r\n", "lio.txt:1: 'failed' is no verdict"},
		{"\nx\n", "lio.txt:2: '' is no verdict"},
		{"x pass 2026-03-01 r\n", "lio.txt:1: a pass needs no entry"},
		{"x fail 01.03.2026 r\n", "lio.txt:1: '01.03.2026' is no date (YYYY-MM-DD)"},
		{"x fail 2026-13-01 r\n", "lio.txt:1: '2026-13-01' is no date (YYYY-MM-DD)"},
		{"x fail 2026-03-01 \n", "lio.txt:1: the reason is missing"},
		{"x fail 2026-03-01 \f\n", "lio.txt:1: the reason is missing"},
		{"x fail 2026-03-01 r\nx warn 2026-03-01 r\n", "lio.txt:2: a second entry for x"},
		{"monitor/ fail 2026-03-01 r\n",
		 "lio.txt:1: 'monitor/' is no monitor/NAME[/RULE][@CASES]"},
		{"monitor/keys/ fail 2026-03-01 r\n",
		 "lio.txt:1: 'monitor/keys/' is no monitor/NAME[/RULE][@CASES]"},
		{"monitor/keys@ fail 2026-03-01 r\n",
		 "lio.txt:1: 'monitor/keys@' is no monitor/NAME[/RULE][@CASES]"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct baseline b;
		struct err e;
		ck_assert_int_eq(parse(&b, rows[i].text, &e), -1);
		ck_assert_str_eq(e.what, rows[i].what);
		ck_assert_uint_eq(b.count, 0);
	}
	struct baseline b;
	ck_assert_int_eq(baseline_parse(&b, "lio.txt", "x\0y", 3, NULL), -1);
}
END_TEST

static const char *or_nothing(const char *text)
{
	return text ? text : "";
}

START_TEST(takes_monitors_apart)
{
	static const struct {
		const char *id, *monitor, *rule, *cases;
	} rows[] = {
		{"target/monitor/keys", "", "", ""},
		{"monitor/keys", "keys", "", ""},
		{"monitor/keys/I7145-3.3-9", "keys", "I7145-3.3-9", ""},
		{"monitor/keys@target/login", "keys", "", "target/login"},
		{"monitor/keys/I7145-3.3-9@target/*/a", "keys", "I7145-3.3-9", "target/*/a"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct baseline b;
		char line[128];
		snprintf(line, sizeof(line), "%s fail 2026-03-01 r\n", rows[i].id);
		ck_assert_int_eq(parse(&b, line, NULL), 0);
		const struct baseline_entry *e = baseline_find(&b, rows[i].id);
		ck_assert_ptr_nonnull(e);
		ck_assert_str_eq(or_nothing(e->monitor), rows[i].monitor);
		ck_assert_str_eq(or_nothing(e->rule), rows[i].rule);
		ck_assert_str_eq(or_nothing(e->cases), rows[i].cases);
		baseline_free(&b);
	}
}
END_TEST

START_TEST(judges)
{
	static const struct {
		enum verdict entry, found;
		enum baseline_state state;
	} rows[] = {
		{VERDICT_FAIL, VERDICT_FAIL, BASELINE_SAME},
		{VERDICT_FAIL, VERDICT_WARN, BASELINE_SAME},
		{VERDICT_FAIL, VERDICT_PASS, BASELINE_BETTER},
		{VERDICT_FAIL, VERDICT_INFO, BASELINE_BETTER},
		{VERDICT_FAIL, VERDICT_CRASH, BASELINE_WORSE},
		{VERDICT_FAIL, VERDICT_INCONCLUSIVE, BASELINE_WORSE},
		{VERDICT_FAIL, VERDICT_NOT_APPLICABLE, BASELINE_SAME},
		{VERDICT_WARN, VERDICT_FAIL, BASELINE_WORSE},
		{VERDICT_CRASH, VERDICT_FAIL, BASELINE_SAME},
		{VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE, BASELINE_SAME},
		{VERDICT_INCONCLUSIVE, VERDICT_WARN, BASELINE_WORSE},
		{VERDICT_NOT_APPLICABLE, VERDICT_FAIL, BASELINE_WORSE},
		{VERDICT_NOT_APPLICABLE, VERDICT_PASS, BASELINE_BETTER},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct baseline_entry e = {.verdict = rows[i].entry};
		ck_assert_msg(baseline_judge(&e, rows[i].found) == rows[i].state, "%s under %s",
			      verdict_name(rows[i].found), verdict_name(rows[i].entry));
	}
	ck_assert_int_eq(baseline_judge(NULL, VERDICT_FAIL), BASELINE_NONE);
}
END_TEST

Suite *baseline_suite(void)
{
	Suite *s = suite_create("baseline");
	TCase *t = tcase_create("baseline");
	tcase_add_test(t, reads_entries);
	tcase_add_test(t, refuses_what_is_wrong);
	tcase_add_test(t, takes_monitors_apart);
	tcase_add_test(t, judges);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Which finding decides a case, and the exit status of a run. */
#include <check.h>
#include <string.h>

#include "../oracle/verdict.h"
#include "suites.h"

START_TEST(names_round_trip)
{
	for (int v = 0; v < VERDICT_COUNT; v++)
		ck_assert_int_eq(verdict_by_name(verdict_name((enum verdict)v)), v);
	for (int c = CLOSE_NONE; c < CLOSE_COUNT; c++)
		ck_assert_int_eq(close_by_name(close_name((enum close_kind)c)), c);
	for (int g = GRADE_MUST; g <= GRADE_INFO; g++)
		ck_assert_int_eq(grade_by_name(grade_name((enum grade)g)), g);
	ck_assert_int_eq(verdict_by_name("passed"), -1);
	ck_assert_int_eq(grade_by_name("must"), -1);
	ck_assert_str_eq(verdict_name(VERDICT_NOT_APPLICABLE), "not-applicable");
}
END_TEST

START_TEST(grades_map_to_verdicts)
{
	ck_assert_int_eq(grade_verdict(GRADE_MUST), VERDICT_FAIL);
	ck_assert_int_eq(grade_verdict(GRADE_SHOULD), VERDICT_WARN);
	ck_assert_int_eq(grade_verdict(GRADE_MAY), VERDICT_INFO);
	ck_assert_int_eq(grade_verdict(GRADE_INFO), VERDICT_INFO);
}
END_TEST

static enum verdict decided(const enum verdict *v, size_t n, char *reason, size_t size)
{
	struct case_result r;
	result_init(&r, "target/x/y");
	for (size_t i = 0; i < n; i++)
		result_add(&r, v[i], (unsigned)i + 1, "", verdict_name(v[i]), NULL, 0);
	result_decide(&r);
	enum verdict out = r.verdict;
	strncpy(reason, r.reason, size - 1);
	reason[size - 1] = '\0';
	result_free(&r);
	return out;
}

START_TEST(a_crash_takes_back_what_stands_on_an_end)
{
	struct case_result r;
	result_init(&r, "x");
	result_add(&r, VERDICT_FAIL, 1, "A", "a message", NULL, 0);
	result_add(&r, VERDICT_PASS, 2, "B", "it disconnected", NULL, 0)->on_end = true;
	result_add(&r, VERDICT_FAIL, 3, "C", "it disconnected", NULL, 0)->on_end = true;
	result_crash(&r, "the SUT died: Segmentation fault");
	ck_assert_int_eq(r.verdict, VERDICT_CRASH);
	ck_assert_str_eq(r.reason, "the SUT died: Segmentation fault");
	ck_assert_int_eq(r.findings[0].verdict, VERDICT_FAIL);
	ck_assert_str_eq(r.findings[0].reason, "a message");
	for (size_t i = 1; i <= 2; i++) {
		ck_assert_int_eq(r.findings[i].verdict, VERDICT_INCONCLUSIVE);
		ck_assert_str_eq(r.findings[i].reason,
				 "the SUT died, which ends its connections too: it disconnected");
	}
	result_free(&r);
}
END_TEST

START_TEST(what_is_besides_decides_nothing)
{
	struct case_result r;
	result_init(&r, "x");
	result_add(&r, VERDICT_INFO, 0, "", "aside", NULL, 0)->besides = true;
	result_decide(&r);
	ck_assert_int_eq(r.verdict, VERDICT_INCONCLUSIVE);
	result_add(&r, VERDICT_PASS, 1, "", "good", NULL, 0);
	result_decide(&r);
	ck_assert_int_eq(r.verdict, VERDICT_PASS);
	ck_assert_str_eq(r.reason, "good");
	result_free(&r);
}
END_TEST

START_TEST(worst_finding_decides)
{
	static const struct {
		enum verdict in[3];
		size_t n;
		enum verdict want;
		const char *reason;
	} rows[] = {
		{{0}, 0, VERDICT_INCONCLUSIVE, "nothing was judged"},
		{{VERDICT_PASS, VERDICT_PASS}, 2, VERDICT_PASS, "pass"},
		{{VERDICT_PASS, VERDICT_INFO}, 2, VERDICT_INFO, "info"},
		{{VERDICT_WARN, VERDICT_PASS, VERDICT_INFO}, 3, VERDICT_WARN, "warn"},
		{{VERDICT_WARN, VERDICT_FAIL, VERDICT_PASS}, 3, VERDICT_FAIL, "fail"},
		{{VERDICT_WARN, VERDICT_NOT_APPLICABLE},
		 2,
		 VERDICT_NOT_APPLICABLE,
		 "not-applicable"},
		{{VERDICT_WARN, VERDICT_INCONCLUSIVE}, 2, VERDICT_INCONCLUSIVE, "inconclusive"},
		{{VERDICT_FAIL, VERDICT_INCONCLUSIVE}, 2, VERDICT_FAIL, "fail"},
		{{VERDICT_FAIL, VERDICT_CRASH, VERDICT_PASS}, 3, VERDICT_CRASH, "crash"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char reason[64];
		ck_assert_int_eq(decided(rows[i].in, rows[i].n, reason, sizeof(reason)),
				 rows[i].want);
		ck_assert_str_eq(reason, rows[i].reason);
	}
}
END_TEST

START_TEST(findings_own_their_proof)
{
	struct case_result r;
	result_init(&r, "target/x/y");
	char rules[] = "I7145-5.1.3-1", reason[] = "because";
	uint64_t events[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
	result_add(&r, VERDICT_FAIL, 7, rules, reason, events, 10);
	memset(rules, 'x', sizeof(rules) - 1);
	memset(reason, 'x', sizeof(reason) - 1);
	events[0] = 99;
	ck_assert_str_eq(r.findings[0].rules, "I7145-5.1.3-1");
	ck_assert_str_eq(r.findings[0].reason, "because");
	ck_assert_uint_eq(r.findings[0].event_count, 8);
	ck_assert_uint_eq(r.findings[0].events[0], 1);
	ck_assert_uint_eq(r.findings[0].line, 7);

	result_measure(&r, "receive_buffers", 4, "messages");
	result_measure(&r, "receive_buffers", 5, "messages");
	result_measure(&r, "window_ms", 1.5, "ms");
	ck_assert_uint_eq(r.measurement_count, 2);
	ck_assert_double_eq(r.measurements[0].value, 5);
	ck_assert_str_eq(r.measurements[1].unit, "ms");
	result_free(&r);
}
END_TEST

START_TEST(exit_status)
{
	static const struct {
		size_t counts[VERDICT_COUNT];
		int normal, strict;
	} rows[] = {
		/* pass info warn fail n/a inconclusive crash */
		{{5, 1, 0, 0, 2, 0, 0}, 0, 0}, {{5, 0, 1, 0, 0, 0, 0}, 0, 3},
		{{5, 0, 1, 1, 0, 0, 0}, 1, 1}, {{5, 0, 1, 0, 0, 0, 1}, 1, 1},
		{{0, 0, 0, 0, 0, 3, 0}, 4, 4}, {{0, 0, 0, 0, 1, 3, 0}, 4, 4},
		{{1, 0, 0, 0, 0, 3, 0}, 4, 4}, {{0, 0, 0, 0, 4, 0, 0}, 0, 0},
		{{1, 0, 1, 0, 0, 1, 0}, 4, 4}, {{0, 0, 0, 1, 0, 1, 0}, 1, 1},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(verdict_exit_status(rows[i].counts, false), rows[i].normal);
		ck_assert_int_eq(verdict_exit_status(rows[i].counts, true), rows[i].strict);
	}
}
END_TEST

Suite *verdict_suite(void)
{
	Suite *s = suite_create("verdict");
	TCase *t = tcase_create("verdict");
	tcase_add_test(t, a_crash_takes_back_what_stands_on_an_end);
	tcase_add_test(t, what_is_besides_decides_nothing);
	tcase_add_test(t, names_round_trip);
	tcase_add_test(t, grades_map_to_verdicts);
	tcase_add_test(t, worst_finding_decides);
	tcase_add_test(t, findings_own_their_proof);
	tcase_add_test(t, exit_status);
	suite_add_tcase(s, t);
	return s;
}

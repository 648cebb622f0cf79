/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows that a report has beside its cases: monitors and rules. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/ledger.h"
#include "../report/report.h"
#include "suites.h"

/* A MUST, a SHOULD, and two that a monitor looks at. */
#define MUST   "I7145-5.1.2-6"
#define SHOULD "I7145-5.1.1-1"
#define SEEN   "I7143-11.4.9-1"
#define KEPT   "I7143-4.2.2.2-1"

static struct report report;
static struct ledger *ledger;

static void setup(void)
{
	struct err e;
	report = (struct report){0};
	ledger = ledger_load("cases/rules", &e);
	ck_assert_msg(ledger, "%s", e.what);
	ck_assert_int_eq(rule_grade(ledger_find(ledger, MUST)), GRADE_MUST);
	ck_assert_int_eq(rule_grade(ledger_find(ledger, SHOULD)), GRADE_SHOULD);
}

static void teardown(void)
{
	report_free(&report);
	ledger_free(ledger);
}

static struct case_result *add_case(const char *id, const char *log)
{
	struct report_case *c = report_add(&report, id);
	c->log = strdup(log);
	return &c->result;
}

static const struct report_case *monitor(const char *id)
{
	for (size_t i = 0; i < report.monitor_count; i++)
		if (!strcmp(report.monitors[i].result.id, id))
			return &report.monitors[i];
	ck_abort_msg("no row %s", id);
	return NULL;
}

static const struct report_rule *rule(const char *id)
{
	for (size_t i = 0; i < report.rule_count; i++)
		if (!strcmp(report.rules[i].id, id))
			return &report.rules[i];
	return NULL;
}

START_TEST(the_worst_evidence_counts)
{
	struct case_result *r = add_case("target/a/one", "1");
	result_add(r, VERDICT_PASS, 1, MUST, "", NULL, 0);
	r = add_case("target/a/two", "2");
	result_add(r, VERDICT_PASS, 1, MUST, "", NULL, 0);
	result_add(r, VERDICT_FAIL, 2, MUST, "", NULL, 0);
	r = add_case("target/a/three", "3");
	result_add(r, VERDICT_FAIL, 2, MUST, "", NULL, 0);
	r = add_case("target/a/four", "4");
	result_add(r, VERDICT_INCONCLUSIVE, 2, MUST, "", NULL, 0);
	report_join(&report, ledger);
	ck_assert_uint_eq(report.rule_count, 1);
	ck_assert_int_eq(rule(MUST)->verdict, VERDICT_FAIL);
	ck_assert_str_eq(rule(MUST)->cases, "target/a/two target/a/three");
	ck_assert_str_eq(rule(MUST)->monitors, "");
	ck_assert_str_eq(rule(MUST)->level, ledger_find(ledger, MUST)->level);
}
END_TEST

START_TEST(what_did_not_apply_is_no_evidence)
{
	struct case_result *r = add_case("target/a/one", "1");
	result_add(r, VERDICT_NOT_APPLICABLE, 1, MUST " " SHOULD, "", NULL, 0);
	r = add_case("target/a/two", "2");
	result_add(r, VERDICT_PASS, 1, MUST, "", NULL, 0);
	result_add(r, VERDICT_INCONCLUSIVE, 1, MUST, "", NULL, 0);
	report_join(&report, ledger);
	ck_assert_int_eq(rule(MUST)->verdict, VERDICT_PASS);
	ck_assert_str_eq(rule(MUST)->cases, "target/a/two");
	ck_assert_int_eq(rule(SHOULD)->verdict, VERDICT_NOT_APPLICABLE);
}
END_TEST

START_TEST(a_should_does_not_fail_beside_a_must)
{
	struct case_result *r = add_case("target/a/one", "1");
	result_add(r, VERDICT_FAIL, 1, SHOULD " " MUST, "", NULL, 0);
	report_join(&report, ledger);
	ck_assert_int_eq(rule(MUST)->verdict, VERDICT_FAIL);
	ck_assert_int_eq(rule(SHOULD)->verdict, VERDICT_WARN);
}
END_TEST

START_TEST(what_was_seen_besides_decides_nothing)
{
	struct case_result *r = add_case("target/a/one", "1");
	result_add(r, VERDICT_FAIL, 1, MUST, "", NULL, 0)->besides = true;
	report_join(&report, ledger);
	ck_assert_ptr_null(rule(MUST));
}
END_TEST

START_TEST(monitors_have_rows)
{
	static const uint64_t events[] = {7, 9}, later[] = {3};
	struct case_result *r = add_case("target/a/one", "1");
	result_add_monitor(r, "stat-sn", VERDICT_PASS, SEEN " " KEPT, "held 9 times", NULL, 0);
	report_join(&report, ledger);
	ck_assert_int_eq(monitor("monitor/stat-sn")->result.verdict, VERDICT_PASS);
	ck_assert_str_eq(monitor("monitor/stat-sn")->result.reason, "");

	r = add_case("target/a/two", "2");
	result_add_monitor(r, "stat-sn", VERDICT_FAIL, SEEN, "5 after 3", events, 2);
	r = add_case("target/a/three", "3");
	result_add_monitor(r, "stat-sn", VERDICT_FAIL, SEEN, "6 after 3", later, 1);
	report_join(&report, ledger);
	const struct report_case *row = monitor("monitor/stat-sn");
	ck_assert_int_eq(row->result.verdict, VERDICT_FAIL);
	ck_assert_str_eq(row->result.reason, "target/a/two: 5 after 3");
	ck_assert_str_eq(row->log, "2");
	ck_assert_uint_eq(row->result.finding_count, 1);
	ck_assert_uint_eq(row->result.findings[0].events[1], 9);
	ck_assert_int_eq(rule(SEEN)->verdict, VERDICT_FAIL);
	ck_assert_str_eq(rule(SEEN)->cases, "target/a/two target/a/three");
	ck_assert_str_eq(rule(SEEN)->monitors, "stat-sn");
	ck_assert_int_eq(rule(KEPT)->verdict, VERDICT_PASS);
	ck_assert_int_eq(report_exit_status(&report), 1);
}
END_TEST

START_TEST(a_worse_break_takes_the_place)
{
	static const uint64_t events[] = {7, 9}, later[] = {3};
	struct case_result *r = add_case("target/a/one", "1");
	result_add_monitor(r, "stat-sn", VERDICT_INCONCLUSIVE, SEEN, "unstable", events, 2);
	r = add_case("target/a/two", "2");
	result_add_monitor(r, "stat-sn", VERDICT_FAIL, SEEN, "5 after 3", later, 1);
	report_join(&report, ledger);
	const struct case_result *row = &monitor("monitor/stat-sn")->result;
	ck_assert_uint_eq(row->finding_count, 1);
	ck_assert_int_eq(row->findings[0].verdict, VERDICT_FAIL);
	ck_assert_uint_eq(row->findings[0].event_count, 1);
	ck_assert_str_eq(row->reason, "target/a/two: 5 after 3");
}
END_TEST

START_TEST(a_monitor_that_saw_nothing)
{
	add_case("target/a/one", "1");
	report_join(&report, ledger);
	ck_assert_int_eq(monitor("monitor/stat-sn")->result.verdict, VERDICT_NOT_APPLICABLE);
	size_t counts[VERDICT_COUNT];
	report_count_monitors(&report, counts);
	ck_assert_uint_eq(counts[VERDICT_NOT_APPLICABLE], report.monitor_count);
}
END_TEST

Suite *join_suite(void)
{
	Suite *s = suite_create("join");
	TCase *t = tcase_create("join");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_worst_evidence_counts);
	tcase_add_test(t, what_did_not_apply_is_no_evidence);
	tcase_add_test(t, a_should_does_not_fail_beside_a_must);
	tcase_add_test(t, what_was_seen_besides_decides_nothing);
	tcase_add_test(t, monitors_have_rows);
	tcase_add_test(t, a_worse_break_takes_the_place);
	tcase_add_test(t, a_monitor_that_saw_nothing);
	suite_add_tcase(s, t);
	return s;
}

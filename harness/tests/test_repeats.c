/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs of one case that agree, that do not, and monitors that do not. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../cli/repeats.h"
#include "suites.h"

static struct repeats rep;
static struct case_result all;

static void setup(void)
{
	rep = (struct repeats){0};
	result_init(&all, "target/a/b");
}

static void teardown(void)
{
	result_free(&all);
}

/* One run; monitor_reason NULL: no monitor found anything broken. */
static void add_run(enum verdict v, const char *monitor_reason, const char *run)
{
	static const uint64_t events[] = {4};
	struct case_result r;
	result_init(&r, "target/a/b");
	result_add(&r, v, 3, "I7145-5.1.1-1", "because", NULL, 0);
	result_add_monitor(&r, "tags", VERDICT_PASS, "I7143-4.2.2.2-1", "held", NULL, 0);
	if (monitor_reason)
		result_add_monitor(&r, "stat-sn", VERDICT_FAIL, "I7143-11.4.9-1", monitor_reason,
				   events, 1);
	result_decide(&r);
	r.seconds = 0.5;
	repeats_add(&rep, &r, run);
	result_free(&r);
}

static const struct finding *broken(void)
{
	for (size_t i = 0; i < all.finding_count; i++)
		if (all.findings[i].monitor && all.findings[i].verdict != VERDICT_PASS)
			return &all.findings[i];
	return NULL;
}

static void finish(const char *told)
{
	char *log = repeats_finish(&rep, &all);
	ck_assert_str_eq(log, told);
	free(log);
}

START_TEST(all_agree)
{
	add_run(VERDICT_FAIL, "5 after 3", "a");
	add_run(VERDICT_FAIL, "6 after 3", "b");
	finish("a");
	ck_assert_int_eq(all.verdict, VERDICT_FAIL);
	ck_assert_str_eq(all.reason, "because");
	ck_assert(all.seconds > 0.9);
	ck_assert_int_eq(broken()->verdict, VERDICT_FAIL);
	ck_assert_str_eq(broken()->reason, "5 after 3");
}
END_TEST

START_TEST(the_verdict_changes)
{
	add_run(VERDICT_PASS, "5 after 3", "a");
	add_run(VERDICT_PASS, "5 after 3", "b");
	add_run(VERDICT_WARN, "5 after 3", "c");
	add_run(VERDICT_FAIL, "5 after 3", "d");
	finish("a");
	ck_assert_int_eq(all.verdict, VERDICT_INCONCLUSIVE);
	ck_assert_str_eq(all.reason, "unstable: 2 pass, 1 warn, 1 fail of 4 runs; see a and c");
	/* What a monitor saw in each of them stands. */
	ck_assert_int_eq(broken()->verdict, VERDICT_FAIL);
}
END_TEST

START_TEST(a_monitor_fires_in_the_first_run_only)
{
	add_run(VERDICT_PASS, "5 after 3", "a");
	add_run(VERDICT_PASS, NULL, "b");
	add_run(VERDICT_PASS, NULL, "c");
	finish("a");
	ck_assert_int_eq(all.verdict, VERDICT_PASS);
	ck_assert_int_eq(broken()->verdict, VERDICT_INCONCLUSIVE);
	ck_assert_str_eq(broken()->reason, "unstable: fail in 1 of 3 runs; see a and b: 5 after 3");
	ck_assert_uint_eq(broken()->event_count, 1);
}
END_TEST

START_TEST(a_monitor_fires_in_a_later_run_only)
{
	add_run(VERDICT_PASS, NULL, "a");
	add_run(VERDICT_PASS, "5 after 3", "b");
	add_run(VERDICT_PASS, "5 after 3", "c");
	finish("a");
	ck_assert_int_eq(all.verdict, VERDICT_PASS);
	ck_assert_str_eq(broken()->reason, "unstable: fail in 2 of 3 runs; see b and a: 5 after 3");
	ck_assert_str_eq(broken()->monitor, "stat-sn");
	ck_assert_str_eq(broken()->rules, "I7143-11.4.9-1");
}
END_TEST

START_TEST(a_crash_is_told)
{
	add_run(VERDICT_PASS, NULL, "a");
	add_run(VERDICT_CRASH, "5 after 3", "b");
	finish("b");
	ck_assert_int_eq(all.verdict, VERDICT_CRASH);
	ck_assert_int_eq(broken()->verdict, VERDICT_FAIL);
}
END_TEST

Suite *repeats_suite(void)
{
	Suite *s = suite_create("repeats");
	TCase *t = tcase_create("repeats");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, all_agree);
	tcase_add_test(t, the_verdict_changes);
	tcase_add_test(t, a_monitor_fires_in_the_first_run_only);
	tcase_add_test(t, a_monitor_fires_in_a_later_run_only);
	tcase_add_test(t, a_crash_is_told);
	suite_add_tcase(s, t);
	return s;
}

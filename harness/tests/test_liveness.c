/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a target still lets somebody log in, and when that is worth asking. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/aftermath.h"
#include "../cli/liveness.h"
#include "suites.h"

static struct ledger *ledger;
static struct run_options options;
static struct case_setup setup;
static int signals[2];

static void begin(void)
{
	struct err e;
	ledger = ledger_load("cases/rules", &e);
	ck_assert_msg(ledger, "%s", e.what);
	ck_assert_int_eq(pipe(signals), 0);
	options = (struct run_options){.access = ACCESS_MODEL, .role = PEER_TARGET};
	setup = (struct case_setup){
		.options = &options, .ledger = ledger, .seed = 1, .timeout_scale = 1};
}

static void end(void)
{
	close(signals[0]);
	close(signals[1]);
	ledger_free(ledger);
}

static enum liveness ask_with(const char *knob, char **why)
{
	char *knobs[] = {(char *)knob};
	setup.knobs = (struct text_list){knobs, knob ? 1 : 0};
	enum liveness answer = liveness_ask(&setup, signals[0], why);
	setup.knobs = (struct text_list){0};
	return answer;
}

START_TEST(an_honest_target_lives)
{
	char *why;
	ck_assert_int_eq(ask_with(NULL, &why), LIVENESS_WELL);
	ck_assert_ptr_null(why);
	/* That it does not close after a logout is no sign of death. */
	ck_assert_int_eq(ask_with("logout-without-close", &why), LIVENESS_WELL);
}
END_TEST

START_TEST(a_target_that_answers_no_ping_does_not)
{
	char *why;
	ck_assert_int_eq(ask_with("nop-echo-missing", &why), LIVENESS_DEAD);
	ck_assert_ptr_nonnull(why);
	ck_assert_msg(strlen(why) > 10, "%s", why);
	free(why);
}
END_TEST

START_TEST(a_signal_ends_the_asking)
{
	char *why;
	ck_assert_int_eq(write(signals[1], "x", 1), 1);
	ck_assert_int_eq(ask_with("nop-echo-missing", &why), LIVENESS_INTERRUPTED);
	ck_assert_ptr_null(why);
}
END_TEST

static const struct {
	enum verdict verdict;
	enum close_kind close;
	bool doubt;
} ends[] = {
	{VERDICT_PASS, CLOSE_CLEAN, false},	   {VERDICT_PASS, CLOSE_LATE, false},
	{VERDICT_PASS, CLOSE_LEFT_OPEN, false},	   {VERDICT_NOT_APPLICABLE, CLOSE_CLEAN, false},
	{VERDICT_PASS, CLOSE_NONE, true},	   {VERDICT_PASS, CLOSE_ABRUPT, true},
	{VERDICT_INFO, CLOSE_UNANSWERED, true},	   {VERDICT_FAIL, CLOSE_CLEAN, true},
	{VERDICT_INCONCLUSIVE, CLOSE_CLEAN, true}, {VERDICT_CRASH, CLOSE_ABRUPT, false},
};

START_TEST(doubt)
{
	const struct case_result r = {.verdict = ends[_i].verdict, .close = ends[_i].close};
	ck_assert_int_eq(liveness_in_doubt(&r), ends[_i].doubt);
}
END_TEST

/* A portal that the driver did not put back keeps everybody out; the target has not died of it. */
START_TEST(no_doubt_of_the_target_where_the_driver_failed)
{
	struct case_result r;
	result_init(&r, "target/operator/portal-down");
	const struct log_event told = aftermath_event(
		"driver", VERDICT_INCONCLUSIVE, "driver: the restore command: no such portal");
	ck_assert(aftermath_apply(&told, &r));
	ck_assert_int_eq(r.verdict, VERDICT_INCONCLUSIVE);
	ck_assert(!liveness_in_doubt(&r));
	result_free(&r);
}
END_TEST

Suite *liveness_suite(void)
{
	Suite *s = suite_create("liveness");
	TCase *t = tcase_create("liveness");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, an_honest_target_lives);
	tcase_add_test(t, a_target_that_answers_no_ping_does_not);
	tcase_add_test(t, a_signal_ends_the_asking);
	tcase_add_loop_test(t, doubt, 0, sizeof(ends) / sizeof(ends[0]));
	tcase_add_test(t, no_doubt_of_the_target_where_the_driver_failed);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What an initiator that nobody can command is not asked for. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../cli/by_hand.h"
#include "../script/sut_answers.h"
#include "suites.h"

#define HEAD "title t\nsut initiator\nrules I7145-5.1.1-1\ngrade SHOULD\n"

static const char *lacks(const struct run_options *o, const char *text)
{
	struct script_errors errors;
	struct script *s = script_parse(NULL, text, strlen(text), NULL, &errors);
	ck_assert_msg(s, "%s", errors.at[0].what);
	const char *why = by_hand_lacks(o, s);
	script_free(s);
	return why;
}

START_TEST(logging_out_wants_a_command)
{
	struct run_options o = {.access = ACCESS_INITIATOR, .role = PEER_INITIATOR};
	static const char text[] =
		HEAD "when $window > 0\n  sut logout\nexpect logout-request within 1s\n";
	static const char cmd[] = "true";
	ck_assert_ptr_nonnull(strstr(lacks(&o, text), "--logout CMD"));
	o.by_hand = BY_HAND_MANUAL;
	ck_assert_ptr_nonnull(lacks(&o, text));
	o.logout = cmd;
	ck_assert_ptr_null(lacks(&o, text));
	/* The model needs no command. */
	o = (struct run_options){.access = ACCESS_MODEL, .role = PEER_INITIATOR};
	ck_assert_ptr_null(lacks(&o, text));
}
END_TEST

START_TEST(writing_wants_somebody_who_tells)
{
	struct run_options o = {.access = ACCESS_INITIATOR, .by_hand = BY_HAND_RECONNECTS};
	static const char text[] = HEAD "workload io\nlogin\nexpect alive within 1s\n";
	ck_assert_ptr_nonnull(strstr(lacks(&o, text), "--reconnects"));
	o.by_hand = BY_HAND_MANUAL;
	ck_assert_ptr_null(lacks(&o, text));
	ck_assert_ptr_null(lacks(&o, HEAD "login\nexpect alive within 1s\n"));
}
END_TEST

/* It says nothing, or all that a person needs; and the runner hears how long that may take. */
START_TEST(the_control_waits)
{
	struct run_options o = {.by_hand = BY_HAND_RECONNECTS, .login_wait = 7 * OPTION_SECOND};
	struct by_hand_control hand = {.options = &o};
	struct sut_control control;
	by_hand_init(&hand, &control);
	ck_assert_uint_eq(control.login_time, 7 * OPTION_SECOND);
	ck_assert_int_eq(control.login(control.ctx, "10.9.0.1", 3260, "iqn.x", false, NULL), 0);
	ck_assert_ptr_null(control.logout);
	ck_assert_ptr_null(control.login_status);
	/* Nobody waits for the end of a command that there is none of. */
	struct run_env *env = calloc(1, sizeof(*env));
	struct sut_answers answers;
	ck_assert_ptr_nonnull(env);
	env->sut = control;
	sut_answers_attach(&answers, env);
	ck_assert_uint_eq(env->sut.login_time, 7 * OPTION_SECOND);
	ck_assert_ptr_nonnull(env->sut.login);
	ck_assert_ptr_null(env->sut.logout);
	ck_assert_ptr_null(env->sut.login_status);
	free(env);
}
END_TEST

Suite *by_hand_suite(void)
{
	Suite *s = suite_create("by_hand");
	TCase *t = tcase_create("by_hand");
	tcase_add_test(t, logging_out_wants_a_command);
	tcase_add_test(t, writing_wants_somebody_who_tells);
	tcase_add_test(t, the_control_waits);
	suite_add_tcase(s, t);
	return s;
}

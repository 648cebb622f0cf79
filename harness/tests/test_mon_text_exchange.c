/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void target(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

static void initiator(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
}

START_TEST(in_pieces)
{
	say("text-request", "ITT=5 TTT=none F=1");
	say("text-response", "ITT=5 TTT=7 F=0");
	say("text-request", "ITT=5 TTT=7 F=1");
	say("text-response", "ITT=5 TTT=none F=1");
	scene_judge("text-exchange");
	scene_nothing_broken();
	scene_kept("I7143-6.4-1");
	scene_kept("I7143-11.11.1-1");
	scene_kept("I7143-11.11.1-2");
}
END_TEST

/* A request that is not the last, and a response that says so. */
START_TEST(more_to_ask)
{
	say("text-request", "ITT=5 TTT=none F=0");
	say("text-response", "ITT=5 TTT=7 F=0");
	say("text-request", "ITT=5 TTT=7 F=1");
	say("text-response", "ITT=5 TTT=none F=1");
	scene_judge("text-exchange");
	scene_nothing_broken();
}
END_TEST

START_TEST(final_with_tag)
{
	say("text-request", "ITT=5 TTT=none F=1");
	say("text-response", "ITT=5 TTT=7 F=1");
	scene_judge("text-exchange");
	scene_broke("I7143-11.11.1-1");
}
END_TEST

START_TEST(goes_on_without_tag)
{
	say("text-request", "ITT=5 TTT=none F=1");
	say("text-response", "ITT=5 TTT=none F=0");
	scene_judge("text-exchange");
	scene_broke("I7143-6.4-1");
}
END_TEST

START_TEST(final_too_early)
{
	say("text-request", "ITT=5 TTT=none F=0");
	say("text-response", "ITT=5 TTT=none F=1");
	scene_judge("text-exchange");
	scene_broke("I7143-11.11.1-2");
}
END_TEST

/* What asked for it is not known: only its own bits are judged. */
START_TEST(stray)
{
	say("text-response", "ITT=5 TTT=none F=1");
	scene_judge("text-exchange");
	scene_nothing_broken();
}
END_TEST

/* An answer that nobody asked for is ours: its follow-up crosses the next answer's. */
START_TEST(answered_unasked)
{
	say("text-request", "ITT=5 TTT=none F=1");
	say("text-response", "ITT=5 TTT=7 F=0 C=1");
	say("text-response", "ITT=5 TTT=7 F=0 C=1");
	say("text-request", "ITT=5 TTT=7 F=1");
	say("text-request", "ITT=5 TTT=7 F=1");
	scene_judge("text-exchange");
	scene_nothing_broken();
}
END_TEST

START_TEST(asked_twice)
{
	say("text-request", "ITT=5 TTT=none F=1");
	say("text-request", "ITT=6 TTT=none F=1");
	scene_judge("text-exchange");
	scene_broke("I7143-6.2-4");
}
END_TEST

Suite *mon_text_exchange_suite(void)
{
	Suite *s = suite_create("mon_text_exchange");
	TCase *t = tcase_create("target"), *i = tcase_create("initiator");
	tcase_add_checked_fixture(t, target, scene_close);
	tcase_add_test(t, in_pieces);
	tcase_add_test(t, more_to_ask);
	tcase_add_test(t, final_with_tag);
	tcase_add_test(t, goes_on_without_tag);
	tcase_add_test(t, final_too_early);
	tcase_add_test(t, stray);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(i, initiator, scene_close);
	tcase_add_test(i, answered_unasked);
	tcase_add_test(i, asked_twice);
	suite_add_tcase(s, i);
	return s;
}

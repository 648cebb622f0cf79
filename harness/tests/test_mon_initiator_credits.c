/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("MaxOutstandingUnexpectedPDUs=2", "MaxOutstandingUnexpectedPDUs=2");
}

START_TEST(two_at_a_time)
{
	say("nop-out", "I=1 ITT=5 TTT=none CmdSN=1");
	say("nop-out", "I=1 ITT=6 TTT=none CmdSN=1");
	say("nop-out", "I=0 ITT=7 TTT=none CmdSN=1");
	say("nop-in", "ITT=7 TTT=none StatSN=2 ExpCmdSN=2 MaxCmdSN=32");
	say("nop-out", "I=1 ITT=8 TTT=none CmdSN=2");
	scene_judge("initiator-credits");
	scene_nothing_broken();
	scene_kept("I7145-8.1.1.3-1");
	scene_kept("I7145-8.1.1.3-3");
	scene_kept("I7145-8.1.1.3-4");
}
END_TEST

START_TEST(three_outstanding)
{
	say("nop-out", "I=1 ITT=5 TTT=none CmdSN=1");
	say("nop-out", "I=1 ITT=6 TTT=none CmdSN=1");
	say("task-request", "I=1 Function=1 ITT=7 CmdSN=1");
	scene_judge("initiator-credits");
	scene_broke("I7145-8.1.1.3-1");
	scene_broke("I7145-8.1.1.3-3");
}
END_TEST

START_TEST(answers_retire_nothing)
{
	say("nop-out", "I=1 ITT=5 TTT=none CmdSN=1");
	say("nop-in", "ITT=5 TTT=none StatSN=2 ExpCmdSN=1 MaxCmdSN=32");
	say("nop-out", "I=1 ITT=6 TTT=none CmdSN=1");
	say("nop-in", "ITT=6 TTT=none StatSN=3 ExpCmdSN=1 MaxCmdSN=32");
	say("nop-out", "I=1 ITT=7 TTT=none CmdSN=1");
	scene_judge("initiator-credits");
	scene_broke("I7145-8.1.1.3-1");
	scene_broke("I7145-8.1.1.3-4");
}
END_TEST

START_TEST(answers_to_pings_are_expected)
{
	say("nop-out", "I=1 ITT=5 TTT=none CmdSN=1");
	say("nop-out", "I=1 ITT=6 TTT=none CmdSN=1");
	say("nop-out", "I=1 ITT=none TTT=9 CmdSN=1");
	scene_judge("initiator-credits");
	scene_nothing_broken();
}
END_TEST

START_TEST(no_limit)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	for (int i = 0; i < 100; i++)
		say("nop-out", "I=1 ITT=none TTT=none CmdSN=1");
	scene_judge("initiator-credits");
	scene_nothing_broken();
}
END_TEST

Suite *mon_initiator_credits_suite(void)
{
	Suite *s = suite_create("mon_initiator_credits");
	TCase *c = tcase_create("initiator-credits");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, two_at_a_time);
	tcase_add_test(c, three_outstanding);
	tcase_add_test(c, answers_retire_nothing);
	tcase_add_test(c, answers_to_pings_are_expected);
	tcase_add_test(c, no_limit);
	suite_add_tcase(s, c);
	return s;
}

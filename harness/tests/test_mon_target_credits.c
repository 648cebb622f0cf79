/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("MaxOutstandingUnexpectedPDUs=2", "MaxOutstandingUnexpectedPDUs=2");
}

START_TEST(two_at_a_time)
{
	say("async", "AsyncEvent=255 StatSN=2");
	say("nop-in", "ITT=none TTT=7 StatSN=3");
	say("nop-out", "I=1 ITT=none TTT=7 CmdSN=1 ExpStatSN=2");
	say("nop-in", "ITT=none TTT=8 StatSN=3");
	say("nop-out", "I=1 ITT=none TTT=8 CmdSN=1 ExpStatSN=3");
	say("async", "AsyncEvent=255 StatSN=3");
	scene_judge("target-credits");
	scene_nothing_broken();
	scene_kept("I7145-8.1.2-1");
	scene_kept("I7145-8.1.2-2");
	scene_kept("I7145-8.1.2-5");
	scene_kept("I7145-8.1.2-9");
}
END_TEST

START_TEST(three_asyncs)
{
	say("async", "AsyncEvent=255 StatSN=2");
	say("async", "AsyncEvent=255 StatSN=3");
	say("async", "AsyncEvent=255 StatSN=4");
	scene_judge("target-credits");
	scene_broke("I7145-8.1.2-1");
	scene_broke("I7145-8.1.2-2");
	scene_broke("I7145-8.1.2-5");
	scene_broke("I7145-8.1.2-9");
}
END_TEST

START_TEST(three_rejects_of_nothing)
{
	say("reject", "Reason=4 StatSN=2");
	say("reject", "Reason=4 StatSN=3");
	say("reject", "Reason=4 StatSN=4");
	scene_judge("target-credits");
	scene_broke("I7145-8.1.2-1");
	scene_broke("I7145-8.1.2-3");
	scene_broke("I7145-8.1.2-6");
}
END_TEST

START_TEST(three_keepalives)
{
	say("nop-in", "ITT=none TTT=none StatSN=2");
	say("nop-in", "ITT=none TTT=none StatSN=2");
	say("nop-in", "ITT=none TTT=none StatSN=2");
	scene_judge("target-credits");
	scene_broke("I7145-8.1.2-1");
	scene_broke("I7145-8.1.2-8");
}
END_TEST

START_TEST(an_expstatsn_that_does_not_reach_a_keepalive)
{
	say("nop-in", "ITT=none TTT=none StatSN=2");
	say("nop-out", "I=1 ITT=none TTT=none CmdSN=1 ExpStatSN=2");
	say("nop-in", "ITT=none TTT=7 StatSN=2");
	say("nop-out", "I=1 ITT=none TTT=7 CmdSN=1 ExpStatSN=2");
	say("nop-in", "ITT=none TTT=8 StatSN=2");
	say("nop-in", "ITT=none TTT=9 StatSN=2");
	scene_judge("target-credits");
	scene_broke("I7145-8.1.2-1");
}
END_TEST

START_TEST(a_reject_in_place_of_an_answer)
{
	static uint8_t header[48];
	header[0] = 1;
	header[19] = 5;
	say("scsi-command", "ITT=5 CmdSN=1 ExpStatSN=2");
	say("nop-in", "ITT=none TTT=7 StatSN=2");
	say("nop-in", "ITT=none TTT=8 StatSN=2");
	say_data("reject", "Reason=5 StatSN=2 ExpCmdSN=1 MaxCmdSN=32", header, sizeof(header));
	scene_judge("target-credits");
	scene_nothing_broken();
}
END_TEST

static void two_credits_and_a_reject(const char *numbers, uint8_t opcode)
{
	uint8_t header[48] = {0};
	header[0] = opcode;
	header[19] = 5;
	say("nop-in", "ITT=none TTT=7 StatSN=3");
	say("nop-in", "ITT=none TTT=8 StatSN=3");
	say_data("reject", numbers, header, sizeof(header));
	scene_judge("target-credits");
}

/* All requests of a text exchange have one tag. */
START_TEST(a_reject_behind_a_text_exchange)
{
	say("text-request", "ITT=5 TTT=none F=1 CmdSN=1 ExpStatSN=2");
	say("text-response", "ITT=5 TTT=none F=1 StatSN=2 ExpCmdSN=2 MaxCmdSN=32");
	say("text-request", "ITT=5 TTT=9 F=1 CmdSN=2 ExpStatSN=3");
	two_credits_and_a_reject("Reason=9 StatSN=3 ExpCmdSN=3 MaxCmdSN=32", 4);
	scene_nothing_broken();
}
END_TEST

START_TEST(a_reject_of_an_answered_text_request)
{
	say("text-request", "ITT=5 TTT=none F=1 CmdSN=1 ExpStatSN=2");
	say("text-response", "ITT=5 TTT=none F=1 StatSN=2 ExpCmdSN=2 MaxCmdSN=32");
	two_credits_and_a_reject("Reason=9 StatSN=3 ExpCmdSN=2 MaxCmdSN=32", 4);
	scene_broke("I7145-8.1.2-1");
	scene_broke("I7145-8.1.2-3");
}
END_TEST

/* A tag that is in use, once more: which of the two is answered cannot be told. */
START_TEST(a_reject_of_one_of_two_with_a_tag)
{
	say("nop-out", "ITT=5 TTT=none CmdSN=1 ExpStatSN=2");
	say("nop-out", "ITT=5 TTT=none CmdSN=2 ExpStatSN=2");
	say("nop-in", "ITT=5 TTT=none StatSN=2 ExpCmdSN=2 MaxCmdSN=32");
	two_credits_and_a_reject("Reason=7 StatSN=3 ExpCmdSN=3 MaxCmdSN=32", 0);
	scene_nothing_broken();
}
END_TEST

START_TEST(no_limit)
{
	scene_close();
	scene_open(FROM_TARGET);
	scene_login("", "");
	for (int i = 0; i < 100; i++)
		say("nop-in", "ITT=none TTT=none StatSN=2");
	scene_judge("target-credits");
	scene_nothing_broken();
}
END_TEST

Suite *mon_target_credits_suite(void)
{
	Suite *s = suite_create("mon_target_credits");
	TCase *c = tcase_create("target-credits");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, two_at_a_time);
	tcase_add_test(c, three_asyncs);
	tcase_add_test(c, three_rejects_of_nothing);
	tcase_add_test(c, three_keepalives);
	tcase_add_test(c, an_expstatsn_that_does_not_reach_a_keepalive);
	tcase_add_test(c, a_reject_in_place_of_an_answer);
	tcase_add_test(c, a_reject_behind_a_text_exchange);
	tcase_add_test(c, a_reject_of_an_answered_text_request);
	tcase_add_test(c, a_reject_of_one_of_two_with_a_tag);
	tcase_add_test(c, no_limit);
	suite_add_tcase(s, c);
	return s;
}

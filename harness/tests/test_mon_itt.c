/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
}

START_TEST(unique_and_reused_after_the_answer)
{
	say("scsi-command", "ITT=5 CmdSN=1");
	say("scsi-command", "ITT=6 CmdSN=2");
	say("scsi-response", "ITT=5 StatSN=2");
	say("scsi-command", "ITT=5 CmdSN=3");
	scene_judge("itt");
	scene_nothing_broken();
	scene_kept("I7143-11.2.1.8-1");
	scene_kept("I7143-11.2.1.8-2");
}
END_TEST

START_TEST(reused_while_it_lives)
{
	say("scsi-command", "ITT=5 CmdSN=1");
	say("nop-out", "I=1 ITT=5 TTT=none CmdSN=2");
	scene_judge("itt");
	scene_broke("I7143-11.2.1.8-1");
}
END_TEST

START_TEST(a_retry_has_its_tag)
{
	say("scsi-command", "ITT=5 CmdSN=1");
	say("scsi-command", "ITT=5 CmdSN=1");
	scene_judge("itt");
	scene_nothing_broken();
}
END_TEST

START_TEST(reused_after_a_reject)
{
	static uint8_t header[48];
	header[0] = 1;
	header[19] = 5;
	say("scsi-command", "ITT=5 CmdSN=1");
	say_data("reject", "Reason=5 StatSN=2 ExpCmdSN=1 MaxCmdSN=32", header, sizeof(header));
	say("scsi-command", "ITT=5 CmdSN=2");
	scene_judge("itt");
	scene_nothing_broken();
}
END_TEST

START_TEST(the_reserved_tag)
{
	say("scsi-command", "ITT=none CmdSN=1");
	scene_judge("itt");
	scene_broke("I7143-11.2.1.8-2");
}
END_TEST

START_TEST(text_that_goes_on)
{
	say("text-request", "ITT=5 TTT=none CmdSN=1");
	say("text-response", "F=0 ITT=5 TTT=3 StatSN=2");
	say("text-request", "ITT=5 TTT=3 CmdSN=2");
	scene_judge("itt");
	scene_nothing_broken();
}
END_TEST

START_TEST(answers)
{
	scene_close();
	scene_open(FROM_TARGET);
	scene_login("", "");
	say("scsi-command", "ITT=5 CmdSN=1");
	say("nop-out", "I=1 ITT=6 TTT=none CmdSN=2");
	say("nop-in", "ITT=6 TTT=none StatSN=2");
	say("scsi-response", "ITT=5 StatSN=3");
	scene_judge("itt");
	scene_nothing_broken();
	scene_kept("I7145-7.3.2-2");
	scene_kept("I7143-11.19-1");
	scene_kept("I7143-11.18.1-1");
}
END_TEST

START_TEST(an_answer_to_nothing)
{
	scene_close();
	scene_open(FROM_TARGET);
	scene_login("", "");
	say("scsi-response", "ITT=5 StatSN=2");
	scene_judge("itt");
	scene_broke("I7145-7.3.2-2");
}
END_TEST

START_TEST(an_answer_of_another_kind)
{
	scene_close();
	scene_open(FROM_TARGET);
	scene_login("", "");
	say("scsi-command", "ITT=5 CmdSN=1");
	say("nop-in", "ITT=5 TTT=none StatSN=2");
	scene_judge("itt");
	scene_broke("I7143-11.19-1");
}
END_TEST

START_TEST(an_answer_twice)
{
	scene_close();
	scene_open(FROM_TARGET);
	scene_login("", "");
	say("nop-out", "I=1 ITT=6 TTT=none CmdSN=1");
	say("nop-in", "ITT=6 TTT=none StatSN=2");
	say("nop-in", "ITT=6 TTT=none StatSN=3");
	scene_judge("itt");
	scene_broke("I7143-11.18.1-1");
}
END_TEST

START_TEST(a_task_that_began_elsewhere)
{
	scene_close();
	scene_open(FROM_TARGET);
	scene_login("", "");
	say("task-request", "I=1 ITT=6 Function=8 ReferencedTaskTag=99 CmdSN=1");
	say("task-response", "ITT=6 StatSN=2");
	say("scsi-response", "ITT=99 StatSN=3");
	scene_judge("itt");
	scene_nothing_broken();
}
END_TEST

Suite *mon_itt_suite(void)
{
	Suite *s = suite_create("mon_itt");
	TCase *c = tcase_create("itt");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, unique_and_reused_after_the_answer);
	tcase_add_test(c, reused_while_it_lives);
	tcase_add_test(c, a_retry_has_its_tag);
	tcase_add_test(c, reused_after_a_reject);
	tcase_add_test(c, the_reserved_tag);
	tcase_add_test(c, text_that_goes_on);
	tcase_add_test(c, answers);
	tcase_add_test(c, an_answer_to_nothing);
	tcase_add_test(c, an_answer_of_another_kind);
	tcase_add_test(c, an_answer_twice);
	tcase_add_test(c, a_task_that_began_elsewhere);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

START_TEST(true_numbers)
{
	say("scsi-command", "ITT=5 CmdSN=1");
	say("scsi-response", "ITT=5 StatSN=2 ExpCmdSN=2 MaxCmdSN=1");
	scene_judge("window");
	scene_nothing_broken();
	scene_kept("I7143-4.2.2.1-7");
	scene_kept("I7143-4.2.2.1-9");
	scene_kept("I7143-4.2.2.1-13");
	scene_kept("I7143-11.12.8-1");
}
END_TEST

START_TEST(less_than_closed)
{
	say("nop-in", "ITT=none TTT=7 StatSN=2 ExpCmdSN=1 MaxCmdSN=0xffffffff");
	scene_judge("window");
	scene_broke("I7143-4.2.2.1-9");
}
END_TEST

START_TEST(acknowledges_what_never_came)
{
	say("scsi-command", "ITT=5 CmdSN=1");
	say("scsi-response", "ITT=5 StatSN=2 ExpCmdSN=3 MaxCmdSN=32");
	scene_judge("window");
	scene_broke("I7143-4.2.2.1-7");
}
END_TEST

START_TEST(a_hole_is_not_acknowledged)
{
	say("scsi-command", "ITT=5 CmdSN=2");
	say("nop-in", "ITT=none TTT=7 StatSN=2 ExpCmdSN=2 MaxCmdSN=32");
	scene_judge("window");
	scene_broke("I7143-4.2.2.1-7");
}
END_TEST

START_TEST(a_hole_that_is_filled)
{
	say("scsi-command", "ITT=5 CmdSN=2");
	say("scsi-command", "ITT=6 CmdSN=1");
	say("nop-in", "ITT=none TTT=7 StatSN=2 ExpCmdSN=3 MaxCmdSN=32");
	scene_judge("window");
	scene_nothing_broken();
}
END_TEST

START_TEST(an_aborted_command_counts_as_received)
{
	say("task-request", "I=1 Function=1 ITT=5 RefCmdSN=1 CmdSN=2");
	say("task-response", "ITT=5 StatSN=2 ExpCmdSN=2 MaxCmdSN=32");
	scene_judge("window");
	scene_nothing_broken();
}
END_TEST

START_TEST(answered_before_it_is_acknowledged)
{
	say("scsi-command", "ITT=5 CmdSN=1");
	say("scsi-response", "ITT=5 StatSN=2 ExpCmdSN=1 MaxCmdSN=32");
	scene_judge("window");
	scene_broke("I7143-4.2.2.1-13");
}
END_TEST

START_TEST(the_login_response_counts_the_login)
{
	scene_close();
	scene_open(FROM_TARGET);
	say("login-request", "T=1 CSG=1 NSG=3 ITT=1 CmdSN=1");
	say("login-response", "T=1 CSG=1 NSG=3 ITT=1 TSIH=1 StatSN=1 ExpCmdSN=2 MaxCmdSN=1");
	scene_judge("window");
	scene_broke("I7143-11.12.8-1");
}
END_TEST

START_TEST(an_initiator_beyond_the_window)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say("nop-in", "ITT=none TTT=none StatSN=2 ExpCmdSN=1 MaxCmdSN=10");
	say("scsi-command", "ITT=5 CmdSN=32");
	say("scsi-command", "ITT=6 CmdSN=33");
	scene_judge("window");
	scene_broke("I7143-4.2.2.1-12");
}
END_TEST

START_TEST(an_initiator_within_what_was_ever_told)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say("nop-in", "ITT=none TTT=none StatSN=2 ExpCmdSN=1 MaxCmdSN=0");
	say("scsi-command", "ITT=5 CmdSN=32");
	scene_judge("window");
	scene_nothing_broken();
	scene_kept("I7143-4.2.2.1-12");
}
END_TEST

Suite *mon_window_suite(void)
{
	Suite *s = suite_create("mon_window");
	TCase *c = tcase_create("window");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, true_numbers);
	tcase_add_test(c, less_than_closed);
	tcase_add_test(c, acknowledges_what_never_came);
	tcase_add_test(c, a_hole_is_not_acknowledged);
	tcase_add_test(c, a_hole_that_is_filled);
	tcase_add_test(c, an_aborted_command_counts_as_received);
	tcase_add_test(c, answered_before_it_is_acknowledged);
	tcase_add_test(c, the_login_response_counts_the_login);
	tcase_add_test(c, an_initiator_beyond_the_window);
	tcase_add_test(c, an_initiator_within_what_was_ever_told);
	suite_add_tcase(s, c);
	return s;
}

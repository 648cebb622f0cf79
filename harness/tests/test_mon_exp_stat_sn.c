/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
}

START_TEST(follows)
{
	say("scsi-response", "ITT=5 StatSN=2");
	say("nop-out", "I=1 ITT=6 TTT=none CmdSN=1 ExpStatSN=3");
	scene_judge("exp-stat-sn");
	scene_nothing_broken();
	scene_kept("I7143-4.2.2.2-1");
}
END_TEST

START_TEST(may_lag_for_messages_cross)
{
	say("scsi-response", "ITT=5 StatSN=2");
	say("nop-in", "ITT=none TTT=7 StatSN=3");
	say("nop-out", "I=1 ITT=none TTT=7 CmdSN=1 ExpStatSN=2");
	say("scsi-command", "ITT=8 CmdSN=1 ExpStatSN=2");
	scene_judge("exp-stat-sn");
	scene_nothing_broken();
}
END_TEST

START_TEST(acknowledges_what_never_came)
{
	say("scsi-command", "ITT=8 CmdSN=1 ExpStatSN=3");
	scene_judge("exp-stat-sn");
	scene_broke("I7143-4.2.2.2-1");
}
END_TEST

START_TEST(two_answers_leave_out_the_same)
{
	say("scsi-response", "ITT=5 StatSN=2");
	say("nop-in", "ITT=none TTT=7 StatSN=3");
	say("nop-out", "I=1 ITT=none TTT=7 CmdSN=1 ExpStatSN=2");
	say("nop-in", "ITT=none TTT=8 StatSN=3");
	say("nop-out", "I=1 ITT=none TTT=8 CmdSN=1 ExpStatSN=2");
	scene_judge("exp-stat-sn");
	scene_broke("I7143-4.2.2.2-1");
}
END_TEST

START_TEST(over_the_wrap)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	say("login-response", "T=0 CSG=1 ITT=1 StatSN=0xffffffff");
	say("login-request", "T=1 CSG=1 NSG=3 ITT=1 CmdSN=1 ExpStatSN=0");
	scene_judge("exp-stat-sn");
	scene_nothing_broken();
	scene_kept("I7143-4.2.2.2-1");
}
END_TEST

Suite *mon_exp_stat_sn_suite(void)
{
	Suite *s = suite_create("mon_exp_stat_sn");
	TCase *c = tcase_create("exp-stat-sn");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, follows);
	tcase_add_test(c, may_lag_for_messages_cross);
	tcase_add_test(c, acknowledges_what_never_came);
	tcase_add_test(c, two_answers_leave_out_the_same);
	tcase_add_test(c, over_the_wrap);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
}

START_TEST(counts_what_is_not_immediate)
{
	say("scsi-command", "ITT=5 CmdSN=1");
	say("nop-out", "I=1 ITT=6 TTT=none CmdSN=2");
	say("nop-out", "I=1 ITT=none TTT=9 CmdSN=2");
	say("scsi-command", "ITT=7 CmdSN=2");
	scene_judge("cmd-sn");
	scene_nothing_broken();
	scene_kept("I7143-4.2.2.1-1");
	scene_kept("I7143-4.2.2.1-2");
	scene_kept("I7143-4.2.2.1-3");
}
END_TEST

START_TEST(leaves_one_out)
{
	say("scsi-command", "ITT=5 CmdSN=1");
	say("scsi-command", "ITT=6 CmdSN=3");
	scene_judge("cmd-sn");
	scene_broke("I7143-4.2.2.1-3");
}
END_TEST

START_TEST(begins_elsewhere_than_the_login)
{
	say("scsi-command", "ITT=5 CmdSN=2");
	scene_judge("cmd-sn");
	scene_broke("I7143-4.2.2.1-3");
}
END_TEST

START_TEST(an_immediate_one_is_counted)
{
	say("nop-out", "I=1 ITT=5 TTT=none CmdSN=1");
	say("scsi-command", "ITT=6 CmdSN=2");
	scene_judge("cmd-sn");
	scene_broke("I7143-4.2.2.1-2");
}
END_TEST

START_TEST(an_immediate_one_is_old)
{
	say("scsi-command", "ITT=5 CmdSN=1");
	say("nop-out", "I=1 ITT=6 TTT=none CmdSN=1");
	scene_judge("cmd-sn");
	scene_broke("I7143-4.2.2.1-1");
}
END_TEST

START_TEST(a_retry_is_no_new_request)
{
	say("scsi-command", "ITT=5 CmdSN=1");
	say("scsi-command", "ITT=6 CmdSN=2");
	say("scsi-command", "ITT=5 CmdSN=1");
	say("scsi-command", "ITT=7 CmdSN=3");
	scene_judge("cmd-sn");
	scene_nothing_broken();
}
END_TEST

START_TEST(a_rejected_number_is_used_again)
{
	static uint8_t header[48];
	header[0] = 1;
	header[27] = 1;
	say("scsi-command", "ITT=5 CmdSN=1");
	say("scsi-command", "ITT=6 CmdSN=2");
	say_data("reject", "Reason=5 StatSN=2 ExpCmdSN=1 MaxCmdSN=32", header, sizeof(header));
	say("nop-out", "I=0 ITT=7 TTT=none CmdSN=1");
	say("scsi-command", "ITT=8 CmdSN=3");
	scene_judge("cmd-sn");
	scene_nothing_broken();
}
END_TEST

START_TEST(one_that_cannot_be_read_counts)
{
	static const uint8_t cut[40] = {0x10};
	say("scsi-command", "ITT=5 CmdSN=1");
	say_bytes(FROM_INITIATOR, cut, sizeof(cut));
	say("nop-out", "I=1 ITT=none TTT=9 CmdSN=3");
	say("scsi-command", "ITT=7 CmdSN=3");
	scene_judge("cmd-sn");
	scene_nothing_broken();
}
END_TEST

START_TEST(behind_one_that_cannot_be_read_it_counts_again)
{
	static const uint8_t cut[40] = {0x10};
	say_bytes(FROM_INITIATOR, cut, sizeof(cut));
	say("scsi-command", "ITT=6 CmdSN=2");
	say("scsi-command", "ITT=7 CmdSN=4");
	scene_judge("cmd-sn");
	scene_broke("I7143-4.2.2.1-3");
}
END_TEST

START_TEST(a_connection_that_joins_a_session)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	say("login-request", "T=1 CSG=1 NSG=3 ITT=1 TSIH=1 CmdSN=500");
	say("login-response", "T=1 CSG=1 NSG=3 ITT=1 TSIH=1 StatSN=1 ExpCmdSN=500 MaxCmdSN=510");
	say("scsi-command", "ITT=5 CmdSN=507");
	scene_judge("cmd-sn");
	scene_nothing_broken();
}
END_TEST

Suite *mon_cmd_sn_suite(void)
{
	Suite *s = suite_create("mon_cmd_sn");
	TCase *c = tcase_create("cmd-sn");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, counts_what_is_not_immediate);
	tcase_add_test(c, leaves_one_out);
	tcase_add_test(c, begins_elsewhere_than_the_login);
	tcase_add_test(c, an_immediate_one_is_counted);
	tcase_add_test(c, an_immediate_one_is_old);
	tcase_add_test(c, a_retry_is_no_new_request);
	tcase_add_test(c, a_rejected_number_is_used_again);
	tcase_add_test(c, one_that_cannot_be_read_counts);
	tcase_add_test(c, behind_one_that_cannot_be_read_it_counts_again);
	tcase_add_test(c, a_connection_that_joins_a_session);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions of two connections, as several monitors see them. */
#include "scene.h"
#include "suites.h"

static void initiator(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("MaxConnections=2", "MaxConnections=2");
	say("scsi-command", "ITT=5 CmdSN=1");
	scene_join("2", "InitiatorName=iqn.2026-01.x:i");
}

static void target(void)
{
	scene_open(FROM_TARGET);
	scene_login("MaxConnections=2", "MaxConnections=2");
	say("scsi-command", "ITT=5 CmdSN=1");
	scene_join("2", "InitiatorName=iqn.2026-01.x:i");
}

START_TEST(numbers_of_both_are_one_count)
{
	say("scsi-command", "ITT=6 CmdSN=2");
	scene_on(1);
	say("scsi-command", "ITT=7 CmdSN=4"); /* it overtook the one behind */
	scene_on(2);
	say("scsi-command", "ITT=8 CmdSN=3");
	scene_judge("cmd-sn");
	scene_nothing_broken();
	scene_kept("I7143-4.2.2.1-16");
}
END_TEST

START_TEST(a_number_is_used_twice)
{
	say("scsi-command", "ITT=6 CmdSN=1");
	scene_judge("cmd-sn");
	scene_broke("I7143-4.2.2.1-16");
}
END_TEST

START_TEST(a_number_that_came_late_is_used_twice)
{
	say("scsi-command", "ITT=6 CmdSN=3");
	scene_on(1);
	say("scsi-command", "ITT=7 CmdSN=2");
	scene_on(2);
	say("scsi-command", "ITT=8 CmdSN=2");
	scene_judge("cmd-sn");
	scene_broke("I7143-4.2.2.1-16");
}
END_TEST

START_TEST(a_tag_lives_on_the_other_connection)
{
	say("scsi-command", "ITT=5 CmdSN=2");
	scene_judge("itt");
	scene_broke("I7143-11.2.1.8-1");
}
END_TEST

START_TEST(a_tag_was_answered_on_the_other_connection)
{
	scene_on(1);
	say("scsi-response", "ITT=5 StatSN=2 ExpCmdSN=2 MaxCmdSN=32");
	scene_on(2);
	say("scsi-command", "ITT=5 CmdSN=2");
	scene_judge("itt");
	scene_nothing_broken();
}
END_TEST

START_TEST(data_goes_over_another_connection)
{
	say("data-out", "F=1 ITT=5 TTT=none");
	scene_judge("allegiance");
	scene_broke("I7143-4.2.5.1-1");
}
END_TEST

START_TEST(a_leading_key_is_said_again)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("MaxConnections=2", "MaxConnections=2");
	scene_join("1", "InitiatorName=iqn.2026-01.x:i MaxBurstLength=512");
	say("scsi-command", "ITT=6 CmdSN=1");
	scene_judge("keys");
	scene_broke("I7143-13-1");
}
END_TEST

START_TEST(names_and_limits_of_a_connection_may_be_said)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("MaxConnections=2", "MaxConnections=2");
	scene_join("1", "InitiatorName=iqn.2026-01.x:i SessionType=Normal "
			"InitiatorRecvDataSegmentLength=512");
	say("scsi-command", "ITT=6 CmdSN=1");
	scene_judge("keys");
	scene_kept("I7143-13-1");
	scene_nothing_broken();
}
END_TEST

START_TEST(assisted_mode_is_the_session_s)
{
	say("scsi-command", "ITT=6 CmdSN=2");
	scene_judge("session");
	scene_nothing_broken();
	scene_kept("I7145-5.1-8");
}
END_TEST

START_TEST(each_answer_on_its_connection)
{
	say("scsi-command", "ITT=6 CmdSN=2");
	say("scsi-response", "ITT=6 StatSN=2 ExpCmdSN=3 MaxCmdSN=32");
	scene_on(1);
	say("scsi-response", "ITT=5 StatSN=2 ExpCmdSN=3 MaxCmdSN=32");
	scene_judge("allegiance");
	scene_nothing_broken();
	scene_kept("I7143-4.2.5.1-1");
}
END_TEST

START_TEST(an_answer_on_the_other_connection)
{
	say("scsi-response", "ITT=5 StatSN=2 ExpCmdSN=2 MaxCmdSN=32");
	scene_judge("allegiance");
	scene_broke("I7143-4.2.5.1-1");
}
END_TEST

START_TEST(what_came_over_the_other_is_acknowledged)
{
	say("scsi-command", "ITT=6 CmdSN=2");
	say("scsi-response", "ITT=6 StatSN=2 ExpCmdSN=3 MaxCmdSN=32");
	scene_judge("window");
	scene_nothing_broken();
	scene_kept("I7143-4.2.2.1-7");
}
END_TEST

START_TEST(what_came_over_neither_is_acknowledged)
{
	say("scsi-command", "ITT=6 CmdSN=2");
	say("scsi-response", "ITT=6 StatSN=2 ExpCmdSN=4 MaxCmdSN=32");
	scene_judge("window");
	scene_broke("I7143-4.2.2.1-7");
}
END_TEST

/* What we did on one connection excuses the target on the other. */
START_TEST(a_lie_on_the_other_connection)
{
	scene_on(1);
	say("scsi-command", "ITT=none CmdSN=2");
	scene_on(2);
	say("scsi-response", "ITT=5 StatSN=2 ExpCmdSN=2 MaxCmdSN=32");
	scene_judge("itt");
	scene_nothing_broken();
}
END_TEST

/* Connection 2 takes the place of the first one. */
static void reinstate(unsigned cmd_sn)
{
	char fields[100];

	scene_on(2);
	snprintf(fields, sizeof(fields), "T=1 CSG=1 NSG=3 ITT=9 TSIH=1 CID=0 CmdSN=%u", cmd_sn);
	say_keys("login-request", fields, "InitiatorName=i");
	snprintf(fields, sizeof(fields),
		 "T=1 CSG=1 NSG=3 ITT=9 StatSN=1 ExpCmdSN=%u MaxCmdSN=32 TSIH=1", cmd_sn);
	say_keys("login-response", fields, "");
}

/* The same CID: its connection is replaced, and what it counts nobody knows here. */
START_TEST(a_reinstated_connection_joins_nobody)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say("scsi-command", "ITT=5 CmdSN=1");
	reinstate(2);
	say("scsi-command", "ITT=5 CmdSN=2");
	scene_judge("itt");
	scene_nothing_broken();
}
END_TEST

/* iSERHelloRequired is said by the leading login and holds for the session (RFC 7145 6.10), the
 * connection in the place of the first one included. */
START_TEST(a_reinstated_connection_begins_by_hello)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("iSERHelloRequired=Yes", _i ? "iSERHelloRequired=No" : "iSERHelloRequired=Yes");
	reinstate(1);
	say("scsi-command", "ITT=5 CmdSN=1");
	scene_judge("hello");
	if (_i)
		scene_nothing_broken();
	else
		scene_broke("I7145-5.1.3-1");
}
END_TEST

Suite *mon_several_suite(void)
{
	Suite *s = suite_create("mon_several");
	TCase *i = tcase_create("initiator"), *t = tcase_create("target");

	tcase_add_checked_fixture(i, initiator, scene_close);
	tcase_add_test(i, numbers_of_both_are_one_count);
	tcase_add_test(i, a_number_is_used_twice);
	tcase_add_test(i, a_number_that_came_late_is_used_twice);
	tcase_add_test(i, a_tag_lives_on_the_other_connection);
	tcase_add_test(i, a_tag_was_answered_on_the_other_connection);
	tcase_add_test(i, data_goes_over_another_connection);
	tcase_add_test(i, a_leading_key_is_said_again);
	tcase_add_test(i, names_and_limits_of_a_connection_may_be_said);
	tcase_add_test(i, assisted_mode_is_the_session_s);
	tcase_add_test(i, a_reinstated_connection_joins_nobody);
	tcase_add_loop_test(i, a_reinstated_connection_begins_by_hello, 0, 2);
	suite_add_tcase(s, i);
	tcase_add_checked_fixture(t, target, scene_close);
	tcase_add_test(t, each_answer_on_its_connection);
	tcase_add_test(t, an_answer_on_the_other_connection);
	tcase_add_test(t, what_came_over_the_other_is_acknowledged);
	tcase_add_test(t, what_came_over_neither_is_acknowledged);
	tcase_add_test(t, a_lie_on_the_other_connection);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
	say("scsi-command", "F=1 ITT=5 CmdSN=1");
	say("scsi-command", "F=1 ITT=6 CmdSN=2");
}

START_TEST(answered_before)
{
	say("task-request", "I=1 ITT=9 CmdSN=3 Function=2 ReferencedTaskTag=none");
	say("scsi-response", "ITT=5 StatSN=2");
	say("scsi-response", "ITT=6 StatSN=3");
	say("task-response", "ITT=9 StatSN=4 Response=0");
	scene_judge("task-response");
	scene_nothing_broken();
	scene_kept("I7143-11.5.1-2");
}
END_TEST

START_TEST(answered_behind)
{
	say("task-request", "I=1 ITT=9 CmdSN=3 Function=2 ReferencedTaskTag=none");
	say("task-response", "ITT=9 StatSN=2 Response=0");
	say("scsi-response", "ITT=6 StatSN=3");
	scene_judge("task-response");
	scene_broke("I7143-11.5.1-2");
}
END_TEST

/* Not this one, or not at all. */
START_TEST(not_ended)
{
	say("task-request", "I=1 ITT=9 CmdSN=3 Function=1 ReferencedTaskTag=5 RefCmdSN=1");
	say("task-response", "ITT=9 StatSN=2 Response=0");
	say("scsi-response", "ITT=6 StatSN=3");
	say("scsi-command", "F=1 ITT=7 CmdSN=3");
	say("task-request", "I=1 ITT=10 CmdSN=4 Function=5 ReferencedTaskTag=none");
	say("task-response", "ITT=10 StatSN=4 Response=5");
	say("scsi-response", "ITT=7 StatSN=5");
	scene_judge("task-response");
	scene_nothing_broken();
}
END_TEST

/* An immediate ABORT TASK SET says by its CmdSN what is before it. */
START_TEST(not_before_it)
{
	say("task-request", "I=1 ITT=9 CmdSN=2 Function=2 ReferencedTaskTag=none");
	say("task-response", "ITT=9 StatSN=2 Response=0");
	say("scsi-response", "ITT=6 StatSN=3");
	scene_judge("task-response");
	scene_nothing_broken();
}
END_TEST

START_TEST(tag_used_again)
{
	say("task-request", "I=1 ITT=9 CmdSN=3 Function=1 ReferencedTaskTag=5 RefCmdSN=1");
	say("task-response", "ITT=9 StatSN=2 Response=0");
	say("scsi-command", "F=1 ITT=5 CmdSN=3");
	say("scsi-response", "ITT=5 StatSN=3");
	scene_judge("task-response");
	scene_nothing_broken();
}
END_TEST

Suite *mon_task_response_suite(void)
{
	Suite *s = suite_create("mon_task_response");
	TCase *c = tcase_create("task-response");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, answered_before);
	tcase_add_test(c, answered_behind);
	tcase_add_test(c, not_ended);
	tcase_add_test(c, not_before_it);
	tcase_add_test(c, tag_used_again);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say("scsi-command", "ITT=5 F=1 CmdSN=1 LUN=0x1000000000000");
	say("scsi-command", "ITT=6 F=1 I=1 CmdSN=2");
}

START_TEST(lawful)
{
	say("task-request", "I=1 ITT=7 Function=1 ReferencedTaskTag=5 RefCmdSN=1 CmdSN=2 "
			    "LUN=0x1000000000000");
	say("task-request", "I=1 ITT=8 Function=1 ReferencedTaskTag=6 RefCmdSN=4 CmdSN=4");
	say("task-request", "I=1 ITT=9 Function=5 ReferencedTaskTag=none CmdSN=4");
	say("task-request", "I=1 ITT=10 Function=8 ReferencedTaskTag=5 CmdSN=4");
	/* of a task that we know nothing of */
	say("task-request", "ITT=11 Function=1 ReferencedTaskTag=99 RefCmdSN=7 CmdSN=4");
	scene_judge("task-request");
	scene_nothing_broken();
	scene_kept("I7143-11.5.1-3");
	scene_kept("I7143-11.5.2-1");
	scene_kept("I7143-11.5.3-1");
	scene_kept("I7143-11.5.4-1");
	scene_kept("I7143-11.5.5-1");
	scene_kept("I7145-7.3.3-1");
	scene_kept("I7145-7.3.3-9");
}
END_TEST

static const struct {
	const char *fields, *rule;
} breaks[] = {
	{"Function=1 ReferencedTaskTag=5 RefCmdSN=2 CmdSN=2", "I7143-11.5.5-1"},
	{"Function=1 ReferencedTaskTag=6 RefCmdSN=2 CmdSN=3", "I7143-11.5.5-1"},
	{"Function=1 ReferencedTaskTag=5 RefCmdSN=1 CmdSN=2", "I7143-11.5.3-1"},
	{"Function=5 ReferencedTaskTag=5 CmdSN=2", "I7143-11.5.4-1"},
	{"Function=8 I=0 ReferencedTaskTag=5 CmdSN=2", "I7143-11.5.1-3"},
	{"Function=8 ReferencedTaskTag=5 CmdSN=2 RSV=1 ExpDataSN=1", "I7145-7.3.3-9"},
	{"Function=8 ReferencedTaskTag=5 CmdSN=2 RSV=1 ExpDataSN=1", "I7145-3.3-5"},
};

START_TEST(broken)
{
	char fields[200];
	snprintf(fields, sizeof(fields), "I=1 ITT=7 %s", breaks[_i].fields);
	say("task-request", fields);
	scene_judge("task-request");
	scene_broke(breaks[_i].rule);
}
END_TEST

START_TEST(with_data)
{
	say_data("task-request", "I=1 ITT=7 Function=5 ReferencedTaskTag=none CmdSN=2", "data", 4);
	scene_judge("task-request");
	scene_broke("I7143-11.5.2-1");
}
END_TEST

Suite *mon_task_request_suite(void)
{
	Suite *s = suite_create("mon_task_request");
	TCase *c = tcase_create("task-request");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, lawful);
	tcase_add_loop_test(c, broken, 0, (int)(sizeof(breaks) / sizeof(breaks[0])));
	tcase_add_test(c, with_data);
	suite_add_tcase(s, c);
	return s;
}

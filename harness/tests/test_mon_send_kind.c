/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void came(const char *type, bool imm, bool invalidated)
{
	uint8_t msg[256];
	const size_t len = scene_encode(type, "", NULL, 0, msg, sizeof(msg));
	scene_add((struct log_event){.kind = LOG_RECV,
				     .name = "recv",
				     .has_imm = imm,
				     .invalidated = invalidated,
				     .bytes = {msg, len}});
}

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

START_TEST(plain_sends)
{
	say("nop-in", "ITT=none TTT=7");
	say("text-response", "F=1 ITT=5 TTT=none");
	say("logout-response", "ITT=6");
	say("reject", "Reason=4");
	say("async", "AsyncEvent=255");
	say("task-response", "ITT=7");
	scene_judge("send-kind");
	scene_nothing_broken();
	scene_kept("I7145-7.3.3-1");
	scene_kept("I7145-7.3.7-2");
	scene_kept("I7145-7.3.8-2");
	scene_kept("I7145-7.3.10-1");
	scene_kept("I7145-5.2.2-2");
	scene_kept("I7145-7.3.12-2");
	scene_kept("I7145-7.3.13-2");
}
END_TEST

START_TEST(immediate_and_invalidate)
{
	came("nop-in", true, false);
	came("reject", false, true);
	came("task-response", false, true);
	came("async", false, true);
	came("scsi-response", false, true);
	came("logout-response", true, false);
	scene_judge("send-kind");
	scene_broke("I7145-7.3.13-2");
	scene_broke("I7145-1.5.2-5");
	scene_broke("I7145-7.3.3-1");
	scene_broke("I7145-7.3.7-2");
	scene_broke("I7145-5.2.2-2");
}
END_TEST

static void setup_initiator(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
}

START_TEST(an_initiator_asks_for_an_event)
{
	uint8_t msg[256];
	const size_t len = scene_encode("scsi-command", "ITT=2 CmdSN=1", NULL, 0, msg, sizeof(msg));
	scene_add(
		(struct log_event){.kind = LOG_RECV, .name = "recv", .c = _i, .bytes = {msg, len}});
	scene_judge("send-kind");
	if (_i)
		scene_broke("I7145-1.5.2-4");
	else
		scene_kept("I7145-1.5.2-4");
}
END_TEST

Suite *mon_send_kind_suite(void)
{
	Suite *s = suite_create("mon_send_kind");
	TCase *c = tcase_create("send-kind");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, plain_sends);
	tcase_add_test(c, immediate_and_invalidate);
	suite_add_tcase(s, c);
	c = tcase_create("initiator");
	tcase_add_checked_fixture(c, setup_initiator, scene_close);
	tcase_add_loop_test(c, an_initiator_asks_for_an_event, 0, 2);
	suite_add_tcase(s, c);
	return s;
}

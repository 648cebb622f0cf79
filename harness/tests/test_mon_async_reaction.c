/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

#define SECONDS(n) ((n)*UINT64_C(1000000000))

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
}

START_TEST(logs_out)
{
	say("async", "AsyncEvent=1 Parameter3=3 StatSN=2");
	/* It was written before the Async Message came. */
	say("scsi-command", "ITT=5 F=1 CmdSN=1 ExpStatSN=2");
	say("logout-request", "ITT=6 ReasonCode=0 CmdSN=2 ExpStatSN=3");
	scene_judge("async-reaction");
	scene_nothing_broken();
	scene_kept("I7143-11.9.1-1");
	scene_kept("I7143-11.9.1-2");
}
END_TEST

START_TEST(goes_on)
{
	say("async", "AsyncEvent=1 Parameter3=3 StatSN=2");
	say("scsi-command", "ITT=5 F=1 CmdSN=1 ExpStatSN=3");
	say("logout-request", "ITT=6 ReasonCode=0 CmdSN=2 ExpStatSN=3");
	scene_judge("async-reaction");
	scene_broke("I7143-11.9.1-2");
	scene_kept("I7143-11.9.1-1");
}
END_TEST

START_TEST(wrong_reason)
{
	say("async", "AsyncEvent=1 Parameter3=3 StatSN=2");
	say("logout-request", "ITT=6 ReasonCode=2 CmdSN=1 ExpStatSN=3");
	scene_judge("async-reaction");
	scene_broke("I7143-11.9.1-1");
}
END_TEST

START_TEST(never)
{
	say("async", "AsyncEvent=1 Parameter3=3 StatSN=2");
	say("async", "AsyncEvent=4 Parameter3=3 StatSN=3");
	scene_wait(SECONDS(10));
	say("nop-out", "ITT=7 I=1 CmdSN=1 ExpStatSN=4");
	scene_judge("async-reaction");
	scene_broke("I7143-11.9.1-1");
	scene_broke("I7143-11.9.1-3");
}
END_TEST

START_TEST(time_is_left)
{
	say("async", "AsyncEvent=1 Parameter3=3 StatSN=2");
	scene_wait(SECONDS(4));
	scene_add((struct log_event){.kind = LOG_CM, .name = "disconnect"});
	scene_wait(SECONDS(100));
	scene_add((struct log_event){.kind = LOG_TIMER});
	scene_judge("async-reaction");
	scene_nothing_broken();
}
END_TEST

/* Without its completion. */
static void post_async(void)
{
	uint8_t async[128];
	const size_t len = scene_encode("async", "AsyncEvent=1 Parameter3=3 StatSN=2", NULL, 0,
					async, sizeof(async));

	scene_add((struct log_event){
		.kind = LOG_POST, .name = "send", .id = 77, .bytes = {async, len}});
}

/* Posted behind an RDMA Read that is not let out; the connection ends first. */
START_TEST(never_left)
{
	post_async();
	scene_wait(SECONDS(15));
	say("logout-request", "ITT=6 ReasonCode=0 CmdSN=1 ExpStatSN=2");
	scene_add((struct log_event){
		.kind = LOG_DONE, .name = "send", .id = 77, .status = "flushed"});
	scene_judge("async-reaction");
	scene_nothing_broken();
}
END_TEST

/* It waits for as long as it may, and leaves then: from there on it counts. */
START_TEST(left_late)
{
	post_async();
	scene_wait(SECONDS(15));
	scene_add((struct log_event){.kind = LOG_DONE, .name = "send", .id = 77, .status = "ok"});
	scene_wait(SECONDS(2));
	say("logout-request", "ITT=6 ReasonCode=0 CmdSN=1 ExpStatSN=3");
	scene_judge("async-reaction");
	scene_nothing_broken();
	scene_kept("I7143-11.9.1-1");
}
END_TEST

START_TEST(negotiates)
{
	say("async", "AsyncEvent=4 Parameter3=3 StatSN=2");
	say("text-request", "F=1 ITT=6 TTT=none CmdSN=1 ExpStatSN=3");
	scene_judge("async-reaction");
	scene_nothing_broken();
	scene_kept("I7143-11.9.1-3");
}
END_TEST

Suite *mon_async_reaction_suite(void)
{
	Suite *s = suite_create("mon_async_reaction");
	TCase *c = tcase_create("async-reaction");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, logs_out);
	tcase_add_test(c, goes_on);
	tcase_add_test(c, wrong_reason);
	tcase_add_test(c, never);
	tcase_add_test(c, time_is_left);
	tcase_add_test(c, never_left);
	tcase_add_test(c, left_late);
	tcase_add_test(c, negotiates);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say("scsi-command", "ITT=5 R=1 F=1 EDTL=512 RSV=1 ReadSTag=7 ReadBaseOffset=4096 CmdSN=1");
	say("scsi-command",
	    "ITT=6 W=1 F=1 EDTL=512 WSV=1 WriteSTag=8 WriteBaseOffset=8192 CmdSN=2");
}

static void rdma(const char *op, uint32_t key, uint64_t addr, uint64_t len, const char *status)
{
	const uint64_t id = ++scene.id;
	scene_add((struct log_event){
		.kind = LOG_POST, .name = op, .id = id, .key = key, .addr = addr, .len = len});
	scene_add((struct log_event){.kind = LOG_DONE, .name = op, .id = id, .status = status});
}

START_TEST(alive_then_dead)
{
	rdma("write", 7, 4096, 512, "ok");
	rdma("read", 8, 8192 + 511, 1, "ok");
	say("scsi-response", "ITT=5 StatSN=2");
	say("nop-out", "ITT=9 I=1 CmdSN=3 ExpStatSN=3");
	rdma("write", 7, 4096, 4, "remote-access");
	scene_judge("initiator-stags");
	scene_nothing_broken();
	scene_kept("I7145-7.3.1-11");
	scene_kept("I7143-4.2.5.2-4");
	scene_kept("I7145-1.5.1-1");
}
END_TEST

START_TEST(dies_too_early)
{
	rdma("write", 7, 4096, 512, "remote-access");
	scene_judge("initiator-stags");
	scene_broke("I7145-7.3.1-11");
}
END_TEST

/* Our own message ended it, though no response came. */
START_TEST(invalidated_by_a_ping)
{
	static uint8_t buf[256];
	const size_t len =
		scene_encode("nop-in", "ITT=none TTT=9 StatSN=2", NULL, 0, buf, sizeof(buf));

	scene_add((struct log_event){.kind = LOG_POST,
				     .name = "send-inv",
				     .id = 77,
				     .bytes = {buf, len},
				     .invalidated = true,
				     .invalidated_key = _i ? 8 : 7});
	scene_add(
		(struct log_event){.kind = LOG_DONE, .name = "send-inv", .id = 77, .status = "ok"});
	rdma("read", 8, 8192, 512, "remote-access");
	scene_judge("initiator-stags");
	if (_i)
		scene_nothing_broken();
	else
		scene_broke("I7143-4.2.5.2-4");
}
END_TEST

START_TEST(cannot_be_read)
{
	rdma("read", 8, 8192, 512, "remote-access");
	scene_judge("initiator-stags");
	scene_broke("I7143-4.2.5.2-4");
}
END_TEST

START_TEST(beyond_the_buffer_is_our_fault)
{
	rdma("write", 7, 4096 + 1, 512, "remote-access");
	scene_judge("initiator-stags");
	scene_nothing_broken();
}
END_TEST

START_TEST(exposed_afterwards)
{
	say("scsi-response", "ITT=5 StatSN=2");
	say("nop-out", "ITT=9 I=1 CmdSN=3 ExpStatSN=3");
	rdma("write", 7, 4096, 4, "ok");
	scene_judge("initiator-stags");
	scene_broke("I7145-1.5.1-1");
}
END_TEST

START_TEST(response_on_its_way)
{
	say("scsi-response", "ITT=5 StatSN=2");
	rdma("write", 7, 4096, 4, "ok");
	say("nop-out", "ITT=9 I=1 CmdSN=3 ExpStatSN=3");
	scene_judge("initiator-stags");
	scene_nothing_broken();
}
END_TEST

START_TEST(tag_used_again)
{
	say("scsi-response", "ITT=5 StatSN=2");
	say("scsi-command",
	    "ITT=10 R=1 F=1 EDTL=512 RSV=1 ReadSTag=7 ReadBaseOffset=4096 CmdSN=3 ExpStatSN=3");
	rdma("write", 7, 4096, 4, "ok");
	scene_judge("initiator-stags");
	scene_nothing_broken();
}
END_TEST

/* An abort that crosses our operation, wherever it stands in the log. */
START_TEST(abort_crosses)
{
	rdma("read", 8, 8192, 4, "remote-access");
	say("task-request", "I=1 ITT=9 Function=1 ReferencedTaskTag=6 RefCmdSN=2 CmdSN=3");
	scene_judge("initiator-stags");
	scene_nothing_broken();
}
END_TEST

START_TEST(alive_after_abort)
{
	say("task-request", "I=1 ITT=9 Function=1 ReferencedTaskTag=6 RefCmdSN=2 CmdSN=3");
	say("task-response", "ITT=9 Response=0 StatSN=2");
	say("nop-out", "ITT=10 I=1 CmdSN=3 ExpStatSN=3");
	rdma("read", 8, 8192, 4, "ok");
	scene_judge("initiator-stags");
	scene_broke("I7145-1.5.1-3");
}
END_TEST

START_TEST(reset_ends_nothing_yet)
{
	say("task-request", "I=1 ITT=9 Function=5 ReferencedTaskTag=none CmdSN=3");
	rdma("read", 8, 8192, 4, _i ? "remote-access" : "ok");
	scene_judge("initiator-stags");
	if (_i)
		scene_broke("I7143-4.2.3.3-1");
	else
		scene_kept("I7143-4.2.3.3-1");
}
END_TEST

Suite *mon_initiator_stags_suite(void)
{
	Suite *s = suite_create("mon_initiator_stags");
	TCase *c = tcase_create("initiator-stags");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, alive_then_dead);
	tcase_add_test(c, dies_too_early);
	tcase_add_loop_test(c, invalidated_by_a_ping, 0, 2);
	tcase_add_test(c, cannot_be_read);
	tcase_add_test(c, beyond_the_buffer_is_our_fault);
	tcase_add_test(c, exposed_afterwards);
	tcase_add_test(c, response_on_its_way);
	tcase_add_test(c, tag_used_again);
	tcase_add_test(c, abort_crosses);
	tcase_add_test(c, alive_after_abort);
	tcase_add_loop_test(c, reset_ends_nothing_yet, 0, 2);
	suite_add_tcase(s, c);
	return s;
}

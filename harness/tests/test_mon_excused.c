/* SPDX-License-Identifier: BSD-2-Clause */
/* What our own side, another connection or the wording of the RFCs excuses; sessions grown at
 * random came upon each of these. */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
}

static void ended(void)
{
	scene_add((struct log_event){.kind = LOG_CM, .name = "disconnected"});
}

/* ---- ends ---- */

/* A HelloReply is the target's. */
START_TEST(behind_a_message_of_the_other_side)
{
	uint8_t msg[64];
	scene_login("", "");
	const size_t len = scene_encode("hello-reply", "", NULL, 0, msg, sizeof(msg));
	say_bytes(FROM_INITIATOR, msg, len);
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	ended();
	scene_judge("logout");
	scene_nothing_broken();
}
END_TEST

START_TEST(behind_what_nobody_can_read)
{
	scene_login("", "");
	say_bytes(FROM_INITIATOR, (const uint8_t *)"?", 1);
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	ended();
	scene_judge("logout");
	scene_nothing_broken();
}
END_TEST

START_TEST(end_that_was_announced)
{
	scene_login("", "");
	say("async", "AsyncEvent=3 StatSN=2");
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	ended();
	scene_judge("logout");
	scene_nothing_broken();
}
END_TEST

START_TEST(end_by_a_cold_reset)
{
	scene_login("", "");
	say("task-request", "I=1 Function=7 ITT=5 CmdSN=1");
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	ended();
	scene_judge("logout");
	scene_nothing_broken();
}
END_TEST

/* A warm reset ends none. */
START_TEST(end_behind_a_warm_reset)
{
	scene_login("", "");
	say("task-request", "I=1 Function=6 ITT=5 CmdSN=1");
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	ended();
	scene_judge("logout");
	scene_broke("I7143-11.14-3");
}
END_TEST

START_TEST(end_over_a_write_that_cannot_be_fetched)
{
	scene_login("iSERHelloRequired=Yes", "");
	say("hello", "iSERIRD=0");
	say("hello-reply", "");
	say("scsi-command", "W=1 F=1 ITT=3 EDTL=512 CmdSN=1 WSV=1 WriteSTag=0x700");
	say("logout-request", "Reason=0 ITT=2 CmdSN=2");
	ended();
	scene_judge("logout");
	scene_nothing_broken();
}
END_TEST

START_TEST(answers_to_several_logouts)
{
	scene_login("", "");
	say("logout-request", "Reason=2 ITT=2 CmdSN=1");
	say("logout-request", "Reason=2 ITT=3 CmdSN=2");
	say("logout-request", "Reason=0 ITT=4 CmdSN=3");
	say("logout-response", "Response=2 ITT=2 StatSN=2");
	say("logout-response", "Response=2 ITT=3 StatSN=3");
	say("logout-response", "Response=0 ITT=4 StatSN=4");
	scene_judge("logout");
	scene_nothing_broken();
	scene_kept("I7143-11.15-2");
}
END_TEST

/* ---- texts ---- */

START_TEST(two_texts_at_once)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say_keys("text-request", "F=1 ITT=2 TTT=none CmdSN=1", "SendTargets=");
	say_keys("text-request", "F=1 ITT=3 TTT=none CmdSN=2", "SendTargets=");
	scene_judge("text-exchange");
	scene_broke("I7143-6.2-4");
}
END_TEST

START_TEST(one_text_behind_another)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say_keys("text-request", "F=1 ITT=2 TTT=none CmdSN=1", "SendTargets=");
	say("text-response", "F=1 ITT=2 TTT=none StatSN=2");
	say_keys("text-request", "F=1 ITT=3 TTT=none CmdSN=2", "SendTargets=");
	scene_judge("text-exchange");
	scene_nothing_broken();
	scene_kept("I7143-6.2-4");
}
END_TEST

/* The Reject is of something else. */
START_TEST(text_beside_a_reject)
{
	static const uint8_t data_out[48] = {OP_DATA_OUT};
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say_keys("text-request", "F=1 ITT=2 TTT=none CmdSN=1", "SendTargets=");
	say_data("reject", "Reason=9 StatSN=2", data_out, sizeof(data_out));
	say_keys("text-request", "F=1 ITT=3 TTT=none CmdSN=2", "SendTargets=");
	scene_judge("text-exchange");
	scene_broke("I7143-6.2-4");
}
END_TEST

/* What came of the one before is no part of a text that begins an exchange. */
START_TEST(text_that_was_begun_anew)
{
	scene_login("", "");
	say_data("text-request", "C=1 ITT=2 TTT=none CmdSN=1", "X-a.b.c", 7);
	say("text-response", "ITT=2 TTT=1 StatSN=2");
	say_data("text-request", "F=1 ITT=3 TTT=none CmdSN=2", "d=1", 4);
	say_keys("text-response", "F=1 ITT=3 TTT=none StatSN=3", "d=NotUnderstood");
	scene_judge("key-format");
	scene_nothing_broken(); /* "d" is no name, and we said it first */
}
END_TEST

/* The answer to the first text comes in pieces, a second text lies between them. A reset has ended
 * the first, as far as this side knows. */
START_TEST(text_between_two_pieces)
{
	scene_login("", "");
	say_keys("text-request", "F=1 ITT=2 TTT=none CmdSN=1", "X-a.b.c1=1");
	say_data("text-response", "C=1 ITT=2 TTT=1 StatSN=2", "X-a.b.c", 7);
	say("text-request", "F=1 ITT=2 TTT=1 CmdSN=2");
	say("task-response", "ITT=9 StatSN=3");
	say_keys("text-request", "F=1 ITT=3 TTT=none CmdSN=3", "SendTargets=All");
	say_data("text-response", "C=1 ITT=2 TTT=2 StatSN=4", "1=NotUnderstood", 16);
	say_keys("text-response", "F=1 ITT=3 TTT=none StatSN=5", "TargetName=iqn.2026-01.x:t");
	scene_judge("key-format");
	scene_nothing_broken();
}
END_TEST

/* ---- the rest ---- */

START_TEST(key_that_is_not_the_initiators)
{
	say_keys("login-request", "T=1 CSG=1 NSG=3 ITT=1",
		 "InitiatorName=i TargetName=t TargetPortalGroupTag=5");
	say_keys("login-response", "T=1 CSG=1 NSG=3 ITT=1 StatSN=1 TSIH=1",
		 "TargetPortalGroupTag=1 TargetPortalGroupTag=Reject");
	scene_judge("keys");
	scene_nothing_broken();
}
END_TEST

START_TEST(max_burst_below_what_is_settled)
{
	say_keys("login-request", "CSG=1 ITT=1", "FirstBurstLength=65536");
	say_keys("login-response", "CSG=1 ITT=1 StatSN=1", "FirstBurstLength=65536");
	say_keys("login-request", "T=1 CSG=1 NSG=3 ITT=1", "MaxBurstLength=512");
	say_keys("login-response", "T=1 CSG=1 NSG=3 ITT=1 StatSN=2 TSIH=1", "MaxBurstLength=512");
	scene_judge("negotiation");
	scene_nothing_broken();
}
END_TEST

START_TEST(acknowledged_ahead)
{
	scene_login("MaxOutstandingUnexpectedPDUs=2", "MaxOutstandingUnexpectedPDUs=2");
	say("snack", "ITT=none TTT=none ExpStatSN=3");
	say("reject", "Reason=4 StatSN=2");
	say("reject", "Reason=4 StatSN=3");
	say("nop-in", "ITT=none TTT=8 StatSN=4");
	scene_judge("target-credits");
	scene_nothing_broken();
}
END_TEST

static void refused_write(uint64_t addr, uint64_t len)
{
	if (len)
		scene_add((struct log_event){.kind = LOG_MEMORY,
					     .name = "register",
					     .key = 0x700,
					     .addr = addr,
					     .len = len});
	say("scsi-command", "F=1 R=1 ITT=5 CmdSN=1 EDTL=4096 RSV=1 ReadSTag=0x700 "
			    "ReadBaseOffset=0x1000");
	scene_add((struct log_event){.kind = LOG_MEMORY,
				     .name = "remote-write",
				     .status = "remote-access",
				     .key = 0x700,
				     .addr = 0x1000 + 4096,
				     .len = 512,
				     .a = 1});
	scene_judge("target-stags");
}

/* Beyond what the command offers, which is there: nothing excuses that. */
START_TEST(beyond_what_is_there)
{
	scene_login("", "");
	refused_write(0x1000, 4096);
	scene_broke("I7145-7.3.5-6");
}
END_TEST

START_TEST(memory_of_another_connection)
{
	scene_login("", "");
	refused_write(0, 0);
	scene_nothing_broken();
}
END_TEST

START_TEST(memory_shorter_than_the_command_says)
{
	scene_login("", "");
	refused_write(0x1000, 512);
	scene_nothing_broken();
}
END_TEST

/* A CM message is filled up with zeros: one byte of ours arrives as four, which offer. */
START_TEST(cm_data_that_was_cut)
{
	static const uint8_t data[] = {0x10};
	scene_add((struct log_event){.kind = LOG_CM, .name = "connect", .bytes = {data, 1}});
	scene_login("", "");
	say("scsi-command", "F=1 R=1 ITT=5 CmdSN=1 EDTL=512 RSV=1 ReadSTag=0x700");
	uint8_t msg[200];
	const size_t len =
		scene_encode("scsi-response", "ITT=5 StatSN=2", NULL, 0, msg, sizeof(msg));
	scene_add((struct log_event){.kind = LOG_RECV,
				     .name = "recv",
				     .bytes = {msg, len},
				     .invalidated = true,
				     .invalidated_key = 0x700});
	scene_judge("target-stags");
	scene_nothing_broken();
}
END_TEST

Suite *mon_excused_suite(void)
{
	Suite *s = suite_create("mon_excused");
	TCase *c = tcase_create("excused");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, behind_a_message_of_the_other_side);
	tcase_add_test(c, behind_what_nobody_can_read);
	tcase_add_test(c, end_that_was_announced);
	tcase_add_test(c, end_by_a_cold_reset);
	tcase_add_test(c, end_behind_a_warm_reset);
	tcase_add_test(c, end_over_a_write_that_cannot_be_fetched);
	tcase_add_test(c, answers_to_several_logouts);
	tcase_add_test(c, text_that_was_begun_anew);
	tcase_add_test(c, text_between_two_pieces);
	tcase_add_test(c, key_that_is_not_the_initiators);
	tcase_add_test(c, max_burst_below_what_is_settled);
	tcase_add_test(c, acknowledged_ahead);
	tcase_add_test(c, beyond_what_is_there);
	tcase_add_test(c, memory_of_another_connection);
	tcase_add_test(c, memory_shorter_than_the_command_says);
	tcase_add_test(c, cm_data_that_was_cut);
	suite_add_tcase(s, c);
	TCase *texts = tcase_create("texts");
	tcase_add_checked_fixture(texts, NULL, scene_close);
	tcase_add_test(texts, two_texts_at_once);
	tcase_add_test(texts, one_text_behind_another);
	tcase_add_test(texts, text_beside_a_reject);
	suite_add_tcase(s, texts);
	return s;
}

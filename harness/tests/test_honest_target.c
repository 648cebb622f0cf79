/* SPDX-License-Identifier: BSD-2-Clause */
/* What sessions grown at random found our honest target doing wrong. */
#include "case_text.h"
#include "suites.h"

#define TARGET "title x\nsut target\nrules I7143-11.18.1-1\ngrade SHOULD\n"

/* Commands that wait for an older CmdSN: the first one is not sent until the end. */
#define AHEAD                    \
	"login\n"                \
	"scsi test-unit-ready\n" \
	"keep first = $CmdSN\n"  \
	"send scsi-command command=test-unit-ready CmdSN=$first+1 ITT=0x70\n"
#define GAP_FILLED                                 \
	"send nop-out I=0 CmdSN=$first ITT=0x71\n" \
	"expect nop-in ITT=0x71 within 1s\n"

START_TEST(abort_reaches_a_command_that_waits)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET AHEAD "send task-request I=1 Function=1 ReferencedTaskTag=0x70 "
				    "RefCmdSN=$first+1 CmdSN=$first+2\n"
				    "expect task-response Response=0 within 1s\n" GAP_FILLED
				    "expect none scsi-response ITT=0x70 for 100ms\n");
}
END_TEST

/* Nobody aborts it: it is carried out when its turn has come. */
START_TEST(what_waits_is_carried_out)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET AHEAD GAP_FILLED "expect scsi-response ITT=0x70 within 1s\n");
}
END_TEST

START_TEST(reject_of_what_waited_has_its_header)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "login\n"
			      "keep first = $CmdSN\n"
			      "send text-request CmdSN=$first+1 ITT=0x70 TTT=0x1234 F=1 "
			      "data=text:\"ab\\x00\"\n"
			      "keep length = $sent.length\n"
			      "send nop-out I=0 CmdSN=$first ITT=0x71\n"
			      "expect reject within 1s\n"
			      "check $got.data != none\n"
			      "check $length == 80\n");
	/* The bytes that it holds say DataSegmentLength=3. */
	for (size_t i = 0; i < log_count(event_log); i++) {
		const struct log_event *ev = log_at(event_log, i);
		struct pdu p;
		if (ev->kind == LOG_RECV && !pdu_decode(&p, ev->bytes.at, ev->bytes.len, NULL) &&
		    p.type->iser_opcode == ISER_CONTROL && p.type->opcode == OP_REJECT) {
			ck_assert_uint_eq(p.data.at[7], 3);
			return;
		}
	}
	ck_abort_msg("no Reject came");
}
END_TEST

START_TEST(refused_logout_ends_no_task)
{
	EXPECT_VERDICT(VERDICT_PASS, "response-delay=50ms",
		       TARGET "login\n"
			      "scsi test-unit-ready\n"
			      "send scsi-command command=test-unit-ready\n"
			      "keep itt = $sent.ITT\n"
			      "send logout-request Reason=2\n"
			      "expect logout-response Response=2 within 1s\n"
			      "expect scsi-response ITT=$itt Status=0 within 1s\n");
}
END_TEST

START_TEST(first_burst_is_kept_within_max_burst)
{
	static const char *const orders[] = {
		TARGET "login FirstBurstLength=32768 MaxBurstLength=16384\n"
		       "check $FirstBurstLength <= $MaxBurstLength\n",
		TARGET "login key-order=3 FirstBurstLength=32768 MaxBurstLength=16384\n"
		       "check $FirstBurstLength <= $MaxBurstLength\n",
		TARGET "login FirstBurstLength=8192 MaxBurstLength=16384\n"
		       "check $FirstBurstLength == 8192\n",
	};
	EXPECT_VERDICT(VERDICT_PASS, "", orders[_i]);
}
END_TEST

START_TEST(no_async_message_in_a_discovery_session)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "login discovery=yes\n"
			      "sut ask-logout within 1s\n"
			      "expect none async for 1s\n");
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "login\n"
			      "quiet async\n"
			      "sut ask-logout within 1s\n"
			      "expect async within 1s\n");
}
END_TEST

/* The first wish waits for the initiator's first word (RFC 7145 5.1.3), the second finds it said:
 * nothing is left for the timer. */
START_TEST(asked_before_and_behind_the_first_word)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "login until logged-in\n"
			      "quiet async\n"
			      "sut ask-logout within 1s\n"
			      "send nop-out I=1 ITT=fresh TTT=none\n"
			      "expect nop-in ITT=$sent.ITT within 1s\n"
			      "sut ask-logout within 1s\n"
			      "expect async AsyncEvent=1 within 1s\n"
			      "expect none async for 2s\n");
}
END_TEST

/* RFC 7143 11.6.1: what is under way on this very connection cannot be reassigned to it. */
START_TEST(reassign_of_what_is_under_way)
{
	EXPECT_VERDICT(VERDICT_PASS, "response-delay=50ms ErrorRecoveryLevel=2",
		       TARGET "login ErrorRecoveryLevel=2\n"
			      "scsi test-unit-ready\n"
			      "send scsi-command command=test-unit-ready\n"
			      "keep itt = $sent.ITT\n"
			      "send task-request I=1 Function=8 ReferencedTaskTag=$itt\n"
			      "expect task-response Response=3 within 1s\n"
			      "expect scsi-response ITT=$itt Status=0 within 1s\n");
}
END_TEST

/* ---- the runner ---- */

START_TEST(lenient_leaves_out_what_cannot_be_done)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "lenient\n"
			      "login\n"
			      "send nop-out ITT=$cmd.ITT\n" /* there is no command */
			      "login until first\n"	    /* nor a login to be done */
			      "expect alive within 1s\n");
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "",
		       TARGET "login\n"
			      "send nop-out ITT=$cmd.ITT\n"
			      "expect alive within 1s\n");
}
END_TEST

Suite *honest_target_suite(void)
{
	Suite *s = suite_create("honest_target");
	TCase *c = tcase_create("target");
	tcase_add_checked_fixture(c, case_text_begin, case_text_end);
	tcase_add_test(c, abort_reaches_a_command_that_waits);
	tcase_add_test(c, what_waits_is_carried_out);
	tcase_add_test(c, reject_of_what_waited_has_its_header);
	tcase_add_test(c, refused_logout_ends_no_task);
	tcase_add_loop_test(c, first_burst_is_kept_within_max_burst, 0, 3);
	tcase_add_test(c, no_async_message_in_a_discovery_session);
	tcase_add_test(c, asked_before_and_behind_the_first_word);
	tcase_add_test(c, reassign_of_what_is_under_way);
	tcase_add_test(c, lenient_leaves_out_what_cannot_be_done);
	suite_add_tcase(s, c);
	return s;
}

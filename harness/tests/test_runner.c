/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts run in the simulator against the model peer: passes, failures by knob, and what is
 * neither. */
#include "../oracle/watch.h"
#include "case_text.h"
#include "suites.h"

#define TARGET	  "title t\nsut target\nrules I7143-4.2.2.2-1\ngrade MUST\n"
#define INITIATOR "title t\nsut initiator\nrules I7145-5.1.1-1\ngrade SHOULD\n"

static double measured(const char *name)
{
	for (size_t i = 0; i < result.measurement_count; i++)
		if (!strcmp(result.measurements[i].name, name))
			return result.measurements[i].value;
	ck_abort_msg("no measurement %s", name);
}

static const struct log_event *event_of(size_t finding, size_t i)
{
	return log_at(event_log, (size_t)result.findings[finding].events[i] - 1);
}

START_TEST(ping_echo)
{
	static const char text[] =
		TARGET "login\nsend nop-out ITT=fresh data=pattern:3:7\n"
		       "expect nop-in ITT=$sent.ITT TTT=none data=$sent.data within 1s\n"
		       "expect none any for 500ms\nexpect alive within 1s\n";
	EXPECT_VERDICT(VERDICT_PASS, "", text);
	ck_assert_int_eq(result.close, CLOSE_CLEAN);
	ck_assert_uint_eq(result.finding_count, 3);
	/* What we sent, and what came. */
	ck_assert_uint_eq(result.findings[0].event_count, 2);
	ck_assert_int_eq(event_of(0, 0)->kind, LOG_POST);
	ck_assert_int_eq(event_of(0, 1)->kind, LOG_RECV);
	/* Silence has no event; what we did before it has. */
	ck_assert_uint_eq(result.findings[1].event_count, 1);
	ck_assert_int_eq(event_of(1, 0)->kind, LOG_POST);
	EXPECT_VERDICT(VERDICT_FAIL, "nop-echo-truncated", text);
	ck_assert_uint_eq(result.findings[0].line, 7);
	ck_assert_str_eq(result.findings[0].rules, "I7143-4.2.2.2-1");
	EXPECT_REASON("came: NOP-In");
	EXPECT_VERDICT(VERDICT_FAIL, "nop-echo-missing", text);
	EXPECT_REASON("nothing came");
}
END_TEST

/* What is left out at the front, and a part of a value. */
START_TEST(parts_of_messages)
{
	static const char text[] =
		TARGET "login\nmemory m data=text:abcdefgh\n"
		       "send nop-out ITT=fresh data=part:2:3:$m.data\n"
		       "expect nop-in data=text:cde within 1s\n"
		       "send nop-out ITT=fresh data=part:6:9:$m.data\n"
		       "expect nop-in data=text:gh within 1s\n"
		       "send nop-out ITT=fresh skip=28\ncheck $sent.length == 48\n"
		       "expect closed within 1s\n";
	EXPECT_VERDICT(VERDICT_PASS, "", text);
}
END_TEST

/* It takes a receive buffer, and brings nothing. */
START_TEST(write_with_immediate)
{
	static const char text[] = TARGET "login\nsend nop-out ITT=fresh\nexpect nop-in within 1s\n"
					  "rdma-write addr=0 key=1 data=hex: imm=5\n"
					  "expect closed within 1s\n";
	EXPECT_VERDICT(VERDICT_PASS, "", text);
	EXPECT_VERDICT(VERDICT_FAIL, "write-with-immediate-parsed", text);
}
END_TEST

START_TEST(chain_counts_buffers)
{
	static const char text[] = INITIATOR
		"login until final\nchain\n    send login-response\n    send nop-in TTT=fresh * 4\n"
		"expect delivered all within 1s\nmeasure n = $delivered messages\n"
		"expect nop-out for each nop-in matching TTT within 5s\n";
	EXPECT_VERDICT(VERDICT_PASS, "moup=4", text);
	ck_assert_double_eq(measured("n"), 5);
	/* The case's grade is SHOULD. */
	EXPECT_VERDICT(VERDICT_WARN, "moup=4 late-receives", text);
	EXPECT_REASON("of 5 messages found a receive buffer");
	EXPECT_REASON("rnr");
	ck_assert_uint_eq(result.measurement_count, 0); /* the rest was skipped */
}
END_TEST

/* Over iWARP no completion proves anything: an answer, a standing connection or a TERMINATE does.
 */
START_TEST(iwarp_delivered)
{
	static const char answered[] = INITIATOR
		"login until final\nchain\n    send login-response\n    send nop-in TTT=fresh * 4\n"
		"expect delivered all within 1s\nmeasure n = $delivered messages\n";
	static const char silent[] =
		INITIATOR "login until final\nchain\n    send login-response\n"
			  "    send nop-in TTT=none ITT=none * 4\n"
			  "expect delivered all within 1s\nmeasure n = $delivered messages\n";
	EXPECT_VERDICT(VERDICT_PASS, "sim-iwarp=yes moup=4", answered);
	EXPECT_REASON("all 5 messages found a receive buffer: the SUT answered");
	ck_assert_double_eq(measured("n"), 5);
	EXPECT_VERDICT(VERDICT_PASS, "sim-iwarp=yes moup=4", silent);
	EXPECT_REASON("all 5 messages found a receive buffer: the connection stands");
	EXPECT_VERDICT(VERDICT_WARN, "sim-iwarp=yes moup=4 late-receives", answered);
	EXPECT_REASON("between 0 and 4 of 5 messages found a receive buffer, then one met none");
	EXPECT_REASON("TERMINATE");
	/* The same end, on a device that keeps its reason to itself. */
	EXPECT_VERDICT(VERDICT_INFO, "sim-iwarp=yes sim-mute=yes moup=4 late-receives", answered);
	EXPECT_REASON("does not tell which");
	ck_assert_uint_eq(result.measurement_count, 0);
}
END_TEST

START_TEST(iwarp_outcomes)
{
	static const char text[] = INITIATOR
		"login until final\nchain\n    send login-response\n    send nop-in TTT=fresh * 4\n"
		"expect one of within 1s\n    rnr => warn\n    delivered => pass\n"
		"    closed => warn\n";
	EXPECT_VERDICT(VERDICT_PASS, "sim-iwarp=yes moup=4", text);
	EXPECT_VERDICT(VERDICT_PASS, "sim-iwarp=yes", INITIATOR "login\ncheck $iwarp == 1\n");
	EXPECT_VERDICT(VERDICT_PASS, "", INITIATOR "login\ncheck $iwarp == 0\n");
	EXPECT_VERDICT(VERDICT_WARN, "sim-iwarp=yes moup=4 late-receives", text);
	/* It may have been the SUT's own doing, and as well not: neither line is taken. */
	EXPECT_VERDICT(VERDICT_INFO, "sim-iwarp=yes sim-mute=yes moup=4 late-receives", text);
}
END_TEST

/* Counts that a transport does not tell decide nothing, and their bounds what they can. */
START_TEST(iwarp_counts)
{
	static const char head[] = INITIATOR
		"login until final\nchain\n    send login-response\n    send nop-in TTT=fresh * 4\n"
		"expect one of within 1s\n    rnr => go on\n    delivered => go on\n    closed => "
		"go on\n"
		"measure n = $delivered messages\n";
	char text[1000];

	snprintf(text, sizeof(text), "%scheck $delivered > 1\n", head);
	EXPECT_VERDICT(VERDICT_PASS, "sim-iwarp=yes moup=4", text);
	EXPECT_VERDICT(VERDICT_NOT_APPLICABLE, "sim-iwarp=yes moup=4 late-receives", text);
	EXPECT_REASON("iWARP has no RNR NAK");
	ck_assert_uint_eq(result.measurement_count, 0);
	snprintf(text, sizeof(text), "%scheck $delivered >= 5\n", head);
	EXPECT_VERDICT(VERDICT_WARN, "sim-iwarp=yes moup=4 late-receives", text);
	snprintf(text, sizeof(text), "%swhen $delivered > 1\n    check $rnr == 0\n", head);
	EXPECT_VERDICT(VERDICT_NOT_APPLICABLE, "sim-iwarp=yes moup=4 late-receives", text);
	snprintf(text, sizeof(text), "%sneeds $rnr == 0 \"x\"\ncheck $rnr == 0\n", head);
	EXPECT_VERDICT(VERDICT_NOT_APPLICABLE, "sim-iwarp=yes moup=4 late-receives", text);
	EXPECT_REASON("x");
}
END_TEST

START_TEST(iwarp_lacks)
{
	EXPECT_VERDICT(VERDICT_NOT_APPLICABLE, "sim-iwarp=yes",
		       TARGET "login\nsend nop-out as=send-imm:1\nexpect alive within 1s\n");
	EXPECT_REASON("iWARP has no Send with Immediate");
	EXPECT_VERDICT(VERDICT_PASS, "sim-iwarp=yes",
		       INITIATOR "login\ncheck $cm.rnr_retry == none\n");
}
END_TEST

/* A write completes when it leaves, so that only the connection shows whether it was let through.
 */
START_TEST(iwarp_rdma)
{
	static const char text[] = INITIATOR
		"login ImmediateData=No InitialR2T=Yes\nrdma-write addr=0 key=77 data=hex:00\n"
		"expect completion %s within 1s\n";
	char ok[400], refused[400];

	snprintf(ok, sizeof(ok), text, "ok");
	snprintf(refused, sizeof(refused), text, "remote-access");
	EXPECT_VERDICT(VERDICT_WARN, "sim-iwarp=yes", ok);
	EXPECT_VERDICT(VERDICT_PASS, "sim-iwarp=yes", refused);
	EXPECT_VERDICT(VERDICT_INFO, "sim-iwarp=yes sim-mute=yes", ok);
	EXPECT_VERDICT(VERDICT_INFO, "sim-iwarp=yes sim-mute=yes", refused);
	EXPECT_REASON("does not tell which");
}
END_TEST

START_TEST(keep_outlives_what_it_was_taken_from)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       INITIATOR
		       "login\nsend nop-in TTT=77\nkeep tag = $sent.TTT\nsend nop-in TTT=78\n"
		       "check $sent.TTT == 78\ncheck $tag == 77\nkeep tag = $tag+1\n"
		       "measure tag = $tag\nkeep nothing = $sut.X-none\n"
		       "check $nothing == none\n");
	ck_assert_double_eq(measured("tag"), 78);
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "",
		       INITIATOR "login\nkeep name = $sut.InitiatorName\ncheck $rnr == 0\n");
	EXPECT_REASON("keep name: the value is no number");
}
END_TEST

START_TEST(sweep_finds_the_edge)
{
	EXPECT_VERDICT(VERDICT_PASS, "one-spare-receive moup=8",
		       INITIATOR
		       "sweep n in 1 8 64 until broken\n    login until final\n    chain\n"
		       "        send login-response\n        send nop-in TTT=fresh * $n\n"
		       "    expect delivered all within 1s\n"
		       "measure good = $n.good\nmeasure bad = $n.bad\ncheck $n.bad == 8\n");
	ck_assert_double_eq(measured("good"), 1);
	ck_assert_double_eq(measured("bad"), 8);
	/* What a sweep finds is no verdict: nothing was judged. */
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "",
		       TARGET "sweep t in 1ms 2ms until broken\n    login\n    wait $t\n    expect "
			      "alive within 1s\n");
	EXPECT_REASON("nothing was judged");
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "sweep t in 1ms 2ms until holds\n    login\n    check $t > 1ms\n"
			      "check $t.good == 2ms and $t.bad == 1ms\n");
}
END_TEST

START_TEST(scsi_is_judged)
{
	static const char text[] =
		TARGET "login\nscsi inquiry\nscsi write lba=4 blocks=40 pattern=9\n"
		       "scsi read lba=4 blocks=40 pattern=9 within 2s rules I7143-4.2.2.2-1\n"
		       "logout within 2s\n";
	/* A step: what is wrong with it says nothing of the case's subject. */
	static const char step[] =
		TARGET "login\nscsi write lba=4 blocks=40 pattern=9\n"
		       "scsi read lba=4 blocks=40 pattern=9\nexpect alive within 1s\n";
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "read-data-corrupt", step);
	EXPECT_REASON("did not come to its subject");
	EXPECT_REASON("is not what was written");
	EXPECT_VERDICT(VERDICT_PASS, "", text);
	ck_assert_int_eq(result.close, CLOSE_CLEAN);
	EXPECT_VERDICT(VERDICT_FAIL, "read-data-corrupt", text);
	EXPECT_VERDICT(VERDICT_FAIL, "write-data-dropped", text);
	EXPECT_REASON("is not what was written");
}
END_TEST

/* Runs the case over a log of its own; what the monitor of memory finds broken, or NULL. */
static const struct finding *misplaced(const char *settings, const char *text)
{
	log_free(event_log);
	event_log = log_new(NULL, NULL);
	case_text_run(settings, text);
	watch_log(event_log, true, ledger, monitor_by_name("placement"), &result);
	for (size_t i = 0; i < result.finding_count; i++)
		if (result.findings[i].monitor && result.findings[i].verdict != VERDICT_PASS)
			return &result.findings[i];
	return NULL;
}

/* Whatever a case is about, a write beside the memory that was advertised is found. */
START_TEST(guards_are_looked_at)
{
	static const char *const texts[] = {
		TARGET "login\nscsi inquiry\nexpect alive within 1s\n",
		TARGET "login\nsend scsi-command command=inquiry\n"
		       "expect scsi-response ITT=$cmd.ITT within 1s\n",
		TARGET "login\nmemory m length=36 access=write\n"
		       "send scsi-command command=inquiry ReadSTag=$m.STag ReadBaseOffset=$m.addr\n"
		       "expect scsi-response ITT=$cmd.ITT within 1s\nnew connection\nlogin\n"
		       "expect alive within 1s\n",
		TARGET "sweep n in 1 2 until broken\n    login\n    memory m length=36\n"
		       "    send scsi-command command=inquiry ReadSTag=$m.STag "
		       "ReadBaseOffset=$m.addr\n"
		       "    expect scsi-response ITT=$cmd.ITT within 1s\ncheck $n.bad == none\n",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_ptr_null(misplaced("", texts[i]));
		ck_assert_int_eq(result.verdict, VERDICT_PASS);
		const struct finding *f = misplaced("read-data-beyond-buffer", texts[i]);
		ck_assert_ptr_nonnull(f);
		ck_assert_int_eq(f->verdict, VERDICT_FAIL);
		ck_assert_str_eq(f->rules, "I7145-7.3.5-7");
		ck_assert_ptr_nonnull(strstr(f->reason, "bytes after the buffer were written"));
	}
	/* With the buffer alone behind the key it is the transport that says no. */
	static const char exact[] =
		TARGET "login\nmemory m length=36 exact=1\n"
		       "send scsi-command command=inquiry ReadSTag=$m.STag ReadBaseOffset=$m.addr\n"
		       "expect scsi-response ITT=$cmd.ITT within 1s\n";
	ck_assert_ptr_null(misplaced("read-data-beyond-buffer", exact));
	ck_assert_int_eq(result.verdict, VERDICT_FAIL);
	EXPECT_REASON("an RDMA operation of its own broke the connection");
	/* Reads beyond a buffer leave no mark: there the key covers the buffer alone. */
	static const char writes[] =
		TARGET "login\nscsi write lba=0 blocks=1000 pattern=1 rules I7143-4.2.2.2-1\n";
	EXPECT_VERDICT(VERDICT_PASS, "", writes);
	EXPECT_VERDICT(VERDICT_FAIL, "write-beyond-buffer", writes);
	EXPECT_REASON("an RDMA operation of its own broke the connection");
}
END_TEST

/* What a case says of its memory: what it holds before, what a command brought there. */
START_TEST(compares_memory)
{
	static const char text[] =
		TARGET "login\nmemory out access=read data=pattern:3:1024\n"
		       "send scsi-command command=write lba=4 blocks=2 memory=out\n"
		       "expect scsi-response ITT=$cmd.ITT Status=0 within 1s\n"
		       "memory in length=1024 access=write\n"
		       "send scsi-command command=read lba=4 blocks=2 memory=in\n"
		       "expect scsi-response ITT=$cmd.ITT Status=0 within 1s\n"
		       "compare in data=pattern:3:1024\n"
		       "compare in at=5 data=pattern:3:11:5 \"five bytes in\"\n";
	EXPECT_VERDICT(VERDICT_PASS, "", text);
	EXPECT_VERDICT(VERDICT_FAIL, "read-data-corrupt", text);
	EXPECT_REASON("byte 512 of in is");
	static const char less[] =
		TARGET "login\nmemory m length=4\ncompare m data=hex:0000000000\n";
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "", less);
	EXPECT_REASON("has only 4 bytes");
}
END_TEST

/* A ping of the SUT's own, 100 ms old, is no answer to what is sent now. */
START_TEST(forget_drops_what_is_old)
{
#define OLD  INITIATOR "login\nserve until nop-out within 5s\n"
#define LOOK "send nop-in TTT=none\nexpect none nop-out ITT!=none for 10ms\n"
	EXPECT_VERDICT(VERDICT_WARN, "nop-interval=100ms", OLD LOOK);
	EXPECT_VERDICT(VERDICT_PASS, "nop-interval=100ms", OLD "forget\n" LOOK);
#undef OLD
#undef LOOK
}
END_TEST

START_TEST(an_end_before_the_deed_is_none_of_its_effects)
{
#define ASYNC INITIATOR "login\nsend async AsyncEvent=255 data=hex:0000\n"
	EXPECT_VERDICT(VERDICT_PASS, "dies-on-async", ASYNC "expect closed within 1s\n");
	EXPECT_VERDICT(VERDICT_PASS, "dies-on-async",
		       ASYNC "send nop-in TTT=none\nexpect closed within 1s\n");
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "dies-on-async",
		       ASYNC "wait 1s\nsend nop-in TTT=none\nexpect closed within 1s\n");
	EXPECT_REASON("had ended before what this is about was done");
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "dies-on-async",
		       ASYNC "wait 1s\nsend nop-in TTT=5\nexpect nop-out TTT=5 within 1s\n");
	/* Where no line judges, an end that none names is no judgement either. */
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "dies-on-async",
		       ASYNC "expect one of within 1s\n    logout-request => go on\n"
			     "    nothing => not-applicable \"no logout\"\n");
	EXPECT_REASON("none of the expected outcomes");
	EXPECT_VERDICT(VERDICT_WARN, "dies-on-async",
		       ASYNC "expect one of within 1s\n    logout-request => pass\n"
			     "    nothing => warn\n");
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "dies-on-async",
		       ASYNC "expect one of within 1s\n    logout-request => pass\n"
			     "    nothing => info\n");
#undef ASYNC
}
END_TEST

START_TEST(one_of)
{
	static const char text[] =
		TARGET "login\nsend nop-out ITT=fresh\nexpect one of within 1s\n"
		       "    reject => fail\n    nop-in ITT=$sent.ITT => go on\n    nothing => warn "
		       "\"silent\"\n"
		       "expect one of within 1s\n    nop-in => fail\n    nothing => info \"done\"\n"
		       "check $rnr == 1\n";
	EXPECT_VERDICT(VERDICT_INFO, "", text);
	ck_assert_uint_eq(result.finding_count, 1); /* a verdict ends the case */
	EXPECT_VERDICT(VERDICT_WARN, "nop-echo-missing", text);
	EXPECT_REASON("silent");
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "login until first\nsend nop-out\nexpect one of within 5s\n"
			      "    closed => pass\n    login-response StatusClass=2 => pass\n    "
			      "nothing => fail\n");
	EXPECT_VERDICT(VERDICT_FAIL, "",
		       TARGET
		       "login\nexpect one of within 1s\n    closed => pass\n    reject => pass\n");
	EXPECT_REASON("none of the expected outcomes");
}
END_TEST

/* What the honest peer had to refuse in passing is told, and decides nothing. */
START_TEST(violations_are_told_besides)
{
	static const char text[] = TARGET "login\nscsi test-unit-ready rules I7143-4.2.2.2-1\n";
	EXPECT_VERDICT(VERDICT_PASS, "", text);
	ck_assert_uint_eq(result.finding_count, 1);
	EXPECT_VERDICT(VERDICT_PASS, "stat-sn-skipped", text);
	ck_assert_uint_eq(result.finding_count, 2);
	const struct finding *f = &result.findings[1];
	ck_assert(f->besides);
	ck_assert_int_eq(f->verdict, VERDICT_INFO);
	ck_assert_msg(strstr(f->reason, "seen besides: SCSI Response with StatSN"), "%s",
		      f->reason);
	ck_assert_msg(strstr(f->reason, "(RFC 7143 4.2.2.2)"), "%s", f->reason);
	ck_assert_uint_eq(f->event_count, 1);
	ck_assert_int_eq(log_at(event_log, (size_t)f->events[0] - 1)->kind, LOG_NOTE);
	/* A case that looks at it itself has said so. */
	EXPECT_VERDICT(VERDICT_FAIL, "stat-sn-skipped",
		       TARGET "login\nscsi test-unit-ready\ncheck $violation == none\n");
	ck_assert_uint_eq(result.finding_count, 1);
	ck_assert(!result.findings[0].besides);
}
END_TEST

START_TEST(logout_is_judged)
{
	static const char text[] = "title t\nsut target\nrules I7145-5.2.2-3\ngrade MUST\n"
				   "login\nlogout within 2s\nexpect closed within 2s\n";
	static const struct {
		const char *knob, *rules, *reason;
		enum verdict verdict;
		enum close_kind close;
	} rows[] = {
		{"", "I7143-11.15.1-1", "", VERDICT_PASS, CLOSE_CLEAN},
		{"logout-fails", "I7143-11.15.1-1", "Logout Response 3, cleanup failed",
		 VERDICT_WARN, CLOSE_CLEAN},
		{"logout-wrong-itt", "I7143-11.15-2", "the request had 0x", VERDICT_WARN,
		 CLOSE_CLEAN},
		{"logout-drops", "I7143-11.14-3", "not by a Logout Response", VERDICT_WARN,
		 CLOSE_ABRUPT},
		/* Nothing was said of how it is answered, nor of who closes then. */
		{"ignores-logout", "I7143-11.14-3", "was not answered", VERDICT_WARN,
		 CLOSE_UNANSWERED},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EXPECT_VERDICT(rows[i].verdict, rows[i].knob, text);
		EXPECT_REASON(rows[i].reason);
		ck_assert_str_eq(result.findings[0].rules, rows[i].rules);
		ck_assert_msg(result.close == rows[i].close, "%s: %s", rows[i].knob,
			      close_name(result.close));
	}
	EXPECT_VERDICT(VERDICT_FAIL, "logout-without-close", text);
	ck_assert_str_eq(result.findings[1].rules, "I7145-5.2.2-3");
	ck_assert_int_eq(result.close, CLOSE_LEFT_OPEN);
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "", TARGET "login\ndisconnect\nlogout\n");
}
END_TEST

/* Silence is proved on a connection that stands, and there only. */
START_TEST(silence_needs_a_connection)
{
	static const char silence[] = TARGET "login\nexpect none async for 1s\n";
	EXPECT_VERDICT(VERDICT_PASS, "", silence);
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "",
		       TARGET "login\nsend nop-out length=20\n"
			      "expect none async for 1s\n");
	EXPECT_REASON("it disconnected");
	/* What came before the end decides. */
	EXPECT_VERDICT(VERDICT_FAIL, "",
		       TARGET "login\nsend nop-out ITT=fresh\nwait 100ms\nsend nop-out length=20\n"
			      "expect none nop-in for 1s\n");
	EXPECT_REASON("came: NOP-In");
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "",
		       TARGET "login\ndisconnect\nexpect none async for 1s\n");
	EXPECT_REASON("the case ended it (disconnect)");
	/* Nor is one that left one that did nothing. */
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "",
		       TARGET "login\nsend nop-out length=20\nexpect one of within 1s\n"
			      "    async => go on\n    nothing => pass\n");
	EXPECT_REASON("none of the expected outcomes");
}
END_TEST

START_TEST(checks_do_not_stop_and_needs_do)
{
	EXPECT_VERDICT(VERDICT_FAIL, "",
		       TARGET "login\ncheck $count.nop-in > 0 \"none came\"\ncheck $window > 0 "
			      "grade INFO\nnote \"$window\"\n");
	ck_assert_uint_eq(result.finding_count, 2);
	EXPECT_REASON("none came");
	EXPECT_REASON("0 > 0 does not hold");
	EXPECT_VERDICT(VERDICT_NOT_APPLICABLE, "",
		       TARGET "login\ncheck $window > 0\nneeds $sut.iSERHelloRequired == Yes \"no "
			      "Hello\"\ncheck $rnr == 1\n");
	EXPECT_REASON("no Hello");
	ck_assert_uint_eq(result.finding_count, 2);
	EXPECT_VERDICT(
		VERDICT_PASS, "",
		TARGET
		"login\nwhen $window == 0\n    check $rnr == 1\nwhen defined $MaxBurstLength\n"
		"    check $MaxBurstLength >= 512 and $RDMAExtensions == Yes\n");
}
END_TEST

START_TEST(grades_are_capped_by_rules)
{
	/* A broken MUST of a case whose statement cites only a SHOULD is a warning, of a MAY an
	 * info. */
	static const char several[] =
		"title t\nsut target\nrules I7143-4.2.2.2-1 I7143-6.2-9 I7143-6.3-5\ngrade MUST\n"
		"login\ncheck $rnr == %d rules I7143-4.2.2.2-1\ncheck $rnr == %d rules "
		"I7143-6.2-9\ncheck $rnr == %d rules I7143-6.3-5\n";
	char text[400];
	snprintf(text, sizeof(text), several, 0, 1, 0);
	EXPECT_VERDICT(VERDICT_WARN, "", text);
	/* marked as our own level */
	snprintf(text, sizeof(text), several, 0, 0, 1);
	EXPECT_VERDICT(VERDICT_WARN, "", text);
	snprintf(text, sizeof(text), several, 1, 0, 0);
	EXPECT_VERDICT(VERDICT_FAIL, "", text);
	EXPECT_VERDICT(VERDICT_FAIL, "", TARGET "login\ncheck $rnr == 1\n");
	EXPECT_VERDICT(VERDICT_INFO, "", TARGET "login\ncheck $rnr == 1 grade INFO\n");
}
END_TEST

START_TEST(logins_that_fail)
{
	/* The case has not come to its subject; where the login is the subject, it says so. */
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "login-status=0x0203",
		       TARGET "login\nexpect alive within 1s\n");
	EXPECT_REASON("status 0x0203");
	ck_assert_uint_eq(result.finding_count, 1);
	EXPECT_VERDICT(VERDICT_FAIL, "login-status=0x0203",
		       TARGET "login rules I7143-4.2.2.2-1\nexpect alive within 1s\n");
	EXPECT_REASON("status 0x0203");
	ck_assert_uint_eq(result.finding_count, 1);
	/* Our own configuration is not the SUT's fault. */
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "", TARGET "login\nvanish\nsend nop-out\n");
	EXPECT_REASON("the case ended it");
}
END_TEST

START_TEST(a_command_that_never_connects)
{
	never_connects = true;
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "", INITIATOR "login\ncheck $rnr == 0\n");
	EXPECT_REASON("status 7");
	EXPECT_REASON("no route to target");
}
END_TEST

START_TEST(out_of_time)
{
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "",
		       "deadline 2s\n" TARGET "login\ncheck $window > 0\nwait 5s\n");
	EXPECT_REASON("ran out of time");
}
END_TEST

START_TEST(memory_and_rdma)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       INITIATOR "workload io\nlogin\nserve until scsi-command within 5s\nquiet\n"
				 "rdma-read addr=0 key=0x123 length=16\nexpect completion "
				 "remote-access within 5s\n");
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET
		       "login\nmemory m length=512 access=write\n"
		       "send scsi-command command=inquiry ReadSTag=$m.STag ReadBaseOffset=$m.addr\n"
		       "expect scsi-response ITT=$cmd.ITT Status=0 within 1s\ninvalidate m\n"
		       "check $m.STag != none and $cmd.EDTL == 36\n");
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "login\nsend nop-out length=20\nexpect closed within 5s\n");
	ck_assert_int_eq(result.close, CLOSE_ABRUPT);
}
END_TEST

START_TEST(connections_follow_one_another)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       INITIATOR
		       "login until first\nrelease\nexpect alive within 1s\nnew connection\n"
		       "login until final\ncheck $got.T == 1 and $got.NSG == 3\nrelease\nexpect "
		       "alive within 1s\n"
		       "reject\nlogin\nexpect alive within 1s\n");
	ck_assert_int_eq(result.close, CLOSE_CLEAN);
	EXPECT_VERDICT(
		VERDICT_PASS, "",
		TARGET
		"connect\nlogin until final\nlogin\nexpect alive within 1s\ndisconnect\nlogin\n"
		"expect alive within 1s\n");
}
END_TEST

START_TEST(same_seed_same_log)
{
	static const char text[] =
		INITIATOR "workload io\nlogin\nserve for 50ms\nexpect alive within 1s\n";
	size_t before = log_count(event_log);
	case_text_run("", text);
	size_t n = log_count(event_log) - before;
	case_text_run("", text);
	ck_assert_uint_eq(log_count(event_log), before + 2 * n);
	for (size_t i = before; i < before + n; i++) {
		const struct log_event *a = log_at(event_log, i), *b = log_at(event_log, i + n);
		ck_assert_uint_eq(a->time, b->time);
		ck_assert_int_eq(a->kind, b->kind);
		ck_assert_uint_eq(a->bytes.len, b->bytes.len);
		if (a->bytes.len)
			ck_assert_mem_eq(a->bytes.at, b->bytes.at, a->bytes.len);
	}
}
END_TEST

Suite *runner_suite(void)
{
	Suite *s = suite_create("runner");
	TCase *t = tcase_create("runner");
	tcase_add_checked_fixture(t, case_text_begin, case_text_end);
	tcase_add_test(t, ping_echo);
	tcase_add_test(t, parts_of_messages);
	tcase_add_test(t, write_with_immediate);
	tcase_add_test(t, chain_counts_buffers);
	tcase_add_test(t, iwarp_delivered);
	tcase_add_test(t, iwarp_outcomes);
	tcase_add_test(t, iwarp_counts);
	tcase_add_test(t, iwarp_lacks);
	tcase_add_test(t, iwarp_rdma);
	tcase_add_test(t, keep_outlives_what_it_was_taken_from);
	tcase_add_test(t, sweep_finds_the_edge);
	tcase_add_test(t, scsi_is_judged);
	tcase_add_test(t, guards_are_looked_at);
	tcase_add_test(t, compares_memory);
	tcase_add_test(t, forget_drops_what_is_old);
	tcase_add_test(t, an_end_before_the_deed_is_none_of_its_effects);
	tcase_add_test(t, one_of);
	tcase_add_test(t, violations_are_told_besides);
	tcase_add_test(t, logout_is_judged);
	tcase_add_test(t, silence_needs_a_connection);
	tcase_add_test(t, checks_do_not_stop_and_needs_do);
	tcase_add_test(t, grades_are_capped_by_rules);
	tcase_add_test(t, logins_that_fail);
	tcase_add_test(t, a_command_that_never_connects);
	tcase_add_test(t, out_of_time);
	tcase_add_test(t, memory_and_rdma);
	tcase_add_test(t, connections_follow_one_another);
	tcase_add_test(t, same_seed_same_log);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Several connections in one case, both roles: parsed, told apart, served, left. */
#include "case_text.h"
#include "suites.h"

#define TARGET	  "title t\nsut target\nrules I7143-4.2.2.2-1\ngrade MUST\n"
#define INITIATOR "title t\nsut initiator\nrules I7145-5.1.1-1\ngrade SHOULD\n"

START_TEST(names_are_said_right)
{
	static const struct {
		const char *text;
		unsigned column;
		const char *what;
	} rows[] = {
		{"on got login", 4, "$got means something else"},
		{"on MaxBurstLength login", 4, "$MaxBurstLength means something else"},
		{"on B-1 login", 4, "a name is a letter"},
		{"on B*0 login", 4, "1 to 500 connections"},
		{"on B*501 login", 4, "1 to 500 connections"},
		{"on B on C login", 6, "one name a statement"},
		{"on B frob", 6, "unknown statement frob"},
		{"on B", 5, "block is missing"},
		{"on B login\non B*2 login", 4, "there are 1 connections B"},
		{"on B login\ncheck $B.elapsed > 1ms", 10, "of no connection"},
		{"on B login\ncheck $B > 1", 7, "unknown value $B"},
		{"on B login\nkeep B = $ITT", 6, "$B means something else"},
		{"keep B = $ITT\non B login", 4, "$B means something else"},
		{"on B keep B = $ITT", 11, "$B means something else"},
		{"check $B.got.ITT > 1", 7, "unknown value $B.got.ITT"},
		{"accept within 1s", 1, "accept is for an initiator"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[400];
		snprintf(text, sizeof(text), TARGET "%s\n", rows[i].text);
		const struct script_errors *e = case_text_errors(text);
		ck_assert_msg(strstr(e->at[0].what, rows[i].what), "%s: %s", rows[i].text,
			      e->at[0].what);
		ck_assert_msg(e->at[0].column == rows[i].column, "%s: column %u", rows[i].text,
			      e->at[0].column);
	}
}
END_TEST

/* What only follows from a mistake in an `on` line is not told. */
START_TEST(a_mistake_is_told_once)
{
	static const char text[] = TARGET "on B memory buf length=x\non B login\n"
					  "check $buf.STag > 0\ncheck $B.ITT > 0\n";
	ck_assert_uint_eq(case_text_errors(text)->count, 1);
}
END_TEST

START_TEST(each_has_its_own)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET
		       "login\non B login\n"
		       "on B send nop-out ITT=fresh data=text:\"of B\"\n"
		       "send nop-out ITT=fresh data=text:\"mine\"\n"
		       "on B expect nop-in ITT=$sent.ITT data=$sent.data within 1s\n"
		       "expect nop-in ITT=$sent.ITT data=$sent.data within 1s\n"
		       "check $B.sent.ITT != $sent.ITT and $B.got.ITT == $B.sent.ITT\n"
		       "check $B.count.nop-in == 1 and $count.nop-in == 1\n"
		       "on B\n    expect none any for 10ms\n    check $count.nop-in == 1\n"
		       "    logout within 1s\n"
		       "check $B.count.logout-response == 1 and $count.logout-response == 0\n"
		       "expect alive within 1s\n");
	ck_assert_int_eq(result.close, CLOSE_CLEAN);
}
END_TEST

/* Whoever waits serves all of them; how one ends is no matter of the others. */
START_TEST(one_ends_beside_others)
{
	EXPECT_VERDICT(VERDICT_PASS, "nop-interval=100ms nop-with-ttt=yes unexpected-delay=1ms",
		       TARGET "login\non B login until first\non D*3 login\n"
			      "wait 1s\n"
			      "check $D.count.nop-in > 5 and $B.count.any == 0\n"
			      "vanish\nwait 1s\ncheck $D.count.nop-in > 12\n"
			      "on D*3 expect open for 100ms\n"
			      "on B login\non B expect alive within 1s\n"
			      "check $D.end == none\n");
	EXPECT_VERDICT(VERDICT_FAIL, "",
		       TARGET "login\non B login\non B vanish\n"
			      "expect closed within 100ms\n");
	ck_assert_uint_eq(result.finding_count, 1);
}
END_TEST

START_TEST(times_have_an_order)
{
	static const char text[] =
		TARGET "login\non B login\nmark\nsend nop-out ITT=fresh\n"
		       "expect nop-in within 1s\nwait 5ms\non B send nop-out ITT=fresh\n"
		       "on B expect nop-in within 1s\n"
		       "check $got.time < $B.got.time and $B.got.time < $got.time+6ms\n"
		       "on B check $got.time >= 5ms\n"
		       "check $B.got.time >= 5ms\n";
	EXPECT_VERDICT(VERDICT_PASS, "", text);
}
END_TEST

START_TEST(memory_of_one_named_on_another)
{
	/* The key opens nothing on the other queue pair: protection is by connection. */
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "login\nmemory m length=512 access=write\n"
			      "on B login\non B scsi test-unit-ready\n"
			      "on B send scsi-command command=read ReadSTag=$m.STag "
			      "ReadBaseOffset=$m.addr\n"
			      "on B expect one of within 1s\n    broken => go on\n"
			      "    scsi-response => fail\n"
			      "scsi read lba=0 blocks=1\nexpect alive within 1s\n");
}
END_TEST

START_TEST(reasons_name_the_connection)
{
	EXPECT_VERDICT(VERDICT_FAIL, "nop-echo-missing",
		       TARGET "login\non B login\non B expect alive within 100ms\n");
	EXPECT_REASON("on B: expected: expect alive");
	EXPECT_VERDICT(VERDICT_FAIL, "nop-echo-missing",
		       TARGET "on C*2 login\non C*2\n    expect alive within 100ms\n");
	EXPECT_REASON("on C 1: expected: expect alive");
}
END_TEST

START_TEST(a_sweep_leaves_all)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "sweep N in 1 2 3 until broken\n    login\n    on B login\n"
			      "    expect alive within 1s\n    on B expect alive within 1s\n"
			      "check $N.good == 3 and $N.bad == none\n");
}
END_TEST

START_TEST(an_initiator_has_two_sessions)
{
	static const char text[] =
		INITIATOR "login\non B login until first\n"
			  "check $B.got.ISID != none\n"
			  "on B login\nsend nop-in TTT=fresh\non B send nop-in TTT=fresh\n"
			  "expect nop-out TTT=$sent.TTT within 1s\n"
			  "on B expect nop-out TTT=$sent.TTT within 1s\n"
			  "vanish\non B expect alive within 1s\n";
	EXPECT_VERDICT(VERDICT_PASS, "", text);
}
END_TEST

START_TEST(an_initiator_connects_by_itself)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       INITIATOR "login\nsut login\non B accept within 1s\n"
				 "on B login until first\non B expect open for 10ms\n"
				 "on B login\non B expect alive within 1s\n");
	EXPECT_VERDICT(VERDICT_NOT_APPLICABLE, "",
		       INITIATOR
		       "login\nexpect alive within 1s\non B accept within 1s \"it opens none\"\n");
	EXPECT_REASON("it opens none");
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "",
		       INITIATOR
		       "login\nexpect alive within 1s\non B accept within 1s rules none\n");
	EXPECT_VERDICT(VERDICT_WARN, "",
		       INITIATOR "login\non B accept within 1s rules I7145-5.1.1-1\n");
	EXPECT_REASON("opened no connection by itself");
}
END_TEST

Suite *talks_suite(void)
{
	Suite *s = suite_create("talks");
	TCase *t = tcase_create("talks");

	tcase_add_checked_fixture(t, case_text_begin, case_text_end);
	tcase_add_test(t, names_are_said_right);
	tcase_add_test(t, a_mistake_is_told_once);
	tcase_add_test(t, each_has_its_own);
	tcase_add_test(t, one_ends_beside_others);
	tcase_add_test(t, times_have_an_order);
	tcase_add_test(t, memory_of_one_named_on_another);
	tcase_add_test(t, reasons_name_the_connection);
	tcase_add_test(t, a_sweep_leaves_all);
	tcase_add_test(t, an_initiator_has_two_sessions);
	tcase_add_test(t, an_initiator_connects_by_itself);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}

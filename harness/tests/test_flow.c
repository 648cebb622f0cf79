/* SPDX-License-Identifier: BSD-2-Clause */
/* repeat, when with else, `or`, and what values can be computed; parsed, run and judged again. */
#include "case_text.h"
#include "judge_text.h"
#include "suites.h"

#define TARGET			      "title t\npurpose p\nsut target\nrules I7143-4.2.2.2-1\ngrade MUST\n"
#define VERDICT(want, settings, text) EXPECT_VERDICT(want, settings, TARGET text)

START_TEST(values)
{
	static const char *const hold[] = {
		"$a+$b-$c == 11",
		"$a-$b*2 == 14",
		"$a/$b == 3",
		"$a%$b == 1",
		"$a/$zero == none",
		"$a%$zero == none",
		"$d/3ms == 3",
		"$d/2 == 5ms",
		"$d%3ms == 1ms",
		"$a == 1 or $b == 3",
		"$a == 1 and $b == 3 or $c == 2",
		"$c == 2 or $a == 1 and $b == 1",
		"$a == 1 or $b == 1 or $c == 2",
	};
	static const char *const fail[] = {
		"$a == 1 or $b == 1",
		"$a == 1 and $b == 3 or $c == 3",
		"$c == 3 or $a == 10 and $b == 1",
	};
	char text[600];
	for (size_t i = 0; i < sizeof(hold) / sizeof(hold[0]) + sizeof(fail) / sizeof(fail[0]);
	     i++) {
		const bool holds = i < sizeof(hold) / sizeof(hold[0]);
		const char *c = holds ? hold[i] : fail[i - sizeof(hold) / sizeof(hold[0])];
		snprintf(text, sizeof(text),
			 TARGET "login\nkeep a = 10\nkeep b = 3\nkeep c = 2\nkeep zero = 0\n"
				"keep d = 10ms\ncheck %s\n",
			 c);
		enum verdict v = case_text_run("", text);
		ck_assert_msg(v == (holds ? VERDICT_PASS : VERDICT_FAIL), "%s: %s", c,
			      result.reason);
	}
}
END_TEST

START_TEST(otherwise)
{
	static const char either[] =
		"login\nkeep a = 2\nwhen $a == %d\n    keep a = 5\nelse\n    when $a == 3\n"
		"        keep a = 6\n    else\n        keep a = 7\ncheck $a == %d\n";
	char text[400];
	for (int i = 2; i < 4; i++) {
		snprintf(text, sizeof(text), either, i, i == 2 ? 5 : 7);
		char whole[600];
		snprintf(whole, sizeof(whole), TARGET "%s", text);
		ck_assert_int_eq(case_text_run("", whole), VERDICT_PASS);
	}
	/* What stands in an else is judged, and named in the head. */
	VERDICT(VERDICT_FAIL, "",
		"login\nwhen $rnr == 1\n    note \"a\"\nelse\n    check $rnr == 1\n");
}
END_TEST

/* A ping a round, on one connection; one finding for all that passed. */
#define PINGS                                                                      \
	"login\nrepeat 20\n    send nop-out I=1 ITT=fresh data=pattern:$round:7\n" \
	"    expect nop-in ITT=$sent.ITT within 1s\n    check $got.data == $sent.data\n"

START_TEST(rounds)
{
	VERDICT(VERDICT_PASS, "", PINGS "check $count.nop-in == 20\n");
	ck_assert_uint_eq(result.finding_count, 3);
	/* The proof is of the last round. */
	ck_assert_uint_gt(result.findings[0].events[0], 60);
	VERDICT(VERDICT_FAIL, "nop-echo-truncated", PINGS);
	ck_assert_ptr_nonnull(strstr(result.reason, "round 1: "));
	ck_assert_uint_eq(result.finding_count, 2);
}
END_TEST

START_TEST(round_that_fails_is_the_last)
{
	VERDICT(VERDICT_FAIL, "",
		"login\nkeep n = 0\nrepeat 9\n    keep n = $n+1\n"
		"    check $round < 4\ncheck $n == 100\n");
	ck_assert_uint_eq(result.finding_count, 2);
	ck_assert_ptr_nonnull(strstr(result.reason, "round 4: check $round < 4: 4 < 4"));
	/* A pass ends its round, and what only passes in the first is not done. */
	VERDICT(VERDICT_PASS, "",
		"login\nkeep n = 0\nrepeat 5\n    send nop-out I=1 ITT=fresh\n"
		"    keep n = $n+1\n    expect one of within 1s\n"
		"        nop-in => pass\n        nothing => fail\n    keep n = 50\n"
		"check $n == 5\n");
	/* Each on a connection of its own; a repeat in a repeat. */
	VERDICT(VERDICT_PASS, "",
		"keep n = 0\nrepeat 3\n    login\n    repeat 2\n        keep n = $n+$round\n"
		"    keep n = $n*10\n    vanish\n    new connection\ncheck $n == 3330\n");
	/* Inside a sweep a failed round is what it looks for. */
	VERDICT(VERDICT_PASS, "",
		"sweep N in 2 4 8 until broken\n    login\n    repeat $N\n"
		"        check $round < 3\ncheck $N.good == 2 and $N.bad == 4\n");
}
END_TEST

START_TEST(mistakes)
{
	case_text_refused(TARGET "login\nelse\n    mark\ncheck $rnr == 0\n", 7,
			  "else without a when");
	case_text_refused(TARGET "when $rnr == 0\n    mark\nelse $rnr\n    mark\ncheck $rnr == 0\n",
			  8, "unexpected $rnr");
	case_text_refused(TARGET "when $rnr == 0 or\n    mark\nelse\n    mark\ncheck $rnr == 0\n",
			  6, "condition is missing");
	case_text_refused(TARGET "when $rnr == 0\n    mark\nelse\ncheck $rnr == 0\n", 8,
			  "block is missing");
	case_text_refused(TARGET "check $round == 0\n", 6, "$round belongs into a repeat");
	case_text_refused(TARGET "keep round = 1\ncheck $rnr == 0\n", 6,
			  "means something else already");
	case_text_refused(TARGET "repeat 0\n    mark\ncheck $rnr == 0\n", 6, "1 to 100000 rounds");
	case_text_refused(TARGET "repeat 5s\n    mark\ncheck $rnr == 0\n", 6, "number expected");
	case_text_refused(TARGET "repeat 5\ncheck $rnr == 0\n", 6, "block is missing");
	case_text_refused(TARGET "check $elapsed/1ms == 5ms\n", 6, "a time and a number");
}
END_TEST

START_TEST(judged_again)
{
	judged_alike(TARGET PINGS "when $count.nop-in == 3 or $count.nop-in == 20\n    mark\n"
				  "else\n    check $rnr == 1\n",
		     NULL, VERDICT_PASS);
	char liar[] = "nop-echo-truncated";
	judged_alike(TARGET PINGS, liar, VERDICT_FAIL);
}
END_TEST

Suite *flow_suite(void)
{
	Suite *s = suite_create("flow");
	TCase *t = tcase_create("flow"), *again = tcase_create("again");
	tcase_add_checked_fixture(t, case_text_begin, case_text_end);
	tcase_add_test(t, values);
	tcase_add_test(t, otherwise);
	tcase_add_test(t, rounds);
	tcase_add_test(t, round_that_fails_is_the_last);
	tcase_add_test(t, mistakes);
	suite_add_tcase(s, t);
	tcase_add_test(again, judged_again);
	suite_add_tcase(s, again);
	return s;
}

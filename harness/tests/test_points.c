/* SPDX-License-Identifier: BSD-2-Clause */
/* Families: which points there are, what each judges, and what is told of those that fail. */
#include "case_text.h"
#include "judge_text.h"
#include "suites.h"

#define TARGET			      "title t\npurpose p\nsut target\nrules I7143-4.2.2.2-1\ngrade MUST\n"
#define VERDICT(want, settings, text) EXPECT_VERDICT(want, settings, TARGET text)
#define POINTS(p, r, f)                                      \
	do {                                                 \
		ck_assert_uint_eq(result.points.planned, p); \
		ck_assert_uint_eq(result.points.reached, r); \
		ck_assert_uint_eq(result.points.failed, f);  \
	} while (0)

#define PING                                                               \
	"    login\n    send nop-out I=1 ITT=fresh data=pattern:$A:$LEN\n" \
	"    expect nop-in ITT=$sent.ITT within 1s\n    check $got.data == $sent.data\n"

static size_t connections(void)
{
	size_t n = 0;
	for (size_t i = 0; i < log_count(event_log); i++) {
		const struct log_event *ev = log_at(event_log, i);
		n = ev->conn > n ? ev->conn : n;
	}
	return n;
}

START_TEST(all_pass)
{
	VERDICT(VERDICT_PASS, "", "points LEN in 1 2 3 and A in 5 6\n" PING);
	POINTS(6, 6, 0);
	/* A line that passes at each point is one finding; the session went on. */
	ck_assert_uint_eq(result.finding_count, 2);
	ck_assert_uint_eq(connections(), 1);
	VERDICT(VERDICT_PASS, "",
		"points LEN in 1 2 3 and A in 5 6 and B in 1 2 3 strength 2 long all\n" PING);
	POINTS(9, 9, 0);
	env->long_form = true;
	VERDICT(VERDICT_PASS, "",
		"points LEN in 1 2 3 and A in 5 6 and B in 1 2 3 strength 2 long all\n" PING);
	POINTS(18, 18, 0);
	env->long_form = false;
}
END_TEST

START_TEST(fresh)
{
	VERDICT(VERDICT_PASS, "", "points LEN in 1 2 3 and A in 5 fresh\n" PING);
	POINTS(3, 3, 0);
	ck_assert_uint_ge(connections(), 3);
}
END_TEST

/* Values are asked for once: none is left out, and so is one that is there already. */
START_TEST(values)
{
	VERDICT(VERDICT_PASS, "",
		"points LEN in 512 $InitiatorRecvDataSegmentLength 512 $sut.X-none+1 and A in 1\n"
		"    login InitiatorRecvDataSegmentLength=600\n    skip when $LEN == 7\n"
		"    check $LEN == 512 or $LEN == 600\n");
	POINTS(2, 2, 0);
	VERDICT(VERDICT_NOT_APPLICABLE, "", "points LEN in $sut.X-none\n    check $LEN == 1\n");
	VERDICT(VERDICT_NOT_APPLICABLE, "",
		"points LEN in 1 2\n    skip when $LEN < 3\n    check $LEN == 1\n");
}
END_TEST

START_TEST(skipped)
{
	VERDICT(VERDICT_PASS, "",
		"points LEN in 1 2 3 and A in 1 2\n    skip when $LEN == 2 and $A == 1\n"
		"    check $LEN != 2 or $A != 1\n");
	POINTS(5, 5, 0);
}
END_TEST

START_TEST(words)
{
	VERDICT(VERDICT_PASS, "",
		"points LEN in 1 2 and KIND in \"nop-out I=1\" \"nop-out I=0\" and K in ITT CmdSN\n"
		"    send $KIND ITT=fresh data=fill:1:$LEN\n"
		"    expect nop-in ITT=$sent.ITT within 1s\n"
		"    when \"$K\" == \"ITT\"\n        check $sent.$K == $got.ITT\n"
		"    check \"$K $KIND\" != \"x\" and $LEN > 0\n");
	POINTS(8, 8, 0);
}
END_TEST

START_TEST(deciding_axis)
{
	VERDICT(VERDICT_FAIL, "",
		"points LEN in 1 2 3 4 and A in 1 2\n    check $LEN < 3 or $A == 1\n");
	POINTS(8, 8, 2);
	ck_assert_uint_eq(result.finding_count, 3);
	ck_assert_ptr_nonnull(strstr(result.reason, "LEN=3 A=2: check"));
	ck_assert_ptr_nonnull(
		strstr(result.reason, "; with LEN=2, all else the same, it passes: LEN decides"));
	/* Of a covering array the neighbour has to be run. */
	VERDICT(VERDICT_FAIL, "",
		"points LEN in 1 2 3 4 5 and A in 1 2 strength 1\n    check $LEN != 4\n");
	POINTS(5, 5, 1);
	ck_assert_ptr_nonnull(strstr(result.reason, "with LEN=3, all else the same"));
	VERDICT(VERDICT_FAIL, "", "points LEN in 1 2\n    check $LEN == 5\n");
	ck_assert_ptr_nonnull(strstr(result.reason, "no point that differs in one thing passes"));
}
END_TEST

/* Of many that fail in one way the first are told. */
START_TEST(many)
{
	VERDICT(VERDICT_FAIL, "",
		"points A in 1 2 3 4 5 6 7 8 and B in 1 2 3 4 5 6\n    check $A > 90\n");
	POINTS(48, 48, 48);
	ck_assert_uint_eq(result.finding_count, 8);
}
END_TEST

/* A point that fails leaves nothing to the next one, and one that was not tried is no pass. */
START_TEST(lost)
{
	VERDICT(VERDICT_INCONCLUSIVE, "",
		"points A in 1 2 3 4\n    login\n    when $A == 2\n        vanish\n"
		"    send nop-out I=1 ITT=fresh\n    expect nop-in ITT=$sent.ITT within 1s\n");
	POINTS(4, 3, 0);
	ck_assert_ptr_nonnull(strstr(result.reason, "1 of 4 points were not tried: A=2: "));
	VERDICT(VERDICT_FAIL, "",
		"points A in 1 2 3 4\n    login\n    when $A == 2\n        vanish\n"
		"    send nop-out I=1 ITT=fresh\n    expect nop-in ITT=$sent.ITT within 1s\n"
		"    check $A != 4\n");
	POINTS(4, 3, 1);
	/* Three in a row: there is no use in more. */
	VERDICT(VERDICT_INCONCLUSIVE, "",
		"points A in 1 2 3 4 5 6 7\n    login\n    vanish\n"
		"    send nop-out I=1 ITT=fresh\n    expect nop-in ITT=$sent.ITT within 1s\n");
	POINTS(7, 0, 0);
	ck_assert_uint_eq(result.finding_count, 1);
}
END_TEST

#define BLOCK "\n    check $rnr == 0\n"

START_TEST(mistakes)
{
	case_text_refused(TARGET "points A in" BLOCK, 6, "value is missing");
	case_text_refused(TARGET "points A in 1 b" BLOCK, 6, "numbers and words on one axis");
	case_text_refused(TARGET "points A in 1 1s" BLOCK, 6, "numbers and times");
	case_text_refused(TARGET "points A in @sizes" BLOCK, 6, "no file of tables");
	case_text_refused(TARGET "points A in 1 and A in 2" BLOCK, 6, "$A is a variable already");
	case_text_refused(TARGET "points A in 1 strength 4" BLOCK, 6, "1, 2, 3 or all expected");
	case_text_refused(TARGET "points A in 1 2 fresh twice" BLOCK, 6, "unexpected twice");
	case_text_refused(TARGET "points A in 1\ncheck $rnr == 0\n", 6, "block is missing");
	case_text_refused(TARGET "skip when $rnr == 0\ncheck $rnr == 0\n", 6,
			  "belongs into the block");
	case_text_refused(TARGET "points A in 1" BLOCK "points B in 1" BLOCK, 8, "one family");
	case_text_refused(TARGET "repeat 2\n    points A in 1\n        mark\ncheck $rnr == 0\n", 7,
			  "within");
	/* What is wrong in each wording is told once, where it stands. */
	case_text_refused(TARGET "points A in x y\n    mark\n    send $A\n    check $rnr == 0\n", 8,
			  "unknown message type x");
}
END_TEST

START_TEST(judged_again)
{
	judged_alike(TARGET "points LEN in 1 2 3 and A in 5 6\n" PING, NULL, VERDICT_PASS);
	char liar[] = "nop-echo-truncated";
	judged_alike(TARGET "points LEN in 1 2 3 and A in 5 6\n" PING, liar, VERDICT_FAIL);
}
END_TEST

Suite *points_suite(void)
{
	Suite *s = suite_create("points");
	TCase *t = tcase_create("points"), *again = tcase_create("again");
	tcase_add_checked_fixture(t, case_text_begin, case_text_end);
	tcase_add_test(t, all_pass);
	tcase_add_test(t, fresh);
	tcase_add_test(t, values);
	tcase_add_test(t, skipped);
	tcase_add_test(t, words);
	tcase_add_test(t, deciding_axis);
	tcase_add_test(t, many);
	tcase_add_test(t, lost);
	tcase_add_test(t, mistakes);
	suite_add_tcase(s, t);
	tcase_add_test(again, judged_again);
	suite_add_tcase(s, again);
	return s;
}

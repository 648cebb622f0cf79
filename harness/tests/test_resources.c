/* SPDX-License-Identifier: BSD-2-Clause */
/* What a system holds before and after, and rounds that have a long form. */
#include <check.h>

#include "case_text.h"
#include "suites.h"

#define INITIATOR "title t\nsut initiator\nrules I7145-5.2.1-3\ngrade SHOULD\ndeadline 600s\n"
#define TARGET	  "title t\nsut target\nrules I7145-5.2.2-5\ngrade SHOULD\ndeadline 600s\n"
#define SESSIONS                          \
	"login\nlogout\nnew connection\n" \
	"wait 1s\n"                       \
	"resources before\n"              \
	"repeat 3 long 12\n"              \
	"    login\n"                     \
	"    logout\n"                    \
	"    new connection\n"            \
	"wait 1s\n"                       \
	"resources after within 2s\n"

START_TEST(mistakes_are_told)
{
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(TARGET "resources\n")->at[0].what, "name is missing"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(TARGET "resources 1\n")->at[0].what, "a name is a letter"));
	ck_assert_ptr_nonnull(strstr(case_text_errors(TARGET "resources window\n")->at[0].what,
				     "something else"));
	ck_assert_ptr_nonnull(strstr(case_text_errors(TARGET "resources a within 5\n")->at[0].what,
				     "us, ms or s"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(TARGET "resources a\ncheck $a.qq == 0\n")->at[0].what,
		       "did you mean qp"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(TARGET "check $a.qp == 0\n")->at[0].what, "unknown value"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(TARGET "login\non B login\nresources B\n")->at[0].what,
		       "something else"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(TARGET "resources a\non a login\n")->at[0].what,
		       "something else"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(TARGET "repeat 3 long 0\n    login\n")->at[0].what,
		       "1 to 100000"));
	ck_assert_ptr_nonnull(strstr(
		case_text_errors(TARGET "repeat 3 long\n    login\n")->at[0].what, "how often"));
}
END_TEST

START_TEST(what_is_given_back_is_not_there)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET SESSIONS "check $after.qp == 0 and $after.sessions == 0\n");
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET "login\nresources now\ncheck $now.qp == 1 and $now.sessions == 1\n"
			      "resources now\ncheck $now.qp == 1\n");
	EXPECT_VERDICT(VERDICT_PASS, "",
		       INITIATOR
		       "login\nnew connection\nwait 1s\nresources after\ncheck $after.qp == 0\n");
}
END_TEST

START_TEST(what_is_kept_is_counted)
{
	static const char text[] = TARGET SESSIONS "check $after.qp == $before.qp+3\n"
						   "check $after.qp <= $before.qp\n";
	EXPECT_VERDICT(VERDICT_WARN, "target-keeps-queue-pairs", text);
	ck_assert_ptr_nonnull(strstr(result.reason, "4 <= 1 does not hold"));
}
END_TEST

START_TEST(the_long_form_has_more_rounds)
{
	static const char text[] = TARGET SESSIONS "check $after.qp == $before.qp+12\n";
	env->long_form = true;
	EXPECT_VERDICT(VERDICT_PASS, "target-keeps-queue-pairs", text);
}
END_TEST

/* A model has no memory of a process, and nobody is accused of it. */
START_TEST(what_is_not_told_decides_nothing)
{
	static const char text[] = TARGET SESSIONS "check $after.rss <= $before.rss\n";
	EXPECT_VERDICT(VERDICT_NOT_APPLICABLE, "", text);
	ck_assert_ptr_nonnull(strstr(result.reason, "does not count"));
	EXPECT_VERDICT(VERDICT_PASS, "",
		       TARGET SESSIONS "when defined $after.rss\n    check $after.rss == 1\n"
				       "check $after.qp == 0\n");
}
END_TEST

/* It does not take the place of what the case asked for before. */
START_TEST(other_deeds_stay_what_they_were)
{
	EXPECT_VERDICT(VERDICT_PASS, "",
		       INITIATOR "login\nsut read length=512 within 9s\nresources a\n"
				 "check $did.status == 0 and $did.length == 512 and $a.qp == 1\n");
	EXPECT_VERDICT(VERDICT_INCONCLUSIVE, "",
		       INITIATOR "login\nserve until idle 200ms within 5s\nquiet scsi-response\n"
				 "sut read length=512\nresources a\ncheck $a.qp == 1\n");
}
END_TEST

Suite *resources_suite(void)
{
	Suite *s = suite_create("resources");
	TCase *t = tcase_create("resources");
	tcase_add_checked_fixture(t, case_text_begin, case_text_end);
	tcase_add_test(t, mistakes_are_told);
	tcase_add_test(t, what_is_given_back_is_not_there);
	tcase_add_test(t, what_is_kept_is_counted);
	tcase_add_test(t, the_long_form_has_more_rounds);
	tcase_add_test(t, what_is_not_told_decides_nothing);
	tcase_add_test(t, other_deeds_stay_what_they_were);
	suite_add_tcase(s, t);
	return s;
}

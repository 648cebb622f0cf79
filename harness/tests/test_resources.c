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

static const char *error_of(const char *text)
{
	static struct script_errors se;
	struct script *s = script_parse(NULL, text, strlen(text), ledger, &se);
	ck_assert_ptr_null(s);
	return se.at[0].what;
}

static void ends_as(enum verdict v, const char *knobs, const char *text)
{
	const enum verdict is = case_text_run(knobs, text);
	ck_assert_msg(is == v, "%s: %s", verdict_name(is),
		      result.finding_count ? result.findings[result.finding_count - 1].reason : "");
}

START_TEST(mistakes_are_told)
{
	ck_assert_ptr_nonnull(strstr(error_of(TARGET "resources\n"), "name is missing"));
	ck_assert_ptr_nonnull(strstr(error_of(TARGET "resources 1\n"), "a name is a letter"));
	ck_assert_ptr_nonnull(strstr(error_of(TARGET "resources window\n"), "something else"));
	ck_assert_ptr_nonnull(strstr(error_of(TARGET "resources a within 5\n"), "us, ms or s"));
	ck_assert_ptr_nonnull(
		strstr(error_of(TARGET "resources a\ncheck $a.qq == 0\n"), "did you mean qp"));
	ck_assert_ptr_nonnull(strstr(error_of(TARGET "check $a.qp == 0\n"), "unknown value"));
	ck_assert_ptr_nonnull(
		strstr(error_of(TARGET "login\non B login\nresources B\n"), "something else"));
	ck_assert_ptr_nonnull(
		strstr(error_of(TARGET "resources a\non a login\n"), "something else"));
	ck_assert_ptr_nonnull(
		strstr(error_of(TARGET "repeat 3 long 0\n    login\n"), "1 to 100000"));
	ck_assert_ptr_nonnull(strstr(error_of(TARGET "repeat 3 long\n    login\n"), "how often"));
}
END_TEST

START_TEST(what_is_given_back_is_not_there)
{
	ends_as(VERDICT_PASS, "",
		TARGET SESSIONS "check $after.qp == 0 and $after.sessions == 0\n");
	ends_as(VERDICT_PASS, "",
		TARGET "login\nresources now\ncheck $now.qp == 1 and $now.sessions == 1\n"
		       "resources now\ncheck $now.qp == 1\n");
	ends_as(VERDICT_PASS, "",
		INITIATOR
		"login\nnew connection\nwait 1s\nresources after\ncheck $after.qp == 0\n");
}
END_TEST

START_TEST(what_is_kept_is_counted)
{
	static const char text[] = TARGET SESSIONS "check $after.qp == $before.qp+3\n"
						   "check $after.qp <= $before.qp\n";
	ends_as(VERDICT_WARN, "target-keeps-queue-pairs", text);
	ck_assert_ptr_nonnull(strstr(result.reason, "4 <= 1 does not hold"));
}
END_TEST

START_TEST(the_long_form_has_more_rounds)
{
	static const char text[] = TARGET SESSIONS "check $after.qp == $before.qp+12\n";
	env->long_form = true;
	ends_as(VERDICT_PASS, "target-keeps-queue-pairs", text);
}
END_TEST

/* A model has no memory of a process, and nobody is accused of it. */
START_TEST(what_is_not_told_decides_nothing)
{
	static const char text[] = TARGET SESSIONS "check $after.rss <= $before.rss\n";
	ends_as(VERDICT_NOT_APPLICABLE, "", text);
	ck_assert_ptr_nonnull(strstr(result.reason, "does not count"));
	ends_as(VERDICT_PASS, "",
		TARGET SESSIONS "when defined $after.rss\n    check $after.rss == 1\n"
				"check $after.qp == 0\n");
}
END_TEST

/* It does not take the place of what the case asked for before. */
START_TEST(other_deeds_stay_what_they_were)
{
	ends_as(VERDICT_PASS, "",
		INITIATOR "login\nsut read length=512 within 9s\nresources a\n"
			  "check $did.status == 0 and $did.length == 512 and $a.qp == 1\n");
	ends_as(VERDICT_INCONCLUSIVE, "",
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

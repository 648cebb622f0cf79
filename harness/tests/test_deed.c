/* SPDX-License-Identifier: BSD-2-Clause */
/* What a case tells its system to do. */
#include <check.h>

#include "../peer/deed.h"
#include "case_text.h"
#include "suites.h"

#define INITIATOR "title t\nsut initiator\nrules I7145-7.3.4-4\ngrade SHOULD\ndeadline 30s\n"
#define TARGET	  "title t\nsut target\nrules I7145-7.3.2-2\ngrade SHOULD\n"

START_TEST(mistakes_are_told)
{
	ck_assert_ptr_nonnull(strstr(case_text_errors(INITIATOR "sut raed length=5\n")->at[0].what,
				     "did you mean read"));
	ck_assert_ptr_nonnull(strstr(case_text_errors(INITIATOR "sut read lun=1\n")->at[0].what,
				     "length=N or data"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(INITIATOR "sut write lun=1\n")->at[0].what, "data=DATA"));
	ck_assert_ptr_nonnull(strstr(
		case_text_errors(INITIATOR "sut read length=1 length=2\n")->at[0].what, "second"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(INITIATOR "sut mkfs offset=1\n")->at[0].what, "takes lun"));
	ck_assert_ptr_nonnull(strstr(case_text_errors(INITIATOR "sut lun-add\n")->at[0].what,
				     "a target under test"));
	ck_assert_ptr_nonnull(strstr(case_text_errors(TARGET "sut read length=1\n")->at[0].what,
				     "an initiator under"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(TARGET "sut login\n")->at[0].what, "an initiator under"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(INITIATOR "sut read length=1 abort-after=5\n")->at[0].what,
		       "us, ms or s"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(INITIATOR "sut command lun=0\n")->at[0].what, "cdb=HEX"));
	ck_assert_ptr_nonnull(
		strstr(case_text_errors(INITIATOR "sut command cdb=53 read=512\n")->at[0].what,
		       "goes with data"));
	ck_assert_ptr_nonnull(strstr(case_text_errors("title t\nsut raget\n")->at[0].what,
				     "initiator or target"));
}
END_TEST

START_TEST(lines_are_read)
{
	struct peer_deed d;
	ck_assert(deed_parse("write lun=2 offset=512 abort-after=1500 cdb=2a0f", &d));
	ck_assert_str_eq(d.name, "write");
	ck_assert(d.has_lun && d.lun == 2 && d.offset == 512 && d.abort_after_ms == 1500);
	ck_assert(d.has_cdb && d.cdb[0] == 0x2a && d.cdb[1] == 0x0f);
	ck_assert(!deed_parse("write sideways=1", &d));
	ck_assert(!deed_parse("", &d));
}
END_TEST

/* What was written is on the disk, and what was read is compared. */
START_TEST(data_goes_both_ways)
{
	static const char text[] = INITIATOR
		"login\n"
		"sut write offset=512 data=pattern:7:1049088 within 9s\n"
		"check $did.status == 0 and $did.same == none\n"
		"sut read offset=512 data=pattern:7:1049088 size=65536 in-flight=4 within 9s\n"
		"check $did.status == 0 and $did.same == 1049088 and $did.length == 1049088\n"
		"sut read offset=0 data=pattern:7:1024 within 9s\n"
		"check $did.same == 0\n"
		"sut command cdb=120000002400 length=37 within 9s\n"
		"check $did.status == 0 and $did.length == 37\n"
		"sut read lun=3 length=512 within 9s\n"
		"check $did.status == 1\n"
		"sut reset-lun within 9s\n"
		"check $did.status == 0 \"$violation\"\n";
	EXPECT_VERDICT(VERDICT_PASS, "", text);
}
END_TEST

START_TEST(it_runs_beside_the_case)
{
	static const char text[] = INITIATOR "login\n"
					     "serve until idle 200ms within 5s\n"
					     "quiet scsi-response\n"
					     "sut read length=4096\n"
					     "expect scsi-command RSV=1 within 1s\n"
					     "check $did.status == none\n"
					     "honest\n"
					     "sut wait within 1s\n"
					     "check $did.status == 0\n"
					     "quiet scsi-response\n"
					     "sut read length=4096 abort-after=200ms\n"
					     "expect task-request Function=1 within 1s\n"
					     "sut wait within 1s\n"
					     "check $did.status == 1\n";
	EXPECT_VERDICT(VERDICT_PASS, "", text);
}
END_TEST

START_TEST(what_it_cannot_do_applies_to_nobody)
{
	static const char text[] = INITIATOR "login\nsut rescan\nexpect closed within 20s\n";
	EXPECT_VERDICT(VERDICT_NOT_APPLICABLE, "", text);
	ck_assert_ptr_nonnull(strstr(result.findings[0].reason, "not supported: "));
}
END_TEST

/* Each session hears of it, and the next case finds all as it was. */
START_TEST(targets_are_changed_and_put_back)
{
	static const char text[] =
		TARGET "login\n"
		       "scsi test-unit-ready\n"
		       "sut lun-remove lun=0 within 1s\n"
		       "check $did.status == 0\n"
		       "send scsi-command command=test-unit-ready\n"
		       "expect scsi-response Status=2 within 1s\n" /* unit attention */
		       "send scsi-command command=test-unit-ready\n"
		       "expect scsi-response Status=2 within 1s\n" /* no such LUN */
		       "sut lun-add lun=0 within 1s\n"
		       "scsi test-unit-ready\n"
		       "sut ask-logout within 1s\n"
		       "expect async AsyncEvent=1 Parameter3=3 within 1s\n"
		       "sut target-delete within 1s\n"
		       "expect async AsyncEvent=3 within 1s\n"
		       "expect closed within 1s\n"
		       "sut portal-down within 1s\n";
	EXPECT_VERDICT(VERDICT_PASS, "", text);
}
END_TEST

Suite *deed_suite(void)
{
	Suite *s = suite_create("deed");
	TCase *t = tcase_create("deed");
	tcase_add_checked_fixture(t, case_text_begin, case_text_end);
	tcase_add_test(t, mistakes_are_told);
	tcase_add_test(t, lines_are_read);
	tcase_add_test(t, data_goes_both_ways);
	tcase_add_test(t, it_runs_beside_the_case);
	tcase_add_test(t, what_it_cannot_do_applies_to_nobody);
	tcase_add_test(t, targets_are_changed_and_put_back);
	suite_add_tcase(s, t);
	return s;
}

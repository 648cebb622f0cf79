/* SPDX-License-Identifier: BSD-2-Clause */
/* What a case tells its system to do. */
#include <check.h>

#include "../peer/deed.h"
#include "case_text.h"
#include "suites.h"

#define INITIATOR "title t\nsut initiator\nrules I7145-7.3.4-4\ngrade SHOULD\ndeadline 30s\n"
#define TARGET	  "title t\nsut target\nrules I7145-7.3.2-2\ngrade SHOULD\n"

static const char *error_of(const char *text)
{
	static struct script_errors se;
	struct script *s = script_parse(NULL, text, strlen(text), ledger, &se);
	ck_assert_ptr_null(s);
	return se.at[0].what;
}

static void ends_as(enum verdict v, const char *text)
{
	const enum verdict is = case_text_run("", text);
	ck_assert_msg(is == v, "%s: %s", verdict_name(is),
		      result.finding_count ? result.findings[result.finding_count - 1].reason : "");
}

START_TEST(mistakes_are_told)
{
	ck_assert_ptr_nonnull(
		strstr(error_of(INITIATOR "sut raed length=5\n"), "did you mean read"));
	ck_assert_ptr_nonnull(strstr(error_of(INITIATOR "sut read lun=1\n"), "length=N or data"));
	ck_assert_ptr_nonnull(strstr(error_of(INITIATOR "sut write lun=1\n"), "data=DATA"));
	ck_assert_ptr_nonnull(strstr(error_of(INITIATOR "sut read length=1 length=2\n"), "second"));
	ck_assert_ptr_nonnull(strstr(error_of(INITIATOR "sut mkfs offset=1\n"), "takes lun"));
	ck_assert_ptr_nonnull(strstr(error_of(INITIATOR "sut lun-add\n"), "a target under test"));
	ck_assert_ptr_nonnull(strstr(error_of(TARGET "sut read length=1\n"), "an initiator under"));
	ck_assert_ptr_nonnull(strstr(error_of(TARGET "sut login\n"), "an initiator under"));
	ck_assert_ptr_nonnull(
		strstr(error_of(INITIATOR "sut read length=1 abort-after=5\n"), "us, ms or s"));
	ck_assert_ptr_nonnull(strstr(error_of(INITIATOR "sut command lun=0\n"), "cdb=HEX"));
	ck_assert_ptr_nonnull(
		strstr(error_of(INITIATOR "sut command cdb=53 read=512\n"), "goes with data"));
	ck_assert_ptr_nonnull(strstr(error_of("title t\nsut raget\n"), "initiator or target"));
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
	ends_as(VERDICT_PASS, text);
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
	ends_as(VERDICT_PASS, text);
}
END_TEST

START_TEST(what_it_cannot_do_applies_to_nobody)
{
	static const char text[] = INITIATOR "login\nsut rescan\nexpect closed within 20s\n";
	ends_as(VERDICT_NOT_APPLICABLE, text);
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
	ends_as(VERDICT_PASS, text);
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger's own rows, and what it says of files that are not right. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../oracle/ledger.h"
#include "suites.h"

#define HEAD "id\trfc\tsection\tlevel\trole\tsummary\tobservable\tstimulus\tverdict\tpriority\n"
#define HEAD_REASON                                                                               \
	"id\trfc\tsection\tlevel\trole\tsummary\tobservable\tstimulus\tverdict\tpriority\treason" \
	"\n"
#define HEAD_REASON_KNOB                                                                          \
	"id\trfc\tsection\tlevel\trole\tsummary\tobservable\tstimulus\tverdict\tpriority\treason" \
	"\tno_knob\n"
#define ROW(id, level, summary) \
	id "\t7145\t5.1\t" level "\tboth\t" summary "\twire\tstim\tverd\t1\n"

static char dir[64], path[96];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/iserspec-ledger-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/a.tsv", dir);
}

static void drop_dir(void)
{
	unlink(path);
	rmdir(dir);
}

static struct ledger *load(const char *text, struct err *e)
{
	FILE *f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	return ledger_load(dir, e);
}

START_TEST(reads_rows_and_levels)
{
	struct err e;
	struct ledger *l = load(HEAD ROW("R-2", "MUST NOT", "no") ROW("R-1", "MUST", "[def] d")
					ROW("R-3", "SHOULD", "s") ROW("R-4", "MAY", "m")
						ROW("R-5", "MUST", "[lc] c"),
				&e);
	ck_assert_ptr_nonnull(l);
	ck_assert_uint_eq(ledger_count(l), 5);
	ck_assert_str_eq(ledger_at(l, 0)->id, "R-1");
	ck_assert_ptr_null(ledger_at(l, 5));
	ck_assert_int_eq(rule_grade(ledger_find(l, "R-1")), GRADE_SHOULD);
	ck_assert_int_eq(rule_grade(ledger_find(l, "R-2")), GRADE_MUST);
	ck_assert_int_eq(rule_grade(ledger_find(l, "R-3")), GRADE_SHOULD);
	ck_assert_int_eq(rule_grade(ledger_find(l, "R-4")), GRADE_MAY);
	ck_assert_int_eq(rule_grade(ledger_find(l, "R-5")), GRADE_SHOULD);
	ck_assert_str_eq(ledger_find(l, "R-2")->stimulus, "stim");
	ck_assert_int_eq(ledger_find(l, "R-2")->rfc, 7145);
	ck_assert_ptr_null(ledger_find(l, "R-6"));
	ledger_free(l);
}
END_TEST

START_TEST(a_reason_may_stand_last)
{
	struct err e;
	struct ledger *l =
		load(HEAD_REASON ROW(
			     "R-1", "MUST",
			     "x") "R-2\t7145\t5.1\tMUST\tboth\ts\twire\ts\tv\t1\tnobody sees it\n"
				  "R-3\t7145\t5.1\tMUST\tboth\ts\twire\ts\tv\t1\t\n",
		     &e);
	ck_assert_msg(l, "%s", e.what);
	ck_assert_str_eq(ledger_find(l, "R-1")->reason, "");
	ck_assert_str_eq(ledger_find(l, "R-2")->reason, "nobody sees it");
	ck_assert_str_eq(ledger_find(l, "R-3")->reason, "");
	ledger_free(l);
}
END_TEST

START_TEST(a_reason_may_be_about_one_side)
{
	struct err e;
	struct ledger *l =
		load(HEAD_REASON_KNOB
		     "R-1\t7145\t5.1\tMUST\tboth\ts\twire\ts\tv\t1\tinitiator: not seen\t\n"
		     "R-2\t7145\t5.1\tMUST\tboth\ts\twire\ts\tv\t1\t\ttarget: no lie\n"
		     "R-3\t7145\t5.1\tMUST\ttarget\ts\twire\ts\tv\t1\ttarget: whole\n"
		     "R-4\t7145\t5.1\tMUST\tboth\ts\twire\ts\tv\t1\tinitiators: whole\n",
		     &e);
	ck_assert_msg(l, "%s", e.what);
	const struct rule *r = ledger_find(l, "R-1");
	ck_assert_str_eq(r->reason, "");
	ck_assert_str_eq(r->side_reason[FROM_INITIATOR], "not seen");
	ck_assert_str_eq(r->side_reason[FROM_TARGET], "");
	r = ledger_find(l, "R-2");
	ck_assert_str_eq(r->no_knob, "");
	ck_assert_str_eq(r->side_no_knob[FROM_INITIATOR], "");
	ck_assert_str_eq(r->side_no_knob[FROM_TARGET], "no lie");
	r = ledger_find(l, "R-3");
	ck_assert_str_eq(r->reason, "target: whole");
	ck_assert(rule_binds(r, FROM_TARGET) && !rule_binds(r, FROM_INITIATOR));
	ck_assert_str_eq(ledger_find(l, "R-4")->reason, "initiators: whole");
	ck_assert_str_eq(ledger_find(l, "R-4")->side_reason[FROM_INITIATOR], "");
	ledger_free(l);
}
END_TEST

START_TEST(a_missing_knob_has_a_reason)
{
	struct err e;
	struct ledger *l =
		load(HEAD_REASON_KNOB ROW(
			     "R-1", "MUST",
			     "x") "R-2\t7145\t5.1\tMUST\tboth\ts\twire\ts\tv\t1\t\tno lie\n",
		     &e);
	ck_assert_msg(l, "%s", e.what);
	ck_assert_str_eq(ledger_find(l, "R-1")->no_knob, "");
	ck_assert_str_eq(ledger_find(l, "R-2")->reason, "");
	ck_assert_str_eq(ledger_find(l, "R-2")->no_knob, "no lie");
	ledger_free(l);
}
END_TEST

START_TEST(some_rules_do_not_show)
{
	struct err e;
	struct ledger *l = load(
		HEAD ROW("R-1", "MUST", "x") "R-2\t7145\t5.1\tMAY\tboth\ts\tpermission\ts\tv\t1\n"
					     "R-3\t7145\t5.1\tMUST\tboth\ts\tinternal\ts\tv\t1\n"
					     "R-4\t7145\t5.1\tMUST\tboth\ts\telsewhere\ts\tv\t1\n",
		&e);
	ck_assert_msg(l, "%s", e.what);
	ck_assert(rule_shows(ledger_find(l, "R-1")));
	ck_assert(!rule_shows(ledger_find(l, "R-2")) && !rule_shows(ledger_find(l, "R-3")) &&
		  !rule_shows(ledger_find(l, "R-4")));
	ledger_free(l);
}
END_TEST

START_TEST(lists_meet)
{
	ck_assert(rules_meet("I7145-5.1-1 I7145-5.1-2", "I7143-1-1 I7145-5.1-2"));
	ck_assert(!rules_meet("I7145-5.1-1", "I7145-5.1-11 I7143-5.1-1"));
	ck_assert(!rules_meet("", "I7145-5.1-1") && !rules_meet("I7145-5.1-1", ""));
	ck_assert(!rules_cite("I7145-5.1-1", "") && !rules_cite("", ""));
}
END_TEST

START_TEST(errors_name_their_place)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"id\trfc\n", "a.tsv:1:1: the first line lacks a column"},
		{"id\tRFC\tsection\tlevel\trole\tsummary\tobservable\tstimulus\tverdict\tpriority"
		 "\n",
		 "a.tsv:1:4: column \"RFC\" should be \"rfc\""},
		{HEAD ROW("R-1", "MUST", "x") "R-2\t7145\n", "a.tsv:3:1: 2 columns instead of 10"},
		{HEAD ROW("R-1", "OUGHT", "x"), "a.tsv:2:14: unknown level"},
		{HEAD ROW("R-1", "MUST", "x") ROW("R-1", "MUST", "y"), "rule R-1 is there twice"},
		{HEAD "R-1\t7145\t5.1\tMUST\tboth\ts\twier\ts\tv\t1\n",
		 "a.tsv:2:26: unknown word for how the rule shows"},
		{HEAD_REASON ROW("R-1", "MUST",
				 "x") "\n"
				      "R-2\t7145\t5.1\tMUST\tboth\ts\twire\ts\tv\t1\twhy\tx\n",
		 "a.tsv:4:1: 12 columns instead of 11"},
		{HEAD "R-2\t7145\t5.1\tMUST\tboth\ts\twire\ts\tv\t1\twhy\n",
		 "a.tsv:2:1: 11 columns instead of 10"},
		{HEAD, "no rules"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e;
		ck_assert_ptr_null(load(rows[i].text, &e));
		ck_assert_msg(strstr(e.what, rows[i].want), "%s", e.what);
	}
}
END_TEST

START_TEST(missing_folder)
{
	struct err e;
	ck_assert_ptr_null(ledger_load("/nonexistent/rules", &e));
	ck_assert_int_ne(e.errnum, 0);
}
END_TEST

START_TEST(the_real_ledger)
{
	struct err e;
	struct ledger *l = ledger_load("cases/rules", &e);
	ck_assert_msg(l, "%s", e.what);
	ck_assert_uint_ge(ledger_count(l), 500);
	const struct rule *r = ledger_find(l, "I7143-4.2.2.1-11");
	ck_assert_ptr_nonnull(r);
	ck_assert(r->our_level);
	ck_assert_int_eq(rule_grade(r), GRADE_SHOULD);
	ledger_free(l);
}
END_TEST

Suite *ledger_suite(void)
{
	Suite *s = suite_create("ledger");
	TCase *t = tcase_create("ledger");
	tcase_add_checked_fixture(t, make_dir, drop_dir);
	tcase_add_test(t, reads_rows_and_levels);
	tcase_add_test(t, a_reason_may_stand_last);
	tcase_add_test(t, a_reason_may_be_about_one_side);
	tcase_add_test(t, a_missing_knob_has_a_reason);
	tcase_add_test(t, some_rules_do_not_show);
	tcase_add_test(t, lists_meet);
	tcase_add_test(t, errors_name_their_place);
	tcase_add_test(t, missing_folder);
	tcase_add_test(t, the_real_ledger);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What has become of an older report, for each pair of verdicts. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../report/diff.h"
#include "suites.h"

static char old_path[] = "old", new_path[] = "new";
static char *const paths[] = {old_path, new_path};

enum { ABSENT = -1 };

static void add(struct report *r, int verdict, const char *reason)
{
	if (verdict == ABSENT)
		return;
	struct report_case *c = report_add(r, "target/x/y");
	result_replace(&c->result, (enum verdict)verdict, reason);
	r->planned++;
}

static void begin(struct report r[2])
{
	for (size_t i = 0; i < 2; i++)
		r[i] = (struct report){.sut_name = strdup("lio"), .sut_role = strdup("target")};
}

static void end(struct report r[2], struct diff *d)
{
	diff_free(d);
	report_free(&r[0]);
	report_free(&r[1]);
}

static const struct {
	int was, is;
	const char *reason; /* of both */
	int state;	    /* -1: it does not differ */
	int status, strict; /* exit statuses */
} pairs[] = {
	{VERDICT_PASS, VERDICT_PASS, "", -1, 0, 0},
	{VERDICT_FAIL, VERDICT_FAIL, "", -1, 0, 0},
	{VERDICT_PASS, VERDICT_FAIL, "", DIFF_WORSE, 1, 1},
	{VERDICT_PASS, VERDICT_CRASH, "", DIFF_WORSE, 1, 1},
	{VERDICT_FAIL, VERDICT_CRASH, "", DIFF_WORSE, 1, 1},
	{VERDICT_PASS, VERDICT_WARN, "", DIFF_WORSE, 0, 3},
	{VERDICT_NOT_APPLICABLE, VERDICT_FAIL, "", DIFF_WORSE, 1, 1},
	{VERDICT_INCONCLUSIVE, VERDICT_FAIL, "", DIFF_WORSE, 1, 1},
	{ABSENT, VERDICT_FAIL, "", DIFF_WORSE, 1, 1},
	{VERDICT_FAIL, VERDICT_PASS, "", DIFF_MENDED, 0, 0},
	{VERDICT_CRASH, VERDICT_FAIL, "", DIFF_MENDED, 0, 0},
	{VERDICT_FAIL, VERDICT_WARN, "", DIFF_MENDED, 0, 0},
	{VERDICT_PASS, VERDICT_INCONCLUSIVE, "nobody is there", DIFF_UNDECIDED, 4, 4},
	{VERDICT_FAIL, VERDICT_INCONCLUSIVE, "nobody is there", DIFF_UNDECIDED, 4, 4},
	{ABSENT, VERDICT_INCONCLUSIVE, "nobody is there", DIFF_UNDECIDED, 4, 4},
	{VERDICT_PASS, VERDICT_INCONCLUSIVE, "unstable: pass, fail", DIFF_UNSTABLE, 4, 4},
	{VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE, "unstable: pass, fail", -1, 0, 0},
	{VERDICT_INCONCLUSIVE, VERDICT_PASS, "unstable: pass, fail", DIFF_OTHER, 0, 0},
	{VERDICT_FAIL, VERDICT_NOT_APPLICABLE, "", DIFF_SILENT, 0, 0},
	{VERDICT_PASS, VERDICT_NOT_APPLICABLE, "", DIFF_SILENT, 0, 0},
	{VERDICT_PASS, VERDICT_INFO, "", DIFF_OTHER, 0, 0},
	{ABSENT, VERDICT_PASS, "", DIFF_NEW, 0, 0},
	{VERDICT_FAIL, ABSENT, "", DIFF_GONE, 0, 0},
};

START_TEST(a_pair_of_verdicts)
{
	struct report r[2];
	struct diff d;
	begin(r);
	add(&r[0], pairs[_i].was, pairs[_i].reason);
	add(&r[1], pairs[_i].is, pairs[_i].reason);
	diff_make(&d, r, paths);
	if (pairs[_i].state < 0) {
		ck_assert_uint_eq(d.count, 0);
	} else {
		ck_assert_uint_eq(d.count, 1);
		ck_assert_int_eq((int)d.rows[0].state, pairs[_i].state);
		ck_assert_uint_eq(d.counts[pairs[_i].state], 1);
	}
	ck_assert_int_eq(diff_exit_status(&d, false), pairs[_i].status);
	ck_assert_int_eq(diff_exit_status(&d, true), pairs[_i].strict);
	end(r, &d);
}
END_TEST

/* What could not be judged for another reason, and is unstable now. */
START_TEST(unstable_after_another_reason)
{
	struct report r[2];
	struct diff d;
	begin(r);
	add(&r[0], VERDICT_INCONCLUSIVE, "nobody is there");
	add(&r[1], VERDICT_INCONCLUSIVE, "unstable: pass, fail");
	diff_make(&d, r, paths);
	ck_assert_uint_eq(d.counts[DIFF_UNSTABLE], 1);
	end(r, &d);
}
END_TEST

START_TEST(a_run_that_did_not_end)
{
	struct report r[2];
	struct diff d;
	begin(r);
	add(&r[0], VERDICT_PASS, "");
	add(&r[1], VERDICT_PASS, "");
	r[1].planned = 2;
	diff_make(&d, r, paths);
	ck_assert(!d.complete);
	ck_assert_int_eq(diff_exit_status(&d, false), 4);
	end(r, &d);
}
END_TEST

/* The reason is a system's own text. */
START_TEST(text_stays_text)
{
	struct report r[2];
	struct diff d;
	begin(r);
	add(&r[0], VERDICT_PASS, "");
	add(&r[1], VERDICT_FAIL, "it said |<b>\x1b[31m\n\xff");
	diff_make(&d, r, paths);

	static void (*const put[])(FILE *, const struct diff *) = {diff_text, diff_markdown,
								   diff_json};
	static const char *const want[] = {
		"      it said |<b>\\x1b[31m\\x0a\\xff\n",
		"| it said \\|\\<b>\\\\x1b\\[31m\\\\x0a\\\\xff |\n",
		"\"it said |<b>\\\\x1b[31m\\\\x0a\\\\xff\"",
	};
	for (size_t i = 0; i < 3; i++) {
		char *text;
		size_t len;
		FILE *out = open_memstream(&text, &len);
		put[i](out, &d);
		fclose(out);
		ck_assert_msg(strstr(text, want[i]) != NULL, "%s", text);
		free(text);
	}
	end(r, &d);
}
END_TEST

Suite *diff_suite(void)
{
	Suite *s = suite_create("diff");
	TCase *t = tcase_create("diff");
	tcase_add_loop_test(t, a_pair_of_verdicts, 0, sizeof(pairs) / sizeof(*pairs));
	tcase_add_test(t, unstable_after_another_reason);
	tcase_add_test(t, a_run_that_did_not_end);
	tcase_add_test(t, text_stays_text);
	suite_add_tcase(s, t);
	return s;
}

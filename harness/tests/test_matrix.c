/* SPDX-License-Identifier: BSD-2-Clause */
/* What reports are called that stand side by side, and in which rows they differ; what they look
 * like there is test_report.c's. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../report/matrix.h"
#include "suites.h"

struct row {
	const char *name, *role, *lab, *fabric, *release, *head;
};

static void fill(struct report *r, const struct row *row)
{
	*r = (struct report){
		.sut_name = strdup(row->name),
		.sut_role = strdup(row->role),
		.lab = json_pack("{s:s,s:s,s:s,s:{s:s}}", "name", row->lab, "clock", "real",
				 "fabric", row->fabric, "kernel", "release", row->release),
	};
	ck_assert_ptr_nonnull(r->lab);
}

static void expect_head(const struct report r[3], size_t which, const char *want)
{
	char **heads = matrix_heads(r, 3);
	ck_assert_str_eq(heads[which], want);
	matrix_heads_free(heads, 3);
}

START_TEST(by_what_differs_and_only_by_that)
{
	static const struct row rows[][3] = {
		{{"lio", "target", "uml", "rxe", "6.1", "lio"},
		 {"tgt", "target", "qemu", "siw", "6.12", "tgt"},
		 {"lio", "initiator", "qemu", "siw", "6.12", "lio"}},
		{{"lio", "target", "uml", "rxe", "6.1", "lio@rxe"},
		 {"lio", "target", "uml", "siw", "6.1", "lio@siw"},
		 {"tgt", "target", "qemu", "rxe", "6.12", "tgt"}},
		{{"lio", "target", "uml", "rxe", "6.1", "lio@uml #1"},
		 {"lio", "target", "qemu", "rxe", "6.1", "lio@qemu"},
		 {"lio", "target", "uml", "rxe", "6.1", "lio@uml #2"}},
		{{"lio", "target", "uml", "rxe", "6.1", "lio@uml,6.1"},
		 {"lio", "target", "qemu", "rxe", "6.1", "lio@qemu,6.1"},
		 {"lio", "target", "uml", "rxe", "6.12", "lio@uml,6.12"}},
		/* Nothing tells them apart. */
		{{"lio", "target", "uml", "rxe", "6.1", "lio #1"},
		 {"lio", "target", "uml", "rxe", "6.1", "lio #2"},
		 {"lio", "target", "uml", "rxe", "6.1", "lio #3"}},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r[3];
		for (size_t k = 0; k < 3; k++)
			fill(&r[k], &rows[i][k]);
		for (size_t k = 0; k < 3; k++)
			expect_head(r, k, rows[i][k].head);
		for (size_t k = 0; k < 3; k++)
			report_free(&r[k]);
	}
}
END_TEST

START_TEST(a_report_that_knows_no_lab)
{
	static const struct row row = {"lio", "target", "uml", "rxe", "6.1", ""};
	struct report r[3];
	for (size_t k = 0; k < 3; k++)
		fill(&r[k], &row);
	json_decref(r[1].lab);
	r[1].lab = NULL;
	expect_head(r, 0, "lio@uml,rxe,6.1 #1");
	expect_head(r, 1, "lio");
	for (size_t k = 0; k < 3; k++)
		report_free(&r[k]);
}
END_TEST

/* The kernel stands in the version, too, and need not be told twice; another version is told. */
START_TEST(a_version_with_its_kernel)
{
	static const struct row rows[] = {{"a", "target", "uml", "rxe", "6.1", "a@6.1"},
					  {"a", "target", "uml", "rxe", "6.12", "a@6.12"},
					  {"b", "target", "uml", "rxe", "6.1", "b"}};
	static const char *const versions[] = {"a 1.0, Linux 6.1", "a 1.0, Linux 6.12",
					       "Linux 6.1"};
	struct report r[3];
	for (size_t k = 0; k < 3; k++) {
		fill(&r[k], &rows[k]);
		r[k].sut_version = strdup(versions[k]);
	}
	for (size_t k = 0; k < 3; k++)
		expect_head(r, k, rows[k].head);
	free(r[0].sut_version);
	r[0].sut_version = strdup("a 0.9, Linux 6.1");
	expect_head(r, 0, "a@6.1,a 0.9");
	expect_head(r, 1, "a@6.12,a 1.0");
	free(r[0].sut_version);
	r[0].sut_version = strdup("Linux 6.1");
	expect_head(r, 0, "a@6.1");
	for (size_t k = 0; k < 3; k++)
		report_free(&r[k]);
}
END_TEST

/* report.json may have been written by anybody. */
START_TEST(a_lab_with_control_bytes)
{
	static const struct row rows[] = {{"lio", "target", "a\x1b", "rxe", "6.1", "lio@a\\x1b"},
					  {"lio", "target", "b", "rxe", "6.1", "lio@b"},
					  {"tgt", "target", "b", "rxe", "6.1", "tgt"}};
	struct report r[3];
	for (size_t k = 0; k < 3; k++)
		fill(&r[k], &rows[k]);
	for (size_t k = 0; k < 3; k++)
		expect_head(r, k, rows[k].head);
	for (size_t k = 0; k < 3; k++)
		report_free(&r[k]);
}
END_TEST

static void add(struct report *r, const char *id, enum verdict verdict)
{
	struct report_case *c = report_add(r, id);
	c->result.verdict = verdict;
	c->title = strdup("t");
}

/* Two targets and an initiator, and as many rows as are shown. */
static size_t shown(const struct matrix_wish *wish, size_t *differing)
{
	static const struct row rows[] = {{"a", "target", "uml", "rxe", "6.1", ""},
					  {"a", "target", "uml", "siw", "6.1", ""},
					  {"b", "initiator", "uml", "rxe", "6.1", ""}};
	char path[] = "x";
	char *const paths[] = {path, path, path};
	struct report r[3];
	struct matrix m;
	for (size_t k = 0; k < 3; k++)
		fill(&r[k], &rows[k]);
	add(&r[0], "target/same", VERDICT_PASS);
	add(&r[1], "target/same", VERDICT_PASS);
	add(&r[0], "target/other", VERDICT_PASS);
	add(&r[1], "target/other", VERDICT_FAIL);
	add(&r[0], "target/missing", VERDICT_WARN);
	add(&r[2], "initiator/alone", VERDICT_CRASH);
	matrix_make(&m, r, paths, 3, wish);
	const size_t count = m.count;
	ck_assert_uint_eq(m.all, 4);
	*differing = m.differing;
	matrix_free(&m);
	for (size_t k = 0; k < 3; k++)
		report_free(&r[k]);
	return count;
}

/* An initiator has no word about targets, and is no difference; a target without the row is one. */
START_TEST(rows_that_are_shown)
{
	const unsigned cases = 1U << MATRIX_CASE;
	const struct matrix_wish all = {.kinds = cases},
				 differences = {.kinds = cases, .differences = true},
				 bad = {.kinds = cases,
					.verdicts = 1U << VERDICT_FAIL | 1U << VERDICT_CRASH},
				 both = {.kinds = cases,
					 .differences = true,
					 .verdicts = 1U << VERDICT_CRASH};
	size_t differing;
	ck_assert_uint_eq(shown(&all, &differing), 4);
	ck_assert_uint_eq(differing, 2);
	ck_assert_uint_eq(shown(&differences, &differing), 2);
	ck_assert_uint_eq(shown(&bad, &differing), 2);
	ck_assert_uint_eq(differing, 2);
	ck_assert_uint_eq(shown(&both, &differing), 0);
}
END_TEST

Suite *matrix_suite(void)
{
	Suite *s = suite_create("matrix");
	TCase *t = tcase_create("matrix");
	tcase_add_test(t, by_what_differs_and_only_by_that);
	tcase_add_test(t, a_report_that_knows_no_lab);
	tcase_add_test(t, a_version_with_its_kernel);
	tcase_add_test(t, a_lab_with_control_bytes);
	tcase_add_test(t, rows_that_are_shown);
	suite_add_tcase(s, t);
	return s;
}

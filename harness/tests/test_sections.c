/* SPDX-License-Identifier: BSD-2-Clause */
/* The RFCs' tables of contents: our own list, and lists that are none. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../oracle/ledger.h"
#include "../report/file.h"
#include "suites.h"

#define HEAD "rfc\tsection\ttitle\n"

static struct sections *load(const char *text, struct err *e)
{
	char dir[] = "/tmp/iserspec-sections-XXXXXX", path[96];
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sections.list", dir);
	ck_assert_int_eq(file_replace(path, text, strlen(text), e), 0);
	struct sections *s = sections_load(dir, e);
	unlink(path);
	rmdir(dir);
	return s;
}

START_TEST(reads_rows)
{
	struct err e;
	struct sections *s = load(HEAD "7145\t5.1\tConnection Setup\n\n7145\tA\tChanges\n", &e);
	ck_assert_ptr_nonnull(s);
	ck_assert_uint_eq(sections_count(s), 2);
	ck_assert_str_eq(sections_at(s, 1)->number, "A");
	ck_assert_str_eq(sections_find(s, 7145, "5.1")->title, "Connection Setup");
	ck_assert_ptr_null(sections_find(s, 7143, "5.1"));
	ck_assert_ptr_null(sections_at(s, 2));
	sections_free(s);
}
END_TEST

START_TEST(what_is_no_list)
{
	static const char *const texts[] = {"a\n",
					    HEAD "7145\t5.1\n",
					    HEAD "7145\t\tTitle\n",
					    HEAD "7145\t5.1\t\n",
					    HEAD "RFC\t5.1\tTitle\n",
					    HEAD "0\t5.1\tTitle\n"};
	struct err e;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_ptr_null(load(texts[i], &e));
		ck_assert_ptr_nonnull(strstr(e.what, i ? "sections.list:2:" : "sections.list:1:"));
	}
}
END_TEST

/* Each rule of the ledger stands in a section that has a title. */
START_TEST(own_list)
{
	struct err e;
	struct ledger *l = ledger_load("cases/rules", &e);
	ck_assert_msg(l, "%s", e.what);
	const struct sections *s = ledger_sections(l);
	ck_assert_uint_ge(sections_count(s), 400);
	for (size_t i = 0; i < ledger_count(l); i++) {
		const struct rule *r = ledger_at(l, i);
		ck_assert_msg(sections_find(s, r->rfc, r->section), "no title of RFC %d %s (%s)",
			      r->rfc, r->section, r->id);
	}
	ledger_free(l);
}
END_TEST

Suite *sections_suite(void)
{
	Suite *s = suite_create("sections");
	TCase *t = tcase_create("sections");
	tcase_add_test(t, reads_rows);
	tcase_add_test(t, what_is_no_list);
	tcase_add_test(t, own_list);
	suite_add_tcase(s, t);
	return s;
}

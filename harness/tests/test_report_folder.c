/* SPDX-License-Identifier: BSD-2-Clause */
/* The folder of --report: whose it is, and what is removed of it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/report_folder.h"
#include "../report/file.h"
#include "folder_remove.h"
#include "suites.h"

static char dir[64];
static struct err e;

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/iserspec-folder-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void drop_dir(void)
{
	folder_remove(dir);
}

static char *in(const char *name)
{
	static char path[160];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	ck_assert_int_eq(file_replace(in(name), text, strlen(text), NULL), 0);
}

START_TEST(names_that_nobody_means)
{
	ck_assert_int_eq(report_folder_name("out", &e), 0);
	ck_assert_int_eq(report_folder_name("", &e), -1);
	ck_assert_int_eq(report_folder_name("--resume", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.what, "./--resume"));
	ck_assert_int_eq(report_folder_name("a\nb", &e), -1);
}
END_TEST

START_TEST(one_run_at_a_time)
{
	struct report_folder one, two;
	ck_assert_int_eq(report_folder_open(&one, dir, &e), 0);
	/* A lock is of an open file, so a second one of the same process meets it, too. */
	ck_assert_int_eq(report_folder_open(&two, dir, &e), -1);
	char who[64];
	snprintf(who, sizeof(who), "process %ld writes", (long)getpid());
	ck_assert_ptr_nonnull(strstr(e.what, who));
	report_folder_close(&two);
	ck_assert_int_eq(access(in("lock"), F_OK), 0);
	report_folder_close(&one);
	ck_assert_int_eq(access(in("lock"), F_OK), -1);
	/* What a run that was killed left behind holds nobody up. */
	put("lock", "iserspec 1\n");
	ck_assert_int_eq(report_folder_open(&two, dir, &e), 0);
	report_folder_close(&two);
}
END_TEST

START_TEST(files_of_others_stay)
{
	static const char *const names[] = {"journal.jsonl", "report.json", "junit.xml",
					    "report.tap",    "report.html", "lock"};
	struct report_folder f;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		put(names[i], "{\"mine\": 1}\n");
		ck_assert_int_eq(report_folder_open(&f, dir, &e), -1);
		ck_assert_ptr_nonnull(strstr(e.what, names[i]));
		report_folder_close(&f);
		ck_assert_int_eq(unlink(in(names[i])), 0);
	}
}
END_TEST

START_TEST(only_what_the_journal_names_is_removed)
{
	struct report_folder f;
	ck_assert_int_eq(folder_make(in("logs"), NULL), 0);
	put("journal.jsonl", "{\"run\": {}}\n{\"start\": \"target/a/b\"}\n{\"end");
	put("report.json", "{\"tool_version\": \"0\", \"sut\": {}}");
	put("logs/target.a.b.jsonl", "x");
	put("logs/target.a.b.2.jsonl", "x");
	put("logs/target.a.c.jsonl", "x");
	put("logs/notes.jsonl", "x");
	ck_assert_int_eq(report_folder_open(&f, dir, &e), 0);
	ck_assert_int_eq(report_folder_clear(dir, &e), 0);
	report_folder_close(&f);
	ck_assert_int_eq(access(in("logs/target.a.b.jsonl"), F_OK), -1);
	ck_assert_int_eq(access(in("logs/target.a.b.2.jsonl"), F_OK), -1);
	ck_assert_int_eq(access(in("report.json"), F_OK), -1);
	ck_assert_int_eq(access(in("logs/target.a.c.jsonl"), F_OK), 0);
	ck_assert_int_eq(access(in("logs/notes.jsonl"), F_OK), 0);
}
END_TEST

Suite *report_folder_suite(void)
{
	Suite *s = suite_create("report_folder");
	TCase *t = tcase_create("report_folder");
	tcase_add_checked_fixture(t, make_dir, drop_dir);
	tcase_add_test(t, names_that_nobody_means);
	tcase_add_test(t, one_run_at_a_time);
	tcase_add_test(t, files_of_others_stay);
	tcase_add_test(t, only_what_the_journal_names_is_removed);
	suite_add_tcase(s, t);
	return s;
}

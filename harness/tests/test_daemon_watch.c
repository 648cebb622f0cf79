/* SPDX-License-Identifier: BSD-2-Clause */
/* A daemon by its pid file: there, gone, ended and not waited for. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/daemon_watch.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "suites.h"
#include "folder_remove.h"

static char dir[] = "/tmp/iserspec-daemon-XXXXXX";
static char *pid_file, *log_file, *told;

static void put(const char *file, const char *text)
{
	FILE *f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void begin(void)
{
	struct err e;
	strcpy(strchr(dir, '\0') - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	pid_file = text_format("%s/tgtd.pid", dir);
	log_file = text_format("%s/tgtd.log", dir);
	char *process = text_format("%s/71", dir);
	ck_assert_int_eq(folder_make(process, &e), 0);
	free(process);
}

static void end(void)
{
	folder_remove(dir);
	free(pid_file);
	free(log_file);
	free(told);
	told = NULL;
}

static void command_line(const char *text)
{
	char *file = text_format("%s/71/cmdline", dir);
	put(file, text);
	free(file);
}

static bool died(const char *log)
{
	size_t len;
	free(told);
	told = NULL;
	FILE *out = open_memstream(&told, &len);
	ck_assert_ptr_nonnull(out);
	const bool answer = daemon_died(pid_file, log, dir, out);
	fclose(out);
	return answer;
}

START_TEST(there)
{
	ck_assert(!died(NULL)); /* none was begun */
	put(pid_file, "");
	ck_assert(!died(NULL)); /* it was ended */
	put(pid_file, "71\n");
	command_line("tgtd");
	ck_assert(!died(NULL));
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(ended_and_not_waited_for)
{
	put(pid_file, "71\n");
	command_line("");
	ck_assert(died(NULL));
	ck_assert_str_eq(told, "tgtd died\n");
}
END_TEST

START_TEST(gone)
{
	put(pid_file, "72\n");
	put(log_file, "first\nassertion failed\n\n");
	ck_assert(died(log_file));
	ck_assert_str_eq(told, "tgtd died: assertion failed\n");
	put(log_file, "\n");
	ck_assert(died(log_file));
	ck_assert_str_eq(told, "tgtd died\n");
}
END_TEST

START_TEST(by_a_sanitizer)
{
	put(pid_file, "72\n");
	put(log_file, "SUMMARY: of an earlier one\n==7==ABORTING\nbegun\n==72==ERROR: words\n"
		      "SUMMARY: AddressSanitizer: heap-use-after-free iser.c:1 in f\n"
		      "Shadow bytes\n==72==ABORTING\n");
	ck_assert(died(log_file));
	ck_assert_str_eq(
		told, "tgtd died: SUMMARY: AddressSanitizer: heap-use-after-free iser.c:1 in f\n");
	put(log_file, "==72==ABORTING\n");
	ck_assert(died(log_file));
	ck_assert_str_eq(told, "tgtd died: ==72==ABORTING\n");
}
END_TEST

Suite *daemon_watch_suite(void)
{
	Suite *s = suite_create("daemon_watch");
	TCase *t = tcase_create("daemon_watch");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, there);
	tcase_add_test(t, ended_and_not_waited_for);
	tcase_add_test(t, gone);
	tcase_add_test(t, by_a_sanitizer);
	suite_add_tcase(s, t);
	return s;
}

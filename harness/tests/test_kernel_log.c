/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the kernel's log counts as trouble, on a file that grows as the log does. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/kernel_log.h"
#include "suites.h"

static char path[] = "/tmp/iserspec-kmsg-XXXXXX";
static struct kernel_log k;
static char *told;

static void append(const char *text)
{
	FILE *f = fopen(path, "a");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static void begin(void)
{
	strcpy(strchr(path, '\0') - 6, "XXXXXX");
	const int fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	close(fd);
	append("3,1,5,-;BUG: before we came\n");
	struct err e;
	ck_assert_int_eq(kernel_log_open(&k, path, "client.*segfault", "^known ", &e), 0);
}

static void end(void)
{
	free(told);
	told = NULL;
	kernel_log_close(&k);
	unlink(path);
}

static const char *look(bool hung)
{
	size_t len;
	struct err e;
	free(told);
	told = NULL;
	FILE *out = open_memstream(&told, &len);
	ck_assert_ptr_nonnull(out);
	ck_assert_int_eq(kernel_log_look(&k, hung, out, &e), 0);
	fclose(out);
	return told;
}

START_TEST(records)
{
	ck_assert_str_eq(kernel_log_text("6,12,345,-;text; more"), "text; more");
	ck_assert_str_eq(kernel_log_text("6,12,345,c,caller=T1;text"), "text");
	ck_assert_ptr_null(kernel_log_text(" SUBSYSTEM=net;x"));
	ck_assert_ptr_null(kernel_log_text("6,12"));
	ck_assert_ptr_null(kernel_log_text(""));
}
END_TEST

START_TEST(only_what_is_new)
{
	ck_assert_str_eq(look(false), "");
	append("6,2,6,-;all is well\n DEVICE=BUG\n4,3,7,-;WARNING: CPU: 0\n");
	ck_assert_str_eq(look(false), "kernel: WARNING: CPU: 0\n");
	ck_assert_str_eq(look(false), "");
}
END_TEST

START_TEST(troubles)
{
	append("1,2,6,-;general protection fault, maybe\n"
	       "1,3,6,-;traps: x[1] general protection fault ip:0\n"
	       "1,4,6,-;list_add corruption\n"
	       "1,5,6,-;client[7]: segfault at 0\n"
	       "1,6,6,-;other[7]: segfault at 0\n");
	ck_assert_str_eq(look(false), "kernel: general protection fault, maybe\n"
				      "kernel: list_add corruption\n"
				      "kernel: client[7]: segfault at 0\n");
}
END_TEST

/* A place stands alone in many a log that tells of no trouble. */
START_TEST(where_it_was)
{
	append("4,2,6,-;RIP: 0010:idle+0x1/0x2\n1,3,6,-;BUG: unable to handle\n4,4,6,-;Modules "
	       "linked in:\n"
	       "4,5,6,-;RIP: 0033:0x7f0012\n4,6,6,-;RIP: 0010:there+0x1/0x2\n4,7,6,-;RIP: "
	       "0010:more+0x1/0x2\n"
	       "4,8,6,-;WARNING: in here+0x1/0x2\n4,9,6,-;RIP: 0010:here+0x1/0x2\n");
	ck_assert_str_eq(look(false), "kernel: BUG: unable to handle\n"
				      "kernel: RIP: 0010:there+0x1/0x2\n"
				      "kernel: WARNING: in here+0x1/0x2\n");
}
END_TEST

START_TEST(behind_a_known_line)
{
	append("4,2,6,-;known of old\n4,3,6,-;WARNING: it\n4,4,6,-;WARNING: another\n"
	       "4,5,6,-;known of old\n");
	ck_assert_str_eq(look(false), "kernel: WARNING: another\n");
	/* The look ended between the two. */
	append("4,6,6,-;WARNING: it\n");
	ck_assert_str_eq(look(false), "");
}
END_TEST

START_TEST(a_hung_task_that_was_told)
{
	append("3,2,6,-;INFO: task x:1 blocked for more than 30 seconds.\n3,3,6,-;BUG: x\n");
	ck_assert_str_eq(look(true), "kernel: BUG: x\n");
	append("3,4,6,-;INFO: task x:1 blocked for more than 30 seconds.\n");
	ck_assert_str_eq(look(false), "kernel: INFO: task x:1 blocked for more than 30 seconds.\n");
}
END_TEST

START_TEST(no_more_than_eight)
{
	unsigned lines = 0;
	for (unsigned i = 0; i < 20; i++)
		append("3,2,6,-;BUG: x\n");
	for (const char *at = look(false); (at = strchr(at, '\n')); at++)
		lines++;
	ck_assert_uint_eq(lines, 8);
}
END_TEST

START_TEST(what_cannot_be_opened)
{
	struct kernel_log other;
	struct err e;
	ck_assert_int_eq(kernel_log_open(&other, "/nowhere/kmsg", NULL, NULL, &e), -1);
	ck_assert_msg(strstr(e.what, "/nowhere/kmsg"), "%s", e.what);
	kernel_log_close(&other);
	ck_assert_int_eq(kernel_log_open(&other, path, "a(b", NULL, &e), -1);
	ck_assert_msg(strstr(e.what, "'a(b' is no regular expression"), "%s", e.what);
	kernel_log_close(&other);
}
END_TEST

Suite *kernel_log_suite(void)
{
	Suite *s = suite_create("kernel_log");
	TCase *t = tcase_create("kernel_log");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, records);
	tcase_add_test(t, only_what_is_new);
	tcase_add_test(t, troubles);
	tcase_add_test(t, where_it_was);
	tcase_add_test(t, behind_a_known_line);
	tcase_add_test(t, a_hung_task_that_was_told);
	tcase_add_test(t, no_more_than_eight);
	tcase_add_test(t, what_cannot_be_opened);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads that hang, in a folder that looks like /proc. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cli/hung_thread.h"
#include "../report/memory.h"
#include "suites.h"
#include "folder_remove.h"

static char proc[] = "/tmp/iserspec-proc-XXXXXX";
static struct hung_thread h;
static char *told;
static int interrupt[2];

static void put(const char *pid, const char *name, const char *text)
{
	char *folder = text_format("%s/%s", proc, pid), *file = text_format("%s/%s", folder, name);
	mkdir(folder, 0777);
	FILE *f = fopen(file, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
	free(file);
	free(folder);
}

static void thread(const char *pid, const char *comm, const char *state, const char *stack)
{
	char *stat = text_format("%s (%s) %s 2 0 0\n", pid, comm, state);
	put(pid, "stat", stat);
	put(pid, "stack", stack);
	free(stat);
}

static void begin(void)
{
	struct err e;
	strcpy(strchr(proc, '\0') - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(proc));
	ck_assert_int_eq(pipe(interrupt), 0);
	ck_assert_int_eq(hung_thread_open(&h, "iscsi_t[tr]x", "wait_for_cmds", &e), 0);
	thread("1", "init", "S", "");
	thread("7", "iscsi_np", "D", "[<0>] target_wait_for_cmds+0x1/0x2\n");
	put("self", "stat", "9 (iscsi_trx) S 2 0 0\n");
}

static void end(void)
{
	folder_remove(proc);
	free(told);
	told = NULL;
	close(interrupt[0]);
	close(interrupt[1]);
	hung_thread_close(&h);
}

static int look(void)
{
	size_t len;
	free(told);
	told = NULL;
	FILE *out = open_memstream(&told, &len);
	ck_assert_ptr_nonnull(out);
	const int status = hung_thread_look(&h, proc, interrupt[0], out);
	fclose(out);
	return status;
}

START_TEST(none)
{
	thread("8", "iscsi_trx2", "S", "");
	thread("9", "a (iscsi_trx) b", "S", "");
	thread("10", "iscsi_ttx", "D", "[<0>] msleep+0x1/0x2\n");
	put("11", "stat", "garbage");
	put("12", "stat", "");
	ck_assert_int_eq(look(), 0);
	ck_assert_str_eq(told, "");
	const struct thread_count n = hung_thread_count(&h, "/nowhere", NULL, NULL);
	ck_assert_uint_eq(n.hung + n.leaving, 0);
}
END_TEST

START_TEST(counted)
{
	thread("20", "iscsi_trx", "D", "[<0>] target_wait_for_cmds+0x1/0x2\n");
	thread("21", "iscsi_ttx", "S", "[<0>] isert+0x1/0x2\n");
	const struct thread_count n = hung_thread_count(&h, proc, NULL, NULL);
	ck_assert_uint_eq(n.hung, 1);
	ck_assert_uint_eq(n.leaving, 1);
}
END_TEST

START_TEST(one_that_hangs)
{
	thread("20", "iscsi_trx", "D",
	       "[<0>] target_wait_for_cmds+0x1/0x2 [target_core_mod]\n[<0>] "
	       "close_connection+0x3/0x4\n");
	ck_assert_int_eq(look(), 1);
	ck_assert_str_eq(told, "hung: iscsi_trx:20 in target_wait_for_cmds close_connection\n");
}
END_TEST

START_TEST(one_that_stays_is_waited_for_once)
{
	thread("21", "iscsi_ttx", "S", "");
	ck_assert_int_eq(look(), 0);
	/* A second time would have to wait, and be interrupted. */
	ck_assert_int_eq(write(interrupt[1], "x", 1), 1);
	ck_assert_int_eq(look(), 0);
	ck_assert_str_eq(told, "");
}
END_TEST

START_TEST(a_signal_ends_the_wait)
{
	thread("21", "iscsi_ttx", "S", "");
	ck_assert_int_eq(write(interrupt[1], "x", 1), 1);
	ck_assert_int_eq(look(), -1);
}
END_TEST

START_TEST(one_that_gets_its_name_late)
{
	thread("30", "kthreadd", "R", "");
	ck_assert_int_eq(look(), 0);
	thread("30", "iscsi_trx", "S", "");
	const struct thread_count n = hung_thread_count(&h, proc, NULL, NULL);
	ck_assert_uint_eq(n.leaving, 1);
}
END_TEST

START_TEST(new_ones_are_seen_among_the_old)
{
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(look(), 0);
	thread("30", "iscsi_trx", "D", "[<0>] target_wait_for_cmds+0x1/0x2\n");
	thread("31", "other", "S", "");
	ck_assert_uint_eq(hung_thread_count(&h, proc, NULL, NULL).hung, 1);
	ck_assert_uint_eq(hung_thread_count(&h, proc, NULL, NULL).hung, 1);
}
END_TEST

Suite *hung_thread_suite(void)
{
	Suite *s = suite_create("hung_thread");
	TCase *t = tcase_create("hung_thread");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, none);
	tcase_add_test(t, counted);
	tcase_add_test(t, one_that_hangs);
	tcase_add_test(t, one_that_stays_is_waited_for_once);
	tcase_add_test(t, a_signal_ends_the_wait);
	tcase_add_test(t, one_that_gets_its_name_late);
	tcase_add_test(t, new_ones_are_seen_among_the_old);
	tcase_set_timeout(t, 30);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal: what a run that died leaves to the next one. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/journal.h"
#include "../report/file.h"
#include "suites.h"

static char dir[64], path[96];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/iserspec-journal-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/journal.jsonl", dir);
}

static void drop_dir(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void put(struct journal *j, const char *id, enum verdict v)
{
	struct report_case c = {0};
	result_init(&c.result, id);
	result_add(&c.result, v, 3, "I7145-5.1.1-1", "because", NULL, 0);
	result_measure(&c.result, "receive_buffers", 17, "messages");
	result_decide(&c.result);
	c.log = strdup("logs/x.jsonl");
	ck_assert_int_eq(journal_end(j, &c, NULL), 0);
	report_case_free(&c);
}

/* One case ended, one ended twice, one running when the machine died. */
static void leave_a_past(const char *boot)
{
	struct journal *j = journal_open(path, boot, NULL, NULL);
	ck_assert_ptr_nonnull(j);
	json_t *identity = json_pack("{s:i}", "seed", 7);
	ck_assert_int_eq(journal_run(j, identity, NULL), 0);
	json_decref(identity);
	ck_assert_int_eq(journal_start(j, "target/a/one", NULL), 0);
	put(j, "target/a/one", VERDICT_FAIL);
	ck_assert_int_eq(journal_start(j, "target/a/two", NULL), 0);
	put(j, "target/a/two", VERDICT_INCONCLUSIVE);
	ck_assert_int_eq(journal_start(j, "target/a/two", NULL), 0);
	put(j, "target/a/two", VERDICT_PASS);
	ck_assert_int_eq(journal_start(j, "target/a/three", NULL), 0);
	journal_close(j);
}

START_TEST(a_dead_machine_is_seen)
{
	struct journal_past past;
	leave_a_past("boot-1");
	struct journal *j = journal_open(path, "boot-2", &past, NULL);
	ck_assert_ptr_nonnull(j);
	ck_assert_uint_eq(past.ended_count, 2);
	ck_assert_str_eq(past.running, "target/a/three");
	ck_assert(past.other_boot);
	ck_assert_int_eq(json_integer_value(json_object_get(past.head, "seed")), 7);
	const struct report_case *one = journal_past_find(&past, "target/a/one");
	ck_assert_int_eq(one->result.verdict, VERDICT_FAIL);
	ck_assert_str_eq(one->result.reason, "because");
	ck_assert_str_eq(one->log, "logs/x.jsonl");
	ck_assert_uint_eq(one->result.finding_count, 1);
	ck_assert_uint_eq(one->result.findings[0].line, 3);
	ck_assert(one->result.measurements[0].value > 16.5);
	ck_assert_int_eq(journal_past_find(&past, "target/a/two")->result.verdict, VERDICT_PASS);
	ck_assert_ptr_null(journal_past_find(&past, "target/a/three"));
	journal_past_free(&past);

	/* It is continued: the next one sees both boots. */
	put(j, "target/a/three", VERDICT_CRASH);
	journal_close(j);
	j = journal_open(path, "boot-3", &past, NULL);
	ck_assert_uint_eq(past.ended_count, 3);
	ck_assert_ptr_null(past.running);
	journal_past_free(&past);
	journal_close(j);
}
END_TEST

START_TEST(a_dead_program_is_no_dead_machine)
{
	struct journal_past past;
	leave_a_past("boot-1");
	struct journal *j = journal_open(path, "boot-1", &past, NULL);
	ck_assert_str_eq(past.running, "target/a/three");
	ck_assert(!past.other_boot);
	journal_past_free(&past);
	ck_assert_int_eq(journal_stopped(j, "target/a/three", NULL), 0);
	journal_close(j);
	j = journal_open(path, "boot-2", &past, NULL);
	ck_assert_ptr_null(past.running);
	journal_past_free(&past);
	journal_close(j);
}
END_TEST

START_TEST(a_torn_line_is_cut_off)
{
	struct journal_past past;
	leave_a_past("boot-1");
	FILE *f = fopen(path, "a");
	fputs("{\"end\": \"target/a/three\", \"resu", f);
	fclose(f);
	struct journal *j = journal_open(path, "boot-2", &past, NULL);
	ck_assert_ptr_nonnull(j);
	ck_assert_str_eq(past.running, "target/a/three");
	journal_past_free(&past);
	put(j, "target/a/three", VERDICT_CRASH);
	journal_close(j);
	j = journal_open(path, "boot-2", &past, NULL);
	ck_assert_uint_eq(past.ended_count, 3);
	journal_past_free(&past);
	journal_close(j);
}
END_TEST

START_TEST(a_damaged_journal_is_refused_by_line)
{
	struct journal_past past;
	struct err e;
	leave_a_past("boot-1");
	FILE *f = fopen(path, "a");
	fputs("rubbish\n", f);
	fclose(f);
	ck_assert_ptr_null(journal_open(path, "boot-2", &past, &e));
	ck_assert_ptr_nonnull(strstr(e.what, "journal.jsonl:9: not a JSON object"));
	ck_assert_uint_eq(past.ended_count, 0);
}
END_TEST

static void put_preflight(struct journal *j, enum verdict v)
{
	struct report_case c = {0};
	result_init(&c.result, "preflight");
	result_add(&c.result, v, 1, "I7143-11.18-1", "because", NULL, 0);
	result_decide(&c.result);
	ck_assert_int_eq(journal_preflight(j, &c, NULL), 0);
	report_case_free(&c);
}

/* Of two boots the last one's, and no case. */
START_TEST(a_preflight_is_kept)
{
	struct journal_past past;
	leave_a_past("boot-1");
	struct journal *j = journal_open(path, "boot-2", &past, NULL);
	ck_assert_ptr_null(past.preflight);
	journal_past_free(&past);
	put_preflight(j, VERDICT_FAIL);
	put_preflight(j, VERDICT_PASS);
	journal_close(j);
	j = journal_open(path, "boot-3", &past, NULL);
	ck_assert_ptr_nonnull(past.preflight);
	ck_assert_str_eq(past.preflight->result.id, "preflight");
	ck_assert_int_eq(past.preflight->result.verdict, VERDICT_PASS);
	ck_assert_uint_eq(past.ended_count, 2);
	journal_past_free(&past);
	ck_assert_ptr_null(past.preflight);
	journal_close(j);
}
END_TEST

START_TEST(begins_anew_without_resume)
{
	struct journal_past past;
	leave_a_past("boot-1");
	struct journal *j = journal_open(path, "boot-1", NULL, NULL);
	journal_close(j);
	size_t len;
	char *text = file_read(path, 1000, &len, NULL);
	ck_assert_uint_eq(len, 0);
	free(text);
	j = journal_open(path, "boot-1", &past, NULL);
	ck_assert_uint_eq(past.ended_count, 0);
	ck_assert_ptr_null(past.running);
	journal_past_free(&past);
	journal_close(j);
}
END_TEST

Suite *journal_suite(void)
{
	Suite *s = suite_create("journal");
	TCase *t = tcase_create("journal");
	tcase_add_checked_fixture(t, make_dir, drop_dir);
	tcase_add_test(t, a_dead_machine_is_seen);
	tcase_add_test(t, a_dead_program_is_no_dead_machine);
	tcase_add_test(t, a_torn_line_is_cut_off);
	tcase_add_test(t, a_damaged_journal_is_refused_by_line);
	tcase_add_test(t, a_preflight_is_kept);
	tcase_add_test(t, begins_anew_without_resume);
	suite_add_tcase(s, t);
	return s;
}

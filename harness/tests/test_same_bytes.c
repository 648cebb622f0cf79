/* SPDX-License-Identifier: BSD-2-Clause */
/* Two reports byte by byte: what counts as a difference, and how it is named. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/same_bytes.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "folder_remove.h"
#include "suites.h"

static char dir[64];

static const char event_one[] = "{\"seq\":1,\"time\":0,\"kind\":\"note\",\"name\":\"x\"}\n";
static const char event_two[] =
	"{\"seq\":2,\"time\":5,\"kind\":\"step\",\"text\":\"login\",\"line\":9}\n";

static void put(const char *side, const char *name, const char *text)
{
	struct err e;
	char *path = text_format("%s/%s/%s", dir, side, name);
	ck_assert_int_eq(file_replace(path, text, strlen(text), &e), 0);
	free(path);
}

static void take_away(const char *side, const char *name)
{
	char *path = text_format("%s/%s/%s", dir, side, name);
	ck_assert_int_eq(unlink(path), 0);
	free(path);
}

static void begin(void)
{
	static const char *const sides[] = {"was", "now"};
	struct err e;
	strcpy(dir, "/tmp/iserspec-same-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	for (size_t i = 0; i < 2; i++) {
		char *logs = text_format("%s/%s/logs", dir, sides[i]);
		char *both = text_format("%s%s", event_one, event_two);
		ck_assert_int_eq(folder_make(logs, &e), 0);
		put(sides[i], "logs/target.a.jsonl", both);
		put(sides[i], "logs/target.b.jsonl", event_one);
		put(sides[i], "journal.jsonl",
		    "{\"start\":\"target/a\"}\n{\"end\":\"target/a\"}\n");
		put(sides[i], "report.json",
		    "{\"cases\": [{\"id\": \"target/a\", \"seconds\": 1.5}], \"host\": 1}");
		free(both);
		free(logs);
	}
}

static void end(void)
{
	folder_remove(dir);
}

/* Compares, and expects these figures and each of the lines. */
static void expect(struct same_bytes want, const char *line, const char *other)
{
	char *was = text_format("%s/was", dir), *now = text_format("%s/now", dir), *said = NULL;
	size_t size;
	struct same_bytes got;
	struct err e = {0};
	FILE *out = open_memstream(&said, &size);
	ck_assert_int_eq(same_bytes(was, now, out, &got, &e), 0);
	fclose(out);
	ck_assert_uint_eq(got.logs, want.logs);
	ck_assert_uint_eq(got.same, want.same);
	ck_assert_int_eq(got.journal, want.journal);
	ck_assert_int_eq(got.report, want.report);
	ck_assert_int_eq(same_bytes_all(&got), !*said);
	ck_assert_msg(strstr(said, line) && strstr(said, other), "%s", said);
	free(said);
	free(now);
	free(was);
}

START_TEST(the_same)
{
	expect((struct same_bytes){2, 2, true, true}, "", "");
	/* What is the host's is of each run. */
	put("now", "report.json",
	    "{\"cases\": [{\"id\": \"target/a\", \"seconds\": 1.5}], \"host\": {\"load\": 7}}");
	expect((struct same_bytes){2, 2, true, true}, "", "");
}
END_TEST

START_TEST(a_byte_of_a_log)
{
	char *text = text_format(
		"%s%s", event_one,
		"{\"seq\":2,\"time\":6,\"kind\":\"step\",\"text\":\"login\",\"line\":9}\n");
	put("now", "logs/target.a.jsonl", text);
	expect((struct same_bytes){2, 1, true, true}, "differs: logs/target.a.jsonl, event 2\n",
	       "  was  event 2, 0.000005 ms, line 9: login\n"
	       "  now  event 2, 0.000006 ms, line 9: login\n");
	free(text);
}
END_TEST

START_TEST(a_log_that_ends_sooner)
{
	put("now", "logs/target.a.jsonl", event_one);
	expect((struct same_bytes){2, 1, true, true}, "differs: logs/target.a.jsonl, event 2\n",
	       "  now  nothing more\n");
	/* Without its last line end. */
	put("now", "logs/target.a.jsonl",
	    "{\"seq\":1,\"time\":0,\"kind\":\"note\",\"name\":\"x\"}");
	expect((struct same_bytes){2, 1, true, true}, "differs: logs/target.a.jsonl, event 1\n",
	       "");
}
END_TEST

START_TEST(logs_that_one_has)
{
	take_away("now", "logs/target.a.jsonl");
	put("now", "logs/target.c.jsonl", event_one);
	expect((struct same_bytes){3, 1, true, true},
	       "differs: logs/target.a.jsonl: there is none now\n",
	       "differs: logs/target.c.jsonl: there is none then\n");
}
END_TEST

START_TEST(a_line_of_the_journal)
{
	put("now", "journal.jsonl", "{\"start\":\"target/a\"}\n{\"end\":\"target/\033\"}\n");
	expect((struct same_bytes){2, 2, false, true}, "differs: journal.jsonl, line 2\n",
	       "  now  {\"end\":\"target/\\x1b\"}\n");
	take_away("now", "journal.jsonl");
	expect((struct same_bytes){2, 2, false, true},
	       "differs: journal.jsonl: there is none now\n", "");
}
END_TEST

START_TEST(a_member_of_the_report)
{
	put("now", "report.json",
	    "{\"cases\": [{\"id\": \"target/a\", \"seconds\": 2.5}], \"host\": 1}");
	expect((struct same_bytes){2, 2, true, false},
	       "differs: report.json: cases[0].seconds was 1.5, is 2.5 now\n", "");
	put("now", "report.json", "{\"cases\": [], \"host\": 1}");
	expect((struct same_bytes){2, 2, true, false}, "cases[0] was {\"id\":\"target/a\"",
	       ", is not there now\n");
	put("now", "report.json",
	    "{\"cases\": [{\"id\": \"target/a\", \"seconds\": 1.5}], \"lab\": 1, \"host\": 1}");
	expect((struct same_bytes){2, 2, true, false}, "lab was not there, is 1 now\n", "");
	take_away("was", "report.json");
	expect((struct same_bytes){2, 2, true, false}, "differs: report.json: there is none then\n",
	       "");
}
END_TEST

/* Nothing that could have differed proves nothing. */
START_TEST(no_log_is_not_the_same)
{
	const struct same_bytes none = {0, 0, true, true};
	ck_assert(!same_bytes_all(&none));
}
END_TEST

START_TEST(what_cannot_be_read)
{
	struct same_bytes got;
	struct err e = {0};
	char *was = text_format("%s/was", dir), *none = text_format("%s/none", dir);
	ck_assert_int_eq(same_bytes(was, none, stdout, &got, &e), -1);
	ck_assert_msg(strstr(e.what, "none/logs"), "%s", e.what);
	put("was", "report.json", "{");
	ck_assert_int_eq(same_bytes(was, was, stdout, &got, &e), -1);
	ck_assert_msg(strstr(e.what, "report.json:1"), "%s", e.what);
	free(none);
	free(was);
}
END_TEST

Suite *same_bytes_suite(void)
{
	Suite *s = suite_create("same_bytes");
	TCase *t = tcase_create("same_bytes");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, the_same);
	tcase_add_test(t, a_byte_of_a_log);
	tcase_add_test(t, a_log_that_ends_sooner);
	tcase_add_test(t, logs_that_one_has);
	tcase_add_test(t, a_line_of_the_journal);
	tcase_add_test(t, a_member_of_the_report);
	tcase_add_test(t, no_log_is_not_the_same);
	tcase_add_test(t, what_cannot_be_read);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Event lines: written and read back without loss, without secrets, and whole whatever a peer
 * sends. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/events.h"
#include "../report/file.h"
#include "suites.h"

static char dir[64], path[96];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/iserspec-events-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/events.jsonl", dir);
}

static void drop_dir(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static void same_text(const char *a, const char *b)
{
	if (a && b)
		ck_assert_str_eq(a, b);
	else
		ck_assert(!a && !b);
}

static void same_event(const struct log_event *a, const struct log_event *b)
{
	ck_assert_uint_eq(a->seq, b->seq);
	ck_assert_uint_eq(a->time, b->time);
	ck_assert_int_eq(a->kind, b->kind);
	ck_assert_uint_eq(a->conn, b->conn);
	same_text(a->name, b->name);
	same_text(a->status, b->status);
	same_text(a->text, b->text);
	same_text(a->rules, b->rules);
	ck_assert_uint_eq(a->id, b->id);
	ck_assert_uint_eq(a->key, b->key);
	ck_assert_uint_eq(a->addr, b->addr);
	ck_assert_uint_eq(a->len, b->len);
	ck_assert_int_eq(a->a, b->a);
	ck_assert_int_eq(a->b, b->b);
	ck_assert_int_eq(a->c, b->c);
	ck_assert_double_eq(a->number, b->number);
	ck_assert_uint_eq(a->line, b->line);
	ck_assert_int_eq(a->has_imm, b->has_imm);
	ck_assert_uint_eq(a->imm, b->imm);
	ck_assert_int_eq(a->invalidated, b->invalidated);
	ck_assert_uint_eq(a->invalidated_key, b->invalidated_key);
	ck_assert_uint_eq(a->bytes.len, b->bytes.len);
	if (a->bytes.len)
		ck_assert_mem_eq(a->bytes.at, b->bytes.at, a->bytes.len);
}

START_TEST(reading_gives_back_what_was_written)
{
	uint8_t every[256];
	for (size_t i = 0; i < sizeof(every); i++)
		every[i] = (uint8_t)i;
	const struct log_event events[] = {
		{.kind = LOG_NOTE, .name = "note"},
		{.kind = LOG_CM,
		 .time = 1,
		 .conn = 2,
		 .name = "established",
		 .a = -5,
		 .b = 16,
		 .c = 7},
		{.kind = LOG_POST,
		 .time = 2,
		 .conn = 1,
		 .name = "write",
		 .id = UINT64_MAX,
		 .key = UINT32_MAX,
		 .addr = UINT64_MAX,
		 .len = 4096},
		{.kind = LOG_DONE,
		 .time = UINT64_C(1) << 62,
		 .conn = 1,
		 .name = "send",
		 .status = "ok"},
		{.kind = LOG_RECV,
		 .conn = 1,
		 .name = "recv",
		 .bytes = {every, sizeof(every)},
		 .has_imm = true,
		 .imm = 0,
		 .invalidated = true,
		 .invalidated_key = 0x80000001},
		{.kind = LOG_CHECK,
		 .name = "fail",
		 .text = "no \"answer\" \\ here",
		 .rules = "A B",
		 .line = 12},
		{.kind = LOG_MEASURE, .name = "window_ms", .number = -0.1, .text = "ms"},
	};
	const size_t n = sizeof(events) / sizeof(events[0]);
	struct event_writer *w = event_writer_open(path, NULL, 0, NULL);
	struct log *l = log_new(event_writer_sink, w);
	for (size_t i = 0; i < n; i++)
		log_add(l, &events[i]);
	ck_assert_int_eq(event_writer_close(w, NULL), 0);

	struct log *back = events_read(path, NULL);
	ck_assert_ptr_nonnull(back);
	ck_assert_uint_eq(log_count(back), n);
	for (size_t i = 0; i < n; i++)
		same_event(log_at(l, i), log_at(back, i));
	log_free(back);
	log_free(l);
}
END_TEST

START_TEST(text_of_a_peer_is_escaped)
{
	const struct log_event ev = {
		.kind = LOG_NOTE, .seq = 1, .time = 5, .text = "a\nb\x1b[31m\xff\xc3\xa9"};
	char *line = event_to_line(&ev, NULL);
	ck_assert_str_eq(line, "{\"seq\":1,\"time\":5,\"kind\":\"note\","
			       "\"text\":\"a\\\\x0ab\\\\x1b[31m\\\\xff\xc3\xa9\"}\n");
	free(line);
}
END_TEST

START_TEST(secrets_are_masked_in_text_and_bytes)
{
	struct secrets secrets = {0};
	secrets_add(&secrets, "correct horse");
	secrets_add(&secrets, NULL);
	secrets_add(&secrets, "");
	ck_assert_uint_eq(secrets.count, 1);
	const char raw[] = "CHAP_R=correct horse";
	const struct log_event ev = {.kind = LOG_POST,
				     .name = "send",
				     .text = "the secret is correct horse, twice: correct horse",
				     .bytes = {(const uint8_t *)raw, sizeof(raw)}};
	char *line = event_to_line(&ev, &secrets);
	ck_assert_ptr_null(strstr(line, "correct horse"));
	ck_assert_ptr_null(strstr(line, "636f727265637420686f727365")); /* in hex */
	ck_assert_ptr_nonnull(strstr(line, "the secret is *************, twice: *************"));
	ck_assert_ptr_nonnull(strstr(line, "\"masked\":true"));
	free(line);
	secrets_free(&secrets);
}
END_TEST

static void write_text(const char *text)
{
	FILE *f = fopen(path, "w");
	fputs(text, f);
	fclose(f);
}

START_TEST(a_torn_last_line_is_not_there)
{
	write_text("{\"seq\":1,\"time\":0,\"kind\":\"note\",\"name\":\"x\"}\n{\"seq\":2,\"ti");
	struct log *l = events_read(path, NULL);
	ck_assert_ptr_nonnull(l);
	ck_assert_uint_eq(log_count(l), 1);
	log_free(l);
}
END_TEST

START_TEST(what_is_no_event_is_refused_by_line)
{
	static const struct {
		const char *text, *what;
	} rows[] = {
		{"x\n", ":1: not a JSON object"},
		{"{\"seq\":1,\"kind\":\"note\",\"name\":\"x\"}\n[]\n", ":2: not a JSON object"},
		{"{\"seq\":1,\"kind\":\"dance\"}\n", ":1: no known kind of event"},
		{"{\"seq\":1}\n", ":1: no known kind of event"},
		{"{\"seq\":2,\"kind\":\"note\",\"name\":\"x\"}\n",
		 ":1: events are missing or out of order"},
		{"{\"seq\":1,\"kind\":\"recv\"}\n", ":1: the event has no name"},
		{"{\"seq\":1,\"kind\":\"done\",\"name\":\"send\"}\n",
		 ":1: the event has no status"},
		{"{\"seq\":1,\"kind\":\"memory\",\"name\":\"remote-read\"}\n",
		 ":1: the event has no status"},
		{"{\"seq\":1,\"kind\":\"recv\",\"name\":\"recv\",\"bytes\":\"0g\"}\n",
		 ":1: bytes are not hex"},
		{"{\"seq\":1,\"kind\":\"recv\",\"name\":\"recv\",\"bytes\":\"012\"}\n",
		 ":1: bytes are not hex"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e;
		write_text(rows[i].text);
		ck_assert_ptr_null(events_read(path, &e));
		ck_assert_msg(strstr(e.what, rows[i].what) != NULL, "%s", e.what);
	}
}
END_TEST

START_TEST(a_full_disk_is_told_at_the_end)
{
	struct err e;
	struct event_writer *w = event_writer_open("/dev/full", NULL, 0, &e);
	ck_assert_ptr_nonnull(w);
	const struct log_event ev = {.kind = LOG_NOTE, .seq = 1};
	event_writer_sink(w, &ev);
	ck_assert_int_eq(event_writer_close(w, &e), -1);
	ck_assert_int_eq(e.errnum, ENOSPC);
	ck_assert_ptr_null(event_writer_open("/nowhere/at/all", NULL, 0, &e));
}
END_TEST

/* A log that reads back, ends in a note, and is no longer than it may be but for that note. */
START_TEST(a_log_has_a_limit)
{
	struct event_writer *w = event_writer_open(path, NULL, 400, NULL);
	struct log *l = log_new(event_writer_sink, w);
	for (unsigned i = 0; i < 50; i++)
		log_text(l, LOG_NOTE, i, "runner", "note number %u", i);
	ck_assert_int_eq(event_writer_close(w, NULL), 0);
	log_free(l);
	ck_assert(event_log_is_cut(path));
	l = events_read(path, NULL);
	ck_assert_ptr_nonnull(l);
	const struct log_event *last = log_at(l, log_count(l) - 1);
	ck_assert_str_eq(last->name, "log-cut");
	ck_assert_ptr_nonnull(strstr(last->text, "limit of 400 bytes"));
	ck_assert_uint_gt(log_count(l), 3);
	ck_assert_uint_lt(log_count(l), 10);
	log_free(l);

	w = event_writer_open(path, NULL, 0, NULL);
	l = log_new(event_writer_sink, w);
	for (unsigned i = 0; i < 50; i++)
		log_text(l, LOG_NOTE, i, "runner", "note number %u", i);
	ck_assert_int_eq(event_writer_close(w, NULL), 0);
	ck_assert(!event_log_is_cut(path));
	log_free(l);
	ck_assert(!event_log_is_cut("/nowhere/at/all"));
}
END_TEST

Suite *events_suite(void)
{
	Suite *s = suite_create("events");
	TCase *t = tcase_create("events");
	tcase_add_checked_fixture(t, make_dir, drop_dir);
	tcase_add_test(t, reading_gives_back_what_was_written);
	tcase_add_test(t, text_of_a_peer_is_escaped);
	tcase_add_test(t, secrets_are_masked_in_text_and_bytes);
	tcase_add_test(t, a_torn_last_line_is_not_there);
	tcase_add_test(t, what_is_no_event_is_refused_by_line);
	tcase_add_test(t, a_full_disk_is_told_at_the_end);
	tcase_add_test(t, a_log_has_a_limit);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A log as a ladder: rows, receive buffers of both sides, what repeats; and as it is printed, which
 * harness/tests/golden/ladder.txt has for people to read. ISERSPEC_UPDATE_GOLDEN=1 writes it anew.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../report/file.h"
#include "../report/ladder_text.h"
#include "suites.h"

#define GOLDEN "harness/tests/golden/ladder.txt"

static struct log *events;
static struct ladder ladder;
static uint64_t now;

static void begin(void)
{
	events = log_new(NULL, NULL);
	now = 0;
}

static void end(void)
{
	ladder_free(&ladder);
	log_free(events);
}

/* A microsecond behind the one before. Its number. */
static uint64_t add(struct log_event ev)
{
	ev.time = now += 1000;
	return log_add(events, &ev)->seq;
}

static void fact(const char *name, int64_t a, const char *text)
{
	log_add(events,
		&(struct log_event){
			.kind = LOG_ANSWER, .name = name, .status = "run", .a = a, .text = text});
}

static uint64_t message(enum log_kind kind, unsigned conn, uint64_t id, const char *type,
			int64_t stand)
{
	struct pdu pdu;
	uint8_t bytes[256];
	pdu_init(&pdu, pdu_type_by_name(type));
	const size_t len = pdu_encode(&pdu, bytes, sizeof(bytes), NULL);
	ck_assert_uint_gt(len, 0);
	return add((struct log_event){.kind = kind,
				      .name = kind == LOG_RECV ? "recv" : "send",
				      .conn = conn,
				      .id = id,
				      .b = stand,
				      .bytes = {bytes, len}});
}

static uint64_t done(unsigned conn, uint64_t id, const char *status)
{
	return add((struct log_event){
		.kind = LOG_DONE, .name = "send", .conn = conn, .id = id, .status = status});
}

static uint64_t cm(unsigned conn, const char *name, const char *text)
{
	return add((struct log_event){.kind = LOG_CM, .conn = conn, .name = name, .text = text});
}

static const struct ladder_row *row(uint64_t seq)
{
	for (size_t i = 0; i < ladder.count; i++)
		if (ladder.rows[i].seq == seq)
			return &ladder.rows[i];
	ck_abort_msg("there is no row of that event");
	return NULL;
}

/* The final Login Response takes the one buffer that stands, and a ping behind it meets none. */
static void seed_race(void)
{
	fact("case", 0, "initiator/buffers/burst-one-ping");
	fact("target-under-test", 0, NULL);
	fact("seed", 7, NULL);
	cm(1, "connect-request", "RDMA_CM_EVENT_CONNECT_REQUEST");
	add((struct log_event){.kind = LOG_POST_RECV, .conn = 1, .name = "recv", .a = 4, .b = 4});
	cm(1, "accept", NULL);
	cm(1, "established", "RDMA_CM_EVENT_ESTABLISHED");
	message(LOG_RECV, 1, 0, "login-request", 3);
	add((struct log_event){.kind = LOG_STEP, .line = 13, .text = "chain"});
}

START_TEST(none_stood_behind_the_last_that_was_taken)
{
	seed_race();
	const uint64_t login = message(LOG_POST, 1, 1, "login-response", 2);
	const uint64_t ping = message(LOG_POST, 1, 2, "nop-in", 2);
	const uint64_t behind = message(LOG_POST, 1, 3, "nop-in", 2);
	done(1, 1, "ok");
	const uint64_t nak = done(1, 2, "rnr-retry-exceeded");
	done(1, 3, "flushed");
	cm(1, "end", "no-buffer");
	ladder_make(&ladder, events);

	ck_assert_str_eq(ladder.case_id, "initiator/buffers/burst-one-ping");
	ck_assert(ladder.role_known && !ladder.target && ladder.seed == 7);
	ck_assert_uint_eq(ladder.window_count, 1);
	const struct ladder_window *w = &ladder.windows[0];
	ck_assert_int_eq(w->side, LADDER_THEIRS);
	ck_assert_uint_eq(w->from_seq, login);
	ck_assert_uint_eq(w->to_seq, nak);
	ck_assert_uint_eq(w->to - w->from, 4000);
	ck_assert_ptr_nonnull(strstr(w->words, "NOP-In"));
	ck_assert_ptr_nonnull(strstr(w->words, "Login Response"));

	ck_assert_int_eq(row(login)->theirs, LADDER_SOME);
	ck_assert(!row(login)->lost);
	ck_assert(row(ping)->lost && row(ping)->arrow);
	ck_assert_int_eq(row(ping)->tone, LADDER_BAD);
	ck_assert_int_eq(row(ping)->theirs, LADDER_NONE);
	/* What stood behind it in the queue never arrived, and is not accused. */
	ck_assert(row(behind)->lost);
	ck_assert_int_eq(row(behind)->tone, LADDER_REMARK);
	ck_assert_str_eq(row(nak)->label, "RNR NAK");
	ck_assert_int_eq(row(nak)->side, LADDER_THEIRS);
}
END_TEST

START_TEST(iwarp_tells_by_the_end_alone)
{
	seed_race();
	message(LOG_POST, 1, 1, "login-response", 2);
	message(LOG_POST, 1, 2, "nop-in", 2);
	done(1, 1, "left");
	done(1, 2, "left");
	const uint64_t over = cm(1, "end", "no-buffer");
	ladder_make(&ladder, events);
	ck_assert_uint_eq(ladder.window_count, 1);
	ck_assert_uint_eq(ladder.windows[0].to_seq, over);
	/* Which of them it was is not known. */
	for (size_t i = 0; i < ladder.count; i++)
		ck_assert(!ladder.rows[i].lost);
}
END_TEST

START_TEST(ours_are_counted)
{
	cm(1, "established", NULL);
	add((struct log_event){.kind = LOG_POST_RECV, .conn = 1, .name = "recv", .a = 1, .b = 1});
	const uint64_t took = message(LOG_RECV, 1, 0, "nop-out", 0);
	const uint64_t silent = add((struct log_event){.kind = LOG_TIMER, .conn = 1, .name = "t"});
	const uint64_t more = add((struct log_event){
		.kind = LOG_POST_RECV, .conn = 1, .name = "recv", .a = 2, .b = 2});
	ladder_make(&ladder, events);
	ck_assert_uint_eq(ladder.window_count, 1);
	ck_assert_int_eq(ladder.windows[0].side, LADDER_OURS);
	ck_assert_uint_eq(ladder.windows[0].from_seq, took);
	ck_assert_uint_eq(ladder.windows[0].to_seq, more);
	ck_assert_int_eq(row(silent)->ours, 0);
	ck_assert_int_eq(row(more)->ours, 2);
}
END_TEST

START_TEST(a_good_run_has_no_window)
{
	seed_race();
	message(LOG_POST, 1, 1, "login-response", 1);
	done(1, 1, "ok");
	cm(1, "disconnected", NULL);
	cm(1, "end", "closed");
	ladder_make(&ladder, events);
	ck_assert_uint_eq(ladder.window_count, 0);
	ck_assert_int_eq(row(log_count(events))->tone, LADDER_PLAIN);
	ck_assert_int_eq(row(log_count(events))->ours, -1);
}
END_TEST

/* ---- what is shown ---- */

static size_t shown(struct ladder_filter f)
{
	size_t n;
	free(ladder_select(&ladder, &f, &n));
	return n;
}

START_TEST(filters)
{
	message(LOG_POST, 1, 1, "nop-in", 1);
	message(LOG_POST, 2, 1, "nop-in", 1);
	done(1, 1, "ok");
	add((struct log_event){.kind = LOG_STEP, .line = 1, .text = "wait 1s"});
	ladder_make(&ladder, events);
	ck_assert_uint_eq(shown((struct ladder_filter){0}), 3);
	ck_assert_uint_eq(shown((struct ladder_filter){.all = true}), 4);
	ck_assert_uint_eq(shown((struct ladder_filter){.conn = 2}), 2);
	ck_assert_uint_eq(shown((struct ladder_filter){.from = 2000, .to = 3000}), 1);
	ck_assert_uint_eq(shown((struct ladder_filter){.from = 2000}), 2);
}
END_TEST

static void ping_and_answer(unsigned conn, uint64_t id)
{
	message(LOG_POST, conn, id, "nop-in", 1);
	done(conn, id, "ok");
	now += 1000000;
	message(LOG_RECV, conn, 0, "nop-out", 1);
}

START_TEST(what_repeats_is_folded)
{
	size_t n, count;
	cm(1, "established", NULL);
	for (unsigned i = 1; i <= 20; i++)
		ping_and_answer(1, i);
	message(LOG_POST, 1, 21, "nop-in", 1);
	done(1, 21, "rnr-retry-exceeded");
	ladder_make(&ladder, events);
	size_t *rows = ladder_select(&ladder, &(struct ladder_filter){0}, &n);
	ck_assert_uint_eq(n, 43);
	struct ladder_stretch *s = ladder_fold(&ladder, rows, n, &count);
	size_t held = 0;
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_eq(s[i].first, held);
		held += s[i].rows * s[i].times;
	}
	ck_assert_uint_eq(held, n);
	/* What went wrong stands by itself. */
	ck_assert_uint_eq(s[count - 1].times, 1);
	size_t folded = 0;
	for (size_t i = 0; i < count; i++)
		folded += s[i].times > 1;
	ck_assert_uint_eq(folded, 1);
	free(s);
	free(rows);
}
END_TEST

START_TEST(the_next_connection_repeats_the_one_before)
{
	size_t n, count;
	for (unsigned conn = 1; conn <= 9; conn++) {
		cm(conn, "established", NULL);
		ping_and_answer(conn, 1);
	}
	ladder_make(&ladder, events);
	size_t *rows = ladder_select(&ladder, &(struct ladder_filter){0}, &n);
	struct ladder_stretch *s = ladder_fold(&ladder, rows, n, &count);
	ck_assert_uint_eq(s[0].rows * s[0].times + (count > 1 ? s[1].rows * s[1].times : 0) +
				  (count > 2 ? s[2].rows * s[2].times : 0),
			  n);
	ck_assert_uint_ge(s[0].times > 1 ? s[0].times : s[1].times, 8);
	free(s);
	free(rows);
}
END_TEST

/* ---- printed ---- */

static char *printed(const struct ladder_filter *f, const struct ladder_style *style)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	ladder_print(out, &ladder, f, style);
	fclose(out);
	return text;
}

START_TEST(as_people_see_it)
{
	struct err e = {0};
	fact("wall-clock", INT64_C(1790000000123456789), NULL);
	seed_race();
	message(LOG_POST, 1, 1, "login-response", 2);
	message(LOG_POST, 1, 2, "nop-in", 2);
	done(1, 1, "ok");
	done(1, 2, "rnr-retry-exceeded");
	cm(1, "end", "no-buffer");
	add((struct log_event){.kind = LOG_CHECK,
			       .name = "warn",
			       .text = "1 of 2 messages found a receive buffer, number 2: "
				       "rnr-retry-exceeded; a message met no receive buffer (RNR "
				       "NAK), 0.020 ms after it was connected",
			       .rules = "I7145-5.1.1-1",
			       .line = 16});
	for (unsigned i = 0; i < 9; i++)
		ping_and_answer(2, i);
	ladder_make(&ladder, events);
	char *text = printed(&(struct ladder_filter){0}, &(struct ladder_style){.columns = 100});
	if (getenv("ISERSPEC_UPDATE_GOLDEN"))
		ck_assert_int_eq(file_replace(GOLDEN, text, strlen(text), &e), 0);
	char *want = file_read(GOLDEN, 1 << 20, NULL, &e);
	ck_assert_msg(want != NULL, "%s", e.what);
	ck_assert_str_eq(text, want);
	free(want);
	free(text);
}
END_TEST

/* Nothing but our own colours, and no line beyond its columns. */
static void check_tame(const char *text, unsigned columns)
{
	for (const char *at = text; *at;) {
		const size_t len = strcspn(at, "\n");
		size_t wide = 0;
		for (size_t i = 0; i < len; i++) {
			ck_assert_uint_ge((unsigned char)at[i], 0x20);
			wide += ((unsigned char)at[i] & 0xc0) != 0x80;
		}
		ck_assert_msg(wide <= columns, "%.*s", (int)len, at);
		at += len + (at[len] == '\n');
	}
}

START_TEST(hostile_text_stays_text)
{
	static const char *const hostile[] = {
		"<script>alert(1)</script>", "\033[2J\033]0;title\007\rover", "\xff\xfe\x80 broken",
		/* NOLINTNEXTLINE(misc-misleading-bidirectional) */
		"right\xe2\x80\xae over", "two\nlines\ttabbed"};
	char *endless = malloc(10241);
	memset(endless, 'x', 10240);
	endless[10240] = '\0';
	fact("case", 0, hostile[1]);
	for (size_t i = 0; i < 6; i++) {
		const char *text = i < 5 ? hostile[i] : endless;
		add((struct log_event){.kind = LOG_CHECK, .name = text, .text = text, .line = 1});
		add((struct log_event){.kind = LOG_SUT, .name = text, .text = text});
		add((struct log_event){.kind = LOG_CM, .conn = 1, .name = text, .text = text});
		add((struct log_event){.kind = LOG_NOTE, .name = text, .text = text});
		add((struct log_event){.kind = LOG_STEP, .text = text, .line = 1});
		add((struct log_event){.kind = LOG_RECV,
				       .name = "recv",
				       .conn = 1,
				       .bytes = {(const uint8_t *)text, strlen(text)}});
	}
	add((struct log_event){
		.kind = LOG_RECV, .name = "recv", .bytes = {(const uint8_t *)"\0\0\0", 3}});
	ladder_make(&ladder, events);
	char *text = printed(&(struct ladder_filter){0}, &(struct ladder_style){.columns = 100});
	check_tame(text, 100);
	ck_assert_ptr_null(strstr(text, "\033"));
	free(text);
	text = printed(&(struct ladder_filter){.all = true},
		       &(struct ladder_style){.columns = 60, .whole = true});
	check_tame(text, 80);
	free(text);
	free(endless);
}
END_TEST

START_TEST(of_an_empty_log)
{
	ladder_make(&ladder, events);
	char *text = printed(&(struct ladder_filter){0}, &(struct ladder_style){.columns = 80});
	ck_assert_ptr_nonnull(strstr(text, "ms"));
	free(text);
}
END_TEST

Suite *ladder_suite(void)
{
	Suite *s = suite_create("ladder");
	TCase *t = tcase_create("ladder");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, none_stood_behind_the_last_that_was_taken);
	tcase_add_test(t, iwarp_tells_by_the_end_alone);
	tcase_add_test(t, ours_are_counted);
	tcase_add_test(t, a_good_run_has_no_window);
	tcase_add_test(t, filters);
	tcase_add_test(t, what_repeats_is_folded);
	tcase_add_test(t, the_next_connection_repeats_the_one_before);
	tcase_add_test(t, as_people_see_it);
	tcase_add_test(t, hostile_text_stays_text);
	tcase_add_test(t, of_an_empty_log);
	suite_add_tcase(s, t);
	return s;
}

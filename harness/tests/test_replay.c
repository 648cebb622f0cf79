/* SPDX-License-Identifier: BSD-2-Clause */
/* The fabric that is made of an event log. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "../fabric/replay/replay.h"
#include "sim_pair.h"
#include "suites.h"

enum { MEMORY = 64, POLLS = 3 };

static struct pair p;
static uint8_t memory[MEMORY];

/* What a program saw, to be compared with what it sees in a replay. */
struct seen {
	enum fab_event_kind kinds[64];
	uint64_t times[64], key, addr, now;
	size_t count;
	unsigned posted;
	bool up, polled;
	uint8_t chance[4];
};

static void see(struct seen *s, struct fabric *f, const struct fab_event *ev)
{
	s->kinds[s->count] = ev->kind;
	s->times[s->count++] = fab_now(f);
}

static void look_on(struct seen *s, struct fabric *f, uint64_t deadline)
{
	struct fab_event ev;

	do {
		fab_wait(f, deadline, &ev);
		see(s, f, &ev);
	} while (ev.kind != FAB_TIMEOUT);
}

/* An answer of the world that changes by itself at the third time of asking. */
static bool ask(struct fabric *f, bool real, unsigned n)
{
	struct fab_answer a = {.name = "changes", .value = real && n == POLLS, .polled = true};

	fab_answer_unless(f, NULL, &a, 0);
	return a.value;
}

/* One program, for the simulator and for a replay of it. Only the former has a peer that serves. */
static void program(struct fabric *f, bool real, struct seen *s)
{
	static const char hello[] = "hello";
	struct fab_params params;
	struct fab_event ev;
	struct err e;

	*s = (struct seen){0};
	fab_params_default(&params);
	params.recv_initial = 4;
	struct fab_conn *c = fab_connect(f, "b", 860, &params, &e);
	ck_assert_ptr_nonnull(c);
	if (real) {
		struct fab_conn *theirs = expect(p.b, FAB_CONNECT_REQUEST).conn;
		ck_assert_int_eq(fab_accept(theirs, NULL, &e), 0);
	}
	fab_wait(f, NS_PER_S, &ev);
	see(s, f, &ev);
	ck_assert_int_eq(ev.kind, FAB_ESTABLISHED);
	fab_timer(f, fab_now(f) + 5 * NS_PER_MS, 7, c);
	for (unsigned n = 1; n <= POLLS; n++) {
		fab_wait(f, fab_now(f) + NS_PER_MS, &ev);
		see(s, f, &ev);
	}
	for (unsigned n = 1; n <= POLLS; n++)
		s->polled = ask(f, real, n);
	struct fab_answer dice = {.name = "dice", .at = s->chance, .len = sizeof(s->chance)};
	memset(s->chance, real ? 0x5a : 0, sizeof(s->chance));
	fab_answer(f, c, &dice);
	struct fab_region *r = fab_register(c, memory, MEMORY, FAB_REMOTE_WRITE, false, &e);
	ck_assert_ptr_nonnull(r);
	s->key = r->key;
	s->addr = r->addr;
	struct fab_wr wr[2] = {
		{.op = FAB_SEND, .id = 1, .msg = {(const uint8_t *)hello, sizeof(hello)}},
		{.op = FAB_SEND, .id = 2, .msg = {(const uint8_t *)hello, sizeof(hello)}},
	};
	ck_assert_int_eq(fab_post(c, wr, 2, &e), 0);
	look_on(s, f, fab_now(f) + 10 * NS_PER_MS);
	ck_assert_int_eq(fab_accept(c, NULL, &e), -1); /* it is up already */
	ck_assert_int_eq(fab_post_recv(c, 3, &e), 0);
	s->posted = fab_recv_posted(c);
	ck_assert_int_eq(fab_disconnect(c, &e), 0);
	look_on(s, f, fab_now(f) + 10 * NS_PER_MS);
	s->up = fab_conn_up(c);
	fab_unregister(r);
	fab_conn_free(c);
	s->now = fab_now(f);
}

/* Leaves the log of a run in p.log. */
static void record(struct seen *s)
{
	pair_open(&p, NULL);
	program(p.a, true, s);
}

static void copy_until(struct log *to, const struct log *from, size_t drop)
{
	for (size_t i = 0; i < log_count(from); i++)
		if (i != drop)
			log_add(to, log_at(from, i));
}

START_TEST(the_same_again)
{
	struct seen was, is;
	struct log *again = log_new(NULL, NULL);

	record(&was);
	ck_assert(was.polled);
	ck_assert_uint_eq(was.posted, 7);
	struct fabric *f = replay_open(p.log, again, true);
	program(f, false, &is);
	ck_assert_msg(!replay_strayed(f, NULL), "%s", replay_strayed(f, NULL));
	ck_assert_uint_eq(is.count, was.count);
	for (size_t i = 0; i < was.count; i++) {
		ck_assert_int_eq(is.kinds[i], was.kinds[i]);
		ck_assert_uint_eq(is.times[i], was.times[i]);
	}
	ck_assert_uint_eq(is.key, was.key);
	ck_assert_uint_eq(is.addr, was.addr);
	ck_assert_uint_eq(is.now, was.now);
	ck_assert_uint_eq(is.posted, was.posted);
	ck_assert_int_eq(is.up, was.up);
	ck_assert_int_eq(is.polled, was.polled);
	ck_assert_mem_eq(is.chance, was.chance, sizeof(was.chance));
	ck_assert_uint_eq(log_count(again), log_count(p.log));
	fab_close(f);
	log_free(again);
	pair_close(&p);
}
END_TEST

START_TEST(another_call)
{
	struct seen was;
	struct log *again = log_new(NULL, NULL);
	struct fab_event ev;
	struct err e;
	uint64_t seq;

	record(&was);
	struct fabric *f = replay_open(p.log, again, true);
	ck_assert_int_eq(fab_listen(f, NULL, 860, NULL, &e), -1);
	ck_assert_ptr_nonnull(strstr(replay_strayed(f, &seq), "listen"));
	ck_assert_uint_eq(seq, 2); /* the first is the device's own, of no call */
	/* From now on nothing works and nothing comes, but time passes. */
	ck_assert_ptr_null(fab_connect(f, "b", 860, NULL, &e));
	fab_wait(f, NS_PER_S, &ev);
	ck_assert_int_eq(ev.kind, FAB_TIMEOUT);
	ck_assert_uint_eq(fab_now(f), NS_PER_S);
	fab_close(f);
	log_free(again);
	pair_close(&p);
}
END_TEST

START_TEST(the_end_of_the_log)
{
	struct log *none = log_new(NULL, NULL), *again = log_new(NULL, NULL);
	struct fab_event ev;
	struct fabric *f = replay_open(none, again, true);

	fab_wait(f, NS_PER_S, &ev);
	ck_assert_int_eq(ev.kind, FAB_TIMEOUT);
	ck_assert_ptr_nonnull(strstr(replay_strayed(f, NULL), "the log ends"));
	fab_close(f);
	log_free(none);
	log_free(again);
}
END_TEST

/* The index of the n-th event of that kind and name. */
static size_t find(enum log_kind kind, const char *name, unsigned n)
{
	for (size_t i = 0; i < log_count(p.log); i++) {
		const struct log_event *ev = log_at(p.log, i);
		if (ev->kind == kind && !strcmp(ev->name, name) && !--n)
			return i;
	}
	ck_abort_msg("no %s", name);
}

/* Why the program of a connection, timer and two messages does not fit the log without that event;
 * it stops where it strays. */
static const char *why_without(size_t drop)
{
	static char why[400];
	struct log *less = log_new(NULL, NULL), *again = log_new(NULL, NULL);
	struct fab_params params;
	struct fab_event ev;
	struct err e;
	static const uint8_t hello[] = "hello";
	uint8_t chance[4];
	struct fab_wr wr[2] = {{.op = FAB_SEND, .id = 1, .msg = {hello, sizeof(hello)}},
			       {.op = FAB_SEND, .id = 2, .msg = {hello, sizeof(hello)}}};

	copy_until(less, p.log, drop);
	struct fabric *f = replay_open(less, again, true);
	fab_params_default(&params);
	struct fab_conn *c = fab_connect(f, "b", 860, &params, &e);
	fab_wait(f, NS_PER_S, &ev);
	fab_timer(f, fab_now(f) + 5 * NS_PER_MS, 7, c);
	for (unsigned n = 1; n <= POLLS; n++)
		fab_wait(f, fab_now(f) + NS_PER_MS, &ev);
	for (unsigned n = 1; n <= POLLS; n++)
		ask(f, false, n);
	struct fab_answer dice = {.name = "dice", .at = chance, .len = sizeof(chance)};
	fab_answer(f, c, &dice);
	fab_register(c, memory, MEMORY, FAB_REMOTE_WRITE, false, &e);
	fab_post(c, wr, 2, &e);
	for (unsigned n = 0; n < 8 && !replay_strayed(f, NULL); n++)
		fab_wait(f, fab_now(f) + 10 * NS_PER_MS, &ev);
	snprintf(why, sizeof(why), "%s", replay_strayed(f, NULL) ? replay_strayed(f, NULL) : "");
	fab_close(f);
	log_free(less);
	log_free(again);
	return why;
}

START_TEST(an_event_that_must_be_there)
{
	struct seen was;

	record(&was);
	ck_assert_ptr_nonnull(strstr(why_without(find(LOG_TIMER, "timer", 1)), "a timer was due"));
	ck_assert_ptr_nonnull(strstr(why_without(find(LOG_DONE, "send", 1)), "cannot come here"));
	pair_close(&p);
}
END_TEST

/* ---- ends, which no log is believed: they are found anew from what the device said ---- */

#define CM(word)                                          \
	{                                                 \
		.kind = LOG_CM, .conn = 1, .name = (word) \
	}
#define OWN(word, how)                                                                     \
	{                                                                                  \
		.kind = LOG_CM, .conn = 1, .name = (word), .device = true, .number = (how) \
	}

/* How the connection ends that has these events behind "established"; NULL: they do not fit. */
static const char *end_of(const struct log_event *events, size_t count)
{
	struct log *l = log_new(NULL, NULL), *again = log_new(NULL, NULL);
	struct fab_event ev;
	struct err e;
	const char *end = NULL;

	log_add(l, &(struct log_event)CM("connect"));
	log_add(l, &(struct log_event)CM("established"));
	for (size_t i = 0; i < count; i++)
		log_add(l, &events[i]);
	log_add(l, &(struct log_event)CM("end"));
	struct fabric *f = replay_open(l, again, false);
	struct fab_conn *c = fab_connect(f, "b", 860, NULL, &e);
	ck_assert_ptr_nonnull(c);
	for (unsigned n = 0; n < 4 && !fab_conn_end(c) && !replay_strayed(f, NULL); n++)
		fab_wait(f, NS_PER_S, &ev);
	if (!replay_strayed(f, NULL))
		end = fab_end_name(fab_conn_end(c));
	fab_close(f);
	log_free(l);
	log_free(again);
	return end;
}

#define END_OF(...)                                     \
	end_of((const struct log_event[]){__VA_ARGS__}, \
	       sizeof((const struct log_event[]){__VA_ARGS__}) / sizeof(struct log_event))
#define FLUSHED                                                                  \
	{                                                                        \
		.kind = LOG_DONE, .conn = 1, .name = "recv", .status = "flushed" \
	}
#define IWARP                                               \
	{                                                   \
		.kind = LOG_ANSWER, .name = "iwarp", .a = 1 \
	}

START_TEST(ends_are_found_anew)
{
	ck_assert_str_eq(END_OF(OWN("drain", 0), CM("disconnected")), "closed");
	/* A device says that it waits for what came before. */
	ck_assert_ptr_null(END_OF(CM("disconnected")));
	ck_assert_str_eq(END_OF(IWARP, CM("disconnected")), "closed");
	ck_assert_str_eq(END_OF(FLUSHED), "operation");
	ck_assert_str_eq(END_OF(IWARP, OWN("terminate", FAB_TERM_NO_BUFFER), CM("disconnected")),
			 "no-buffer");
}
END_TEST

Suite *replay_suite(void)
{
	Suite *suite = suite_create("replay");
	TCase *t = tcase_create("replay");

	tcase_add_test(t, the_same_again);
	tcase_add_test(t, another_call);
	tcase_add_test(t, the_end_of_the_log);
	tcase_add_test(t, an_event_that_must_be_there);
	tcase_add_test(t, ends_are_found_anew);
	suite_add_tcase(suite, t);
	return suite;
}

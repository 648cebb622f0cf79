/* SPDX-License-Identifier: BSD-2-Clause */
/* Models that answer while another endpoint waits, and the same run for the same seed. */
#include <stdlib.h>
#include <string.h>

#include "sim_pair.h"
#include "slow.h"
#include "suites.h"

/* ---- models ---- */

/* Answers each message with the same bytes, accepts everybody. */
struct echo {
	struct fabric *f;
	size_t received, disconnected;
	size_t hang_up_after; /* 0: never */
	bool free_on_disconnect, waits;
	uint64_t last_time;
};

static void echo_event(void *ctx, const struct fab_event *ev)
{
	struct echo *m = ctx;
	struct fab_event nested;
	struct err e;

	ck_assert_uint_ge(ev->time, m->last_time);
	m->last_time = ev->time;
	ck_assert_uint_eq(ev->time, fab_now(m->f));
	if (m->waits) {
		fab_wait(m->f, FAB_FOREVER, &nested);
		ck_assert_int_eq(nested.kind, FAB_TIMEOUT);
	}
	switch (ev->kind) {
	case FAB_CONNECT_REQUEST:
		ck_assert_int_eq(fab_accept(ev->conn, NULL, &e), 0);
		break;
	case FAB_RECV:
		m->received++;
		ck_assert_int_eq(fab_post_recv(ev->conn, 1, &e), 0);
		ck_assert_int_eq(
			fab_post(ev->conn, &(struct fab_wr){.op = FAB_SEND, .msg = ev->msg}, 1, &e),
			0);
		if (m->received == m->hang_up_after)
			ck_assert_int_eq(fab_disconnect(ev->conn, &e), 0);
		break;
	case FAB_DISCONNECTED:
		m->disconnected++;
		if (m->free_on_disconnect)
			fab_conn_free(ev->conn);
		break;
	default:
		break;
	}
}

START_TEST(a_model_answers_while_we_wait)
{
	const size_t rounds = SLOW_ROUNDS(20000);
	struct sim_options o;
	struct sim *s;
	struct echo m = {.waits = true, .free_on_disconnect = true};
	struct fabric *f;
	struct fab_conn *c;
	struct fab_event ev;
	struct err e;
	size_t received = 0;

	sim_options_default(&o);
	o.poll_delay_ns = 500;
	s = sim_new(&o);
	f = sim_endpoint(s, "us", NULL, NULL, NULL);
	m.f = sim_endpoint(s, "model", echo_event, &m, NULL);
	ck_assert_int_eq(fab_listen(m.f, NULL, 3260, NULL, &e), 0);
	c = fab_connect(f, "model", 3260, NULL, &e);
	expect(f, FAB_ESTABLISHED);
	/* Depth would show here if one event were handled inside another. */
	post_send(c, 0, "ball");
	while (received < rounds) {
		ev = next(f);
		if (ev.kind != FAB_RECV)
			continue;
		received++;
		ck_assert_int_eq(fab_post_recv(c, 1, &e), 0);
		ck_assert_int_eq(
			fab_post(c, &(struct fab_wr){.op = FAB_SEND, .msg = ev.msg}, 1, &e), 0);
	}
	ck_assert_uint_ge(m.received, rounds);
	ck_assert_int_eq(fab_disconnect(c, &e), 0);
	while (next(f).kind != FAB_TIMEOUT)
		;
	ck_assert_uint_eq(m.disconnected, 1);
	sim_free(s);
}
END_TEST

START_TEST(a_slow_model_sees_things_in_order)
{
	struct sim_options o;
	struct sim *s;
	struct echo m = {0};
	struct fabric *f;
	struct fab_conn *c;
	struct fab_event ev;
	struct err e;

	sim_options_default(&o);
	o.poll_delay_ns = 100 * NS_PER_US;
	s = sim_new(&o);
	f = sim_endpoint(s, "us", NULL, NULL, NULL);
	m.f = sim_endpoint(s, "model", echo_event, &m, NULL);
	ck_assert_int_eq(fab_listen(m.f, NULL, 3260, NULL, &e), 0);
	c = fab_connect(f, "model", 3260, NULL, &e);
	expect(f, FAB_ESTABLISHED);
	for (uint64_t i = 0; i < 50; i++) {
		char text[2] = {(char)('A' + i), 0};

		post_send(c, i, text);
	}
	for (uint64_t i = 0; i < 50;) {
		ev = next(f);
		ck_assert_int_ne(ev.kind, FAB_TIMEOUT);
		if (ev.kind == FAB_RECV)
			ck_assert_uint_eq(ev.msg.at[0], 'A' + i++);
	}
	sim_free(s);
}
END_TEST

START_TEST(a_model_may_hang_up)
{
	struct sim_options o;
	struct sim *s;
	struct echo m = {.hang_up_after = 3};
	struct fabric *f;
	struct fab_conn *c;
	struct fab_event ev;
	struct err e;
	size_t received = 0;

	sim_options_default(&o);
	s = sim_new(&o);
	f = sim_endpoint(s, "us", NULL, NULL, NULL);
	m.f = sim_endpoint(s, "model", echo_event, &m, NULL);
	ck_assert_int_eq(fab_listen(m.f, NULL, 3260, NULL, &e), 0);
	c = fab_connect(f, "model", 3260, NULL, &e);
	expect(f, FAB_ESTABLISHED);
	for (uint64_t i = 0; i < 3; i++)
		post_send(c, i, "x");
	for (ev = next(f); ev.kind != FAB_DISCONNECTED; ev = next(f)) {
		ck_assert_int_ne(ev.kind, FAB_TIMEOUT);
		received += ev.kind == FAB_RECV;
	}
	ck_assert_uint_eq(received, 3);
	while (next(f).kind != FAB_TIMEOUT)
		;
	ck_assert_uint_eq(m.disconnected, 1);
	sim_free(s);
}
END_TEST

START_TEST(messages_outlive_everything_but_the_endpoint)
{
	struct pair p;
	struct bytes seen[50];

	pair_open(&p, NULL);
	pair_join(&p);
	for (size_t i = 0; i < 50; i++) {
		char text[8] = {(char)('A' + i), 'z', 0};

		post_send(i % 2 ? p.ca : p.cb, i, text);
		expect_done(i % 2 ? p.a : p.b, i, FAB_OK);
		seen[i] = expect(i % 2 ? p.b : p.a, FAB_RECV).msg;
	}
	fab_conn_free(p.ca);
	fab_conn_free(p.cb);
	expect_quiet(p.a, NS_PER_S);
	for (size_t i = 0; i < 50; i++) {
		ck_assert_uint_eq(seen[i].len, 2);
		ck_assert_uint_eq(seen[i].at[0], 'A' + i);
	}
	pair_close(&p);
}
END_TEST

/* ---- one seed, one run ---- */

static uint64_t mix(uint64_t h, const void *at, size_t len)
{
	const uint8_t *b = at;

	for (size_t i = 0; i < len; i++)
		h = (h ^ b[i]) * 0x100000001b3u;
	return h;
}

static uint64_t digest(const struct log *l)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < log_count(l); i++) {
		const struct log_event *ev = log_at(l, i);

		h = mix(h, &ev->time, sizeof(ev->time));
		h = mix(h, &ev->kind, sizeof(ev->kind));
		h = mix(h, &ev->conn, sizeof(ev->conn));
		h = mix(h, ev->name, strlen(ev->name));
		if (ev->status)
			h = mix(h, ev->status, strlen(ev->status));
		h = mix(h, &ev->id, sizeof(ev->id));
		h = mix(h, &ev->key, sizeof(ev->key));
		h = mix(h, &ev->addr, sizeof(ev->addr));
		h = mix(h, &ev->len, sizeof(ev->len));
		h = mix(h, &ev->a, sizeof(ev->a));
		h = mix(h, &ev->b, sizeof(ev->b));
		h = mix(h, ev->bytes.at, ev->bytes.len);
	}
	return h;
}

/* A busy hour: several connections to a model, sends, writes, windows, RNRs, ends. */
static uint64_t busy(uint64_t seed, size_t *events)
{
	struct sim_options o;
	struct sim *s;
	struct log *l = log_new(NULL, NULL);
	struct echo m = {.free_on_disconnect = true};
	struct fabric *f;
	struct fab_conn *c[4] = {0};
	uint8_t *memory = calloc(1, 4096);
	struct fab_event ev;
	struct err e;
	struct fab_params params;
	uint64_t h;

	sim_options_default(&o);
	o.seed = seed;
	o.jitter_ns = 3000;
	o.poll_delay_ns = 2000;
	s = sim_new(&o);
	f = sim_endpoint(s, "us", NULL, NULL, l);
	m.f = sim_endpoint(s, "model", echo_event, &m, NULL);
	ck_assert_int_eq(fab_listen(m.f, NULL, 3260, NULL, &e), 0);
	fab_params_default(&params);
	params.recv_initial = 8;
	for (int step = 0; step < 600; step++) {
		struct fab_conn **one = &c[sim_random(s, 4)];

		if (!*one) {
			*one = fab_connect(f, "model", 3260, &params, &e);
		} else if (!fab_conn_up(*one) || sim_random(s, 40) == 0) {
			fab_conn_free(*one);
			*one = NULL;
		} else if (sim_random(s, 6) == 0) {
			fab_register(*one, memory, 64 + sim_random(s, 4000), FAB_REMOTE_READ,
				     sim_random(s, 2), &e);
		} else {
			post_send(*one, (uint64_t)step, "message");
			fab_post_recv(*one, (unsigned)sim_random(s, 2), &e);
		}
		fab_timer(f, fab_now(f) + sim_random(s, 5000), (uint64_t)step, *one);
		for (uint64_t n = sim_random(s, 5); n; n--)
			fab_wait(f, fab_now(f) + sim_random(s, 4000), &ev);
	}
	*events = log_count(l);
	h = digest(l);
	sim_free(s);
	log_free(l);
	free(memory);
	return h;
}

START_TEST(same_seed_same_run)
{
	size_t events[2];
	uint64_t first = busy(1, &events[0]);

	ck_assert_uint_eq(busy(1, &events[1]), first);
	ck_assert_uint_eq(events[0], events[1]);
	ck_assert_uint_gt(events[0], 500);
	for (uint64_t seed = 2; seed < 2 + SLOW_ROUNDS(6); seed++)
		ck_assert_uint_ne(busy(seed, &events[1]), first);
}
END_TEST

START_TEST(jitter_never_reorders_a_connection)
{
	struct sim_options o;
	struct pair p;
	uint64_t start;

	sim_options_default(&o);
	o.jitter_ns = 100000;
	o.chain_gap_ns = 0;
	for (o.seed = 0; o.seed < SLOW_ROUNDS(20); o.seed++) {
		pair_open(&p, &o);
		p.pb.recv_initial = 100;
		pair_join(&p);
		for (uint64_t i = 0; i < 100; i++) {
			char text[2] = {(char)(i + 1), 0};

			post_send(p.ca, i, text);
		}
		start = fab_now(p.a);
		for (uint64_t i = 0; i < 100; i++)
			ck_assert_uint_eq(expect(p.b, FAB_RECV).msg.at[0], i + 1);
		/* Not by repeating what came too early. */
		ck_assert_uint_le(fab_now(p.a), start + LATENCY + o.jitter_ns);
		for (uint64_t i = 0; i < 100; i++)
			expect_done(p.a, i, FAB_OK);
		pair_close(&p);
	}
}
END_TEST

START_TEST(chance_is_fair)
{
	struct sim_options o;
	struct sim *s;
	size_t count[7] = {0};

	sim_options_default(&o);
	s = sim_new(&o);
	ck_assert_uint_eq(sim_random(s, 0), 0);
	ck_assert_uint_eq(sim_random(s, 1), 0);
	for (int i = 0; i < 70000; i++) {
		uint64_t r = sim_random(s, 7);

		ck_assert_uint_lt(r, 7);
		count[r]++;
	}
	for (int i = 0; i < 7; i++) {
		ck_assert_uint_gt(count[i], 9600);
		ck_assert_uint_lt(count[i], 10400);
	}
	sim_free(s);
}
END_TEST

Suite *sim_models_suite(void)
{
	Suite *s = suite_create("sim_models");
	TCase *t;

	t = tcase_create("models");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_model_answers_while_we_wait);
	tcase_add_test(t, a_slow_model_sees_things_in_order);
	tcase_add_test(t, a_model_may_hang_up);
	tcase_add_test(t, messages_outlive_everything_but_the_endpoint);
	suite_add_tcase(s, t);
	t = tcase_create("seeds");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, same_seed_same_run);
	tcase_add_test(t, jitter_never_reorders_a_connection);
	tcase_add_test(t, chance_is_fair);
	suite_add_tcase(s, t);
	return s;
}

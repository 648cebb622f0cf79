/* SPDX-License-Identifier: BSD-2-Clause */
/* What only the simulator can promise: exact times, models as handlers, the same run for the same
 * seed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../fabric/fabric.h"
#include "../fabric/log.h"
#include "../fabric/sim.h"
#include "suites.h"

enum { LATENCY = 2000 };

/* Two endpoints without handlers, and a connection between them. */
struct pair {
	struct sim *sim;
	struct log *log; /* of a */
	struct fabric *a, *b;
	struct fab_conn *ca, *cb;
	struct fab_params pa, pb;
};

static void pair_open(struct pair *p, const struct sim_options *o)
{
	struct sim_options defaults;
	struct err e;

	sim_options_default(&defaults);
	*p = (struct pair){.sim = sim_new(o ? o : &defaults), .log = log_new(NULL, NULL)};
	p->a = sim_endpoint(p->sim, "a", NULL, NULL, p->log);
	p->b = sim_endpoint(p->sim, "b", NULL, NULL, NULL);
	ck_assert_int_eq(fab_listen(p->b, NULL, 860, NULL, &e), 0);
	fab_params_default(&p->pa);
	fab_params_default(&p->pb);
}

static void pair_close(struct pair *p)
{
	sim_free(p->sim);
	log_free(p->log);
}

static struct fab_event next(struct fabric *f)
{
	struct fab_event ev;

	fab_wait(f, fab_now(f) + 1000 * NS_PER_S, &ev);
	return ev;
}

static struct fab_event expect(struct fabric *f, enum fab_event_kind kind)
{
	struct fab_event ev = next(f);

	ck_assert_msg(ev.kind == kind, "%s came, not %s", fab_event_name(ev.kind),
		      fab_event_name(kind));
	return ev;
}

static struct fab_event expect_done(struct fabric *f, uint64_t id, enum fab_status status)
{
	struct fab_event ev = expect(f, FAB_DONE);

	ck_assert_uint_eq(ev.id, id);
	ck_assert_str_eq(fab_status_name(ev.status), fab_status_name(status));
	return ev;
}

static void expect_quiet(struct fabric *f, uint64_t ns)
{
	struct fab_event ev;

	fab_wait(f, fab_now(f) + ns, &ev);
	ck_assert_msg(ev.kind == FAB_TIMEOUT, "%s came", fab_event_name(ev.kind));
}

static void pair_join(struct pair *p)
{
	struct err e;

	p->ca = fab_connect(p->a, "b", 860, &p->pa, &e);
	ck_assert_ptr_nonnull(p->ca);
	p->cb = expect(p->b, FAB_CONNECT_REQUEST).conn;
	ck_assert_int_eq(fab_accept(p->cb, &p->pb, &e), 0);
	expect(p->a, FAB_ESTABLISHED);
	expect(p->b, FAB_ESTABLISHED);
}

static void post_send(struct fab_conn *c, uint64_t id, const char *text)
{
	struct fab_wr wr = {.op = FAB_SEND, .id = id, .msg = {(const uint8_t *)text, strlen(text)}};
	struct err e;

	ck_assert_int_eq(fab_post(c, &wr, 1, &e), 0);
}

/* ---- time ---- */

START_TEST(a_message_takes_its_latency)
{
	struct pair p;
	struct fab_wr wr[3];
	struct err e;
	uint64_t start;

	pair_open(&p, NULL);
	pair_join(&p);
	for (uint64_t i = 0; i < 3; i++)
		wr[i] = (struct fab_wr){.op = FAB_SEND, .id = i};
	start = fab_now(p.a);
	ck_assert_int_eq(fab_post(p.ca, wr, 3, &e), 0);
	for (uint64_t i = 0; i < 3; i++)
		ck_assert_uint_eq(expect(p.b, FAB_RECV).time, start + LATENCY + i * 200);
	for (uint64_t i = 0; i < 3; i++)
		ck_assert_uint_eq(expect_done(p.a, i, FAB_OK).time, start + 2 * LATENCY + i * 200);
	pair_close(&p);
}
END_TEST

START_TEST(waiting_moves_the_clock_to_the_deadline)
{
	struct pair p;
	struct fab_event ev;

	pair_open(&p, NULL);
	fab_wait(p.a, 12345, &ev);
	ck_assert_int_eq(ev.kind, FAB_TIMEOUT);
	ck_assert_uint_eq(fab_now(p.a), 12345);
	fab_wait(p.a, 5, &ev); /* already past: a look, no step back */
	ck_assert_int_eq(ev.kind, FAB_TIMEOUT);
	ck_assert_uint_eq(fab_now(p.a), 12345);
	fab_wait(p.a, FAB_FOREVER, &ev); /* nothing can ever happen */
	ck_assert_int_eq(ev.kind, FAB_TIMEOUT);
	ck_assert_uint_eq(fab_now(p.a), 12345);
	pair_close(&p);
}
END_TEST

START_TEST(timers_fire_in_order)
{
	struct pair p;
	struct fab_event ev;

	pair_open(&p, NULL);
	fab_timer(p.a, 300, 3, NULL);
	fab_timer(p.a, 100, 1, NULL);
	fab_timer(p.a, 200, 2, NULL);
	fab_timer(p.a, 200, 22, NULL);
	fab_timer(p.a, 150, 99, NULL);
	fab_timer_cancel(p.a, 99, NULL);
	fab_timer(p.b, 120, 7, NULL); /* another endpoint's */
	for (int i = 0; i < 4; i++) {
		static const struct {
			uint64_t at, id;
		} wanted[] = {{100, 1}, {200, 2}, {200, 22}, {300, 3}};

		ev = expect(p.a, FAB_TIMER);
		ck_assert_uint_eq(ev.time, wanted[i].at);
		ck_assert_uint_eq(ev.id, wanted[i].id);
	}
	ev = expect(p.b, FAB_TIMER);
	ck_assert_uint_eq(ev.id, 7);
	/* Cancelled after it was due, before it was seen. */
	fab_timer(p.b, fab_now(p.b) + 10, 8, NULL);
	expect_quiet(p.a, 100);
	fab_timer_cancel(p.b, 8, NULL);
	expect_quiet(p.b, 100);
	pair_close(&p);
}
END_TEST

START_TEST(a_freed_connection_is_silent)
{
	struct pair p;

	pair_open(&p, NULL);
	pair_join(&p);
	fab_timer(p.a, fab_now(p.a) + 50, 1, p.ca);
	fab_timer(p.a, fab_now(p.a) + 60, 2, NULL);
	post_send(p.cb, 1, "too late");
	expect_done(p.b, 1, FAB_OK); /* so it is in a's queue by now, and timer 1 too */
	fab_conn_free(p.ca);
	ck_assert_uint_eq(expect(p.a, FAB_TIMER).id, 2);
	expect_quiet(p.a, NS_PER_S);
	expect(p.b, FAB_DISCONNECTED);
	pair_close(&p);
}
END_TEST

/* ---- retries ---- */

START_TEST(rnr_retries_are_counted)
{
	struct pair p;
	struct err e;
	uint64_t start;

	pair_open(&p, NULL);
	p.pa.rnr_retry = 3;
	p.pb.recv_initial = 0;
	p.pb.min_rnr_timer = 13; /* 960 us */
	p.pa.min_rnr_timer = 1;	 /* of the other direction: must not matter */
	pair_join(&p);
	start = fab_now(p.a);
	post_send(p.ca, 1, "no");
	post_send(p.ca, 2, "after");
	ck_assert_uint_eq(expect_done(p.a, 1, FAB_RNR_EXCEEDED).time,
			  start + 4 * 2 * LATENCY + 3 * 960 * NS_PER_US);
	expect_done(p.a, 2, FAB_FLUSHED);
	ck_assert_int_eq(fab_counter(p.a, FAB_RNR_NAK_RECEIVED), 4);
	ck_assert_int_eq(fab_counter(p.b, FAB_RNR_NAK_SENT), 4);
	ck_assert_int_eq(fab_counter(p.a, FAB_RNR_NAK_SENT), 0);
	ck_assert_int_eq(fab_post_recv(p.cb, 1, &e), 0);
	expect_quiet(p.b, NS_PER_S);
	pair_close(&p);
}
END_TEST

START_TEST(an_rnr_count_is_each_messages_own)
{
	struct pair p;
	struct err e;

	pair_open(&p, NULL);
	p.pa.rnr_retry = 2;
	p.pb.recv_initial = 0;
	p.pb.min_rnr_timer = 12; /* 640 us */
	pair_join(&p);
	for (uint64_t id = 1; id <= 4; id++)
		post_send(p.ca, id, "x");
	/* Each meets one or two NAKs, four of them more than two in all. */
	for (uint64_t id = 1; id <= 4; id++) {
		expect_quiet(p.a, 900 * NS_PER_US);
		ck_assert_int_eq(fab_post_recv(p.cb, 1, &e), 0);
		expect_done(p.a, id, FAB_OK);
		expect(p.b, FAB_RECV);
	}
	ck_assert_int_ge(fab_counter(p.b, FAB_RNR_NAK_SENT), 4);
	pair_close(&p);
}
END_TEST

START_TEST(rnr_timer_codes)
{
	static const struct {
		uint8_t code;
		uint64_t us;
	} known[] = {{0, 655360}, {1, 10},     {5, 60},	    {12, 640},
		     {14, 1280},  {23, 30720}, {31, 491520}};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct pair p;
		uint64_t start;

		pair_open(&p, NULL);
		p.pa.rnr_retry = 1;
		p.pa.ack_timeout = 1; /* 8 us: a NAK is an answer, no timeout runs while we wait */
		p.pb.recv_initial = 0;
		p.pb.min_rnr_timer = known[i].code;
		pair_join(&p);
		start = fab_now(p.a);
		post_send(p.ca, 1, "x");
		ck_assert_uint_eq(expect_done(p.a, 1, FAB_RNR_EXCEEDED).time - start,
				  2 * 2 * LATENCY + known[i].us * NS_PER_US);
		pair_close(&p);
	}
}
END_TEST

START_TEST(a_peer_that_is_gone_costs_all_retries)
{
	struct pair p;
	uint64_t start;

	pair_open(&p, NULL);
	p.pa.retry_cnt = 3;
	p.pa.ack_timeout = 10;
	pair_join(&p);
	fab_vanish(p.cb);
	start = fab_now(p.a);
	post_send(p.ca, 1, "x");
	ck_assert_uint_eq(expect_done(p.a, 1, FAB_RETRY_EXCEEDED).time,
			  start + 4 * (4096ull << 10));
	pair_close(&p);
}
END_TEST

/* Ten Sends with a Read behind each, all completed, all arrived once and in order. */
static void impatient_round(struct pair *p, struct fab_region *remote, struct fab_region *local)
{
	struct err e;

	memset(local->at, 0, local->len);
	for (uint64_t id = 0; id < 20; id += 2) {
		char text[2] = {(char)('a' + id), 0};
		struct fab_wr rd = {.op = FAB_READ,
				    .id = id + 1,
				    .peer_key = remote->key,
				    .peer_addr = remote->addr + id,
				    .local = local,
				    .local_offset = id,
				    .len = 2};

		post_send(p->ca, id, text);
		ck_assert_int_eq(fab_post(p->ca, &rd, 1, &e), 0);
	}
	for (uint64_t id = 0; id < 20; id++)
		expect_done(p->a, id, FAB_OK);
	ck_assert_int_eq(memcmp(local->at, remote->at, 20), 0);
	for (uint64_t id = 0; id < 20; id += 2) {
		struct fab_event ev = expect(p->b, FAB_RECV);

		ck_assert_uint_eq(ev.msg.len, 1);
		ck_assert_uint_eq(ev.msg.at[0], 'a' + id);
	}
}

START_TEST(impatience_repeats_but_nothing_arrives_twice)
{
	static uint8_t theirs[64], ours[64];
	struct sim_options o;
	struct pair p;
	struct err e;
	struct fab_region *remote, *local;

	sim_options_default(&o);
	o.latency_ns = 300 * NS_PER_US;
	o.jitter_ns = 900 * NS_PER_US; /* a round trip of 0.6 to 2.4 ms */
	for (size_t i = 0; i < sizeof(theirs); i++)
		theirs[i] = (uint8_t)(i + 1);
	for (o.seed = 1; o.seed <= 20; o.seed++) {
		pair_open(&p, &o);
		p.pa.ack_timeout = 8; /* 1.05 ms */
		p.pa.retry_cnt = 3;   /* of each message, not of the connection's life */
		p.pa.initiator_depth = o.seed % 2 ? 2 : 16;
		pair_join(&p);
		remote = fab_register(p.cb, theirs, 64, FAB_REMOTE_READ, false, &e);
		local = fab_register(p.ca, ours, 64, FAB_LOCAL_ONLY, false, &e);
		for (int round = 0; round < 6; round++)
			impatient_round(&p, remote, local);
		expect_quiet(p.a, NS_PER_S);
		expect_quiet(p.b, NS_PER_S);
		pair_close(&p);
	}
}
END_TEST

/* ---- reads and memory ---- */

static uint64_t time_of_reads(uint8_t depth)
{
	static uint8_t theirs[64], ours[64];
	struct pair p;
	struct fab_region *remote, *local;
	struct fab_wr wr[4];
	struct err e;
	uint64_t start, end = 0;

	pair_open(&p, NULL);
	p.pa.initiator_depth = depth;
	pair_join(&p);
	remote = fab_register(p.cb, theirs, 64, FAB_REMOTE_READ, false, &e);
	local = fab_register(p.ca, ours, 64, FAB_LOCAL_ONLY, false, &e);
	for (uint64_t i = 0; i < 4; i++)
		wr[i] = (struct fab_wr){.op = FAB_READ,
					.id = i,
					.peer_key = remote->key,
					.peer_addr = remote->addr,
					.local = local,
					.len = 8};
	start = fab_now(p.a);
	ck_assert_int_eq(fab_post(p.ca, wr, 4, &e), 0);
	post_send(p.ca, 4, "behind");
	for (uint64_t i = 0; i < 4; i++)
		end = expect_done(p.a, i, FAB_OK).time;
	expect_done(p.a, 4, FAB_OK);
	pair_close(&p);
	return end - start;
}

START_TEST(reads_wait_for_their_depth)
{
	ck_assert_uint_eq(time_of_reads(1), 4 * 2 * LATENCY);
	ck_assert_uint_eq(time_of_reads(2), 2 * 2 * LATENCY + 200);
	ck_assert_uint_eq(time_of_reads(4), 2 * LATENCY + 3 * 200);
}
END_TEST

START_TEST(a_read_shows_memory_as_it_is_served)
{
	static uint8_t theirs[1], ours[1];
	struct pair p;
	struct fab_region *remote, *local;
	struct err e;

	pair_open(&p, NULL);
	pair_join(&p);
	remote = fab_register(p.cb, theirs, 1, FAB_REMOTE_READ, false, &e);
	local = fab_register(p.ca, ours, 1, FAB_LOCAL_ONLY, false, &e);
	theirs[0] = 'o';
	ours[0] = 0;
	ck_assert_int_eq(fab_post(p.ca,
				  &(struct fab_wr){.op = FAB_READ,
						   .id = 1,
						   .peer_key = remote->key,
						   .peer_addr = remote->addr,
						   .local = local,
						   .len = 1},
				  1, &e),
			 0);
	expect_quiet(p.a, LATENCY - 1);
	theirs[0] = 'n'; /* just in time */
	expect_quiet(p.a, 2);
	theirs[0] = 'x'; /* too late */
	ck_assert_uint_eq(ours[0], 0);
	expect_done(p.a, 1, FAB_OK);
	ck_assert_uint_eq(ours[0], 'n');
	pair_close(&p);
}
END_TEST

START_TEST(our_own_bad_range_is_ours)
{
	static uint8_t theirs[16], ours[16];
	struct pair p;
	struct fab_region *remote, *local;
	struct fab_wr wr;
	struct err e;

	pair_open(&p, NULL);
	pair_join(&p);
	remote = fab_register(p.cb, theirs, 16, FAB_REMOTE_WRITE, false, &e);
	local = fab_register(p.ca, ours, 16, FAB_LOCAL_ONLY, false, &e);
	wr = (struct fab_wr){.op = FAB_WRITE,
			     .id = 2,
			     .peer_key = remote->key,
			     .peer_addr = remote->addr,
			     .local = local,
			     .local_offset = 9,
			     .len = 8};
	post_send(p.ca, 1, "before");
	ck_assert_int_eq(fab_post(p.ca, &wr, 1, &e), 0);
	post_send(p.ca, 3, "behind");
	expect_done(p.a, 1, FAB_OK); /* in order, though it failed before the answer came */
	expect_done(p.a, 2, FAB_LOCAL_PROTECTION);
	expect_done(p.a, 3, FAB_FLUSHED);
	expect(p.b, FAB_RECV);
	expect_quiet(p.b, NS_PER_MS);
	/* Regions of another connection, or none: refused before anything is posted. */
	wr.local = remote;
	ck_assert_int_eq(fab_post(p.ca, &wr, 1, &e), -1);
	wr.local = NULL;
	ck_assert_int_eq(fab_post(p.ca, &wr, 1, &e), -1);
	pair_close(&p);
}
END_TEST

START_TEST(keys_are_of_one_connection_and_one_life)
{
	static uint8_t theirs[16], ours[16];
	struct pair p;
	struct fab_region *remote, *local;
	struct fab_conn *first, *second_b;
	struct err e;
	uint32_t key;
	uint64_t addr;

	for (int other_connection = 0; other_connection < 2; other_connection++) {
		pair_open(&p, NULL);
		pair_join(&p);
		first = p.cb;
		pair_join(&p);
		second_b = p.cb;
		remote = fab_register(other_connection ? first : second_b, theirs, 16,
				      FAB_REMOTE_WRITE, false, &e);
		local = fab_register(p.ca, ours, 16, FAB_LOCAL_ONLY, false, &e);
		key = remote->key;
		addr = remote->addr;
		if (!other_connection) {
			fab_unregister(remote);
			remote = fab_register(second_b, theirs, 16, FAB_REMOTE_WRITE, false, &e);
			ck_assert_uint_ne(remote->key, key);
			addr = remote->addr;
		}
		ck_assert_int_eq(fab_post(p.ca,
					  &(struct fab_wr){.op = FAB_WRITE,
							   .id = 1,
							   .peer_key = key,
							   .peer_addr = addr,
							   .local = local,
							   .len = 1},
					  1, &e),
				 0);
		expect_done(p.a, 1, FAB_REMOTE_ACCESS);
		pair_close(&p);
	}
}
END_TEST

START_TEST(a_window_goes_only_once)
{
	static uint8_t theirs[16];
	struct pair p;
	struct fab_region *window;
	struct fab_event ev;
	struct fab_wr inv = {.op = FAB_SEND_INV, .id = 1};
	struct err e;

	pair_open(&p, NULL);
	p.pb.recv_initial = 3;
	pair_join(&p);
	window = fab_register(p.cb, theirs, 16, FAB_REMOTE_WRITE, true, &e);
	expect(p.b, FAB_DONE);
	inv.peer_key = window->key;
	ck_assert_int_eq(fab_post(p.ca, &inv, 1, &e), 0);
	ck_assert_int_eq(fab_post(p.ca, &inv, 1, &e), 0);
	ev = expect(p.b, FAB_RECV);
	ck_assert(ev.invalidated && ev.invalidated_key == window->key && !window->valid);
	ev = expect(p.b, FAB_RECV_FAILED);
	ck_assert_int_eq(ev.status, FAB_REMOTE_INVALID);
	ck_assert_int_eq(expect(p.b, FAB_RECV_FAILED).status, FAB_FLUSHED);
	/* As on Soft-RoCE the sender's is acknowledged; only the owner of the key ends. */
	expect_done(p.a, 1, FAB_OK);
	expect_done(p.a, 1, FAB_OK);
	ck_assert(fab_conn_up(p.ca) && !fab_conn_up(p.cb));
	ck_assert_int_eq(fab_invalidate(window, &e), -1);
	pair_close(&p);
}
END_TEST

START_TEST(addresses_tell_nothing_of_the_machine)
{
	uint64_t seen[2];
	uint32_t keys[2];

	for (int i = 0; i < 2; i++) {
		struct pair p;
		struct err e;
		size_t size = i ? 100000 : 100;
		uint8_t *at = malloc(size);
		struct fab_region *r, *r2;

		pair_open(&p, NULL);
		pair_join(&p);
		r = fab_register(p.ca, at, 100, FAB_REMOTE_READ, false, &e);
		r2 = fab_register(p.ca, at, 100, FAB_REMOTE_READ, false, &e);
		ck_assert_uint_ge(r2->addr, r->addr + 100);
		ck_assert_uint_ne(r2->key, r->key);
		seen[i] = r->addr;
		keys[i] = r->key;
		pair_close(&p);
		free(at);
	}
	ck_assert_uint_eq(seen[0], seen[1]);
	ck_assert_uint_eq(keys[0], keys[1]);
}
END_TEST

START_TEST(writes_of_every_length_stay_inside)
{
	/* Every offset and length of a write into 8 bytes, most of them illegal: memory beyond
	 * never changes. */
	for (uint64_t offset = 0; offset < 10; offset++) {
		for (size_t len = 0; len < 10; len++) {
			uint8_t box[24], ours[16];
			struct pair p;
			struct fab_region *remote, *local;
			struct err e;
			bool legal = !len || offset + len <= 8;

			memset(box, 0xca, sizeof(box));
			memset(ours, 0x11, sizeof(ours));
			pair_open(&p, NULL);
			pair_join(&p);
			remote = fab_register(p.cb, box + 8, 8, FAB_REMOTE_WRITE, false, &e);
			local = fab_register(p.ca, ours, 16, FAB_LOCAL_ONLY, false, &e);
			ck_assert_int_eq(
				fab_post(p.ca,
					 &(struct fab_wr){.op = FAB_WRITE,
							  .peer_key = remote->key,
							  .peer_addr = remote->addr + offset,
							  .local = local,
							  .len = len},
					 1, &e),
				0);
			expect_done(p.a, 0, legal ? FAB_OK : FAB_REMOTE_ACCESS);
			for (size_t i = 0; i < sizeof(box); i++) {
				bool written = legal && i >= 8 + offset && i < 8 + offset + len;

				ck_assert_uint_eq(box[i], written ? 0x11 : 0xca);
			}
			pair_close(&p);
		}
	}
}
END_TEST

/* ---- connections ---- */

START_TEST(unknown_host_is_unreachable)
{
	struct pair p;
	struct fab_event ev;
	struct err e;

	pair_open(&p, NULL);
	ck_assert_ptr_nonnull(fab_connect(p.a, "nowhere", 860, &p.pa, &e));
	ev = expect(p.a, FAB_UNREACHABLE);
	ck_assert_int_eq(ev.reason, -EHOSTUNREACH);
	ck_assert_str_eq(ev.name, "RDMA_CM_EVENT_ADDR_ERROR");
	pair_close(&p);
}
END_TEST

START_TEST(a_request_that_nobody_answers_times_out)
{
	struct pair p;
	struct fab_event ev;
	struct err e;

	pair_open(&p, NULL);
	p.ca = fab_connect(p.a, "b", 860, &p.pa, &e);
	p.cb = expect(p.b, FAB_CONNECT_REQUEST).conn;
	ev = expect(p.a, FAB_UNREACHABLE);
	ck_assert_int_eq(ev.reason, -ETIMEDOUT);
	pair_close(&p);
}
END_TEST

START_TEST(freeing_a_request_rejects_it)
{
	struct pair p;
	struct err e;

	pair_open(&p, NULL);
	p.ca = fab_connect(p.a, "b", 860, &p.pa, &e);
	p.cb = expect(p.b, FAB_CONNECT_REQUEST).conn;
	fab_conn_free(p.cb);
	ck_assert_int_eq(expect(p.a, FAB_REJECTED).reason, 28);
	/* The one who asked went away before it was heard. */
	fab_conn_free(fab_connect(p.a, "b", 860, &p.pa, &e));
	expect_quiet(p.b, NS_PER_S);
	/* And after. */
	p.ca = fab_connect(p.a, "b", 860, &p.pa, &e);
	p.cb = expect(p.b, FAB_CONNECT_REQUEST).conn;
	fab_conn_free(p.ca);
	ck_assert_int_eq(expect(p.b, FAB_REJECTED).reason, 4);
	ck_assert_int_eq(fab_accept(p.cb, &p.pb, &e), -1);
	pair_close(&p);
}
END_TEST

START_TEST(both_disconnect_at_once)
{
	struct pair p;
	struct err e;

	pair_open(&p, NULL);
	p.pa.recv_initial = p.pb.recv_initial = 0;
	pair_join(&p);
	ck_assert_int_eq(fab_disconnect(p.ca, &e), 0);
	ck_assert_int_eq(fab_disconnect(p.cb, &e), 0);
	ck_assert_int_eq(fab_disconnect(p.cb, &e), -1);
	expect(p.a, FAB_DISCONNECTED);
	expect(p.b, FAB_DISCONNECTED);
	expect_quiet(p.a, NS_PER_S);
	expect_quiet(p.b, NS_PER_S);
	pair_close(&p);
}
END_TEST

START_TEST(what_was_posted_before_a_disconnect_arrives)
{
	struct pair p;
	struct err e;

	pair_open(&p, NULL);
	p.pb.recv_initial = 2;
	pair_join(&p);
	post_send(p.ca, 1, "bye");
	post_send(p.ca, 2, "bye");
	ck_assert_int_eq(fab_disconnect(p.ca, &e), 0);
	expect(p.b, FAB_RECV);
	expect(p.b, FAB_RECV);
	expect(p.b, FAB_DISCONNECTED);
	pair_close(&p);
}
END_TEST

START_TEST(a_vanished_peer_does_not_answer_a_disconnect)
{
	/* Freeing the connection answers for it; else the CM's patience ends: 16 times 4.3 s. */
	for (int freed = 0; freed < 2; freed++) {
		struct pair p;
		struct fab_event ev;
		struct err e;
		uint64_t start;

		pair_open(&p, NULL);
		p.pa.recv_initial = 0;
		pair_join(&p);
		fab_vanish(p.cb);
		expect_quiet(p.a, 10 * NS_PER_S);
		start = fab_now(p.a);
		ck_assert_int_eq(fab_disconnect(p.ca, &e), 0);
		expect(p.b, FAB_DISCONNECTED);
		expect_quiet(p.a, NS_PER_S);
		if (freed)
			fab_conn_free(p.cb);
		ev = expect(p.a, FAB_DISCONNECTED);
		ck_assert_int_eq(ev.reason, freed ? 0 : -ETIMEDOUT);
		if (freed)
			ck_assert_uint_lt(ev.time - start, 2 * NS_PER_S);
		else
			ck_assert_uint_eq(ev.time - start, 16 * (4096ull << 20));
		expect_quiet(p.a, 100 * NS_PER_S);
		pair_close(&p);
	}
}
END_TEST

START_TEST(who_has_no_queue_pair_cannot_accept)
{
	for (int broken = 0; broken < 2; broken++) {
		struct pair p;
		struct err e;

		pair_open(&p, NULL);
		p.ca = fab_connect(p.a, "b", 860, &p.pa, &e);
		p.cb = expect(p.b, FAB_CONNECT_REQUEST).conn;
		if (broken)
			ck_assert_int_eq(fab_break(p.cb, &e), 0);
		else
			fab_vanish(p.cb);
		ck_assert_int_eq(fab_accept(p.cb, &p.pb, &e), -1);
		ck_assert_int_eq(fab_reject(p.cb, NULL, 0, &e), 0);
		expect(p.a, FAB_REJECTED);
		pair_close(&p);
	}
}
END_TEST

START_TEST(ports)
{
	struct pair p;
	struct fabric *twin, *free_port;
	struct err e;

	pair_open(&p, NULL);
	ck_assert_int_eq(fab_listen(p.b, NULL, 861, NULL, &e), -1);
	ck_assert_int_eq(e.errnum, EADDRINUSE);
	twin = sim_endpoint(p.sim, "b", NULL, NULL, NULL);
	ck_assert_int_eq(fab_listen(twin, NULL, 860, NULL, &e), -1);
	ck_assert_int_eq(fab_listen(twin, NULL, 0, NULL, &e), 0);
	ck_assert_uint_ne(fab_listen_port(twin), 0);
	free_port = sim_endpoint(p.sim, "b", NULL, NULL, NULL);
	ck_assert_int_eq(fab_listen(free_port, NULL, 0, NULL, &e), 0);
	ck_assert_uint_ne(fab_listen_port(free_port), fab_listen_port(twin));
	ck_assert_ptr_nonnull(fab_connect(p.a, "b", fab_listen_port(twin), &p.pa, &e));
	expect(twin, FAB_CONNECT_REQUEST);
	pair_close(&p);
}
END_TEST

START_TEST(parameters_that_cannot_be_are_refused)
{
	struct pair p;
	struct err e;

	pair_open(&p, NULL);
	p.pa.rnr_retry = 8;
	ck_assert_ptr_null(fab_connect(p.a, "b", 860, &p.pa, &e));
	fab_params_default(&p.pa);
	p.pa.private_data_len = sizeof(p.pa.private_data) + 1;
	ck_assert_ptr_null(fab_connect(p.a, "b", 860, &p.pa, &e));
	fab_params_default(&p.pa);
	p.pa.recv_initial = p.pa.recv_depth + 1;
	ck_assert_ptr_null(fab_connect(p.a, "b", 860, &p.pa, &e));
	fab_params_default(&p.pa);
	pair_join(&p);
	ck_assert_int_eq(fab_post_recv(p.ca, p.pa.recv_depth, &e), -1);
	ck_assert_int_eq(e.errnum, ENOMEM);
	ck_assert_int_eq(fab_post(p.ca, &(struct fab_wr){.op = FAB_BIND}, 1, &e), -1);
	pair_close(&p);
}
END_TEST

START_TEST(ends_with_everything_under_way)
{
	/* Nothing to assert but that no memory leaks and none is used after it is freed. */
	for (uint64_t when = 0; when < 12000; when += 500) {
		struct pair p;
		struct err e;
		static uint8_t ours[8];
		struct fab_event ev;

		pair_open(&p, NULL);
		pair_join(&p);
		fab_register(p.ca, ours, 8, FAB_REMOTE_READ, true, &e);
		fab_timer(p.a, fab_now(p.a) + 9000, 1, p.ca);
		for (uint64_t i = 0; i < 70; i++)
			post_send(p.ca, i, "x"); /* six more than b has receives for */
		post_send(p.cb, 1, "y");
		fab_connect(p.b, "a", 1, &p.pb, &e);
		fab_connect(p.a, "b", 860, &p.pa, &e);
		for (uint64_t end = fab_now(p.a) + when; fab_now(p.a) < end;)
			fab_wait(p.a, end, &ev);
		if (when % 1000)
			fab_close(p.b);
		fab_wait(p.a, fab_now(p.a) + 3000, &ev);
		pair_close(&p);
	}
}
END_TEST

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
	enum { ROUNDS = 20000 };
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
	while (received < ROUNDS) {
		ev = next(f);
		if (ev.kind != FAB_RECV)
			continue;
		received++;
		ck_assert_int_eq(fab_post_recv(c, 1, &e), 0);
		ck_assert_int_eq(
			fab_post(c, &(struct fab_wr){.op = FAB_SEND, .msg = ev.msg}, 1, &e), 0);
	}
	ck_assert_uint_ge(m.received, ROUNDS);
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
	for (uint64_t seed = 2; seed < 8; seed++)
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
	for (o.seed = 0; o.seed < 20; o.seed++) {
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

/* ---- what the log shows ---- */

START_TEST(the_log_tells_the_story)
{
	static const struct {
		enum log_kind kind;
		const char *name, *status;
	} story[] = {
		{LOG_POST_RECV, "recv", NULL},	  {LOG_CM, "connect", NULL},
		{LOG_CM, "established", NULL},	  {LOG_MEMORY, "register", NULL},
		{LOG_POST, "send", NULL},	  {LOG_POST, "send-imm", NULL},
		{LOG_RECV, "recv", NULL},	  {LOG_DONE, "send", "ok"},
		{LOG_DONE, "send-imm", "ok"},	  {LOG_TIMER, "timer", NULL},
		{LOG_MEMORY, "unregister", NULL}, {LOG_CM, "disconnect", NULL},
		{LOG_DONE, "recv", "flushed"},	  {LOG_CM, "disconnected", NULL},
		{LOG_CM, "free", NULL},
	};
	static uint8_t memory[8];
	struct pair p;
	struct fab_region *r;
	struct fab_event ev;
	struct fab_wr wr[2] = {
		{.op = FAB_SEND, .id = 1, .msg = {(const uint8_t *)"a", 1}},
		{.op = FAB_SEND_IMM, .id = 2, .msg = {(const uint8_t *)"b", 1}, .imm = 5}};
	struct err e;
	size_t n = sizeof(story) / sizeof(*story);
	uint64_t last = 0;

	pair_open(&p, NULL);
	p.pa.recv_initial = 2;
	pair_join(&p);
	r = fab_register(p.ca, memory, 8, FAB_REMOTE_READ, false, &e);
	post_send(p.cb, 1, "ping");
	ck_assert_int_eq(fab_post(p.ca, wr, 2, &e), 0);
	ev = expect(p.a, FAB_RECV);
	ck_assert_ptr_eq(ev.msg.at, log_at(p.log, 6)->bytes.at); /* the log's copy, no other */
	expect(p.a, FAB_DONE);
	expect(p.a, FAB_DONE);
	fab_timer(p.a, fab_now(p.a) + 5, 77, p.ca);
	expect(p.a, FAB_TIMER);
	fab_unregister(r);
	ck_assert_int_eq(fab_disconnect(p.ca, &e), 0);
	expect(p.a, FAB_RECV_FAILED);
	expect(p.a, FAB_DISCONNECTED);
	fab_conn_free(p.ca);

	ck_assert_uint_eq(log_count(p.log), n);
	for (size_t i = 0; i < n; i++) {
		const struct log_event *le = log_at(p.log, i);

		ck_assert_str_eq(log_kind_name(le->kind), log_kind_name(story[i].kind));
		ck_assert_str_eq(le->name, story[i].name);
		ck_assert_pstr_eq(le->status, story[i].status);
		ck_assert_uint_eq(le->conn, 1);
		ck_assert_uint_ge(le->time, last);
		last = le->time;
	}
	ck_assert_int_eq(log_at(p.log, 5)->a, 1); /* second of a chain of two */
	ck_assert_int_eq(log_at(p.log, 5)->b, 2);
	ck_assert_uint_eq(log_at(p.log, 5)->imm, 5);
	ck_assert_uint_eq(log_at(p.log, 6)->bytes.len, 4);
	ck_assert_int_eq(log_at(p.log, 6)->b, 1); /* one of two receives is left */
	ck_assert_uint_eq(log_at(p.log, 9)->id, 77);
	ck_assert_str_eq(log_at(p.log, 12)->text, "Work Request Flushed Error");
	ck_assert_str_eq(log_at(p.log, 13)->text, "RDMA_CM_EVENT_DISCONNECTED");
	pair_close(&p);
}
END_TEST

Suite *sim_suite(void)
{
	Suite *s = suite_create("sim");
	TCase *t = tcase_create("time");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_message_takes_its_latency);
	tcase_add_test(t, waiting_moves_the_clock_to_the_deadline);
	tcase_add_test(t, timers_fire_in_order);
	tcase_add_test(t, a_freed_connection_is_silent);
	suite_add_tcase(s, t);
	t = tcase_create("retries");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, rnr_retries_are_counted);
	tcase_add_test(t, an_rnr_count_is_each_messages_own);
	tcase_add_test(t, rnr_timer_codes);
	tcase_add_test(t, a_peer_that_is_gone_costs_all_retries);
	tcase_add_test(t, impatience_repeats_but_nothing_arrives_twice);
	suite_add_tcase(s, t);
	t = tcase_create("memory");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, reads_wait_for_their_depth);
	tcase_add_test(t, a_read_shows_memory_as_it_is_served);
	tcase_add_test(t, our_own_bad_range_is_ours);
	tcase_add_test(t, keys_are_of_one_connection_and_one_life);
	tcase_add_test(t, a_window_goes_only_once);
	tcase_add_test(t, addresses_tell_nothing_of_the_machine);
	tcase_add_test(t, writes_of_every_length_stay_inside);
	suite_add_tcase(s, t);
	t = tcase_create("connections");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, unknown_host_is_unreachable);
	tcase_add_test(t, a_request_that_nobody_answers_times_out);
	tcase_add_test(t, freeing_a_request_rejects_it);
	tcase_add_test(t, both_disconnect_at_once);
	tcase_add_test(t, what_was_posted_before_a_disconnect_arrives);
	tcase_add_test(t, a_vanished_peer_does_not_answer_a_disconnect);
	tcase_add_test(t, who_has_no_queue_pair_cannot_accept);
	tcase_add_test(t, ports);
	tcase_add_test(t, parameters_that_cannot_be_are_refused);
	tcase_add_test(t, ends_with_everything_under_way);
	suite_add_tcase(s, t);
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
	t = tcase_create("log");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_log_tells_the_story);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a simulated queue pair does with retries, reads, keys and windows. */
#include <stdlib.h>
#include <string.h>

#include "sim_pair.h"
#include "suites.h"

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

Suite *sim_transport_suite(void)
{
	Suite *s = suite_create("sim_transport");
	TCase *t;

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
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What only the simulator can promise: exact times, every way to begin and end, a log that tells it
 * all. */
#include <errno.h>
#include <stdlib.h>

#include "sim_pair.h"
#include "suites.h"

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

/* ---- what the log shows ---- */

START_TEST(the_log_tells_the_story)
{
	static const struct {
		enum log_kind kind;
		const char *name, *status;
	} story[] = {
		{LOG_POST_RECV, "recv", NULL},
		{LOG_CM, "connect", NULL},
		{LOG_CM, "established", NULL},
		{LOG_MEMORY, "register", NULL},
		{LOG_POST, "send", NULL},
		{LOG_POST, "send-imm", NULL},
		{LOG_RECV, "recv", NULL},
		{LOG_DONE, "send", "ok"},
		{LOG_DONE, "send-imm", "ok"},
		{LOG_TIMER, "timer", NULL},
		{LOG_MEMORY, "unregister", NULL},
		{LOG_CM, "disconnect", NULL},
		{LOG_CM, "end", NULL},
		{LOG_DONE, "recv", "flushed"},
		{LOG_CM, "disconnected", NULL},
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
	ck_assert_str_eq(log_at(p.log, 13)->text, "Work Request Flushed Error");
	ck_assert_str_eq(log_at(p.log, 14)->text, "RDMA_CM_EVENT_DISCONNECTED");
	pair_close(&p);
}
END_TEST

Suite *sim_suite(void)
{
	Suite *s = suite_create("sim");
	TCase *t;

	t = tcase_create("time");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, a_message_takes_its_latency);
	tcase_add_test(t, waiting_moves_the_clock_to_the_deadline);
	tcase_add_test(t, timers_fire_in_order);
	tcase_add_test(t, a_freed_connection_is_silent);
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
	t = tcase_create("log");
	tcase_set_timeout(t, 60);
	tcase_add_test(t, the_log_tells_the_story);
	suite_add_tcase(s, t);
	return s;
}

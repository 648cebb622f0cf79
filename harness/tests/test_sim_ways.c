/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Queue pairs whose messages, bytes and receives are their embedder's (struct sim_qp_ways), as in
 * softverbs: two of them that know each other by nothing but what is carried.
 */
#include <stdlib.h>
#include <string.h>

#include "../fabric/sim/core.h"
#include "suites.h"

enum { LEN = 8 };

struct side {
	struct sim_qp qp;
	struct side *other;
	struct sim_message *under_way[16]; /* what this one sent, oldest first */
	size_t count, carried, asked;
	uint8_t memory[LEN];	 /* what its Sends take along, and where its Reads go */
	bool no_memory;		 /* it has none */
	enum fab_status refuses; /* what it makes of the next message */
	uint8_t landed[LEN];
	struct sim_cqe done[8];
	size_t done_count;
};

static struct sim_clock clock_of_both;
static struct sim_keys keys;
static struct sim_qp_counters counters;
static struct sim_link wire;

static struct side *side_of(struct sim_qp *qp)
{
	return SIM_CONTAINER(qp, struct side, qp);
}

static void carry(struct sim_qp *qp, struct sim_message *m)
{
	struct side *s = side_of(qp);

	ck_assert_uint_lt(s->count, 16);
	s->under_way[s->count++] = m;
	s->carried++;
}

static struct sim_payload *gather(struct sim_qp *qp, const struct sim_send_wr *wr)
{
	struct side *s = side_of(qp);

	return s->no_memory ? NULL : sim_payload_new(s->memory, wr->len);
}

static bool scatter(struct sim_qp *qp, const struct sim_send_wr *wr, struct bytes b)
{
	struct side *s = side_of(qp);

	if (b.at)
		memcpy(s->memory, b.at, wr->len);
	return !s->no_memory;
}

static enum fab_status land(struct sim_qp *qp, struct bytes msg)
{
	struct side *s = side_of(qp);

	if (s->refuses == FAB_OK)
		memcpy(s->landed, msg.at, msg.len);
	return s->refuses;
}

static enum fab_status locally(struct sim_qp *qp, const struct sim_send_wr *wr)
{
	(void)qp;
	return wr->op == FAB_BIND ? FAB_MW_BIND : FAB_OK;
}

static void complete(struct sim_qp *qp, const struct sim_cqe *e)
{
	struct side *s = side_of(qp);

	ck_assert_uint_lt(s->done_count, 8);
	s->done[s->done_count++] = *e;
}

static void release(struct sim_qp *qp)
{
	(void)qp;
}

static bool ask(struct sim_qp *qp)
{
	side_of(qp)->asked++;
	return true;
}

static const struct sim_qp_ways ways = {carry, gather, scatter, land, locally, ask};

static void side_open(struct side *s, struct side *other)
{
	*s = (struct side){.other = other};
	s->qp = (struct sim_qp){
		.clock = &clock_of_both,
		.link = &wire,
		.keys = &keys,
		.counters = &counters,
		.ways = &ways,
		.complete = complete,
		.release = release,
	};
	fab_params_default(&s->qp.attr);
	sim_qp_init(&s->qp);
	sim_qp_ready(&s->qp);
	sim_qp_post_recv(&s->qp, 2);
}

static void both_open(struct side *a, struct side *b)
{
	sim_clock_init(&clock_of_both, 1);
	sim_keys_init(&keys, &clock_of_both);
	side_open(a, b);
	side_open(b, a);
}

static void side_close(struct side *s)
{
	sim_qp_destroy(&s->qp);
	for (size_t i = 0; i < s->count; i++)
		sim_message_free(s->under_way[i]);
}

static void both_close(struct side *a, struct side *b)
{
	side_close(a);
	side_close(b);
	sim_keys_free(&keys);
	sim_clock_free(&clock_of_both);
}

/* The oldest that this side sent arrives. */
static void deliver(struct side *s)
{
	struct sim_message *m = s->under_way[0];

	ck_assert_uint_gt(s->count, 0);
	memmove(s->under_way, s->under_way + 1, --s->count * sizeof(struct sim_message *));
	m->to = sim_qp_ref(&s->other->qp);
	sim_message_arrives(m);
}

static void send_is_carried_and_lands(struct side *a, struct side *b)
{
	const struct sim_send_wr wr = {.op = FAB_SEND, .id = 7, .len = 5};

	memcpy(a->memory, "words", 5);
	ck_assert_int_eq(sim_qp_post_send(&a->qp, &wr, 1), 0);
	memcpy(a->memory, "later", 5); /* it has left */
	deliver(a);
	ck_assert_int_eq(memcmp(b->landed, "words", 5), 0);
	ck_assert(b->done_count == 1 && b->done[0].recv && b->done[0].status == FAB_OK);
	ck_assert_uint_eq(a->done_count, 0);
	deliver(b);
	ck_assert(a->done_count == 1 && a->done[0].id == 7 && a->done[0].status == FAB_OK);
}

START_TEST(a_send)
{
	struct side a, b;

	both_open(&a, &b);
	send_is_carried_and_lands(&a, &b);
	both_close(&a, &b);
}
END_TEST

START_TEST(what_is_not_there_fails_in_its_turn)
{
	const struct sim_send_wr wr[] = {{.op = FAB_INVALIDATE, .id = 1},
					 {.op = FAB_SEND, .id = 2, .len = 5}};
	struct side a, b;

	both_open(&a, &b);
	a.no_memory = true;
	ck_assert_int_eq(sim_qp_post_send(&a.qp, wr, 2), 0);
	ck_assert_uint_eq(a.carried, 0);
	/* And its receives are flushed. */
	ck_assert_uint_eq(a.done_count, 4);
	ck_assert(a.done[0].id == 1 && a.done[0].status == FAB_OK);
	ck_assert(a.done[1].id == 2 && a.done[1].status == FAB_LOCAL_PROTECTION);
	ck_assert(a.done[2].recv && a.done[2].status == FAB_FLUSHED);
	both_close(&a, &b);
}
END_TEST

START_TEST(a_receive_that_does_not_take_it)
{
	const struct sim_send_wr wr = {.op = FAB_SEND, .id = 2, .len = 5};
	struct side a, b;

	both_open(&a, &b);
	b.refuses = FAB_REMOTE_INVALID;
	ck_assert_int_eq(sim_qp_post_send(&a.qp, &wr, 1), 0);
	deliver(&a);
	ck_assert(b.done[0].recv && b.done[0].status == FAB_REMOTE_INVALID);
	ck_assert_int_eq(b.qp.state, SIM_QP_ERROR);
	deliver(&b);
	ck_assert(a.done[0].id == 2 && a.done[0].status == FAB_REMOTE_INVALID);
	both_close(&a, &b);
}
END_TEST

START_TEST(a_fence_waits_for_reads)
{
	struct side a, b;
	struct sim_key *k;

	both_open(&a, &b);
	k = sim_key_new(&keys);
	*k = (struct sim_key){.key = k->key,
			      .valid = true,
			      .access = FAB_REMOTE_READ,
			      .at = b.memory,
			      .len = LEN};
	memcpy(b.memory, "readable", LEN);
	const struct sim_send_wr wr[] = {
		{.op = FAB_READ, .id = 1, .peer_key = k->key, .len = LEN},
		{.op = FAB_SEND, .id = 2, .len = LEN, .fence = true},
	};
	ck_assert_int_eq(sim_qp_post_send(&a.qp, wr, 2), 0);
	ck_assert_uint_eq(a.carried, 1);
	deliver(&a);
	deliver(&b);
	/* The Send takes along what the Read has brought. */
	ck_assert_uint_eq(a.carried, 2);
	deliver(&a);
	ck_assert_int_eq(memcmp(b.landed, "readable", LEN), 0);
	both_close(&a, &b);
}
END_TEST

/* Time alone loses nothing: whoever is asked says what is lost. */
START_TEST(a_late_answer)
{
	const struct sim_send_wr wr = {.op = FAB_SEND, .id = 4, .len = 5};
	struct side a, b;

	both_open(&a, &b);
	a.qp.attr.retry_cnt = 1;
	sim_qp_ready(&a.qp);
	ck_assert_int_eq(sim_qp_post_send(&a.qp, &wr, 1), 0);
	ck_assert(sim_clock_step(&clock_of_both, FAB_FOREVER));
	ck_assert(!sim_clock_step(&clock_of_both, FAB_FOREVER));
	ck_assert(a.asked == 1 && a.carried == 1 && !a.done_count);
	deliver(&a);
	deliver(&b);
	ck_assert(a.done_count == 1 && a.done[0].status == FAB_OK);
	sim_qp_unanswered(&a.qp); /* what was asked about has its answer */
	ck_assert_uint_eq(a.carried, 1);
	/* And now what is lost: once more, and that was the last time. */
	ck_assert_int_eq(sim_qp_post_send(&a.qp, &wr, 1), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert(sim_clock_step(&clock_of_both, FAB_FOREVER));
		sim_qp_unanswered(&a.qp);
	}
	ck_assert_uint_eq(a.carried, 3);
	ck_assert(a.done[1].id == 4 && a.done[1].status == FAB_RETRY_EXCEEDED);
	both_close(&a, &b);
}
END_TEST

START_TEST(binds_are_the_embedders)
{
	const struct sim_send_wr wr = {.op = FAB_BIND, .id = 3};
	struct side a, b;

	both_open(&a, &b);
	ck_assert_int_eq(sim_qp_post_send(&a.qp, &wr, 1), 0);
	ck_assert(a.done[0].id == 3 && a.done[0].status == FAB_MW_BIND);
	both_close(&a, &b);
}
END_TEST

Suite *sim_ways_suite(void)
{
	Suite *s = suite_create("sim_ways");
	TCase *t = tcase_create("ways");

	tcase_add_test(t, a_send);
	tcase_add_test(t, what_is_not_there_fails_in_its_turn);
	tcase_add_test(t, a_receive_that_does_not_take_it);
	tcase_add_test(t, a_fence_waits_for_reads);
	tcase_add_test(t, a_late_answer);
	tcase_add_test(t, binds_are_the_embedders);
	suite_add_tcase(s, t);
	return s;
}

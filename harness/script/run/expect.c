/* SPDX-License-Identifier: BSD-2-Clause */
/* Expectations: what must come, what must not, and in which time. */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- waiting ---- */

static bool time_of(struct run *r, const struct expr *x, bool scaled, uint64_t *until)
{
	uint64_t t;
	if (!run_number(r, x, &t))
		return false;
	*until = run_now(r) + (scaled ? run_scaled(r, t) : t);
	return true;
}

/* Takes the first waiting message that fits. */
static struct message *take(struct run *r, const struct pattern *p)
{
	struct link *l = r->talk->link;
	for (size_t i = 0; l && i < l->message_count; i++) {
		struct message *m = &l->messages[i];
		if (m->taken || !run_fits(r, p, m))
			continue;
		m->taken = true;
		r->talk->got = *m;
		r->talk->has_got = true;
		return m;
	}
	return NULL;
}

static struct message *await_message(struct run *r, const struct pattern *p, uint64_t until)
{
	for (;;) {
		struct message *m = take(r, p);
		if (m || run_ended(r) || !r->talk->link || r->talk->link->over)
			return m;
		if (!run_step(r, until))
			return take(r, p);
	}
}

/* ---- the forms ---- */

enum flow run_nothing_seen(struct run *r, unsigned line)
{
	run_trouble(r, "nothing of it can be seen any more: %.200s", r->talk->link->over_how);
	return run_inconclusive(r, line);
}

static void tell_missed(struct run *r, const struct statement *s, const struct pdu_type *like)
{
	const struct message *m = run_nearest(r, like);
	const enum expect_kind kind = s->expect->kind;
	char text[4 * TEXT_MAX];
	if (kind == EXPECT_CLOSED || kind == EXPECT_OPEN)
		run_glance(r, s->said, run_link_state(r, text, sizeof(text)));
	else
		run_glance(r, s->said, m ? run_describe(m, text, sizeof(text)) : "nothing");
	r->told.response_event = m ? m->seq : 0;
	if (m && kind == EXPECT_MESSAGE)
		run_glance_misfit(r, &s->expect->pattern, m);
}

static enum flow missed(struct run *r, const struct statement *s, const struct pdu_type *like)
{
	char text[4 * TEXT_MAX];
	uint64_t seq = r->talk->link ? r->talk->link->over_seq : 0;
	if (run_ended(r))
		return run_inconclusive(r, s->line);
	if (r->untold)
		return run_cannot(r, s->line, r->untold);
	if (run_blind(r))
		return run_nothing_seen(r, s->line);
	tell_missed(r, s, like);
	return run_judge(r, run_verdict(r, &s->judgement), s->line, &s->judgement, &seq,
			 seq ? 1 : 0, "expected: %s; %s", s->said,
			 run_instead(r, like, text, sizeof(text)));
}

static enum flow expect_message(struct run *r, const struct statement *s, uint64_t until)
{
	const struct message *m = await_message(r, &s->expect->pattern, until);
	char text[TEXT_MAX];
	if (!m)
		return missed(r, s, s->expect->pattern.type);
	return run_judge(r, VERDICT_PASS, s->line, &s->judgement, &m->seq, 1, "%s",
			 run_describe(m, text, sizeof(text)));
}

static bool answers(const struct expect *x, const struct sent *q, const struct message *m)
{
	for (size_t i = 0; i < x->matching_count; i++) {
		const struct pdu_field *f = x->matching[i];
		const struct pdu_field *g = pdu_field_by_name(x->pattern.type, f->name);
		if (!g || pdu_get(&q->pdu, f) != pdu_get(&m->pdu, g))
			return false;
	}
	return true;
}

/* A message with the reserved tag asks for no answer: RFC 7143 11.18, 11.19. */
static bool asks(const struct expect *x, const struct sent *q)
{
	if (q->pdu.type != x->each)
		return false;
	for (size_t i = 0; i < x->matching_count; i++) {
		const char *name = x->matching[i]->name;
		if ((!strcmp(name, "ITT") || !strcmp(name, "TTT")) &&
		    pdu_get(&q->pdu, x->matching[i]) == TAG_NONE)
			return false;
	}
	return true;
}

static const struct message *take_answer(struct run *r, const struct expect *x,
					 const struct sent *q)
{
	struct link *l = r->talk->link;
	for (size_t i = 0; l && i < l->message_count; i++) {
		struct message *m = &l->messages[i];
		if (m->taken || !run_fits(r, &x->pattern, m) || !answers(x, q, m))
			continue;
		m->taken = true;
		r->talk->got = *m;
		r->talk->has_got = true;
		return m;
	}
	return NULL;
}

static enum flow expect_each(struct run *r, const struct statement *s, uint64_t until)
{
	const struct expect *x = s->expect;
	uint64_t events[8];
	size_t asked = 0, answered = 0;
	for (size_t i = 0; i < r->talk->chain_count; i++) {
		const struct sent *q = &r->talk->chain[i];
		if (!asks(x, q))
			continue;
		asked++;
		const struct message *m = take_answer(r, x, q);
		while (!m && !run_ended(r) && r->talk->link && !r->talk->link->over &&
		       run_step(r, until))
			m = take_answer(r, x, q);
		if (!m)
			m = take_answer(r, x, q);
		if (!m && !r->told_request)
			run_glance_request(r, q);
		if (!m)
			continue;
		if (answered < 8)
			events[answered] = m->seq;
		answered++;
	}
	if (run_ended(r))
		return run_inconclusive(r, s->line);
	if (!asked) {
		run_trouble(r, "no %s was sent that could be answered", x->each->name);
		return run_inconclusive(r, s->line);
	}
	if (r->untold)
		return run_cannot(r, s->line, r->untold);
	size_t proof = answered < 8 ? answered : 8;
	if (answered < asked && run_blind(r))
		return run_nothing_seen(r, s->line);
	if (answered == asked)
		return run_judge(r, VERDICT_PASS, s->line, &s->judgement, events, proof,
				 "all %zu answered", asked);
	if (r->talk->link && r->talk->link->over)
		events[proof < 8 ? proof++ : 7] = r->talk->link->over_seq;
	char text[4 * TEXT_MAX];
	snprintf(text, sizeof(text), "%zu of %zu answered", answered, asked);
	run_glance(r, s->said, text);
	return run_judge(r, run_verdict(r, &s->judgement), s->line, &s->judgement, events, proof,
			 "expected: %s; %zu of %zu answered; %s", s->said, answered, asked,
			 run_instead(r, x->pattern.type, text, sizeof(text)));
}

static enum flow expect_none(struct run *r, const struct statement *s, uint64_t until)
{
	const struct message *m = await_message(r, &s->expect->pattern, until);
	char text[2 * TEXT_MAX];
	if (run_ended(r))
		return run_inconclusive(r, s->line);
	if (r->untold)
		return run_cannot(r, s->line, r->untold);
	/* On a connection that is gone, silence proves nothing, nor does its end prove a message.
	 */
	if (!m && r->talk->link && r->talk->link->over)
		return run_nothing_seen(r, s->line);
	if (!m)
		return run_judge(r, VERDICT_PASS, s->line, &s->judgement, NULL, 0, "none came; %s",
				 run_link_state(r, text, sizeof(text)));
	run_glance(r, s->said, run_describe(m, text, sizeof(text)));
	return run_judge(r, run_verdict(r, &s->judgement), s->line, &s->judgement, &m->seq, 1,
			 "expected: %s; came: %s", s->said, run_describe(m, text, sizeof(text)));
}

/* Nothing more can be learned about the chain by waiting. */
static bool decided(const struct run *r, uint64_t want)
{
	if (run_delivered_least(r) >= want)
		return true;
	return fab_proves_delivery(r->env->fab) ? run_chain_done(r)
						: r->talk->link && r->talk->link->over;
}

/*
 * Over iWARP a missing receive buffer ends the connection, as the SUT itself can for reasons of its
 * own. What was not told apart is no accusation, and no pass.
 */
enum flow run_unclear(struct run *r, unsigned line, const struct judgement *j)
{
	static const char why[] = "the connection ended behind the messages: over iWARP a missing "
				  "receive buffer does that, and so may the SUT; this device does "
				  "not tell which";
	const struct judgement plain = {.rules = j->rules, .step = j->step};
	char text[TEXT_MAX], state[2 * TEXT_MAX];
	const uint64_t seq = r->talk->link->over_seq;
	if (run_blind(r))
		return run_nothing_seen(r, line);
	return run_judge(r, VERDICT_INFO, line, &plain, &seq, seq ? 1 : 0, "%s; %s; %s", why,
			 run_chain_text(r, text, sizeof(text)),
			 run_link_state(r, state, sizeof(state)));
}

static enum flow expect_delivered(struct run *r, const struct statement *s, uint64_t until)
{
	uint64_t want = r->talk->chain_count, events[2];
	if (!s->expect->all && !run_number(r, &s->expect->number, &want))
		return run_inconclusive(r, s->line);
	if (!r->talk->chain_count) {
		run_trouble(r, "nothing was sent that could be delivered");
		return run_inconclusive(r, s->line);
	}
	if (want > r->talk->chain_count) {
		run_trouble(r, "%" PRIu64 " messages cannot be delivered: %zu were sent", want,
			    r->talk->chain_count);
		return run_inconclusive(r, s->line);
	}
	while (!decided(r, want) && !run_ended(r) && run_step(r, until))
		continue;
	if (run_ended(r))
		return run_inconclusive(r, s->line);
	if (run_now(r) >= until)
		run_chain_settle(r);
	char text[TEXT_MAX], state[2 * TEXT_MAX];
	run_chain_text(r, text, sizeof(text));
	size_t n = run_chain_proof(r, events);
	if (run_delivered_least(r) < want && run_delivered_most(r) >= want)
		return run_unclear(r, s->line, &s->judgement);
	if (run_delivered_least(r) >= want)
		return run_judge(r, VERDICT_PASS, s->line, &s->judgement, events, n, "%s", text);
	/* Whoever closes the connection has not said that there was no buffer. */
	if (run_blind(r) || (!run_chain_rnr(r) && run_closed(r)))
		return run_nothing_seen(r, s->line);
	run_glance(r, s->said, text);
	for (size_t i = 0; i < r->talk->chain_count && !r->told_request; i++)
		if (r->talk->chain[i].done && r->talk->chain[i].status != FAB_OK)
			run_glance_request(r, &r->talk->chain[i]);
	return run_judge(r, run_verdict(r, &s->judgement), s->line, &s->judgement, events, n,
			 "%s; %s", text, run_link_state(r, state, sizeof(state)));
}

/*
 * Over iWARP a refused operation ends the connection. A write completes when it has left: that it
 * was let through shows where the connection stands long after. False: the end has another name.
 */
static bool rdma_outcome(struct run *r, uint64_t until)
{
	const bool left =
		r->talk->rdma.done && r->talk->rdma.status == FAB_OK && r->talk->rdma_write;
	/* The flush of an operation may come before the word that the connection is over. */
	const bool flushed = r->talk->rdma.done && r->talk->rdma.status == FAB_FLUSHED;
	while ((left || flushed) && !r->talk->link->over && !run_ended(r) && run_step(r, until))
		continue;
	if (!r->talk->link->over || !(left || flushed))
		return true;
	if (fab_conn_terminate(r->talk->link->conn) != FAB_TERM_ACCESS)
		return false;
	r->talk->rdma.status = FAB_REMOTE_ACCESS;
	return true;
}

static enum flow expect_completion(struct run *r, const struct statement *s, uint64_t until)
{
	if (!r->talk->rdma_id) {
		run_trouble(r, "no RDMA operation was begun");
		return run_inconclusive(r, s->line);
	}
	while (!r->talk->rdma.done && !run_ended(r) && run_step(r, until))
		continue;
	if (!fab_proves_delivery(r->env->fab) && !rdma_outcome(r, until))
		return run_judge(
			r, VERDICT_INFO, s->line, &(struct judgement){.rules = s->judgement.rules},
			&r->talk->link->over_seq, 1,
			"the connection ended behind the operation: over iWARP one that is "
			"refused does that, and so may the SUT; this device does not tell "
			"which");
	if (r->talk->rdma.done && r->talk->rdma.status == s->expect->status)
		return run_judge(r, VERDICT_PASS, s->line, &s->judgement, &r->talk->rdma.seq, 1,
				 "%s", fab_status_name(r->talk->rdma.status));
	if (run_ended(r))
		return run_inconclusive(r, s->line);
	/* What was flushed by an end of another cause was neither let through nor refused. */
	if (r->talk->rdma.done && r->talk->rdma.status == FAB_FLUSHED &&
	    (run_blind(r) || run_closed(r)))
		return run_nothing_seen(r, s->line);
	run_glance(r, s->said,
		   r->talk->rdma.done ? fab_status_name(r->talk->rdma.status)
				      : "no completion in time");
	return run_judge(r, run_verdict(r, &s->judgement), s->line, &s->judgement,
			 &r->talk->rdma.seq, r->talk->rdma.done ? 1 : 0,
			 "expected: %s; the operation %s %s", s->said,
			 r->talk->rdma.done ? "completed with" : "did not complete",
			 r->talk->rdma.done ? fab_status_name(r->talk->rdma.status) : "in time");
}

static enum flow expect_closed(struct run *r, const struct statement *s, uint64_t until)
{
	while (r->talk->link && !r->talk->link->over && !run_ended(r) && run_step(r, until))
		continue;
	if (!run_left_by_sut(r))
		return missed(r, s, NULL);
	char text[2 * TEXT_MAX];
	return run_judge(r, VERDICT_PASS, s->line, &s->judgement, &r->talk->link->over_seq, 1, "%s",
			 run_link_state(r, text, sizeof(text)));
}

static enum flow expect_open(struct run *r, const struct statement *s, uint64_t until)
{
	while (r->talk->link && !r->talk->link->over && !run_ended(r) && run_step(r, until))
		continue;
	if (run_ended(r) || !r->talk->link || r->talk->link->over)
		return missed(r, s, NULL);
	return run_judge(r, VERDICT_PASS, s->line, &s->judgement, NULL, 0, "the connection stands");
}

bool run_ping(struct run *r, uint64_t until, struct message *answer)
{
	struct link *l = r->talk->link;
	bool initiator = r->env->base.role == PEER_INITIATOR;
	const struct pdu_type *ask = pdu_type_by_opcode(initiator ? OP_NOP_OUT : OP_NOP_IN);
	struct peer_msg m = {.op = FAB_SEND};
	uint8_t buf[256];
	struct err e = {0};
	if (l->over)
		return false;
	if (peer_template(l->peer, ask, &m.pdu, buf, sizeof(buf), &e)) {
		run_trouble(r, "no ping can be made: %.150s", e.what);
		return false;
	}
	if (!initiator && m.pdu.ttt == TAG_NONE)
		m.pdu.ttt = 0x5b000000u + (uint32_t)++r->fresh;
	r->talk->ping = (struct sent){.pdu = m.pdu};
	r->talk->ping_id = r->next_id++;
	if (peer_post(l->peer, &m, 1, r->talk->ping_id, &e)) {
		run_step(r, run_now(r));
		if (!l->over)
			run_trouble(r, "no ping can be sent: %.150s", e.what);
		return false;
	}
	struct operand tag = {
		.kind = OPERAND_VALUE,
		.value = {.kind = VALUE_NUMBER, .number = initiator ? m.pdu.itt : m.pdu.ttt}};
	char plus = '+';
	struct field_test test = {.kind = TEST_FIELD, .op = CMP_EQ, .value = {&tag, &plus, 1}};
	struct pattern p = {.type = pdu_type_by_opcode(initiator ? OP_NOP_IN : OP_NOP_OUT),
			    .tests = &test,
			    .test_count = 1};
	test.field = pdu_field_by_name(p.type, initiator ? "ITT" : "TTT");
	const struct message *got = await_message(r, &p, until);
	if (got)
		*answer = *got;
	return got != NULL;
}

static enum flow expect_alive(struct run *r, const struct statement *s, uint64_t until)
{
	struct message m;
	if (!run_ping(r, until, &m))
		return missed(r, s, NULL);
	return run_judge(r, VERDICT_PASS, s->line, &s->judgement, &m.seq, 1,
			 "the ping was answered");
}

enum flow run_expect(struct run *r, const struct statement *s)
{
	uint64_t until;
	enum expect_kind kind = s->expect->kind;
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	r->untold = NULL;
	/* Time in which something must not happen is the SUT's, not our machine's. */
	if (!time_of(r, &s->time, kind != EXPECT_NONE && kind != EXPECT_OPEN, &until))
		return run_inconclusive(r, s->line);
	switch (kind) {
	case EXPECT_MESSAGE:
		return expect_message(r, s, until);
	case EXPECT_EACH:
		return expect_each(r, s, until);
	case EXPECT_NONE:
		return expect_none(r, s, until);
	case EXPECT_DELIVERED:
		return expect_delivered(r, s, until);
	case EXPECT_COMPLETION:
		return expect_completion(r, s, until);
	case EXPECT_CLOSED:
		return expect_closed(r, s, until);
	case EXPECT_OPEN:
		return expect_open(r, s, until);
	case EXPECT_ALIVE:
		return expect_alive(r, s, until);
	case EXPECT_ONE_OF:
		return run_expect_one_of(r, s, until);
	}
	return FLOW_STOP;
}

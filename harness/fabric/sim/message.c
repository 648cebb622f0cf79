/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages under way between queue pairs, their payloads, and when they arrive. */
#include "core.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

struct sim_payload *sim_payload_new(const void *from, size_t len)
{
	struct sim_payload *p = sim_need(malloc(sizeof(*p) + len));

	p->refs = 1;
	p->len = len;
	if (len && from)
		memcpy(p->at, from, len);
	return p;
}

struct sim_payload *sim_payload_ref(struct sim_payload *p)
{
	p->refs++;
	return p;
}

void sim_payload_unref(struct sim_payload *p)
{
	if (p && --p->refs == 0)
		free(p);
}

static void message_drop(struct sim_item *it)
{
	sim_message_free(SIM_CONTAINER(it, struct sim_message, item));
}

static void message_run(struct sim_item *it)
{
	sim_message_arrives(SIM_CONTAINER(it, struct sim_message, item));
}

static bool carried(const struct sim_qp *qp)
{
	return qp->ways && qp->ways->carry;
}

/* Who waits for a buffer sends the same again and again: a message that is over is for the next
 * one, and out of bounds for AddressSanitizer meanwhile. LeakSanitizer wants to see `next`. */
enum { HIDDEN = sizeof(struct sim_message) - offsetof(struct sim_message, clock) };

static struct sim_message *take(struct sim_clock *k)
{
	struct sim_message *m = k->spare;

	if (!m)
		return sim_need(malloc(sizeof(*m)));
	ASAN_UNPOISON_MEMORY_REGION(&m->clock, HIDDEN);
	k->spare = m->next;
	return m;
}

struct sim_message *sim_message_new(struct sim_qp *from, bool is_answer)
{
	struct sim_message *m;

	if (!from->peer && !carried(from))
		return NULL;
	m = take(from->clock);
	*m = (struct sim_message){.clock = from->clock};
	m->item.run = message_run;
	m->item.drop = message_drop;
	m->is_answer = is_answer;
	if (from->peer)
		m->to = sim_qp_ref(from->peer);
	return m;
}

void sim_message_free(struct sim_message *m)
{
	sim_payload_unref(m->payload);
	if (m->to)
		sim_qp_unref(m->to);
	m->next = m->clock->spare;
	m->clock->spare = m;
	ASAN_POISON_MEMORY_REGION(&m->clock, HIDDEN);
}

void sim_messages_end(struct sim_clock *k)
{
	while (k->spare) {
		struct sim_message *m = k->spare;

		ASAN_UNPOISON_MEMORY_REGION(&m->clock, HIDDEN);
		k->spare = m->next;
		free(m);
	}
}

static enum sim_step step_of(const struct sim_message *m)
{
	if (m->is_answer)
		return m->answer == SIM_ACK	    ? SIM_STEP_ACK
		       : m->answer == SIM_READ_DATA ? SIM_STEP_RDMA
						    : SIM_STEP_ARRIVES;
	return m->op == FAB_READ || m->op == FAB_WRITE || m->op == FAB_WRITE_IMM ? SIM_STEP_RDMA
										 : SIM_STEP_ARRIVES;
}

void sim_message_leaves(struct sim_qp *from, struct sim_message *m, uint64_t enters)
{
	struct sim_lane *lane = m->is_answer ? &from->responses : &from->requests;

	if (carried(from)) {
		from->ways->carry(from, m);
		return;
	}
	/* One wire carries all: a CM message does not pass an answer (sim/cm.c). */
	m->item.lane = m->to;
	m->item.step = step_of(m);
	sim_clock_at(from->clock, &m->item, sim_lane_arrival(from, lane, enters));
}

void sim_message_arrives(struct sim_message *m)
{
	if (m->to->state == SIM_QP_READY) {
		if (m->is_answer)
			sim_answer_arrives(m->to, m);
		else
			sim_request_arrives(m->to, m);
	}
	sim_message_free(m);
}

uint64_t sim_lane_arrival(struct sim_qp *qp, struct sim_lane *lane, uint64_t enters)
{
	uint64_t due = enters + qp->link->latency;

	if (qp->link->jitter)
		due += sim_clock_random(qp->clock, qp->link->jitter + 1);
	if (due < lane->last)
		due = lane->last;
	lane->last = due;
	return due;
}

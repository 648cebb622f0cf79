/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages under way between queue pairs, their payloads, and when they arrive. */
#include "core.h"

#include <stdlib.h>
#include <string.h>

struct sim_payload *sim_payload_new(const void *from, size_t len)
{
	struct sim_payload *p = sim_need(malloc(sizeof(*p) + len));

	p->refs = 1;
	p->len = len;
	if (len)
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

struct sim_message *sim_message_new(struct sim_qp *from, void (*run)(struct sim_item *it))
{
	struct sim_message *m = sim_need(calloc(1, sizeof(*m)));

	m->item.run = run;
	m->item.drop = message_drop;
	m->to = sim_qp_ref(from->peer);
	return m;
}

void sim_message_free(struct sim_message *m)
{
	sim_payload_unref(m->payload);
	sim_qp_unref(m->to);
	free(m);
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

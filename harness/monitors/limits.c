/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long a message may be in full feature phase: data segments by Initiator- and
 * TargetRecvDataSegmentLength, whatever MaxRecvDataSegmentLength said (RFC 7145 6.2; of Data-Outs
 * RFC 7143 11.7.1 says it again), ping data by
 * the smaller way back (6.2), AHS by what the target declared (6.8).
 */
#include "../oracle/watch.h"

static void from_initiator(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct dialogue_terms *n = &d->terms;
	const struct pdu *p = &t->pdu;

	if (p->data.len)
		watch_rule(w, FROM_INITIATOR, "I7145-6.2-2", p->data.len <= n->target_rdsl, t->ev,
			   d->final_response,
			   "%s of %zu bytes, and TargetRecvDataSegmentLength is %u", p->type->title,
			   p->data.len, n->target_rdsl);
	if (p->data.len && p->type->opcode == OP_DATA_OUT)
		watch_rule(w, FROM_INITIATOR, "I7143-11.7.1-1", p->data.len <= n->target_rdsl,
			   t->ev, d->final_response,
			   "a Data-Out of %zu bytes, and TargetRecvDataSegmentLength is %u",
			   p->data.len, n->target_rdsl);
	if (p->data.len && p->type->opcode == OP_NOP_OUT)
		watch_rule(w, FROM_INITIATOR, "I7145-6.2-4", p->data.len <= n->initiator_rdsl,
			   t->ev, d->final_response,
			   "a ping of %zu bytes, and InitiatorRecvDataSegmentLength is %u",
			   p->data.len, n->initiator_rdsl);
	if (p->ahs.len && n->target_max_ahs)
		watch_rule(w, FROM_INITIATOR, "I7145-6.8-3", p->ahs.len <= n->target_max_ahs, t->ev,
			   d->final_response, "AHS of %zu bytes, and MaxAHSLength is %u",
			   p->ahs.len, n->target_max_ahs);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	(void)state;
	/* In a Discovery session the keys of RFC 7145 have no meaning. */
	if (!p->type || p->type->iser_opcode != ISER_CONTROL || p->type->sender != t->from ||
	    t->delivery == NOT_DELIVERED || !d->terms.rdma_extensions ||
	    (d->phase != DIALOGUE_FULL && d->phase != DIALOGUE_LOGOUT))
		return;
	if (t->from == FROM_INITIATOR) {
		from_initiator(w, d, t);
		return;
	}
	if (!p->data.len)
		return;
	const bool fits = p->data.len <= d->terms.initiator_rdsl;
	watch_rule(w, FROM_TARGET, "I7145-6.2-3", fits, t->ev, d->final_response,
		   "%s of %zu bytes, and InitiatorRecvDataSegmentLength is %u", p->type->title,
		   p->data.len, d->terms.initiator_rdsl);
}

const struct monitor monitor_limits = {
	.name = "limits",
	.doc = "no data segment, ping or AHS is longer than was agreed on",
	.rules = "I7145-6.2-2 I7145-6.2-3 I7145-6.2-4 I7145-6.8-3 I7143-11.7.1-1",
	.message = message,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Target Transfer Tags of NOP-Outs, RFC 7143 11.18: one is there only in the answer to a NOP-In,
 * then it is that of the NOP-In, with its LUN, and each NOP-In is answered once; once more where
 * the answer was rejected for a reason that lets it come again, 11.17.1.
 */
#include "../oracle/room.h"
#include "numbers.h"

#include <stdlib.h>

struct ping {
	uint32_t ttt;
	uint64_t lun;
	const struct log_event *ev, *answered;
};

struct ttt {
	struct ping *pings;
	size_t count;
};

static void asked(struct ttt *s, const struct traffic *t)
{
	s->pings = room_for_one(s->pings, s->count, sizeof(*s->pings));
	s->pings[s->count++] = (struct ping){.ttt = t->pdu.ttt, .lun = t->pdu.lun, .ev = t->ev};
}

/* The one that it answers: the oldest of that tag not answered yet, with its LUN if there is such a
 * one; else the last that was answered. */
static struct ping *find(struct ttt *s, const struct pdu *p)
{
	struct ping *best = NULL;
	for (size_t i = 0; i < s->count; i++) {
		struct ping *at = &s->pings[i];
		if (at->ttt != p->ttt)
			continue;
		const bool better = !best || (best->answered && !at->answered) ||
				    (!best->answered == !at->answered && best->lun != p->lun &&
				     at->lun == p->lun);
		if (better)
			best = at;
	}
	return best;
}

static void answer(struct watch *w, struct ttt *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	struct ping *ping = find(s, p);
	/* With a task tag of its own it is no answer, but a request that must not have a TTT. */
	const char *rule = p->itt == TAG_NONE ? "I7143-11.18-2" : "I7143-11.18.2-2";
	if (!watch_rule(w, FROM_INITIATOR, rule, ping, t->ev, NULL,
			"a NOP-Out has Target Transfer Tag 0x%x, which no NOP-In asked with",
			p->ttt))
		return;
	watch_rule(w, FROM_INITIATOR, "I7143-11.18-1", !ping->answered, t->ev, ping->answered,
		   "a second NOP-Out answers the NOP-In with TTT 0x%x", p->ttt);
	watch_rule(w, FROM_INITIATOR, "I7143-11.18.2-1", p->lun == ping->lun, t->ev, ping->ev,
		   "the answer to a ping has LUN 0x%llx, the ping had 0x%llx",
		   (unsigned long long)p->lun, (unsigned long long)ping->lun);
	ping->answered = t->ev;
}

/* RFC 7143 11.17.1: the reasons for which "can the original PDU be resent" says yes. */
static bool may_come_again(unsigned reason)
{
	return reason == 0x02 || reason == 0x06 || reason == 0x0a;
}

static void rejected(struct ttt *s, const struct pdu *p)
{
	struct rejected bad;
	if (!rejected_header(p, &bad) || bad.opcode != OP_NOP_OUT ||
	    !may_come_again((unsigned)p->reason))
		return;
	for (size_t i = 0; i < s->count; i++)
		if (s->pings[i].ttt == bad.ttt)
			s->pings[i].answered = NULL;
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	(void)d;
	if (is_from(t, FROM_TARGET) && p->type->opcode == OP_NOP_IN && p->ttt != TAG_NONE)
		asked(state, t);
	if (is_from(t, FROM_TARGET) && p->type->opcode == OP_REJECT)
		rejected(state, p);
	if (!is_from(t, FROM_INITIATOR) || p->type->opcode != OP_NOP_OUT)
		return;
	if (p->itt == TAG_NONE)
		watch_rule(w, FROM_INITIATOR, "I7143-11.18.1-2", p->i, t->ev, NULL,
			   "a NOP-Out with Initiator Task Tag 0xffffffff is not immediate");
	if (p->ttt == TAG_NONE)
		watch_rule(w, FROM_INITIATOR, "I7143-11.18.2-2", true, t->ev, NULL, "kept");
	else
		answer(w, state, t);
}

static void drop(void *state)
{
	struct ttt *s = state;
	free(s->pings);
}

const struct monitor monitor_ttt = {
	.name = "ttt",
	.doc = "a NOP-Out has the Target Transfer Tag and the LUN of the NOP-In that it answers",
	.rules = "I7143-11.18-1 I7143-11.18-2 I7143-11.18.1-2 I7143-11.18.2-1 I7143-11.18.2-2",
	.state_size = sizeof(struct ttt),
	.message = message,
	.drop = drop,
};

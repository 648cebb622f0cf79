/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text exchanges: one at a time on a connection (RFC 7143 6.2, 11.10); a Text Response with F=1 is
 * the last, answers no request with F=0 and has no tag to go on by, one with F=0 has
 * (6.4, 11.11.1).
 */
#include "../oracle/watch.h"

struct text_exchange {
	const struct log_event *open; /* a Text Request that is not answered */
	uint32_t itt;
	bool last; /* it had F=1 */
	/* Our target has answered what nobody asked: what the initiator makes of that crosses what
	 * comes next, and which of them it answers nobody can tell. */
	bool out_of_step;
};

static void response(struct watch *w, const struct text_exchange *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	if (!p->f) {
		watch_rule(w, FROM_TARGET, "I7143-6.4-1", p->ttt != TAG_NONE, t->ev, s->open,
			   "a Text Response with F=0 has no Target Transfer Tag to go on by");
		return;
	}
	watch_rule(w, FROM_TARGET, "I7143-11.11.1-1", p->ttt == TAG_NONE, t->ev, s->open,
		   "a Text Response with F=1 has Target Transfer Tag 0x%x", p->ttt);
	if (s->open && s->itt == p->itt)
		watch_rule(w, FROM_TARGET, "I7143-11.11.1-2", s->last, t->ev, s->open,
			   "a Text Response with F=1 answers a Text Request with F=0");
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct text_exchange *s = state;
	const struct pdu *p = &t->pdu;

	(void)d;
	if (!p->type || p->type->iser_opcode != ISER_CONTROL || p->type->sender != t->from ||
	    t->delivery == NOT_DELIVERED)
		return;
	switch (p->type->opcode) {
	case OP_TEXT_REQUEST:
		if (!s->out_of_step)
			watch_rule(
				w, FROM_INITIATOR, "I7143-6.2-4", !s->open, t->ev, s->open,
				"a Text Request, ITT 0x%x, while that of ITT 0x%x is not answered",
				p->itt, s->itt);
		s->open = t->ev;
		s->itt = p->itt;
		s->last = p->f;
		break;
	case OP_REJECT:
		if (p->data.len && (p->data.at[0] & 0x3f) == OP_TEXT_REQUEST)
			s->open = NULL;
		break;
	case OP_TEXT_RESPONSE:
		response(w, s, t);
		s->out_of_step |= !t->by_sut && !s->open;
		s->open = NULL;
		break;
	case OP_TASK_RESPONSE: /* it may have ended the exchange */
		s->open = NULL;
		break;
	default:
		break;
	}
}

const struct monitor monitor_text_exchange = {
	.name = "text-exchange",
	.doc = "one Text Request under way at a time; the tag of a Text Response goes with its F "
	       "bit",
	.rules = "I7143-6.2-4 I7143-6.4-1 I7143-11.11.1-1 I7143-11.11.1-2",
	.state_size = sizeof(struct text_exchange),
	.message = message,
};

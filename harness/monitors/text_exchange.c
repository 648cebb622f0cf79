/* SPDX-License-Identifier: BSD-2-Clause */
/* One Text exchange at a time on a connection (RFC 7143 6.2, 11.10). */
#include "../oracle/watch.h"

struct text_exchange {
	const struct log_event *open; /* a Text Request that is not answered */
	uint32_t itt;
};

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
		watch_rule(w, FROM_INITIATOR, "I7143-6.2-4", !s->open, t->ev, s->open,
			   "a Text Request, ITT 0x%x, while that of ITT 0x%x is not answered",
			   p->itt, s->itt);
		s->open = t->ev;
		s->itt = p->itt;
		break;
	case OP_REJECT:
		if (p->data.len && (p->data.at[0] & 0x3f) == OP_TEXT_REQUEST)
			s->open = NULL;
		break;
	case OP_TEXT_RESPONSE:
	case OP_TASK_RESPONSE: /* it may have ended the exchange */
		s->open = NULL;
		break;
	default:
		break;
	}
}

const struct monitor monitor_text_exchange = {
	.name = "text-exchange",
	.doc = "an initiator has one Text Request under way at a time",
	.rules = "I7143-6.2-4",
	.state_size = sizeof(struct text_exchange),
	.message = message,
};

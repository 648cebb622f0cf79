/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an initiator does about an Async Message that asks for something (RFC 7143 11.9.1): a logout
 * (event 1) or negotiation (event 4), each within Parameter3 seconds.
 */
#include "../oracle/watch.h"
#include "../wire/word.h"

enum { LOGOUT = 1, NEGOTIATE = 4, CLOSE_CONNECTION = 1 };
#define SECOND UINT64_C(1000000000)
/* A slow machine is no broken rule: the deadline counts three times, and never less than this. */
#define PATIENCE (3 * SECOND)

struct wish {
	const struct log_event *asked; /* NULL: nothing is waited for */
	uint32_t stat_sn;	       /* of the Async Message */
	uint64_t until;
};

struct async_reaction {
	struct wish logout, negotiation;
	bool logged_out, went_on; /* went on: a command behind the wish for a logout */
};

/* Its end; NULL: nobody knows whether it left. Behind what waits, such as an RDMA Read that may not
 * be sent yet, a message leaves long after it was posted, or never. */
static const struct log_event *left(const struct traffic *t)
{
	return t->done && (t->delivery == DELIVERED || word_is(t->done->status, "left")) ? t->done
											 : NULL;
}

static void asked(struct wish *wish, const struct traffic *t)
{
	const uint64_t given = t->pdu.parameter3 * SECOND;

	if (wish->asked)
		return;
	*wish = (struct wish){.asked = t->ev,
			      .stat_sn = t->pdu.stat_sn,
			      .until = left(t)->time +
				       (3 * given > PATIENCE ? 3 * given : PATIENCE)};
}

static void from_initiator(struct watch *w, struct async_reaction *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	switch (p->type->opcode) {
	case OP_LOGOUT_REQUEST:
		if (s->logout.asked)
			watch_rule(w, FROM_INITIATOR, "I7143-11.9.1-1",
				   p->reason <= CLOSE_CONNECTION && t->ev->time <= s->logout.until,
				   t->ev, s->logout.asked,
				   "the logout that was asked for has reason %u and comes after "
				   "%.1f s",
				   (unsigned)p->reason,
				   (double)(t->ev->time - s->logout.asked->time) / 1e9);
		if (s->logout.asked && !s->went_on)
			watch_rule(w, FROM_INITIATOR, "I7143-11.9.1-2", true, t->ev, NULL, "kept");
		if (s->negotiation.asked)
			watch_rule(w, FROM_INITIATOR, "I7143-11.9.1-3",
				   t->ev->time <= s->negotiation.until, t->ev, s->negotiation.asked,
				   "the answer comes too late");
		s->logged_out = true;
		s->logout.asked = s->negotiation.asked = NULL;
		break;
	case OP_TEXT_REQUEST:
		if (s->negotiation.asked)
			watch_rule(w, FROM_INITIATOR, "I7143-11.9.1-3",
				   t->ev->time <= s->negotiation.until, t->ev, s->negotiation.asked,
				   "the Text Request comes too late");
		s->negotiation.asked = NULL;
		break;
	case OP_SCSI_COMMAND:
		/* Its ExpStatSN says that it had the Async Message when it wrote the command. */
		if (s->logout.asked && (int32_t)(p->exp_stat_sn - s->logout.stat_sn) > 0)
			s->went_on = !watch_rule(
				w, FROM_INITIATOR, "I7143-11.9.1-2", false, t->ev, s->logout.asked,
				"a new command after the target asked for a logout");
		break;
	default:
		break;
	}
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct async_reaction *s = state;
	const struct pdu *p = &t->pdu;

	(void)d;
	if (!p->type || p->type->iser_opcode != ISER_CONTROL || t->phase != DIALOGUE_FULL)
		return;
	if (t->from == FROM_INITIATOR) {
		from_initiator(w, s, t);
		return;
	}
	if (p->type->opcode != OP_ASYNC || !left(t) || s->logged_out)
		return;
	if (p->async_event == LOGOUT)
		asked(&s->logout, t);
	else if (p->async_event == NEGOTIATE)
		asked(&s->negotiation, t);
}

/* On a connection that is over there is nothing left to log out from. */
static void end(struct watch *w, const struct dialogue *d, void *state,
		const struct log_event *last)
{
	const struct async_reaction *s = state;
	const uint64_t when = d->closed ? d->closed->time : last->time;

	if (s->logout.asked && when > s->logout.until)
		watch_rule(w, FROM_INITIATOR, "I7143-11.9.1-1", false, s->logout.asked, NULL,
			   "no logout within %.0f s after it was asked for",
			   (double)(when - s->logout.asked->time) / 1e9);
	if (s->negotiation.asked && when > s->negotiation.until)
		watch_rule(w, FROM_INITIATOR, "I7143-11.9.1-3", false, s->negotiation.asked, NULL,
			   "no Text Request and no logout within %.0f s after it was asked for",
			   (double)(when - s->negotiation.asked->time) / 1e9);
}

const struct monitor monitor_async_reaction = {
	.name = "async-reaction",
	.doc = "logout or negotiation by the time that an Async Message gives for it",
	.rules = "I7143-11.9.1-1 I7143-11.9.1-2 I7143-11.9.1-3",
	.state_size = sizeof(struct async_reaction),
	.message = message,
	.end = end,
};

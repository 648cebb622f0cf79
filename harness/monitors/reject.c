/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The form of a Reject (RFC 7143 11.17): it holds the header of a PDU that the initiator sent, and
 * takes a StatSN. As a Reject always follows something that was wrong, nothing excuses its form.
 */
#include <stdlib.h>
#include <string.h>

#include "../oracle/room.h"
#include "../oracle/watch.h"

enum { HEADERS = ISER_HEADER_SIZE + BHS_SIZE };

struct rejects {
	const struct log_event **sent; /* of the initiator, with a BHS */
	size_t count;
	bool sent_less; /* also something without a whole BHS */
	const struct log_event
		*last;	  /* the Reject that came last, while nothing numbered followed */
	uint32_t stat_sn; /* of it */
};

static void remember(struct rejects *s, const struct log_event *ev)
{
	s->sent = room_for_one(s->sent, s->count, sizeof(struct log_event *));
	s->sent[s->count++] = ev;
}

static const struct log_event *sent_with(const struct rejects *s, const struct bytes *header)
{
	for (size_t i = s->count; i-- > 0;)
		if (!memcmp(s->sent[i]->bytes.at + ISER_HEADER_SIZE, header->at, BHS_SIZE))
			return s->sent[i];
	return NULL;
}

static void reject(struct watch *w, struct rejects *s, const struct traffic *t)
{
	const struct bytes *data = &t->pdu.data;
	const bool whole = data->len >= BHS_SIZE;

	/* Of a message without a whole BHS there is no header to give back. */
	if (!whole || !s->sent_less)
		watch_rule_always(
			w, FROM_TARGET, "I7143-11.17.4-1", whole && sent_with(s, data), t->ev, NULL,
			"the Reject holds %zu bytes that begin no PDU of the initiator", data->len);
	s->last = t->ev;
	s->stat_sn = t->pdu.stat_sn;
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct rejects *s = state;
	const struct pdu *p = &t->pdu;
	(void)d;

	if (t->delivery == NOT_DELIVERED)
		return;
	if (t->from == FROM_INITIATOR) {
		if (t->ev->bytes.len >= HEADERS)
			remember(s, t->ev);
		else
			s->sent_less = true;
		return;
	}
	if (!p->type || p->type->iser_opcode != ISER_CONTROL || p->type->sender != FROM_TARGET ||
	    p->type->opcode == OP_DATA_IN)
		return;
	if (s->last)
		watch_rule_always(w, FROM_TARGET, "I7143-11.17.3-1", p->stat_sn == s->stat_sn + 1,
				  t->ev, s->last, "a Reject has StatSN %u, the %s behind it %u",
				  s->stat_sn, p->type->title, p->stat_sn);
	s->last = NULL;
	if (p->type->opcode == OP_REJECT)
		reject(w, s, t);
}

static void drop(void *state)
{
	struct rejects *s = state;
	free(s->sent);
}

const struct monitor monitor_reject = {
	.name = "reject",
	.doc = "a Reject holds the header of what it rejects and takes a StatSN",
	.rules = "I7143-11.17.4-1 I7143-11.17.3-1",
	.state_size = sizeof(struct rejects),
	.message = message,
	.drop = drop,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * NOP-Ins of a target, RFC 7143 11.19: the answer to a ping has its data, up to the length that the
 * initiator receives, and no Target Transfer Tag; one that answers nothing has no data at all.
 */
#include "numbers.h"

#include <string.h>

/* MaxRecvDataSegmentLength where nothing else was declared, RFC 7143 13.12. */
enum { DEFAULT_RDSL = 8192 };

static void answer(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	const struct dialogue_task *ping = dialogue_task(d, p->itt);
	watch_rule(w, FROM_TARGET, "I7143-11.19-3", p->ttt == TAG_NONE, t->ev,
		   ping ? ping->sent : NULL, "the answer to a ping has Target Transfer Tag 0x%x",
		   p->ttt);
	if (!ping || ping->pdu.type->opcode != OP_NOP_OUT)
		return;
	watch_rule(w, FROM_TARGET, "I7145-8.1.1.1-2", p->ttt == ping->pdu.ttt, t->ev, ping->sent,
		   "the answer has Target Transfer Tag 0x%x, the ping had 0x%x", p->ttt,
		   ping->pdu.ttt);
	const struct bytes *sent = &ping->pdu.data, *back = &p->data;
	const size_t limit = d->terms.initiator_rdsl;
	/* A ping that is longer than what either key can mean comes back whole. Beyond, the keys
	 * of RFC 7145 and of RFC 7143 may disagree on where it is cut. */
	size_t whole = limit < DEFAULT_RDSL ? limit : DEFAULT_RDSL;
	if (sent->len < whole)
		whole = sent->len;
	const bool length = sent->len <= DEFAULT_RDSL && sent->len <= limit
				    ? back->len == sent->len
				    : back->len >= whole && back->len <= sent->len;
	if (watch_rule(w, FROM_TARGET, "I7143-11.19-2", length, t->ev, ping->sent,
		       "%zu bytes of ping data came back of %zu", back->len, sent->len) &&
	    back->len)
		watch_rule(w, FROM_TARGET, "I7143-11.19-2", !memcmp(back->at, sent->at, back->len),
			   t->ev, ping->sent, "the %zu bytes of ping data came back changed",
			   back->len);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	(void)state;
	if (!is_from(t, FROM_TARGET) || p->type->opcode != OP_NOP_IN)
		return;
	if (p->itt != TAG_NONE)
		answer(w, d, t);
	else
		watch_rule(w, FROM_TARGET, "I7143-11.19-5", !p->data.len, t->ev, NULL,
			   "a NOP-In that answers no ping has %zu bytes of data", p->data.len);
}

const struct monitor monitor_echo = {
	.name = "echo",
	.doc = "ping data comes back as it was sent, and comes with nothing else",
	.rules = "I7143-11.19-2 I7143-11.19-3 I7143-11.19-5 I7145-8.1.1.1-2",
	.message = message,
};

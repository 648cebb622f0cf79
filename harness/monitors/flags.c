/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * WSV and RSV (RFC 7145 9.2): which PDUs may carry them, and whether they agree with what the
 * command moves. The text says when a flag is set and leaves open whether it may be set for a
 * buffer that nobody will use, so WSV on a write without solicited data is let be.
 */
#include "../oracle/watch.h"

/* Bytes of a write that go unsolicited: RFC 7143 4.2.5.2, Data-Outs fill the first burst. */
static uint32_t unsolicited(const struct dialogue *d, const struct pdu *c)
{
	if (c->f)
		return c->data_segment_length;
	return d->terms.first_burst < c->edtl ? d->terms.first_burst : c->edtl;
}

static void command(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct pdu *c = &t->pdu;

	if (!c->w)
		watch_rule(w, FROM_INITIATOR, "I7145-9.2-12", !c->wsv, t->ev, NULL,
			   "WSV=1 on a command that writes nothing");
	else if (c->edtl > unsolicited(d, c))
		watch_rule(w, FROM_INITIATOR, "I7145-9.2-12", c->wsv, t->ev, d->final_response,
			   "WSV=0 on a write of %u bytes, %u of them unsolicited", c->edtl,
			   unsolicited(d, c));
	if (!c->r)
		watch_rule(w, FROM_INITIATOR, "I7145-9.2-13", !c->rsv, t->ev, NULL,
			   "RSV=1 on a command that reads nothing");
	else if (c->edtl && !c->w)
		watch_rule(w, FROM_INITIATOR, "I7145-9.2-13", c->rsv, t->ev, NULL,
			   "RSV=0 on a read of %u bytes", c->edtl);
}

static void no_flags(struct watch *w, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	const char *title = p->type->title;

	if (t->from == FROM_TARGET) {
		watch_rule(w, FROM_TARGET, "I7145-10.1.3.3-6", !p->wsv && !p->rsv, t->ev, NULL,
			   "%s with WSV=%u RSV=%u: a target advertises no buffer", title, p->wsv,
			   p->rsv);
		return;
	}
	watch_rule(w, FROM_INITIATOR, "I7145-9.2-12", !p->wsv, t->ev, NULL, "WSV=1 on %s", title);
	watch_rule(w, FROM_INITIATOR, "I7145-9.2-13", !p->rsv, t->ev, NULL, "RSV=1 on %s", title);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	(void)state;

	if (!p->type || p->type->iser_opcode != ISER_CONTROL || p->type->sender != t->from)
		return;
	switch (p->type->opcode) {
	case OP_LOGIN_REQUEST: /* its iSER header is not spoken of: 7.3.9 */
	case OP_LOGIN_RESPONSE:
	case OP_SCSI_RESPONSE: /* 7.3.2 and figure 10 disagree about its header */
		break;
	case OP_SCSI_COMMAND:
		if (t->phase == DIALOGUE_FULL)
			command(w, d, t);
		break;
	case OP_TASK_REQUEST:
		if (p->function != TASK_REASSIGN)
			no_flags(w, t);
		break;
	default:
		no_flags(w, t);
		break;
	}
}

const struct monitor monitor_flags = {
	.name = "flags",
	.doc = "WSV and RSV are set where a buffer is advertised, and nowhere else",
	.rules = "I7145-9.2-12 I7145-9.2-13 I7145-10.1.3.3-6",
	.message = message,
};

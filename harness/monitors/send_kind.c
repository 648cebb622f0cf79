/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which kind of Send carries a PDU. RFC 7145 7.3.3 and 7.3.7 to 7.3.13 name the Send Message for
 * each of these PDUs, and 5.2.2 for a Logout Response; Send with Immediate is none of the messages
 * of iSER (4.1), and Send with Invalidate belongs to the SCSI Response (7.3.2). For a Reject 7.3.12
 * has the very words that 7.3.2 has for a SCSI Response: with Invalidate it is no more than
 * what 1.5.2 does not like. Nor does it like Solicited Event, or Invalidate, of an initiator, which
 * never has a reason for either.
 */
#include "../oracle/watch.h"

static void plain(struct watch *w, const struct traffic *t, const char *rule)
{
	watch_rule_always(w, t->from, rule, !t->ev->has_imm && !t->ev->invalidated, t->ev, NULL,
			  "%s came as Send with %s", t->pdu.type->title,
			  t->ev->has_imm ? "Immediate" : "Invalidate");
}

static const char *rule_of(unsigned opcode)
{
	switch (opcode) {
	case OP_TASK_RESPONSE:
		return "I7145-7.3.3-1";
	case OP_ASYNC:
		return "I7145-7.3.7-2";
	case OP_TEXT_REQUEST:
	case OP_TEXT_RESPONSE:
		return "I7145-7.3.8-2";
	case OP_LOGOUT_REQUEST:
	case OP_LOGOUT_RESPONSE:
		return "I7145-7.3.10-1";
	case OP_REJECT:
		return "I7145-7.3.12-2";
	case OP_NOP_OUT:
	case OP_NOP_IN:
		return "I7145-7.3.13-2";
	default:
		return NULL;
	}
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	(void)d;
	(void)state;

	/* What we post is logged by its name alone; only what comes shows how it came. */
	if (!t->by_sut || !p->type || p->type->iser_opcode != ISER_CONTROL ||
	    p->type->sender != t->from || t->phase == DIALOGUE_LOGIN)
		return;
	const char *rule = rule_of(p->type->opcode);
	if (p->type->opcode == OP_REJECT && t->ev->invalidated)
		rule = "I7145-1.5.2-5";
	if (!log_kind_known(t->ev))
		return;
	if (t->from == FROM_INITIATOR)
		watch_rule_always(w, FROM_INITIATOR, "I7145-1.5.2-4",
				  !t->ev->invalidated && !t->ev->c, t->ev, NULL,
				  "%s came as Send with %s", p->type->title,
				  t->ev->invalidated ? "Invalidate" : "Solicited Event");
	if (!rule)
		return;
	plain(w, t, rule);
	if (p->type->opcode == OP_LOGOUT_RESPONSE)
		plain(w, t, "I7145-5.2.2-2");
}

const struct monitor monitor_send_kind = {
	.name = "send-kind",
	.doc = "Task Management, Async, Text, Logout, Reject and NOP PDUs come in plain Sends",
	.rules = "I7145-1.5.2-4 I7145-7.3.3-1 I7145-7.3.7-2 I7145-7.3.8-2 I7145-7.3.10-1 "
		 "I7145-7.3.12-2 "
		 "I7145-7.3.13-2 I7145-1.5.2-5 I7145-5.2.2-2",
	.alone = true,
	.message = message,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who may send which PDU in full feature phase: opcodes of one's own role (RFC 7143 11.2.1.2), no
 * login, no SNACK, no Data-In or R2T as a message (RFC 7145 3.3, 7.1, 7.3.9, 7.3.11), and little of
 * a target's own accord in a Discovery session (RFC 7143 7.4.3).
 */
#include "../oracle/watch.h"

static void from_initiator(struct watch *w, const struct traffic *t)
{
	const unsigned opcode = t->pdu.type->opcode;

	watch_rule(w, FROM_INITIATOR, "I7145-7.3.9-1", opcode != OP_LOGIN_REQUEST, t->ev, NULL,
		   "a Login Request in full feature phase");
	watch_rule(w, FROM_INITIATOR, "I7143-4.2.4-2", opcode != OP_LOGIN_REQUEST, t->ev, NULL,
		   "a second login on the connection");
	watch_rule(w, FROM_INITIATOR, "I7145-3.3-11", opcode != OP_SNACK, t->ev, NULL,
		   "a SNACK Request");
	watch_rule(w, FROM_INITIATOR, "I7145-7.3.11-1", opcode != OP_SNACK, t->ev, NULL,
		   "a SNACK Request");
}

static bool answers_a_read(const struct dialogue *d, const struct pdu *p)
{
	const struct dialogue_task *task = dialogue_task(d, p->itt);
	return task && task->pdu.type->opcode == OP_SCSI_COMMAND && task->pdu.r;
}

static void from_target(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	const unsigned opcode = p->type->opcode;

	watch_rule(w, FROM_TARGET, "I7145-7.3.9-1", opcode != OP_LOGIN_RESPONSE, t->ev, NULL,
		   "a Login Response in full feature phase");
	/* What was sent before cannot make data travel in a PDU. */
	watch_rule_always(w, FROM_TARGET, "I7145-7.1-3", opcode != OP_DATA_IN && opcode != OP_R2T,
			  t->ev, NULL, "a %s as a message", p->type->title);
	if (opcode == OP_DATA_IN || (opcode == OP_SCSI_RESPONSE && answers_a_read(d, p))) {
		const bool collapsed = opcode == OP_DATA_IN && p->s;
		watch_rule_always(w, FROM_TARGET, "I7145-3.3-6", !collapsed, t->ev, NULL,
				  "the status of a read in a Data-In");
		watch_rule_always(w, FROM_TARGET, "I7145-7.3.5-17", !collapsed, t->ev, NULL,
				  "the status of a read in a Data-In");
		watch_rule_always(w, FROM_TARGET, "I7145-3.3-7", !collapsed, t->ev, NULL,
				  "a phase collapse: Data-In with S=1");
		watch_rule_always(w, FROM_TARGET, "I7145-7.3.5-19", !collapsed, t->ev, NULL,
				  "a phase collapse: Data-In with S=1");
	}
	/* Answers to what a Discovery session should not hold are the asker's doing. */
	if (d->terms.discovery)
		watch_rule(w, FROM_TARGET, "I7143-7.4.3-1",
			   opcode != OP_ASYNC && (opcode != OP_NOP_IN || p->itt != TAG_NONE), t->ev,
			   NULL, "%s in a Discovery session", p->type->title);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	(void)state;

	if (!p->type || p->type->iser_opcode != ISER_CONTROL || t->delivery == NOT_DELIVERED)
		return;
	const bool own = p->type->sender == t->from;
	watch_rule_always(w, t->from, "I7143-11.2.1.2-1", own, t->ev, NULL,
			  "a %s from the other role", p->type->title);
	if (!own || (t->phase != DIALOGUE_FULL && t->phase != DIALOGUE_LOGOUT))
		return;
	if (t->from == FROM_INITIATOR)
		from_initiator(w, t);
	else
		from_target(w, d, t);
}

const struct monitor monitor_place = {
	.name = "place",
	.doc = "no PDU of the other role; no login, SNACK, Data-In or R2T in full feature phase",
	.rules = "I7143-11.2.1.2-1 I7143-4.2.4-2 I7145-7.3.9-1 I7145-3.3-11 I7145-7.3.11-1 "
		 "I7145-7.1-3 I7145-3.3-6 I7145-3.3-7 I7145-7.3.5-17 I7145-7.3.5-19 I7143-7.4.3-1",
	.message = message,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of a session with several connections: the response to a request, and the unsolicited data of a
 * command, go over the connection that the request went over (RFC 7143 4.2.5.1), unless the task
 * was reassigned.
 */
#include "numbers.h"

static bool belongs_to_a_task(const struct pdu *p)
{
	switch (p->type->opcode) {
	case OP_SCSI_RESPONSE:
	case OP_TASK_RESPONSE:
	case OP_TEXT_RESPONSE:
	case OP_LOGOUT_RESPONSE:
	case OP_NOP_IN:
	case OP_DATA_OUT:
		return p->itt != TAG_NONE;
	default:
		return false;
	}
}

/* The request of that tag on another connection which is not answered, or NULL. */
static const struct dialogue_task *elsewhere(const struct watch *w, const struct dialogue *d,
					     uint32_t itt)
{
	const struct dialogue *other;

	for (size_t at = 0; (other = watch_sibling(w, d, &at));) {
		const struct dialogue_task *task = dialogue_task(other, itt);
		if (task && !task->answered)
			return task;
	}
	return NULL;
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	(void)state;
	if (!d->several || !d->final_response || !is_from(t, t->from) || !belongs_to_a_task(p))
		return;
	const struct dialogue_task *task = dialogue_task(d, p->itt);
	if (task) {
		watch_rule(w, t->from, "I7143-4.2.5.1-1", true, t->ev, NULL, "-");
		return;
	}
	task = dialogue_reassigned(d, p->itt) ? NULL : elsewhere(w, d, p->itt);
	if (task)
		watch_rule(w, t->from, "I7143-4.2.5.1-1", false, t->ev, task->sent,
			   "the %s belongs to the %s with ITT 0x%x, which went over another "
			   "connection",
			   p->type->title, task->pdu.type->title, p->itt);
}

const struct monitor monitor_allegiance = {
	.name = "allegiance",
	.doc = "what belongs to a request goes over its connection, of several in a session",
	.rules = "I7143-4.2.5.1-1",
	.message = message,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Initiator Task Tags, RFC 7143 11.2.1.8: no two live tasks share one, and none is 0xffffffff. A
 * target answers a tag that was asked, by the response that belongs to the request, and once.
 */
#include "numbers.h"

enum { REJECTS = 64 };

struct itt {
	uint32_t rejected[REJECTS]; /* tags that a Reject named: theirs may be over */
	size_t count;
};

static bool was_rejected(const struct itt *s, uint32_t itt)
{
	for (size_t i = 0; i < s->count && i < REJECTS; i++)
		if (s->rejected[i] == itt)
			return true;
	return false;
}

static void note_reject(struct itt *s, const struct pdu *p)
{
	struct rejected bad;
	if (rejected_header(p, &bad))
		s->rejected[s->count++ % REJECTS] = bad.itt;
}

/* Its command went over another connection of the session: `allegiance` has the word on that. */
static bool is_elsewhere(const struct watch *w, const struct dialogue *d, uint32_t itt, bool live)
{
	const struct dialogue *other;

	for (size_t at = 0; (other = watch_sibling(w, d, &at));) {
		const struct dialogue_task *task = dialogue_task(other, itt);
		if (task && (!live || (task->delivered && !task->answered && !task->aborted_by &&
				       other->phase == DIALOGUE_FULL)))
			return true;
	}
	return false;
}

static void request(struct watch *w, const struct dialogue *d, const struct itt *s,
		    const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	/* A NOP-Out without tag is no task; a Text Request with TTT goes on with one. */
	if (!is_request(p) || (p->type->opcode == OP_NOP_OUT && p->itt == TAG_NONE) ||
	    (p->type->opcode == OP_TEXT_REQUEST && p->ttt != TAG_NONE) || is_retry(d, p))
		return;
	if (!watch_rule(w, FROM_INITIATOR, "I7143-11.2.1.8-2", p->itt != TAG_NONE, t->ev, NULL,
			"the %s has Initiator Task Tag 0xffffffff", p->type->title))
		return;
	const struct dialogue_task *task = dialogue_task(d, p->itt);
	const bool lives = (task && task->delivered && !task->answered && !task->aborted_by &&
			    !was_rejected(s, p->itt)) ||
			   is_elsewhere(w, d, p->itt, true);
	watch_rule(w, FROM_INITIATOR, "I7143-11.2.1.8-1", !lives, t->ev, task ? task->sent : NULL,
		   "the %s has ITT 0x%x, as a task that is not over has", p->type->title, p->itt);
}

/* What answers a request, and the rule that says so. */
static const struct {
	uint8_t request, response;
	const char *rule;
} pairs[] = {
	{OP_NOP_OUT, OP_NOP_IN, "I7143-11.19-1"},
	{OP_SCSI_COMMAND, OP_SCSI_RESPONSE, "I7145-7.3.2-2"},
	{OP_TASK_REQUEST, OP_TASK_RESPONSE, "I7143-11.5.1-1"},
	{OP_LOGOUT_REQUEST, OP_LOGOUT_RESPONSE, "I7143-11.15-2"},
};

static void response(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i].response != p->type->opcode ||
		    (p->type->opcode == OP_NOP_IN && p->itt == TAG_NONE))
			continue;
		const struct dialogue_task *task = dialogue_task(d, p->itt);
		if (task && task->aborted_by)
			return; /* too late, which is another rule's business */
		if (!task && p->type->opcode == OP_SCSI_RESPONSE && dialogue_reassigned(d, p->itt))
			return;
		if (!task && is_elsewhere(w, d, p->itt, false))
			return;
		const char *once = p->type->opcode == OP_NOP_IN ? "I7143-11.18.1-1" : pairs[i].rule;
		if (watch_rule(w, FROM_TARGET, pairs[i].rule,
			       task && task->pdu.type->opcode == pairs[i].request, t->ev,
			       task ? task->sent : NULL,
			       "the %s has ITT 0x%x, which no request has that it could answer",
			       p->type->title, p->itt) &&
		    task)
			watch_rule(w, FROM_TARGET, once, !task->answered, t->ev, task->answered,
				   "a second %s for ITT 0x%x", p->type->title, p->itt);
		return;
	}
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	if (is_from(t, FROM_INITIATOR)) {
		request(w, d, state, t);
	} else if (is_from(t, FROM_TARGET)) {
		if (t->pdu.type->opcode == OP_REJECT)
			note_reject(state, &t->pdu);
		response(w, d, t);
	}
}

const struct monitor monitor_itt = {
	.name = "itt",
	.doc = "task tags are unique, and each is answered once, by what it asks for",
	.rules = "I7143-11.2.1.8-1 I7143-11.2.1.8-2 I7143-11.19-1 I7143-11.18.1-1 I7145-7.3.2-2 "
		 "I7143-11.5.1-1 I7143-11.15-2",
	.state_size = sizeof(struct itt),
	.message = message,
};

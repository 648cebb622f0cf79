/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Immediate PDUs of an initiator against the target's MaxOutstandingUnexpectedPDUs, RFC
 * 7145 8.1.1.3. One with CmdSN x is outstanding until a later request that is not immediate, CmdSN
 * y >= x, was acknowledged by an ExpCmdSN of at least y+1: thus until ExpCmdSN > x. An ExpCmdSN
 * counts here from its sending on, so what crossed it is in the initiator's favour.
 */
#include "../oracle/room.h"
#include "numbers.h"

#include <stdlib.h>

struct immediate {
	uint32_t cmd_sn, itt;
};

struct credits {
	struct immediate *out; /* outstanding */
	size_t count;
	bool told;
	uint32_t exp;
};

static void retire(struct credits *s, uint32_t exp)
{
	size_t kept = 0;
	if (!s->told || serial_before(s->exp, exp))
		s->exp = exp;
	s->told = true;
	for (size_t i = 0; i < s->count; i++)
		if (!serial_before(s->out[i].cmd_sn, s->exp))
			s->out[kept++] = s->out[i];
	s->count = kept;
}

static void spend(struct credits *s, const struct pdu *p)
{
	s->out = room_for_one(s->out, s->count, sizeof(*s->out));
	s->out[s->count++] = (struct immediate){p->cmd_sn, p->itt};
}

static size_t unanswered(const struct dialogue *d, const struct credits *s)
{
	size_t n = 1; /* the one just sent */
	for (size_t i = 0; i + 1 < s->count; i++) {
		const struct dialogue_task *task = dialogue_task(d, s->out[i].itt);
		n += s->out[i].itt == TAG_NONE || !task || !task->answered;
	}
	return n;
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct credits *s = state;
	const struct pdu *p = &t->pdu;
	if (is_from(t, FROM_TARGET) && !is_failed_login(p))
		retire(s, p->exp_cmd_sn);
	/* 8.1.1.2: the answer to a ping is expected. */
	if (!is_from(t, FROM_INITIATOR) || !d->final_response || !is_request(p) || !p->i ||
	    (p->type->opcode == OP_NOP_OUT && p->ttt != TAG_NONE))
		return;
	/* Acknowledged before it was sent: of no consequence, it is retired at once. */
	if (s->told && serial_before(p->cmd_sn, s->exp))
		return;
	spend(s, p);
	const size_t limit = d->terms.target_moup;
	if (!limit)
		return;
	const bool holds = s->count <= limit;
	watch_rule(w, FROM_INITIATOR, "I7145-8.1.1.3-1", holds, t->ev, NULL,
		   "%zu immediate PDUs are outstanding, and the target takes %zu", s->count, limit);
	watch_rule(w, FROM_INITIATOR, "I7145-8.1.1.3-3", holds, t->ev, NULL,
		   "an immediate %s while %zu are outstanding, as many as the target takes",
		   p->type->title, s->count - 1);
	/* It would fit if answers counted; they do not. */
	watch_rule(w, FROM_INITIATOR, "I7145-8.1.1.3-4", holds || unanswered(d, s) > limit, t->ev,
		   NULL,
		   "%zu immediate PDUs are outstanding, for no request that is not immediate was "
		   "acknowledged since: their answers do not retire them",
		   s->count);
}

static void drop(void *state)
{
	struct credits *s = state;
	free(s->out);
}

const struct monitor monitor_initiator_credits = {
	.name = "initiator-credits",
	.doc = "no more immediate PDUs are outstanding than the target declared",
	.rules = "I7145-8.1.1.3-1 I7145-8.1.1.3-3 I7145-8.1.1.3-4",
	.state_size = sizeof(struct credits),
	.message = message,
	.drop = drop,
};

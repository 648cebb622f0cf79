/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CmdSN window, RFC 7143 4.2.2.1. A target acknowledges nothing that never came, tells no
 * MaxCmdSN below ExpCmdSN-1, and answers no request that it has not acknowledged. An initiator
 * stays below the largest MaxCmdSN that it was ever told: that never moves backward, so the order
 * in which messages crossed does not matter. All of it is the session's, whatever connections it
 * has.
 */
#include "numbers.h"

enum { AHEAD_MAX = 1024 };

struct window {
	bool began, joined;
	uint32_t first;		   /* CmdSN of the leading login */
	uint32_t next;		   /* the lowest CmdSN that was never sent */
	uint32_t ahead[AHEAD_MAX]; /* above it, and sent */
	size_t ahead_count;
	bool told;
	uint32_t exp, max; /* as an initiator keeps them */
	const struct log_event *told_by;
};

/* ---- what the initiator sent ---- */

static void came(struct window *s, uint32_t cmd_sn)
{
	if (serial_before(cmd_sn, s->next))
		return;
	if (cmd_sn != s->next) {
		if (s->ahead_count < AHEAD_MAX)
			s->ahead[s->ahead_count++] = cmd_sn;
		else
			s->joined = true; /* too much to keep: no judgement any more */
		return;
	}
	s->next++;
	for (size_t i = 0; i < s->ahead_count;) {
		if (s->ahead[i] != s->next) {
			i++;
			continue;
		}
		s->next++;
		s->ahead[i] = s->ahead[--s->ahead_count];
		i = 0;
	}
}

static void from_initiator(struct watch *w, struct window *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	if (p->type->opcode == OP_LOGIN_REQUEST && !s->began) {
		s->began = true;
		s->joined = p->tsih; /* other connections use numbers of the session, too */
		s->first = s->next = p->cmd_sn;
	}
	if (!s->began || !is_request(p))
		return;
	/* RFC 7143 11.6.1: a command that is aborted before it came counts as received. */
	if (p->type->opcode == OP_TASK_REQUEST && p->function == ABORT_TASK)
		came(s, p->ref_cmd_sn);
	if (!uses_cmd_sn(p))
		return;
	if (s->told)
		watch_rule(w, FROM_INITIATOR, "I7143-4.2.2.1-12", !serial_before(s->max, p->cmd_sn),
			   t->ev, s->told_by, "the %s has CmdSN %u, beyond MaxCmdSN %u",
			   p->type->title, p->cmd_sn, s->max);
	came(s, p->cmd_sn);
}

/* ---- what the target tells ---- */

static void take(struct window *s, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	if (serial_before(p->max_cmd_sn, p->exp_cmd_sn - 1))
		return; /* to be disregarded */
	if (!s->told || serial_before(s->exp, p->exp_cmd_sn))
		s->exp = p->exp_cmd_sn;
	if (!s->told || serial_before(s->max, p->max_cmd_sn)) {
		s->max = p->max_cmd_sn;
		s->told_by = t->ev;
	}
	s->told = true;
}

static bool answers_a_request(const struct pdu *p)
{
	return p->itt != TAG_NONE &&
	       (p->type->opcode == OP_SCSI_RESPONSE || p->type->opcode == OP_TASK_RESPONSE ||
		p->type->opcode == OP_TEXT_RESPONSE || p->type->opcode == OP_LOGOUT_RESPONSE ||
		p->type->opcode == OP_NOP_IN);
}

static void from_target(struct watch *w, const struct dialogue *d, struct window *s,
			const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	if (!s->began || is_failed_login(p))
		return;
	watch_rule(w, FROM_TARGET, "I7143-4.2.2.1-9",
		   !serial_before(p->max_cmd_sn, p->exp_cmd_sn - 1), t->ev, NULL,
		   "the %s has MaxCmdSN %u, less than its ExpCmdSN %u - 1", p->type->title,
		   p->max_cmd_sn, p->exp_cmd_sn);
	take(s, t);
	if (s->joined)
		return;
	if (p->type->opcode == OP_LOGIN_RESPONSE)
		watch_rule(w, FROM_TARGET, "I7143-11.12.8-1", p->exp_cmd_sn == s->first, t->ev,
			   NULL, "the Login Response has ExpCmdSN %u, the Login Request CmdSN %u",
			   p->exp_cmd_sn, s->first);
	else
		watch_rule(w, FROM_TARGET, "I7143-4.2.2.1-7",
			   !serial_before(s->next, p->exp_cmd_sn), t->ev, NULL,
			   "the %s has ExpCmdSN %u, and CmdSN %u never came", p->type->title,
			   p->exp_cmd_sn, s->next);
	const struct dialogue_task *task = answers_a_request(p) ? dialogue_task(d, p->itt) : NULL;
	/* Another connection may have told it before, and its message come later. */
	if (task && !task->pdu.i && !d->several)
		watch_rule(w, FROM_TARGET, "I7143-4.2.2.1-13",
			   serial_before(task->pdu.cmd_sn, s->exp), t->ev, task->sent,
			   "the %s answers CmdSN %u, and ExpCmdSN is still %u", p->type->title,
			   task->pdu.cmd_sn, s->exp);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	if (is_from(t, FROM_INITIATOR))
		from_initiator(w, state, t);
	else if (is_from(t, FROM_TARGET))
		from_target(w, d, state, t);
}

const struct monitor monitor_window = {
	.name = "window",
	.doc = "ExpCmdSN and MaxCmdSN are true, and no command goes beyond them",
	.rules = "I7143-4.2.2.1-7 I7143-4.2.2.1-9 I7143-4.2.2.1-12 I7143-4.2.2.1-13 "
		 "I7143-11.12.8-1",
	.session = true,
	.state_size = sizeof(struct window),
	.message = message,
};

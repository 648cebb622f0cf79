/* SPDX-License-Identifier: BSD-2-Clause */
/* The CmdSN window: requests run in CmdSN order, and what is outside the window vanishes. RFC
 * 7143 4.2.2.1. */
#include <stdlib.h>

#include "target.h"

/* Commands that are under way, each with a place in the window; all connections have one. */
static uint32_t under_way(const struct peer *p)
{
	uint32_t n = 0;

	for (const struct peer *m = p->session->members; m; m = m->next_member) {
		const struct target_state *t = m->phase == PEER_CLOSED ? NULL : m->target;
		for (size_t i = 0; t && i < t->slots; i++)
			n += t->tasks[i]->used && !t->tasks[i]->answered && !t->tasks[i]->command.i;
	}
	return n;
}

void target_window(struct peer *p)
{
	struct target_state *t = p->target;
	uint32_t active = under_way(p);

	if (t && peer_knob(p, KNOB_ABORT_COSTS_WINDOW))
		active += t->aborts;
	uint32_t max = p->session->exp_cmd_sn - 1;
	if (active < p->cfg.window)
		max += p->cfg.window - active;
	bool was_closed = t && t->commands && p->session->max_cmd_sn == p->session->exp_cmd_sn - 1;
	if (was_closed && peer_knob(p, KNOB_WINDOW_STAYS_CLOSED))
		return;
	if (serial_before(p->session->max_cmd_sn, max)) /* never backward */
		p->session->max_cmd_sn = max;
}

uint32_t target_told_window(struct peer *p)
{
	struct target_state *t = p->target;
	uint32_t closed = p->session->exp_cmd_sn - 1;

	if (!p->cfg.stale_window || !t)
		return p->session->max_cmd_sn;
	/* An initiator disregards what is less than it heard before: RFC 7143 4.2.2.1. */
	if (serial_before(closed + 1, t->told_window))
		return closed;
	t->told_window = p->session->max_cmd_sn;
	return p->session->max_cmd_sn;
}

/* RFC 7143 4.2.2.1 compares as RFC 1982 does; a mutant does not. */
static bool before(struct peer *p, uint32_t a, uint32_t b)
{
	bool serial = serial_before(a, b);
	return serial != (a < b) && peer_knob(p, KNOB_CMD_SN_PLAIN) ? a < b : serial;
}

static void keep(struct peer *p, const struct pdu *pdu, uint32_t cmd_sn)
{
	struct target_pending **at = &p->session->pending, *new = malloc(sizeof(*new));
	if (!new)
		return;
	while (*at && !serial_before(cmd_sn, (*at)->cmd_sn))
		at = &(*at)->next;
	new->by = p;
	new->pdu = *pdu;
	new->msg = p->target->last_msg;
	new->dropped = false;
	new->cmd_sn = cmd_sn;
	new->next = *at;
	*at = new;
}

static struct target_pending *first(const struct peer_session *s, uint32_t cmd_sn)
{
	return s->pending && s->pending->cmd_sn == cmd_sn ? s->pending : NULL;
}

/* What waits for the number that is due runs, each on the connection that it came over. */
static void drain(struct peer *p)
{
	struct peer_session *s = p->session;

	for (struct target_pending *head; (head = first(s, s->exp_cmd_sn));) {
		struct peer *by = head->by;
		uint32_t cmd_sn = s->exp_cmd_sn++;
		while ((head = first(s, cmd_sn))) { /* and its Data-Outs */
			s->pending = head->next;
			/* A Reject holds its header as it came. */
			by->target->last = head->pdu;
			by->target->last_msg = head->msg;
			if (!head->dropped)
				target_dispatch(by, &head->pdu);
			free(head);
			if (p->phase != PEER_FULL)
				return;
			if (by->phase != PEER_FULL) /* the rest of its went with it */
				break;
		}
		if (s->exp_cmd_sn == cmd_sn) /* it was rejected: a gap again */
			return;
	}
}

static bool waits(const struct peer_session *s, uint32_t cmd_sn)
{
	for (const struct target_pending *w = s->pending; w; w = w->next)
		if (w->cmd_sn == cmd_sn)
			return true;
	return false;
}

void target_queue_input(struct peer *p, const struct pdu *pdu)
{
	struct target_state *t = p->target;
	uint32_t cmd_sn = pdu->cmd_sn;

	target_window(p);
	if (before(p, cmd_sn, p->session->exp_cmd_sn) || waits(p->session, cmd_sn)) {
		if (target_task_by_itt(t, pdu->itt) && peer_knob(p, KNOB_RETRY_REJECTED))
			target_reject(p, pdu, REJECT_TASK_IN_PROGRESS, true);
		if (peer_knob(p, KNOB_EXECUTES_DUPLICATES))
			target_dispatch(p, pdu);
		return;
	}
	if (before(p, p->session->max_cmd_sn, cmd_sn)) {
		if (p->cfg.tolerant)
			peer_violation(p, "RFC 7143 4.2.2.1", "CmdSN %u is beyond MaxCmdSN %u",
				       (unsigned)cmd_sn, (unsigned)p->session->max_cmd_sn);
		if (peer_knob(p, KNOB_EXECUTES_OUTSIDE_WINDOW))
			target_dispatch(p, pdu);
		return;
	}
	if (cmd_sn != p->session->exp_cmd_sn && cmd_sn == p->session->max_cmd_sn &&
	    peer_knob(p, KNOB_WINDOW_LAST_IGNORED))
		return;
	if (cmd_sn != p->session->exp_cmd_sn && peer_knob(p, KNOB_EXECUTES_OUT_OF_ORDER)) {
		target_dispatch(p, pdu);
		return;
	}
	if (cmd_sn != p->session->exp_cmd_sn) {
		keep(p, pdu, cmd_sn);
		return;
	}
	p->session->exp_cmd_sn++;
	target_dispatch(p, pdu);
	if (p->phase == PEER_FULL)
		drain(p);
	if (p->phase == PEER_FULL)
		target_tmf_step(p);
}

bool target_queue_data(struct peer *p, const struct pdu *pdu)
{
	for (const struct target_pending *w = p->session->pending; w; w = w->next)
		if (w->by == p && w->pdu.type->opcode == OP_SCSI_COMMAND &&
		    w->pdu.itt == pdu->itt) {
			keep(p, pdu, w->cmd_sn);
			return true;
		}
	return false;
}

void target_queue_skip(struct peer *p, uint32_t cmd_sn)
{
	if (cmd_sn != p->session->exp_cmd_sn)
		return;
	p->session->exp_cmd_sn++;
	drain(p);
}

bool target_queue_drop(struct peer *p, uint32_t itt)
{
	bool found = false;

	/* The Data-Outs that wait with it have its tag. */
	for (struct target_pending *w = p->session->pending; w; w = w->next)
		if (w->pdu.itt == itt &&
		    (w->pdu.type->opcode == OP_SCSI_COMMAND || w->pdu.type->opcode == OP_DATA_OUT))
			found = w->dropped = true;
	return found;
}

void target_queue_leave(struct peer *p)
{
	for (struct target_pending **at = &p->session->pending; *at;) {
		struct target_pending *w = *at;
		if (w->by != p) {
			at = &w->next;
			continue;
		}
		*at = w->next;
		free(w);
	}
}

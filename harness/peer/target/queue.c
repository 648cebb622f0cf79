/* SPDX-License-Identifier: BSD-2-Clause */
/* The CmdSN window: requests run in CmdSN order, and what is outside the window vanishes. RFC
 * 7143 4.2.2.1. */
#include <stdlib.h>

#include "target.h"

void target_window(struct peer *p)
{
	struct target_state *t = p->target;
	uint32_t active = 0;

	for (size_t i = 0; t && i < t->slots; i++)
		active += t->tasks[i]->used && !t->tasks[i]->answered && !t->tasks[i]->command.i;
	if (t && peer_knob(p, KNOB_ABORT_COSTS_WINDOW))
		active += t->aborts;
	uint32_t max = p->exp_cmd_sn - 1;
	if (active < p->cfg.window)
		max += p->cfg.window - active;
	bool was_closed = t && t->commands && p->max_cmd_sn == p->exp_cmd_sn - 1;
	if (was_closed && peer_knob(p, KNOB_WINDOW_STAYS_CLOSED))
		return;
	if (serial_before(p->max_cmd_sn, max)) /* never backward */
		p->max_cmd_sn = max;
}

uint32_t target_told_window(struct peer *p)
{
	struct target_state *t = p->target;
	uint32_t closed = p->exp_cmd_sn - 1;

	if (!p->cfg.stale_window || !t)
		return p->max_cmd_sn;
	/* An initiator disregards what is less than it heard before: RFC 7143 4.2.2.1. */
	if (serial_before(closed + 1, t->told_window))
		return closed;
	t->told_window = p->max_cmd_sn;
	return p->max_cmd_sn;
}

/* RFC 7143 4.2.2.1 compares as RFC 1982 does; a mutant does not. */
static bool before(struct peer *p, uint32_t a, uint32_t b)
{
	bool serial = serial_before(a, b);
	return serial != (a < b) && peer_knob(p, KNOB_CMD_SN_PLAIN) ? a < b : serial;
}

static void keep(struct target_state *t, const struct pdu *pdu, uint32_t cmd_sn)
{
	struct target_pending **at = &t->pending, *new = malloc(sizeof(*new));
	if (!new)
		return;
	while (*at && !serial_before(cmd_sn, (*at)->cmd_sn))
		at = &(*at)->next;
	new->pdu = *pdu;
	new->msg = t->last_msg;
	new->dropped = false;
	new->cmd_sn = cmd_sn;
	new->next = *at;
	*at = new;
}

static void drain(struct peer *p)
{
	struct target_state *t = p->target;

	while (t->pending && t->pending->cmd_sn == p->exp_cmd_sn) {
		uint32_t cmd_sn = p->exp_cmd_sn++;
		while (t->pending && t->pending->cmd_sn == cmd_sn) { /* and its Data-Outs */
			struct target_pending *head = t->pending;
			t->pending = head->next;
			/* A Reject holds its header as it came. */
			t->last = head->pdu;
			t->last_msg = head->msg;
			if (!head->dropped)
				target_dispatch(p, &head->pdu);
			free(head);
			if (p->phase != PEER_FULL)
				return;
		}
		if (p->exp_cmd_sn == cmd_sn) /* it was rejected: a gap again */
			return;
	}
}

static bool waits(const struct target_state *t, uint32_t cmd_sn)
{
	for (const struct target_pending *w = t->pending; w; w = w->next)
		if (w->cmd_sn == cmd_sn)
			return true;
	return false;
}

void target_queue_input(struct peer *p, const struct pdu *pdu)
{
	struct target_state *t = p->target;
	uint32_t cmd_sn = pdu->cmd_sn;

	target_window(p);
	if (before(p, cmd_sn, p->exp_cmd_sn) || waits(t, cmd_sn)) {
		if (target_task_by_itt(t, pdu->itt) && peer_knob(p, KNOB_RETRY_REJECTED))
			target_reject(p, pdu, REJECT_TASK_IN_PROGRESS, true);
		if (peer_knob(p, KNOB_EXECUTES_DUPLICATES))
			target_dispatch(p, pdu);
		return;
	}
	if (before(p, p->max_cmd_sn, cmd_sn)) {
		if (p->cfg.tolerant)
			peer_violation(p, "RFC 7143 4.2.2.1", "CmdSN %u is beyond MaxCmdSN %u",
				       (unsigned)cmd_sn, (unsigned)p->max_cmd_sn);
		if (peer_knob(p, KNOB_EXECUTES_OUTSIDE_WINDOW))
			target_dispatch(p, pdu);
		return;
	}
	if (cmd_sn != p->exp_cmd_sn && cmd_sn == p->max_cmd_sn &&
	    peer_knob(p, KNOB_WINDOW_LAST_IGNORED))
		return;
	if (cmd_sn != p->exp_cmd_sn && peer_knob(p, KNOB_EXECUTES_OUT_OF_ORDER)) {
		target_dispatch(p, pdu);
		return;
	}
	if (cmd_sn != p->exp_cmd_sn) {
		keep(t, pdu, cmd_sn);
		return;
	}
	p->exp_cmd_sn++;
	target_dispatch(p, pdu);
	if (p->phase == PEER_FULL)
		drain(p);
	if (p->phase == PEER_FULL)
		target_tmf_step(p);
}

bool target_queue_data(struct peer *p, const struct pdu *pdu)
{
	struct target_state *t = p->target;

	for (const struct target_pending *w = t->pending; w; w = w->next)
		if (w->pdu.type->opcode == OP_SCSI_COMMAND && w->pdu.itt == pdu->itt) {
			keep(t, pdu, w->cmd_sn);
			return true;
		}
	return false;
}

void target_queue_skip(struct peer *p, uint32_t cmd_sn)
{
	if (cmd_sn != p->exp_cmd_sn)
		return;
	p->exp_cmd_sn++;
	drain(p);
}

bool target_queue_drop(struct target_state *t, uint32_t itt)
{
	bool found = false;

	/* The Data-Outs that wait with it have its tag. */
	for (struct target_pending *w = t->pending; w; w = w->next)
		if (w->pdu.itt == itt &&
		    (w->pdu.type->opcode == OP_SCSI_COMMAND || w->pdu.type->opcode == OP_DATA_OUT))
			found = w->dropped = true;
	return found;
}

void target_queue_free(struct target_state *t)
{
	while (t->pending) {
		struct target_pending *next = t->pending->next;
		free(t->pending);
		t->pending = next;
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A model initiator that gives up a command which is not answered in time, as SCSI layers do. */
#include "initiator.h"

/* The one that was sent first among those that nobody gave up yet. */
static struct peer_task *oldest(const struct peer *p)
{
	struct peer_task *found = NULL;

	for (struct peer_task *t = p->tasks; t; t = t->next)
		if (t->sent_at && !t->done && !t->given_up)
			found = t; /* newest first */
	return found;
}

/* The task that was given up is not over: something harder. */
static void escalate(struct peer *p)
{
	struct initiator_state *s = initiator_state(p);

	if (!p->cfg.task_escalation || s->escalated || !initiator_has_tasks(p))
		return;
	s->escalated = true;
	peer_task_management(p, TARGET_WARM_RESET, TAG_NONE, NULL);
}

void autopilot_give_up(struct peer *p)
{
	struct peer_task *t = oldest(p);
	unsigned function = p->cfg.task_timeout_function;
	struct err e = {0};

	if (!t && p->phase == PEER_FULL)
		escalate(p);
	if (!t || p->phase != PEER_FULL || fab_now(p->fab) < t->sent_at + p->cfg.task_timeout)
		return;
	t->given_up = true;
	if (peer_knob(p, KNOB_COMMAND_SENT_AGAIN)) {
		t->command.ahs = (struct bytes){0}; /* of a command of one way: there is none */
		peer_send(p, &t->command);
		return;
	}
	if (peer_task_management(p, function, function == ABORT_TASK ? t->itt : TAG_NONE, &e))
		peer_note(p, "no task management: %s", e.what);
	if (p->cfg.task_escalation)
		fab_timer(p->fab, fab_now(p->fab) + p->cfg.task_timeout, TIMER_TASK, p->conn);
}

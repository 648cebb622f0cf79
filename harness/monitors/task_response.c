/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Behind a Task Management Response no SCSI Response comes for a task that it ended (RFC
 * 7143 11.5.1). That it ended the task is what the response says: function complete.
 */
#include "../oracle/watch.h"
#include "../wire/serial.h"

static const struct dialogue_task *request_of(const struct dialogue *d, const struct log_event *ev)
{
	for (size_t i = 0; i < d->task_count; i++)
		if (d->tasks[i].answered == ev)
			return &d->tasks[i];
	return NULL;
}

/* 11.5.1: functions for a task set act on the commands whose CmdSN is lower. */
static bool covered(const struct dialogue_task *request, const struct dialogue_task *task)
{
	if (request->pdu.function != ABORT_TASK_SET && request->pdu.function != CLEAR_TASK_SET)
		return true;
	return serial_before(task->pdu.cmd_sn, request->pdu.cmd_sn);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	(void)state;
	if (t->from != FROM_TARGET || !p->type || p->type->iser_opcode != ISER_CONTROL ||
	    p->type->opcode != OP_SCSI_RESPONSE || t->delivery == NOT_DELIVERED)
		return;
	const struct dialogue_task *task = dialogue_task(d, p->itt);
	if (!task || task->pdu.type->opcode != OP_SCSI_COMMAND)
		return;
	const struct dialogue_task *request =
		task->aborted_by ? request_of(d, task->aborted_by) : NULL;
	if (request && !covered(request, task))
		return;
	watch_rule(w, FROM_TARGET, "I7143-11.5.1-2", !request, t->ev, task->aborted_by,
		   "a SCSI Response for the command with ITT 0x%x, whose end was confirmed before",
		   p->itt);
}

const struct monitor monitor_task_response = {
	.name = "task-response",
	.doc = "no SCSI Response behind the Task Management Response that ended its command",
	.rules = "I7143-11.5.1-2",
	.message = message,
};

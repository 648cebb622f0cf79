/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Task Management Requests of an initiator: what they name (RFC 7143 11.5.4, 11.5.5), and how they
 * travel (11.5.1, 11.5.2; RFC 7145 7.3.3).
 */
#include "../oracle/watch.h"

static void names(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	/* RFC 7144 has more of them; what they name is said there. */
	if (!p->function || p->function > TASK_REASSIGN)
		return;
	if (p->function != ABORT_TASK && p->function != TASK_REASSIGN) {
		watch_rule(w, FROM_INITIATOR, "I7143-11.5.4-1", p->ref_task_tag == TAG_NONE, t->ev,
			   NULL, "function %u, which concerns no single task, names task 0x%x",
			   p->function, p->ref_task_tag);
		return;
	}
	const struct dialogue_task *task = dialogue_task(d, p->ref_task_tag);
	if (p->function != ABORT_TASK || !task || task->pdu.type->opcode != OP_SCSI_COMMAND)
		return;
	const uint32_t due = task->pdu.i ? p->cmd_sn : task->pdu.cmd_sn;
	watch_rule(w, FROM_INITIATOR, "I7143-11.5.5-1", p->ref_cmd_sn == due, t->ev, task->sent,
		   "the abort of a command %s CmdSN %u has RefCmdSN %u, %u is due",
		   task->pdu.i ? "that was immediate, by a request with" : "with",
		   task->pdu.i ? p->cmd_sn : task->pdu.cmd_sn, p->ref_cmd_sn, due);
	watch_rule(w, FROM_INITIATOR, "I7143-11.5.3-1", p->lun == task->pdu.lun, t->ev, task->sent,
		   "the abort of a command to LUN 0x%llx goes to LUN 0x%llx",
		   (unsigned long long)task->pdu.lun, (unsigned long long)p->lun);
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;

	(void)state;
	if (t->from != FROM_INITIATOR || !p->type || p->type->iser_opcode != ISER_CONTROL ||
	    p->type->opcode != OP_TASK_REQUEST || t->phase != DIALOGUE_FULL)
		return;
	if (log_kind_known(t->ev))
		watch_rule(w, FROM_INITIATOR, "I7145-7.3.3-1",
			   !t->ev->has_imm && !t->ev->invalidated, t->ev, NULL,
			   "a Task Management Request came as another message than Send");
	watch_rule(w, FROM_INITIATOR, "I7143-11.5.2-1", !p->ahs.len && !p->data.len, t->ev, NULL,
		   "a Task Management Request with %zu bytes of additional headers and %zu of data",
		   p->ahs.len, p->data.len);
	if (p->function == TASK_REASSIGN) {
		watch_rule(w, FROM_INITIATOR, "I7143-11.5.1-3", p->i, t->ev, NULL,
			   "TASK REASSIGN is not immediate");
		/* RFC 7145 3.3 says it too. */
		static const char *const same[] = {"I7145-7.3.3-9", "I7145-3.3-5"};
		for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
			watch_rule(w, FROM_INITIATOR, same[i], !p->exp_data_sn || !p->rsv, t->ev,
				   NULL, "TASK REASSIGN of a read has ExpDataSN %u",
				   p->exp_data_sn);
	}
	names(w, d, t);
}

const struct monitor monitor_task_request = {
	.name = "task-request",
	.doc = "what a Task Management Request names, and how it travels",
	.rules = "I7143-11.5.1-3 I7143-11.5.2-1 I7143-11.5.3-1 I7143-11.5.4-1 I7143-11.5.5-1 "
		 "I7145-7.3.3-1 I7145-7.3.3-9 I7145-3.3-5",
	.message = message,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* What an honest target would send now, for scripts that speak in its place. */
#include <string.h>

#include "target.h"

/* The oldest task that still waits for its response, behind those that the chain being made
 * answers. */
static const struct target_task *waiting_task(const struct target_state *t, uint32_t skip)
{
	uint64_t after = 0;

	for (;; skip--) {
		const struct target_task *oldest = NULL;
		for (size_t i = 0; i < t->slots; i++)
			if (t->tasks[i]->used && !t->tasks[i]->answered &&
			    t->tasks[i]->order > after &&
			    (!oldest || t->tasks[i]->order < oldest->order))
				oldest = t->tasks[i];
		if (!oldest || !skip)
			return oldest;
		after = oldest->order;
	}
}

uint32_t peer_waiting(const struct peer *p)
{
	const struct target_state *t = p->target;
	uint32_t n = 0;

	for (size_t i = 0; t && i < t->slots; i++)
		n += t->tasks[i]->used && !t->tasks[i]->answered;
	return n;
}

uint32_t target_waiting_luns(const struct peer *p)
{
	const struct target_state *t = p->target;
	uint32_t luns = 0;

	for (size_t i = 0; t && i < t->slots; i++)
		if (t->tasks[i]->used && !t->tasks[i]->answered)
			luns |= target_lun_bit(&t->tasks[i]->command);
	return luns;
}

static void template_nop_in(struct peer *p, struct pdu *out)
{
	const struct pdu *ping = p->target ? &p->target->quiet_nop_out : NULL;

	out->itt = out->ttt = TAG_NONE;
	if (!ping || ping->itt == TAG_NONE || !ping->type)
		return;
	out->itt = ping->itt; /* the answer to a ping that we were kept from answering */
	out->data = ping->data;
	if (p->terms.initiator_rdsl && out->data.len > p->terms.initiator_rdsl)
		out->data.len = p->terms.initiator_rdsl;
}

static void template_reject(struct peer *p, struct pdu *out)
{
	struct bytes msg = p->target ? p->target->last_msg : (struct bytes){0};

	out->reason = REJECT_PROTOCOL_ERROR;
	if (msg.len >= ISER_HEADER_SIZE + BHS_SIZE)
		out->data = (struct bytes){msg.at + ISER_HEADER_SIZE, BHS_SIZE};
}

void target_template(struct peer *p, const struct pdu_type *type, struct pdu *out)
{
	struct target_state *t = p->target;
	const struct target_task *task = t ? waiting_task(t, p->ahead.responses) : NULL;

	/* The honest numbers, without what knobs make of them. */
	pdu_init(out, type);
	if (t)
		target_window(p);
	out->stat_sn = p->stat_sn;
	out->exp_cmd_sn = p->session->exp_cmd_sn;
	out->max_cmd_sn = p->session->max_cmd_sn;

	switch (type->opcode) {
	case OP_NOP_IN:
		template_nop_in(p, out);
		break;
	case OP_SCSI_RESPONSE:
		if (task)
			target_response_pdu(p, task, t->sense, out);
		break;
	case OP_TASK_RESPONSE:
		if (t)
			out->itt = t->quiet_tmf.itt;
		break;
	case OP_TEXT_RESPONSE:
		out->f = 1;
		out->ttt = TAG_NONE;
		if (t)
			out->itt = t->quiet_text.itt;
		break;
	case OP_LOGOUT_RESPONSE:
		if (t)
			out->itt = t->quiet_logout.itt;
		break;
	case OP_DATA_IN:
		out->f = 1;
		out->ttt = TAG_NONE;
		out->stat_sn = 0; /* S=0: reserved */
		if (task) {
			out->itt = task->command.itt;
			out->data = (struct bytes){task->io.in,
						   task->io.in_len < 512 ? task->io.in_len : 512};
		}
		break;
	case OP_R2T:
		out->ttt = p->next_ttt;
		if (task) {
			out->itt = task->command.itt;
			out->lun = task->command.lun;
			out->buffer_offset = (uint32_t)task->got;
			out->desired_data_length = (uint32_t)(task->transfer - task->got);
		}
		break;
	case OP_ASYNC: /* asks for a logout within ten seconds, RFC 7143 11.9.1 */
		out->async_event = 1;
		out->parameter3 = 10;
		break;
	case OP_REJECT:
		template_reject(p, out);
		break;
	default:
		break;
	}
}

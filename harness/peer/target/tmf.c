/* SPDX-License-Identifier: BSD-2-Clause */
/* Task management at the target, RFC 7143 11.5 and 11.6: what is ended never speaks again. */
#include "target.h"

enum tmf_response {
	TMF_COMPLETE = 0,
	TMF_NO_SUCH_TASK = 1,
	TMF_NO_SUCH_LUN = 2,
	TMF_STILL_ALLEGIANT = 3,
	TMF_NO_REASSIGN = 4,
	TMF_NOT_SUPPORTED = 5,
	TMF_REJECTED = 255,
};

static void end_task(struct peer *p, struct target_task *task)
{
	if (peer_knob(p, KNOB_RESPONSE_AFTER_ABORT))
		return;
	target_task_abort(p, task);
}

/* The next connection of the session that can have tasks, from m on. */
static struct peer *serving(struct peer *m)
{
	while (m && (m->phase != PEER_FULL || !m->target))
		m = m->next_member;
	return m;
}

/* A task of another connection, where an abort of it has to be asked for, 11.5.1. */
static bool is_elsewhere(const struct peer *p, uint32_t itt)
{
	for (struct peer *m = serving(p->session->members); m; m = serving(m->next_member))
		if (m != p && target_task_by_itt(m->target, itt))
			return true;
	return false;
}

static uint8_t abort_task(struct peer *p, const struct pdu *pdu)
{
	struct target_task *task = target_task_by_itt(p->target, pdu->ref_task_tag);

	p->target->aborts++;
	if (task) {
		end_task(p, task);
		return TMF_COMPLETE;
	}
	if (target_queue_drop(p, pdu->ref_task_tag))
		return TMF_COMPLETE;
	if (is_elsewhere(p, pdu->ref_task_tag))
		return TMF_NO_SUCH_TASK;
	if (peer_knob(p, KNOB_ABORT_OF_NOTHING_COMPLETE))
		return TMF_COMPLETE;
	/* RFC 7143 11.6.1: not here yet, but inside the window: count it as received. */
	if (!serial_before(pdu->ref_cmd_sn, p->session->exp_cmd_sn) &&
	    !serial_before(p->session->max_cmd_sn, pdu->ref_cmd_sn) &&
	    !peer_knob(p, KNOB_ABORT_MISSING_REFUSED)) {
		if (!peer_knob(p, KNOB_ABORT_MISSING_LEAVES_GAP))
			target_queue_skip(p, pdu->ref_cmd_sn);
		return TMF_COMPLETE;
	}
	return peer_knob(p, KNOB_ABORT_DONE_COMPLETE) ? TMF_COMPLETE : TMF_NO_SUCH_TASK;
}

/* RFC 7143 11.5.1: a function for a task set acts on the commands before it. */
static bool covers(const struct pdu *request, const struct pdu *command)
{
	if (request->function != ABORT_TASK_SET && request->function != CLEAR_TASK_SET)
		return true;
	return serial_before(command->cmd_sn, request->cmd_sn) ||
	       (command->i && command->cmd_sn == request->cmd_sn);
}

static void end_covered(struct peer *p, const struct pdu *pdu, bool any_lun)
{
	struct target_state *t = p->target;

	for (size_t i = 0; i < t->slots; i++)
		if (t->tasks[i]->used && !t->tasks[i]->answered &&
		    (any_lun || t->tasks[i]->command.lun == pdu->lun) &&
		    covers(pdu, &t->tasks[i]->command))
			end_task(p, t->tasks[i]);
}

/* Task sets are those of the session, whatever connections their tasks came over. */
static uint8_t end_tasks(struct peer *p, const struct pdu *pdu, bool any_lun)
{
	if (!any_lun && !disk_unit(p->target->disk, pdu->lun))
		return TMF_NO_SUCH_LUN;
	end_covered(p, pdu, any_lun);
	if (members_several(p) && peer_knob(p, KNOB_TASK_SET_OF_THE_CONNECTION))
		return TMF_COMPLETE;
	for (struct peer *m = serving(p->session->members); m; m = serving(m->next_member))
		if (m != p)
			end_covered(m, pdu, any_lun);
	return TMF_COMPLETE;
}

/* A task of the connection that this one replaced, of the same session. One that came with
 * immediate data is not taken over: what came is kept nowhere. */
static const struct target_task *lost_task(const struct peer *p, uint32_t itt)
{
	for (const struct peer *o = p->older; o; o = o->older) {
		const struct target_state *t = o->tsih == p->tsih ? o->target : NULL;
		for (size_t i = 0; t && i < t->slots; i++) {
			const struct target_task *task = t->tasks[i];
			if (task->used && !task->answered && task->command.itt == itt && !task->got)
				return task;
		}
	}
	return NULL;
}

/* RFC 7143 7.2.2: ErrorRecoveryLevel 2 alone has it. */
static uint8_t reassign(struct peer *p, const struct pdu *pdu)
{
	if (peer_knob(p, KNOB_REASSIGN_ACCEPTED))
		return TMF_COMPLETE;
	if (p->terms.error_recovery_level < 2)
		return TMF_NO_REASSIGN;
	/* It is under way here: this connection's own, or taken over by an earlier request. */
	if (target_task_by_itt(p->target, pdu->ref_task_tag))
		return TMF_STILL_ALLEGIANT;
	return lost_task(p, pdu->ref_task_tag) ? TMF_COMPLETE : TMF_NO_SUCH_TASK;
}

/* The task begins anew, with what is advertised now (RFC 7145 7.3.3, 10.2.2). */
static void take_over(struct peer *p, const struct pdu *request)
{
	const struct target_task *lost = lost_task(p, request->ref_task_tag);

	if (!lost)
		return;
	struct pdu command = lost->command;
	command.data = command.ahs = (struct bytes){0};
	if (!peer_knob(p, KNOB_REASSIGNED_TO_OLD_STAGS)) {
		command.read_stag = request->read_stag;
		command.read_base_offset = request->read_base_offset;
		command.write_stag = request->write_stag;
		command.write_base_offset = request->write_base_offset;
	}
	if (peer_knob(p, KNOB_REASSIGNED_DATA_MISSING))
		command.edtl = 0;
	target_command(p, &command);
}

static uint8_t carry_out(struct peer *p, const struct pdu *pdu)
{
	switch (pdu->function) {
	case ABORT_TASK:
		return abort_task(p, pdu);
	case ABORT_TASK_SET:
	case CLEAR_TASK_SET:
	case LU_RESET:
		return end_tasks(p, pdu, false);
	case TARGET_WARM_RESET:
	case TARGET_COLD_RESET:
		return end_tasks(p, pdu, true);
	case TASK_REASSIGN:
		return reassign(p, pdu);
	case CLEAR_ACA:
		return peer_knob(p, KNOB_CLEAR_ACA_ENDS_TASKS) ? end_tasks(p, pdu, false)
							       : TMF_NOT_SUPPORTED;
	default:
		return peer_knob(p, KNOB_TMF_RESERVED_COMPLETE) ? TMF_COMPLETE : TMF_REJECTED;
	}
}

/* RFC 7143 4.2.3.3: RDMA Reads of the tasks that were ended come to their end first. */
static bool reads_under_way(const struct peer *p)
{
	for (struct peer *m = serving(p->session->members); m; m = serving(m->next_member)) {
		const struct target_state *t = m->target;
		for (size_t i = 0; i < t->slots; i++)
			if (t->tasks[i]->used && t->tasks[i]->aborted && t->tasks[i]->reads)
				return true;
	}
	return false;
}

static void answer(struct peer *p, const struct pdu *request, uint8_t response)
{
	struct pdu out;

	if (peer_knob(p, KNOB_TMF_NOT_ANSWERED))
		return;
	target_new_pdu(p, OP_TASK_RESPONSE, &out);
	out.itt = request->itt;
	out.response = response;
	peer_send(p, &out);
	if (p->target->old.read_stag && peer_knob(p, KNOB_LATE_READ_DATA))
		target_lie_touch(p, p->target->old.read_stag, p->target->old.read_base + 32768);
	if (request->function == TARGET_COLD_RESET && response == TMF_COMPLETE)
		peer_close(p); /* RFC 7143 11.5.1 */
}

/* RFC 7143 4.2.3.3: an immediate request may have overtaken commands that it covers. A reset of the
 * target might count them as received; this one waits for them. */
static bool waits_for_commands(struct peer *p, const struct pdu *pdu)
{
	bool whole_set = pdu->function == ABORT_TASK_SET || pdu->function == CLEAR_TASK_SET ||
			 pdu->function == LU_RESET || pdu->function == TARGET_WARM_RESET ||
			 pdu->function == TARGET_COLD_RESET;
	return whole_set && pdu->i && serial_before(p->session->exp_cmd_sn, pdu->cmd_sn) &&
	       !serial_before(p->session->max_cmd_sn, pdu->cmd_sn - 1) &&
	       !peer_knob(p, KNOB_TMF_BEFORE_COMMANDS);
}

static void step(struct peer *p, struct target_tmf *t)
{
	if (t->waits && serial_before(p->session->exp_cmd_sn, t->request.cmd_sn))
		return;
	t->waits = false;
	if (!t->done) {
		if (peer_knob(p, KNOB_TMF_BEFORE_READS_END))
			target_read_more(p);
		t->response = carry_out(p, &t->request);
		t->done = true;
	}
	if (p->phase != PEER_FULL)
		return;
	if (reads_under_way(p) && !peer_knob(p, KNOB_TMF_BEFORE_READS_END))
		return;
	t->used = false;
	const struct pdu request = t->request;
	answer(p, &request, t->response);
	if (request.function == TASK_REASSIGN && t->response == TMF_COMPLETE &&
	    p->phase == PEER_FULL)
		take_over(p, &request);
}

void target_tmf(struct peer *p, const struct pdu *pdu)
{
	struct target_state *t = p->target;
	struct target_tmf *slot = NULL;

	p->served.tmfs++;
	p->kept_regions += peer_knob(p, KNOB_TARGET_KEEPS_ABORTED);
	for (size_t i = 0; i < TARGET_TMFS && !slot; i++)
		slot = t->tmfs[i].used ? NULL : &t->tmfs[i];
	if (!slot) {
		answer(p, pdu, TMF_REJECTED);
		return;
	}
	*slot = (struct target_tmf){
		.used = true, .waits = waits_for_commands(p, pdu), .request = *pdu};
	step(p, slot);
}

static void steps(struct peer *p)
{
	struct target_state *t = p->target;

	for (size_t i = 0; i < TARGET_TMFS; i++)
		if (t->tmfs[i].used && p->phase == PEER_FULL)
			step(p, &t->tmfs[i]);
}

void target_tmf_step(struct peer *p)
{
	for (struct peer *m = serving(p->session->members); m; m = serving(m->next_member))
		steps(m);
}

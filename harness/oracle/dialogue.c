/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the books of one connection: phases, tasks, how it ended. Keys are in dialogue_keys.c. */
#include "dialogue.h"

#include <stdlib.h>
#include <string.h>

#include "dialogue_internal.h"
#include "room.h"

void dialogue_init(struct dialogue *d, unsigned conn, bool sut_is_target)
{
	*d = (struct dialogue){.conn = conn, .leading = conn, .sut_is_target = sut_is_target};
	dialogue_terms_default(&d->terms);
}

void dialogue_free(struct dialogue *d)
{
	for (size_t i = 0; i < d->key_count; i++)
		free(d->keys[i].value);
	free(d->keys);
	free(d->tasks);
	free(d->partial[0]);
	free(d->partial[1]);
	*d = (struct dialogue){0};
}

static void take_hello_from(struct dialogue *d, const struct dialogue *before)
{
	d->terms.hello_required = dialogue_hello_due(before);
	if (d->terms.hello_required && d->phase == DIALOGUE_FULL)
		d->phase = DIALOGUE_HELLO;
}

void dialogue_resume(struct dialogue *d, const struct dialogue *before)
{
	if (!dialogue_said(d, FROM_INITIATOR, "iSERHelloRequired"))
		take_hello_from(d, before);
}

void dialogue_join(struct dialogue *d, struct dialogue *leading)
{
	const struct dialogue_terms own = d->terms;

	d->terms = leading->terms;
	d->terms.initiator_rdsl = own.initiator_rdsl;
	d->terms.target_rdsl = own.target_rdsl;
	d->leading = leading->conn;
	d->several = leading->several = true;
	take_hello_from(d, leading);
}

/* Initiators count their tags in steps of 1, 2^16 or 2^24. */
static size_t bucket(uint32_t itt)
{
	return (itt ^ itt >> 16 ^ itt >> 24) % DIALOGUE_BUCKETS;
}

struct dialogue_task *dialogue_task(const struct dialogue *d, uint32_t itt)
{
	for (size_t i = d->newest[bucket(itt)]; i; i = d->tasks[i - 1].older)
		if (d->tasks[i - 1].itt == itt)
			return &d->tasks[i - 1];
	return NULL;
}

bool dialogue_unanswered(const struct dialogue *d, uint32_t itt, unsigned opcode)
{
	for (size_t i = d->newest[bucket(itt)]; i; i = d->tasks[i - 1].older) {
		const struct dialogue_task *task = &d->tasks[i - 1];
		if (task->itt == itt && task->pdu.type->opcode == opcode && !task->answered)
			return true;
	}
	return false;
}

bool dialogue_reassigned(const struct dialogue *d, uint32_t itt)
{
	for (size_t i = 0; i < d->task_count; i++) {
		const struct pdu *p = &d->tasks[i].pdu;
		if (p->type->opcode == OP_TASK_REQUEST && p->function == TASK_REASSIGN &&
		    p->ref_task_tag == itt)
			return true;
	}
	return false;
}

static void begin_task(struct dialogue *d, const struct traffic *t)
{
	d->tasks = room_for_one(d->tasks, d->task_count, sizeof(*d->tasks));
	size_t *newest = &d->newest[bucket(t->pdu.itt)];
	d->tasks[d->task_count++] = (struct dialogue_task){
		.itt = t->pdu.itt,
		.older = *newest,
		.pdu = t->pdu,
		.sent = t->ev,
		.delivered = t->delivery != NOT_DELIVERED,
		.unsolicited =
			t->pdu.type->opcode == OP_SCSI_COMMAND ? (uint32_t)t->pdu.data.len : 0,
		.data_final = t->pdu.f,
	};
	*newest = d->task_count;
}

static void data_out(struct dialogue *d, const struct pdu *p)
{
	struct dialogue_task *task = dialogue_task(d, p->itt);
	if (!task || task->answered)
		return;
	task->unsolicited += (uint32_t)p->data.len;
	task->data_outs++;
	task->data_final = p->f;
}

static void answer(struct dialogue *d, const struct traffic *t)
{
	struct dialogue_task *task = dialogue_task(d, t->pdu.itt);
	if (task && !task->answered)
		task->answered = t->ev;
}

/* A Reject ends no task by itself (RFC 7143 7.3), except a command that it names as never begun;
 * which of the two it is cannot be told from the log, so the task stays. */
static void task_response(struct dialogue *d, const struct traffic *t)
{
	const struct dialogue_task *request = dialogue_task(d, t->pdu.itt);
	answer(d, t);
	/* Response 0: Function Complete, RFC 7143 11.6.1 */
	if (!request || request->pdu.type->opcode != OP_TASK_REQUEST || t->pdu.response)
		return;
	const struct pdu *asked = &request->pdu;
	for (size_t i = 0; i < d->task_count; i++) {
		struct dialogue_task *task = &d->tasks[i];
		if (task->answered || task->aborted_by ||
		    task->pdu.type->opcode != OP_SCSI_COMMAND ||
		    task->sent->seq > request->sent->seq)
			continue;
		const bool covered =
			asked->function == ABORT_TASK ? task->itt == asked->ref_task_tag
			: asked->function == ABORT_TASK_SET || asked->function == CLEAR_TASK_SET ||
					asked->function == LU_RESET
				? task->pdu.lun == asked->lun
				: asked->function == TARGET_WARM_RESET ||
					  asked->function == TARGET_COLD_RESET;
		if (covered)
			task->aborted_by = t->ev;
	}
}

static void login(struct dialogue *d, const struct traffic *t)
{
	const bool request = t->pdu.type->opcode == OP_LOGIN_REQUEST;
	if (d->phase != DIALOGUE_LOGIN)
		return;
	dialogue_keys(d, t);
	d->names_session |= request && t->pdu.tsih;
	if (request && t->pdu.t && t->pdu.nsg == 3)
		d->final_request = t->ev;
	if (request)
		return;
	if (t->pdu.status_class) {
		d->phase = DIALOGUE_OVER;
	} else if (t->pdu.t && t->pdu.nsg == 3) {
		d->final_response = t->ev;
		d->phase = dialogue_hello_due(d) ? DIALOGUE_HELLO : DIALOGUE_FULL;
	}
}

static void control(struct dialogue *d, const struct traffic *t)
{
	const struct pdu *p = &t->pdu;
	switch (p->type->opcode) {
	case OP_LOGIN_REQUEST:
	case OP_LOGIN_RESPONSE:
		login(d, t);
		break;
	case OP_TEXT_REQUEST:
		dialogue_keys(d, t);
		if (p->ttt == TAG_NONE || !dialogue_task(d, p->itt))
			begin_task(d, t);
		break;
	case OP_NOP_OUT:
		if (p->itt != TAG_NONE)
			begin_task(d, t);
		break;
	case OP_SCSI_COMMAND:
	case OP_TASK_REQUEST:
	case OP_LOGOUT_REQUEST:
		begin_task(d, t);
		break;
	case OP_DATA_OUT:
		data_out(d, p);
		break;
	case OP_TEXT_RESPONSE:
		dialogue_keys(d, t);
		if (p->f)
			answer(d, t);
		break;
	case OP_NOP_IN:
		if (p->itt != TAG_NONE)
			answer(d, t);
		break;
	case OP_TASK_RESPONSE:
		task_response(d, t);
		break;
	case OP_SCSI_RESPONSE:
		answer(d, t);
		break;
	case OP_LOGOUT_RESPONSE:
		answer(d, t);
		if (!p->response)
			d->phase = DIALOGUE_LOGOUT;
		break;
	default:
		break;
	}
}

void dialogue_message(struct dialogue *d, const struct traffic *t)
{
	if (t->from == FROM_INITIATOR)
		d->last_from_initiator = t->ev;
	else
		d->last_from_target = t->ev;
	if (t->delivery == NOT_DELIVERED)
		return;
	if (!t->pdu.type) {
		d->unreadable[t->from == FROM_TARGET] = true;
		return;
	}
	if (t->pdu.type == pdu_hello_type()) {
		d->hello_sent = true;
	} else if (t->pdu.type == pdu_hello_reply_type()) {
		d->hello_replied = true;
		if (d->phase == DIALOGUE_HELLO)
			d->phase = DIALOGUE_FULL;
	} else if (t->pdu.type->sender == t->from) {
		control(d, t);
	}
}

static void over(struct dialogue *d, const struct log_event *ev, bool by_sut)
{
	if (!d->closed) {
		d->closed = ev;
		d->closed_by_sut = by_sut;
	}
	d->phase = DIALOGUE_OVER;
}

void dialogue_event(struct dialogue *d, const struct log_event *ev)
{
	const char *name = ev->name ? ev->name : "";
	if (log_failed(ev) || (ev->kind == LOG_CM && word_is(name, "terminate"))) {
		/* Our own queue pair is dead: whatever comes later says nothing about the SUT. */
		over(d, ev, false);
	} else if (ev->kind == LOG_CM) {
		if (word_is(name, "established") && !d->established)
			d->established = ev;
		else if (word_is(name, "joined"))
			d->joined = true;
		else if (word_is(name, "disconnected") || word_is(name, "rejected") ||
			 word_is(name, "unreachable") || word_is(name, "device-gone"))
			over(d, ev, true);
		else if (word_is(name, "disconnect") || word_is(name, "vanish") ||
			 word_is(name, "break"))
			over(d, ev, false);
	}
}

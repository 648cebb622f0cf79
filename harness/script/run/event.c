/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of the fabric, each to the honest peer and to the runner's own books. */
#include "run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t run_now(const struct run *r)
{
	return fab_now(r->env->fab);
}

void run_acted(struct run *r)
{
	if (!r->talk->link)
		return;
	r->talk->acted = true;
	r->talk->acted_in_time |= !r->talk->link->over;
}

uint64_t run_scaled(const struct run *r, uint64_t ns)
{
	double scale = r->env->timeout_scale > 0 ? r->env->timeout_scale : 1;
	return (uint64_t)((double)ns * scale);
}

void run_trouble(struct run *r, const char *fmt, ...)
{
	if (r->trouble[0])
		return;
	va_list args;
	va_start(args, fmt);
	vsnprintf(r->trouble, sizeof(r->trouble), fmt, args);
	va_end(args);
}

void run_unsupported(struct run *r, const char *fmt, ...)
{
	if (r->trouble[0])
		return;
	va_list args;
	va_start(args, fmt);
	vsnprintf(r->trouble, sizeof(r->trouble), fmt, args);
	va_end(args);
	r->unsupported = true;
}

bool run_ended(const struct run *r)
{
	return r->trouble[0] || r->timed_out;
}

size_t run_type_index(const struct pdu_type *type)
{
	size_t count;
	return (size_t)(type - pdu_types(&count));
}

/* The newest log event of that kind with those bytes or that id. */
static uint64_t seq_of(const struct run *r, enum log_kind kind, const uint8_t *bytes, uint64_t id)
{
	const struct log *l = r->env->log;
	for (size_t i = l ? log_count(l) : 0; i-- > 0;) {
		const struct log_event *ev = log_at(l, i);
		if (ev->kind != kind)
			continue;
		if (kind == LOG_RECV ? ev->bytes.at == bytes : ev->id == id)
			return ev->seq;
	}
	return 0;
}

void run_glance_request(struct run *r, const struct sent *s)
{
	const uint64_t id = r->talk->chain_id + (uint64_t)(s - r->talk->chain);
	r->told_request = seq_of(r, LOG_POST, NULL, id);
}

/* The newest CM event of that connection. */
static uint64_t cm_seq(const struct run *r, const struct fab_conn *c)
{
	const struct log *l = r->env->log;
	for (size_t i = l ? log_count(l) : 0; i-- > 0;) {
		const struct log_event *ev = log_at(l, i);
		if (ev->kind == LOG_CM && (!c || ev->conn == fab_conn_number(c)))
			return ev->seq;
	}
	return 0;
}

void run_link_over(struct run *r, enum over how, const char *fmt, ...)
{
	struct link *l = r->talk->link;
	if (!l || l->over)
		return;
	l->over = how;
	l->over_at = run_now(r);
	l->over_seq = cm_seq(r, l->conn);
	va_list args;
	va_start(args, fmt);
	vsnprintf(l->over_how, sizeof(l->over_how), fmt, args);
	va_end(args);
	run_chain_over(r);
}

static void note_cm(struct link *l, const struct fab_event *ev)
{
	l->cm.here = true;
	l->cm.responder_resources = ev->responder_resources;
	l->cm.initiator_depth = ev->initiator_depth;
	l->cm.rnr_retry = ev->rnr_retry;
	l->cm.data_len = ev->private_data.len;
	if (l->cm.data_len > sizeof(l->cm.data))
		l->cm.data_len = sizeof(l->cm.data);
	if (l->cm.data_len)
		memcpy(l->cm.data, ev->private_data.at, l->cm.data_len);
}

static void note_message(struct run *r, const struct fab_event *ev)
{
	struct link *l = r->talk->link;
	if (l->message_count == l->message_size) {
		size_t size = l->message_size ? l->message_size * 2 : 64;
		struct message *grown = realloc(l->messages, size * sizeof(*grown));
		if (!grown) {
			run_trouble(r, "out of memory");
			return;
		}
		l->messages = grown;
		l->message_size = size;
	}
	struct message *m = &l->messages[l->message_count++];
	*m = (struct message){
		.bytes = ev->msg,
		.time = ev->time,
		.seq = seq_of(r, LOG_RECV, ev->msg.at, 0),
		.op = ev->invalidated ? FAB_SEND_INV
		      : ev->has_imm   ? FAB_SEND_IMM
				      : FAB_SEND,
		.key = ev->invalidated ? ev->invalidated_key : ev->imm,
		.kind_unknown = ev->kind_unknown,
		.solicited = ev->solicited,
	};
	if (pdu_decode(&m->pdu, ev->msg.at, ev->msg.len, NULL)) {
		m->pdu.type = NULL;
		return;
	}
	l->counts[run_type_index(m->pdu.type)]++;
	run_chain_answer(r, &m->pdu);
	if (m->pdu.type->iser_opcode != ISER_CONTROL)
		return;
	unsigned opcode = m->pdu.type->opcode;
	run_look_at_end(r, &m->pdu);
	if (opcode == OP_SCSI_COMMAND)
		l->command = m->pdu;
	const bool of_other =
		opcode == OP_LOGOUT_RESPONSE && peer_logs_out_other(l->peer, m->pdu.itt);
	if ((opcode == OP_LOGOUT_REQUEST || opcode == OP_LOGOUT_RESPONSE) && !of_other)
		l->logout = true;
}

static void complete(struct run *r, struct sent *s, const struct fab_event *ev)
{
	s->done = true;
	s->status = ev->status;
	s->seq = seq_of(r, LOG_DONE, NULL, ev->id);
}

static void note_done(struct run *r, const struct fab_event *ev)
{
	if (ev->id && ev->id >= r->talk->chain_id &&
	    ev->id - r->talk->chain_id < r->talk->chain_count)
		complete(r, &r->talk->chain[ev->id - r->talk->chain_id], ev);
	if (ev->id && ev->id == r->talk->ping_id)
		complete(r, &r->talk->ping, ev);
	if (ev->id && ev->id == r->talk->rdma_id)
		complete(r, &r->talk->rdma, ev);
}

/* 28: the far program said no; anything else: its CM did, because nobody listens or time ran out.
 */
enum { CM_REJECT_CONSUMER = 28 };

static void note_refused(struct run *r, const struct fab_event *ev)
{
	switch (ev->kind) {
	case FAB_REJECTED:
		if (ev->reason == CM_REJECT_CONSUMER)
			run_link_over(r, OVER_REJECTED, "it rejected the connection");
		else
			run_link_over(r, OVER_UNREACHABLE, "rejected by the CM, reason %d",
				      ev->reason);
		break;
	case FAB_UNREACHABLE:
		run_link_over(r, OVER_UNREACHABLE, "unreachable: %s", ev->name ? ev->name : "");
		break;
	default:
		break;
	}
}

/* The end as the fabric names it. Only what the SUT chose to do is a closing of its own. */
static void note_end(struct run *r, const struct fab_event *ev)
{
	struct link *l = r->talk->link;
	if (l->over || !l->conn)
		return;
	l->end = fab_conn_end(l->conn);
	if (l->end == FAB_END_NONE)
		return;
	const char *op = fab_op_name(ev->op), *status = fab_status_name(ev->status);
	switch (l->end) {
	case FAB_END_NONE:
		break;
	case FAB_END_OURS:
		run_link_over(r, OVER_BY_US, "we ended it");
		break;
	case FAB_END_CLOSED:
		run_link_over(r, OVER_BY_SUT, "it disconnected");
		break;
	case FAB_END_ACCESS:
		run_link_over(r, OVER_BROKEN,
			      "an RDMA operation of its own broke the connection: our memory "
			      "refused it");
		break;
	case FAB_END_OPERATION:
		run_link_over(r, OVER_BROKEN,
			      "an RDMA operation of its own broke the connection: our queue pair "
			      "refused it");
		break;
	case FAB_END_MESSAGE:
		run_link_over(r, OVER_BROKEN,
			      "a Send of its own broke the connection: too long for our buffer, "
			      "or it invalidates a key that it must not (%s)",
			      status);
		break;
	case FAB_END_NO_BUFFER:
		run_link_over(r, OVER_RNR, "a message met no receive buffer (%s)",
			      fab_proves_delivery(r->env->fab) ? "RNR NAK" : "TERMINATE");
		break;
	case FAB_END_REFUSED:
		run_link_over(r, OVER_REFUSED, "its queue pair refused our %s: %s", op, status);
		break;
	case FAB_END_LOST:
		run_link_over(r, OVER_LOST, "its queue pair answers no more");
		break;
	case FAB_END_LOCAL:
		run_link_over(r, OVER_LOCAL, "our own side failed: %s of a %s", status, op);
		run_trouble(r, "our own side failed: %s of a %s", status, op);
		break;
	}
}

static void note_event(struct run *r, const struct fab_event *ev)
{
	struct link *l = r->talk->link;
	switch (ev->kind) {
	case FAB_ESTABLISHED:
		if (!l->established) {
			l->established = true;
			l->established_at = ev->time;
		}
		if (r->env->base.role == PEER_INITIATOR)
			note_cm(l, ev);
		break;
	case FAB_REJECTED:
	case FAB_UNREACHABLE:
		note_refused(r, ev);
		break;
	case FAB_RECV:
		note_message(r, ev);
		break;
	case FAB_DONE:
		note_done(r, ev);
		break;
	default:
		break;
	}
	note_end(r, ev);
}

/* The connection that an event is of: who connects is for the one that waits. */
static struct talk *talk_of(struct run *r, const struct fab_event *ev)
{
	for (size_t i = 0; i < r->talk_count; i++) {
		struct talk *t = &r->talks[i];
		const struct link *l = t->link;
		if (l &&
		    (ev->kind == FAB_CONNECT_REQUEST ? !l->conn && !l->over && t->waiting_for_sut
						     : ev->conn && ev->conn == l->conn))
			return t;
	}
	return NULL;
}

static void connect_request(struct run *r, const struct fab_event *ev)
{
	struct link *l = r->talk->link;
	note_cm(l, ev);
	l->conn = ev->conn;
	r->talk->waiting_for_sut = false;
	if (r->talk->refuse)
		r->talk->asking = ev->conn;
	else
		peer_event(l->peer, ev);
}

static void handle(struct run *r, const struct fab_event *ev)
{
	if (ev->kind == FAB_CONNECT_REQUEST) {
		connect_request(r, ev);
		return;
	}
	note_event(r, ev);
	if (!r->talk->refuse)
		peer_event(r->talk->link->peer, ev);
	note_end(r, ev); /* what the honest peer does about it may be the end */
}

static void note_command(struct run *r)
{
	const char *last = NULL;
	const struct sut_control *sut = &r->env->sut;
	int status = sut->login_status ? sut->login_status(sut->ctx, &last) : -1;
	if (status < 0 || r->login_ended)
		return;
	r->login_ended = true;
	/* Its descriptor stays readable for ever: watched on, no deadline would come any more. What
	 * it was told to do, and still does, is watched instead. */
	const bool deed = r->did.begun && r->did.status < 0 && sut->act_fd;
	fab_watch_fd(r->env->fab, deed ? sut->act_fd(sut->act_ctx) : -1);
	log_add(r->env->log, &(struct log_event){.time = run_now(r),
						 .kind = LOG_SUT,
						 .name = "command ended",
						 .a = status,
						 .text = last ? last : ""});
}

bool run_step(struct run *r, uint64_t deadline)
{
	bool last = deadline >= r->deadline;
	struct fab_event ev;
	fab_wait(r->env->fab, last ? r->deadline : deadline, &ev);
	if (r->login_begun)
		note_command(r);
	run_note_deed(r);
	if (ev.kind == FAB_TIMEOUT) {
		r->timed_out = r->timed_out || last;
		return false;
	}
	struct talk *own = r->talk, *talk = talk_of(r, &ev);
	if (talk) {
		r->talk = talk;
		handle(r, &ev);
		r->talk = own;
	} else if (ev.kind == FAB_CONNECT_REQUEST) {
		log_text(r->env->log, LOG_NOTE, ev.time, "runner",
			 "the case has no use for this connection: rejected");
		fab_reject(ev.conn, NULL, 0, NULL);
	} else if (ev.kind == FAB_DEVICE_GONE) {
		run_trouble(r, "our device is gone");
	}
	return true;
}

bool run_others_live(const struct run *r)
{
	for (size_t i = 0; i < r->talk_count; i++) {
		const struct link *l = r->talks[i].link;
		if (&r->talks[i] != r->talk && l && l->established && !l->over)
			return true;
	}
	return false;
}

void run_waited(struct run *r)
{
	for (size_t i = 0; i < r->talk_count; i++)
		r->talks[i].acted = r->talks[i].acted_in_time = false;
}

const char *run_talk_name(const struct run *r)
{
	return r->talk == r->talks ? "" : r->script->talks.at[r->talk - r->talks - 1];
}

void run_let_pass(struct run *r, uint64_t until)
{
	/* Events that are there already do not make it longer. */
	while (!run_ended(r) && run_now(r) < until && run_step(r, until))
		continue;
}

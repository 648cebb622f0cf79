/* SPDX-License-Identifier: BSD-2-Clause */
/* The initiator in full feature phase: what comes from the target, and requests other than SCSI
 * commands. */
#include "initiator.h"
#include "../login/login.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CLOSE_PATIENCE_S = 5, ASYNC_LOGOUT = 1, ASYNC_NEGOTIATE = 4 };

struct initiator_state *initiator_state(struct peer *p)
{
	if (p->initiator)
		return p->initiator;
	p->initiator = malloc(sizeof(*p->initiator));
	if (!p->initiator)
		abort();
	memset(p->initiator, 0, offsetof(struct initiator_state, late_pings));
	return p->initiator;
}

void initiator_free(struct peer *p)
{
	while (p->tasks) {
		struct peer_task *t = p->tasks;
		p->tasks = t->next;
		guarded_free(&t->read);
		guarded_free(&t->write);
		free(t);
	}
	if (!p->initiator)
		return;
	free(p->initiator->outstanding);
	free(p->initiator->immediates);
	free(p->initiator);
	p->initiator = NULL;
}

uint32_t initiator_fresh_itt(struct peer *p)
{
	if (members_several(p) && peer_knob(p, KNOB_ITT_OF_THE_CONNECTION))
		return ++initiator_state(p)->own_itt;
	if (p->session->next_itt == TAG_NONE)
		p->session->next_itt = 1;
	return p->session->next_itt++;
}

void initiator_new_pdu(struct peer *p, enum iscsi_opcode opcode, struct pdu *out)
{
	pdu_init(out, pdu_type_by_opcode(opcode));
	out->cmd_sn = p->session->cmd_sn;
	out->exp_stat_sn = p->exp_stat_sn;
}

/* ---- what is outstanding ---- */

static bool wants_answer(const struct pdu *pdu)
{
	if (pdu->type->iser_opcode != ISER_CONTROL || pdu->itt == TAG_NONE)
		return false;
	switch (pdu->type->opcode) {
	case OP_NOP_OUT:
	case OP_SCSI_COMMAND:
	case OP_TASK_REQUEST:
	case OP_TEXT_REQUEST:
	case OP_LOGOUT_REQUEST:
		return true;
	default:
		return false;
	}
}

static void outstanding_add(struct peer *p, const struct outstanding *one)
{
	struct initiator_state *s = initiator_state(p);

	if (s->outstanding_count == s->outstanding_room) {
		size_t room = s->outstanding_room ? 2 * s->outstanding_room : 32;
		struct outstanding *grown = realloc(s->outstanding, room * sizeof(*grown));
		if (!grown)
			return;
		s->outstanding = grown;
		s->outstanding_room = room;
	}
	s->outstanding[s->outstanding_count++] = *one;
}

void initiator_sent(struct peer *p, const struct pdu *pdu)
{
	if (pdu->type->iser_opcode == ISER_CONTROL && pdu->type->opcode != OP_LOGIN_REQUEST)
		credits_spend(p, pdu);
	if (!wants_answer(pdu))
		return;
	outstanding_add(p, &(struct outstanding){.itt = pdu->itt,
						 .opcode = pdu->type->opcode,
						 .function = (uint8_t)pdu->function,
						 .ref_task_tag = pdu->ref_task_tag,
						 .of_session = !pdu->reason,
						 .cid = (uint16_t)pdu->cid,
						 .cmd_sn = pdu->cmd_sn,
						 .commands = initiator_state(p)->commands});
	/* The response of that task is due here from now on. */
	if (pdu->type->opcode == OP_TASK_REQUEST && pdu->function == TASK_REASSIGN)
		outstanding_add(p, &(struct outstanding){.itt = pdu->ref_task_tag,
							 .opcode = OP_SCSI_COMMAND});
}

unsigned initiator_answers_due(const struct peer *p)
{
	return p->initiator ? (unsigned)p->initiator->outstanding_count : 0;
}

const struct outstanding *initiator_waiting_for(const struct peer *p, uint32_t itt)
{
	const struct initiator_state *s = p->initiator;

	for (size_t i = 0; s && i < s->outstanding_count; i++)
		if (s->outstanding[i].itt == itt)
			return &s->outstanding[i];
	return NULL;
}

bool initiator_answered(struct peer *p, uint32_t itt)
{
	struct initiator_state *s = initiator_state(p);

	if (s->immediate_count && peer_knob(p, KNOB_RETIRES_IMMEDIATE_BY_ANSWER))
		s->immediate_count--;
	for (size_t i = 0; i < s->outstanding_count; i++) {
		if (s->outstanding[i].itt == itt) {
			s->outstanding[i] = s->outstanding[--s->outstanding_count];
			return true;
		}
	}
	return false;
}

/* ---- what comes ---- */

static void answer_ping(struct peer *p, const struct pdu *ping)
{
	struct pdu pdu;

	p->kept_regions += peer_knob(p, KNOB_INITIATOR_KEEPS_PINGS);
	initiator_new_pdu(p, OP_NOP_OUT, &pdu);
	pdu.i = 1; /* RFC 7143 11.18.1 */
	pdu.itt = TAG_NONE;
	pdu.ttt = ping->ttt;
	pdu.lun = ping->lun; /* RFC 7143 11.18.2 */
	if (peer_knob(p, KNOB_PING_ANSWER_NOT_IMMEDIATE))
		pdu.i = 0;
	if (peer_knob(p, KNOB_PING_WRONG_TTT))
		pdu.ttt = ping->ttt ^ 0x5a5a;
	if (peer_knob(p, KNOB_PING_LUN_ZERO))
		pdu.lun = 0;
	peer_send(p, &pdu);
	if (peer_knob(p, KNOB_PING_TWICE))
		peer_send(p, &pdu);
}

/* A mutant's: asleep until a Solicited Event wakes it, or deaf to just those. */
static bool overheard(struct peer *p, bool solicited)
{
	return peer_knob(p, solicited ? KNOB_PING_WITH_EVENT_DROPPED
				      : KNOB_PING_WITHOUT_EVENT_DROPPED);
}

static void nop_in(struct peer *p, const struct pdu *pdu, bool solicited)
{
	struct initiator_state *s = initiator_state(p);

	s->nop_ins++;
	if ((s->nop_ins == 2 && peer_knob(p, KNOB_DIES_ON_SECOND_NOP)) ||
	    (pdu->ttt == TAG_NONE && pdu->itt == TAG_NONE &&
	     peer_knob(p, KNOB_DIES_ON_NOP_WITHOUT_TTT))) {
		peer_close(p);
		return;
	}
	bool ping = pdu->ttt != TAG_NONE && peer_knob(p, KNOB_BOTH_TAGS_TAKEN);
	if (pdu->itt != TAG_NONE && !ping) {
		if (!initiator_answered(p, pdu->itt))
			peer_violation(p, "RFC 7143 11.19",
				       "NOP-In answers ITT 0x%x, which is not ours",
				       (unsigned)pdu->itt);
		if (pdu->ttt != TAG_NONE)
			peer_violation(p, "RFC 7143 11.19", "NOP-In with both ITT and TTT");
		return;
	}
	if (!peer_answers(p, pdu->type))
		return;
	if (pdu->ttt == TAG_NONE) { /* asks for nothing: RFC 7143 11.18 */
		if (peer_knob(p, KNOB_ANSWERS_NOP_IN_WITHOUT_TTT))
			answer_ping(p, pdu);
		return;
	}
	if (s->deaf || peer_knob(p, KNOB_PING_NOT_ANSWERED) || overheard(p, solicited) ||
	    (initiator_has_tasks(p) && peer_knob(p, KNOB_PING_DROPPED_UNDER_IO)))
		return;
	if (s->late_ping_count < LATE_PINGS && peer_knob(p, KNOB_PING_LATE)) {
		s->late_pings[s->late_ping_count] = *pdu;
		fab_timer(p->fab, fab_now(p->fab) + 10 * NS_PER_S,
			  TIMER_KNOB + s->late_ping_count++, p->conn);
		return;
	}
	answer_ping(p, pdu);
}

static void async(struct peer *p, const struct pdu *pdu)
{
	struct err e = {0};

	if (peer_knob(p, KNOB_DIES_ON_ASYNC)) {
		peer_close(p);
		return;
	}
	if (!peer_answers(p, pdu->type) || p->phase != PEER_FULL)
		return;
	/* RFC 7143 11.9.1: both ask for something by a deadline, and a logout satisfies either. */
	if (pdu->async_event != ASYNC_LOGOUT && pdu->async_event != ASYNC_NEGOTIATE)
		return;
	bool asked_logout = pdu->async_event == ASYNC_LOGOUT;
	if (peer_knob(p, asked_logout ? KNOB_ASYNC_LOGOUT_IGNORED : KNOB_ASYNC_NEGOTIATION_IGNORED))
		return;
	if (!asked_logout && peer_knob(p, KNOB_LOGIN_KEY_IN_TEXT)) {
		peer_text(p, "MaxConnections", "2", NULL);
		return;
	}
	if (asked_logout && peer_knob(p, KNOB_ASYNC_LOGOUT_SLOW)) {
		fab_timer(p->fab, fab_now(p->fab) + 500 * NS_PER_MS, TIMER_LOGOUT, p->conn);
		return;
	}
	if (peer_logout(p, &e))
		peer_note(p, "no logout: %s", e.what);
}

/*
 * RFC 7143 7.3: the target counts the CmdSN of a rejected request as not received, and waits for
 * it. A ping that carries it fills the gap.
 */
static void plug_gap(struct peer *p, uint32_t cmd_sn)
{
	struct pdu pdu;

	if (cmd_sn != p->session->exp_cmd_sn || !serial_before(cmd_sn, p->session->cmd_sn) ||
	    p->phase != PEER_FULL || peer_knob(p, KNOB_REJECT_GAP_LEFT))
		return;
	initiator_template(p, pdu_type_by_opcode(OP_NOP_OUT), &pdu);
	pdu.i = 0;
	pdu.cmd_sn = cmd_sn;
	initiator_send_request(p, &pdu, NULL);
}

static void reject(struct peer *p, const struct pdu *pdu)
{
	struct pdu bad;
	uint8_t msg[ISER_HEADER_SIZE + BHS_SIZE] = {ISER_CONTROL << 4};

	peer_note(p, "Reject, reason 0x%02x", (unsigned)pdu->reason);
	if (pdu->data.len < BHS_SIZE) {
		if (peer_knob(p, KNOB_SHORT_REJECT_TAKEN))
			return;
		peer_violation(p, "RFC 7143 11.17.4", "Reject with %zu bytes of the rejected PDU",
			       pdu->data.len);
		return;
	}
	memcpy(msg + ISER_HEADER_SIZE, pdu->data.at, BHS_SIZE);
	memset(msg + ISER_HEADER_SIZE + 4, 0, 4); /* its lengths: of what is not here */
	/* RFC 7143 7.3: only the Reject of the request itself ends a task. */
	if (pdu_decode(&bad, msg, sizeof(msg), NULL) || !wants_answer(&bad))
		return;
	initiator_answered(p, bad.itt);
	if (bad.type->opcode == OP_SCSI_COMMAND)
		initiator_task_rejected(p, bad.itt);
	if (!bad.i)
		plug_gap(p, bad.cmd_sn);
}

static void text_response(struct peer *p, const struct pdu *pdu)
{
	struct initiator_state *s = initiator_state(p);
	struct text_pair pair;
	struct err e = {0};
	int got;

	if (!initiator_answered(p, pdu->itt))
		peer_violation(p, "RFC 7143 11.11", "Text Response for ITT 0x%x",
			       (unsigned)pdu->itt);
	if (pdu->data.len > sizeof(s->text) - s->text_len) {
		peer_violation(p, "RFC 7143 6.2", "text of more than %zu bytes", sizeof(s->text));
		return;
	}
	if (pdu->data.len)
		memcpy(s->text + s->text_len, pdu->data.at, pdu->data.len);
	s->text_len += pdu->data.len;

	if (!pdu->f && pdu->ttt != TAG_NONE && p->phase == PEER_FULL &&
	    peer_answers(p, pdu->type)) { /* RFC 7143 6.4: ask for the rest */
		struct pdu next;
		initiator_new_pdu(p, OP_TEXT_REQUEST, &next);
		next.f = 1;
		next.itt = pdu->itt;
		next.ttt = peer_knob(p, KNOB_TEXT_BEGUN_ANEW) ? TAG_NONE : pdu->ttt;
		next.lun = pdu->lun;
		if (!initiator_choose_immediate(p, &next, false, &e))
			initiator_send_request(p, &next, &e);
	}
	if (pdu->c)
		return;
	struct cursor c = cursor_of(s->text, s->text_len);
	while ((got = text_next(&c, &pair, &e)) != 0)
		if (got > 0 && initiator_name_too_long(p, &pair))
			return;
		else if (got > 0)
			login_heard(p, &pair, STAGE_FULL);
		else /* what is behind it may be sound */
			peer_violation(p, e.section ? e.section : "RFC 7143 6.1", "%s", e.what);
	s->text_len = 0;
}

static void task_response(struct peer *p, const struct pdu *pdu)
{
	const struct outstanding *request = initiator_waiting_for(p, pdu->itt);
	enum { FUNCTION_COMPLETE = 0 };

	if (!request) {
		peer_violation(p, "RFC 7143 11.6", "Task Management Response for ITT 0x%x",
			       (unsigned)pdu->itt);
		return;
	}
	struct outstanding what = *request;
	struct initiator_state *s = initiator_state(p);
	if (s->reset_done && peer_knob(p, KNOB_LATE_TASK_RESPONSE_TAKEN)) {
		peer_close(p);
		return;
	}
	s->reset_done = s->escalated && what.function == TARGET_WARM_RESET;
	initiator_answered(p, pdu->itt);
	const bool complete =
		pdu->response == FUNCTION_COMPLETE ||
		(what.function == ABORT_TASK && peer_knob(p, KNOB_REFUSED_ABORT_TAKEN));
	for (struct peer *m = p->session->members; m; m = m->next_member)
		if (complete && (m == p || m->phase == PEER_FULL))
			initiator_tasks_aborted(m, &what);
}

bool peer_logs_out_other(const struct peer *p, uint32_t itt)
{
	const struct outstanding *request = initiator_waiting_for(p, itt);

	return request && request->opcode == OP_LOGOUT_REQUEST && !request->of_session &&
	       request->cid != p->cid && members_several(p);
}

/* RFC 7143 11.15.1: Response 0 says that all is closed that was asked for. */
static void logged_out(struct peer *p, const struct outstanding *request)
{
	for (struct peer *m = p->session->members; m; m = m->next_member)
		m->logged_out |= request->of_session || m->cid == request->cid;
}

static void logout_response(struct peer *p, const struct pdu *pdu)
{
	const bool of_other = peer_logs_out_other(p, pdu->itt);
	const struct outstanding *request = initiator_waiting_for(p, pdu->itt);

	if (request && !pdu->response)
		logged_out(p, request);
	if (!initiator_answered(p, pdu->itt))
		peer_violation(p, "RFC 7143 11.15", "Logout Response for ITT 0x%x",
			       (unsigned)pdu->itt);
	if (of_other)
		return;
	p->phase = PEER_LOGOUT;
	/* RFC 7145 5.2.2: the target closes; we wait, but not for ever. */
	fab_timer(p->fab, fab_now(p->fab) + CLOSE_PATIENCE_S * NS_PER_S, TIMER_CLOSE, p->conn);
}

static void numbers(struct peer *p, const struct pdu *pdu)
{
	uint32_t before = p->exp_stat_sn;

	sequence_window(p, pdu);
	sequence_status(p, pdu);
	if (peer_knob(p, KNOB_EXP_STAT_SN_STUCK))
		p->exp_stat_sn = before;
	if (p->exp_stat_sn > INT32_MAX && peer_knob(p, KNOB_EXP_STAT_SN_FROM_ZERO))
		p->exp_stat_sn = 0;
	credits_retire(p);
}

static void dispatch(struct peer *p, const struct pdu *pdu, const struct fab_event *ev)
{
	if (initiator_strays(p, pdu))
		return;
	switch (pdu->type->opcode) {
	case OP_NOP_IN:
		nop_in(p, pdu, ev->solicited);
		break;
	case OP_SCSI_RESPONSE:
		if (!initiator_response(p, pdu, ev))
			peer_violation(p, "RFC 7143 11.4", "SCSI Response for ITT 0x%x",
				       (unsigned)pdu->itt);
		break;
	case OP_TASK_RESPONSE:
		task_response(p, pdu);
		p->kept_regions += peer_knob(p, KNOB_INITIATOR_KEEPS_ABORTED);
		break;
	case OP_TEXT_RESPONSE:
		text_response(p, pdu);
		break;
	case OP_LOGOUT_RESPONSE:
		logout_response(p, pdu);
		break;
	case OP_ASYNC:
		async(p, pdu);
		break;
	case OP_REJECT:
		reject(p, pdu);
		break;
	case OP_DATA_IN:
	case OP_R2T:
		if (initiator_takes_data(p, pdu))
			break;
		peer_violation(p, "RFC 7145 7.1", "%s as a message", pdu->type->title);
		break;
	case OP_LOGIN_RESPONSE:
		if (!peer_knob(p, KNOB_LOGIN_RESPONSE_IGNORED))
			peer_violation(p, "RFC 7145 7.3.9", "Login Response in full feature phase");
		break;
	default:
		if (!peer_knob(p, KNOB_INITIATOR_IGNORES_FOREIGN_OPCODE))
			peer_violation(p, "RFC 7143 11.2.1.2", "%s from a target",
				       pdu->type->title);
		break;
	}
}

bool initiator_malformed(struct peer *p, const struct fab_event *ev, const struct err *e)
{
	if (p->phase != PEER_FULL || p->cfg.role != PEER_INITIATOR)
		return false;
	if (initiator_took_two(p, ev))
		return true;
	if (e->offset == ISER_HEADER_SIZE && peer_knob(p, KNOB_INITIATOR_IGNORES_UNKNOWN_OPCODE))
		return true;
	return peer_knob(p, KNOB_INITIATOR_IGNORES_MALFORMED);
}

void initiator_input(struct peer *p, const struct pdu *pdu, const struct fab_event *ev)
{
	if (peer_dies_of(p, pdu, ev->msg)) {
		peer_close(p);
		return;
	}
	if (pdu->type->sender == FROM_TARGET && pdu->type->opcode != OP_LOGIN_RESPONSE)
		numbers(p, pdu);
	if (p->phase == PEER_CLOSED)
		return;
	if (ev->has_imm && peer_knob(p, KNOB_IMMEDIATE_DEAFENS))
		initiator_state(p)->deaf = true;
	const bool stray = ev->invalidated && pdu->type->opcode != OP_SCSI_RESPONSE;
	if (stray && peer_knob(p, KNOB_DEAF_BEHIND_STRAY_INVALIDATION))
		initiator_state(p)->deaf = true;
	else if (stray)
		peer_violation(p, "RFC 7145 7.3.2", "%s came as Send with Invalidate",
			       pdu->type->title);
	if (p->phase == PEER_CLOSED)
		return;
	dispatch(p, pdu, ev);
	/* The window that it opens is that of all connections. */
	for (struct peer *m = p->session->members; m; m = m->next_member)
		if (m->phase == PEER_FULL)
			initiator_pump(m);
}

void initiator_start(struct peer *p)
{
	initiator_state(p);
	peer_post_receives(p, 0);
	initiator_reassign(p);
	if (p->cfg.nop_interval)
		fab_timer(p->fab, fab_now(p->fab) + p->cfg.nop_interval, TIMER_NOP, p->conn);
}

void initiator_timer(struct peer *p, uint64_t id)
{
	struct initiator_state *s = initiator_state(p);

	if (id == TIMER_CLOSE) {
		if (!peer_knob(p, KNOB_STAYS_AFTER_LOGOUT))
			peer_close(p);
	} else if (id == TIMER_NOP &&
		   (p->phase == PEER_FULL ||
		    (p->phase == PEER_LOGOUT && peer_knob(p, KNOB_PINGS_WHILE_LOGGING_OUT)))) {
		if (!p->quiet)
			initiator_ping(p);
		fab_timer(p->fab, fab_now(p->fab) + p->cfg.nop_interval, TIMER_NOP, p->conn);
	} else if (id == TIMER_LOGOUT) {
		peer_logout(p, NULL);
	} else if (id == TIMER_STAG) {
		initiator_stags_expire(p);
	} else if (id >= TIMER_KNOB && id < TIMER_KNOB + s->late_ping_count) {
		answer_ping(p, &s->late_pings[id - TIMER_KNOB]);
	}
}

void initiator_done(struct peer *p, const struct fab_event *ev)
{
	(void)ev; /* Sends and binds: nothing waits for them, but for a mutant */
	if (p->conn)
		login_edge_done(p);
}

void initiator_closed(struct peer *p)
{
	initiator_tasks_end(p);
	if (!p->initiator)
		return;
	p->initiator->outstanding_count = 0;
	if (p->initiator->stray)
		fab_unregister(p->initiator->stray);
	p->initiator->stray = NULL;
}

void initiator_template(struct peer *p, const struct pdu_type *type, struct pdu *out)
{
	initiator_new_pdu(p, (enum iscsi_opcode)type->opcode, out);
	switch (type->opcode) {
	case OP_NOP_OUT:
		out->i = 1;
		out->itt = initiator_fresh_itt(p);
		out->ttt = TAG_NONE;
		break;
	case OP_SCSI_COMMAND: /* TEST UNIT READY */
		out->f = 1;
		out->attr = 1;
		out->itt = initiator_fresh_itt(p);
		break;
	case OP_TASK_REQUEST:
		out->i = 1;
		out->function = 1; /* ABORT TASK */
		out->itt = initiator_fresh_itt(p);
		out->ref_task_tag = p->tasks ? p->tasks->itt : TAG_NONE;
		out->ref_cmd_sn = p->tasks ? p->tasks->cmd_sn : p->session->cmd_sn;
		break;
	case OP_TEXT_REQUEST:
		out->f = 1;
		out->itt = initiator_fresh_itt(p);
		out->ttt = TAG_NONE;
		break;
	case OP_DATA_OUT:
		out->f = 1;
		out->itt = p->tasks ? p->tasks->itt : initiator_fresh_itt(p);
		out->ttt = TAG_NONE;
		break;
	case OP_LOGOUT_REQUEST:
		out->itt = initiator_fresh_itt(p);
		out->cid = p->cid;
		break;
	case OP_SNACK:
		out->itt = TAG_NONE;
		out->ttt = TAG_NONE;
		out->snack_type = 1; /* Status SNACK */
		out->beg_run = p->exp_stat_sn;
		break;
	default:
		break;
	}
}

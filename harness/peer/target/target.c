/* SPDX-License-Identifier: BSD-2-Clause */
/* The target in full feature phase: looks at each message of the initiator and hands it to who
 * deals with it. */
#include "target.h"
#include "../login/login.h"

#include <stdlib.h>
#include <string.h>

#define EARLY (20 * NS_PER_MS) /* for a mutant */

const struct pdu_type *target_type(enum iscsi_opcode opcode)
{
	return pdu_type_by_opcode(opcode);
}

void target_new_pdu(struct peer *p, enum iscsi_opcode opcode, struct pdu *out)
{
	pdu_init(out, target_type(opcode));
	target_window(p);
	out->stat_sn = p->stat_sn;
	out->exp_cmd_sn = p->session->exp_cmd_sn;
	out->max_cmd_sn = target_told_window(p);
	if (peer_knob(p, KNOB_MAX_CMD_SN_BACKWARD))
		out->max_cmd_sn = p->session->exp_cmd_sn - 2;
	if (peer_knob(p, KNOB_WINDOW_TOO_LARGE))
		out->max_cmd_sn += 256;
	if (peer_knob(p, KNOB_EXP_CMD_SN_AHEAD))
		out->exp_cmd_sn++, out->max_cmd_sn++;
	if (peer_knob(p, KNOB_TARGET_SETS_RESERVED_STAG))
		out->read_stag = 0x5a5a5a5a;
}

void target_start(struct peer *p)
{
	struct target_state *t = malloc(sizeof(*t));
	if (t)
		memset(t, 0, offsetof(struct target_state, tasks));
	for (size_t i = 0; t && i < TARGET_TMFS; i++)
		t->tmfs[i].used = false;
	if (t)
		t->disk = p->disk ? p->disk : disk_new(p->cfg.disk_blocks, p->cfg.target_name);
	if (!t || !t->disk || disk_units(t->disk, p->cfg.luns, p->cfg.target_name)) {
		free(t);
		peer_close(p);
		return;
	}
	t->text_ttt = TAG_NONE;
	t->quiet_nop_out.itt = t->quiet_text.itt = t->quiet_logout.itt = t->quiet_tmf.itt =
		TAG_NONE;
	p->target = t;
	t->told_window = p->session->max_cmd_sn;
	t->since = fab_now(p->fab);
	target_window(p);
	target_unexpected_start(p);
}

void target_free(struct peer *p)
{
	struct target_state *t = p->target;
	if (!t)
		return;
	target_queue_leave(p);
	target_task_free(t);
	if (t->disk != p->disk)
		disk_free(t->disk);
	free(t->credits);
	free(t);
	p->target = NULL;
}

/* ---- Reject ---- */

static bool takes_cmd_sn(const struct pdu *pdu)
{
	switch (pdu->type->opcode) {
	case OP_NOP_OUT:
		return !pdu->i &&
		       pdu->itt != TAG_NONE; /* without ITT it is immediate, RFC 7143 11.18.1 */
	case OP_SCSI_COMMAND:
	case OP_TASK_REQUEST:
	case OP_TEXT_REQUEST:
	case OP_LOGOUT_REQUEST:
		return !pdu->i;
	default:
		return false;
	}
}

void target_reject(struct peer *p, const struct pdu *bad, unsigned reason, bool expected)
{
	struct target_state *t = p->target;
	uint8_t header[BHS_SIZE + AHS_MAX], msg[ISER_HEADER_SIZE + BHS_SIZE + AHS_MAX];
	struct pdu headers = *bad, out;
	size_t len;

	if (peer_knob(p, KNOB_REJECTS_NOTHING))
		return;
	/* RFC 7143 7.3: the CmdSN of a rejected request counts as not received. */
	if (expected && bad->cmd_sn + 1 == p->session->exp_cmd_sn && takes_cmd_sn(bad) &&
	    !peer_knob(p, KNOB_REJECTED_CMD_SN_COUNTED))
		p->session->exp_cmd_sn--;
	/* RFC 7143 11.17.4: the header as it came, with AHS. The bytes of the last message are it,
	 * reserved bits and all. */
	if (t->last_msg.len >= ISER_HEADER_SIZE + BHS_SIZE + bad->ahs.len &&
	    t->last.itt == bad->itt && t->last.type == bad->type) {
		len = BHS_SIZE + bad->ahs.len;
		memcpy(header, t->last_msg.at + ISER_HEADER_SIZE, len);
	} else { /* it waited in the queue */
		headers.data.len = 0;
		len = pdu_encode(&headers, msg, sizeof(msg), NULL);
		if (len < ISER_HEADER_SIZE)
			return;
		len -= ISER_HEADER_SIZE;
		memcpy(header, msg + ISER_HEADER_SIZE, len);
	}

	target_new_pdu(p, OP_REJECT, &out);
	out.reason = reason;
	out.data = (struct bytes){header, len};
	if (peer_knob(p, KNOB_REJECT_WITHOUT_HEADER))
		out.data.len = 0;
	if (peer_knob(p, KNOB_REJECT_STAT_SN_STUCK))
		out.stat_sn--;
	if (t->old.stag && peer_knob(p, KNOB_REJECT_WITH_INVALIDATE)) {
		peer_send_inv(p, &out, t->old.stag);
		t->old.stag = 0;
		return;
	}
	if (expected) {
		t->sending_expected = true;
		peer_send(p, &out);
		t->sending_expected = false;
	} else {
		target_unexpected(p, &out);
	}
}

/* ---- NOP-Out ---- */

void target_send_pong(struct peer *p)
{
	if (p->target->pong_waits)
		peer_send(p, &p->target->pong);
	p->target->pong_waits = false;
}

static void ping(struct peer *p, const struct pdu *pdu)
{
	struct pdu out;
	uint8_t stale[128];
	size_t limit = p->terms.initiator_rdsl;
	const char *max_recv = peer_heard(p, "MaxRecvDataSegmentLength");

	if (max_recv && peer_knob(p, KNOB_OBEYS_MAX_RECV_DSL))
		limit = strtoul(max_recv, NULL, 10);
	if (peer_knob(p, KNOB_ECHO_BEYOND_IRDSL))
		limit = 0;
	p->served.pings++;
	p->kept_regions += peer_knob(p, KNOB_TARGET_KEEPS_PINGS);
	if (peer_knob(p, KNOB_TARGET_LEAK_RECEIVE))
		login_lose_buffer(p);
	if (peer_knob(p, KNOB_NOP_ECHO_MISSING) ||
	    peer_knob(p, p->target->last_solicited ? KNOB_TARGET_DROPS_PING_WITH_EVENT
						   : KNOB_TARGET_DROPS_PING_WITHOUT_EVENT))
		return;
	if (!target_may_send_unexpected(p, true) && peer_knob(p, KNOB_ANSWERS_NEED_CREDIT))
		return;
	target_new_pdu(p, OP_NOP_IN, &out);
	out.itt = pdu->itt;
	out.ttt = TAG_NONE;
	out.data = pdu->data;
	if (limit && out.data.len > limit)
		out.data.len = limit; /* RFC 7143 11.19 */
	if (peer_knob(p, KNOB_NOP_ECHO_WRONG_ITT))
		out.itt ^= 0x10000;
	if (peer_knob(p, KNOB_NOP_ECHO_ZERO_TTT))
		out.ttt = 0;
	if (out.data.len && peer_knob(p, KNOB_NOP_ECHO_TRUNCATED))
		out.data.len--;
	if (out.data.len && out.data.len <= sizeof(stale) &&
	    peer_knob(p, KNOB_NOP_ECHO_STALE_BYTES)) {
		memset(stale, 0xee, sizeof(stale));
		memcpy(stale, out.data.at, out.data.len / 2);
		out.data.at = stale;
	}
	if (peer_knob(p, KNOB_NOP_ECHO_LONGER)) {
		memset(stale, 0xee, sizeof(stale));
		memcpy(stale, out.data.at, out.data.len < 64 ? out.data.len : 64);
		out.data = (struct bytes){stale, sizeof(stale)};
	}
	if (p->target->old.stag && peer_knob(p, KNOB_SEND_INV_WITH_PING)) {
		peer_send_inv(p, &out, p->target->old.stag);
		p->target->old.stag = 0;
		return;
	}
	if (!out.data.len && receives_taken(p) > 1 && peer_knob(p, KNOB_LOGOUT_OVERTAKES)) {
		p->target->pong = out;
		p->target->pong_waits = true;
		p->stat_sn++;
		return;
	}
	peer_send(p, &out);
	if (peer_knob(p, KNOB_NOP_ECHO_TWICE)) {
		out.stat_sn = p->stat_sn;
		peer_send(p, &out);
	}
}

static void nop_out(struct peer *p, const struct pdu *pdu)
{
	if (pdu->itt != TAG_NONE) {
		ping(p, pdu);
		return;
	}
	if (pdu->ttt != TAG_NONE && peer_knob(p, KNOB_PING_ANSWER_REJECTED)) {
		target_reject(p, pdu, REJECT_PROTOCOL_ERROR, true);
		return;
	}
	if (pdu->ttt == TAG_NONE && peer_knob(p, KNOB_DIES_ON_NOP_OUT_WITHOUT_TAGS)) {
		peer_close(p);
		return;
	}
	if (pdu->ttt == TAG_NONE && peer_knob(p, KNOB_TARGET_LEAK_UNANSWERED))
		login_lose_buffer(p);
	/* Without ITT it is the answer to our ping, or it only tells numbers: nothing to say. RFC
	 * 7143 11.18 */
	if (pdu->ttt == TAG_NONE && peer_knob(p, KNOB_NOP_ANSWER_FOR_ITT_NONE)) {
		struct pdu out;
		target_new_pdu(p, OP_NOP_IN, &out);
		out.itt = out.ttt = TAG_NONE;
		peer_send(p, &out);
	}
}

bool target_is_discovery(const struct peer *p)
{
	const char *type = peer_heard(p, "SessionType");
	return type && !strcmp(type, "Discovery");
}

/* ---- what has no place in full feature phase: two mutants ---- */

static void answer_login(struct peer *p, const struct pdu *pdu)
{
	struct pdu out;

	target_new_pdu(p, OP_LOGIN_RESPONSE, &out);
	out.itt = pdu->itt;
	out.isid = pdu->isid;
	out.tsih = p->tsih;
	out.csg = pdu->csg;
	peer_send(p, &out);
}

static void serve_snack(struct peer *p, const struct pdu *pdu)
{
	struct pdu out;

	target_new_pdu(p, OP_SCSI_RESPONSE, &out);
	out.itt = pdu->itt;
	out.stat_sn = pdu->beg_run;
	peer_send(p, &out);
}

/* ---- dispatch ---- */

/* A script that keeps the target quiet speaks in its place: keep what its answer needs. */
static bool kept_quiet(struct peer *p, const struct pdu *pdu)
{
	struct target_state *t = p->target;

	if (peer_answers(p, pdu->type))
		return false;
	switch (pdu->type->opcode) {
	case OP_NOP_OUT:
		t->quiet_nop_out = *pdu;
		return pdu->itt != TAG_NONE;
	case OP_TEXT_REQUEST:
		t->quiet_text = *pdu;
		return true;
	case OP_LOGOUT_REQUEST:
		t->quiet_logout = *pdu;
		return true;
	case OP_TASK_REQUEST:
		t->quiet_tmf = *pdu;
		return true;
	case OP_SCSI_COMMAND:
		target_command(p, pdu); /* takes note and does nothing */
		return true;
	default:
		return true;
	}
}

void target_dispatch(struct peer *p, const struct pdu *pdu)
{
	unsigned opcode = pdu->type->opcode;

	if (kept_quiet(p, pdu) || neighbours_flood(p))
		return;
	/* RFC 7143 4.3: such a session is for SendTargets and Logout. */
	if (target_is_discovery(p) && !peer_knob(p, KNOB_DISCOVERY_SERVES_COMMANDS) &&
	    (opcode == OP_SCSI_COMMAND || opcode == OP_TASK_REQUEST)) {
		target_reject(p, pdu, REJECT_PROTOCOL_ERROR, !pdu->i);
		return;
	}
	if (target_tagless(p, pdu))
		return;
	switch (opcode) {
	case OP_NOP_OUT:
		nop_out(p, pdu);
		return;
	case OP_SCSI_COMMAND:
		/* RFC 7143 11.3.1: 5 to 7 are reserved code values. */
		if (pdu->attr > 4 && !peer_knob(p, KNOB_RESERVED_ATTRIBUTE_SERVED))
			target_reject(p, pdu, REJECT_PROTOCOL_ERROR, !pdu->i);
		else
			target_command(p, pdu);
		return;
	case OP_DATA_OUT:
		target_data_out(p, pdu);
		return;
	case OP_TASK_REQUEST:
		target_tmf(p, pdu);
		return;
	case OP_TEXT_REQUEST:
		target_text(p, pdu);
		return;
	case OP_LOGOUT_REQUEST:
		target_logout(p, pdu);
		return;
	case OP_LOGIN_REQUEST: /* RFC 7145 7.3.9 */
		if (peer_knob(p, KNOB_LOGIN_IN_FULL_SERVED))
			answer_login(p, pdu);
		else if (!peer_knob(p, KNOB_LOGIN_IN_FULL_IGNORED))
			target_reject(p, pdu, REJECT_PROTOCOL_ERROR, false);
		return;
	case OP_SNACK: /* RFC 7145 7.3.11 */
		if (peer_knob(p, KNOB_SNACK_SERVED))
			serve_snack(p, pdu);
		else if (!peer_knob(p, KNOB_SNACK_IGNORED))
			target_reject(p, pdu,
				      peer_knob(p, KNOB_SNACK_REJECT_REASON)
					      ? REJECT_SNACK
					      : REJECT_PROTOCOL_ERROR,
				      false);
		return;
	default:
		return;
	}
}

/* RFC 7145 9.2: STags belong to SCSI Commands and to TASK REASSIGN; 10.1.3.3: inconsistent fields.
 */
static bool header_is_consistent(const struct pdu *pdu)
{
	if (!pdu->wsv && !pdu->rsv)
		return true;
	return pdu->type->opcode == OP_SCSI_COMMAND || pdu->type->opcode == OP_TASK_REQUEST;
}

/* A mutant's: no digest comes, so it takes nothing; or whoever speaks so soon is cut off. */
static bool deaf(struct peer *p, const struct pdu *pdu)
{
	(void)pdu;
	if (login_chose_digest(p) && peer_knob(p, KNOB_DIGEST_WAITED_FOR))
		return true;
	if (fab_now(p->fab) < p->target->since + EARLY &&
	    peer_knob(p, KNOB_DIES_ON_EARLY_REQUEST)) {
		peer_close(p);
		return true;
	}
	return false;
}

static bool takes_tag(const struct pdu *pdu)
{
	return pdu->itt != TAG_NONE && pdu->type->opcode != OP_DATA_OUT;
}

void target_input(struct peer *p, const struct pdu *pdu, const struct fab_event *ev)
{
	struct target_state *t = p->target;

	if (!t || t->closing)
		return; /* RFC 7143 11.14: nothing is executed after a logout */
	t->heard = true;
	t->last = *pdu;
	t->last_msg = ev->msg;
	t->last_solicited = ev->solicited;
	if (pdu->type->opcode != OP_LOGOUT_REQUEST)
		target_send_pong(p);
	if (pdu->type->iser_opcode != ISER_CONTROL) {
		peer_violation(p, "RFC 7145 10.1.3.3", "%s in full feature phase",
			       pdu->type->title);
		return;
	}
	if (pdu->type->sender != FROM_INITIATOR) {
		if (peer_knob(p, KNOB_FOREIGN_OPCODE_IGNORED))
			return;
		peer_violation(p, "RFC 7143 11.2.1.2", "%s from an initiator", pdu->type->title);
		return;
	}
	if (peer_dies_of(p, pdu, ev->msg)) {
		peer_close(p);
		return;
	}
	if (pdu->rsv && !header_is_consistent(pdu) && peer_knob(p, KNOB_STAGS_OF_ANY_REQUEST))
		target_lie_touch(p, pdu->read_stag, pdu->read_base_offset);
	else if (!header_is_consistent(pdu) &&
		 peer_violation(p, "RFC 7145 10.1.3.3", "STag flags on %s", pdu->type->title) &&
		 !p->cfg.tolerant)
		return;

	if (target_format_error(p, pdu))
		return;
	if (deaf(p, pdu))
		return;

	target_ack(p, pdu);
	if (pdu->i && takes_tag(pdu) && peer_knob(p, KNOB_REJECTS_IMMEDIATE)) {
		target_reject(p, pdu, REJECT_IMMEDIATE, true);
		return;
	}
	if (takes_cmd_sn(pdu))
		target_queue_input(p, pdu);
	else if (pdu->type->opcode == OP_DATA_OUT && target_queue_data(p, pdu))
		return;
	else
		target_dispatch(p, pdu);
}

/* What a sent message, ours or the script's, means for us. */
void target_sent(struct peer *p, const struct pdu *pdu)
{
	struct target_state *t = p->target;

	if (!t || pdu->type->iser_opcode != ISER_CONTROL)
		return;
	target_spend(p, pdu);
	if (pdu->type->opcode == OP_SCSI_RESPONSE) {
		struct target_task *task = target_task_by_itt(t, pdu->itt);
		if (task) /* the script answered in our place */
			target_task_abort(p, task);
	}
}

void target_timer(struct peer *p, uint64_t id)
{
	if (!p->target || p->phase != PEER_FULL)
		return;
	if (id == TIMER_NOP)
		target_ping(p);
	else if (id == TIMER_NEWS)
		target_news(p);
	else if (id == TIMER_LATE_DATA)
		target_fetch_late(p);
	else if (id >= TIMER_RESPONSE && id < TIMER_RESPONSE + TARGET_TASKS)
		target_respond_late(p, id - TIMER_RESPONSE);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Sending: templates, chains, what a sent message changes in our state, and holding. */
#include "internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void peer_commit(struct peer *p, const struct pdu *pdu)
{
	const struct pdu_type *t = pdu->type;

	if (sequence_uses_cmd_sn(pdu) && pdu->cmd_sn == p->session->cmd_sn)
		p->session->cmd_sn++;
	if (t->sender == FROM_TARGET && sequence_uses_stat_sn(pdu) && pdu->stat_sn == p->stat_sn &&
	    !(pdu->type->opcode == OP_LOGIN_RESPONSE && peer_knob(p, KNOB_FIXED_LOGIN_STAT_SN)))
		p->stat_sn++;
	neighbours_count(p, pdu);
	if (t->iser_opcode == ISER_CONTROL &&
	    (t->opcode == OP_LOGIN_REQUEST || t->opcode == OP_LOGIN_RESPONSE))
		login_sent(p, pdu);
	if (p->cfg.role == PEER_INITIATOR && t->sender == FROM_INITIATOR)
		initiator_sent(p, pdu);
	if (p->cfg.role == PEER_TARGET && t->sender == FROM_TARGET)
		target_sent(p, pdu);
	if (t == pdu_hello_type() && p->cfg.role == PEER_INITIATOR)
		hello_sent(p, pdu);
	if (t == pdu_hello_reply_type() && p->phase == PEER_HELLO && p->cfg.role == PEER_TARGET &&
	    !pdu->rej)
		peer_enter_full(p);
}

static size_t room_of(const struct peer_msg *m)
{
	return m->raw ? 0
		      : ISER_HEADER_SIZE + BHS_SIZE + m->pdu.ahs.len + m->pdu.data.len + 4 +
				FORM_SPARE;
}

/* One message's bytes: raw as given, else encoded into room_of() bytes at `to`. */
static int encode(struct peer *p, const struct peer_msg *m, struct fab_wr *wr, uint8_t *to,
		  struct err *e)
{
	if (m->raw) {
		wr->msg = (struct bytes){m->raw, m->raw_len};
		return 0;
	}
	wr->msg = (struct bytes){to, pdu_encode(&m->pdu, to, room_of(m), e)};
	if (!wr->msg.len)
		return -1;
	form_spoil(p, &m->pdu, to, &wr->msg.len, &wr->op);
	return 0;
}

static int post_as(struct peer *p, const struct peer_msg *msgs, size_t n, uint64_t first_id,
		   struct fab_wr *wr, uint8_t *to, struct err *e)
{
	for (size_t i = 0; i < n; i++) {
		wr[i] = (struct fab_wr){
			.op = msgs[i].op,
			.id = first_id ? first_id + i : 0,
			.imm = msgs[i].imm,
			.solicited = msgs[i].solicited || form_solicits(p, &msgs[i].pdu),
			.peer_key = msgs[i].key,
		};
		if (encode(p, &msgs[i], &wr[i], to, e))
			return -1;
		to += room_of(&msgs[i]);
	}
	if (fab_post(p->conn, wr, n, e))
		return -1;
	p->sends_outstanding += (unsigned)n;
	return 0;
}

static int post_chain(struct peer *p, const struct peer_msg *msgs, size_t n, uint64_t first_id,
		      struct err *e)
{
	/* Most are one message without data, or with a login's. */
	struct fab_wr one;
	uint8_t few[1024];
	size_t room = 0;

	if (!p->conn)
		return err_set(e, ENOTCONN, "no connection");
	if (!n)
		return 0;
	for (size_t i = 0; i < n; i++)
		room += room_of(&msgs[i]);
	struct fab_wr *wr = n == 1 ? &one : calloc(n, sizeof(*wr));
	uint8_t *bytes = room <= sizeof(few) ? few : malloc(room);
	const int rc = wr && bytes ? post_as(p, msgs, n, first_id, wr, bytes, e)
				   : err_set(e, ENOMEM, "chain of %zu messages", n);
	if (wr != &one)
		free(wr);
	if (bytes != few)
		free(bytes);
	return rc;
}

int peer_send_chain(struct peer *p, struct peer_msg *msgs, size_t n)
{
	struct err e = {0};

	if (post_chain(p, msgs, n, 0, &e)) {
		peer_note(p, "cannot send %s: %s", msgs[0].pdu.type->title, e.what);
		return -1;
	}
	for (size_t i = 0; i < n; i++)
		if (!msgs[i].no_commit)
			peer_commit(p, &msgs[i].pdu);
	return 0;
}

static bool is_login(const struct pdu *pdu)
{
	return pdu->type->iser_opcode == ISER_CONTROL &&
	       (pdu->type->opcode == OP_LOGIN_REQUEST || pdu->type->opcode == OP_LOGIN_RESPONSE);
}

static size_t type_index(const struct pdu_type *type)
{
	size_t count;

	return (size_t)(type - pdu_types(&count));
}

static bool at_point(const struct peer *p, const struct pdu *pdu)
{
	return p->hold_at != PEER_POINT_NONE && login_points(p, pdu) >> p->hold_at & 1;
}

static void hold(struct peer *p, const struct pdu *pdu, bool stopped)
{
	memset(&p->held, 0, sizeof(p->held));
	p->held.pdu = *pdu;
	if (pdu->data.len) {
		memmove(p->held_data, pdu->data.at, pdu->data.len);
		p->held.pdu.data.at = p->held_data;
	}
	p->holding = true;
	p->stopped = stopped;
	if (stopped)
		p->reached = p->hold_at;
}

/* Keeps *pdu back for the script when it wants to take over here, or has done so. */
static bool keep_back(struct peer *p, const struct pdu *pdu)
{
	const bool stops = at_point(p, pdu);
	const bool of_type = p->phase == PEER_FULL && p->hold_types >> type_index(pdu->type) & 1;

	if (!stops && !of_type && !(p->login_scripted && is_login(pdu)))
		return false;
	if (pdu->data.len > sizeof(p->held_data)) {
		peer_note(p, "%zu bytes are too many to be held", pdu->data.len);
		return false;
	}
	hold(p, pdu, stops);
	return true;
}

static int send_as(struct peer *p, const struct pdu *pdu, enum fab_op op, uint32_t key)
{
	struct peer_msg m = {.pdu = *pdu, .op = op, .key = key};

	if (p->phase == PEER_CLOSED)
		return -1;
	if (keep_back(p, pdu))
		return 0;
	return peer_send_chain(p, &m, 1);
}

int peer_send(struct peer *p, const struct pdu *pdu)
{
	return send_as(p, pdu, FAB_SEND, 0);
}

int peer_send_inv(struct peer *p, const struct pdu *pdu, uint32_t key)
{
	return send_as(p, pdu, FAB_SEND_INV, key);
}

void peer_hold(struct peer *p, enum peer_point at)
{
	const bool again = at == PEER_POINT_NEXT || at == PEER_POINT_KEY;
	/* What is held for another reason than a point is the next one by itself. */
	const bool here = at == PEER_POINT_NEXT && p->holding && p->held.pdu.type &&
			  (!p->stopped || p->reached == PEER_POINT_CONNECTED);

	p->hold_at = at;
	p->login_scripted = false;
	if (here) {
		p->stopped = true;
		p->reached = PEER_POINT_NEXT;
	} else if (again && p->reached > PEER_POINT_CONNECTED &&
		   p->reached < PEER_POINT_LOGGED_IN) {
		p->reached = PEER_POINT_CONNECTED; /* these points come any number of times */
	}
}

void peer_hold_key(struct peer *p, const char *key)
{
	snprintf(p->hold_key, sizeof(p->hold_key), "%s", key);
	peer_hold(p, PEER_POINT_KEY);
}

void peer_hold_type(struct peer *p, const struct pdu_type *type)
{
	p->hold_types |= 1ull << type_index(type);
}

static void end_hold(struct peer *p)
{
	p->holding = false;
	if (p->hold_at == p->reached)
		p->hold_at = PEER_POINT_NONE;
}

int peer_release(struct peer *p, struct err *e)
{
	if (!p->holding)
		return 0;

	p->login_scripted = false;
	end_hold(p);
	if (p->held.pdu.type) {
		struct peer_msg m = p->held;
		/* The held message may stand at the next wanted point too: a login of one PDU. */
		if (p->hold_at != PEER_POINT_NEXT && at_point(p, &m.pdu)) {
			hold(p, &m.pdu, true);
			return 0;
		}
		memset(&p->held, 0, sizeof(p->held));
		if (post_chain(p, &m, 1, 0, e))
			return -1;
		peer_commit(p, &m.pdu);
	} else if (p->reached == PEER_POINT_LOGGED_IN) {
		peer_enter_full(p);
	}
	peer_drain_backlog(p);
	return 0;
}

int peer_template(struct peer *p, const struct pdu_type *type, struct pdu *out, uint8_t *buf,
		  size_t size, struct err *e)
{
	if (p->holding && p->held.pdu.type == type) {
		*out = p->held.pdu;
		if (out->data.len > size)
			return err_set(e, ENOBUFS, "text of %zu bytes", out->data.len);
		if (out->data.len)
			memcpy(buf, out->data.at, out->data.len);
		out->data.at = buf;
		return 0;
	}

	pdu_init(out, type);
	if (type->iser_opcode != ISER_CONTROL)
		hello_template(p, type, out);
	else if (type->opcode == OP_LOGIN_REQUEST || type->opcode == OP_LOGIN_RESPONSE)
		login_template(p, type, out);
	else if (type->sender == FROM_INITIATOR)
		initiator_template(p, type, out);
	else
		target_template(p, type, out);

	out->cmd_sn += type->sender == FROM_INITIATOR ? p->ahead.cmd_sns : 0;
	out->stat_sn += type->sender == FROM_TARGET ? p->ahead.stat_sns : 0;
	if (out->data.len > size)
		return err_set(e, ENOBUFS, "data of %zu bytes", out->data.len);
	if (out->data.len) {
		memmove(buf, out->data.at, out->data.len);
		out->data.at = buf;
	}
	return 0;
}

void peer_ahead(struct peer *p, const struct pdu *pdu)
{
	if (sequence_uses_cmd_sn(pdu))
		p->ahead.cmd_sns++;
	if (pdu->type->sender == FROM_TARGET && sequence_uses_stat_sn(pdu))
		p->ahead.stat_sns++;
	if (pdu->type->iser_opcode == ISER_CONTROL && pdu->type->opcode == OP_SCSI_RESPONSE)
		p->ahead.responses++;
}

int peer_post(struct peer *p, struct peer_msg *msgs, size_t n, uint64_t first_id, struct err *e)
{
	bool took_held = false;
	unsigned answers = 0;

	memset(&p->ahead, 0, sizeof(p->ahead));
	/* The buffers for what is sent must stand before it leaves: RFC 7145 5.1.1, 5.1.2
	 * and 8.1.1.1. */
	for (size_t i = 0; i < n; i++) {
		if (msgs[i].no_commit)
			continue;
		if (p->holding && p->held.pdu.type == msgs[i].pdu.type)
			took_held = true;
		answers++;
		if (is_login(&msgs[i].pdu))
			login_owns_buffers(p, &msgs[i].pdu);
	}
	peer_post_receives(p, p->cfg.role == PEER_INITIATOR ? answers : 0);

	if (post_chain(p, msgs, n, first_id, e))
		return -1;
	const struct pdu *held = took_held ? &p->held.pdu : NULL;
	for (size_t i = 0; i < n; i++)
		if (p->phase == PEER_LOGIN && is_login(&msgs[i].pdu) && !msgs[i].no_commit)
			login_spoken(p, held, &msgs[i].pdu);
	if (took_held)
		memset(&p->held, 0, sizeof(p->held));
	/* Who speaks in a login speaks alone: RFC 7143 6.3, one Login Request at a time. */
	for (size_t i = 0; i < n; i++)
		p->login_scripted |= p->phase == PEER_LOGIN && is_login(&msgs[i].pdu);
	p->scripted = true;
	for (size_t i = 0; i < n; i++)
		if (!msgs[i].no_commit)
			peer_commit(p, &msgs[i].pdu);
	p->scripted = false;
	if (took_held) {
		end_hold(p);
		peer_drain_backlog(p);
	}
	return 0;
}

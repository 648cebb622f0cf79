/* SPDX-License-Identifier: BSD-2-Clause */
/* The peer's life: connecting, phases, and which part handles which event. */
#include "initiator/initiator.h"
#include "internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void terms_default(struct peer *p)
{
	/* RFC 7143 section 13 and RFC 7145 section 6 */
	p->terms = (struct peer_terms){
		.initial_r2t = true,
		.immediate_data = true,
		.data_pdu_in_order = true,
		.initiator_rdsl = 8192,
		.target_rdsl = 8192,
		.max_burst = 262144,
		.first_burst = 65536,
		.max_outstanding_r2t = 1,
		.max_connections = 1,
		.their_max_ahs = 256,
		.our_ird = p->cfg.fab.responder_resources,
		.our_ord = p->cfg.fab.initiator_depth,
	};
}

struct peer *peer_new(struct fabric *fab, const struct peer_config *cfg)
{
	struct peer *p = malloc(sizeof(*p));
	const size_t behind = offsetof(struct peer, cfg) + sizeof(p->cfg);

	if (!p)
		return NULL;
	peer_config_copy(&p->cfg, cfg);
	memset((uint8_t *)p + behind, 0, offsetof(struct peer, held_data) - behind);
	p->fab = fab;
	p->log = fab_log(fab);
	p->stat_sn = cfg->first_stat_sn;
	p->next_ttt = 1;
	/* type 10b: random, RFC 7143 11.12.5 */
	p->isid = 0x800000000000u | (cfg->isid ? cfg->isid : cfg->seed & 0xffffff);
	p->cid = (uint16_t)cfg->cid;
	terms_default(p);
	if (!members_new(p) || login_new(p)) {
		free(p->session);
		free(p);
		return NULL;
	}
	return p;
}

void peer_free(struct peer *p)
{
	if (!p)
		return;
	target_free(p);
	autopilot_free(p);
	initiator_deed_free(p);
	initiator_free(p);
	login_free(p);
	members_leave(p);
	if (p->conn)
		fab_conn_free(p->conn);
	for (size_t i = 0; i < p->heard_count; i++)
		free(p->heard[i].value);
	free(p->heard);
	free(p->backlog);
	free(p);
}

void peer_note(struct peer *p, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (!p->log)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_text(p->log, LOG_NOTE, fab_now(p->fab), "peer", "%s", text);
}

int peer_violation(struct peer *p, const char *section, const char *fmt, ...)
{
	char what[sizeof(p->violation.what)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (!p->violation.what[0])
		err_wire(&p->violation, ERR_NO_OFFSET, section, "%s", what);
	peer_note(p, "violation: %s (%s)", what, section);
	if (!p->cfg.tolerant)
		peer_close(p);
	return -1;
}

bool peer_answers(const struct peer *p, const struct pdu_type *type)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);

	return !p->quiet && !(p->quiet_types >> (type - types) & 1);
}

void peer_honest(struct peer *p)
{
	p->quiet = false;
	p->quiet_types = 0;
	/* What was held only because the script spoke in this login. */
	if (p->login_scripted && p->holding)
		peer_release(p, NULL);
	p->login_scripted = false;
	p->hold_types = 0;
	if (p->holding && p->phase == PEER_FULL)
		peer_release(p, NULL);
	if (p->cfg.role == PEER_TARGET)
		target_release_held(p);
}

static void private_data(struct peer *p, struct fab_params *params)
{
	struct cm_data cm = p->cfg.cm;

	if (params->private_data_len || !cm.present)
		return;
	if (p->cfg.role == PEER_INITIATOR)
		cm.send_inv_not_supported =
			!initiator_has_windows(p) && !peer_knob(p, KNOB_SEND_INV_ANNOUNCED);
	else
		cm.send_inv_not_supported = !p->cfg.send_inv;
	cm_data_encode(&cm, params->private_data);
	params->private_data_len = CM_DATA_SIZE;
}

int peer_connect(struct peer *p, struct err *e)
{
	struct fab_params params = p->cfg.fab;

	private_data(p, &params);
	if (peer_knob(p, KNOB_SOLICITED_WITHOUT_IRD))
		params.responder_resources = 0;
	p->conn = fab_connect(p->fab, p->cfg.host, p->cfg.port, &params, e);
	if (!p->conn)
		return -1;
	fab_conn_set_user(p->conn, p);
	p->phase = PEER_CONNECTING;
	return 0;
}

void peer_close(struct peer *p)
{
	struct err e = {0};

	if (p->phase == PEER_CLOSED)
		return;
	p->phase = PEER_CLOSED;
	target_queue_leave(p);
	p->closed_at = fab_now(p->fab);
	if (p->conn)
		fab_disconnect(p->conn, &e);
	if (p->cfg.role == PEER_INITIATOR)
		initiator_closed(p);
}

void peer_close_when_sent(struct peer *p)
{
	p->closing = true;
	if (!p->sends_outstanding)
		peer_close(p);
}

static void connect_request(struct peer *p, const struct fab_event *ev)
{
	struct fab_params params = p->cfg.fab;
	struct err e = {0};

	if (p->conn || p->cfg.role != PEER_TARGET) {
		fab_reject(ev->conn, NULL, 0, &e);
		return;
	}
	if (p->cfg.knob[KNOB_SINGLE_LOGIN_RECEIVE])
		params.recv_initial = 1;
	if (peer_knob(p, KNOB_NO_LOGIN_RECEIVE)) { /* even the first comes late */
		params.recv_initial = 0;
		fab_timer(p->fab, fab_now(p->fab) + NS_PER_MS, TIMER_REPOST, ev->conn);
	}
	private_data(p, &params);
	p->conn = ev->conn;
	fab_conn_set_user(p->conn, p);
	p->phase = PEER_CONNECTING;
	if (cm_data_decode(&p->their_cm, ev->private_data.at, ev->private_data.len, NULL))
		memset(&p->their_cm, 0, sizeof(p->their_cm));
	p->their_ird = ev->responder_resources;
	p->their_ord = ev->initiator_depth;
	/* Without Hello the limit of our Reads comes from the CM exchange: RFC 7145 8.2. */
	if (p->terms.our_ord > p->their_ird)
		p->terms.our_ord = p->their_ird;
	if (fab_accept(p->conn, &params, &e)) {
		peer_note(p, "cannot accept: %s", e.what);
		p->phase = PEER_CLOSED;
	}
}

/* A mutant's: as if the login had been on another connection. */
static void ping_before_login(struct peer *p)
{
	struct pdu pdu;

	pdu_init(&pdu, pdu_type_by_opcode(OP_NOP_IN));
	pdu.itt = pdu.ttt = TAG_NONE;
	pdu.stat_sn = p->stat_sn;
	peer_send(p, &pdu);
}

static void established(struct peer *p, const struct fab_event *ev)
{
	if (p->established)
		return;
	p->established = true;
	p->phase = PEER_LOGIN;
	if (p->cfg.role == PEER_INITIATOR) {
		if (cm_data_decode(&p->their_cm, ev->private_data.at, ev->private_data.len, NULL))
			memset(&p->their_cm, 0, sizeof(p->their_cm));
		p->their_ird = ev->responder_resources;
		p->their_ord = ev->initiator_depth;
		login_initiator_start(p);
	} else if (p->hold_at == PEER_POINT_CONNECTED) {
		p->holding = true;
		p->reached = PEER_POINT_CONNECTED;
		memset(&p->held, 0, sizeof(p->held));
	} else if (peer_knob(p, KNOB_PING_BEFORE_LOGIN)) {
		ping_before_login(p);
	}
}

static void closed(struct peer *p, const struct fab_event *ev)
{
	if (p->phase == PEER_CLOSED)
		return;
	p->phase = PEER_CLOSED;
	target_queue_leave(p);
	p->closed_by_peer = true;
	p->rejected = ev->kind == FAB_REJECTED || ev->kind == FAB_UNREACHABLE;
	p->closed_at = ev->time;
	neighbours_end(p);
	/* Both ends answer a DREQ by taking down their own. */
	if (ev->kind == FAB_DISCONNECTED && p->conn)
		fab_disconnect(p->conn, NULL);
	if (p->cfg.role == PEER_INITIATOR)
		initiator_closed(p);
}

static bool hello_against_rules(struct peer *p)
{
	const char *answer = peer_heard(p, "iSERHelloRequired");

	if (answer && !strcmp(answer, "NotUnderstood"))
		return peer_knob(p, KNOB_HELLO_AFTER_NOT_UNDERSTOOD);
	return peer_knob(p, KNOB_HELLO_UNDER_NO);
}

void peer_logged_in(struct peer *p)
{
	p->phase = p->terms.hello_due ? PEER_HELLO : PEER_FULL;
	if (p->reached < PEER_POINT_LOGGED_IN)
		p->reached = PEER_POINT_LOGGED_IN;

	if (p->cfg.role == PEER_TARGET) {
		if (p->phase == PEER_FULL && peer_knob(p, KNOB_HELLO_REPLY_UNASKED))
			hello_reply_unasked(p);
		if (p->phase == PEER_FULL)
			peer_enter_full(p);
		else if (peer_knob(p, KNOB_UNEXPECTED_BEFORE_HELLO))
			hello_target_breaks_silence(p);
		return;
	}
	if (p->hold_at == PEER_POINT_LOGGED_IN) {
		memset(&p->held, 0, sizeof(p->held));
		if (p->phase == PEER_HELLO)
			hello_template(p, pdu_hello_type(), &p->held.pdu);
		p->holding = true;
		return;
	}
	if (p->phase == PEER_HELLO || hello_against_rules(p))
		hello_initiator_start(p);
	if (p->phase == PEER_FULL)
		peer_enter_full(p);
}

void peer_enter_full(struct peer *p)
{
	if (p->phase == PEER_CLOSED || p->reached == PEER_POINT_DONE)
		return;
	p->phase = PEER_FULL;
	p->reached = PEER_POINT_DONE;
	if (p->cfg.role == PEER_TARGET)
		target_start(p);
	else
		initiator_start(p);
}

static void keep(struct peer *p, const struct fab_event *ev)
{
	if (p->backlog_len == p->backlog_size) {
		size_t size = p->backlog_size ? 2 * p->backlog_size : 16;
		struct fab_event *grown = realloc(p->backlog, size * sizeof(*grown));
		if (!grown) {
			peer_note(p, "out of memory: a message is lost");
			return;
		}
		p->backlog = grown;
		p->backlog_size = size;
	}
	p->backlog[p->backlog_len++] = *ev;
}

static void dispatch(struct peer *p, const struct pdu *pdu, const struct fab_event *ev)
{
	bool hello = pdu->type->iser_opcode != ISER_CONTROL;

	if (p->cfg.role == PEER_INITIATOR) {
		if (p->phase == PEER_LOGIN && !login_ended(p))
			login_initiator_input(p, pdu);
		else if (hello || p->phase == PEER_HELLO)
			hello_input(p, pdu, ev);
		else
			initiator_input(p, pdu, ev);
	} else {
		if (p->phase >= PEER_FULL && !hello)
			hello_missed(p);
		if (p->phase == PEER_LOGIN)
			login_target_input(p, pdu, ev);
		else if (hello || p->phase == PEER_HELLO)
			hello_input(p, pdu, ev);
		else
			target_input(p, pdu, ev);
	}
}

/* A mutant's: the message taken as if its iSER opcode were 1. */
static bool odd_opcode(struct peer *p, const struct fab_event *ev)
{
	struct pdu pdu;
	/* Hello and HelloReply end with their header. */
	bool known = ev->msg.len <= ISER_HEADER_SIZE || ev->msg.at[0] >> 4 == ISER_CONTROL;

	if (known || !peer_knob(p, KNOB_EXECUTES_UNKNOWN_ISER_OPCODE))
		return false;
	uint8_t *copy = malloc(ev->msg.len);
	if (!copy)
		return false;
	memcpy(copy, ev->msg.at, ev->msg.len);
	copy[0] = (uint8_t)(ISER_CONTROL << 4 | (copy[0] & 0xf));
	bool taken = !pdu_decode(&pdu, copy, ev->msg.len, NULL);
	if (taken)
		dispatch(p, &pdu, ev);
	free(copy);
	return taken;
}

/* A mutant: this message's receive buffer is never posted again. */
static bool leaks(struct peer *p, const struct pdu *pdu)
{
	bool control = pdu->type->iser_opcode == ISER_CONTROL;

	if (control && pdu->type->opcode == OP_NOP_IN && pdu->ttt != TAG_NONE)
		return peer_knob(p, KNOB_LEAK_RECEIVE);
	return control && (pdu->type->opcode == OP_NOP_IN || pdu->type->opcode == OP_ASYNC) &&
	       pdu->itt == TAG_NONE &&
	       (peer_knob(p, KNOB_LEAK_RECEIVE_UNANSWERED) || peer_knob(p, KNOB_LEAK_RECEIVE_POOL));
}

/* A mutant's: an RDMA Write with Immediate is taken for the message that its buffer held before. */
static enum knob parses_again(const struct peer *p)
{
	return p->cfg.role == PEER_TARGET ? KNOB_WRITE_WITH_IMMEDIATE_PARSED
					  : KNOB_INITIATOR_PARSES_WRITE_WITH_IMMEDIATE;
}

static void remember(struct peer *p, const struct pdu *pdu)
{
	if (!p->cfg.knob[parses_again(p)])
		return;
	p->heard_last = *pdu;
	p->heard_last.data = p->heard_last.ahs = (struct bytes){0};
}

static void input(struct peer *p, const struct fab_event *ev)
{
	struct pdu pdu;
	struct err e = {0};

	if (p->phase == PEER_CLOSED || p->phase < PEER_LOGIN || p->closing)
		return;
	if (ev->has_imm && !ev->msg.len && p->heard_last.type && peer_knob(p, parses_again(p))) {
		pdu = p->heard_last;
		dispatch(p, &pdu, ev);
	} else if (!pdu_decode(&pdu, ev->msg.at, ev->msg.len, &e)) {
		remember(p, &pdu);
		if (p->phase >= PEER_FULL && leaks(p, &pdu))
			login_lose_buffer(p);
		dispatch(p, &pdu, ev);
	} else if (!login_cut(p, ev) && !hello_malformed(p, ev) && !odd_opcode(p, ev) &&
		   !target_malformed(p, ev, &e) && !initiator_malformed(p, ev, &e)) {
		/* RFC 7145 10.1.3.3: terminate; RFC 7143 7.7 the same for what it calls a format
		 * error. */
		peer_violation(p, e.section ? e.section : "RFC 7145 10.1.3.3", "%s", e.what);
	}
	peer_post_receives(p, 0);
}

void peer_drain_backlog(struct peer *p)
{
	size_t done = 0;

	while (!p->holding && done < p->backlog_len) {
		struct fab_event ev = p->backlog[done++];
		input(p, &ev);
	}
	if (!done)
		return;
	memmove(p->backlog, p->backlog + done, (p->backlog_len - done) * sizeof(*p->backlog));
	p->backlog_len -= done;
}

/* RFC 7145 10.1.2: after an error of the RDMA layer the connection is of no use. */
static bool of_no_use(const struct peer *p, const struct fab_event *ev)
{
	return ev->status != FAB_OK && !p->cfg.tolerant;
}

static void completed(struct peer *p, const struct fab_event *ev)
{
	bool send = ev->op == FAB_SEND || ev->op == FAB_SEND_INV || ev->op == FAB_SEND_IMM;

	if (send && p->sends_outstanding)
		p->sends_outstanding--;
	if (p->cfg.role == PEER_INITIATOR)
		initiator_done(p, ev);
	else
		target_done(p, ev);
	if (of_no_use(p, ev) || (p->closing && !p->sends_outstanding))
		peer_close(p);
}

static void timer(struct peer *p, const struct fab_event *ev)
{
	if (p->phase == PEER_CLOSED)
		return;
	if (ev->id == TIMER_RECEIVES)
		login_timer(p);
	else if (ev->id == TIMER_EDGE)
		login_edge_timer(p);
	else if (ev->id == TIMER_REPOST)
		receives_timer(p);
	else if (ev->id >= TIMER_AUTOPILOT && ev->id < TIMER_UNEXPECTED)
		autopilot_timer(p, ev->id);
	else if (p->cfg.role == PEER_INITIATOR)
		initiator_timer(p, ev->id);
	else
		target_timer(p, ev->id);
}

void peer_event(struct peer *p, const struct fab_event *ev)
{
	if (ev->kind == FAB_CONNECT_REQUEST) {
		connect_request(p, ev);
		return;
	}
	if (!p->conn || ev->conn != p->conn)
		return;

	switch (ev->kind) {
	case FAB_ESTABLISHED:
		established(p, ev);
		break;
	case FAB_REJECTED:
	case FAB_UNREACHABLE:
	case FAB_DISCONNECTED:
	case FAB_DEVICE_GONE:
		closed(p, ev);
		break;
	case FAB_RECV:
		/* Some devices deliver the first message before they say that the connection
		 * stands. */
		if (p->phase == PEER_CONNECTING && p->cfg.role == PEER_TARGET)
			established(p, ev);
		if (p->holding || p->backlog_len || login_edge(p))
			keep(p, ev);
		else
			input(p, ev);
		break;
	case FAB_DONE:
		completed(p, ev);
		break;
	case FAB_TIMER:
		timer(p, ev);
		break;
	case FAB_RECV_FAILED:
		if (of_no_use(p, ev))
			peer_close(p);
		break;
	case FAB_CONNECT_REQUEST:
	case FAB_FD:
	case FAB_TIMEOUT:
		break;
	}
	if (p->cfg.autopilot && p->cfg.role == PEER_INITIATOR)
		autopilot_step(p);
	initiator_deed_step(p);
}

const char *peer_heard(const struct peer *p, const char *key)
{
	for (size_t i = p->heard_count; i-- > 0;)
		if (word_is(p->heard[i].key, key))
			return p->heard[i].value;
	return NULL;
}

bool peer_base_is_solicited(const struct peer *p)
{
	if (p->cfg.role == PEER_INITIATOR)
		return p->cfg.write_base == WRITE_BASE_SOLICITED;
	if (p->further)
		return p->terms.tagged_buffer_for_solicited_only;
	const char *declared = peer_heard(p, "TaggedBufferForSolicitedDataOnly");
	if (declared && !strcmp(declared, "Yes"))
		return true;
	if (declared && !strcmp(declared, "No"))
		return false;
	return p->cfg.write_base == WRITE_BASE_SOLICITED;
}

static int point_named(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

int peer_point_by_name(const char *name)
{
	static const char *const names[] = {
		[PEER_POINT_NONE] = "",	      [PEER_POINT_CONNECTED] = "connected",
		[PEER_POINT_NEXT] = "next",   [PEER_POINT_KEY] = "",
		[PEER_POINT_FIRST] = "first", [PEER_POINT_OPERATIONAL] = "operational",
		[PEER_POINT_FINAL] = "final", [PEER_POINT_LOGGED_IN] = "logged-in",
		[PEER_POINT_DONE] = "done",
	};
	int at = name[0] ? point_named(name, names, PEER_POINT_DONE + 1) : -1;
	return at;
}

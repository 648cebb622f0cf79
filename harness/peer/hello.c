/* SPDX-License-Identifier: BSD-2-Clause */
/* The Hello exchange, both roles: RFC 7145 5.1.3, 9.3, 9.4, 10.1.3. */
#include "login/login.h"

#include <string.h>

enum { VERSION = 10 }; /* RFC 7145 9.3 */

static void hello_pdu(struct peer *p, struct pdu *out)
{
	pdu_init(out, pdu_hello_type());
	out->iser_ird = p->terms.our_ird;
}

static void reply_pdu(struct peer *p, struct pdu *out)
{
	const struct pdu *hello = &p->login->hello;
	uint32_t own = p->terms.our_ord, ird = hello->type ? hello->iser_ird : own;

	pdu_init(out, pdu_hello_reply_type());
	out->iser_ord = own < ird ? own : ird;
}

void hello_template(struct peer *p, const struct pdu_type *type, struct pdu *out)
{
	if (type == pdu_hello_type())
		hello_pdu(p, out);
	else
		reply_pdu(p, out);
}

/* Bytes that are no proper message, for mutants. */
static void send_raw(struct peer *p, const struct pdu *pdu, size_t len)
{
	uint8_t bytes[ISER_HEADER_SIZE + BHS_SIZE] = {0};
	struct peer_msg m = {.pdu = *pdu, .raw = bytes, .raw_len = len};

	if (pdu_encode(pdu, bytes, sizeof(bytes), NULL))
		peer_send_chain(p, &m, 1);
}

/* And with reserved bits set. */
static void send_reserved(struct peer *p, const struct pdu *pdu)
{
	uint8_t bytes[ISER_HEADER_SIZE] = {0};
	struct peer_msg m = {.pdu = *pdu, .raw = bytes, .raw_len = sizeof(bytes)};

	pdu_encode(pdu, bytes, sizeof(bytes), NULL);
	bytes[0] |= 0x0e;
	bytes[27] = 0xff;
	peer_send_chain(p, &m, 1);
}

void hello_sent(struct peer *p, const struct pdu *pdu)
{
	p->login->hello_sent = true;
	p->login->hello = *pdu;
}

static void send_ping(struct peer *p)
{
	struct pdu pdu;

	pdu_init(&pdu, pdu_type_by_opcode(OP_NOP_OUT));
	initiator_template(p, pdu.type, &pdu);
	peer_post_receives(p, 1);
	peer_send(p, &pdu);
}

void hello_initiator_start(struct peer *p)
{
	struct pdu pdu;

	if (peer_knob(p, KNOB_HELLO_FORGOTTEN))
		return;
	if (peer_knob(p, KNOB_SKIPS_HELLO)) {
		peer_enter_full(p);
		send_ping(p);
		return;
	}
	hello_pdu(p, &pdu);
	if (peer_knob(p, KNOB_HELLO_VERSION))
		pdu.max_ver = pdu.min_ver = 2;
	if (peer_knob(p, KNOB_HELLO_IRD_TOO_HIGH))
		pdu.iser_ird = 2 * pdu.iser_ird + 1;
	if (!peer_knob(p, KNOB_HELLO_REPLY_UNPROVISIONED))
		peer_post_receives(p, 1);
	hello_sent(p, &pdu);
	if (peer_knob(p, KNOB_HELLO_LONG))
		send_raw(p, &pdu, ISER_HEADER_SIZE + BHS_SIZE);
	else if (peer_knob(p, KNOB_HELLO_RESERVED))
		send_reserved(p, &pdu);
	else
		peer_send(p, &pdu);
}

static void initiator_takes_reply(struct peer *p, const struct pdu *pdu)
{
	struct login_state *l = p->login;

	if (!l->hello_sent) {
		if (!peer_knob(p, KNOB_ACCEPTS_UNASKED_HELLO_REPLY))
			peer_violation(p, "RFC 7145 10.1.3.3",
				       "a HelloReply that was not asked for");
		return;
	}
	if (l->hello_done) {
		if (!peer_knob(p, KNOB_ACCEPTS_SECOND_HELLO_REPLY))
			peer_violation(p, "RFC 7145 10.1.3.3", "a second HelloReply");
		return;
	}
	if ((pdu->cur_ver != VERSION || pdu->max_ver < VERSION) &&
	    !peer_knob(p, KNOB_ACCEPTS_BAD_VERSION))
		peer_violation(p, "RFC 7145 9.4", "HelloReply of CurVer %u, MaxVer %u",
			       (unsigned)pdu->cur_ver, (unsigned)pdu->max_ver);
	/* To refuse is no violation, but it is the end: RFC 7145 9.4. */
	if (pdu->rej && !peer_knob(p, KNOB_IGNORES_REJ)) {
		peer_note(p, "the target rejects our Hello");
		if (!p->cfg.tolerant)
			peer_close(p);
		return;
	}
	if (pdu->iser_ord > l->hello.iser_ird && !peer_knob(p, KNOB_ACCEPTS_ORD_ABOVE_IRD))
		peer_violation(p, "RFC 7145 5.1.3", "iSER-ORD %u is above our iSER-IRD %u",
			       (unsigned)pdu->iser_ord, (unsigned)l->hello.iser_ird);
	if (p->phase == PEER_CLOSED)
		return;
	l->hello_done = true;
	if (peer_knob(p, KNOB_HELLO_TWICE))
		peer_send(p, &l->hello);
	if (p->phase == PEER_HELLO)
		peer_enter_full(p);
}

static void initiator_input_hello(struct peer *p, const struct pdu *pdu, const struct fab_event *ev)
{
	if (pdu->type == pdu_hello_reply_type()) {
		initiator_takes_reply(p, pdu);
	} else if (pdu->type == pdu_hello_type()) {
		peer_violation(p, "RFC 7145 10.1.3.3", "a Hello from the target");
	} else if (peer_knob(p, KNOB_ACCEPTS_MISSING_HELLO_REPLY)) {
		peer_enter_full(p);
		initiator_input(p, pdu, ev);
	} else {
		peer_violation(p, "RFC 7145 10.1.3.4", "%s where HelloReply is due",
			       pdu->type->title);
		if (p->phase != PEER_CLOSED)
			initiator_input(p, pdu, ev);
	}
}

static bool unacceptable(struct peer *p, const struct pdu *hello, const struct pdu *reply)
{
	bool version = hello->min_ver > VERSION || hello->max_ver < VERSION;
	bool depth = hello->iser_ird && !reply->iser_ord;

	return (version && !peer_knob(p, KNOB_ACCEPTS_BAD_HELLO_VERSION)) ||
	       (depth && !peer_knob(p, KNOB_ORD_ZERO_ACCEPTED));
}

static void reply(struct peer *p)
{
	struct login_state *l = p->login;
	struct pdu pdu;

	if (peer_knob(p, KNOB_HELLO_REPLY_MISSING))
		return;
	reply_pdu(p, &pdu);
	pdu.rej = unacceptable(p, &l->hello, &pdu);
	p->terms.our_ord = pdu.iser_ord < p->terms.our_ord ? pdu.iser_ord : p->terms.our_ord;
	if (peer_knob(p, KNOB_HELLO_REPLY_WRONG_VERSION))
		pdu.cur_ver = 2;
	if (peer_knob(p, KNOB_HELLO_REPLY_MAX_VERSION))
		pdu.max_ver = 2;
	if (peer_knob(p, KNOB_HELLO_REPLY_ORD_ABOVE_IRD))
		pdu.iser_ord = l->hello.iser_ird < 0xffff ? l->hello.iser_ird + 1 : 0xffff;
	l->hello_done = true;
	if (peer_knob(p, KNOB_HELLO_REPLY_SHORT)) {
		send_raw(p, &pdu, 20);
	} else if (peer_knob(p, KNOB_HELLO_REPLY_LONG)) {
		send_raw(p, &pdu, ISER_HEADER_SIZE + BHS_SIZE);
	} else if (peer_knob(p, KNOB_HELLO_REPLY_RESERVED)) {
		send_reserved(p, &pdu);
	} else {
		peer_send(p, &pdu);
	}
	/* RFC 7145 10.1.3.2: then as for a format error, terminate. */
	if (pdu.rej && !peer_knob(p, KNOB_REJ_WITHOUT_CLOSE))
		peer_close_when_sent(p);
}

/* Is the exchange ruled out: iSERHelloRequired=No, by the initiator's word or ours? */
static bool under_no(const struct peer *p)
{
	const char *said = peer_heard(p, "iSERHelloRequired");

	return said && (!strcmp(said, "No") || p->cfg.hello_stance == HELLO_NO);
}

static void target_takes_hello(struct peer *p, const struct pdu *pdu)
{
	struct login_state *l = p->login;
	bool second = l->hello.type != NULL;

	l->hello = *pdu;
	if (second) {
		if (peer_knob(p, KNOB_SECOND_HELLO_IGNORED))
			return;
		if (!peer_knob(p, KNOB_SECOND_HELLO_ANSWERED)) {
			peer_violation(p, "RFC 7145 10.1.3.3", "a second Hello");
			return;
		}
	} else if (under_no(p)) {
		if (peer_knob(p, KNOB_HELLO_IGNORED_UNDER_NO))
			return;
		peer_violation(p, "RFC 7145 5.1.3", "Hello under iSERHelloRequired=No");
	} else if (l->full_heard) {
		peer_violation(p, "RFC 7145 10.1.3.4", "a Hello that is not the first message");
	} else if (p->phase != PEER_HELLO && peer_knob(p, KNOB_HELLO_IGNORED_UNDER_ABSENT_KEY)) {
		return;
	}
	if (p->phase != PEER_CLOSED && peer_answers(p, pdu->type))
		reply(p);
}

static void target_input_hello(struct peer *p, const struct pdu *pdu, const struct fab_event *ev)
{
	if (pdu->type == pdu_hello_type()) {
		target_takes_hello(p, pdu);
	} else if (pdu->type == pdu_hello_reply_type()) {
		if (peer_knob(p, KNOB_FOREIGN_OPCODE_IGNORED))
			return;
		peer_violation(p, "RFC 7145 10.1.3.3", "a HelloReply from the initiator");
	} else if (peer_knob(p, KNOB_ACCEPTS_MISSING_HELLO)) {
		peer_enter_full(p);
		target_input(p, pdu, ev);
	} else {
		peer_violation(p, "RFC 7145 10.1.3.4", "%s where Hello is due", pdu->type->title);
		if (p->phase != PEER_CLOSED) {
			peer_enter_full(p);
			target_input(p, pdu, ev);
		}
	}
}

/* A mutant that does not ignore reserved bits (RFC 7145 9.3, 9.4). */
static bool dies_on_reserved(struct peer *p, const struct pdu *pdu, const struct fab_event *ev)
{
	const enum knob knob = p->cfg.role == PEER_INITIATOR ? KNOB_DIES_ON_RESERVED_HELLO_REPLY
							     : KNOB_DIES_ON_RESERVED_HELLO;

	if (pdu->type->iser_opcode == ISER_CONTROL || !ev ||
	    !pdu_reserved_set(pdu->type, ev->msg.at, ev->msg.len, NULL) || !peer_knob(p, knob))
		return false;
	peer_close(p);
	return true;
}

void hello_input(struct peer *p, const struct pdu *pdu, const struct fab_event *ev)
{
	if (dies_on_reserved(p, pdu, ev))
		return;
	if (p->cfg.role == PEER_INITIATOR)
		initiator_input_hello(p, pdu, ev);
	else
		target_input_hello(p, pdu, ev);
}

void hello_missed(struct peer *p)
{
	p->login->full_heard = true;
}

bool hello_malformed(struct peer *p, const struct fab_event *ev)
{
	uint8_t header[ISER_HEADER_SIZE] = {0};
	size_t len = ev->msg.len;
	unsigned opcode = len ? ev->msg.at[0] >> 4 : 0;
	bool accepts;
	struct pdu pdu;

	if (p->phase < PEER_HELLO)
		return false;
	if (p->cfg.role == PEER_TARGET)
		accepts = opcode == ISER_HELLO && peer_knob(p, KNOB_ACCEPTS_BAD_HELLO_LENGTH);
	else if (len < ISER_HEADER_SIZE)
		accepts =
			opcode == ISER_HELLO_REPLY && peer_knob(p, KNOB_ACCEPTS_SHORT_HELLO_REPLY);
	else
		accepts = opcode == ISER_HELLO_REPLY && peer_knob(p, KNOB_ACCEPTS_LONG_HELLO_REPLY);
	if (!accepts)
		return false;
	memcpy(header, ev->msg.at, len < sizeof(header) ? len : sizeof(header));
	if (pdu_decode(&pdu, header, sizeof(header), NULL))
		return false;
	if (p->cfg.role ==
	    PEER_INITIATOR) { /* whatever the bytes that are missing would have said */
		pdu.cur_ver = pdu.max_ver = VERSION;
		pdu.iser_ord = pdu.iser_ord < p->terms.our_ird ? pdu.iser_ord : p->terms.our_ird;
	}
	hello_input(p, &pdu, ev);
	return true;
}

void hello_reply_unasked(struct peer *p)
{
	struct pdu pdu;

	reply_pdu(p, &pdu);
	peer_send(p, &pdu);
}

void hello_target_breaks_silence(struct peer *p)
{
	struct pdu pdu;

	pdu_init(&pdu, pdu_type_by_opcode(OP_NOP_IN));
	pdu.itt = TAG_NONE;
	pdu.ttt = p->next_ttt++;
	pdu.stat_sn = p->stat_sn;
	pdu.exp_cmd_sn = p->session->exp_cmd_sn;
	pdu.max_cmd_sn = p->session->max_cmd_sn;
	peer_send(p, &pdu);
}

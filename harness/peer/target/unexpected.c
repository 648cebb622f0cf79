/* SPDX-License-Identifier: BSD-2-Clause */
/* What the target sends unasked, and its credits: MaxOutstandingUnexpectedPDUs of the initiator,
 * RFC 7145 8.1.2. */
#include <stdlib.h>

#include "target.h"

static bool is_unexpected(const struct target_state *t, const struct pdu *pdu)
{
	switch (pdu->type->opcode) {
	case OP_ASYNC:
		return true;
	case OP_REJECT:
		return !t->sending_expected;
	case OP_NOP_IN:
		return pdu->itt == TAG_NONE;
	default:
		return false;
	}
}

void target_spend(struct peer *p, const struct pdu *pdu)
{
	struct target_state *t = p->target;

	if (!is_unexpected(t, pdu))
		return;
	if (t->credit_count == t->credit_room) {
		size_t room = t->credit_room ? 2 * t->credit_room : 16;
		struct target_credit *grown = realloc(t->credits, room * sizeof(*grown));
		if (!grown) {
			peer_close(p); /* without its accounts the target could break 8.1.2 */
			return;
		}
		t->credits = grown;
		t->credit_room = room;
	}
	t->credits[t->credit_count++] = (struct target_credit){
		.stat_sn = pdu->stat_sn,
		.ttt = pdu->ttt,
		.ping = pdu->type->opcode == OP_NOP_IN && pdu->ttt != TAG_NONE,
	};
}

static bool retires(struct peer *p, const struct target_credit *c, const struct pdu *pdu,
		    bool keeps_pings)
{
	/* An unsolicited NOP-In uses up no StatSN, so that ExpStatSN is its own already. */
	const uint32_t due = peer_knob(p, KNOB_RETIRES_CREDIT_EARLY) ? c->stat_sn : c->stat_sn + 1;

	if (!serial_before(pdu->exp_stat_sn, due))
		return true;
	/* 8.1.2 c: a ping also by its answer, whatever ExpStatSN that carries */
	return !keeps_pings && c->ping && pdu->type->opcode == OP_NOP_OUT && pdu->itt == TAG_NONE &&
	       pdu->ttt == c->ttt;
}

void target_ack(struct peer *p, const struct pdu *pdu)
{
	struct target_state *t = p->target;
	size_t kept = 0;

	if (peer_knob(p, KNOB_RETIRES_CREDIT_BY_NOTHING)) {
		t->credit_count = 0;
		return;
	}
	bool keeps_pings = peer_knob(p, KNOB_PING_ANSWER_RETIRES_NOTHING);
	for (size_t i = 0; i < t->credit_count; i++)
		if (!retires(p, &t->credits[i], pdu, keeps_pings))
			t->credits[kept++] = t->credits[i];
	t->credit_count = kept;
}

bool target_may_send_unexpected(struct peer *p, bool ping)
{
	size_t limit = p->terms.their_moup, used = p->target->credit_count;

	if (!limit || peer_knob(p, KNOB_UNEXPECTED_OVER_MOUP))
		return true;
	/* 8.1.2 advises to keep the last one for a ping, whose answer brings ExpStatSN. */
	if (used + 1 == limit && peer_knob(p, KNOB_LAST_CREDIT_NOT_KEPT))
		return true;
	return ping ? used < limit : used + 1 < limit;
}

static void new_ping(struct peer *p, bool ask, struct pdu *out)
{
	target_new_pdu(p, OP_NOP_IN, out);
	out->itt = TAG_NONE;
	out->ttt = TAG_NONE;
	if (ask) {
		if (p->next_ttt == TAG_NONE)
			p->next_ttt = 1;
		out->ttt = p->next_ttt++;
	}
}

bool target_unexpected(struct peer *p, const struct pdu *pdu)
{
	struct pdu ask;
	bool ping = pdu->type->opcode == OP_NOP_IN && pdu->ttt != TAG_NONE;

	if (target_may_send_unexpected(p, ping))
		return !peer_send(p, pdu);
	if (!ping && target_may_send_unexpected(p, true)) {
		new_ping(p, true, &ask);
		peer_send(p, &ask);
	}
	return false;
}

void target_tell_numbers(struct peer *p)
{
	struct pdu out;

	new_ping(p, false, &out);
	target_unexpected(p, &out);
}

/* ---- pings of our own ---- */

void target_arm_nop(struct peer *p)
{
	struct target_state *t = p->target;
	uint64_t now = fab_now(p->fab), at = now + p->cfg.nop_interval;

	if (!p->cfg.nop_interval)
		return;
	if (!t->heard && at < t->quiet_until)
		at = t->quiet_until;
	fab_timer(p->fab, at, TIMER_NOP, p->conn);
}

void target_ping(struct peer *p)
{
	struct pdu out;

	/* RFC 7143 7.4.3: in a Discovery session nothing but answers. */
	bool silent =
		p->quiet || (target_is_discovery(p) && !peer_knob(p, KNOB_PINGS_IN_DISCOVERY));
	bool async =
		peer_knob(p, KNOB_ASYNC_OVER_MOUP) ||
		(peer_knob(p, KNOB_ASYNC_WITH_IMMEDIATE) && target_may_send_unexpected(p, false));
	if (!silent && async) {
		static const uint8_t no_sense[2];
		target_new_pdu(p, OP_ASYNC, &out);
		out.async_event = 255; /* vendor-specific */
		out.data = (struct bytes){no_sense, sizeof(no_sense)};
		peer_send(p, &out);
	} else if (!silent) {
		new_ping(p, p->cfg.nop_with_ttt || !target_may_send_unexpected(p, false), &out);
		if (peer_knob(p, KNOB_NOP_IN_WITH_DATA))
			out.data = (struct bytes){(const uint8_t *)"ping", 4};
		if (peer_knob(p, KNOB_NOP_IN_COUNTS_STAT_SN))
			p->stat_sn++;
		target_unexpected(p, &out);
	}
	target_arm_nop(p);
}

void target_unexpected_start(struct peer *p)
{
	struct target_state *t = p->target;
	struct pdu out;
	unsigned at_once = 0;

	/* 5.1.3: quiet until the initiator speaks or the time is over. After Hello it has spoken.
	 */
	t->heard = p->terms.hello_due;
	t->quiet_until = fab_now(p->fab) + p->cfg.unexpected_delay;
	target_arm_nop(p);

	if (peer_knob(p, KNOB_UNEXPECTED_AT_ONCE))
		at_once = 1;
	if (peer_knob(p, KNOB_TWO_UNEXPECTED_AT_ONCE))
		at_once = 2;
	while (at_once--) {
		new_ping(p, false, &out);
		peer_send(p, &out);
	}
}

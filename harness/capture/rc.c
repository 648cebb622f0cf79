/* SPDX-License-Identifier: BSD-2-Clause */
/* A reliable connection's packets as requests and their fates (IBTA specification 1, 9.7). */
#include "roce_internal.h"

/* How far a is behind b in the 24 bits of packet numbers; negative: in front. */
static int32_t behind(uint32_t a, uint32_t b)
{
	const uint32_t d = (a - b) & PSN_MASK;
	return d & 0x800000 ? (int32_t)d - 0x1000000 : (int32_t)d;
}

static bool is_request(const struct act *a)
{
	return a->kind == ACT_MESSAGE || a->kind == ACT_WRITE || a->kind == ACT_READ;
}

static void skip_settled(struct link *l, enum side s)
{
	size_t *first = &l->first_open[s];
	while (*first < l->act_count &&
	       (l->acts[*first].from != s || !is_request(&l->acts[*first]) ||
		l->acts[*first].fate != FATE_UNKNOWN))
		(*first)++;
}

/* ---- requests ---- */

/* Messages are missing: what we know from here on is of another kind. */
static void gap(struct capture *capture, struct rc *c, size_t missing)
{
	c->link = link_behind(capture, c->link, missing);
	c->half[INITIATOR].assembling = c->half[TARGET].assembling = false;
}

/* Sent again. Where it had met no receive buffer, it is under way once more; else it arrived when
 * it first did, and the acknowledgement is what was lost. */
static void again(struct rc *c, enum side from, const struct capture_packet *p,
		  const struct roce_packet *rp)
{
	struct link *l = c->link;

	l->about.again++;
	for (size_t i = l->act_count; i-- > 0;) {
		struct act *a = &l->acts[i];
		if (a->from != from || !is_request(a) || behind(rp->psn, a->psn) < 0)
			continue;
		if (behind(rp->psn, a->last_psn) > 0)
			return;
		if (a->fate != FATE_RNR)
			return;
		a->fate = FATE_UNKNOWN;
		if (i < l->first_open[from])
			l->first_open[from] = i;
		a->last_frame = p->frame;
		a->last_time = p->time;
		return;
	}
}

static void begin_request(struct rc *c, enum side from, const struct capture_packet *p,
			  const struct roce_packet *rp, struct roce_shape s)
{
	struct act *a = link_act(c->link,
				 s.send	   ? ACT_MESSAGE
				 : s.write ? ACT_WRITE
					   : ACT_READ,
				 from, p, NULL, 0);
	a->psn = rp->psn;
	a->key = rp->key;
	a->addr = rp->addr;
	a->rdma_len = rp->len;
	c->half[from].act = c->link->act_count - 1;
	c->half[from].assembling = true;
}

static uint32_t packets(uint32_t bytes, unsigned mtu)
{
	return bytes ? (bytes - 1) / mtu + 1 : 1;
}

/*
 * Has the other side lost what is missing in front of p? It then takes nothing behind that, and all
 * of it comes again, from the missing one on; whereas what it acknowledges is missing from the
 * capture alone. Which of both shows within a round trip or a timeout.
 */
static bool lost_on_the_way(const struct rc *c, enum side from, const struct capture_packet *p,
			    const struct capture_packet *end)
{
	enum { FAR = 1 << 16 };
	const uint32_t expected = c->half[from].expected;

	if (c->link->about.one_way)
		return false;
	for (const struct capture_packet *q = p + 1; q < end && q - p < FAR; q++) {
		struct roce_packet rp;
		enum roce_check check;
		if (q->net.protocol != NET_UDP || roce_decode(&rp, &q->net, &check, NULL) ||
		    check == ROCE_ICRC_BAD || rp.opcode == UD_SEND_ONLY)
			continue;
		const struct roce_shape s = roce_shape(rp.opcode);
		const bool answers = s.ack || s.read_response;
		if (!answers && rp.psn == expected && rc_goes_to(c, other(from), &q->net, rp.qp))
			return true;
		if (!answers || !rc_goes_to(c, from, &q->net, rp.qp))
			continue;
		const bool nak = s.ack && (rp.syndrome & AETH_KIND);
		const int32_t beyond = behind(rp.psn, expected);
		if (beyond > 0 || (!beyond && !nak))
			return false;
		if (nak && !beyond)
			return true;
	}
	return false;
}

static void request(struct capture *capture, struct rc *c, enum side from,
		    const struct capture_packet *p, const struct capture_packet *end,
		    const struct roce_packet *rp, struct roce_shape s)
{
	enum { LEAST_MTU = 256 };
	struct rc_half *h = &c->half[from];

	if (!h->counting)
		h->expected = rp->psn;
	h->counting = true;
	const int32_t ahead = behind(rp->psn, h->expected);
	if (ahead < 0) {
		again(c, from, p, rp);
		return;
	}
	if ((uint32_t)ahead > h->slack) {
		if (lost_on_the_way(c, from, p, end)) {
			c->link->about.early++;
			c->link->about.last_frame = p->frame;
			return;
		}
		gap(capture, c, (size_t)ahead);
	}
	h->slack = 0;
	h->expected = (rp->psn + 1) & PSN_MASK;
	if (s.read_request) {
		const uint32_t n = packets(rp->len, c->mtu ? c->mtu : LEAST_MTU);
		h->expected = (rp->psn + (c->mtu ? n : 1)) & PSN_MASK;
		h->slack = c->mtu ? 0 : n;
	}
	if (s.first)
		begin_request(c, from, p, rp, s);
	if (!h->assembling)
		return; /* its beginning is not in the capture */
	struct act *a = &c->link->acts[h->act];
	a->last_psn =
		s.read_request
			? (rp->psn + packets(rp->len, c->mtu ? c->mtu : LEAST_MTU) - 1) & PSN_MASK
			: rp->psn;
	a->last_frame = p->frame;
	a->last_time = p->time;
	c->link->about.last_frame = p->frame;
	if (s.send && rp->load.len < rp->load_len) {
		capture->counts.cut++;
		gap(capture, c, 0);
		return;
	}
	if (s.send)
		act_append(a, rp->load.at, rp->load.len);
	if (!s.last)
		return;
	h->assembling = false;
	a->complete = !s.read_request;
	a->solicited = rp->solicited;
	a->has_imm = s.imm;
	a->imm = rp->imm;
	a->invalidated = s.invalidate;
	if (s.invalidate)
		a->key = rp->invalidated_key;
}

/* ---- answers ---- */

/* All before that number has arrived; reads are done when their data is. */
static void settle(struct link *l, enum side of, const struct capture_packet *p, uint32_t psn,
		   bool itself)
{
	skip_settled(l, of);
	for (size_t i = l->first_open[of]; i < l->act_count; i++) {
		struct act *a = &l->acts[i];
		if (a->from != of || !is_request(a) || a->kind == ACT_READ ||
		    a->fate != FATE_UNKNOWN)
			continue;
		if (behind(psn, a->last_psn) < (itself ? 0 : 1))
			return;
		act_ends(a, FATE_DONE, p);
	}
}

static struct act *at_psn(struct link *l, enum side of, uint32_t psn)
{
	for (size_t i = l->first_open[of]; i < l->act_count; i++) {
		struct act *a = &l->acts[i];
		if (a->from == of && is_request(a) && a->fate == FATE_UNKNOWN &&
		    behind(psn, a->psn) >= 0 && behind(psn, a->last_psn) <= 0)
			return a;
	}
	return NULL;
}

static void answer(struct rc *c, enum side from, const struct capture_packet *p,
		   const struct roce_packet *rp)
{
	struct link *l = c->link;
	const enum side of = other(from);
	const unsigned kind = rp->syndrome & AETH_KIND;
	static const enum act_fate fates[] = {
		[NAK_SEQUENCE] = FATE_UNKNOWN,
		[NAK_INVALID_REQUEST] = FATE_INVALID,
		[NAK_REMOTE_ACCESS] = FATE_ACCESS,
		[NAK_REMOTE_OPERATION] = FATE_OPERATION,
	};

	l->about.last_frame = p->frame;
	settle(l, of, p, rp->psn, !kind);
	struct act *a = kind ? at_psn(l, of, rp->psn) : NULL;
	if (kind == AETH_RNR_NAK) {
		l->about.rnr_naks++;
		if (a)
			act_ends(a, FATE_RNR, p);
	} else if (kind == AETH_NAK && a) {
		const unsigned code = rp->syndrome & 31;
		const enum act_fate fate =
			code < sizeof(fates) / sizeof(*fates) ? fates[code] : FATE_OPERATION;
		if (fate != FATE_UNKNOWN)
			act_ends(a, fate, p);
	}
}

static void read_data(struct rc *c, enum side from, const struct capture_packet *p,
		      const struct roce_packet *rp, struct roce_shape s)
{
	struct link *l = c->link;
	const enum side of = other(from);

	l->about.last_frame = p->frame;
	settle(l, of, p, rp->psn, false);
	struct act *a = at_psn(l, of, rp->psn);
	if (!a || a->kind != ACT_READ || !s.last)
		return;
	a->complete = true;
	act_ends(a, FATE_DONE, p);
}

void rc_packet(struct capture *capture, struct rc *c, enum side from,
	       const struct capture_packet *p, const struct capture_packet *end,
	       const struct roce_packet *rp)
{
	const struct roce_shape s = roce_shape(rp->opcode);

	if (s.ack)
		answer(c, from, p, rp);
	else if (s.read_response)
		read_data(c, from, p, rp, s);
	else
		request(capture, c, from, p, end, rp, s);
}

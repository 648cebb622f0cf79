/* SPDX-License-Identifier: BSD-2-Clause */
/* RoCEv2: which packets belong to which connection, and the connection manager's messages. */
#include "roce_internal.h"

#include <stdlib.h>
#include <string.h>

#include "../wire/cm_mad.h"

static struct rc *rc_new(struct roce *r, enum capture_begin begin)
{
	struct rc *c = capture_must(calloc(1, sizeof(*c)));

	r->all = capture_must(reallocarray(r->all, r->count + 1, sizeof(struct rc *)));
	r->all[r->count++] = c;
	c->link = link_new(r->capture, begin);
	return c;
}

struct roce *roce_new(struct capture *c)
{
	struct roce *r = capture_must(calloc(1, sizeof(*r)));
	r->capture = c;
	return r;
}

void roce_free(struct roce *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->all[i]);
	free(r->all);
	free(r->flows);
	free(r->announced);
	free(r);
}

/* ---- the connection manager ---- */

static bool is_end(const struct rc *c, enum side s, const struct net_address *a, uint32_t id)
{
	return c->half[s].id == id && c->half[s].known && net_same(&c->half[s].address, a);
}

/* The newest connection that a message belongs to; *from: who sends it. */
static struct rc *rc_of_mad(const struct roce *r, const struct net_packet *net,
			    const struct cm_mad *m, enum side *from)
{
	for (size_t i = r->count; i-- > 0;) {
		struct rc *c = r->all[i];
		for (unsigned s = INITIATOR; s <= TARGET; s++) {
			const enum side o = other((enum side)s);
			*from = (enum side)s;
			if (is_end(c, *from, &net->from, m->local_id) &&
			    (m->kind == CM_REQ || is_end(c, o, &net->to, m->remote_id)))
				return c;
			/* The passive side is known by its first word. */
			if (*from == TARGET && !c->half[TARGET].known &&
			    is_end(c, INITIATOR, &net->to, m->remote_id))
				return c;
		}
	}
	return NULL;
}

/* Each side says with which number the other one begins. */
static void announce(struct rc *c, enum side s, const struct net_address *a, const struct cm_mad *m)
{
	struct rc_half *h = &c->half[s], *peer = &c->half[other(s)];

	h->known = true;
	h->address = *a;
	h->qp = m->qp;
	h->id = m->local_id;
	peer->counting = true;
	peer->expected = m->psn;
}

static struct act *cm_act(struct rc *c, enum act_kind kind, enum side from,
			  const struct capture_packet *p, const struct cm_mad *m)
{
	struct act *a = link_act(c->link, kind, from, p, m->private_data.at, m->private_data.len);
	a->depths[0] = m->responder_resources;
	a->depths[1] = m->initiator_depth;
	a->depths[2] = m->rnr_retry;
	a->reason = m->reason;
	a->complete = true;
	return a;
}

static void asked(struct roce *r, const struct capture_packet *p, const struct cm_mad *m)
{
	struct rc *c = rc_new(r, CAPTURE_WHOLE);
	struct capture_link *about = &c->link->about;

	announce(c, INITIATOR, &p->net.from, m);
	c->mtu = m->mtu >= 1 && m->mtu <= 5 ? 128u << m->mtu : 0;
	about->initiator = p->net.from;
	about->target = p->net.to;
	about->initiator_at = m->qp;
	about->port = m->by_port ? m->port : 0;
	cm_act(c, ACT_CONNECT, INITIATOR, p, m);
}

static void manage(struct roce *r, const struct capture_packet *p, const struct roce_packet *rp)
{
	struct cm_mad m;
	enum side from = INITIATOR;

	if (rp->load.len < rp->load_len) {
		r->capture->counts.cut++;
		return;
	}
	if (cm_mad_decode(&m, rp->load, NULL)) {
		r->capture->counts.strange++;
		return;
	}
	struct rc *c = rc_of_mad(r, &p->net, &m, &from);
	if (m.kind == CM_REQ && (!c || c->half[from].qp != m.qp || c->begun_at != m.psn)) {
		asked(r, p, &m);
		r->all[r->count - 1]->begun_at = m.psn;
		return;
	}
	if (!c)
		return; /* of a connection whose request is not in the capture */
	switch (m.kind) {
	case CM_REP:
		if (from != TARGET || c->half[TARGET].known) {
			c->link->about.again++;
			break;
		}
		announce(c, TARGET, &p->net.from, &m);
		c->link->about.target_at = m.qp;
		cm_act(c, ACT_ACCEPT, TARGET, p, &m);
		break;
	case CM_RTU:
		if (c->ready)
			c->link->about.again++;
		else
			cm_act(c, ACT_READY, from, p, &m);
		c->ready = true;
		break;
	case CM_REJ:
		cm_act(c, ACT_REJECT, from, p, &m);
		break;
	case CM_DREQ:
	case CM_DREP:
		if (c->half[from].said_bye)
			c->link->about.again++;
		else
			cm_act(c, ACT_BYE, from, p, &m);
		c->half[from].said_bye = true;
		break;
	default: /* REQ again, MRA */
		c->link->about.again += m.kind == CM_REQ;
		break;
	}
}

/* ---- connections that began before the capture ---- */

static bool announced(const struct roce *r, const struct net_address *a, uint32_t qp)
{
	for (size_t i = 0; i < r->announced_count; i++)
		if (r->announced[i].qp == qp && net_same(&r->announced[i].address, a))
			return true;
	return false;
}

static void scan_mad(struct roce *r, const struct net_packet *net, const struct roce_packet *rp)
{
	struct cm_mad m;

	if (cm_mad_decode(&m, rp->load, NULL) || (m.kind != CM_REQ && m.kind != CM_REP))
		return;
	r->announced = capture_must(
		reallocarray(r->announced, r->announced_count + 1, sizeof(*r->announced)));
	r->announced[r->announced_count++] = (struct roce_end){net->from, m.qp};
}

static struct flow *flow_of(struct roce *r, const struct net_packet *net, uint32_t qp)
{
	for (size_t i = 0; i < r->flow_count; i++) {
		struct flow *f = &r->flows[i];
		if (f->qp == qp && net_same(&f->to, &net->to) && net_same(&f->from, &net->from))
			return f;
	}
	return NULL;
}

/* Do answers with that number belong to requests of that flow? Its last ones, at least. */
static bool near(const struct flow *f, uint32_t psn)
{
	enum { REACH = 1024 };
	return f->requests && ((f->newest - psn) & PSN_MASK) < REACH;
}

static void vote(struct roce *r, const struct flow *answers, uint32_t psn)
{
	for (size_t i = 0; i < r->flow_count; i++) {
		struct flow *f = &r->flows[i];
		if (!near(f, psn) || !net_same(&f->to, &answers->from) ||
		    !net_same(&f->from, &answers->to))
			continue;
		const size_t me = (size_t)(answers - r->flows);
		if (f->votes && f->voter != me) {
			f->disputed = true;
			continue;
		}
		f->voter = me;
		f->votes++;
	}
}

void roce_scan(struct roce *r, const struct capture_packet *p)
{
	enum { FLOWS_MAX = 1024 };
	struct roce_packet rp;
	enum roce_check check;

	if (roce_decode(&rp, &p->net, &check, NULL) || check == ROCE_ICRC_BAD)
		return;
	if (rp.opcode == UD_SEND_ONLY) {
		scan_mad(r, &p->net, &rp);
		return;
	}
	const struct roce_shape s = roce_shape(rp.opcode);
	struct flow *f = flow_of(r, &p->net, rp.qp);
	if (!f) {
		if (r->flow_count == FLOWS_MAX)
			return;
		r->flows =
			capture_must(reallocarray(r->flows, r->flow_count + 1, sizeof(*r->flows)));
		f = &r->flows[r->flow_count++];
		*f = (struct flow){.from = p->net.from, .to = p->net.to, .qp = rp.qp};
	}
	if (s.ack || s.read_response) {
		vote(r, f, rp.psn);
		return;
	}
	f->requests = true;
	/* The answers of a read go on behind its own number; packets have 256 bytes at least. */
	f->newest = (rp.psn + (s.read_request ? rp.len / 256 : 0)) & PSN_MASK;
}

static void join(struct roce *r, size_t requests, size_t answers)
{
	struct rc *c = rc_new(r, CAPTURE_JOINED);
	const struct flow *f = &r->flows[requests];
	struct capture_link *about = &c->link->about;

	/* Who is the initiator shows later. */
	c->half[TARGET] = (struct rc_half){.known = true, .address = f->to, .qp = f->qp};
	about->initiator = f->from;
	about->target = f->to;
	about->target_at = f->qp;
	about->one_way = answers == SIZE_MAX;
	if (answers == SIZE_MAX)
		return;
	c->half[INITIATOR] =
		(struct rc_half){.known = true, .address = f->from, .qp = r->flows[answers].qp};
	about->initiator_at = r->flows[answers].qp;
}

void roce_pair(struct roce *r)
{
	for (size_t i = 0; i < r->flow_count; i++)
		r->flows[i].used = announced(r, &r->flows[i].to, r->flows[i].qp);
	for (size_t i = 0; i < r->flow_count; i++) {
		struct flow *f = &r->flows[i], *answers = &r->flows[f->voter];
		if (f->used || !f->votes || f->disputed || answers->used || answers == f)
			continue;
		f->used = answers->used = true;
		join(r, i, f->voter);
	}
	for (size_t i = 0; i < r->flow_count; i++)
		if (!r->flows[i].used)
			join(r, i, SIZE_MAX);
}

/* ---- packets of reliable connections ---- */

bool rc_goes_to(const struct rc *c, enum side to, const struct net_packet *net, uint32_t qp)
{
	const struct rc_half *h = &c->half[to];
	return h->known && h->qp == qp && net_same(&h->address, &net->to);
}

static struct rc *rc_of(struct roce *r, const struct net_packet *net, uint32_t qp, enum side *from)
{
	for (size_t i = r->count + 1; i-- > 0;) {
		/* First the one of the packet before. */
		struct rc *c = i == r->count ? r->last : r->all[i];
		for (unsigned to = INITIATOR; c && to <= TARGET; to++)
			if (rc_goes_to(c, (enum side)to, net, qp)) {
				*from = other((enum side)to);
				return c;
			}
	}
	return NULL;
}

void roce_take(struct roce *r, const struct capture_packet *p, const struct capture_packet *end)
{
	struct capture_counts *counts = &r->capture->counts;
	struct roce_packet rp;
	enum roce_check check;
	enum side from = INITIATOR;

	if (roce_decode(&rp, &p->net, &check, NULL)) {
		counts->strange++;
		return;
	}
	if (check == ROCE_ICRC_BAD) {
		counts->damaged++;
		return;
	}
	if (rp.opcode == UD_SEND_ONLY) {
		manage(r, p, &rp);
		r->last = NULL; /* queue pair numbers may mean another connection from here on */
		return;
	}
	struct rc *c = rc_of(r, &p->net, rp.qp, &from);
	if (!c) {
		counts->strange++;
		return;
	}
	r->last = c;
	rc_packet(r->capture, c, from, p, end, &rp);
}

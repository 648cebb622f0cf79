/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connection management of the simulator: REQ, REP, RTU, REJ, DREQ and DREP with the states,
 * reasons and private data sizes of the InfiniBand CM as rdma-core shows it. Both ends learn of the
 * end of a connection: the one who asked for it when the answer comes, or when none came for long
 * enough.
 */
#include "impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* Private data as the CM hands it over: the whole area, zero behind what was sent. */
	REQ_DATA = CM_PRIVATE_DATA_MAX,
	REP_DATA = 196,
	REJ_DATA = 148,
	/* Reasons of a REJ, InfiniBand table 108. */
	REJ_TIMEOUT = 4,
	REJ_NO_SERVICE = 8,
	REJ_CONSUMER = 28,
	FIRST_FREE_PORT = 40000,
};

/* Linux: 16 tries of 4.096 us * 2^20. */
#define CM_PATIENCE (16 * (4096ull << 20))

enum cm_kind { CM_REQ, CM_REP, CM_RTU, CM_REJ, CM_DREQ, CM_DREP, CM_NO_ADDRESS };

struct cm_message {
	struct sim_item item;
	enum cm_kind kind;
	struct sim_conn *from; /* counted; a REQ's */
	struct sim_conn *to;   /* counted; NULL of a REQ, which goes to host and port */
	char *host;
	uint16_t port;
	int reason;
	uint8_t responder_resources, initiator_depth, rnr_retry;
	size_t len, area;
	uint8_t private_data[REP_DATA];
};

static void message_free(struct cm_message *m)
{
	if (m->from)
		sim_qp_unref(&m->from->qp);
	if (m->to)
		sim_qp_unref(&m->to->qp);
	free(m->host);
	free(m);
}

static void message_drop(struct sim_item *it)
{
	message_free(SIM_CONTAINER(it, struct cm_message, item));
}

static void arrives(struct sim_item *it);

static struct cm_message *message_new(enum cm_kind kind, struct sim_conn *to)
{
	struct cm_message *m = sim_need(calloc(1, sizeof(*m)));

	m->item.run = arrives;
	m->item.drop = message_drop;
	m->kind = kind;
	if (to) {
		sim_qp_ref(&to->qp);
		m->to = to;
	}
	return m;
}

/* CM messages keep their place among the connection's requests and acknowledgements: a REP is there
 * before the first Send, and a NAK before the DREQ of who sent it. */
static void send_from(struct sim_conn *from, struct cm_message *m)
{
	struct sim_qp *qp = &from->qp;
	uint64_t leaves = qp->clock->now;

	if (leaves < qp->next_departure)
		leaves = qp->next_departure;
	if (qp->requests.last < qp->responses.last)
		qp->requests.last = qp->responses.last;
	m->item.lane = qp->peer;
	m->item.step = SIM_STEP_ARRIVES;
	sim_clock_at(qp->clock, &m->item, sim_lane_arrival(qp, &qp->requests, leaves));
}

static struct sim_conn *peer_of(struct sim_conn *c)
{
	return c->qp.peer ? SIM_CONTAINER(c->qp.peer, struct sim_conn, qp) : NULL;
}

static void send_plain(struct sim_conn *from, enum cm_kind kind, int reason)
{
	struct cm_message *m;

	if (!from->qp.peer)
		return;
	m = message_new(kind, peer_of(from));
	m->reason = reason;
	m->area = kind == CM_REJ ? REJ_DATA : 0;
	send_from(from, m);
}

static void put_private_data(struct cm_message *m, const void *from, size_t len, size_t area)
{
	if (len)
		memcpy(m->private_data, from, len);
	m->len = len;
	m->area = area;
}

static void put_params(struct cm_message *m, const struct fab_params *p, size_t area)
{
	put_private_data(m, p->private_data, p->private_data_len, area);
	m->responder_resources = p->responder_resources;
	m->initiator_depth = p->initiator_depth;
	m->rnr_retry = p->advertised_rnr_retry;
}

/* ---- what arrives ---- */

static void tell(struct sim_conn *c, enum fab_event_kind kind, const char *name, int reason,
		 const struct cm_message *m)
{
	struct fab_event ev = {
		.kind = kind,
		.name = name ? name : fab_event_cm_name(kind),
		.reason = reason,
	};
	struct sim_buffer *buffer = NULL;

	if (m) {
		ev.responder_resources = m->responder_resources;
		ev.initiator_depth = m->initiator_depth;
		ev.rnr_retry = m->rnr_retry;
	}
	if (m && m->area) {
		buffer = sim_buffer_new(sim_payload_new(m->private_data, m->area));
		ev.private_data = (struct bytes){buffer->bytes->at, m->area};
	}
	sim_tell(c->ep, c, &ev, buffer);
}

static void goes_down(struct sim_conn *c)
{
	c->cm = SIM_CM_DOWN;
	c->base.up = false;
	sim_clock_cancel(c->qp.clock, &c->cm_timer);
}

static bool host_exists(const struct sim *s, const char *host)
{
	for (const struct sim_endpoint *ep = s->endpoints; ep; ep = ep->next)
		if (!ep->closed && strcmp(ep->host, host) == 0)
			return true;
	return false;
}

static struct sim_endpoint *find(const struct sim *s, const char *host, uint16_t port)
{
	for (struct sim_endpoint *ep = s->endpoints; ep; ep = ep->next)
		if (!ep->closed && ep->listening && ep->port == port && strcmp(ep->host, host) == 0)
			return ep;
	return NULL;
}

static void req_arrives(struct cm_message *m)
{
	struct sim_conn *from = m->from, *c;
	struct sim *s = from->ep->sim;
	struct sim_endpoint *ep = find(s, m->host, m->port);

	if (from->freed)
		return;
	if (!ep) {
		struct cm_message *no = message_new(CM_REJ, from);

		no->reason = REJ_NO_SERVICE;
		no->area = REJ_DATA;
		sim_clock_at(&s->clock, &no->item, s->clock.now + s->opt.latency_ns);
		return;
	}
	c = sim_conn_new(ep, &ep->listen_params);
	c->cm = SIM_CM_REQ_RECEIVED;
	sim_qp_join(&from->qp, &c->qp);
	tell(c, FAB_CONNECT_REQUEST, NULL, 0, m);
}

static void rep_arrives(struct sim_conn *c, const struct cm_message *m)
{
	if (c->cm != SIM_CM_REQ_SENT)
		return;
	sim_clock_cancel(c->qp.clock, &c->cm_timer);
	c->cm = SIM_CM_UP;
	if (c->qp.state == SIM_QP_INIT) {
		sim_qp_ready(&c->qp);
		c->base.up = true;
	}
	send_plain(c, CM_RTU, 0);
	tell(c, FAB_ESTABLISHED, NULL, 0, m);
}

static void rtu_arrives(struct sim_conn *c)
{
	if (c->cm != SIM_CM_REP_SENT)
		return;
	c->cm = SIM_CM_UP;
	c->base.up = c->qp.state == SIM_QP_READY;
	tell(c, FAB_ESTABLISHED, NULL, 0, NULL);
}

static void rej_arrives(struct sim_conn *c, const struct cm_message *m)
{
	if (c->cm != SIM_CM_REQ_SENT && c->cm != SIM_CM_REQ_RECEIVED && c->cm != SIM_CM_REP_SENT)
		return;
	goes_down(c);
	tell(c, FAB_REJECTED, NULL, m->reason, m);
	sim_qp_error(&c->qp);
}

static void dreq_arrives(struct sim_conn *c)
{
	/* Who has vanished hears it, but does not answer before the connection is freed. */
	if (c->qp.state == SIM_QP_GONE && !c->freed)
		c->owes_drep = true;
	else
		send_plain(c, CM_DREP, 0);
	if (c->cm != SIM_CM_UP && c->cm != SIM_CM_REP_SENT && c->cm != SIM_CM_DREQ_SENT)
		return;
	goes_down(c);
	tell(c, FAB_DISCONNECTED, NULL, 0, NULL);
	sim_qp_error(&c->qp);
}

void sim_cm_ended(struct sim_conn *c)
{
	if (c->freed || (c->cm != SIM_CM_UP && c->cm != SIM_CM_REP_SENT))
		return;
	goes_down(c);
	tell(c, FAB_DISCONNECTED, NULL, 0, NULL);
}

static void drep_arrives(struct sim_conn *c)
{
	if (c->cm != SIM_CM_DREQ_SENT)
		return;
	goes_down(c);
	tell(c, FAB_DISCONNECTED, NULL, 0, NULL);
}

static void arrives(struct sim_item *it)
{
	struct cm_message *m = SIM_CONTAINER(it, struct cm_message, item);

	switch (m->kind) {
	case CM_REQ:
		req_arrives(m);
		break;
	case CM_REP:
		rep_arrives(m->to, m);
		break;
	case CM_RTU:
		rtu_arrives(m->to);
		break;
	case CM_REJ:
		rej_arrives(m->to, m);
		break;
	case CM_DREQ:
		dreq_arrives(m->to);
		break;
	case CM_DREP:
		drep_arrives(m->to);
		break;
	case CM_NO_ADDRESS:
		if (m->to->cm == SIM_CM_REQ_SENT) {
			goes_down(m->to);
			tell(m->to, FAB_UNREACHABLE, "RDMA_CM_EVENT_ADDR_ERROR", m->reason, NULL);
		}
		break;
	}
	message_free(m);
}

void sim_cm_late(struct sim_item *it)
{
	struct sim_conn *c = SIM_CONTAINER(it, struct sim_conn, cm_timer);
	enum fab_event_kind kind = c->cm == SIM_CM_DREQ_SENT ? FAB_DISCONNECTED : FAB_UNREACHABLE;

	goes_down(c);
	tell(c, kind, NULL, -ETIMEDOUT, NULL);
}

/* ---- what the user does ---- */

int sim_listen(struct fabric *f, const char *host, uint16_t port, const struct fab_params *defaults,
	       struct err *e)
{
	struct sim_endpoint *ep = sim_ep(f);

	(void)host; /* an endpoint has one address */
	if (ep->listening)
		return err_set(e, EADDRINUSE, "%s listens on port %u already", ep->host, ep->port);
	if (port && find(ep->sim, ep->host, port))
		return err_set(e, EADDRINUSE, "another endpoint listens on %s port %u", ep->host,
			       port);
	if (!port)
		for (port = FIRST_FREE_PORT; find(ep->sim, ep->host, port); port++)
			;
	if (defaults)
		ep->listen_params = *defaults;
	else
		fab_params_default(&ep->listen_params);
	ep->port = port;
	ep->listening = true;
	return 0;
}

static void post_first_recvs(struct sim_conn *c)
{
	unsigned n = c->qp.attr.recv_initial;

	/* fabric.c saw to it that they fit. */
	if (sim_post_recv(&c->base, n, NULL) == 0)
		fab_log_post_recv(&c->base, n);
}

struct fab_conn *sim_connect(struct fabric *f, const char *host, uint16_t port,
			     const struct fab_params *params, struct err *e)
{
	struct sim_endpoint *ep = sim_ep(f);
	struct sim_conn *c;
	struct cm_message *m;

	if (ep->closed) {
		err_set(e, ENODEV, "the endpoint is closed");
		return NULL;
	}
	c = sim_conn_new(ep, params);
	c->cm = SIM_CM_REQ_SENT;
	if (!host_exists(ep->sim, host)) {
		m = message_new(CM_NO_ADDRESS, c);
		m->reason = -EHOSTUNREACH;
		send_from(c, m);
		return &c->base;
	}
	post_first_recvs(c);
	m = message_new(CM_REQ, NULL);
	sim_qp_ref(&c->qp);
	m->from = c;
	m->host = sim_need(strdup(host));
	m->port = port;
	put_params(m, params, REQ_DATA);
	send_from(c, m);
	sim_clock_at(c->qp.clock, &c->cm_timer, c->qp.clock->now + CM_PATIENCE);
	return &c->base;
}

int sim_accept(struct fab_conn *fc, const struct fab_params *params, struct err *e)
{
	struct sim_conn *c = sim_conn(fc);
	struct cm_message *m;

	if (c->cm != SIM_CM_REQ_RECEIVED || c->qp.state != SIM_QP_INIT)
		return err_set(e, EINVAL, "there is no connection request to accept");
	if (params)
		c->qp.attr = *params;
	post_first_recvs(c);
	sim_qp_ready(&c->qp);
	c->cm = SIM_CM_REP_SENT;
	m = message_new(CM_REP, peer_of(c));
	put_params(m, &c->qp.attr, REP_DATA);
	send_from(c, m);
	return 0;
}

int sim_reject(struct fab_conn *fc, const void *private_data, size_t len, struct err *e)
{
	struct sim_conn *c = sim_conn(fc);
	struct cm_message *m;

	if (c->cm != SIM_CM_REQ_RECEIVED)
		return err_set(e, EINVAL, "there is no connection request to reject");
	if (len > REJ_DATA)
		return err_set(e, EINVAL, "%zu bytes of private data: a REJ holds %d", len,
			       REJ_DATA);
	m = message_new(CM_REJ, peer_of(c));
	m->reason = REJ_CONSUMER;
	put_private_data(m, private_data, len, REJ_DATA);
	send_from(c, m);
	goes_down(c);
	return 0;
}

int sim_disconnect(struct fab_conn *fc, struct err *e)
{
	struct sim_conn *c = sim_conn(fc);

	if (c->cm != SIM_CM_UP && c->cm != SIM_CM_REP_SENT)
		return err_set(e, ENOTCONN, "there is no connection to end");
	sim_qp_error(&c->qp);
	fc->up = false;
	c->cm = SIM_CM_DREQ_SENT;
	send_plain(c, CM_DREQ, 0);
	sim_clock_at(c->qp.clock, &c->cm_timer, c->qp.clock->now + CM_PATIENCE);
	return 0;
}

void sim_cm_abandon(struct sim_conn *c)
{
	if (c->owes_drep)
		send_plain(c, CM_DREP, 0);
	switch (c->cm) {
	case SIM_CM_REQ_SENT:
		send_plain(c, CM_REJ, REJ_TIMEOUT);
		break;
	case SIM_CM_REQ_RECEIVED:
		send_plain(c, CM_REJ, REJ_CONSUMER);
		break;
	case SIM_CM_REP_SENT:
	case SIM_CM_UP:
		send_plain(c, CM_DREQ, 0);
		break;
	case SIM_CM_IDLE:
	case SIM_CM_DREQ_SENT:
	case SIM_CM_DOWN:
		break;
	}
	goes_down(c);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections: addresses, the calls of the connection manager, and its events. */
#include "impl.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RESOLVE_MS = 5000,
	BACKLOG = 128,
	REJECTED_BY_CONSUMER = 28, /* IBTA table 119 */
};

/* A message that left before the DREQ is here by then, on any link that is not broken. */
#define DRAIN_NS (10 * NS_PER_MS)

/* host as fab_listen takes it; NULL or empty is any address. The caller frees *out by freeaddrinfo.
 */
static int resolve(const char *host, uint16_t port, bool passive, struct addrinfo **out,
		   struct err *e)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0),
	};
	char bare[NI_MAXHOST], service[8];
	size_t len = host ? strlen(host) : 0;
	int rc;

	if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
		host++;
		len -= 2;
		hints.ai_family = AF_INET6;
	}
	if (len >= sizeof(bare))
		return err_set(e, ENAMETOOLONG, "a host name of %zu characters", len);
	if (len)
		memcpy(bare, host, len);
	bare[len] = '\0';
	snprintf(service, sizeof(service), "%u", port);
	rc = getaddrinfo(len ? bare : NULL, service, &hints, out);
	if (rc)
		return err_set(e, rc == EAI_SYSTEM ? errno : 0, "%s: %s", bare, gai_strerror(rc));
	return 0;
}

int v_listen(struct fabric *base, const char *host, uint16_t port,
	     const struct fab_params *defaults, struct err *e)
{
	struct vfabric *f = vf(base);
	struct rdma_cm_id *id;
	struct addrinfo *ai = NULL;
	const char *where = host && *host ? host : "any address";

	if (f->listener)
		return err_set(e, EALREADY, "this endpoint listens on port %u already",
			       v_listen_port(base));
	/* Any address is "::" where there is IPv6, for that takes IPv4 too. */
	if (resolve(host && *host ? host : "::", port, true, &ai, e) < 0 &&
	    resolve(host, port, true, &ai, e) < 0)
		return -1;
	if (!ai)
		return err_set(e, 0, "listen on %s: no address", where);
	if (rdma_create_id(f->cm, &id, NULL, RDMA_PS_TCP)) {
		err_set(e, errno, "rdma_create_id");
		goto free_address;
	}
	if (rdma_bind_addr(id, ai->ai_addr)) {
		if (errno == ENODEV || errno == EADDRNOTAVAIL)
			err_set(e, errno, "listen on %s: no RDMA device has this address", where);
		else
			err_set(e, errno, "listen on %s port %u", where, port);
		goto destroy_id;
	}
	if (rdma_listen(id, BACKLOG)) {
		err_set(e, errno, "rdma_listen on %s port %u", where, port);
		goto destroy_id;
	}
	if (defaults)
		f->listen_params = *defaults;
	else
		fab_params_default(&f->listen_params);
	f->listener = id;
	freeaddrinfo(ai);
	return 0;
destroy_id:
	rdma_destroy_id(id);
free_address:
	freeaddrinfo(ai);
	return -1;
}

uint16_t v_listen_port(const struct fabric *base)
{
	const struct vfabric *f = (const struct vfabric *)base;

	return f->listener ? ntohs(rdma_get_src_port(f->listener)) : 0;
}

struct fab_conn *v_connect(struct fabric *base, const char *host, uint16_t port,
			   const struct fab_params *params, struct err *e)
{
	struct vfabric *f = vf(base);
	struct rdma_cm_id *id;
	struct addrinfo *ai = NULL;
	struct vconn *c;

	if (resolve(host, port, false, &ai, e) < 0 || !ai)
		return NULL;
	if (rdma_create_id(f->cm, &id, NULL, RDMA_PS_TCP)) {
		err_set(e, errno, "rdma_create_id");
		goto free_address;
	}
	if (rdma_resolve_addr(id, NULL, ai->ai_addr, RESOLVE_MS)) {
		if (errno == ENODEV)
			err_set(e, errno, "connect to %s: no RDMA device leads there", host);
		else
			err_set(e, errno, "connect to %s port %u: rdma_resolve_addr", host, port);
		goto destroy_id;
	}
	c = v_conn_new(f, params);
	if (!c) {
		err_set(e, ENOMEM, "connection to %s", host);
		goto destroy_id;
	}
	c->id = id;
	c->state = VCONN_RESOLVING;
	freeaddrinfo(ai);
	return &c->base;
destroy_id:
	rdma_destroy_id(id);
free_address:
	freeaddrinfo(ai);
	return NULL;
}

static struct rdma_conn_param conn_param(const struct vconn *c)
{
	const struct fab_params *p = &c->params;

	return (struct rdma_conn_param){
		.private_data = p->private_data_len ? p->private_data : NULL,
		.private_data_len = (uint8_t)p->private_data_len,
		.responder_resources = p->responder_resources,
		.initiator_depth = p->initiator_depth,
		.flow_control = 1, /* end-to-end credits, as every Linux peer says */
		.retry_count = p->retry_cnt,
		.rnr_retry_count = p->advertised_rnr_retry,
		.qp_num = c->qp->qp_num,
	};
}

int v_accept(struct fab_conn *fc, const struct fab_params *params, struct err *e)
{
	struct vconn *c = vc(fc);
	struct rdma_conn_param reply;

	if (c->state != VCONN_REQUESTED)
		return err_set(e, EINVAL, "accept: no connection request waits for it");
	c->params = params ? *params : vc_fabric(c)->listen_params;
	if (v_qp_create(c, e) < 0)
		return -1;
	if (v_qp_ready(c, e) < 0)
		goto fail;
	reply = conn_param(c);
	/* The peer may answer before rdma_accept returns, but its answer is read only after that.
	 */
	if (rdma_accept(c->id, &reply)) {
		err_set(e, errno, "rdma_accept");
		goto fail;
	}
	c->state = VCONN_ACCEPTED;
	return 0;
fail:
	v_qp_free(c);
	return -1;
}

int v_reject(struct fab_conn *fc, const void *private_data, size_t len, struct err *e)
{
	struct vconn *c = vc(fc);

	if (c->state != VCONN_REQUESTED)
		return err_set(e, EINVAL, "reject: no connection request waits for it");
	if (len > UINT8_MAX)
		return err_set(e, EMSGSIZE, "%zu bytes of private data", len);
	if (rdma_reject(c->id, private_data, (uint8_t)len))
		return err_set(e, errno, "rdma_reject");
	c->state = VCONN_DOWN;
	return 0;
}

/* The CM does not know our queue pair, so what it does to its own is done here. */
static int close_now(struct vconn *c)
{
	if (rdma_disconnect(c->id))
		return errno;
	v_qp_error(c);
	c->state = VCONN_DOWN;
	c->base.up = false;
	return 0;
}

int v_disconnect(struct fab_conn *fc, struct err *e)
{
	struct vconn *c = vc(fc);

	if (c->state == VCONN_DRAINING) {
		c->drain_until = 0; /* both ends at once: the peer's is told now */
		fc->up = false;
		return 0;
	}
	if (c->state != VCONN_UP && c->state != VCONN_ACCEPTED)
		return err_set(e, ENOTCONN, "disconnect: the connection is not up");
	/* Before the RTU the CM has no DREQ, and must not be told (rdma_notify): Linux's then goes
	 * on sending its REP, and destroying the id waits until it gives up. */
	if (c->rtu_due) {
		c->close_due = true;
		fc->up = false;
		return 0;
	}
	const int error = close_now(c);
	return error ? err_set(e, error, "rdma_disconnect") : 0;
}

/* A CM event that nobody waits for, in the log all the same. */
static void log_only(struct vconn *c, const char *name, const char *text, int status)
{
	struct fabric *f = c->base.fabric;
	struct log_event le = {
		.kind = LOG_CM,
		.time = v_now(f),
		.conn = c->base.number,
		.name = name,
		.text = text,
		.number = status,
	};

	fab_log_own(f, &le);
}

static bool failed(struct vconn *c, const char *name, int status, struct fab_event *ev)
{
	c->state = VCONN_DOWN;
	c->base.up = false;
	v_event(ev, FAB_UNREACHABLE, c, name);
	ev->reason = status;
	return true;
}

/* Our own part of connecting failed: the call that did is in the log, and names the event. */
static bool failed_here(struct vconn *c, const struct err *e, struct fab_event *ev)
{
	char text[400];
	const struct log_event *note =
		fab_log_note(c->base.fabric, "connect", err_text(e, text, sizeof(text)));

	v_qp_free(c);
	return failed(c, note->text, -e->errnum, ev);
}

static bool address_resolved(struct vconn *c, struct fab_event *ev)
{
	struct err e;

	if (rdma_resolve_route(c->id, RESOLVE_MS) == 0)
		return false;
	err_set(&e, errno, "rdma_resolve_route");
	return failed_here(c, &e, ev);
}

static bool route_resolved(struct vconn *c, struct fab_event *ev)
{
	struct rdma_conn_param request;
	struct err e;

	if (v_qp_create(c, &e) < 0)
		return failed_here(c, &e, ev);
	request = conn_param(c);
	if (rdma_connect(c->id, &request)) {
		err_set(&e, errno, "rdma_connect");
		return failed_here(c, &e, ev);
	}
	c->state = VCONN_CONNECTING;
	return false;
}

static bool connect_response(struct vconn *c, struct fab_event *ev)
{
	struct err e;

	if (v_qp_ready(c, &e) < 0) {
		rdma_reject(c->id, NULL, 0);
		return failed_here(c, &e, ev);
	}
	if (rdma_establish(c->id)) {
		err_set(&e, errno, "rdma_establish");
		return failed_here(c, &e, ev);
	}
	c->state = VCONN_UP;
	c->base.up = true;
	ev->kind = FAB_ESTABLISHED;
	return true;
}

static bool established(struct vconn *c, struct fab_event *ev)
{
	c->rtu_due = false;
	if (c->close_due)
		close_now(c);
	c->close_due = false;
	if (c->state != VCONN_ACCEPTED && c->state != VCONN_CONNECTING) {
		log_only(c, "established-again", ev->name, ev->reason);
		return false;
	}
	c->state = VCONN_UP;
	c->base.up = true;
	v_terminates_forget(vc_fabric(c));
	ev->kind = FAB_ESTABLISHED;
	return true;
}

static bool end_now(struct vconn *c, struct fab_event *ev)
{
	c->state = VCONN_DOWN;
	c->base.up = false;
	c->rtu_due = c->close_due = false;
	if (!c->vanished) { /* who has vanished does not answer */
		rdma_disconnect(c->id);
		v_qp_error(c);
	}
	ev->kind = FAB_DISCONNECTED;
	return true;
}

bool v_drained(struct vconn *c, struct fab_event *ev)
{
	*ev = c->ended;
	return end_now(c, ev);
}

/*
 * The peer's DREQ, or the end of our own. A DREQ goes by another queue pair than a Send and may
 * overtake it; what the peer sent before it closed shall not be lost by our haste.
 */
static bool disconnected(struct vconn *c, struct fab_event *ev)
{
	/* What our own device has against the peer is told another way, and is there by now. */
	v_async_event(vc_fabric(c), &(struct fab_event){0});
	if (c->state != VCONN_UP || !c->base.up || vc_fabric(c)->base.iwarp)
		return end_now(c, ev);
	c->state = VCONN_DRAINING;
	c->drain_until = v_now(c->base.fabric) + DRAIN_NS;
	c->ended = *ev;
	c->ended.private_data = (struct bytes){0}; /* its memory is the next CM event's */
	log_only(c, "drain", ev->name, ev->reason);
	return false;
}

/* Nobody that its owner has let in: gone, with a word in the log. */
static bool refused(struct vfabric *f, struct rdma_cm_id *id)
{
	if (!f->base.admit || f->base.admit(f->base.admit_ctx, rdma_get_peer_addr(id)))
		return false;
	rdma_reject(id, NULL, 0);
	rdma_destroy_id(id);
	fab_log_note(&f->base, "stranger", "a connection request from elsewhere was refused");
	return true;
}

static bool requested(struct vfabric *f, struct rdma_cm_id *id, struct fab_event *ev)
{
	struct vconn *c = v_conn_new(f, &f->listen_params);

	if (!c)
		abort(); /* as the log does */
	c->id = id;
	c->state = VCONN_REQUESTED;
	c->peer_responder_resources = ev->responder_resources;
	ev->conn = &c->base;
	ev->kind = FAB_CONNECT_REQUEST;
	return true;
}

/* What the message carried; the event's own memory goes with its acknowledgement. */
static void take_params(struct vfabric *f, const struct rdma_cm_event *cm, struct fab_event *ev)
{
	const struct rdma_conn_param *p = &cm->param.conn;

	if (p->private_data_len)
		memcpy(f->private_data, p->private_data, p->private_data_len);
	ev->private_data = (struct bytes){f->private_data, p->private_data_len};
	/* The CM tells what is left for us to use: its names are ours, the peer's message had them
	 * the other way. */
	ev->responder_resources = p->initiator_depth;
	ev->initiator_depth = p->responder_resources;
	ev->rnr_retry = p->rnr_retry_count;
}

bool v_cm_event(struct vfabric *f, struct vconn *c, struct rdma_cm_event *cm, struct fab_event *ev)
{
	enum rdma_cm_event_type type = cm->event;
	struct rdma_cm_id *id = cm->id;

	*ev = (struct fab_event){.reason = cm->status};
	v_event(ev, FAB_TIMEOUT, c, rdma_event_str(type));
	if (type == RDMA_CM_EVENT_CONNECT_REQUEST || type == RDMA_CM_EVENT_CONNECT_RESPONSE ||
	    type == RDMA_CM_EVENT_ESTABLISHED || type == RDMA_CM_EVENT_REJECTED ||
	    type == RDMA_CM_EVENT_DISCONNECTED)
		take_params(f, cm, ev);
	rdma_ack_cm_event(cm);

	if (type == RDMA_CM_EVENT_CONNECT_REQUEST)
		return !refused(f, id) && requested(f, id, ev);
	if (type == RDMA_CM_EVENT_DEVICE_REMOVAL) {
		ev->kind = FAB_DEVICE_GONE;
		return true;
	}
	if (!c) { /* the listener's own */
		char text[200];

		snprintf(text, sizeof(text), "%s, status %d", ev->name, ev->reason);
		fab_log_note(&f->base, "listener", text);
		return false;
	}
	switch (type) {
	case RDMA_CM_EVENT_ADDR_RESOLVED:
		log_only(c, "address-resolved", ev->name, ev->reason);
		return address_resolved(c, ev);
	case RDMA_CM_EVENT_ROUTE_RESOLVED:
		log_only(c, "route-resolved", ev->name, ev->reason);
		return route_resolved(c, ev);
	case RDMA_CM_EVENT_CONNECT_RESPONSE:
		c->peer_responder_resources = ev->responder_resources;
		return connect_response(c, ev);
	case RDMA_CM_EVENT_ESTABLISHED:
		return established(c, ev);
	case RDMA_CM_EVENT_ADDR_ERROR:
	case RDMA_CM_EVENT_ROUTE_ERROR:
	case RDMA_CM_EVENT_CONNECT_ERROR:
	case RDMA_CM_EVENT_UNREACHABLE:
		return failed(c, ev->name, ev->reason, ev);
	case RDMA_CM_EVENT_REJECTED:
		c->state = VCONN_DOWN;
		/* iWARP's CM has an errno where InfiniBand's has reasons. siw's for an MPA reply
		 * that says no is that of a stream which broke; private data has the reply only. */
		if (f->base.iwarp && (ev->reason == -ECONNREFUSED || ev->private_data.len))
			ev->reason = REJECTED_BY_CONSUMER;
		ev->kind = FAB_REJECTED;
		return true;
	case RDMA_CM_EVENT_DISCONNECTED:
		return disconnected(c, ev);
	case RDMA_CM_EVENT_TIMEWAIT_EXIT:
		log_only(c, "timewait-exit", ev->name, ev->reason);
		return false;
	case RDMA_CM_EVENT_CONNECT_REQUEST:
	case RDMA_CM_EVENT_DEVICE_REMOVAL:
	case RDMA_CM_EVENT_MULTICAST_JOIN:
	case RDMA_CM_EVENT_MULTICAST_ERROR:
	case RDMA_CM_EVENT_ADDR_CHANGE:
		break;
	}
	log_only(c, "other", ev->name, ev->reason);
	return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How connections begin and end: the messages of InfiniBand's connection manager (chapter 12), and
 * what Linux's librdmacm and its kernel make of them. A request goes over a link of its own to
 * whoever has the name of address and port; all else goes between the two nodes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cm.h"

/* How long a peer is waited for that does not answer: Linux' 16 tries of 4.3 s. */
#define PATIENCE (68 * NS_PER_S)
/* A queue pair's numbers are not used again while something may be under way: here that is soon. */
#define TIMEWAIT (100 * NS_PER_MS)

/* ---- saying ---- */

static struct cm_body *body_new(struct sim_payload **p)
{
	*p = sim_payload_new(NULL, sizeof(struct cm_body));
	memset((*p)->at, 0, sizeof(struct cm_body));
	return (struct cm_body *)(void *)(*p)->at;
}

static bool say(const struct sv_id *id, enum sv_frame_type type, struct sim_payload *body)
{
	struct sv_frame f = {.type = (uint8_t)type, .from = id->handle, .to = id->peer_id};
	const bool there = sv_send(id->peer_node, &f, body);

	sim_payload_unref(body);
	return there;
}

static void say_rej(const struct sv_id *id, uint16_t reason, const void *data, size_t len)
{
	struct sim_payload *p;
	struct cm_body *b = body_new(&p);

	b->reason = reason;
	if (len)
		memcpy(b->private_data, data, len);
	say(id, SV_FRAME_REJ, p);
}

static int fill(struct cm_body *b, struct sv_id *id, const struct rdma_conn_param *param,
		size_t room)
{
	static const struct rdma_conn_param defaults = {
		.responder_resources = RDMA_MAX_RESP_RES,
		.initiator_depth = RDMA_MAX_INIT_DEPTH,
		.retry_count = 7,
		.rnr_retry_count = 7,
	};
	const struct rdma_conn_param *p = param ? param : &defaults;

	if (p->private_data && p->private_data_len > room)
		return EINVAL;
	b->responder_resources =
		p->responder_resources < SV_MAX_READS ? p->responder_resources : SV_MAX_READS;
	b->initiator_depth = p->initiator_depth < SV_MAX_READS ? p->initiator_depth : SV_MAX_READS;
	b->flow_control = p->flow_control;
	b->retry_count = p->retry_count < 7 ? p->retry_count : 7;
	b->rnr_retry = p->rnr_retry_count < 7 ? p->rnr_retry_count : 7;
	b->srq = p->srq;
	b->qp_num = id->base.qp ? id->base.qp->qp_num : p->qp_num;
	if (p->private_data && p->private_data_len)
		memcpy(b->private_data, p->private_data, p->private_data_len);
	id->qp_num = b->qp_num;
	return 0;
}

/* ---- time ---- */

static void late(struct sim_item *it)
{
	struct sv_id *id = SV_CONTAINER(it, struct sv_id, timer);

	switch (id->state) {
	case ID_TIMEWAIT:
		id->state = ID_DOWN;
		event_tell(id, RDMA_CM_EVENT_TIMEWAIT_EXIT, 0);
		break;
	case ID_DREQ_SENT:
		id->state = ID_DOWN;
		event_tell(id, RDMA_CM_EVENT_DISCONNECTED, 0);
		break;
	case ID_REQ_SENT:
	case ID_REP_SENT:
		id_leave(id);
		event_tell(id, RDMA_CM_EVENT_UNREACHABLE, -ETIMEDOUT);
		break;
	default:
		break;
	}
}

static void await_until(struct sv_id *id, uint64_t ns)
{
	struct sim_clock *k = &sv_here()->clock;

	id->timer.run = late;
	sim_clock_at(k, &id->timer, k->now + ns);
}

static void go_on(struct sv_id *id, enum id_state state)
{
	sim_clock_cancel(&sv_here()->clock, &id->timer);
	id->state = state;
}

static void request_end(struct sv_id *id)
{
	struct sv_link *l = id->request;

	id->request = NULL;
	/* Who was asked leaves it to who asked, which is to read the answer first. */
	if (l && !l->incoming)
		sv_link_drop(l);
}

static void timewait(struct sv_id *id)
{
	go_on(id, ID_TIMEWAIT);
	await_until(id, TIMEWAIT);
}

static void down(struct sv_id *id)
{
	go_on(id, ID_DOWN);
	request_end(id);
}

void id_leave(struct sv_id *id)
{
	switch (id->state) {
	case ID_REQ_RECEIVED:
	case ID_REP_SENT:
	case ID_REP_RECEIVED:
		say_rej(id, REJ_CONSUMER, NULL, 0);
		break;
	case ID_UP:
		say(id, SV_FRAME_DREQ, NULL);
		break;
	case ID_DREQ_RECEIVED:
		say(id, SV_FRAME_DREP, NULL);
		break;
	default:
		break;
	}
	down(id);
}

/* ---- calls ---- */

SV_EXPORT int rdma_connect(struct rdma_cm_id *base, struct rdma_conn_param *param)
{
	struct sv_id *id = sv_id(base);
	struct sv_frame f = {.type = SV_FRAME_REQ, .from = id->handle};
	struct sim_payload *p;
	struct cm_body *b = body_new(&p);
	int rc;

	rc = id->state == ID_ROUTE ? fill(b, id, param, REQ_PRIVATE) : EINVAL;
	if (rc || !sv_enter()) {
		sim_payload_unref(p);
		return rc ? cm_fail(rc) : -1;
	}
	b->src = base->route.addr.src_storage;
	b->dst = base->route.addr.dst_storage;
	id->responder_resources = b->responder_resources;
	id->initiator_depth = b->initiator_depth;
	id->retry_count = b->retry_count;
	id->state = ID_REQ_SENT;
	id->request = address_link(&b->dst);
	if (id->request) {
		id->request->request = id->handle;
		sv_link_send(id->request, &f, p);
		await_until(id, PATIENCE);
	} else {
		down(id);
		event_tell(id, RDMA_CM_EVENT_REJECTED, REJ_NO_SERVICE);
	}
	sim_payload_unref(p);
	sv_leave();
	return event_await(base);
}

int id_establish(struct sv_id *id)
{
	if (id->state != ID_REP_RECEIVED)
		return EINVAL;
	go_on(id, ID_UP);
	return say(id, SV_FRAME_RTU, NULL) ? 0 : ECONNRESET;
}

SV_EXPORT int rdma_establish(struct rdma_cm_id *id)
{
	int rc;

	if (id->qp)
		return cm_fail(EINVAL);
	if (!sv_enter())
		return -1;
	rc = id_establish(sv_id(id));
	sv_leave();
	return rc ? cm_fail(rc) : 0;
}

SV_EXPORT int rdma_accept(struct rdma_cm_id *base, struct rdma_conn_param *param)
{
	struct sv_id *id = sv_id(base);
	struct sim_payload *p;
	struct cm_body *b = body_new(&p);
	int rc = fill(b, id, param, REP_PRIVATE);

	if (rc || !sv_enter()) {
		sim_payload_unref(p);
		return rc ? cm_fail(rc) : -1;
	}
	/* Whoever says nothing takes what the peer has. */
	id->responder_resources = param || b->responder_resources < id->responder_resources
					  ? b->responder_resources
					  : id->responder_resources;
	id->initiator_depth = param || b->initiator_depth < id->initiator_depth
				      ? b->initiator_depth
				      : id->initiator_depth;
	b->responder_resources = id->responder_resources;
	b->initiator_depth = id->initiator_depth;
	rc = id->state == ID_REQ_RECEIVED ? 0 : EINVAL;
	if (!rc)
		rc = id_qp_move(id, IBV_QPS_RTR);
	if (!rc)
		rc = id_qp_move(id, IBV_QPS_RTS);
	if (rc) {
		sim_payload_unref(p);
		sv_leave();
		return cm_fail(rc);
	}
	id->state = ID_REP_SENT;
	await_until(id, PATIENCE);
	if (!say(id, SV_FRAME_REP, p)) {
		down(id);
		event_tell(id, RDMA_CM_EVENT_REJECTED, REJ_CONSUMER);
	}
	sv_leave();
	return event_await(base);
}

SV_EXPORT int rdma_reject(struct rdma_cm_id *base, const void *data, uint8_t len)
{
	struct sv_id *id = sv_id(base);
	int rc = 0;

	if (len > REJ_PRIVATE)
		return cm_fail(EINVAL);
	if (!sv_enter())
		return -1;
	switch (id->state) {
	case ID_REQ_RECEIVED:
	case ID_REP_SENT:
	case ID_REP_RECEIVED:
		say_rej(id, REJ_CONSUMER, data, data ? len : 0);
		down(id);
		break;
	default:
		rc = EINVAL;
	}
	sv_leave();
	return rc ? cm_fail(rc) : 0;
}

SV_EXPORT int rdma_notify(struct rdma_cm_id *base, enum ibv_event_type event)
{
	struct sv_id *id = sv_id(base);

	if (event != IBV_EVENT_COMM_EST)
		return cm_fail(EINVAL);
	if (!sv_enter())
		return -1;
	if (id->state == ID_REP_SENT) {
		go_on(id, ID_UP);
		event_tell(id, RDMA_CM_EVENT_ESTABLISHED, 0);
	}
	sv_leave();
	return 0;
}

SV_EXPORT int rdma_disconnect(struct rdma_cm_id *base)
{
	struct sv_id *id = sv_id(base);
	bool awaited = false;

	if (!sv_enter())
		return -1;
	if (id->state < ID_REQ_SENT) {
		sv_leave();
		return cm_fail(EINVAL);
	}
	id_qp_move(id, IBV_QPS_ERR);
	switch (id->state) {
	case ID_UP:
		go_on(id, ID_DREQ_SENT);
		awaited = true;
		if (say(id, SV_FRAME_DREQ, NULL)) {
			await_until(id, PATIENCE);
		} else {
			timewait(id);
			event_tell(id, RDMA_CM_EVENT_DISCONNECTED, 0);
		}
		break;
	case ID_DREQ_RECEIVED:
		say(id, SV_FRAME_DREP, NULL);
		timewait(id);
		break;
	default:
		break; /* there is nothing left to say */
	}
	sv_leave();
	return awaited ? event_await(base) : 0;
}

/* ---- hearing ---- */

/* The other side's offers are what we may use: each is called there as its own role has it. */
static void take_param(struct sv_event *e, const struct cm_body *b, uint8_t room)
{
	memcpy(e->private_data, b->private_data, room);
	e->base.param.conn = (struct rdma_conn_param){
		.private_data = e->private_data,
		.private_data_len = room,
		.responder_resources = b->initiator_depth,
		.initiator_depth = b->responder_resources,
		.flow_control = b->flow_control,
		.retry_count = b->retry_count,
		.rnr_retry_count = b->rnr_retry,
		.srq = b->srq,
		.qp_num = b->qp_num,
	};
}

static void req(struct sv_link *l, const struct sv_frame *f, const struct cm_body *b)
{
	struct sv_id *listener = id_find(l->request), *id;
	struct sv_event *e;

	if (!listener || listener->state != ID_LISTENS)
		return;
	id = id_new(listener->base.channel, listener->base.context);
	if (!id)
		return;
	id->base.route.addr.src_storage = b->dst;
	id->base.route.addr.dst_storage = b->src;
	id_use_device(id);
	id->state = ID_REQ_RECEIVED;
	id->peer_node = f->from_node;
	id->peer_id = f->from;
	id->peer_qp = b->qp_num;
	id->responder_resources = b->initiator_depth;
	id->initiator_depth = b->responder_resources;
	id->retry_count = b->retry_count;
	id->rnr_retry = b->rnr_retry;
	l->request = id->handle;
	id->request = l;
	e = event_new(listener, RDMA_CM_EVENT_CONNECT_REQUEST, 0);
	e->base.id = &id->base;
	e->base.listen_id = &listener->base;
	take_param(e, b, REQ_PRIVATE);
	event_push(e);
}

/* For whom there is no id any more. */
static void answer_nobody(const struct sv_frame *f, enum sv_frame_type type)
{
	struct sim_payload *p;
	struct cm_body *b = body_new(&p);
	struct sv_frame answer = {.type = (uint8_t)type, .from = f->to, .to = f->from};

	b->reason = REJ_TIMEOUT;
	sv_send(f->from_node, &answer, p);
	sim_payload_unref(p);
}

static void rep(struct sv_id *id, const struct sv_frame *f, const struct cm_body *b)
{
	struct sv_event *e;

	if (id->state != ID_REQ_SENT)
		return;
	go_on(id, ID_REP_RECEIVED);
	id->peer_node = f->from_node;
	id->peer_id = f->from;
	id->peer_qp = b->qp_num;
	id->rnr_retry = b->rnr_retry;
	/* Neither side does more RDMA Reads at once than the other serves. */
	if (id->responder_resources > b->initiator_depth)
		id->responder_resources = b->initiator_depth;
	if (id->initiator_depth > b->responder_resources)
		id->initiator_depth = b->responder_resources;
	request_end(id);
	e = event_new(id, RDMA_CM_EVENT_CONNECT_RESPONSE, 0);
	take_param(e, b, REP_PRIVATE);
	event_push(e);
}

static void rejected(struct sv_id *id, const struct cm_body *b)
{
	struct sv_event *e;

	down(id);
	e = event_new(id, RDMA_CM_EVENT_REJECTED, b->reason);
	take_param(e, b, REJ_PRIVATE);
	event_push(e);
}

static void rej(struct sv_id *id, const struct cm_body *b)
{
	switch (id->state) {
	case ID_REQ_SENT:
	case ID_REQ_RECEIVED:
	case ID_REP_SENT:
	case ID_REP_RECEIVED:
		rejected(id, b);
		break;
	default:
		break;
	}
}

static void rtu(struct sv_id *id)
{
	if (id->state != ID_REP_SENT)
		return;
	go_on(id, ID_UP);
	event_tell(id, RDMA_CM_EVENT_ESTABLISHED, 0);
}

static void dreq(struct sv_id *id)
{
	switch (id->state) {
	case ID_REP_SENT: /* the peer had it established, so that its RTU is to be taken as said */
	case ID_UP:
		go_on(id, ID_DREQ_RECEIVED);
		event_tell(id, RDMA_CM_EVENT_DISCONNECTED, 0);
		break;
	case ID_DREQ_SENT: /* both at once */
		say(id, SV_FRAME_DREP, NULL);
		timewait(id);
		event_tell(id, RDMA_CM_EVENT_DISCONNECTED, 0);
		break;
	case ID_TIMEWAIT:
	case ID_DOWN:
		say(id, SV_FRAME_DREP, NULL);
		break;
	default:
		break;
	}
}

static void drep(struct sv_id *id)
{
	if (id->state != ID_DREQ_SENT)
		return;
	timewait(id);
	event_tell(id, RDMA_CM_EVENT_DISCONNECTED, 0);
}

void sv_cm_frame(struct sv_link *l, const struct sv_frame *f, const struct sim_payload *payload)
{
	static const struct cm_body none;
	const bool whole = payload && payload->len == sizeof(struct cm_body);
	const struct cm_body *b = whole ? (const struct cm_body *)(const void *)payload->at : &none;
	struct sv_id *id;

	if (f->type == SV_FRAME_REQ) {
		if (whole && l->request)
			req(l, f, b);
		return;
	}
	id = id_find(f->to);
	/* A reply tells who it is from; all else must be from whom we know. */
	if (!id || (f->type != SV_FRAME_REP && id->state != ID_REQ_SENT &&
		    (id->peer_node != f->from_node || id->peer_id != f->from))) {
		if (f->type == SV_FRAME_REP)
			answer_nobody(f, SV_FRAME_REJ);
		else if (f->type == SV_FRAME_DREQ)
			answer_nobody(f, SV_FRAME_DREP);
		return;
	}
	switch ((enum sv_frame_type)f->type) {
	case SV_FRAME_REP:
		if (whole)
			rep(id, f, b);
		break;
	case SV_FRAME_REJ:
		rej(id, b);
		break;
	case SV_FRAME_RTU:
		rtu(id);
		break;
	case SV_FRAME_DREQ:
		dreq(id);
		break;
	case SV_FRAME_DREP:
		drep(id);
		break;
	case SV_FRAME_REQ:
	case SV_FRAME_QP:
	case SV_FRAME_HELD:
	case SV_FRAME_TYPES:
		break;
	}
}

/* ---- ends that nobody says ---- */

static void peer_gone(struct sv_id *id)
{
	static const struct cm_body rejection = {.reason = REJ_CONSUMER};

	switch (id->state) {
	case ID_REQ_SENT:
	case ID_REQ_RECEIVED:
	case ID_REP_RECEIVED:
	case ID_REP_SENT:
		rejected(id, &rejection);
		break;
	case ID_UP:
		dreq(id);
		break;
	case ID_DREQ_SENT:
		drep(id);
		break;
	default:
		break;
	}
}

void sv_cm_node_gone(unsigned node)
{
	struct sv_node *n = sv_here();

	for (unsigned i = 0; i < SV_BUCKETS; i++)
		for (struct sv_id *id = n->ids[i]; id; id = id->next)
			if (id->peer_node == node)
				peer_gone(id);
}

void sv_cm_request_gone(const struct sv_link *l)
{
	struct sv_id *id = id_find(l->request);

	if (!id || id->request != l)
		return;
	id->request = NULL; /* it is dropped already */
	/* Once we have answered, who asked has no more use for it. */
	if (id->state == ID_REQ_SENT || id->state == ID_REQ_RECEIVED)
		peer_gone(id);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What comes from other connection managers (InfiniBand specification, chapter 12), and what
 * Linux's librdmacm and its kernel make of it; and what the end of a process stands for.
 */
#include <errno.h>
#include <string.h>

#include "cm.h"

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
	struct cm_body *b = cm_body_new(&p);
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
	id_go_on(id, ID_REP_RECEIVED);
	id->peer_node = f->from_node;
	id->peer_id = f->from;
	id->peer_qp = b->qp_num;
	id->rnr_retry = b->rnr_retry;
	/* Neither side does more RDMA Reads at once than the other serves. */
	if (id->responder_resources > b->initiator_depth)
		id->responder_resources = b->initiator_depth;
	if (id->initiator_depth > b->responder_resources)
		id->initiator_depth = b->responder_resources;
	id_request_end(id);
	e = event_new(id, RDMA_CM_EVENT_CONNECT_RESPONSE, 0);
	take_param(e, b, REP_PRIVATE);
	event_push(e);
}

static void rejected(struct sv_id *id, const struct cm_body *b)
{
	struct sv_event *e;

	id_down(id);
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
	id_go_on(id, ID_UP);
	event_tell(id, RDMA_CM_EVENT_ESTABLISHED, 0);
}

static void dreq(struct sv_id *id)
{
	switch (id->state) {
	case ID_REP_SENT: /* the peer had it established, so that its RTU is to be taken as said */
	case ID_UP:
		id_go_on(id, ID_DREQ_RECEIVED);
		event_tell(id, RDMA_CM_EVENT_DISCONNECTED, 0);
		break;
	case ID_DREQ_SENT: /* both at once */
		id_say(id, SV_FRAME_DREP, NULL);
		id_timewait(id);
		event_tell(id, RDMA_CM_EVENT_DISCONNECTED, 0);
		break;
	case ID_TIMEWAIT:
	case ID_DOWN:
		id_say(id, SV_FRAME_DREP, NULL);
		break;
	default:
		break;
	}
}

static void drep(struct sv_id *id)
{
	if (id->state != ID_DREQ_SENT)
		return;
	id_timewait(id);
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
	case SV_FRAME_PROBE:
	case SV_FRAME_ECHO:
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

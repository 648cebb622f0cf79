/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls by which connections begin and end. A request goes over a link of its own to whoever
 * has the name of address and port; all else goes between the two nodes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cm.h"

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

SV_EXPORT int rdma_connect(struct rdma_cm_id *base, struct rdma_conn_param *param)
{
	struct sv_id *id = sv_id(base);
	struct sv_frame f = {.type = SV_FRAME_REQ, .from = id->handle};
	struct sim_payload *p;
	struct cm_body *b = cm_body_new(&p);
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
		id_await_peer(id);
	} else {
		id_down(id);
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
	id_go_on(id, ID_UP);
	return id_say(id, SV_FRAME_RTU, NULL) ? 0 : ECONNRESET;
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
	struct cm_body *b = cm_body_new(&p);
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
	id_await_peer(id);
	if (!id_say(id, SV_FRAME_REP, p)) {
		id_down(id);
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
		id_say_rej(id, REJ_CONSUMER, data, data ? len : 0);
		id_down(id);
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
		id_go_on(id, ID_UP);
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
		id_go_on(id, ID_DREQ_SENT);
		awaited = true;
		if (id_say(id, SV_FRAME_DREQ, NULL)) {
			id_await_peer(id);
		} else {
			id_timewait(id);
			event_tell(id, RDMA_CM_EVENT_DISCONNECTED, 0);
		}
		break;
	case ID_DREQ_RECEIVED:
		id_say(id, SV_FRAME_DREP, NULL);
		id_timewait(id);
		break;
	default:
		break; /* there is nothing left to say */
	}
	sv_leave();
	return awaited ? event_await(base) : 0;
}

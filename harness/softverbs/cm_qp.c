/* SPDX-License-Identifier: BSD-2-Clause */
/* Queue pairs of ids: made and moved as librdmacm does it. */
#include <errno.h>
#include <stdlib.h>

#include "cm.h"

/* What the CM knows for a state; the mask of what it filled in, 0: not in this state. */
static int attr_of(const struct sv_id *id, enum ibv_qp_state to, struct ibv_qp_attr *attr)
{
	attr->qp_state = to;
	switch (to) {
	case IBV_QPS_INIT:
		attr->port_num = 1;
		attr->qp_access_flags = IBV_ACCESS_REMOTE_WRITE;
		if (id->responder_resources)
			attr->qp_access_flags |= IBV_ACCESS_REMOTE_READ;
		return IBV_QP_STATE | IBV_QP_ACCESS_FLAGS | IBV_QP_PKEY_INDEX | IBV_QP_PORT;
	case IBV_QPS_RTR:
		if (!id->peer_qp)
			return 0;
		attr->ah_attr = (struct ibv_ah_attr){
			.grh = {.dgid = id->base.route.addr.addr.ibaddr.dgid, .hop_limit = 64},
			.is_global = 1,
			.port_num = 1,
		};
		attr->path_mtu = IBV_MTU_4096;
		attr->dest_qp_num = id->peer_qp;
		attr->max_dest_rd_atomic = id->responder_resources;
		attr->min_rnr_timer = 0;
		return IBV_QP_STATE | IBV_QP_AV | IBV_QP_PATH_MTU | IBV_QP_DEST_QPN |
		       IBV_QP_RQ_PSN | IBV_QP_MAX_DEST_RD_ATOMIC | IBV_QP_MIN_RNR_TIMER;
	case IBV_QPS_RTS:
		if (!id->peer_qp)
			return 0;
		attr->timeout = id->ack_timeout;
		attr->retry_cnt = id->retry_count;
		attr->rnr_retry = id->rnr_retry;
		attr->max_rd_atomic = id->initiator_depth;
		return IBV_QP_STATE | IBV_QP_TIMEOUT | IBV_QP_RETRY_CNT | IBV_QP_RNR_RETRY |
		       IBV_QP_SQ_PSN | IBV_QP_MAX_QP_RD_ATOMIC;
	default:
		return 0;
	}
}

SV_EXPORT int rdma_init_qp_attr(struct rdma_cm_id *id, struct ibv_qp_attr *attr, int *mask)
{
	if (!sv_enter())
		return -1;
	*mask = attr_of(sv_id(id), attr->qp_state, attr);
	sv_leave();
	return *mask ? 0 : cm_fail(EINVAL);
}

int id_qp_move(struct sv_id *id, enum ibv_qp_state to)
{
	struct ibv_qp_attr attr = {.qp_state = to};
	int mask = IBV_QP_STATE;

	if (!id->base.qp)
		return 0;
	if (to != IBV_QPS_ERR)
		mask = attr_of(id, to, &attr);
	return mask ? sv_modify_qp(id->base.qp, &attr, mask) : EINVAL;
}

static struct ibv_cq *cq_new(struct rdma_cm_id *id, uint32_t cqe, struct ibv_comp_channel **channel)
{
	struct ibv_cq *cq;

	*channel = ibv_create_comp_channel(id->verbs);
	if (!*channel)
		return NULL;
	cq = ibv_create_cq(id->verbs, (int)(cqe ? cqe : 1), id, *channel, 0);
	if (cq)
		return cq;
	ibv_destroy_comp_channel(*channel);
	*channel = NULL;
	return NULL;
}

static void cqs_free(struct rdma_cm_id *id)
{
	if (id->send_cq)
		ibv_destroy_cq(id->send_cq);
	if (id->send_cq_channel)
		ibv_destroy_comp_channel(id->send_cq_channel);
	if (id->recv_cq)
		ibv_destroy_cq(id->recv_cq);
	if (id->recv_cq_channel)
		ibv_destroy_comp_channel(id->recv_cq_channel);
	id->send_cq = id->recv_cq = NULL;
	id->send_cq_channel = id->recv_cq_channel = NULL;
}

/* One for all ids that name none, as long as the process lives. */
static struct ibv_pd *default_pd(void)
{
	struct sv_node *n = sv_enter();
	struct ibv_pd *pd;

	if (!n)
		return NULL;
	if (!n->cm_pd)
		n->cm_pd = sv_pd_new(n->cm_context);
	pd = n->cm_pd;
	sv_leave();
	return pd;
}

SV_EXPORT int rdma_create_qp_ex(struct rdma_cm_id *id, struct ibv_qp_init_attr_ex *attr)
{
	struct ibv_qp_attr init = {.qp_state = IBV_QPS_INIT};
	int mask, rc;

	if (id->qp || !id->verbs)
		return cm_fail(EINVAL);
	if (!(attr->comp_mask & IBV_QP_INIT_ATTR_PD)) {
		attr->comp_mask |= IBV_QP_INIT_ATTR_PD;
		attr->pd = id->pd ? id->pd : default_pd();
	}
	if (!attr->pd)
		return -1;
	if (!attr->send_cq)
		attr->send_cq = id->send_cq =
			cq_new(id, attr->cap.max_send_wr, &id->send_cq_channel);
	if (!attr->recv_cq)
		attr->recv_cq = id->recv_cq =
			cq_new(id, attr->cap.max_recv_wr, &id->recv_cq_channel);
	if (!attr->send_cq || !attr->recv_cq)
		goto fail;
	id->qp = sv_create_qp_ex(id->verbs, attr);
	if (!id->qp)
		goto fail;
	mask = attr_of(sv_id(id), IBV_QPS_INIT, &init);
	init.qp_access_flags |= IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ;
	rc = ibv_modify_qp(id->qp, &init, mask);
	if (rc) {
		ibv_destroy_qp(id->qp);
		id->qp = NULL;
		errno = rc;
		goto fail;
	}
	id->pd = attr->pd;
	/* They may be those that were given. */
	id->send_cq = attr->send_cq;
	id->recv_cq = attr->recv_cq;
	return 0;
fail:
	rc = errno;
	if (id->send_cq_channel || id->recv_cq_channel)
		cqs_free(id);
	return cm_fail(rc);
}

SV_EXPORT int rdma_create_qp(struct rdma_cm_id *id, struct ibv_pd *pd,
			     struct ibv_qp_init_attr *attr)
{
	struct ibv_qp_init_attr_ex ex = {
		.qp_context = attr->qp_context,
		.send_cq = attr->send_cq,
		.recv_cq = attr->recv_cq,
		.srq = attr->srq,
		.cap = attr->cap,
		.qp_type = attr->qp_type,
		.sq_sig_all = attr->sq_sig_all,
		.comp_mask = pd ? IBV_QP_INIT_ATTR_PD : 0,
		.pd = pd,
	};

	return rdma_create_qp_ex(id, &ex);
}

SV_EXPORT void rdma_destroy_qp(struct rdma_cm_id *id)
{
	if (id->qp)
		ibv_destroy_qp(id->qp);
	id->qp = NULL;
	/* Only those that came with it have a channel of the id's. */
	if (!id->send_cq_channel)
		id->send_cq = NULL;
	if (!id->recv_cq_channel)
		id->recv_cq = NULL;
	cqs_free(id);
}

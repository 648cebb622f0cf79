/* SPDX-License-Identifier: BSD-2-Clause */
/* The queue pair: made and moved by hand, so that its parameters are ours and not the CM's;
 * posting; completions. */
#include "impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	RECV_BATCH = 64,
	SPARE_SLOTS = 32,    /* binds and invalidations beside a full send_depth */
	INLINE_WANTED = 256, /* a header and a BHS, with room for AHS or text keys */
};

static void limit_depths(struct vconn *c, const struct ibv_device_attr *device)
{
	struct fab_params *p = &c->params;

	/* The device refuses a queue pair that promises more than it has. */
	if (p->responder_resources > device->max_qp_rd_atom)
		p->responder_resources = (uint8_t)device->max_qp_rd_atom;
	if (p->initiator_depth > device->max_qp_init_rd_atom)
		p->initiator_depth = (uint8_t)device->max_qp_init_rd_atom;
}

static int slots_new(struct vconn *c, struct err *e)
{
	uint32_t n = c->params.send_depth + SPARE_SLOTS;

	c->send_slots = calloc(n, sizeof(*c->send_slots));
	c->wr = calloc(n, sizeof(*c->wr));
	c->sge = calloc(n, sizeof(*c->sge));
	c->recv_slots = calloc(c->params.recv_depth + 1u, sizeof(*c->recv_slots));
	if (!c->send_slots || !c->wr || !c->sge || !c->recv_slots)
		return err_set(e, ENOMEM, "queues of %u and %u work requests", c->params.send_depth,
			       c->params.recv_depth);
	c->send_slot_count = n;
	c->send_free = 0;
	for (uint32_t i = 0; i < n; i++)
		c->send_slots[i].next_free = i + 1 < n ? i + 1 : SLOT_NONE;
	c->recv_slot_count = 0;
	c->recv_free = SLOT_NONE;
	return 0;
}

static void slots_free(struct vconn *c)
{
	free(c->send_slots);
	free(c->wr);
	free(c->sge);
	free(c->recv_slots);
	c->send_slots = NULL;
	c->wr = NULL;
	c->sge = NULL;
	c->recv_slots = NULL;
	c->send_slot_count = 0;
	c->send_free = SLOT_NONE;
}

static int qp_init(struct vconn *c, struct err *e)
{
	struct ibv_qp_attr attr = {.qp_state = IBV_QPS_INIT};
	int mask;

	if (rdma_init_qp_attr(c->id, &attr, &mask))
		return err_set(e, errno, "rdma_init_qp_attr (INIT)");
	if (mask & IBV_QP_ACCESS_FLAGS)
		attr.qp_access_flags =
			IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_READ | IBV_ACCESS_REMOTE_WRITE;
	int rc = ibv_modify_qp(c->qp, &attr, mask);
	if (rc)
		return err_set(e, rc, "ibv_modify_qp (INIT)");
	return 0;
}

static int qp_make(struct vconn *c, struct err *e)
{
	struct ibv_qp_init_attr init = {
		.qp_context = c,
		.send_cq = c->cq,
		.recv_cq = c->cq,
		.qp_type = IBV_QPT_RC,
		.sq_sig_all = 1,
		.cap =
			{
				.max_send_wr = c->send_slot_count,
				.max_recv_wr = c->params.recv_depth ? c->params.recv_depth : 1,
				.max_send_sge = 1,
				.max_recv_sge = 1,
				.max_inline_data = INLINE_WANTED,
			},
	};

	c->qp = ibv_create_qp(c->pd, &init);
	if (!c->qp && errno == EINVAL) {
		/* Some devices have less inline room and say only this. */
		init.cap.max_inline_data = 0;
		c->qp = ibv_create_qp(c->pd, &init);
	}
	if (!c->qp)
		return err_set(e, errno, "ibv_create_qp (%u sends, %u receives)",
			       c->send_slot_count, c->params.recv_depth);
	c->max_inline = init.cap.max_inline_data;
	return 0;
}

int v_qp_create(struct vconn *c, struct err *e)
{
	struct ibv_device_attr device;
	int rc = ibv_query_device(c->id->verbs, &device);

	if (rc)
		return err_set(e, rc, "ibv_query_device");
	limit_depths(c, &device);
	if (v_describe(vc_fabric(c), c->id->verbs, e) < 0 || slots_new(c, e) < 0)
		goto fail;
	c->pd = ibv_alloc_pd(c->id->verbs);
	if (!c->pd) {
		err_set(e, errno, "ibv_alloc_pd");
		goto fail;
	}
	c->channel = ibv_create_comp_channel(c->id->verbs);
	if (!c->channel) {
		err_set(e, errno, "ibv_create_comp_channel");
		goto fail;
	}
	uint32_t cqe = c->send_slot_count + c->params.recv_depth;
	c->cq = ibv_create_cq(c->id->verbs, (int)cqe, c, c->channel, 0);
	if (!c->cq) {
		err_set(e, errno, "ibv_create_cq of %u entries (the device has %d)", cqe,
			device.max_cqe);
		goto fail;
	}
	if (v_fd_nonblocking(c->channel->fd, e) < 0 || qp_make(c, e) < 0 || qp_init(c, e) < 0)
		goto fail;
	if (v_post_recv(&c->base, c->params.recv_initial, e) < 0)
		goto fail;
	fab_log_post_recv(&c->base, c->params.recv_initial);
	return 0;
fail:
	v_qp_free(c);
	return -1;
}

int v_qp_ready(struct vconn *c, struct err *e)
{
	const struct fab_params *p = &c->params;
	struct ibv_qp_attr attr = {.qp_state = IBV_QPS_RTR};
	int mask, rc;

	if (c->id->verbs->device->transport_type == IBV_TRANSPORT_IWARP)
		return 0; /* its connection manager moves the queue pair, RFC 5040 has no RNR */
	if (rdma_init_qp_attr(c->id, &attr, &mask))
		return err_set(e, errno, "rdma_init_qp_attr (RTR)");
	attr.max_dest_rd_atomic = p->responder_resources;
	attr.min_rnr_timer = p->min_rnr_timer;
	rc = ibv_modify_qp(c->qp, &attr, mask);
	if (rc)
		return err_set(e, rc, "ibv_modify_qp (RTR)");

	attr = (struct ibv_qp_attr){.qp_state = IBV_QPS_RTS};
	if (rdma_init_qp_attr(c->id, &attr, &mask))
		return err_set(e, errno, "rdma_init_qp_attr (RTS)");
	attr.rnr_retry = p->rnr_retry;
	attr.retry_cnt = p->retry_cnt;
	attr.timeout = p->ack_timeout;
	/*
	 * More RDMA Reads at once than the peer has resources for is its excuse to end the
	 * connection, so we keep to its offer unless told otherwise. An offer of none leaves our
	 * own depth: the Read then goes out and the peer's answer is seen, where a depth of 0 would
	 * let it wait for ever in our own queue.
	 */
	attr.max_rd_atomic = p->initiator_depth;
	if (!p->exceed_peer_depth && c->peer_responder_resources &&
	    c->peer_responder_resources < p->initiator_depth)
		attr.max_rd_atomic = c->peer_responder_resources;
	rc = ibv_modify_qp(c->qp, &attr, mask);
	if (rc)
		return err_set(e, rc, "ibv_modify_qp (RTS)");
	return 0;
}

int v_qp_error(struct vconn *c)
{
	struct ibv_qp_attr attr = {.qp_state = IBV_QPS_ERR};

	return c->qp ? ibv_modify_qp(c->qp, &attr, IBV_QP_STATE) : 0;
}

void v_qp_remove(struct vconn *c)
{
	if (c->qp)
		ibv_destroy_qp(c->qp);
	c->qp = NULL;
	c->base.recv_posted = 0;
}

void v_qp_free(struct vconn *c)
{
	v_qp_remove(c);
	v_regions_free(c);
	v_send_blocks_free(c);
	v_recv_chunks_free(c);
	if (c->cq) {
		ibv_ack_cq_events(c->cq, c->cq_events);
		ibv_destroy_cq(c->cq);
	}
	c->cq = NULL;
	c->cq_events = 0;
	if (c->channel)
		ibv_destroy_comp_channel(c->channel);
	c->channel = NULL;
	if (c->pd)
		ibv_dealloc_pd(c->pd);
	c->pd = NULL;
	slots_free(c);
}

uint32_t v_slot_take(struct vconn *c, uint64_t id, enum fab_op op)
{
	uint32_t slot = c->send_free;

	if (slot != SLOT_NONE) {
		c->send_free = c->send_slots[slot].next_free;
		c->send_slots[slot] = (struct send_slot){.id = id, .op = op};
	}
	return slot;
}

void v_slot_give(struct vconn *c, uint32_t slot)
{
	struct send_slot *s = &c->send_slots[slot];

	if (s->block)
		s->block->in_flight--;
	s->block = NULL;
	s->next_free = c->send_free;
	c->send_free = slot;
}

int v_post_recv(struct fab_conn *fc, unsigned n, struct err *e)
{
	struct vconn *c = vc(fc);
	unsigned posted = 0;
	int status = 0;

	if (!c->qp)
		return err_set(e, ENOTCONN, "post receive: the connection has no queue pair");
	while (posted < n) {
		struct ibv_recv_wr wr[RECV_BATCH], *bad = NULL;
		struct ibv_sge sge[RECV_BATCH];
		uint32_t k = 0, slot;
		int rc = 0;

		while (k < RECV_BATCH && posted + k < n) {
			status = v_recv_slot_take(c, &slot, e);
			if (status < 0)
				break;
			sge[k] = (struct ibv_sge){(uintptr_t)c->recv_slots[slot].at,
						  c->params.recv_size, c->recv_slots[slot].lkey};
			wr[k] = (struct ibv_recv_wr){.wr_id = WR_RECV | slot,
						     .sg_list = &sge[k],
						     .num_sge = c->params.recv_size ? 1 : 0};
			if (k)
				wr[k - 1].next = &wr[k];
			k++;
		}
		if (k)
			rc = ibv_post_recv(c->qp, wr, &bad);
		for (struct ibv_recv_wr *w = rc ? bad : NULL; w; w = w->next) {
			slot = (uint32_t)(w->wr_id & ~WR_RECV);
			c->recv_slots[slot].next_free = c->recv_free;
			c->recv_free = slot;
			k--;
		}
		posted += k;
		if (rc)
			status = err_set(e, rc, "ibv_post_recv after %u of %u", posted, n);
		if (status < 0)
			break;
	}
	c->base.recv_posted += posted;
	return status;
}

static enum ibv_wr_opcode wr_opcode(enum fab_op op)
{
	switch (op) {
	case FAB_SEND:
		return IBV_WR_SEND;
	case FAB_SEND_INV:
		return IBV_WR_SEND_WITH_INV;
	case FAB_SEND_IMM:
		return IBV_WR_SEND_WITH_IMM;
	case FAB_WRITE:
		return IBV_WR_RDMA_WRITE;
	case FAB_WRITE_IMM:
		return IBV_WR_RDMA_WRITE_WITH_IMM;
	case FAB_READ:
		return IBV_WR_RDMA_READ;
	case FAB_BIND:
	case FAB_INVALIDATE:
		break;
	}
	abort(); /* fab_register and fab_invalidate post these; fill_wr has refused them */
}

static int fill_message(struct vconn *c, const struct fab_wr *in, uint32_t slot,
			struct ibv_send_wr *out, struct ibv_sge *sge, struct err *e)
{
	struct send_block *block;
	uint8_t *at;

	if (in->msg.len == 0)
		return 0;
	if (in->msg.len > UINT32_MAX)
		return err_set(e, EMSGSIZE, "a message of %zu bytes", in->msg.len);
	sge->length = (uint32_t)in->msg.len;
	if (in->msg.len <= c->max_inline) {
		sge->addr = (uintptr_t)in->msg.at;
		out->send_flags |= IBV_SEND_INLINE;
	} else {
		if (v_send_block_get(c, in->msg.len, &block, &at, e) < 0)
			return -1;
		c->send_slots[slot].block = block;
		memcpy(at, in->msg.at, in->msg.len);
		sge->addr = (uintptr_t)at;
		sge->lkey = block->mr->lkey;
	}
	out->sg_list = sge;
	out->num_sge = 1;
	return 0;
}

static int fill_rdma(const struct fab_wr *in, struct ibv_send_wr *out, struct ibv_sge *sge,
		     struct err *e)
{
	const struct vregion *r = (const struct vregion *)in->local;

	out->wr.rdma.remote_addr = in->peer_addr;
	out->wr.rdma.rkey = in->peer_key;
	if (in->len == 0)
		return 0;
	if (!r || !r->mr)
		return err_set(e, EINVAL, "%s of %zu bytes without registered local memory",
			       fab_op_name(in->op), in->len);
	if (in->len > UINT32_MAX || in->local_offset > r->base.len ||
	    in->len > r->base.len - in->local_offset)
		return err_set(e, EINVAL, "%s of %zu bytes at %zu of %zu bytes of local memory",
			       fab_op_name(in->op), in->len, in->local_offset, r->base.len);
	*sge = (struct ibv_sge){(uintptr_t)r->base.at + in->local_offset, (uint32_t)in->len,
				r->mr->lkey};
	out->sg_list = sge;
	out->num_sge = 1;
	return 0;
}

static int fill_wr(struct vconn *c, const struct fab_wr *in, struct ibv_send_wr *out,
		   struct ibv_sge *sge, struct err *e)
{
	uint32_t slot;
	int status;

	if (in->op == FAB_BIND || in->op == FAB_INVALIDATE)
		return err_set(e, EINVAL, "%s is posted by its own call", fab_op_name(in->op));
	slot = v_slot_take(c, in->id, in->op);
	if (slot == SLOT_NONE)
		return err_set(e, ENOBUFS, "the send queue is full");
	*out = (struct ibv_send_wr){.wr_id = slot, .opcode = wr_opcode(in->op)};
	*sge = (struct ibv_sge){0};
	if (in->solicited)
		out->send_flags |= IBV_SEND_SOLICITED;
	if (in->op == FAB_SEND_INV) {
		out->invalidate_rkey = in->peer_key;
		/* rdma-core's siw takes the key from where an RDMA operation has it. */
		if (vc_fabric(c)->is_siw)
			out->wr.rdma.rkey = in->peer_key;
	} else if (in->op == FAB_SEND_IMM || in->op == FAB_WRITE_IMM) {
		out->imm_data = htobe32(in->imm);
	}
	if (in->op == FAB_WRITE || in->op == FAB_WRITE_IMM || in->op == FAB_READ)
		status = fill_rdma(in, out, sge, e);
	else
		status = fill_message(c, in, slot, out, sge, e);
	if (status < 0)
		v_slot_give(c, slot);
	return status;
}

int v_post(struct fab_conn *fc, const struct fab_wr *wr, size_t n, struct err *e)
{
	struct vconn *c = vc(fc);
	struct ibv_send_wr *bad = NULL;
	size_t filled, posted;
	int rc;

	if (n == 0)
		return 0;
	if (!c->qp)
		return err_set(e, ENOTCONN, "post: the connection has no queue pair");
	if (c->state == VCONN_RESOLVING || c->state == VCONN_CONNECTING)
		return err_set(e, ENOTCONN, "post: the connection is not established");
	if (n > c->params.send_depth - c->posted)
		return err_set(e, ENOBUFS, "%zu to post, %u of send_depth %u stand already", n,
			       c->posted, c->params.send_depth);
	/* Nothing leaves before all is known to be good: half a chain would be another test. */
	for (filled = 0; filled < n; filled++) {
		if (fill_wr(c, &wr[filled], &c->wr[filled], &c->sge[filled], e) < 0)
			goto give_back;
		if (filled)
			c->wr[filled - 1].next = &c->wr[filled];
	}
	rc = ibv_post_send(c->qp, c->wr, &bad);
	if (!rc) {
		c->posted += (uint32_t)n;
		return 0;
	}
	/* What stands before the refused one has left, and completes. */
	posted = bad ? (size_t)(bad - c->wr) : 0;
	c->posted += (uint32_t)posted;
	for (size_t i = posted; i < n; i++)
		v_slot_give(c, (uint32_t)c->wr[i].wr_id);
	return err_set(e, rc, "ibv_post_send: %zu of %zu posted", posted, n);
give_back:
	while (filled-- > 0)
		v_slot_give(c, (uint32_t)c->wr[filled].wr_id);
	return -1;
}

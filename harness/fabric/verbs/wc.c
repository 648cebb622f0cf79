/* SPDX-License-Identifier: BSD-2-Clause */
/* Completions: from the device's words to events, in the order in which the device gave them. */
#include "impl.h"

#include <errno.h>

static enum fab_status status_of(enum ibv_wc_status s)
{
	switch (s) {
	case IBV_WC_SUCCESS:
		return FAB_OK;
	case IBV_WC_LOC_LEN_ERR:
		return FAB_LOCAL_LENGTH;
	case IBV_WC_LOC_QP_OP_ERR:
	case IBV_WC_LOC_EEC_OP_ERR:
		return FAB_LOCAL_QP;
	case IBV_WC_LOC_PROT_ERR:
	case IBV_WC_LOC_ACCESS_ERR:
		return FAB_LOCAL_PROTECTION;
	case IBV_WC_WR_FLUSH_ERR:
		return FAB_FLUSHED;
	case IBV_WC_MW_BIND_ERR:
		return FAB_MW_BIND;
	case IBV_WC_REM_INV_REQ_ERR:
	case IBV_WC_REM_INV_RD_REQ_ERR:
		return FAB_REMOTE_INVALID;
	case IBV_WC_REM_ACCESS_ERR:
		return FAB_REMOTE_ACCESS;
	case IBV_WC_REM_OP_ERR:
	case IBV_WC_REM_ABORT_ERR:
		return FAB_REMOTE_OP;
	case IBV_WC_RETRY_EXC_ERR:
	case IBV_WC_RESP_TIMEOUT_ERR:
		return FAB_RETRY_EXCEEDED;
	case IBV_WC_RNR_RETRY_EXC_ERR:
		return FAB_RNR_EXCEEDED;
	case IBV_WC_BAD_RESP_ERR:
	case IBV_WC_LOC_RDD_VIOL_ERR:
	case IBV_WC_INV_EECN_ERR:
	case IBV_WC_INV_EEC_STATE_ERR:
	case IBV_WC_FATAL_ERR:
	case IBV_WC_GENERAL_ERR:
	case IBV_WC_TM_ERR:
	case IBV_WC_TM_RNDV_INCOMPLETE:
		break;
	}
	return FAB_OTHER;
}

static void sent(struct vconn *c, const struct ibv_wc *wc, struct fab_event *ev)
{
	uint32_t slot = (uint32_t)wc->wr_id;

	/* The slot remembers the operation: wc->opcode means nothing when the status is an error.
	 */
	v_event(ev, FAB_DONE, c, ibv_wc_status_str(wc->status));
	ev->id = c->send_slots[slot].id;
	ev->op = c->send_slots[slot].op;
	if (ev->op != FAB_BIND && ev->op != FAB_INVALIDATE)
		c->posted--;
	v_slot_give(c, slot);
}

/*
 * rdma_rxe hands the kernel's flags on unchanged, and there "with invalidate" has the bit that
 * libibverbs calls IBV_WC_IP_CSUM_OK, which no reliable connection sets.
 */
static bool has_invalidate(struct vconn *c, const struct ibv_wc *wc)
{
	unsigned flags = IBV_WC_WITH_INV;

	if (vc_fabric(c)->is_rxe)
		flags |= IBV_WC_IP_CSUM_OK;
	return (wc->wc_flags & flags) != 0;
}

static void received(struct vconn *c, const struct ibv_wc *wc, struct fab_event *ev)
{
	uint32_t slot = (uint32_t)(wc->wr_id & ~WR_RECV);
	struct recv_slot *s = &c->recv_slots[slot];

	if (c->base.recv_posted) /* a queue pair that is gone has none, and may still have told of
				    one */
		c->base.recv_posted--;
	s->next_free = c->recv_free;
	c->recv_free = slot;
	if (wc->status != IBV_WC_SUCCESS) {
		v_event(ev, FAB_RECV_FAILED, c, ibv_wc_status_str(wc->status));
		return;
	}
	v_event(ev, FAB_RECV, c, ibv_wc_status_str(wc->status));
	ev->op = FAB_SEND;
	/* rdma-core's siw leaves out the flag and the key that the kernel has put there. */
	ev->kind_unknown = vc_fabric(c)->is_siw;
	if (wc->opcode == IBV_WC_RECV_RDMA_WITH_IMM)
		ev->op = FAB_WRITE_IMM; /* byte_len counts what was written elsewhere; nothing is in
					   the buffer */
	else
		ev->msg = (struct bytes){s->at, wc->byte_len};
	if (wc->wc_flags & IBV_WC_WITH_IMM) {
		ev->has_imm = true;
		ev->imm = be32toh(wc->imm_data);
		if (ev->op == FAB_SEND)
			ev->op = FAB_SEND_IMM;
	} else if (has_invalidate(c, wc)) {
		ev->op = FAB_SEND_INV;
		ev->invalidated = true;
		ev->invalidated_key = wc->invalidated_rkey;
		v_remote_invalidated(c, wc->invalidated_rkey);
	}
}

int v_completion(struct vconn *c, struct fab_event *ev)
{
	struct ibv_wc wc;
	int n = c->cq ? ibv_poll_cq(c->cq, 1, &wc) : 0;

	if (n <= 0)
		return n < 0 ? -EIO : 0;
	*ev = (struct fab_event){0};
	if (wc.status != IBV_WC_SUCCESS) {
		/* We have not ended it ourselves, and are not the ones without a buffer. */
		if (c->base.up && c->base.recv_posted)
			v_terminates_look(c);
		/* What our own device has against the peer is told another way. */
		if (c->base.up)
			v_async_event(vc_fabric(c), &(struct fab_event){0});
		c->base.up = false; /* any error takes a reliable queue pair out of RTS */
	}
	ev->status = status_of(wc.status);
	ev->vendor_status = (int)wc.vendor_err;
	if (wc.wr_id & WR_RECV)
		received(c, &wc, ev);
	else
		sent(c, &wc, ev);
	return 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Work requests: from the verbs' words to the core's and back, and the memory that they name. */
#include "softverbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- queues ---- */

int sv_queue_new(struct sv_queue *q, size_t slot, uint32_t room, uint32_t max_sge)
{
	q->slots = calloc(room, slot);
	q->sges = calloc((size_t)room * max_sge, sizeof(*q->sges));
	q->room = room;
	q->max_sge = max_sge;
	return q->slots && q->sges ? 0 : -1;
}

void sv_queue_free(struct sv_queue *q)
{
	free(q->slots);
	free(q->sges);
}

/* The place of the next one, which there is. */
static uint32_t queue_end(const struct sv_queue *q)
{
	return (q->first + q->count) % q->room;
}

static uint32_t queue_pop(struct sv_queue *q)
{
	const uint32_t first = q->first;

	q->first = (first + 1) % q->room;
	q->count--;
	return first;
}

static struct sv_sges copy_sges(struct sv_queue *q, uint32_t place, const struct ibv_sge *sges,
				int count)
{
	struct sv_sges s = {q->sges + (size_t)place * q->max_sge, count};

	if (count)
		memcpy(s.at, sges, (size_t)count * sizeof(*sges));
	return s;
}

static struct sv_send *send_at(struct sv_qp *qp, uint32_t place)
{
	return (struct sv_send *)qp->sends.slots + place;
}

static struct sv_recv *recv_at(struct sv_qp *qp, uint32_t place)
{
	return (struct sv_recv *)qp->recvs.slots + place;
}

static struct sv_qp *of_sim(struct sim_qp *sim)
{
	return SV_CONTAINER(sim, struct sv_qp, sim);
}

void sv_works_drop(struct sv_qp *qp)
{
	while (qp->sends.count)
		sim_payload_unref(send_at(qp, queue_pop(&qp->sends))->inlined);
	qp->recvs.count = 0;
}

/* ---- memory ---- */

static size_t sges_len(const struct sv_sges *s)
{
	size_t len = 0;

	for (int i = 0; i < s->count; i++)
		len += s->at[i].length;
	return len;
}

/* NULL: no such memory, or it may not be written. */
static uint8_t *sge_bytes(struct sim_qp *qp, const struct ibv_sge *sge, bool write)
{
	uint8_t *at = sim_key_local(qp->keys, qp, sge->lkey, sge->addr, sge->length);

	if (at && write && !(sim_key_find(qp->keys, sge->lkey)->access & SV_LOCAL_WRITE))
		return NULL;
	return at;
}

/* All of it or nothing; without bytes it is only asked whether it could be. */
static bool put(struct sim_qp *qp, const struct sv_sges *s, struct bytes b)
{
	for (int round = 0; round < 2; round++) {
		size_t done = 0;

		for (int i = 0; i < s->count; i++) {
			const size_t len = s->at[i].length;
			const size_t n = !b.at || len < b.len - done ? len : b.len - done;
			uint8_t *at;

			if (!n)
				continue;
			at = sge_bytes(qp, &s->at[i], true);
			if (!at)
				return false;
			if (round && b.at)
				memcpy(at, b.at + done, n);
			done += n;
		}
	}
	return true;
}

/* The core's name for a work request is its place. */
static struct sv_send *send_of(struct sim_qp *qp, const struct sim_send_wr *wr)
{
	return send_at(of_sim(qp), (uint32_t)wr->id);
}

static struct sim_payload *gather(struct sim_qp *qp, const struct sim_send_wr *wr)
{
	const struct sv_send *s = send_of(qp, wr);
	struct sim_payload *p;
	size_t done = 0;

	if (s->inlined)
		return sim_payload_ref(s->inlined);
	p = sim_payload_new(NULL, wr->len);
	for (int i = 0; i < s->sges.count; i++) {
		const struct ibv_sge *sge = &s->sges.at[i];
		const uint8_t *at;

		if (!sge->length)
			continue;
		at = sge_bytes(qp, sge, false);
		if (!at) {
			sim_payload_unref(p);
			return NULL;
		}
		memcpy(p->at + done, at, sge->length);
		done += sge->length;
	}
	return p;
}

static bool scatter(struct sim_qp *qp, const struct sim_send_wr *wr, struct bytes b)
{
	return (!b.at || b.len == wr->len) && put(qp, &send_of(qp, wr)->sges, b);
}

static enum fab_status land(struct sim_qp *qp, struct bytes msg)
{
	struct sv_qp *own = of_sim(qp);
	const struct sv_sges *s = &recv_at(own, own->recvs.first)->sges;

	if (msg.len > sges_len(s))
		return FAB_REMOTE_INVALID;
	return !msg.len || put(qp, s, msg) ? FAB_OK : FAB_LOCAL_PROTECTION;
}

/* A window of type 2 opens memory of its own domain that may be opened, for this queue pair. */
static enum fab_status bind_window(struct sim_qp *qp, const struct sv_send *s)
{
	const struct ibv_mw_bind_info *b = &s->bind;
	struct sim_key *w = sim_key_of_slot(qp->keys, s->window);
	const struct sim_key *r = sim_key_find(qp->keys, s->region);
	const bool inside = r && b->length <= r->len && b->addr >= r->addr &&
			    b->addr - r->addr <= r->len - b->length;

	if (!w || !w->window || w->valid || w->pd != qp->pd || w->key >> 8 != s->window >> 8 ||
	    !inside || r->pd != qp->pd || !(r->access & SV_MAY_BIND))
		return FAB_MW_BIND;
	w->key = s->window;
	w->addr = b->addr;
	w->at = r->at + (b->addr - r->addr);
	w->len = b->length;
	w->access = (b->mw_access_flags & IBV_ACCESS_REMOTE_READ ? FAB_REMOTE_READ : 0u) |
		    (b->mw_access_flags & IBV_ACCESS_REMOTE_WRITE ? FAB_REMOTE_WRITE : 0u);
	w->qp = qp;
	w->valid = true;
	return FAB_OK;
}

static enum fab_status locally(struct sim_qp *qp, const struct sim_send_wr *wr)
{
	struct sim_key *k;

	if (wr->op == FAB_BIND)
		return bind_window(qp, send_of(qp, wr));
	k = sim_key_find(qp->keys, wr->peer_key);
	/* As Soft-RoCE: the keys of user space's own regions end by deregistration alone. The
	 * peer may have been faster with a window's. */
	if (!k || !k->window)
		return FAB_LOCAL_QP;
	k->valid = false;
	k->qp = NULL;
	return FAB_OK;
}

/* ---- the wire ---- */

static void carry(struct sim_qp *qp, struct sim_message *m)
{
	const struct sv_qp *own = of_sim(qp);
	struct sv_frame f = {
		.type = SV_FRAME_QP,
		.op = (uint8_t)m->op,
		.is_answer = m->is_answer,
		.answer = (uint8_t)m->answer,
		/* What is wrong with a receive is told to the sender in general words. */
		.status = m->status == FAB_LOCAL_PROTECTION ? FAB_REMOTE_OP : (uint8_t)m->status,
		.rnr_code = (uint8_t)m->rnr_code,
		.solicited = m->solicited,
		.from = own->base.qp_num,
		.to = own->attr.dest_qp_num,
		.imm = m->imm,
		.key = m->key,
		.psn = m->psn,
		.addr = m->addr,
		.size = m->len,
	};

	/* Where there is nobody it is lost, as on any wire. */
	sv_send(f.to >> SV_QP_BITS, &f, m->payload);
	sim_message_free(m);
}

/*
 * Nothing is lost on the way here, but much may be under way, and processes that are not run do not
 * answer. A timer alone would take a busy machine for a dead queue pair.
 */
static bool ask(struct sim_qp *qp)
{
	struct sv_qp *own = of_sim(qp);
	struct sv_frame f = {
		.type = SV_FRAME_PROBE,
		.from = own->base.qp_num,
		.psn = ++own->probes,
	};

	return sv_send(own->attr.dest_qp_num >> SV_QP_BITS, &f, NULL);
}

const struct sim_qp_ways sv_ways = {
	.carry = carry,
	.gather = gather,
	.scatter = scatter,
	.land = land,
	.locally = locally,
	.ask = ask,
};

/* ---- completions ---- */

static enum ibv_wc_status wc_status(enum fab_status s)
{
	switch (s) {
	case FAB_OK:
		return IBV_WC_SUCCESS;
	case FAB_RNR_EXCEEDED:
		return IBV_WC_RNR_RETRY_EXC_ERR;
	case FAB_RETRY_EXCEEDED:
		return IBV_WC_RETRY_EXC_ERR;
	case FAB_REMOTE_ACCESS:
		return IBV_WC_REM_ACCESS_ERR;
	case FAB_REMOTE_INVALID:
		return IBV_WC_REM_INV_REQ_ERR;
	case FAB_REMOTE_OP:
		return IBV_WC_REM_OP_ERR;
	case FAB_LOCAL_LENGTH:
		return IBV_WC_LOC_LEN_ERR;
	case FAB_LOCAL_PROTECTION:
		return IBV_WC_LOC_PROT_ERR;
	case FAB_LOCAL_QP:
		return IBV_WC_LOC_QP_OP_ERR;
	case FAB_MW_BIND:
		return IBV_WC_MW_BIND_ERR;
	case FAB_FLUSHED:
		return IBV_WC_WR_FLUSH_ERR;
	case FAB_OTHER:
		break;
	}
	return IBV_WC_GENERAL_ERR;
}

static enum ibv_wc_opcode wc_opcode(enum ibv_wr_opcode op)
{
	switch (op) {
	case IBV_WR_RDMA_WRITE:
	case IBV_WR_RDMA_WRITE_WITH_IMM:
		return IBV_WC_RDMA_WRITE;
	case IBV_WR_RDMA_READ:
		return IBV_WC_RDMA_READ;
	case IBV_WR_BIND_MW:
		return IBV_WC_BIND_MW;
	case IBV_WR_LOCAL_INV:
		return IBV_WC_LOCAL_INV;
	default:
		return IBV_WC_SEND;
	}
}

static void received(struct sv_qp *qp, const struct sim_cqe *e, struct ibv_wc *wc)
{
	wc->wr_id = recv_at(qp, queue_pop(&qp->recvs))->wr_id;
	wc->opcode = e->of_write ? IBV_WC_RECV_RDMA_WITH_IMM : IBV_WC_RECV;
	wc->src_qp = qp->attr.dest_qp_num;
	wc->byte_len = (uint32_t)(e->of_write ? e->written : e->msg.len);
	if (e->has_imm) {
		wc->wc_flags = IBV_WC_WITH_IMM;
		wc->imm_data = e->imm;
	} else if (e->invalidated) {
		wc->wc_flags = IBV_WC_WITH_INV;
		wc->invalidated_rkey = e->invalidated_key;
	}
}

void sv_complete(struct sim_qp *sim, const struct sim_cqe *e)
{
	struct sv_qp *qp = of_sim(sim);
	struct ibv_wc wc = {.status = wc_status(e->status), .qp_num = qp->base.qp_num};
	struct sv_send *s;

	if (e->recv) {
		received(qp, e, &wc);
		sv_cq_add(qp->base.recv_cq, &wc, e->solicited);
		return;
	}
	/* They complete in the order they were posted. */
	s = send_at(qp, queue_pop(&qp->sends));
	sim_payload_unref(s->inlined);
	s->inlined = NULL;
	if (e->status == FAB_OK && !s->signaled)
		return;
	wc.wr_id = s->wr_id;
	wc.opcode = wc_opcode(s->opcode);
	wc.byte_len = s->opcode == IBV_WR_RDMA_READ ? (uint32_t)sges_len(&s->sges) : 0;
	sv_cq_add(qp->base.send_cq, &wc, false);
}

/* ---- posting ---- */

/* 0, or the errno of what there is not. */
static int op_of(enum ibv_wr_opcode opcode, enum fab_op *op)
{
	static const struct {
		enum ibv_wr_opcode opcode;
		enum fab_op op;
	} known[] = {
		{IBV_WR_SEND, FAB_SEND},
		{IBV_WR_SEND_WITH_IMM, FAB_SEND_IMM},
		{IBV_WR_SEND_WITH_INV, FAB_SEND_INV},
		{IBV_WR_RDMA_WRITE, FAB_WRITE},
		{IBV_WR_RDMA_WRITE_WITH_IMM, FAB_WRITE_IMM},
		{IBV_WR_RDMA_READ, FAB_READ},
		{IBV_WR_BIND_MW, FAB_BIND},
		{IBV_WR_LOCAL_INV, FAB_INVALIDATE},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (known[i].opcode == opcode) {
			*op = known[i].op;
			return 0;
		}
	}
	return EOPNOTSUPP;
}

static struct sim_payload *inline_copy(const struct ibv_send_wr *wr, size_t len)
{
	struct sim_payload *p = sim_payload_new(NULL, len);
	size_t done = 0;

	for (int i = 0; i < wr->num_sge; i++) {
		const struct ibv_sge *sge = &wr->sg_list[i];

		/* The ABI has addresses as numbers. NOLINTNEXTLINE(performance-no-int-to-ptr) */
		const void *at = (const void *)(uintptr_t)sge->addr;

		if (sge->length)
			memcpy(p->at + done, at, sge->length);
		done += sge->length;
	}
	return p;
}

static int post_one(struct sv_qp *qp, const struct ibv_send_wr *wr)
{
	const bool local = wr->opcode == IBV_WR_BIND_MW || wr->opcode == IBV_WR_LOCAL_INV;
	const int sges = local ? 0 : wr->num_sge;
	struct sim_send_wr sim = {0};
	struct sv_send *s;
	uint32_t place;
	int rc = op_of(wr->opcode, &sim.op);

	if (rc)
		return rc;
	if (sges < 0 || (uint32_t)sges > qp->sends.max_sge)
		return EINVAL;
	if (qp->sends.count == qp->sends.room)
		return ENOMEM;
	place = queue_end(&qp->sends);
	s = send_at(qp, place);
	*s = (struct sv_send){
		.wr_id = wr->wr_id,
		.opcode = wr->opcode,
		.signaled = qp->sig_all || (wr->send_flags & IBV_SEND_SIGNALED),
		.sges = copy_sges(&qp->sends, place, wr->sg_list, sges),
	};
	sim.len = sges_len(&s->sges);
	if (sim.len > SV_FRAME_MAX)
		return EINVAL;
	if (wr->send_flags & IBV_SEND_INLINE && !local) {
		if (sim.len > qp->init.cap.max_inline_data)
			return EINVAL;
		s->inlined = inline_copy(wr, sim.len);
	}
	if (wr->opcode == IBV_WR_BIND_MW) {
		s->window = wr->bind_mw.rkey;
		s->region = wr->bind_mw.bind_info.mr ? wr->bind_mw.bind_info.mr->lkey : 0;
		s->bind = wr->bind_mw.bind_info;
	}
	sim.id = place;
	sim.solicited = wr->send_flags & IBV_SEND_SOLICITED;
	sim.fence = wr->send_flags & IBV_SEND_FENCE;
	sim.imm = wr->imm_data;
	sim.peer_key = wr->opcode == IBV_WR_SEND_WITH_INV || wr->opcode == IBV_WR_LOCAL_INV
			       ? wr->invalidate_rkey
			       : wr->wr.rdma.rkey;
	sim.peer_addr = wr->wr.rdma.remote_addr;
	/* It may complete before the call is over. */
	qp->sends.count++;
	return sim_qp_post_send(&qp->sim, &sim, 1);
}

static bool may_send(const struct sv_qp *qp)
{
	return qp->sim.state == SIM_QP_ERROR || qp->attr.qp_state == IBV_QPS_RTS;
}

int sv_post_send(struct ibv_qp *base, struct ibv_send_wr *wr, struct ibv_send_wr **bad)
{
	struct sv_qp *qp = sv_qp(base);
	int rc = 0;

	if (!sv_enter())
		return errno;
	for (; wr && !rc; wr = wr->next) {
		*bad = wr;
		rc = may_send(qp) ? post_one(qp, wr) : EINVAL;
	}
	sv_leave();
	return rc;
}

static int post_recv_one(struct sv_qp *qp, const struct ibv_recv_wr *wr)
{
	uint32_t place;

	if (wr->num_sge < 0 || (uint32_t)wr->num_sge > qp->recvs.max_sge)
		return EINVAL;
	if (qp->recvs.count == qp->recvs.room)
		return ENOMEM;
	place = queue_end(&qp->recvs);
	*recv_at(qp, place) = (struct sv_recv){
		.wr_id = wr->wr_id,
		.sges = copy_sges(&qp->recvs, place, wr->sg_list, wr->num_sge),
	};
	qp->recvs.count++;
	return sim_qp_post_recv(&qp->sim, 1);
}

int sv_post_recv(struct ibv_qp *base, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad)
{
	struct sv_qp *qp = sv_qp(base);
	int rc = 0;

	if (!sv_enter())
		return errno;
	for (; wr && !rc; wr = wr->next) {
		*bad = wr;
		rc = qp->attr.qp_state == IBV_QPS_RESET ? EINVAL : post_recv_one(qp, wr);
	}
	sv_leave();
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Queue pairs: reliable connections alone. How they are made, moved and asked. */
#include "softverbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sv_qp *sv_qp_find(uint32_t number)
{
	struct sv_qp *qp = sv_here()->qps[number % SV_BUCKETS];

	while (qp && qp->base.qp_num != number)
		qp = qp->next;
	return qp;
}

/* 0: all are in use. */
static uint32_t free_number(void)
{
	struct sv_node *n = sv_here();

	for (unsigned i = 0; i < SV_QPS; i++) {
		const uint32_t number = n->number << SV_QP_BITS | n->next_qp++ % SV_QPS;

		if (!sv_qp_find(number))
			return number;
	}
	return 0;
}

static void release(struct sim_qp *sim)
{
	struct sv_qp *qp = SV_CONTAINER(sim, struct sv_qp, sim);

	sv_works_drop(qp);
	sv_queue_free(&qp->sends);
	sv_queue_free(&qp->recvs);
	pthread_mutex_destroy(&qp->base.mutex);
	pthread_cond_destroy(&qp->base.cond);
	free(qp);
}

static void sim_begin(struct sv_qp *qp)
{
	struct sv_node *n = sv_here();

	qp->sim = (struct sim_qp){
		.clock = &n->clock,
		.link = &n->wire,
		.keys = &n->keys,
		.counters = &n->counters,
		.pd = sv_pd(qp->base.pd)->number,
		.ways = &sv_ways,
		.complete = sv_complete,
		.release = release,
		.attr.send_depth = qp->sends.room,
		.attr.recv_depth = qp->recvs.room,
	};
	sim_qp_init(&qp->sim);
}

static bool caps_are_possible(const struct ibv_qp_cap *cap)
{
	return cap->max_send_wr <= SV_MAX_WR && cap->max_recv_wr <= SV_MAX_WR &&
	       cap->max_send_sge <= SV_MAX_SGE && cap->max_recv_sge <= SV_MAX_SGE &&
	       cap->max_inline_data <= SV_MAX_INLINE;
}

/* What it has cannot go before it does. */
static void use(struct sv_qp *qp, bool used)
{
	sv_pd(qp->base.pd)->users += used ? 1u : -1u;
	sv_cq_used(qp->base.send_cq, used);
	sv_cq_used(qp->base.recv_cq, used);
}

static uint32_t at_least_one(uint32_t n)
{
	return n ? n : 1;
}

struct ibv_qp *sv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *attr)
{
	struct sv_qp *qp, **bucket;
	struct ibv_qp *base;
	uint32_t number;

	if (attr->qp_type != IBV_QPT_RC || attr->srq) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	if (!attr->send_cq || !attr->recv_cq || !caps_are_possible(&attr->cap)) {
		errno = EINVAL;
		return NULL;
	}
	qp = calloc(1, sizeof(*qp));
	if (!qp)
		return NULL;
	if (sv_queue_new(&qp->sends, sizeof(struct sv_send), at_least_one(attr->cap.max_send_wr),
			 at_least_one(attr->cap.max_send_sge)) < 0 ||
	    sv_queue_new(&qp->recvs, sizeof(struct sv_recv), at_least_one(attr->cap.max_recv_wr),
			 at_least_one(attr->cap.max_recv_sge)) < 0)
		goto fail;
	if (!sv_enter())
		goto fail;
	number = free_number();
	if (!number) {
		sv_leave();
		errno = ENOMEM;
		goto fail;
	}
	base = &qp->base;
	*base = (struct ibv_qp){
		.context = pd->context,
		.qp_context = attr->qp_context,
		.pd = pd,
		.send_cq = attr->send_cq,
		.recv_cq = attr->recv_cq,
		.handle = number,
		.qp_num = number,
		.state = IBV_QPS_RESET,
		.qp_type = attr->qp_type,
	};
	pthread_mutex_init(&base->mutex, NULL);
	pthread_cond_init(&base->cond, NULL);
	qp->sig_all = attr->sq_sig_all;
	qp->init = *attr;
	qp->attr.qp_state = IBV_QPS_RESET;
	sim_begin(qp);
	bucket = &sv_here()->qps[number % SV_BUCKETS];
	qp->next = *bucket;
	*bucket = qp;
	sv_here()->held.qp++;
	use(qp, true);
	sv_leave();
	return base;
fail:
	sv_queue_free(&qp->sends);
	sv_queue_free(&qp->recvs);
	free(qp);
	return NULL;
}

SV_EXPORT struct ibv_qp *ibv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *attr)
{
	return sv_create_qp(pd, attr);
}

struct ibv_qp *sv_create_qp_ex(struct ibv_context *context, struct ibv_qp_init_attr_ex *ex)
{
	/* The two structures begin alike, up to sq_sig_all. */
	struct ibv_qp_init_attr attr = {
		.qp_context = ex->qp_context,
		.send_cq = ex->send_cq,
		.recv_cq = ex->recv_cq,
		.srq = ex->srq,
		.cap = ex->cap,
		.qp_type = ex->qp_type,
		.sq_sig_all = ex->sq_sig_all,
	};

	(void)context;
	if (ex->comp_mask != IBV_QP_INIT_ATTR_PD) {
		errno = EOPNOTSUPP;
		return NULL;
	}
	return sv_create_qp(ex->pd, &attr);
}

SV_EXPORT int ibv_destroy_qp(struct ibv_qp *base)
{
	struct sv_qp *qp = sv_qp(base), **at;

	if (!sv_enter())
		return errno;
	for (at = &sv_here()->qps[base->qp_num % SV_BUCKETS]; *at != qp; at = &(*at)->next)
		;
	*at = qp->next;
	use(qp, false);
	sim_qp_destroy(&qp->sim);
	sim_qp_unref(&qp->sim);
	sv_here()->held.qp--;
	sv_leave();
	return 0;
}

/* ---- states ---- */

static bool may_move(enum ibv_qp_state from, enum ibv_qp_state to)
{
	switch (to) {
	case IBV_QPS_RESET:
	case IBV_QPS_ERR:
		return true;
	case IBV_QPS_INIT:
		return from == IBV_QPS_RESET || from == IBV_QPS_INIT;
	case IBV_QPS_RTR:
		return from == IBV_QPS_INIT;
	case IBV_QPS_RTS:
		return from == IBV_QPS_RTR || from == IBV_QPS_RTS;
	default:
		return false;
	}
}

#define TAKE(flag, member)                         \
	do {                                       \
		if (mask & (flag))                 \
			to->member = from->member; \
	} while (0)

static void take_attr(struct ibv_qp_attr *to, const struct ibv_qp_attr *from, int mask)
{
	TAKE(IBV_QP_ACCESS_FLAGS, qp_access_flags);
	TAKE(IBV_QP_PKEY_INDEX, pkey_index);
	TAKE(IBV_QP_PORT, port_num);
	TAKE(IBV_QP_QKEY, qkey);
	TAKE(IBV_QP_AV, ah_attr);
	TAKE(IBV_QP_PATH_MTU, path_mtu);
	TAKE(IBV_QP_TIMEOUT, timeout);
	TAKE(IBV_QP_RETRY_CNT, retry_cnt);
	TAKE(IBV_QP_RNR_RETRY, rnr_retry);
	TAKE(IBV_QP_RQ_PSN, rq_psn);
	TAKE(IBV_QP_SQ_PSN, sq_psn);
	TAKE(IBV_QP_MAX_QP_RD_ATOMIC, max_rd_atomic);
	TAKE(IBV_QP_MAX_DEST_RD_ATOMIC, max_dest_rd_atomic);
	TAKE(IBV_QP_MIN_RNR_TIMER, min_rnr_timer);
	TAKE(IBV_QP_DEST_QPN, dest_qp_num);
}

static void apply(struct sv_qp *qp)
{
	const struct ibv_qp_attr *a = &qp->attr;
	struct fab_params *p = &qp->sim.attr;

	p->responder_resources = a->max_dest_rd_atomic;
	p->initiator_depth = a->max_rd_atomic;
	p->min_rnr_timer = a->min_rnr_timer & 31;
	p->ack_timeout = a->timeout & 31;
	p->retry_cnt = a->retry_cnt & 7;
	p->rnr_retry = a->rnr_retry & 7;
}

static void move(struct sv_qp *qp, enum ibv_qp_state to)
{
	switch (to) {
	case IBV_QPS_RESET:
		sim_qp_destroy(&qp->sim);
		sv_works_drop(qp);
		sim_begin(qp);
		break;
	case IBV_QPS_RTR:
	case IBV_QPS_RTS: /* now its retries are known, too */
		sim_qp_ready(&qp->sim);
		break;
	case IBV_QPS_ERR:
		sim_qp_error(&qp->sim);
		break;
	default:
		break;
	}
}

static enum ibv_qp_state state_of(const struct sv_qp *qp)
{
	return qp->sim.state == SIM_QP_ERROR ? IBV_QPS_ERR : qp->attr.qp_state;
}

int sv_modify_qp(struct ibv_qp *base, struct ibv_qp_attr *attr, int mask)
{
	const int unsupported = IBV_QP_ALT_PATH | IBV_QP_PATH_MIG_STATE | IBV_QP_CAP |
				IBV_QP_EN_SQD_ASYNC_NOTIFY | IBV_QP_RATE_LIMIT;
	struct sv_qp *qp = sv_qp(base);
	const enum ibv_qp_state from = state_of(qp);
	const enum ibv_qp_state to = mask & IBV_QP_STATE ? attr->qp_state : from;

	if (mask & unsupported & ~(IBV_QP_ALT_PATH | IBV_QP_PATH_MIG_STATE))
		return EOPNOTSUPP;
	if ((mask & IBV_QP_STATE) && !may_move(from, to))
		return EINVAL;
	if (((mask & IBV_QP_MAX_QP_RD_ATOMIC) && attr->max_rd_atomic > SV_MAX_READS) ||
	    ((mask & IBV_QP_MAX_DEST_RD_ATOMIC) && attr->max_dest_rd_atomic > SV_MAX_READS))
		return EINVAL;
	take_attr(&qp->attr, attr, mask);
	apply(qp);
	qp->attr.qp_state = base->state = to;
	if (mask & IBV_QP_STATE)
		move(qp, to);
	return 0;
}

SV_EXPORT int ibv_modify_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask)
{
	int rc;

	if (!sv_enter())
		return errno;
	rc = sv_modify_qp(qp, attr, mask);
	sv_leave();
	return rc;
}

SV_EXPORT int ibv_query_qp(struct ibv_qp *base, struct ibv_qp_attr *attr, int mask,
			   struct ibv_qp_init_attr *init)
{
	struct sv_qp *qp = sv_qp(base);

	(void)mask;
	if (!sv_enter())
		return errno;
	*attr = qp->attr;
	attr->qp_state = attr->cur_qp_state = base->state = state_of(qp);
	attr->cap = qp->init.cap;
	*init = qp->init;
	sv_leave();
	return 0;
}

SV_EXPORT int ibv_query_qp_data_in_order(struct ibv_qp *qp, enum ibv_wr_opcode op, uint32_t flags)
{
	(void)qp;
	(void)op;
	(void)flags;
	return 1;
}

/* ---- what comes ---- */

static bool well_formed(const struct sv_frame *f)
{
	if (f->is_answer)
		return f->answer <= SIM_NAK && f->status <= FAB_OTHER;
	if (f->op > FAB_READ || f->size > SV_FRAME_MAX)
		return false;
	return f->op == FAB_READ ? f->len == 0 : f->size == f->len;
}

void sv_qp_echo(const struct sv_frame *f)
{
	struct sv_qp *qp = sv_qp_find(f->to);

	/* Only the last one is waited for. */
	if (qp && f->psn == qp->probes)
		sim_qp_unanswered(&qp->sim);
}

void sv_qp_frame(const struct sv_frame *f, struct sim_payload *body)
{
	struct sv_qp *qp = sv_qp_find(f->to);
	struct sim_message *m;

	/* It may be for one that had the number before. */
	if (!qp || qp->attr.dest_qp_num != f->from || !well_formed(f))
		return;
	m = sim_message_new(&qp->sim, f->is_answer);
	m->to = sim_qp_ref(&qp->sim);
	m->psn = f->psn;
	m->op = f->op;
	m->solicited = f->solicited;
	m->imm = f->imm;
	m->key = f->key;
	m->addr = f->addr;
	m->len = f->size;
	m->answer = f->answer;
	m->status = f->status;
	m->rnr_code = f->rnr_code;
	m->payload = body ? sim_payload_ref(body) : sim_payload_new(NULL, 0);
	sim_message_arrives(m);
}

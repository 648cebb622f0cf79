/* SPDX-License-Identifier: BSD-2-Clause */
/* A queue pair: its queues, the requester half with its retries, and how it ends. */
#include "core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sim_wqe {
	struct sim_wqe *next;
	struct sim_send_wr wr;
	struct sim_payload *payload; /* Sends: from posting on; RDMA Writes: from departure on */
	bool sent, done;
	bool numbered; /* psn is set: it left at least once */
	uint64_t psn;
	enum fab_status status; /* when done */
};

static void pump(struct sim_qp *qp);

/* ---- life ---- */

static void ack_late(struct sim_item *it);
static void rnr_over(struct sim_item *it);

void sim_qp_init(struct sim_qp *qp)
{
	qp->refs = 1;
	qp->state = SIM_QP_INIT;
	qp->sends_end = &qp->sends;
	qp->ack_timer.run = ack_late;
	qp->rnr_timer.run = rnr_over;
}

struct sim_qp *sim_qp_ref(struct sim_qp *qp)
{
	qp->refs++;
	return qp;
}

void sim_qp_unref(struct sim_qp *qp)
{
	if (--qp->refs == 0)
		qp->release(qp);
}

void sim_qp_join(struct sim_qp *a, struct sim_qp *b)
{
	a->peer = sim_qp_ref(b);
	b->peer = sim_qp_ref(a);
}

void sim_qp_part(struct sim_qp *qp)
{
	struct sim_qp *peer = qp->peer;

	qp->peer = NULL;
	if (peer)
		sim_qp_unref(peer);
}

void sim_qp_ready(struct sim_qp *qp)
{
	qp->state = SIM_QP_READY;
	qp->retries_left = qp->attr.retry_cnt;
	qp->rnr_left = qp->attr.rnr_retry;
}

static void stop_timers(struct sim_qp *qp)
{
	sim_clock_cancel(qp->clock, &qp->ack_timer);
	sim_clock_cancel(qp->clock, &qp->rnr_timer);
}

static struct sim_wqe *wqe_new(struct sim_qp *qp)
{
	struct sim_wqe *w = qp->spare;

	if (w)
		qp->spare = w->next;
	else
		w = sim_need(malloc(sizeof(*w)));
	*w = (struct sim_wqe){0};
	return w;
}

static void wqe_over(struct sim_qp *qp, struct sim_wqe *w)
{
	sim_payload_unref(w->payload);
	w->next = qp->spare;
	qp->spare = w;
}

static struct sim_wqe *send_pop(struct sim_qp *qp)
{
	struct sim_wqe *w = qp->sends;

	if (!w)
		return NULL;
	if (qp->unsent == w)
		qp->unsent = w->next;
	qp->sends = w->next;
	if (!qp->sends)
		qp->sends_end = &qp->sends;
	qp->send_count--;
	return w;
}

static void send_complete(struct sim_qp *qp, struct sim_wqe *w, enum fab_status status)
{
	struct sim_cqe e = {.id = w->wr.id, .op = w->wr.op, .status = status};

	wqe_over(qp, w);
	qp->complete(qp, &e);
}

static void flush_recvs(struct sim_qp *qp)
{
	if (qp->flushed && qp->recv_count) {
		const unsigned n = qp->recv_count;

		qp->recv_count = 0;
		qp->flushed(qp, n);
	}
	while (qp->recv_count) {
		qp->recv_count--;
		qp->complete(qp, &(struct sim_cqe){.recv = true, .status = FAB_FLUSHED});
	}
}

void sim_qp_error(struct sim_qp *qp)
{
	struct sim_wqe *w;

	if (qp->state == SIM_QP_ERROR || qp->state == SIM_QP_GONE)
		return;
	qp->state = SIM_QP_ERROR;
	stop_timers(qp);
	if (qp->failed)
		qp->failed(qp);
	while ((w = send_pop(qp)))
		send_complete(qp, w, FAB_FLUSHED);
	flush_recvs(qp);
}

void sim_qp_destroy(struct sim_qp *qp)
{
	struct sim_wqe *w;

	qp->state = SIM_QP_GONE;
	stop_timers(qp);
	qp->recv_count = 0;
	while ((w = send_pop(qp)))
		wqe_over(qp, w);
	while ((w = qp->spare)) {
		qp->spare = w->next;
		free(w);
	}
}

/* ---- requester ---- */

static bool on_the_wire(const struct sim_wqe *w)
{
	return w->wr.op != FAB_BIND && w->wr.op != FAB_INVALIDATE;
}

/* Starts the wait for an answer anew, when one is due. */
static void arm(struct sim_qp *qp)
{
	const struct sim_wqe *w = qp->sends;

	if (qp->state == SIM_QP_READY && w && w->sent && !w->done && !qp->rnr_wait &&
	    qp->attr.ack_timeout)
		sim_clock_at(qp->clock, &qp->ack_timer,
			     qp->clock->now + (4096ull << qp->attr.ack_timeout));
	else
		sim_clock_cancel(qp->clock, &qp->ack_timer);
}

/* Completes in order what is done; the first error ends the queue pair. */
static void retire(struct sim_qp *qp)
{
	while (qp->sends && qp->sends->done) {
		struct sim_wqe *w = send_pop(qp);
		enum fab_status status = w->status;

		send_complete(qp, w, status);
		if (status != FAB_OK) {
			sim_qp_error(qp);
			return;
		}
	}
}

static void finish(struct sim_wqe *w, enum fab_status status)
{
	w->done = true;
	w->status = status;
}

/* What has no answer leaves again, in order. */
static void rewind_sends(struct sim_qp *qp)
{
	for (struct sim_wqe *w = qp->sends; w; w = w->next)
		w->sent = false;
	qp->reads_out = 0;
	qp->unsent = qp->sends;
}

static enum fab_status do_locally(struct sim_qp *qp, const struct sim_wqe *w)
{
	struct sim_key *k;

	if (qp->ways && qp->ways->locally)
		return qp->ways->locally(qp, &w->wr);
	k = sim_key_find(qp->keys, w->wr.peer_key);
	if (w->wr.op == FAB_INVALIDATE) {
		/* The peer, or the key's own end, may have been faster: a key already useless is no
		 * fault. */
		if (k) {
			k->valid = false;
			k->qp = NULL;
		}
		return FAB_OK;
	}
	if (!k || !k->window || k->pd != qp->pd || k->valid)
		return FAB_MW_BIND;
	k->valid = true;
	k->qp = qp;
	return FAB_OK;
}

static bool is_send(enum fab_op op)
{
	return op == FAB_SEND || op == FAB_SEND_INV || op == FAB_SEND_IMM;
}

/* What a Send or an RDMA Write takes along; false: our own key or range is wrong. */
static bool gather(struct sim_qp *qp, struct sim_wqe *w)
{
	const uint8_t *at;

	if (w->payload)
		return true; /* it leaves once more */
	if (qp->ways && qp->ways->gather) {
		w->payload = qp->ways->gather(qp, &w->wr);
		return w->payload != NULL;
	}
	if (!w->wr.len)
		return true;
	at = sim_key_local(qp->keys, qp, w->wr.local_key, w->wr.local_addr, w->wr.len);
	if (at)
		w->payload = sim_payload_new(at, w->wr.len);
	return at != NULL;
}

/* Puts the bytes of an RDMA Read where they belong; none yet: can it be? */
static bool scatter(struct sim_qp *qp, const struct sim_wqe *w, struct bytes b)
{
	uint8_t *at;

	if (!w->wr.len)
		return true;
	if (qp->ways && qp->ways->scatter)
		return qp->ways->scatter(qp, &w->wr, b);
	at = sim_key_local(qp->keys, qp, w->wr.local_key, w->wr.local_addr, w->wr.len);
	if (at && b.at)
		memcpy(at, b.at, b.len);
	return at != NULL;
}

static void depart(struct sim_qp *qp, struct sim_wqe *w)
{
	struct sim_message *m = sim_message_new(qp, false);
	uint64_t leaves = qp->clock->now;

	if (leaves < qp->next_departure)
		leaves = qp->next_departure;
	qp->next_departure = leaves + qp->link->gap;
	if (!w->numbered) {
		w->numbered = true;
		w->psn = qp->next_psn++;
	}
	w->sent = true;
	m->psn = w->psn;
	m->op = w->wr.op;
	m->solicited = w->wr.solicited;
	m->imm = w->wr.imm;
	m->key = w->wr.peer_key;
	m->addr = w->wr.peer_addr;
	m->len = w->wr.len;
	if (w->payload)
		m->payload = sim_payload_ref(w->payload);
	sim_message_leaves(qp, m, leaves);
}

/* Lets one work request leave; false: it must wait, or it failed before it left. */
static bool let_go(struct sim_qp *qp, struct sim_wqe *w)
{
	if (w->done)
		return w->status == FAB_OK; /* a local one that was passed before a rewind */
	if (!on_the_wire(w)) {
		finish(w, do_locally(qp, w));
		return w->status == FAB_OK;
	}
	if (w->wr.op == FAB_READ && qp->reads_out >= qp->attr.initiator_depth)
		return false;
	if (w->wr.fence && qp->reads_out)
		return false;
	if (w->wr.op == FAB_READ ? !scatter(qp, w, (struct bytes){0}) : !gather(qp, w)) {
		finish(w, FAB_LOCAL_PROTECTION);
		return false;
	}
	if (w->wr.op == FAB_READ)
		qp->reads_out++;
	depart(qp, w);
	/* Nothing but the bytes of a Read is ever answered. */
	if (qp->link->iwarp && w->wr.op != FAB_READ)
		finish(w, FAB_OK);
	return true;
}

static void pump(struct sim_qp *qp)
{
	while (qp->state == SIM_QP_READY && !qp->rnr_wait && qp->unsent) {
		if (!let_go(qp, qp->unsent))
			break;
		qp->unsent = qp->unsent->next;
	}
	retire(qp);
	if (!qp->ack_timer.place)
		arm(qp);
}

unsigned sim_qp_reads_of(const struct sim_qp *qp, uint32_t key)
{
	unsigned n = 0;

	for (const struct sim_wqe *w = qp->sends; w; w = w->next)
		n += w->sent && !w->done && w->wr.op == FAB_READ && w->wr.peer_key == key;
	return n;
}

static void progress(struct sim_qp *qp)
{
	qp->retries_left = qp->attr.retry_cnt;
	qp->rnr_left = qp->attr.rnr_retry;
	retire(qp);
	arm(qp);
	pump(qp);
}

static void lost(struct sim_qp *qp)
{
	if (!qp->retries_left) {
		finish(qp->sends, FAB_RETRY_EXCEEDED);
		retire(qp);
		return;
	}
	qp->retries_left--;
	rewind_sends(qp);
	pump(qp);
}

void sim_qp_unanswered(struct sim_qp *qp)
{
	if (!qp->asking)
		return; /* an answer has come meanwhile */
	qp->asking = false;
	if (qp->state == SIM_QP_READY && qp->sends && qp->sends->sent && !qp->rnr_wait)
		lost(qp);
}

static void ack_late(struct sim_item *it)
{
	struct sim_qp *qp = SIM_CONTAINER(it, struct sim_qp, ack_timer);

	if (qp->asking)
		return;
	qp->asking = qp->ways && qp->ways->ask && qp->ways->ask(qp);
	if (!qp->asking)
		lost(qp);
}

static void rnr_over(struct sim_item *it)
{
	struct sim_qp *qp = SIM_CONTAINER(it, struct sim_qp, rnr_timer);

	qp->rnr_wait = false;
	rewind_sends(qp);
	pump(qp);
}

/* The RNR NAK timer codes of the InfiniBand specification (table 45), in ns. */
static uint64_t rnr_delay(unsigned code)
{
	/* Units of 10 us. Code 0 is the longest: 655.36 ms, one unit more than 16 bits hold. */
	static const uint16_t table[32] = {
		0,    1,    2,	  3,	4,    6,     8,	    12,	   16,	  24,	 32,
		48,   64,   96,	  128,	192,  256,   384,   512,   768,	  1024,	 1536,
		2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152,
	};

	code &= 31;
	return (code ? table[code] : 65536ull) * 10 * NS_PER_US;
}

static void not_ready(struct sim_qp *qp, unsigned code)
{
	qp->counters->rnr_received++;
	if (!qp->rnr_left) {
		finish(qp->sends, FAB_RNR_EXCEEDED);
		retire(qp);
		return;
	}
	if (qp->attr.rnr_retry < 7) /* 7 = for ever */
		qp->rnr_left--;
	qp->rnr_wait = true;
	arm(qp);
	sim_clock_at(qp->clock, &qp->rnr_timer, qp->clock->now + rnr_delay(code));
}

static void terminate_arrives(struct sim_qp *qp, enum fab_status why)
{
	qp->terminated(qp, why == FAB_RNR_EXCEEDED    ? FAB_TERM_NO_BUFFER
			   : why == FAB_REMOTE_ACCESS ? FAB_TERM_ACCESS
						      : FAB_TERM_OTHER);
}

void sim_answer_arrives(struct sim_qp *qp, const struct sim_message *m)
{
	struct sim_wqe *w = qp->sends;

	if (qp->link->iwarp && m->answer == SIM_NAK) {
		terminate_arrives(qp, m->status);
		return;
	}

	/* Answers come in order, so that only the oldest can be meant; any other is to a
	 * repetition. */
	if (!w || !w->sent || w->psn != m->psn || qp->rnr_wait)
		return;
	qp->asking = false;
	switch (m->answer) {
	case SIM_RNR_NAK:
		not_ready(qp, m->rnr_code);
		return;
	case SIM_NAK:
		finish(w, m->status);
		retire(qp);
		return;
	case SIM_READ_DATA:
		qp->reads_out--;
		finish(w, FAB_OK);
		if (qp->peer && qp->peer->read_ended)
			qp->peer->read_ended(qp->peer, &w->wr);
		if (!scatter(qp, w, (struct bytes){m->payload->at, m->payload->len}))
			finish(w, FAB_LOCAL_PROTECTION);
		break;
	case SIM_ACK:
		finish(w, FAB_OK);
		break;
	}
	progress(qp);
}

/* ---- posting ---- */

int sim_qp_post_recv(struct sim_qp *qp, unsigned n)
{
	if (qp->state == SIM_QP_GONE)
		return EINVAL;
	if (n > qp->attr.recv_depth - qp->recv_count)
		return ENOMEM;
	qp->recv_count += n;
	if (qp->state == SIM_QP_ERROR)
		flush_recvs(qp);
	return 0;
}

int sim_qp_post_send(struct sim_qp *qp, const struct sim_send_wr *wr, size_t n)
{
	if (qp->state != SIM_QP_READY && qp->state != SIM_QP_ERROR)
		return EINVAL;
	if (n > qp->attr.send_depth - qp->send_count)
		return ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct sim_wqe *w = wqe_new(qp);

		w->wr = wr[i];
		if (is_send(wr[i].op) && !(qp->ways && qp->ways->gather))
			w->payload = sim_payload_new(wr[i].msg.at, wr[i].msg.len);
		w->wr.msg = (struct bytes){0};
		*qp->sends_end = w;
		qp->sends_end = &w->next;
		qp->send_count++;
		if (!qp->unsent)
			qp->unsent = w;
		if (qp->state == SIM_QP_ERROR)
			send_complete(qp, send_pop(qp), FAB_FLUSHED);
	}
	pump(qp);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Connections of the simulator: receive buffers, posting, registered memory, completions as events.
 */
#include "impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096 };

/* The region whose window the peer invalidated is told to our user, too. */
static void mark_invalidated(struct sim_conn *c, uint32_t key)
{
	for (struct sim_region *r = c->regions; r; r = r->next)
		if (r->base.key == key)
			r->base.valid = false;
}

static void completed(struct sim_qp *qp, const struct sim_cqe *cqe)
{
	struct sim_conn *c = SIM_CONTAINER(qp, struct sim_conn, qp);
	struct sim_buffer *buffer = NULL;
	struct fab_event ev = {
		.kind = FAB_DONE,
		.name = fab_status_wc_name(cqe->status),
		.status = cqe->status,
		.id = cqe->id,
		.op = cqe->op,
	};

	c->base.recv_posted = qp->recv_count;
	if (cqe->recv && cqe->status == FAB_OK) {
		ev.kind = FAB_RECV;
		if (cqe->payload) {
			buffer = sim_buffer_new(sim_payload_ref(cqe->payload));
			ev.msg = cqe->msg;
		}
		ev.kind_unknown = c->ep->sim->opt.mute_kind;
		ev.has_imm = cqe->has_imm;
		ev.solicited = cqe->solicited;
		ev.imm = cqe->imm;
		ev.invalidated = cqe->invalidated && !ev.kind_unknown;
		ev.invalidated_key = cqe->invalidated_key;
		if (cqe->invalidated)
			mark_invalidated(c, cqe->invalidated_key);
	} else if (cqe->recv) {
		ev.kind = FAB_RECV_FAILED;
	}
	sim_tell(c->ep, c, &ev, buffer);
}

static void flushed(struct sim_qp *qp, unsigned n)
{
	struct sim_conn *c = SIM_CONTAINER(qp, struct sim_conn, qp);
	const struct fab_event ev = {
		.kind = FAB_RECV_FAILED,
		.name = fab_status_wc_name(FAB_FLUSHED),
		.status = FAB_FLUSHED,
	};

	c->base.recv_posted = 0;
	sim_tell_times(c->ep, c, &ev, n);
}

static void failed(struct sim_qp *qp)
{
	SIM_CONTAINER(qp, struct sim_conn, qp)->base.up = false;
}

static void terminated(struct sim_qp *qp, enum fab_terminate why)
{
	struct sim_conn *c = SIM_CONTAINER(qp, struct sim_conn, qp);
	/* RFC 5040 4.8: layers 0 RDMAP, 1 DDP. */
	static const unsigned codes[][3] = {
		[FAB_TERM_NO_BUFFER] = {1, 2, 2},
		[FAB_TERM_ACCESS] = {0, 1, 0},
		[FAB_TERM_OTHER] = {0, 2, 255},
	};

	if (why && !c->freed && !c->ep->sim->opt.mute_terminate)
		fab_terminated(&c->base, why, codes[why][0], codes[why][1], codes[why][2]);
	sim_qp_error(qp);
	sim_cm_ended(c);
}

static void release(struct sim_qp *qp)
{
	free(SIM_CONTAINER(qp, struct sim_conn, qp));
}

/* No device tells its user of these; the log of a simulation may as well. */
static void log_remote(struct sim_qp *qp, struct log_event ev)
{
	struct sim_conn *c = SIM_CONTAINER(qp, struct sim_conn, qp);

	if (!c->ep->base.log || c->freed)
		return;
	ev.time = qp->clock->now;
	ev.kind = LOG_MEMORY;
	ev.conn = c->base.number;
	fab_log_own(&c->ep->base, &ev);
}

static void served(struct sim_qp *qp, const struct sim_message *m, bool ok)
{
	/* As siw, and unlike Soft-RoCE: the device tells what broke the queue pair. */
	if (!ok && qp->link->iwarp)
		SIM_CONTAINER(qp, struct sim_conn, qp)->base.accessed = true;
	log_remote(qp, (struct log_event){
			       .name = m->op == FAB_READ ? "remote-read" : "remote-write",
			       .status = fab_status_name(ok ? FAB_OK : FAB_REMOTE_ACCESS),
			       .key = m->key,
			       .addr = m->addr,
			       .len = m->len,
			       .a = qp->peer ? qp->peer->reads_out : 0,
			       .b = qp->peer ? sim_qp_reads_of(qp->peer, m->key) : 0,
		       });
}

static void read_ended(struct sim_qp *qp, const struct sim_send_wr *wr)
{
	log_remote(qp, (struct log_event){.name = "remote-read-end",
					  .status = fab_status_name(FAB_OK),
					  .key = wr->peer_key,
					  .addr = wr->peer_addr,
					  .len = wr->len});
}

struct sim_conn *sim_conn_new(struct sim_endpoint *ep, const struct fab_params *params)
{
	struct sim_conn *c = sim_need(calloc(1, sizeof(*c)));

	c->base.fabric = &ep->base;
	c->base.number = ++ep->base.conn_count;
	c->ep = ep;
	c->cm_timer.run = sim_cm_late;
	c->qp.clock = &ep->sim->clock;
	c->qp.link = &ep->sim->link;
	c->qp.keys = &ep->keys;
	c->qp.counters = &ep->counters;
	c->qp.pd = params->one_domain ? 0 : c->base.number;
	c->qp.attr = *params;
	c->qp.complete = completed;
	c->qp.flushed = flushed;
	c->qp.failed = failed;
	c->qp.terminated = terminated;
	c->qp.release = release;
	c->qp.served = served;
	c->qp.read_ended = read_ended;
	sim_qp_init(&c->qp);
	c->next = ep->conns;
	ep->conns = c;
	return c;
}

void sim_vanish(struct fab_conn *fc)
{
	struct sim_conn *c = sim_conn(fc);

	fc->up = false;
	sim_qp_destroy(&c->qp);
	c->base.recv_posted = 0;
}

int sim_break(struct fab_conn *fc, struct err *e)
{
	struct sim_conn *c = sim_conn(fc);

	if (c->qp.state == SIM_QP_GONE)
		return err_set(e, EINVAL, "the queue pair is gone");
	sim_qp_error(&c->qp);
	return 0;
}

static void region_free(struct sim_conn *c, struct sim_region *r)
{
	sim_key_drop(&c->ep->keys, r->base.key);
	sim_key_drop(&c->ep->keys, r->local_key);
	free(r);
}

void sim_conn_free(struct fab_conn *fc)
{
	struct sim_conn *c = sim_conn(fc), **at = &c->ep->conns;

	sim_cm_abandon(c);
	sim_vanish(fc);
	while (c->regions) {
		struct sim_region *r = c->regions;
		c->regions = r->next;
		region_free(c, r);
	}
	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->freed = true;
	sim_forget_conn(c);
	sim_qp_part(&c->qp);
	sim_qp_unref(&c->qp);
}

int sim_post_recv(struct fab_conn *fc, unsigned n, struct err *e)
{
	struct sim_conn *c = sim_conn(fc);

	sim_order_interrupt(c->ep->sim);
	if (c->qp.state == SIM_QP_GONE)
		return err_set(e, EINVAL, "receives posted to a queue pair that is gone");
	if (n > c->qp.attr.recv_depth - c->qp.recv_count)
		return err_set(e, ENOMEM, "%u receives posted, %u more exceed the queue's %u",
			       c->qp.recv_count, n, c->qp.attr.recv_depth);
	/* State and depth were looked at above: it cannot fail. */
	(void)sim_qp_post_recv(&c->qp, n);
	fc->recv_posted = c->qp.recv_count;
	return 0;
}

static int translate(struct sim_conn *c, const struct fab_wr *from, struct sim_send_wr *to,
		     struct err *e)
{
	*to = (struct sim_send_wr){
		.op = from->op,
		.id = from->id,
		.solicited = from->solicited,
		.imm = from->imm,
		.peer_key = from->peer_key,
		.peer_addr = from->peer_addr,
	};
	switch (from->op) {
	case FAB_SEND:
	case FAB_SEND_INV:
	case FAB_SEND_IMM:
		to->msg = from->msg;
		return 0;
	case FAB_WRITE:
	case FAB_WRITE_IMM:
	case FAB_READ:
		to->len = from->len;
		if (!from->len)
			return 0;
		if (!from->local || from->local->conn != &c->base)
			return err_set(
				e, EINVAL,
				"an RDMA operation needs a local region of its own connection");
		to->local_key = SIM_CONTAINER(from->local, struct sim_region, base)->local_key;
		to->local_addr = SIM_CONTAINER(from->local, struct sim_region, base)->local_addr +
				 from->local_offset;
		return 0;
	case FAB_BIND:
	case FAB_INVALIDATE:
		break;
	}
	return err_set(e, EINVAL, "%s is posted by fab_register and fab_invalidate",
		       fab_op_name(from->op));
}

static int posted(struct sim_conn *c, int errnum, size_t n, struct err *e)
{
	if (errnum == EINVAL)
		return err_set(e, errnum, "the queue pair cannot send: %s",
			       c->qp.state == SIM_QP_GONE ? "it is gone" : "it is not connected");
	if (errnum)
		return err_set(e, errnum, "%zu work requests on top of %u exceed the queue's %u", n,
			       c->qp.send_count, c->qp.attr.send_depth);
	return 0;
}

int sim_post(struct fab_conn *fc, const struct fab_wr *wr, size_t n, struct err *e)
{
	struct sim_conn *c = sim_conn(fc);
	struct sim_send_wr one, *list = &one;
	int rc = 0;

	if (!n)
		return 0;
	sim_order_interrupt(c->ep->sim);
	if (n > 1)
		list = sim_need(calloc(n, sizeof(*list)));
	for (size_t i = 0; i < n && !rc; i++)
		rc = translate(c, &wr[i], &list[i], e);
	if (!rc)
		rc = posted(c, sim_qp_post_send(&c->qp, list, n), n, e);
	if (list != &one)
		free(list);
	return rc;
}

/* ---- registered memory ---- */

/* A place of its own for each region, with a gap behind it that no key covers. */
static uint64_t address_for(struct sim_endpoint *ep, size_t len)
{
	uint64_t at = ep->next_addr;

	ep->next_addr += ((uint64_t)len + 2 * (uint64_t)PAGE - 1) / PAGE * PAGE;
	return at;
}

static struct sim_key *key_for(struct sim_conn *c, const struct sim_region *r, unsigned access)
{
	struct sim_key *k = sim_key_new(&c->ep->keys);

	if (!k)
		return NULL;
	k->access = access;
	k->pd = c->qp.pd;
	k->addr = r->base.addr;
	k->at = r->base.at;
	k->len = r->base.len;
	return k;
}

struct fab_region *sim_register(struct fab_conn *fc, void *at, size_t len, unsigned access,
				bool window, struct err *e)
{
	struct sim_conn *c = sim_conn(fc);
	struct sim_region *r;
	struct sim_key *local, *bound;
	struct sim_send_wr bind = {.op = FAB_BIND};

	if (!len || !at) {
		err_set(e, EINVAL, "a region needs memory");
		return NULL;
	}
	r = sim_need(calloc(1, sizeof(*r)));
	r->base = (struct fab_region){
		.at = at,
		.len = len,
		.access = access,
		.addr = address_for(c->ep, len),
		.window = window,
		.valid = true,
		.conn = fc,
	};
	local = key_for(c, r, window ? FAB_LOCAL_ONLY : access);
	if (!local) {
		err_set(e, ENOMEM, "no key is left");
		goto no_key;
	}
	local->valid = true;
	r->local_key = r->base.key = local->key;
	r->local_addr = r->base.addr;
	if (window) {
		bound = key_for(c, r, access);
		if (!bound) {
			err_set(e, ENOMEM, "no key is left");
			goto no_window;
		}
		bound->window = true;
		r->base.key = bind.peer_key = bound->key;
		if (posted(c, sim_qp_post_send(&c->qp, &bind, 1), 1, e))
			goto no_bind;
	}
	r->next = c->regions;
	c->regions = r;
	return &r->base;

no_bind:
	sim_key_drop(&c->ep->keys, r->base.key);
no_window:
	sim_key_drop(&c->ep->keys, r->local_key);
no_key:
	free(r);
	return NULL;
}

int sim_invalidate(struct fab_region *fr, struct err *e)
{
	struct sim_region *r = SIM_CONTAINER(fr, struct sim_region, base);
	struct sim_conn *c = sim_conn(fr->conn);
	struct sim_send_wr inv = {.op = FAB_INVALIDATE, .peer_key = fr->key};

	if (!fr->valid)
		return err_set(e, EINVAL, "key 0x%08x is invalid already", fr->key);
	if (!fr->window)
		sim_key_drop(&c->ep->keys, r->local_key);
	else if (posted(c, sim_qp_post_send(&c->qp, &inv, 1), 1, e))
		return -1;
	fr->valid = false;
	return 0;
}

void sim_unregister(struct fab_region *fr)
{
	struct sim_region *r = SIM_CONTAINER(fr, struct sim_region, base);
	struct sim_conn *c = sim_conn(fr->conn);
	struct sim_region **at = &c->regions;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	region_free(c, r);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* How events reach an endpoint's user: by a queue that fab_wait() empties, or by its handler.
 * Timers, too. */
#include "impl.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>

struct sim_buffer *sim_buffer_new(struct sim_payload *bytes)
{
	struct sim_buffer *b = sim_need(malloc(sizeof(*b)));

	*b = (struct sim_buffer){.bytes = bytes};
	return b;
}

static void buffer_free(struct sim_buffer *b)
{
	if (b)
		sim_payload_unref(b->bytes);
	free(b);
}

void sim_buffers_free(struct sim_buffer **list)
{
	while (*list) {
		struct sim_buffer *next = (*list)->next;

		buffer_free(*list);
		*list = next;
	}
}

/* The end of a connection makes hundreds at once: those that are over are for the next ones, and
 * out of bounds for AddressSanitizer meanwhile. */
static struct {
	struct sim_pending *first;
	unsigned count;
} spare;

static struct sim_pending *pending_new(void)
{
	struct sim_pending *p = spare.first;

	if (!p)
		return sim_need(malloc(sizeof(*p)));
	ASAN_UNPOISON_MEMORY_REGION(&p->item, sizeof(*p) - offsetof(struct sim_pending, item));
	spare.first = p->next;
	spare.count--;
	return p;
}

static void pending_free(struct sim_pending *p)
{
	enum { SPARE_MAX = 2048 };

	if (p->conn)
		sim_qp_unref(&p->conn->qp);
	buffer_free(p->buffer);
	if (spare.count == SPARE_MAX) {
		free(p);
		return;
	}
	p->next = spare.first;
	spare.first = p;
	spare.count++;
	/* LeakSanitizer wants to see `next`. */
	ASAN_POISON_MEMORY_REGION(&p->item, sizeof(*p) - offsetof(struct sim_pending, item));
}

/* Takes the event out; its buffer stays alive as fabric.h promises. */
static void unpack(struct sim_pending *p, struct fab_event *ev)
{
	struct sim_endpoint *ep = p->ep;

	*ev = p->ev;
	if (p->buffer) {
		struct sim_buffer **list = ep->base.log ? &ep->shown : &ep->kept;

		p->buffer->next = *list;
		*list = p->buffer;
		p->buffer = NULL;
	}
	pending_free(p);
}

static void call_handler(struct sim_endpoint *ep, struct fab_event *ev)
{
	fab_log_event(&ep->base, ev);
	fab_end_event(ev);
	sim_buffers_free(&ep->shown);
	ep->sim->in_handler = true;
	ep->handler(ep->ctx, ev);
	ep->sim->in_handler = false;
}

static void hand_over(struct sim_item *it)
{
	struct sim_pending *p = SIM_CONTAINER(it, struct sim_pending, item);
	struct sim_endpoint *ep = p->ep;
	struct fab_event ev;

	ep->waiting = p->next;
	if (ep->waiting)
		sim_clock_enter(&ep->sim->clock, &ep->waiting->item);
	if (ep->closed || (p->conn && p->conn->freed)) {
		pending_free(p);
		return;
	}
	p->ev.time = ep->sim->clock.now;
	unpack(p, &ev);
	call_handler(ep, &ev);
}

static void hand_over_never(struct sim_item *it)
{
	struct sim_pending *p = SIM_CONTAINER(it, struct sim_pending, item);

	while (p) {
		struct sim_pending *next = p->next;

		pending_free(p);
		p = next;
	}
}

/* A handler sees one event after the other, so the clock knows of the first alone. */
static void wait_for_handler(struct sim_endpoint *ep, struct sim_pending *p, uint64_t seen)
{
	struct sim_clock *k = &ep->sim->clock;

	p->item.run = hand_over;
	p->item.drop = hand_over_never;
	p->item.lane = ep;
	p->next = NULL;
	sim_clock_number(k, &p->item, seen);
	if (ep->waiting)
		ep->waiting_last->next = p;
	else
		ep->waiting = p;
	ep->waiting_last = p;
	if (ep->waiting == p)
		sim_clock_enter(k, &p->item);
}

static void enqueue(struct sim_endpoint *ep, struct sim_pending *p)
{
	p->next = NULL;
	*ep->queue_end = p;
	ep->queue_end = &p->next;
}

/* A program polls one thing after the other: what happened first is seen first. */
static uint64_t seen_next(struct sim_endpoint *ep)
{
	struct sim *s = ep->sim;
	const uint64_t seen = s->clock.now + sim_clock_random(&s->clock, s->opt.poll_delay_ns + 1);

	if (seen > ep->last_seen)
		ep->last_seen = seen;
	return ep->last_seen;
}

void sim_pass_flushed(struct fabric *f)
{
	sim_ep(f)->passes_flushed = true;
}

static void tell(struct sim_endpoint *ep, struct sim_conn *c, const struct fab_event *ev,
		 struct sim_buffer *buffer, unsigned n)
{
	struct sim *s = ep->sim;
	struct sim_pending *p;

	if (ep->closed || (c && c->freed)) {
		buffer_free(buffer);
		return;
	}
	p = pending_new();
	p->item = (struct sim_item){0};
	p->ep = ep;
	p->conn = NULL;
	p->ev = *ev;
	p->ev.time = s->clock.now;
	p->buffer = buffer;
	p->times = n;
	if (c) {
		sim_qp_ref(&c->qp);
		p->conn = c;
		p->ev.conn = &c->base;
	}
	if (!ep->handler) {
		enqueue(ep, p);
		return;
	}
	wait_for_handler(ep, p, seen_next(ep));
}

void sim_tell(struct sim_endpoint *ep, struct sim_conn *c, const struct fab_event *ev,
	      struct sim_buffer *buffer)
{
	tell(ep, c, ev, buffer, 1);
}

void sim_tell_times(struct sim_endpoint *ep, struct sim_conn *c, const struct fab_event *ev,
		    unsigned n)
{
	/* Who chooses orders is asked about each, whatever the handler makes of it. */
	const bool passed = ep->passes_flushed && !ep->sim->chooser.pick;

	if (!ep->handler) {
		tell(ep, c, ev, NULL, n);
		return;
	}
	for (; n && !ep->closed && !c->freed; n--)
		if (passed)
			seen_next(ep);
		else
			tell(ep, c, ev, NULL, 1);
}

bool sim_next_event(struct sim_endpoint *ep, struct fab_event *ev)
{
	struct sim_pending *p = ep->queue;

	sim_buffers_free(&ep->shown);
	if (!p)
		return false;
	if (--p->times) {
		*ev = p->ev;
		return true;
	}
	ep->queue = p->next;
	if (!ep->queue)
		ep->queue_end = &ep->queue;
	unpack(p, ev);
	return true;
}

/* Drops queued events: all, those of one connection, or one timer's. */
static void drop_queued(struct sim_endpoint *ep,
			bool (*match)(const struct fab_event *, const void *), const void *arg)
{
	struct sim_pending **at = &ep->queue;

	while (*at) {
		struct sim_pending *p = *at;

		if (match(&p->ev, arg)) {
			*at = p->next;
			pending_free(p);
		} else {
			at = &p->next;
		}
	}
	ep->queue_end = at;
}

static bool any(const struct fab_event *ev, const void *arg)
{
	(void)ev;
	(void)arg;
	return true;
}

static bool of_conn(const struct fab_event *ev, const void *arg)
{
	return ev->conn == arg;
}

static bool of_timer(const struct fab_event *ev, const void *arg)
{
	const struct sim_timer *t = arg;

	return ev->kind == FAB_TIMER && ev->id == t->id && ev->conn == t->conn;
}

/* ---- timers ---- */

static void timer_fires(struct sim_item *it)
{
	struct sim_timer *t = SIM_CONTAINER(it, struct sim_timer, item);
	struct sim_endpoint *ep = t->ep;
	struct sim_timer **at = &ep->timers;
	struct fab_event ev = {
		.kind = FAB_TIMER,
		.time = ep->sim->clock.now,
		.conn = t->conn,
		.id = t->id,
		.name = "timer",
	};

	while (*at != t)
		at = &(*at)->next;
	*at = t->next;
	free(t);
	/* A timer is not a completion: nobody has to poll for it. */
	if (ep->handler)
		call_handler(ep, &ev);
	else
		sim_tell(ep, ev.conn ? sim_conn(ev.conn) : NULL, &ev, NULL);
}

void sim_timer_set(struct fabric *f, uint64_t at, uint64_t id, struct fab_conn *c)
{
	struct sim_endpoint *ep = sim_ep(f);
	struct sim_timer *t = sim_need(calloc(1, sizeof(*t)));

	t->ep = ep;
	t->conn = c;
	t->id = id;
	t->item.run = timer_fires;
	t->item.lane = ep->handler ? t : NULL;
	t->next = ep->timers;
	ep->timers = t;
	sim_clock_at(&ep->sim->clock, &t->item, at);
}

/* Those of like's connection, and of its id unless all_of_conn; every one when like is NULL. */
static void timers_drop(struct sim_endpoint *ep, bool all_of_conn, const struct sim_timer *like)
{
	struct sim_timer **at = &ep->timers;

	while (*at) {
		struct sim_timer *t = *at;

		if (!like || (t->conn == like->conn && (all_of_conn || t->id == like->id))) {
			*at = t->next;
			sim_clock_cancel(&ep->sim->clock, &t->item);
			free(t);
		} else {
			at = &t->next;
		}
	}
}

void sim_timer_cancel(struct fabric *f, uint64_t id, struct fab_conn *c)
{
	const struct sim_timer like = {.conn = c, .id = id};

	timers_drop(sim_ep(f), false, &like);
	drop_queued(sim_ep(f), of_timer, &like);
}

void sim_forget_conn(struct sim_conn *c)
{
	const struct sim_timer like = {.conn = &c->base};

	timers_drop(c->ep, true, &like);
	drop_queued(c->ep, of_conn, &c->base);
}

void sim_forget_all(struct sim_endpoint *ep)
{
	timers_drop(ep, true, NULL);
	drop_queued(ep, any, NULL);
	sim_buffers_free(&ep->kept);
	sim_buffers_free(&ep->shown);
}

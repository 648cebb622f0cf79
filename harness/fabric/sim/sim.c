/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator behind fabric.h: endpoints, and fab_wait() as what makes virtual time pass. */
#include "impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the addresses of registered memory begin: never a real pointer, so that two runs show the
 * same bytes. */
#define FIRST_ADDRESS 0x100000000000ull

static uint64_t now(struct fabric *f)
{
	return sim_ep(f)->sim->clock.now;
}

static bool has_windows(struct fabric *f)
{
	(void)f;
	return true;
}

static uint16_t listen_port(const struct fabric *f)
{
	return SIM_CONTAINER(f, const struct sim_endpoint, base)->port;
}

static void watch_fd(struct fabric *f, int fd)
{
	(void)f;
	(void)fd;
}

static int64_t counter(struct fabric *f, enum fab_counter which)
{
	const struct sim_qp_counters *n = &sim_ep(f)->counters;

	return which == FAB_RNR_NAK_SENT ? n->rnr_sent : n->rnr_received;
}

static const char *description(struct fabric *f)
{
	return sim_ep(f)->description;
}

static const char *kind(struct fabric *f)
{
	(void)f;
	return "simulator";
}

static void wait_event(struct fabric *f, uint64_t deadline, struct fab_event *ev)
{
	struct sim_endpoint *ep = sim_ep(f);
	struct sim_clock *k = &ep->sim->clock;

	for (;;) {
		if (sim_next_event(ep, ev))
			return;
		if (ep->sim->in_handler)
			break;
		if (!sim_order_step(ep->sim, deadline < k->now ? k->now : deadline)) {
			/* With nothing scheduled, for ever would be just that. */
			if (deadline != FAB_FOREVER && deadline > k->now)
				k->now = deadline;
			break;
		}
	}
	*ev = (struct fab_event){.kind = FAB_TIMEOUT, .time = k->now, .name = "timeout"};
}

static void close_endpoint(struct fabric *f)
{
	struct sim_endpoint *ep = sim_ep(f);

	if (ep->closed)
		return;
	while (ep->conns)
		sim_conn_free(&ep->conns->base);
	ep->closed = true;
	ep->listening = false;
	sim_forget_all(ep);
	sim_keys_free(&ep->keys);
}

static const struct fabric_ops sim_ops = {
	.close = close_endpoint,
	.now = now,
	.has_windows = has_windows,
	.listen = sim_listen,
	.listen_port = listen_port,
	.connect = sim_connect,
	.accept = sim_accept,
	.reject = sim_reject,
	.post_recv = sim_post_recv,
	.post = sim_post,
	.register_memory = sim_register,
	.invalidate = sim_invalidate,
	.unregister = sim_unregister,
	.disconnect = sim_disconnect,
	.vanish = sim_vanish,
	.break_ = sim_break,
	.conn_free = sim_conn_free,
	.timer = sim_timer_set,
	.timer_cancel = sim_timer_cancel,
	.watch_fd = watch_fd,
	.wait = wait_event,
	.counter = counter,
	.description = description,
	.kind = kind,
};

void sim_options_default(struct sim_options *o)
{
	*o = (struct sim_options){
		.seed = 1,
		.latency_ns = 2 * NS_PER_US,
		.chain_gap_ns = 200,
	};
}

struct sim *sim_new(const struct sim_options *o)
{
	struct sim *s = sim_need(calloc(1, sizeof(*s)));

	s->opt = *o;
	s->link = (struct sim_link){
		.latency = o->latency_ns,
		.jitter = o->jitter_ns,
		.gap = o->chain_gap_ns,
		.iwarp = o->iwarp,
	};
	sim_clock_init(&s->clock, o->seed);
	return s;
}

void sim_free(struct sim *s)
{
	if (!s)
		return;
	for (struct sim_endpoint *ep = s->endpoints; ep; ep = ep->next)
		close_endpoint(&ep->base);
	sim_clock_free(&s->clock);
	while (s->endpoints) {
		struct sim_endpoint *next = s->endpoints->next;

		free(s->endpoints->host);
		free(s->endpoints);
		s->endpoints = next;
	}
	free(s);
}

struct fabric *sim_endpoint(struct sim *s, const char *host, sim_handler handler, void *ctx,
			    struct log *log)
{
	struct sim_endpoint *ep = sim_need(calloc(1, sizeof(*ep)));

	ep->base.ops = &sim_ops;
	ep->base.log = log;
	ep->base.simulated = true;
	ep->base.literals = true;
	ep->base.iwarp = s->opt.iwarp;
	ep->sim = s;
	ep->host = sim_need(strdup(host));
	ep->handler = handler;
	ep->ctx = ctx;
	ep->queue_end = &ep->queue;
	ep->next_addr = FIRST_ADDRESS;
	sim_keys_init(&ep->keys, &s->clock);
	snprintf(ep->description, sizeof(ep->description), "simulator, seed %" PRIu64, s->opt.seed);
	ep->next = s->endpoints;
	s->endpoints = ep;
	return &ep->base;
}

uint64_t sim_steps(const struct sim *s)
{
	return s->clock.seq;
}

uint64_t sim_random(struct sim *s, uint64_t n)
{
	return sim_clock_random(&s->clock, n);
}

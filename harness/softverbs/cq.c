/* SPDX-License-Identifier: BSD-2-Clause */
/* Completion queues, which grow as needed, and completion channels. */
#include "softverbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum armed { NOT_ARMED, FOR_SOLICITED, FOR_ANY };

struct sv_cq {
	struct ibv_cq base;
	struct ibv_wc *ring;
	size_t first, count, room;
	enum armed armed;
	uint32_t users; /* send and receive queues */
	uint32_t told;	/* events that ibv_get_cq_event() gave out */
};

struct event {
	struct event *next;
	struct sv_cq *cq;
};

struct sv_comp {
	struct ibv_comp_channel base;
	struct event *first, **end;
};

static struct sv_cq *sv_cq(struct ibv_cq *cq)
{
	return SV_CONTAINER(cq, struct sv_cq, base);
}

static struct sv_comp *sv_comp(struct ibv_comp_channel *c)
{
	return SV_CONTAINER(c, struct sv_comp, base);
}

/* ---- channels ---- */

SV_EXPORT struct ibv_comp_channel *ibv_create_comp_channel(struct ibv_context *context)
{
	struct sv_comp *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->end = &c->first;
	c->base = (struct ibv_comp_channel){.context = context, .fd = sv_bell_new()};
	if (c->base.fd >= 0)
		return &c->base;
	free(c);
	return NULL;
}

SV_EXPORT int ibv_destroy_comp_channel(struct ibv_comp_channel *channel)
{
	struct sv_comp *c = sv_comp(channel);

	if (channel->refcnt)
		return EBUSY;
	close(channel->fd);
	free(c);
	return 0;
}

static void tell(struct sv_cq *cq)
{
	struct sv_comp *c = cq->base.channel ? sv_comp(cq->base.channel) : NULL;
	struct event *e;

	cq->armed = NOT_ARMED;
	if (!c)
		return;
	e = sim_need(malloc(sizeof(*e)));
	*e = (struct event){.cq = cq};
	*c->end = e;
	c->end = &e->next;
	sv_bell_ring(c->base.fd);
}

static struct event *event_pop(struct sv_comp *c, struct event **at)
{
	struct event *e = *at;

	*at = e->next;
	if (c->end == &e->next)
		c->end = at;
	return e;
}

SV_EXPORT int ibv_get_cq_event(struct ibv_comp_channel *channel, struct ibv_cq **cq, void **context)
{
	struct sv_comp *c = sv_comp(channel);
	struct event *e = NULL;

	while (!e) {
		if (sv_bell_wait(channel->fd) < 0 || !sv_enter())
			return -1;
		if (c->first) {
			e = event_pop(c, &c->first);
			e->cq->told++;
			*cq = &e->cq->base;
			*context = e->cq->base.cq_context;
		}
		sv_leave();
	}
	free(e);
	return 0;
}

SV_EXPORT void ibv_ack_cq_events(struct ibv_cq *cq, unsigned int n)
{
	pthread_mutex_lock(&cq->mutex);
	cq->comp_events_completed += n;
	pthread_cond_signal(&cq->cond);
	pthread_mutex_unlock(&cq->mutex);
}

/* ---- queues ---- */

SV_EXPORT struct ibv_cq *ibv_create_cq(struct ibv_context *context, int cqe, void *cq_context,
				       struct ibv_comp_channel *channel, int comp_vector)
{
	struct sv_cq *cq;

	if (cqe < 1 || cqe > SV_MAX_WR * 2 || comp_vector) {
		errno = EINVAL;
		return NULL;
	}
	cq = calloc(1, sizeof(*cq));
	if (!cq || !sv_enter()) {
		free(cq);
		return NULL;
	}
	cq->base = (struct ibv_cq){
		.context = context,
		.channel = channel,
		.cq_context = cq_context,
		.cqe = cqe,
	};
	pthread_mutex_init(&cq->base.mutex, NULL);
	pthread_cond_init(&cq->base.cond, NULL);
	if (channel)
		channel->refcnt++;
	sv_here()->held.cq++;
	sv_leave();
	return &cq->base;
}

SV_EXPORT int ibv_resize_cq(struct ibv_cq *cq, int cqe)
{
	if (cqe < 1 || cqe > SV_MAX_WR * 2)
		return EINVAL;
	cq->cqe = cqe;
	return 0;
}

static void forget_events(struct sv_cq *cq)
{
	struct sv_comp *c = sv_comp(cq->base.channel);

	for (struct event **at = &c->first; *at;) {
		if ((*at)->cq != cq) {
			at = &(*at)->next;
			continue;
		}
		free(event_pop(c, at));
		sv_bell_take(c->base.fd);
	}
	c->base.refcnt--;
}

SV_EXPORT int ibv_destroy_cq(struct ibv_cq *base)
{
	struct sv_cq *cq = sv_cq(base);
	uint32_t told;

	if (!sv_enter())
		return errno;
	if (cq->users) {
		sv_leave();
		return EBUSY;
	}
	if (base->channel)
		forget_events(cq);
	told = cq->told;
	sv_here()->held.cq--;
	sv_leave();
	/* Who was given an event may still look at the queue until it says that it does not. */
	pthread_mutex_lock(&base->mutex);
	while (base->comp_events_completed != told)
		pthread_cond_wait(&base->cond, &base->mutex);
	pthread_mutex_unlock(&base->mutex);
	pthread_cond_destroy(&base->cond);
	pthread_mutex_destroy(&base->mutex);
	free(cq->ring);
	free(cq);
	return 0;
}

void sv_cq_used(struct ibv_cq *cq, bool used)
{
	if (used)
		sv_cq(cq)->users++;
	else
		sv_cq(cq)->users--;
}

static void grow(struct sv_cq *cq)
{
	const size_t room = cq->room ? cq->room * 2 : 64;
	struct ibv_wc *ring = sim_need(calloc(room, sizeof(*ring)));

	for (size_t i = 0; i < cq->count; i++)
		ring[i] = cq->ring[(cq->first + i) % cq->room];
	free(cq->ring);
	cq->ring = ring;
	cq->room = room;
	cq->first = 0;
}

void sv_cq_add(struct ibv_cq *base, const struct ibv_wc *wc, bool solicited)
{
	struct sv_cq *cq = sv_cq(base);

	if (cq->count == cq->room)
		grow(cq);
	cq->ring[(cq->first + cq->count++) % cq->room] = *wc;
	if (cq->armed == FOR_ANY ||
	    (cq->armed == FOR_SOLICITED && (solicited || wc->status != IBV_WC_SUCCESS)))
		tell(cq);
}

static int take(struct sv_cq *cq, int n, struct ibv_wc *wc)
{
	int taken = 0;

	for (; taken < n && cq->count; cq->count--) {
		wc[taken++] = cq->ring[cq->first];
		cq->first = (cq->first + 1) % cq->room;
	}
	return taken;
}

int sv_poll_cq(struct ibv_cq *base, int n, struct ibv_wc *wc)
{
	struct sv_cq *cq = sv_cq(base);
	int taken;

	if (!sv_enter())
		return -errno;
	taken = take(cq, n, wc);
	if (!taken) {
		/* Who polls need not wait for the thread to have its turn. */
		sv_progress();
		taken = take(cq, n, wc);
	}
	sv_leave();
	return taken;
}

int sv_req_notify_cq(struct ibv_cq *base, int solicited_only)
{
	struct sv_cq *cq = sv_cq(base);

	if (!sv_enter())
		return errno;
	if (!solicited_only)
		cq->armed = FOR_ANY;
	else if (cq->armed == NOT_ARMED)
		cq->armed = FOR_SOLICITED;
	sv_leave();
	return 0;
}

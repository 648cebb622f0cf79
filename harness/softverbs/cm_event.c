/* SPDX-License-Identifier: BSD-2-Clause */
/* Events of the connection manager, and the channels that they are taken from. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cm.h"

SV_EXPORT struct rdma_event_channel *rdma_create_event_channel(void)
{
	struct sv_channel *c;

	if (!sv_cm_context())
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->end = &c->first;
	c->base.fd = sv_bell_new();
	if (c->base.fd >= 0)
		return &c->base;
	free(c);
	return NULL;
}

SV_EXPORT void rdma_destroy_event_channel(struct rdma_event_channel *base)
{
	struct sv_channel *c = sv_channel(base);

	if (!sv_enter())
		return;
	ids_leave_channel(base);
	sv_leave();
	while (c->first) {
		struct sv_event *e = c->first;

		c->first = e->next;
		free(e);
	}
	close(base->fd);
	free(c);
}

struct sv_event *event_new(struct sv_id *id, enum rdma_cm_event_type type, int status)
{
	struct sv_event *e = sim_need(calloc(1, sizeof(*e)));

	e->owner = id;
	e->base.id = &id->base;
	e->base.event = type;
	e->base.status = status;
	return e;
}

static void append(struct sv_channel *c, struct sv_event *e)
{
	e->next = NULL;
	*c->end = e;
	c->end = &e->next;
	sv_bell_ring(c->base.fd);
}

void event_push(struct sv_event *e)
{
	if (e->owner->base.channel)
		append(sv_channel(e->owner->base.channel), e);
	else
		free(e); /* there is nobody to take it */
}

void event_tell(struct sv_id *id, enum rdma_cm_event_type type, int status)
{
	event_push(event_new(id, type, status));
}

static struct sv_event *take(struct sv_channel *c, struct sv_event **at)
{
	struct sv_event *e = *at;

	*at = e->next;
	if (c->end == &e->next)
		c->end = at;
	return e;
}

/* The first from *at on that is the id's, and no longer in the channel; NULL: there is none. */
static struct sv_event *take_of(struct sv_channel *c, struct sv_event ***at, const struct sv_id *id)
{
	while (**at && (**at)->owner != id)
		*at = &(**at)->next;
	if (!**at)
		return NULL;
	sv_bell_take(c->base.fd);
	return take(c, *at);
}

void events_forget(struct sv_id *id)
{
	struct sv_channel *c = id->base.channel ? sv_channel(id->base.channel) : NULL;
	struct sv_event **at = c ? &c->first : NULL, *e;

	while (at && (e = take_of(c, &at, id))) {
		if (e->base.event == RDMA_CM_EVENT_CONNECT_REQUEST) {
			struct sv_id *new = sv_id(e->base.id);

			id_leave(new);
			events_forget(new);
			id_free(new);
			at = &c->first;
		}
		free(e);
	}
}

void events_move(struct sv_id *id, struct sv_channel *to)
{
	struct sv_channel *from = sv_channel(id->base.channel);
	struct sv_event **at = &from->first, *e;

	while ((e = take_of(from, &at, id))) {
		struct sv_id *new = sv_id(e->base.id);

		append(to, e);
		/* Who was not told of yet goes with its listener. */
		if (new == id)
			continue;
		events_move(new, to);
		new->base.channel = &to->base;
		at = &from->first;
	}
}

/* What librdmacm does with an event before its caller sees it. */
static void work_on(struct sv_event *e)
{
	struct sv_id *id = sv_id(e->base.id);
	int rc;

	switch (e->base.event) {
	case RDMA_CM_EVENT_CONNECT_RESPONSE:
		if (!id->base.qp)
			break; /* the caller's own queue pair, and its own rdma_establish() */
		rc = id_qp_move(id, IBV_QPS_RTR);
		if (!rc)
			rc = id_qp_move(id, IBV_QPS_RTS);
		if (!rc)
			rc = id_establish(id);
		e->base.event = rc ? RDMA_CM_EVENT_CONNECT_ERROR : RDMA_CM_EVENT_ESTABLISHED;
		e->base.status = -rc;
		break;
	case RDMA_CM_EVENT_REJECTED:
		id_qp_move(id, IBV_QPS_ERR);
		break;
	default:
		break;
	}
}

SV_EXPORT int rdma_get_cm_event(struct rdma_event_channel *channel, struct rdma_cm_event **event)
{
	struct sv_channel *c = sv_channel(channel);
	struct sv_event *e = NULL;

	while (!e) {
		if (sv_bell_wait(channel->fd) < 0 || !sv_enter())
			return -1;
		if (c->first) {
			e = take(c, &c->first);
			e->owner->told++;
			work_on(e);
		}
		sv_leave();
	}
	*event = &e->base;
	if (e->base.event != RDMA_CM_EVENT_CONNECT_REQUEST || !e->owner->sync)
		return 0;
	/* Who waits for a request waits for all that its id does, too. */
	return rdma_migrate_id(e->base.id, NULL);
}

SV_EXPORT int rdma_ack_cm_event(struct rdma_cm_event *event)
{
	struct sv_event *e;

	if (!event)
		return cm_fail(EINVAL);
	e = SV_CONTAINER(event, struct sv_event, base);
	if (!sv_enter())
		return -1;
	e->owner->acknowledged++;
	pthread_cond_signal(&e->owner->quiet);
	sv_leave();
	free(e);
	return 0;
}

int event_await(struct rdma_cm_id *id)
{
	if (!sv_id(id)->sync)
		return 0;
	if (id->event)
		rdma_ack_cm_event(id->event);
	id->event = NULL;
	if (rdma_get_cm_event(id->channel, &id->event) < 0)
		return -1;
	if (!id->event->status)
		return 0;
	if (id->event->event == RDMA_CM_EVENT_REJECTED)
		return cm_fail(ECONNREFUSED);
	return cm_fail(id->event->status < 0 ? -id->event->status : EIO);
}

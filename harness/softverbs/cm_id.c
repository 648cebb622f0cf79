/* SPDX-License-Identifier: BSD-2-Clause */
/* Ids of the connection manager: how they come, go and are asked. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cm.h"

enum { ACK_TIMEOUT = 19 }; /* 2.1 s, as Linux takes for RoCE */

struct sv_id *id_find(uint32_t handle)
{
	struct sv_id *id = sv_here()->ids[handle % SV_BUCKETS];

	while (id && id->handle != handle)
		id = id->next;
	return id;
}

struct sv_id *id_new(struct rdma_event_channel *channel, void *context)
{
	struct sv_node *n = sv_here();
	struct sv_id *id = calloc(1, sizeof(*id)), **bucket;

	if (!id)
		return NULL;
	do
		id->handle = ++n->next_id;
	while (!id->handle || id_find(id->handle));
	id->base.channel = channel;
	id->base.context = context;
	id->base.ps = RDMA_PS_TCP;
	id->base.qp_type = IBV_QPT_RC;
	id->port.fd = -1;
	id->ack_timeout = ACK_TIMEOUT;
	pthread_cond_init(&id->quiet, NULL);
	bucket = &n->ids[id->handle % SV_BUCKETS];
	id->next = *bucket;
	*bucket = id;
	n->held.cm_id++;
	return id;
}

void ids_leave_channel(const struct rdma_event_channel *c)
{
	for (unsigned i = 0; i < SV_BUCKETS; i++)
		for (struct sv_id *id = sv_here()->ids[i]; id; id = id->next)
			if (id->base.channel == c)
				id->base.channel = NULL;
}

void id_free(struct sv_id *id)
{
	struct sv_node *n = sv_here();
	struct sv_id **at = &n->ids[id->handle % SV_BUCKETS];

	while (*at != id)
		at = &(*at)->next;
	*at = id->next;
	n->held.cm_id--;
	sim_clock_cancel(&n->clock, &id->timer);
	pthread_cond_destroy(&id->quiet);
	free(id->passive_attr);
	free(id);
}

SV_EXPORT int rdma_create_id(struct rdma_event_channel *channel, struct rdma_cm_id **out,
			     void *context, enum rdma_port_space ps)
{
	struct rdma_event_channel *own = NULL;
	struct sv_id *id;

	if (ps != RDMA_PS_TCP)
		return cm_fail(EOPNOTSUPP);
	if (!sv_cm_context())
		return -1;
	if (!channel) {
		own = rdma_create_event_channel();
		if (!own)
			return -1;
	}
	if (!sv_enter())
		goto fail;
	id = id_new(channel ? channel : own, context);
	sv_leave();
	if (!id)
		goto fail;
	id->sync = own != NULL;
	*out = &id->base;
	return 0;
fail:
	if (own)
		rdma_destroy_event_channel(own);
	return -1;
}

static void port_release(struct sv_id *id)
{
	if (id->state == ID_LISTENS)
		sv_unwatch(&id->port);
	else if (id->port.fd >= 0)
		close(id->port.fd);
}

/* The node may still look at the source that is part of the id. */
static void settle(void)
{
	sv_progress();
}

SV_EXPORT int rdma_destroy_id(struct rdma_cm_id *base)
{
	struct sv_id *id = sv_id(base);
	struct rdma_event_channel *own = id->sync ? base->channel : NULL;

	if (base->event)
		rdma_ack_cm_event(base->event);
	base->event = NULL;
	if (!sv_enter())
		return -1;
	port_release(id);
	id_leave(id);
	events_forget(id);
	settle();
	/* What was told of it is still looked at. */
	while (id->acknowledged != id->told)
		sv_wait(&id->quiet);
	id_free(id);
	sv_leave();
	if (own)
		rdma_destroy_event_channel(own);
	return 0;
}

SV_EXPORT int rdma_migrate_id(struct rdma_cm_id *base, struct rdma_event_channel *channel)
{
	struct sv_id *id = sv_id(base);
	const bool sync = !channel;
	struct rdma_event_channel *own = id->sync ? base->channel : NULL;

	if (sync)
		channel = rdma_create_event_channel();
	if (!channel || !sv_enter())
		return -1;
	if (sync && base->event) {
		sv_leave();
		rdma_ack_cm_event(base->event);
		base->event = NULL;
		if (!sv_enter())
			return -1;
	}
	events_move(id, sv_channel(channel));
	base->channel = channel;
	id->sync = sync;
	sv_leave();
	if (own)
		rdma_destroy_event_channel(own);
	return 0;
}

SV_EXPORT int rdma_set_option(struct rdma_cm_id *base, int level, int name, void *value, size_t len)
{
	struct sv_id *id = sv_id(base);

	if (level != RDMA_OPTION_ID)
		return cm_fail(ENOSYS);
	switch (name) {
	case RDMA_OPTION_ID_AFONLY:
		if (len != sizeof(int))
			return cm_fail(EINVAL);
		id->only_family = *(const int *)value != 0;
		return 0;
	case RDMA_OPTION_ID_ACK_TIMEOUT:
		if (len != 1 || *(const uint8_t *)value > 31)
			return cm_fail(EINVAL);
		id->ack_timeout = *(const uint8_t *)value;
		return 0;
	case RDMA_OPTION_ID_TOS:
	case RDMA_OPTION_ID_REUSEADDR: /* a port is free as soon as its id is gone */
		return 0;
	default:
		return cm_fail(ENOSYS);
	}
}

SV_EXPORT __be16 rdma_get_src_port(struct rdma_cm_id *id)
{
	return htobe16(port_of(&id->route.addr.src_storage));
}

SV_EXPORT __be16 rdma_get_dst_port(struct rdma_cm_id *id)
{
	return htobe16(port_of(&id->route.addr.dst_storage));
}

SV_EXPORT struct ibv_context **rdma_get_devices(int *num_devices)
{
	struct ibv_context **list = calloc(2, sizeof(struct ibv_context *));

	if (list)
		list[0] = sv_cm_context();
	if (list && !list[0]) {
		free(list);
		list = NULL;
	}
	if (num_devices)
		*num_devices = list ? 1 : 0;
	return list;
}

SV_EXPORT void rdma_free_devices(struct ibv_context **list)
{
	free(list);
}

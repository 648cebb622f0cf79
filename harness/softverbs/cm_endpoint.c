/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls that do several steps at once, and wait for them. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "cm.h"

SV_EXPORT void rdma_freeaddrinfo(struct rdma_addrinfo *res)
{
	while (res) {
		struct rdma_addrinfo *next = res->ai_next;

		free(res->ai_src_addr);
		free(res->ai_dst_addr);
		free(res);
		res = next;
	}
}

static struct sockaddr *address_copy(const struct sockaddr *a, socklen_t len)
{
	struct sockaddr *copy = malloc(len);

	if (copy)
		memcpy(copy, a, len);
	return copy;
}

static struct rdma_addrinfo *one_of(const struct addrinfo *ai, int flags, int port_space)
{
	struct rdma_addrinfo *r = calloc(1, sizeof(*r));
	struct sockaddr *copy = r ? address_copy(ai->ai_addr, ai->ai_addrlen) : NULL;

	if (!copy) {
		free(r);
		return NULL;
	}
	r->ai_flags = flags;
	r->ai_family = ai->ai_family;
	r->ai_qp_type = IBV_QPT_RC;
	r->ai_port_space = port_space;
	if (flags & RAI_PASSIVE) {
		r->ai_src_addr = copy;
		r->ai_src_len = ai->ai_addrlen;
	} else {
		r->ai_dst_addr = copy;
		r->ai_dst_len = ai->ai_addrlen;
	}
	return r;
}

SV_EXPORT int rdma_getaddrinfo(const char *node, const char *service,
			       const struct rdma_addrinfo *hints, struct rdma_addrinfo **res)
{
	static const struct rdma_addrinfo none;
	const struct rdma_addrinfo *h = hints ? hints : &none;
	const int flags = h->ai_flags, space = h->ai_port_space ? h->ai_port_space : RDMA_PS_TCP;
	struct addrinfo in = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = (flags & RAI_PASSIVE ? AI_PASSIVE : 0) |
			    (flags & RAI_NUMERICHOST ? AI_NUMERICHOST : 0),
		.ai_family = flags & RAI_FAMILY ? h->ai_family : AF_UNSPEC,
	};
	struct addrinfo *out;
	int rc;

	if (space != RDMA_PS_TCP)
		return cm_fail(EOPNOTSUPP);
	rc = getaddrinfo(node, service, &in, &out);
	if (rc)
		return rc;
	*res = one_of(out, flags, space);
	freeaddrinfo(out);
	if (!*res)
		return EAI_MEMORY;
	if (h->ai_src_len && !(*res)->ai_src_addr) {
		(*res)->ai_src_addr = address_copy(h->ai_src_addr, h->ai_src_len);
		(*res)->ai_src_len = h->ai_src_len;
	}
	return 0;
}

static int passive(struct rdma_cm_id *base, const struct rdma_addrinfo *res, struct ibv_pd *pd,
		   const struct ibv_qp_init_attr *attr)
{
	struct sv_id *id = sv_id(base);

	if (rdma_bind_addr(base, res->ai_src_addr) < 0)
		return -1;
	id->passive_pd = pd;
	if (!attr)
		return 0;
	id->passive_attr = malloc(sizeof(*attr));
	if (!id->passive_attr)
		return -1;
	*id->passive_attr = *attr;
	return 0;
}

SV_EXPORT int rdma_create_ep(struct rdma_cm_id **out, struct rdma_addrinfo *res, struct ibv_pd *pd,
			     struct ibv_qp_init_attr *attr)
{
	enum { RESOLVE_MS = 2000 };
	struct rdma_cm_id *id;
	int rc, why;

	if (rdma_create_id(NULL, &id, NULL, (enum rdma_port_space)res->ai_port_space) < 0)
		return -1;
	if (res->ai_flags & RAI_PASSIVE) {
		rc = passive(id, res, pd, attr);
	} else {
		rc = rdma_resolve_addr(id, res->ai_src_addr, res->ai_dst_addr, RESOLVE_MS);
		if (!rc)
			rc = rdma_resolve_route(id, RESOLVE_MS);
		if (!rc && attr) {
			attr->qp_type = (enum ibv_qp_type)res->ai_qp_type;
			rc = rdma_create_qp(id, pd, attr);
		}
	}
	if (!rc) {
		*out = id;
		return 0;
	}
	why = errno;
	rdma_destroy_ep(id);
	return cm_fail(why);
}

SV_EXPORT void rdma_destroy_ep(struct rdma_cm_id *id)
{
	rdma_destroy_qp(id);
	rdma_destroy_id(id);
}

SV_EXPORT int rdma_get_request(struct rdma_cm_id *listen, struct rdma_cm_id **out)
{
	struct sv_id *l = sv_id(listen);
	struct rdma_cm_event *event;
	int why;

	if (!l->sync)
		return cm_fail(EINVAL);
	if (listen->event)
		rdma_ack_cm_event(listen->event);
	listen->event = NULL;
	if (rdma_get_cm_event(listen->channel, &event) < 0)
		return -1;
	if (event->event != RDMA_CM_EVENT_CONNECT_REQUEST) {
		rdma_ack_cm_event(event);
		return cm_fail(EINVAL);
	}
	if (l->passive_attr) {
		struct ibv_qp_init_attr attr = *l->passive_attr;

		attr.qp_type = IBV_QPT_RC;
		if (rdma_create_qp(event->id, l->passive_pd, &attr) < 0) {
			why = errno;
			rdma_reject(event->id, NULL, 0);
			rdma_destroy_id(event->id);
			rdma_ack_cm_event(event);
			return cm_fail(why);
		}
	}
	*out = event->id;
	(*out)->event = event;
	return 0;
}

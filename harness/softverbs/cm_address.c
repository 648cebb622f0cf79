/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses: any of this machine's own, in a space of ports that has nothing to do with TCP's. Who
 * listens has a socket that is named after address and port.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cm.h"

enum { PORTS_FROM = 32768, PORTS_TO = 61000 }; /* for who does not care, as TCP has them */

static struct sockaddr_in *in4(struct sockaddr_storage *a)
{
	return (struct sockaddr_in *)(void *)a;
}

static struct sockaddr_in6 *in6(struct sockaddr_storage *a)
{
	return (struct sockaddr_in6 *)(void *)a;
}

socklen_t address_len(const struct sockaddr *a)
{
	switch (a->sa_family) {
	case AF_INET:
		return sizeof(struct sockaddr_in);
	case AF_INET6:
		return sizeof(struct sockaddr_in6);
	default:
		return 0;
	}
}

/* Both families have it in the same place. */
void port_set(struct sockaddr_storage *a, uint16_t port)
{
	in4(a)->sin_port = htons(port);
}

uint16_t port_of(const struct sockaddr_storage *a)
{
	return ntohs(((const struct sockaddr_in *)(const void *)a)->sin_port);
}

static bool is_any(const struct sockaddr_storage *a)
{
	static const uint8_t none[16];

	return a->ss_family == AF_INET6
		       ? !memcmp(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, none,
				 sizeof(none))
		       : !((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr;
}

static int copy(struct sockaddr_storage *to, const struct sockaddr *from)
{
	const socklen_t len = address_len(from);

	if (!len)
		return cm_fail(EAFNOSUPPORT);
	memset(to, 0, sizeof(*to));
	memcpy(to, from, len);
	return 0;
}

/* Is it this machine's? What the kernel lets a socket have is. */
static bool is_local(const struct sockaddr_storage *a)
{
	struct sockaddr_storage any_port = *a;
	const int fd = socket(a->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool local;

	if (fd < 0)
		return false;
	port_set(&any_port, 0);
	local = bind(fd, (struct sockaddr *)&any_port, address_len((struct sockaddr *)&any_port)) ==
		0;
	close(fd);
	return local;
}

/* The address that this machine would have towards another. */
static int source_for(const struct sockaddr_storage *dst, struct sockaddr_storage *src)
{
	const int fd = socket(dst->ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct sockaddr_storage to = *dst;
	socklen_t len = sizeof(*src);
	int rc;

	if (fd < 0)
		return -1;
	if (!port_of(&to))
		port_set(&to, 1); /* some port there must be */
	memset(src, 0, sizeof(*src));
	rc = connect(fd, (struct sockaddr *)&to, address_len((struct sockaddr *)&to));
	if (!rc)
		rc = getsockname(fd, (struct sockaddr *)src, &len);
	close(fd);
	return rc;
}

/* ---- names ---- */

enum which { EXACT, ANY4, ANY6, ONLY6, WHICH };

static void name_of(char name[SV_NAME_MAX], const struct sockaddr_storage *a, enum which which)
{
	char text[INET6_ADDRSTRLEN] = "";
	const void *bytes = a->ss_family == AF_INET6
				    ? (const void *)&in6((struct sockaddr_storage *)a)->sin6_addr
				    : (const void *)&in4((struct sockaddr_storage *)a)->sin_addr;

	switch (which) {
	case EXACT:
		inet_ntop(a->ss_family, bytes, text, sizeof(text));
		break;
	case ANY4:
		memcpy(text, "0.0.0.0", 8);
		break;
	case ANY6:
		memcpy(text, "::", 3);
		break;
	case ONLY6:
	case WHICH:
		memcpy(text, ":: only", 8);
		break;
	}
	sv_name(name, "port/%u/%s", port_of(a), text);
}

struct sv_link *address_link(const struct sockaddr_storage *to)
{
	for (enum which w = EXACT; w < WHICH; w++) {
		char name[SV_NAME_MAX];
		struct sv_link *l;

		if (to->ss_family == AF_INET ? w == ONLY6 : w == ANY4)
			continue;
		name_of(name, to, w);
		l = sv_link_to_name(name);
		if (l)
			return l;
	}
	return NULL;
}

static int bind_port(struct sv_id *id)
{
	const struct sockaddr_storage *a = &id->base.route.addr.src_storage;
	char name[SV_NAME_MAX];

	name_of(name, a, id->only_family && a->ss_family == AF_INET6 && is_any(a) ? ONLY6 : EXACT);
	id->port.fd = sv_bind_name(name);
	return id->port.fd < 0 ? -1 : 0;
}

static int bind_some_port(struct sv_id *id)
{
	struct sockaddr_storage *a = &id->base.route.addr.src_storage;
	const unsigned from = (unsigned)sim_clock_random(&sv_here()->clock, PORTS_TO - PORTS_FROM);

	for (unsigned i = 0; i < PORTS_TO - PORTS_FROM; i++) {
		port_set(a, (uint16_t)(PORTS_FROM + (from + i) % (PORTS_TO - PORTS_FROM)));
		if (bind_port(id) == 0)
			return 0;
		if (errno != EADDRINUSE)
			return -1;
	}
	return -1;
}

/* ---- calls ---- */

void id_use_device(struct sv_id *id)
{
	struct rdma_route *r = &id->base.route;

	id->base.verbs = sv_here()->cm_context; /* there since the first channel was */
	id->base.port_num = 1;
	sv_gid_of(&r->addr.src_addr, &r->addr.addr.ibaddr.sgid);
	sv_gid_of(&r->addr.dst_addr, &r->addr.addr.ibaddr.dgid);
	r->addr.addr.ibaddr.pkey = htobe16(0xffff);
}

SV_EXPORT int rdma_bind_addr(struct rdma_cm_id *base, struct sockaddr *addr)
{
	struct sv_id *id = sv_id(base);
	struct sockaddr_storage *src = &base->route.addr.src_storage;
	int rc;

	if (id->state != ID_IDLE)
		return cm_fail(EINVAL);
	if (copy(src, addr) < 0)
		return -1;
	if (!is_any(src) && !is_local(src))
		return cm_fail(EADDRNOTAVAIL);
	if (!sv_enter())
		return -1;
	rc = port_of(src) ? bind_port(id) : bind_some_port(id);
	if (!rc) {
		id->state = ID_BOUND;
		if (!is_any(src))
			id_use_device(id);
	}
	sv_leave();
	return rc;
}

static void requests_ready(struct sv_source *s, uint32_t events)
{
	(void)events;
	sv_accept_links(s->fd, SV_CONTAINER(s, struct sv_id, port)->handle);
}

SV_EXPORT int rdma_listen(struct rdma_cm_id *base, int backlog)
{
	struct sv_id *id = sv_id(base);
	int rc;

	(void)backlog; /* nobody is turned away here for want of room */
	if (id->state == ID_IDLE) {
		struct sockaddr_in any = {.sin_family = AF_INET};

		if (rdma_bind_addr(base, (struct sockaddr *)&any) < 0)
			return -1;
	}
	if (id->state != ID_BOUND)
		return cm_fail(EINVAL);
	if (!sv_enter())
		return -1;
	rc = listen(id->port.fd, SV_BACKLOG);
	if (!rc) {
		id->port.ready = requests_ready;
		rc = sv_watch(&id->port, EPOLLIN);
	}
	if (!rc)
		id->state = ID_LISTENS;
	sv_leave();
	return rc;
}

SV_EXPORT int rdma_resolve_addr(struct rdma_cm_id *base, struct sockaddr *src, struct sockaddr *dst,
				int timeout_ms)
{
	struct sv_id *id = sv_id(base);
	struct rdma_addr *a = &base->route.addr;

	(void)timeout_ms;
	if (id->state != ID_IDLE && id->state != ID_BOUND)
		return cm_fail(EINVAL);
	if (copy(&a->dst_storage, dst) < 0)
		return -1;
	if (!is_local(&a->dst_storage))
		return cm_fail(ENODEV);
	if (id->state == ID_IDLE) {
		if (src && !address_len(src))
			return cm_fail(EAFNOSUPPORT);
		if (src ? copy(&a->src_storage, src) : source_for(&a->dst_storage, &a->src_storage))
			return -1;
	}
	if (!sv_enter())
		return -1;
	/* Nobody is called back at a port of ours, so none is taken. */
	if (id->state == ID_IDLE && !(src && port_of(&a->src_storage)))
		port_set(&a->src_storage,
			 (uint16_t)(PORTS_FROM +
				    sim_clock_random(&sv_here()->clock, PORTS_TO - PORTS_FROM)));
	id->state = ID_ADDRESS;
	id_use_device(id);
	event_tell(id, RDMA_CM_EVENT_ADDR_RESOLVED, 0);
	sv_leave();
	return event_await(base);
}

SV_EXPORT int rdma_resolve_route(struct rdma_cm_id *base, int timeout_ms)
{
	struct sv_id *id = sv_id(base);

	(void)timeout_ms;
	if (id->state != ID_ADDRESS)
		return cm_fail(EINVAL);
	if (!sv_enter())
		return -1;
	id->state = ID_ROUTE;
	id->path = (struct ibv_sa_path_rec){
		.dgid = base->route.addr.addr.ibaddr.dgid,
		.sgid = base->route.addr.addr.ibaddr.sgid,
		.hop_limit = 64,
		.reversible = 1,
		.numb_path = 1,
		.pkey = htobe16(0xffff),
		.mtu = IBV_MTU_4096,
	};
	base->route.path_rec = &id->path;
	base->route.num_paths = 1;
	event_tell(id, RDMA_CM_EVENT_ROUTE_RESOLVED, 0);
	sv_leave();
	return event_await(base);
}

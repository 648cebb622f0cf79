/* SPDX-License-Identifier: BSD-2-Clause */
/* The one device: how it is found and opened, and what it says of itself. */
#include "softverbs.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The macros of these names call what is defined here. */
#undef ibv_query_port
#undef ibv_get_device_list

enum { GIDS_MAX = 64, DEVICE_PORT = 1 };

#define FIRMWARE "softverbs"
#define SYSFS	 "/sys/class/infiniband/softverbs0"

static struct ibv_device device = {
	.node_type = IBV_NODE_CA,
	.transport_type = IBV_TRANSPORT_IB,
	.name = "softverbs0",
	.dev_name = "softverbs0",
	.dev_path = "/sys/class/infiniband_verbs/softverbs0",
	.ibdev_path = SYSFS,
};

SV_EXPORT struct ibv_device **ibv_get_device_list(int *num_devices)
{
	struct ibv_device **list = calloc(2, sizeof(struct ibv_device *));

	if (num_devices)
		*num_devices = list ? 1 : 0;
	if (list)
		list[0] = &device;
	return list;
}

SV_EXPORT void ibv_free_device_list(struct ibv_device **list)
{
	free(list);
}

SV_EXPORT const char *ibv_get_device_name(struct ibv_device *d)
{
	return d->name;
}

SV_EXPORT int ibv_get_device_index(struct ibv_device *d)
{
	(void)d;
	return 0;
}

SV_EXPORT __be64 ibv_get_device_guid(struct ibv_device *d)
{
	(void)d;
	return htobe64(0x736f667476726273); /* "softvrbs" */
}

/* ---- what sysfs would say ---- */

const char *ibv_get_sysfs_path(void);
SV_EXPORT const char *ibv_get_sysfs_path(void)
{
	return "/sys";
}

/* What the whole process was told to wait, and told others. */
static int64_t counter(bool sent)
{
	const struct sv_node *n = sv_enter();
	int64_t value = 0;

	if (!n)
		return value;
	value = sent ? n->counters.rnr_sent : n->counters.rnr_received;
	sv_leave();
	return value;
}

static bool attribute(const char *file, char *buf, size_t size)
{
	static const char *const texts[][2] = {
		{"node_desc", "softverbs"},
		{"fw_ver", FIRMWARE},
		{"board_id", "softverbs"},
		{"hca_type", "softverbs"},
	};
	const bool sent = strcmp(file, "ports/1/hw_counters/send_rnr_err") == 0;

	if (sent || strcmp(file, "ports/1/hw_counters/rcvd_rnr_err") == 0) {
		snprintf(buf, size, "%lld", (long long)counter(sent));
		return true;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (strcmp(file, texts[i][0]) != 0)
			continue;
		snprintf(buf, size, "%s", texts[i][1]);
		return true;
	}
	return false;
}

int ibv_read_sysfs_file(const char *dir, const char *file, char *buf, size_t size);
SV_EXPORT int ibv_read_sysfs_file(const char *dir, const char *file, char *buf, size_t size)
{
	if (strcmp(dir, SYSFS) == 0 && attribute(file, buf, size))
		return (int)strlen(buf);
	return -1;
}

/* ---- contexts ---- */

static const struct ibv_context_ops ops = {
	.alloc_mw = sv_alloc_mw,
	.dealloc_mw = sv_dealloc_mw,
	.poll_cq = sv_poll_cq,
	.req_notify_cq = sv_req_notify_cq,
	.post_send = sv_post_send,
	.post_recv = sv_post_recv,
};

static int query_device_ex(struct ibv_context *context, const struct ibv_query_device_ex_input *in,
			   struct ibv_device_attr_ex *attr, size_t size)
{
	(void)in;
	if (size < sizeof(attr->orig_attr))
		return EINVAL;
	memset(attr, 0, size);
	return ibv_query_device(context, &attr->orig_attr);
}

static int query_port(struct ibv_context *context, uint8_t port, struct ibv_port_attr *attr,
		      size_t size)
{
	struct ibv_port_attr a = {
		.state = IBV_PORT_ACTIVE,
		.max_mtu = IBV_MTU_4096,
		.active_mtu = IBV_MTU_4096,
		.gid_tbl_len = GIDS_MAX,
		.port_cap_flags = IBV_PORT_CM_SUP | IBV_PORT_IP_BASED_GIDS,
		.max_msg_sz = SV_FRAME_MAX,
		.pkey_tbl_len = 1,
		.active_width = 1,
		.active_speed = 1,
		.phys_state = 5, /* LinkUp */
		.link_layer = IBV_LINK_LAYER_ETHERNET,
	};

	(void)context;
	if (port != DEVICE_PORT)
		return EINVAL;
	memset(attr, 0, size);
	memcpy(attr, &a, size < sizeof(a) ? size : sizeof(a));
	return 0;
}

SV_EXPORT int ibv_query_port(struct ibv_context *context, uint8_t port,
			     struct _compat_ibv_port_attr *attr)
{
	/* What was there before the first member that the old structure lacks. */
	return query_port(context, port, (struct ibv_port_attr *)(void *)attr,
			  offsetof(struct ibv_port_attr, port_cap_flags2));
}

static struct ibv_context *context_new(void)
{
	struct sv_context *c;
	struct ibv_context *ctx;

	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	ctx = &c->v.context;
	c->v.sz = sizeof(c->v);
	c->v.query_port = query_port;
	c->v.query_device_ex = query_device_ex;
	c->v.create_qp_ex = sv_create_qp_ex;
	ctx->device = &device;
	ctx->ops = ops;
	ctx->cmd_fd = -1;
	ctx->num_comp_vectors = 1;
	ctx->abi_compat = __VERBS_ABI_IS_EXTENDED;
	pthread_mutex_init(&ctx->mutex, NULL);
	ctx->async_fd = sv_bell_new();
	if (ctx->async_fd < 0) {
		free(c);
		return NULL;
	}
	return ctx;
}

SV_EXPORT struct ibv_context *ibv_open_device(struct ibv_device *d)
{
	struct ibv_context *context;

	if (d != &device) {
		errno = ENODEV;
		return NULL;
	}
	if (!sv_enter())
		return NULL;
	context = context_new();
	sv_leave();
	return context;
}

SV_EXPORT int ibv_close_device(struct ibv_context *context)
{
	struct sv_context *c = SV_CONTAINER(context, struct sv_context, v.context);

	close(context->async_fd);
	pthread_mutex_destroy(&context->mutex);
	free(c);
	return 0;
}

struct ibv_context *sv_cm_context(void)
{
	struct sv_node *n = sv_enter();
	struct ibv_context *context;

	if (!n)
		return NULL;
	if (!n->cm_context)
		n->cm_context = context_new();
	context = n->cm_context;
	sv_leave();
	return context;
}

/* It has nothing to tell out of turn, as rdma_rxe has not. */
SV_EXPORT int ibv_get_async_event(struct ibv_context *context, struct ibv_async_event *event)
{
	(void)event;
	while (sv_bell_wait(context->async_fd) == 0)
		;
	return -1;
}

SV_EXPORT void ibv_ack_async_event(struct ibv_async_event *event)
{
	(void)event;
}

/* ---- attributes ---- */

SV_EXPORT int ibv_query_device(struct ibv_context *context, struct ibv_device_attr *attr)
{
	*attr = (struct ibv_device_attr){
		.fw_ver = FIRMWARE,
		.node_guid = ibv_get_device_guid(context->device),
		.sys_image_guid = ibv_get_device_guid(context->device),
		.max_mr_size = SIZE_MAX,
		.page_size_cap = 0xfffff000,
		.max_qp = SV_QPS - 1,
		.max_qp_wr = SV_MAX_WR,
		.device_cap_flags = IBV_DEVICE_MEM_WINDOW | IBV_DEVICE_MEM_WINDOW_TYPE_2B |
				    IBV_DEVICE_RC_RNR_NAK_GEN | IBV_DEVICE_PORT_ACTIVE_EVENT,
		.max_sge = SV_MAX_SGE,
		.max_sge_rd = SV_MAX_SGE,
		.max_cq = 1 << 20,
		.max_cqe = SV_MAX_WR * 2,
		.max_mr = 1 << 20,
		.max_pd = 1 << 20,
		.max_qp_rd_atom = SV_MAX_READS,
		.max_res_rd_atom = SV_MAX_READS * SV_QPS,
		.max_qp_init_rd_atom = SV_MAX_READS,
		.atomic_cap = IBV_ATOMIC_NONE,
		.max_mw = 1 << 20,
		.max_pkeys = 1,
		.local_ca_ack_delay = 15,
		.phys_port_cnt = 1,
	};
	return 0;
}

void sv_gid_of(const struct sockaddr *a, union ibv_gid *gid)
{
	memset(gid, 0, sizeof(*gid));
	if (a->sa_family == AF_INET6) {
		memcpy(gid->raw, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr, 16);
	} else if (a->sa_family == AF_INET) {
		gid->raw[10] = gid->raw[11] = 0xff;
		memcpy(gid->raw + 12, &((const struct sockaddr_in *)(const void *)a)->sin_addr, 4);
	}
}

/* The machine's addresses, one after the other. */
static int gid_at(unsigned index, union ibv_gid *gid, unsigned *ifindex)
{
	struct ifaddrs *all, *i;
	int rc = -1;

	if (getifaddrs(&all) < 0)
		return -1;
	errno = EINVAL;
	for (i = all; i; i = i->ifa_next) {
		if (!i->ifa_addr ||
		    (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
			continue;
		if (index-- > 0)
			continue;
		sv_gid_of(i->ifa_addr, gid);
		*ifindex = if_nametoindex(i->ifa_name);
		rc = 0;
		break;
	}
	freeifaddrs(all);
	return rc;
}

SV_EXPORT int ibv_query_gid(struct ibv_context *context, uint8_t port, int index,
			    union ibv_gid *gid)
{
	unsigned ifindex;

	(void)context;
	if (port != DEVICE_PORT || index < 0 || index >= GIDS_MAX) {
		errno = EINVAL;
		return -1;
	}
	/* The table is longer than what stands in it. */
	if (gid_at((unsigned)index, gid, &ifindex) < 0)
		memset(gid, 0, sizeof(*gid));
	return 0;
}

static int gid_entry(unsigned index, struct ibv_gid_entry *entry, size_t size)
{
	struct ibv_gid_entry e = {
		.gid_index = index,
		.port_num = DEVICE_PORT,
		.gid_type = IBV_GID_TYPE_ROCE_V2,
	};

	if (size < sizeof(e))
		return EINVAL;
	if (gid_at(index, &e.gid, &e.ndev_ifindex) < 0)
		return ENODATA;
	memcpy(entry, &e, sizeof(e));
	return 0;
}

SV_EXPORT int _ibv_query_gid_ex(struct ibv_context *context, uint32_t port, uint32_t index,
				struct ibv_gid_entry *entry, uint32_t flags, size_t size)
{
	(void)context;
	if (port != DEVICE_PORT || flags || index >= GIDS_MAX)
		return EINVAL;
	return gid_entry(index, entry, size);
}

SV_EXPORT ssize_t _ibv_query_gid_table(struct ibv_context *context, struct ibv_gid_entry *entries,
				       size_t max, uint32_t flags, size_t size)
{
	ssize_t n = 0;

	(void)context;
	if (flags)
		return -EINVAL;
	while ((size_t)n < max && n < GIDS_MAX &&
	       gid_entry((unsigned)n,
			 (struct ibv_gid_entry *)(void *)((char *)entries + (size_t)n * size),
			 size) == 0)
		n++;
	return n;
}

int ibv_query_gid_type(struct ibv_context *context, uint8_t port, unsigned index,
		       unsigned *type); /* rdma-core's own programs call it */
SV_EXPORT int ibv_query_gid_type(struct ibv_context *context, uint8_t port, unsigned index,
				 unsigned *type)
{
	enum { ROCE_V2 = 1 };

	(void)context;
	(void)index;
	if (port != DEVICE_PORT) {
		errno = EINVAL;
		return -1;
	}
	*type = ROCE_V2;
	return 0;
}

SV_EXPORT int ibv_query_pkey(struct ibv_context *context, uint8_t port, int index, __be16 *pkey)
{
	(void)context;
	if (port != DEVICE_PORT || index != 0) {
		errno = EINVAL;
		return -1;
	}
	*pkey = htobe16(0xffff);
	return 0;
}

SV_EXPORT int ibv_get_pkey_index(struct ibv_context *context, uint8_t port, __be16 pkey)
{
	__be16 ours;

	if (ibv_query_pkey(context, port, 0, &ours) == 0 && ours == pkey)
		return 0;
	errno = EINVAL;
	return -1;
}

/* ---- what a child sees ---- */

/* Nothing is pinned, so that a fork takes nothing from its parent. */
SV_EXPORT int ibv_fork_init(void)
{
	return 0;
}

SV_EXPORT enum ibv_fork_status ibv_is_fork_initialized(void)
{
	return IBV_FORK_UNNEEDED;
}

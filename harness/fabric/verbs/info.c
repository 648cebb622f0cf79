/* SPDX-License-Identifier: BSD-2-Clause */
/* What the device tells about itself: its name, its abilities, its counters of RNR NAKs. */
#include "impl.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * One of libibverbs' names that its headers leave out: a line of a file below `dir`, without its
 * end; negative when there is none. A device that has no sysfs (harness/softverbs) answers it, too.
 */
int ibv_read_sysfs_file(const char *dir, const char *file, char *buf, size_t size);

/* A line that the device's driver wrote, "" when there is none. */
static void read_line(const struct ibv_device *device, const char *file, char *buf, size_t size)
{
	if (ibv_read_sysfs_file(device->ibdev_path, file, buf, size) < 0)
		buf[0] = '\0';
}

int64_t v_counter_read(const struct vfabric *f, enum fab_counter which)
{
	/* Each driver's own name for it: rdma_rxe, then mlx5 (which only counts what it received).
	 */
	static const char *const names[2][3] = {
		[FAB_RNR_NAK_SENT] = {"send_rnr_err", NULL},
		[FAB_RNR_NAK_RECEIVED] = {"rcvd_rnr_err", "rnr_nak_retry_err", NULL},
	};

	for (const char *const *name = names[which]; *name; name++) {
		char file[64], line[64], *end;

		snprintf(file, sizeof(file), "ports/1/hw_counters/%s", *name);
		read_line(f->verbs->device, file, line, sizeof(line));
		int64_t value = strtoll(line, &end, 10);
		if (end != line)
			return value;
	}
	return -1;
}

int64_t v_counter(struct fabric *base, enum fab_counter which)
{
	const struct vfabric *f = vf(base);
	int64_t at_open = which == FAB_RNR_NAK_SENT ? f->rnr_sent_at_open : f->rnr_received_at_open;
	int64_t now = v_counter_read(f, which);

	return now < 0 || at_open < 0 ? -1 : now - at_open;
}

/*
 * A software device says what it is in node_desc; any other by its PCI binding, which with some
 * kernels a software device has, too: that of the network card below it.
 */
static void driver_name(const struct ibv_device *device, char *buf, size_t size)
{
	static const struct {
		const char *node_desc, *driver;
	} software[] = {
		{"rxe", "rdma_rxe"}, {"Software iWARP stack", "siw"}, {"softverbs", "softverbs"}};
	char path[IBV_SYSFS_PATH_MAX + sizeof("/device/driver")], link[PATH_MAX], desc[64];
	ssize_t n;

	read_line(device, "node_desc", desc, sizeof(desc));
	snprintf(path, sizeof(path), "%s/device/driver", device->ibdev_path);
	n = readlink(path, link, sizeof(link) - 1);
	link[n > 0 ? n : 0] = '\0';
	snprintf(buf, size, "%s", n > 0 ? basename(link) : desc);
	for (size_t i = 0; i < sizeof(software) / sizeof(*software); i++)
		if (strcmp(desc, software[i].node_desc) == 0)
			snprintf(buf, size, "%s", software[i].driver);
}

static const char *transport_name(enum ibv_transport_type transport, uint8_t link_layer)
{
	switch (transport) {
	case IBV_TRANSPORT_IB:
		return link_layer == IBV_LINK_LAYER_ETHERNET ? "roce" : "infiniband";
	case IBV_TRANSPORT_IWARP:
		return "iwarp";
	default:
		return "rdma";
	}
}

static bool attr_has_windows(const struct ibv_device_attr *attr)
{
	return (attr->device_cap_flags &
		(IBV_DEVICE_MEM_WINDOW_TYPE_2A | IBV_DEVICE_MEM_WINDOW_TYPE_2B)) != 0;
}

int v_describe(struct vfabric *f, struct ibv_context *verbs, struct err *e)
{
	static const unsigned mtu[] = {0, 256, 512, 1024, 2048, 4096};
	const char *name = ibv_get_device_name(verbs->device);
	struct ibv_device_attr attr;
	struct ibv_port_attr port;
	char driver[64];
	unsigned bytes = 0;

	if (f->verbs == verbs)
		return 0;
	if (v_fd_nonblocking(verbs->async_fd, e) < 0)
		return -1;
	f->verbs = verbs;
	snprintf(f->device, sizeof(f->device), "%s", name);
	f->rnr_sent_at_open = v_counter_read(f, FAB_RNR_NAK_SENT);
	f->rnr_received_at_open = v_counter_read(f, FAB_RNR_NAK_RECEIVED);
	driver_name(verbs->device, driver, sizeof(driver));
	if (ibv_query_device(verbs, &attr))
		memset(&attr, 0, sizeof(attr));
	if (ibv_query_port(verbs, 1, &port))
		memset(&port, 0, sizeof(port));
	if (port.active_mtu <= IBV_MTU_4096)
		bytes = mtu[port.active_mtu];
	f->is_rxe = strcmp(driver, "rdma_rxe") == 0;
	f->is_siw = strcmp(driver, "siw") == 0;
	f->base.iwarp = verbs->device->transport_type == IBV_TRANSPORT_IWARP;
	v_terminates_begin(f);
	if (f->is_rxe)
		snprintf(f->kind, sizeof(f->kind), "rxe");
	else if (f->is_siw || strcmp(driver, "softverbs") == 0)
		snprintf(f->kind, sizeof(f->kind), "%s", driver);
	else
		snprintf(f->kind, sizeof(f->kind), "%s/%.63s",
			 transport_name(verbs->device->transport_type, port.link_layer),
			 driver[0] ? driver : "unknown");
	/* siw lets a peer invalidate any key (siw_invalidate_stag). */
	f->has_windows = f->is_siw || attr_has_windows(&attr);
	snprintf(f->description, sizeof(f->description), "%s (%s), fw %.64s, mtu %u", name,
		 driver[0] ? driver : "driver unknown", attr.fw_ver[0] ? attr.fw_ver : "unknown",
		 bytes);
	return 0;
}

const char *v_description(struct fabric *f)
{
	return vf(f)->description;
}

const char *v_kind(struct fabric *f)
{
	return vf(f)->kind;
}

bool v_has_windows(struct fabric *f)
{
	return vf(f)->has_windows;
}

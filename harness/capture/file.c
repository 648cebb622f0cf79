/* SPDX-License-Identifier: BSD-2-Clause */
/* A capture file by libpcap, frame by frame, to who understands it. */
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define BYTES_MAX ((size_t)1 << 30) /* of frames that are kept: as of an event log */

static bool link_kind(int dlt, enum net_link *kind)
{
	static const struct {
		int dlt;
		enum net_link kind;
	} kinds[] = {
		{DLT_EN10MB, NET_ETHERNET}, {DLT_RAW, NET_RAW_IP},	{DLT_IPV4, NET_RAW_IP},
		{DLT_IPV6, NET_RAW_IP},	    {DLT_NULL, NET_NULL},	{DLT_LOOP, NET_NULL},
		{DLT_LINUX_SLL, NET_SLL},   {DLT_LINUX_SLL2, NET_SLL2},
	};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].dlt == dlt) {
			*kind = kinds[i].kind;
			return true;
		}
	return false;
}

struct packets {
	struct capture_packet *at;
	size_t count, room, bytes;
};

static void keep(struct capture *c, struct packets *all, enum net_link kind,
		 const struct pcap_pkthdr *header, const uint8_t *bytes)
{
	struct capture_packet p = {
		.frame = ++c->counts.frames,
		.time = (uint64_t)header->ts.tv_sec * 1000000000u + (uint64_t)header->ts.tv_usec,
		.bytes = capture_must(malloc(header->caplen + 1)),
	};
	memcpy(p.bytes, bytes, header->caplen);
	const int status = net_decode(&p.net, kind, (struct bytes){p.bytes, header->caplen}, NULL);
	const bool ours = !status && (p.net.protocol == NET_TCP || p.net.to_port == ROCE_PORT);
	c->counts.unreadable += status < 0;
	c->counts.other += status > 0 || (!status && !ours);
	if (!ours) {
		free(p.bytes);
		return;
	}
	if (all->count == all->room) {
		all->room = all->room ? all->room * 2 : 1024;
		all->at = capture_must(reallocarray(all->at, all->room, sizeof(*all->at)));
	}
	all->at[all->count++] = p;
	all->bytes += header->caplen;
}

static int read_all(struct capture *c, pcap_t *in, const char *name, struct packets *all,
		    struct err *e)
{
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	enum net_link kind;
	int status;

	if (!link_kind(pcap_datalink(in), &kind))
		return err_set(e, 0,
			       "%s: link type %d: Ethernet, raw IP or Linux \"any\" is wanted",
			       name, pcap_datalink(in));
	while ((status = pcap_next_ex(in, &header, &bytes)) == 1) {
		keep(c, all, kind, header, bytes);
		if (all->bytes > BYTES_MAX)
			return err_set(e, EFBIG, "%s", name);
	}
	if (status == PCAP_ERROR)
		return err_set(e, 0, "%s: frame %zu: %s", name, c->counts.frames + 1,
			       pcap_geterr(in));
	return 0;
}

static bool is_roce(const struct capture_packet *p)
{
	return p->net.protocol == NET_UDP;
}

static void understand(struct capture *c, const struct packets *all)
{
	struct roce *roce = roce_new(c);
	struct iwarp *iwarp = iwarp_new(c);

	for (size_t i = 0; i < all->count; i++)
		if (is_roce(&all->at[i]))
			roce_scan(roce, &all->at[i]);
	roce_pair(roce);
	for (size_t i = 0; i < all->count; i++)
		(is_roce(&all->at[i]) ? (void)roce_take(roce, &all->at[i], all->at + all->count)
				      : (void)iwarp_take(iwarp, &all->at[i]));
	iwarp_end(iwarp);
	roce_free(roce);
	iwarp_free(iwarp);
}

void capture_sort_out(struct capture *c);

struct capture *capture_read_stream(FILE *in, const char *name, struct err *e)
{
	char problem[PCAP_ERRBUF_SIZE] = "";
	struct packets all = {0};
	struct capture *c = NULL;
	pcap_t *p =
		pcap_fopen_offline_with_tstamp_precision(in, PCAP_TSTAMP_PRECISION_NANO, problem);

	if (!p) {
		err_set(e, 0, "%s: %s", name, problem);
		fclose(in);
		return NULL;
	}
	c = capture_must(calloc(1, sizeof(*c)));
	if (read_all(c, p, name, &all, e)) {
		capture_free(c);
		c = NULL;
	} else {
		understand(c, &all);
		capture_sort_out(c);
	}
	for (size_t i = 0; i < all.count; i++)
		free(all.at[i].bytes);
	free(all.at);
	pcap_close(p);
	return c;
}

struct capture *capture_read(const char *path, struct err *e)
{
	FILE *in = fopen(path, "rbe");

	if (!in) {
		err_set(e, errno, "cannot read %s", path);
		return NULL;
	}
	return capture_read_stream(in, path, e);
}

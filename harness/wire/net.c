/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet, IP, UDP and TCP headers. RFC 791, 8200, 768, 9293. */
#include "net.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum {
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86dd,
	TYPE_VLAN = 0x8100,
	TYPE_QINQ = 0x88a8,
	FRAGMENT = 0x3fff, /* more fragments, or an offset */
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	HOP_BY_HOP = 0,
	DESTINATION = 60,
};

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct net_address net_ipv4(uint32_t host_order)
{
	struct net_address a;

	memcpy(a.at, mapped, sizeof(mapped));
	for (unsigned i = 0; i < 4; i++)
		a.at[12 + i] = (uint8_t)(host_order >> (24 - 8 * i));
	return a;
}

bool net_is_ipv4(const struct net_address *a)
{
	return !memcmp(a->at, mapped, sizeof(mapped));
}

bool net_same(const struct net_address *a, const struct net_address *b)
{
	return !memcmp(a->at, b->at, sizeof(a->at));
}

const char *net_text(const struct net_address *a, char *buf, size_t size)
{
	const char *text = net_is_ipv4(a) ? inet_ntop(AF_INET, a->at + 12, buf, (socklen_t)size)
					  : inet_ntop(AF_INET6, a->at, buf, (socklen_t)size);

	return text ? text : "?";
}

/* ---- decoding ---- */

static int cut(struct err *e, const char *what)
{
	return err_set(e, 0, "%s header cut", what);
}

/* What the frame carries: an EtherType, 0 when that cannot be told. */
static unsigned ethertype(struct cursor *c, enum net_link link)
{
	unsigned type = 0;

	switch (link) {
	case NET_ETHERNET:
		cursor_take(c, 12);
		type = (unsigned)cursor_be(c, 2);
		while (!c->failed && (type == TYPE_VLAN || type == TYPE_QINQ)) {
			cursor_take(c, 2);
			type = (unsigned)cursor_be(c, 2);
		}
		break;
	case NET_SLL:
		cursor_take(c, 14);
		type = (unsigned)cursor_be(c, 2);
		break;
	case NET_SLL2:
		type = (unsigned)cursor_be(c, 2);
		cursor_take(c, 18);
		break;
	case NET_NULL: /* an address family in the byte order of whoever captured */
		cursor_take(c, 4);
		/* fall through */
	case NET_RAW_IP:
		type = !cursor_left(c) ? 0 : *c->at >> 4 == 4 ? TYPE_IPV4 : TYPE_IPV6;
		break;
	}
	return c->failed ? 0 : type;
}

/* The IP header. *len: bytes behind it, as on the wire. 1: nothing that we read. */
static int ip(struct net_packet *p, struct cursor *c, unsigned type, size_t *len, struct err *e)
{
	const uint8_t *start = c->at;

	p->ip = (struct bytes){start, cursor_left(c)};
	if (type == TYPE_IPV4) {
		if (cursor_left(c) < IPV4_HEADER)
			return cut(e, "IPv4");
		const size_t header = (size_t)(start[0] & 15) * 4;
		size_t total = (size_t)start[2] << 8 | start[3];
		if (!total) /* left to the device, in a capture made before it (TSO) */
			total = cursor_left(c);
		if (start[0] >> 4 != 4 || header < IPV4_HEADER || total < header)
			return err_set(e, 0, "IPv4 header and lengths contradict themselves");
		if ((start[6] << 8 | start[7]) & FRAGMENT)
			return err_set(e, 0, "an IP fragment");
		if (!cursor_take(c, header))
			return cut(e, "IPv4");
		p->protocol = start[9];
		memcpy(p->from.at, mapped, sizeof(mapped));
		memcpy(p->to.at, mapped, sizeof(mapped));
		memcpy(p->from.at + 12, start + 12, 4);
		memcpy(p->to.at + 12, start + 16, 4);
		*len = total - header;
		return 0;
	}
	if (!cursor_take(c, IPV6_HEADER))
		return cut(e, "IPv6");
	if (start[0] >> 4 != 6)
		return err_set(e, 0, "an IP header of version %d", start[0] >> 4);
	*len = (size_t)start[4] << 8 | start[5];
	p->protocol = start[6];
	memcpy(p->from.at, start + 8, 16);
	memcpy(p->to.at, start + 24, 16);
	while (p->protocol == HOP_BY_HOP || p->protocol == DESTINATION) {
		const uint8_t *option = cursor_take(c, 8);
		if (!option)
			return cut(e, "IPv6 extension");
		const size_t more = (size_t)option[1] * 8;
		if (*len < 8 + more || !cursor_take(c, more))
			return cut(e, "IPv6 extension");
		*len -= 8 + more;
		p->protocol = option[0];
	}
	return 0;
}

int net_decode(struct net_packet *p, enum net_link link, struct bytes frame, struct err *e)
{
	struct cursor c = cursor_of(frame.at, frame.len);
	size_t len = 0, header = 8;

	memset(p, 0, sizeof(*p));
	const unsigned type = ethertype(&c, link);
	if (c.failed)
		return cut(e, "link");
	if (type != TYPE_IPV4 && type != TYPE_IPV6)
		return 1;
	const int status = ip(p, &c, type, &len, e);
	if (status)
		return status;
	if (p->protocol != NET_UDP && p->protocol != NET_TCP)
		return 1;
	p->from_port = (uint16_t)cursor_be(&c, 2);
	p->to_port = (uint16_t)cursor_be(&c, 2);
	if (p->protocol == NET_UDP) {
		const size_t said = (size_t)cursor_be(&c, 2);
		cursor_take(&c, 2);
		if (!c.failed && (said < header || said > len))
			return err_set(e, 0, "UDP length %zu in an IP payload of %zu bytes", said,
				       len);
		len = said;
	} else {
		p->seq = (uint32_t)cursor_be(&c, 4);
		p->ack = (uint32_t)cursor_be(&c, 4);
		header = (size_t)(cursor_be(&c, 1) >> 4) * 4;
		p->flags = (uint8_t)cursor_be(&c, 1);
		cursor_take(&c, 6);
		if (!c.failed && (header < 20 || header > len))
			return err_set(e, 0, "TCP header of %zu bytes in an IP payload of %zu",
				       header, len);
		if (!c.failed)
			cursor_take(&c, header - 20);
	}
	if (c.failed)
		return cut(e, p->protocol == NET_UDP ? "UDP" : "TCP");
	/* Ethernet pads short frames: what is behind the IP packet is none of it. */
	p->load_len = len - header;
	const size_t left = cursor_left(&c);
	p->load = (struct bytes){c.at, left < p->load_len ? left : p->load_len};
	return 0;
}

/* ---- encoding ---- */

static uint32_t sum(uint32_t so_far, const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		so_far += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	return so_far;
}

static uint16_t fold(uint32_t s)
{
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

static void put_mac(struct writer *w, const struct net_address *a)
{
	writer_be(w, 5, 0x0200000000); /* locally administered */
	writer_be(w, 1, a->at[15]);
}

size_t net_encode(const struct net_packet *p, size_t more, uint8_t *buf, size_t size)
{
	struct writer w = writer_of(buf, size);
	const bool udp = p->protocol == NET_UDP;
	const size_t header = udp ? 8 : 20, load = p->load.len + more,
		     total = IPV4_HEADER + header + load;

	if (total > UINT16_MAX)
		return 0;
	put_mac(&w, &p->to);
	put_mac(&w, &p->from);
	writer_be(&w, 2, TYPE_IPV4);
	uint8_t *ip_at = w.at;
	writer_be(&w, 2, 0x4500);
	writer_be(&w, 2, total);
	writer_be(&w, 4, 0x4000); /* identification 0, may not be fragmented */
	writer_be(&w, 2, 0x4000u | p->protocol);
	writer_be(&w, 2, 0);
	writer_put(&w, p->from.at + 12, 4);
	writer_put(&w, p->to.at + 12, 4);
	uint8_t *transport = w.at;
	writer_be(&w, 2, p->from_port);
	writer_be(&w, 2, p->to_port);
	if (udp) {
		writer_be(&w, 2, header + load);
		writer_be(&w, 2, 0);
	} else {
		writer_be(&w, 4, p->seq);
		writer_be(&w, 4, p->ack);
		writer_be(&w, 1, 5 << 4);
		writer_be(&w, 1, p->flags);
		writer_be(&w, 2, 0xffff);
		writer_be(&w, 4, 0);
	}
	writer_put(&w, p->load.at, p->load.len);
	if (w.failed)
		return 0;
	const uint16_t check = fold(sum(0, ip_at, IPV4_HEADER));
	ip_at[10] = (uint8_t)(check >> 8);
	ip_at[11] = (uint8_t)check;
	if (!udp) {
		const uint32_t pseudo = sum(NET_TCP + (uint32_t)(header + load), ip_at + 12, 8);
		const uint16_t tcp = fold(sum(pseudo, transport, header + load));
		transport[16] = (uint8_t)(tcp >> 8);
		transport[17] = (uint8_t)tcp;
	}
	return writer_len(&w);
}

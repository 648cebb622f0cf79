/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands below RDMA in a capture: Ethernet, IPv4 and IPv6, UDP and TCP. Frames that a capture
 * cut are read as far as they go; lengths are those of the wire.
 */
#ifndef WIRE_NET_H
#define WIRE_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"
#include "err.h"
#include "pdu.h"

enum { NET_UDP = 17, NET_TCP = 6, ROCE_PORT = 4791 /* IBTA Annex A17 */ };
enum { NET_FIN = 1, NET_SYN = 2, NET_RST = 4, NET_PSH = 8, NET_ACK = 16 };

/* IPv6, or IPv4 as ::ffff:a.b.c.d. */
struct net_address {
	uint8_t at[16];
};

struct net_address net_ipv4(uint32_t host_order);
bool net_is_ipv4(const struct net_address *a);
bool net_same(const struct net_address *a, const struct net_address *b);
/* "192.0.2.1", "2001:db8::1"; buf of 46 bytes. Returns buf. */
const char *net_text(const struct net_address *a, char *buf, size_t size);

/* A UDP datagram or a TCP segment. */
struct net_packet {
	struct net_address from, to;
	uint16_t from_port, to_port;
	uint8_t protocol; /* NET_UDP, NET_TCP */
	/* TCP */
	uint32_t seq, ack;
	uint8_t flags;
	/* What UDP or TCP carries: `load` of it was captured, load_len bytes there were. */
	struct bytes load;
	size_t load_len;
	struct bytes ip; /* from the IP header on, as captured, for checksums */
};

/* How the frames of a capture begin. */
enum net_link { NET_ETHERNET, NET_RAW_IP, NET_NULL, NET_SLL, NET_SLL2 };

/*
 * Takes a frame apart; VLAN tags are stepped over. 0; 1 when it is sound and neither UDP nor TCP;
 * -1 with *e when it is neither: its headers are cut or contradict themselves, or it is a fragment.
 */
int net_decode(struct net_packet *p, enum net_link link, struct bytes frame, struct err *e);

/*
 * Ethernet (addresses made of the last byte of each IP address), IPv4 and UDP or TCP; then `load`
 * (load_len is not looked at). `more` bytes, which the caller adds, count as UDP's. UDP goes
 * without checksum (RFC 768). Returns the bytes written, 0 when they do not fit.
 */
size_t net_encode(const struct net_packet *p, size_t more, uint8_t *buf, size_t size);
enum {
	NET_UDP_HEADERS = 14 + 20 + 8, /* bytes in front of the load */
	NET_TCP_HEADERS = 14 + 20 + 20,
	NET_IP_AT = 14,
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RoCEv2 packets: InfiniBand transport headers in UDP (IBTA specification 1, section 9 and Annex
 * A17), as far as reliable connections and the datagrams of the connection manager use them.
 */
#ifndef WIRE_ROCE_H
#define WIRE_ROCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "net.h"
#include "pdu.h"

/* BTH opcodes, table 38. */
enum roce_opcode {
	RC_SEND_FIRST = 0x00,
	RC_SEND_MIDDLE = 0x01,
	RC_SEND_LAST = 0x02,
	RC_SEND_LAST_IMM = 0x03,
	RC_SEND_ONLY = 0x04,
	RC_SEND_ONLY_IMM = 0x05,
	RC_WRITE_FIRST = 0x06,
	RC_WRITE_MIDDLE = 0x07,
	RC_WRITE_LAST = 0x08,
	RC_WRITE_LAST_IMM = 0x09,
	RC_WRITE_ONLY = 0x0a,
	RC_WRITE_ONLY_IMM = 0x0b,
	RC_READ_REQUEST = 0x0c,
	RC_READ_FIRST = 0x0d, /* of a response */
	RC_READ_MIDDLE = 0x0e,
	RC_READ_LAST = 0x0f,
	RC_READ_ONLY = 0x10,
	RC_ACK = 0x11,
	RC_SEND_LAST_INV = 0x16,
	RC_SEND_ONLY_INV = 0x17,
	UD_SEND_ONLY = 0x64,
};

/* AETH syndromes, 9.7.5.2. */
enum roce_syndrome {
	AETH_ACK = 0x1f,     /* no credits are told */
	AETH_RNR_NAK = 0x20, /* and the timer code in the lower five bits */
	AETH_NAK = 0x60,     /* and one of the codes below */
	AETH_KIND = 0x60,
};
enum roce_nak { NAK_SEQUENCE, NAK_INVALID_REQUEST, NAK_REMOTE_ACCESS, NAK_REMOTE_OPERATION };

#define PSN_MASK 0xffffffu

struct roce_packet {
	uint8_t opcode;
	bool solicited, ack_request;
	uint8_t pad;
	uint32_t qp, psn; /* of the destination; 24 bits each */
	/* by opcode */
	uint32_t source_qp, qkey; /* DETH */
	uint64_t addr;		  /* RETH: address, key, bytes */
	uint32_t key, len;
	uint8_t syndrome; /* AETH */
	uint32_t msn;
	uint32_t imm, invalidated_key;
	/* load_len bytes without pad, `load` of them captured. */
	struct bytes load;
	size_t load_len;
};

enum roce_check { ROCE_ICRC_GOOD, ROCE_ICRC_BAD, ROCE_ICRC_CUT };

/* What of a reliable connection's packet an opcode says; all false: none that we know. */
struct roce_shape {
	bool send, write, read_request, read_response, ack; /* one of them */
	bool first, last;				    /* both: "only" */
	bool imm, invalidate;
	bool known;
};
struct roce_shape roce_shape(unsigned opcode);
unsigned roce_headers(unsigned opcode); /* bytes of BTH and what follows it, 0: unknown */

/* The ICRC that a packet should have, whose load is whole and has 16 bytes at least; its last four
 * bytes, with the least significant one first, are where it stands. */
uint32_t roce_icrc(const struct net_packet *net);
/* A UDP datagram's load; -1 with *e: cut in its headers, or of an opcode that is not above. */
int roce_decode(struct roce_packet *p, const struct net_packet *net, enum roce_check *check,
		struct err *e);
/* A whole frame with its ICRC; load_len is not looked at, pad is made. Returns the bytes written, 0
 * when they do not fit. */
size_t roce_encode(const struct roce_packet *p, const struct net_address *from,
		   const struct net_address *to, uint16_t from_port, uint8_t *buf, size_t size);

#endif

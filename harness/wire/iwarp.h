/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iWARP on TCP: MPA's connection frames and FPDUs (RFC 5044, RFC 6581), and in an FPDU one segment
 * of DDP (RFC 5041) with RDMAP's opcode (RFC 5040). Without markers, which nobody negotiates.
 */
#ifndef WIRE_IWARP_H
#define WIRE_IWARP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "pdu.h"

enum {
	MPA_PRIVATE_MAX = 512,
	MPA_START = 20,	  /* key, flags, revision, length */
	MPA_DEPTHS = 4,	  /* of revision 2, in front of the private data */
	MPA_OVERHEAD = 6, /* length and CRC of an FPDU; and up to 3 pad bytes */
	DDP_HEADER_MAX = 18,
};

/* The frame that each side begins with. */
struct mpa_start {
	bool reply, markers, crc, rejected;
	bool depths; /* revision 2: ird and ord are told */
	uint16_t ird, ord;
	struct bytes private_data; /* without them */
};

/* How many bytes such a frame has, of which at least MPA_START are there; 0: it is none. */
size_t mpa_start_size(struct bytes at);
int mpa_start_decode(struct mpa_start *m, struct bytes frame, struct err *e);
/* Private data beyond what fits is left out. Returns the length. */
size_t mpa_start_encode(const struct mpa_start *m, uint8_t out[MPA_START + MPA_PRIVATE_MAX]);

/* RDMAP opcodes, RFC 5040 4.3. */
enum rdmap_opcode {
	RDMAP_WRITE,
	RDMAP_READ_REQUEST,
	RDMAP_READ_RESPONSE,
	RDMAP_SEND,
	RDMAP_SEND_INV,
	RDMAP_SEND_SE,
	RDMAP_SEND_SE_INV,
	RDMAP_TERMINATE,
};
enum ddp_queue { DDP_SENDS, DDP_READS, DDP_TERMINATES };

/* CRCs that nobody asked for are zeros, with siw at least. */
enum ddp_check { DDP_CRC_GOOD, DDP_CRC_ZERO, DDP_CRC_BAD };

struct ddp_segment {
	bool tagged, last;
	bool reserved; /* reserved bits are set */
	uint8_t opcode;
	uint32_t key;  /* tagged: STag; untagged: what a Send invalidates */
	uint64_t addr; /* tagged: tagged offset */
	uint32_t queue, msn, offset;
	struct bytes load;
};

/* One FPDU: *whole is its length. 1: more bytes are needed, *whole of them when that is known, else
 * 0. -1 with *e: no segment that RFC 5040 and 5041 know. */
int ddp_decode(struct ddp_segment *s, struct bytes at, size_t *whole, enum ddp_check *check,
	       struct err *e);
/* Returns the length, 0 when it does not fit. */
size_t ddp_encode(const struct ddp_segment *s, uint8_t *buf, size_t size);

/* What an RDMA Read Request carries, RFC 5040 4.4. */
struct rdmap_read {
	uint32_t sink_key, len, source_key;
	uint64_t sink_addr, source_addr;
};
enum { RDMAP_READ_SIZE = 28 };
int rdmap_read_decode(struct rdmap_read *r, struct bytes load);
void rdmap_read_encode(const struct rdmap_read *r, uint8_t out[RDMAP_READ_SIZE]);

/* What a TERMINATE says, RFC 5040 4.8. */
struct rdmap_terminate {
	unsigned layer, type, code;
};
enum { RDMAP_TERMINATE_SIZE = 4 };
int rdmap_terminate_decode(struct rdmap_terminate *t, struct bytes load);
void rdmap_terminate_encode(const struct rdmap_terminate *t, uint8_t out[RDMAP_TERMINATE_SIZE]);

#endif

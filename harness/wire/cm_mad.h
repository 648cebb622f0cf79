/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of the InfiniBand connection manager, the MADs on queue pair 1 that make and end a
 * connection (IBTA specification 1, 12.6), with what the IP addressing annex A11 puts into the REQ.
 */
#ifndef WIRE_CM_MAD_H
#define WIRE_CM_MAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"
#include "net.h"
#include "pdu.h"

enum {
	CM_MAD_SIZE = 256,
	CM_QP = 1,
	CM_REQ_PRIVATE = 92,
	CM_REQ_OWN = 56, /* of them, behind the 36 of annex A11 */
	CM_REP_PRIVATE = 196,
	CM_REJ_PRIVATE = 148,
};
#define CM_QKEY 0x80010000u

enum cm_mad_kind {
	CM_REQ = 0x10,
	CM_MRA = 0x11,
	CM_REJ = 0x12,
	CM_REP = 0x13,
	CM_RTU = 0x14,
	CM_DREQ = 0x15,
	CM_DREP = 0x16,
};

struct cm_mad {
	enum cm_mad_kind kind;
	uint64_t transaction;
	uint32_t local_id, remote_id; /* communication ids */
	/*
	 * REQ and REP: the sender's queue pair, and the number with which the *other* side begins
	 * to number its packets (IBTA specification 1, 12.7.31); DREQ: the other side's qp.
	 */
	uint32_t qp, psn;
	uint8_t responder_resources, initiator_depth, rnr_retry, retry, mtu /* code: 5 = 4096 */;
	/* REQ */
	uint16_t port, from_port; /* service and source, of annex A11 */
	bool by_port;		  /* its service id names a TCP port */
	struct net_address from, to;
	uint16_t reason;	   /* REJ */
	struct bytes private_data; /* a whole area; of a REQ that behind annex A11's part */
};

/* 0; -1 with *e: no MAD of the connection manager, or cut. */
int cm_mad_decode(struct cm_mad *m, struct bytes mad, struct err *e);
/* private_data beyond the area's size is left out. */
void cm_mad_encode(const struct cm_mad *m, uint8_t out[CM_MAD_SIZE]);

#endif

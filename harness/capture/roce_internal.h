/* SPDX-License-Identifier: BSD-2-Clause */
/* RoCEv2 connections while they are read. */
#ifndef CAPTURE_ROCE_INTERNAL_H
#define CAPTURE_ROCE_INTERNAL_H

#include "../wire/roce.h"
#include "internal.h"

struct rc {
	struct link *link; /* what happens now belongs to */
	struct rc_half {
		bool known; /* address and queue pair are */
		struct net_address address;
		uint32_t qp, id;	  /* id: of the connection manager's */
		bool counting;		  /* `expected` means something */
		uint32_t expected, slack; /* slack: an RDMA Read may take so many numbers more */
		bool said_bye;
		bool assembling; /* the newest request of this side is not at its end */
		size_t act;
	} half[2];
	unsigned mtu; /* bytes; 0: not known */
	uint32_t begun_at;
	bool ready;
};

/* Packets from one address to a queue pair at another one. */
struct flow {
	struct net_address from, to;
	uint32_t qp;
	bool requests, disputed, used;
	uint32_t newest;     /* number of a request */
	size_t voter, votes; /* the flow that answers its requests */
};

struct roce_end {
	struct net_address address;
	uint32_t qp;
};

struct roce {
	struct capture *capture;
	struct rc **all, *last;
	size_t count;
	struct flow *flows;
	size_t flow_count;
	struct roce_end *announced; /* by the connection manager, somewhere in the capture */
	size_t announced_count;
};

/* Is this a packet to that side of the connection? */
bool rc_goes_to(const struct rc *c, enum side to, const struct net_packet *net, uint32_t qp);
/* A packet of that side's, behind which the capture goes on up to `end`; rc.c. */
void rc_packet(struct capture *capture, struct rc *c, enum side from,
	       const struct capture_packet *p, const struct capture_packet *end,
	       const struct roce_packet *rp);

#endif

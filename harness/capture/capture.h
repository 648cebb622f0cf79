/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Somebody else's capture of iSER connections, on RoCEv2 or iWARP, as what happened on each of
 * them.
 *
 * Nothing is guessed. What the capture began behind, what is missing from it and what it holds
 * twice is counted and told; where messages are missing, what follows is a connection of its own
 * that began in the middle, since nobody knows any more what was agreed and numbered before.
 */
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "../fabric/log.h"
#include "../wire/err.h"
#include "../wire/net.h"

enum capture_begin {
	CAPTURE_WHOLE,	/* from the connection request on */
	CAPTURE_JOINED, /* the capture begins behind it */
	CAPTURE_GAP,	/* goes on behind messages that are missing */
};

/* A connection, or what follows behind a gap in one. */
struct capture_link {
	enum capture_begin begin;
	bool iwarp;
	bool roles_known; /* which side is the initiator; else there is nothing in it to judge */
	struct net_address initiator, target;
	uint32_t initiator_at, target_at; /* queue pairs; TCP ports */
	uint16_t port;			  /* the target's, 0 where it is not known */
	size_t first_frame, last_frame;
	size_t messages[2];		 /* of the initiator, of the target */
	size_t rdma[2];			 /* RDMA operations, likewise */
	size_t again, rnr_naks, missing; /* packets; missing ones in front of it */
	size_t early; /* packets in front of which one was lost, so that nobody took them */
	bool one_way; /* whose packets those of the other direction are cannot be told */
};

struct capture_counts {
	size_t frames, other; /* other: no RoCEv2 and no TCP, or TCP without MPA */
	size_t unreadable;    /* headers cut or contradictory; fragments */
	size_t damaged;	      /* wrong ICRC or CRC: as if they had not arrived */
	size_t cut;	      /* messages of which the capture kept the beginning alone */
	size_t strange;	      /* opcodes and datagrams that no reliable connection has */
	size_t not_iser;      /* connections that carry something else */
};

struct capture;

/* pcap or pcapng, read by libpcap. NULL with *e. */
struct capture *capture_read(const char *path, struct err *e);
/* The same of an open file, which it closes; `name` stands for it in messages. */
struct capture *capture_read_stream(FILE *in, const char *name, struct err *e);
void capture_free(struct capture *c);

const struct capture_counts *capture_counts(const struct capture *c);
/* In the order of their first frames. */
size_t capture_link_count(const struct capture *c);
const struct capture_link *capture_link(const struct capture *c, size_t i);

/*
 * The event log that the other side of the system under test would have written, as far as the wire
 * tells: connection i + 1 is capture_link(i). `line` of each event is the number of its frame. A
 * link that did not begin in the capture begins with the CM event "joined". The caller frees.
 */
struct log *capture_log(const struct capture *c, bool sut_is_target);

#endif

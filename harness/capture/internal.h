/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the capture's reader only. */
#ifndef CAPTURE_INTERNAL_H
#define CAPTURE_INTERNAL_H

#include "capture.h"

enum side { INITIATOR, TARGET }; /* who asked for the connection, who was asked */

static inline enum side other(enum side s)
{
	return s == INITIATOR ? TARGET : INITIATOR;
}

enum act_kind {
	ACT_CONNECT,
	ACT_ACCEPT,
	ACT_READY,
	ACT_REJECT,
	ACT_BYE,
	ACT_MESSAGE,
	ACT_WRITE,
	ACT_READ,
	ACT_TERMINATE,
};

/* What is known of how a request ended. */
enum act_fate { FATE_UNKNOWN, FATE_DONE, FATE_RNR, FATE_INVALID, FATE_ACCESS, FATE_OPERATION };

/* One thing that one side did. */
struct act {
	enum act_kind kind;
	enum side from;
	size_t frame, last_frame; /* the first and the last frame of it; numbers from 1 */
	uint64_t time, last_time;
	uint8_t *at; /* a message, or private data; owned */
	size_t len;
	uint32_t key, imm;
	uint64_t addr, rdma_len;
	bool invalidated, has_imm, solicited;
	uint32_t depths[3]; /* responder resources, initiator depth, RNR retry */
	uint32_t reason;    /* REJ; TERMINATE: layer, type, code as in its first word */
	enum act_fate fate;
	size_t fate_frame;
	uint64_t fate_time;
	uint32_t psn, last_psn; /* RoCE */
	bool complete;
};

struct link {
	struct capture_link about;
	struct act *acts;
	size_t act_count, act_room;
	size_t first_open[2]; /* acts of that side before it are answered */
	bool turned; /* sides are turned round: the active one was taken for the passive one */
};

struct capture {
	struct capture_counts counts;
	struct link **links; /* those that end up in the log, when reading is over */
	size_t link_count;
};

/* A frame that is RoCEv2's or TCP's, kept until reading is over. */
struct capture_packet {
	size_t frame;
	uint64_t time;
	uint8_t *bytes; /* owned */
	struct net_packet net;
};

void *capture_must(void *p);

struct link *link_new(struct capture *c, enum capture_begin begin);
/* What follows behind a gap of `missing` packets (0: not known). */
struct link *link_behind(struct capture *c, const struct link *before, size_t missing);
/* A new act of that packet; at (may be NULL) is copied. */
struct act *link_act(struct link *l, enum act_kind kind, enum side from,
		     const struct capture_packet *p, const uint8_t *at, size_t len);
void act_append(struct act *a, const uint8_t *at, size_t len);
void act_ends(struct act *a, enum act_fate fate, const struct capture_packet *p);

struct roce;
struct roce *roce_new(struct capture *c);
/* First all packets, to know the queue pairs that belong together; then all of them once more. */
void roce_scan(struct roce *r, const struct capture_packet *p);
void roce_pair(struct roce *r);
/* `end`: behind the last packet of all. */
void roce_take(struct roce *r, const struct capture_packet *p, const struct capture_packet *end);
void roce_free(struct roce *r);

struct iwarp;
struct iwarp *iwarp_new(struct capture *c);
void iwarp_take(struct iwarp *w, const struct capture_packet *p);
/* No packet comes any more. */
void iwarp_end(struct iwarp *w);
void iwarp_free(struct iwarp *w);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* One direction of a TCP connection, put in order. */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include "internal.h"

struct stream_held { /* a segment behind a hole */
	uint32_t seq;
	const struct capture_packet *packet;
};

struct stream {
	bool open; /* `next` is known */
	uint32_t next;
	uint8_t *at; /* what has come and was not taken */
	size_t len, room;
	const struct capture_packet *begun; /* brought the first byte of it */
	struct stream_held *held;
	size_t held_count;
};

enum stream_news { STREAM_NOTHING, STREAM_AGAIN, STREAM_MORE, STREAM_GAP };

/* Takes a segment; p must stay. STREAM_MORE: `at` has grown. */
enum stream_news stream_take(struct stream *s, const struct capture_packet *p);
/* Is there more behind what has come, now that a hole is filled, or given up? */
enum stream_news stream_more(struct stream *s);
/* The other side has all up to `ack`, or (always) nothing more will come: a hole that is still
 * there was never captured. *missing bytes are given up, with all that was not taken; STREAM_GAP
 * then. */
enum stream_news stream_skip(struct stream *s, uint32_t ack, bool always, size_t *missing);
void stream_drop(struct stream *s, size_t len); /* the first bytes are taken */
void stream_free(struct stream *s);

#endif

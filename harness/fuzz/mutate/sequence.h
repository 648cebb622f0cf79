/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A session as bytes: messages one after the other, each with how it came. What a fuzzer changes
 * and a parser is fed with (fuzz/byo.h).
 *
 * Any bytes are some sequence. A record is
 *
 *     byte 0     bits 0-2 phase, modulo the number of phases; bit 3 the sender, 1 = the target;
 *                bits 4-5 kind of Send; bits 6-7 delay (bit 0 is the least significant)
 *     bytes 1-2  length of the message, big-endian; where fewer bytes follow, those are the message
 *     4 bytes    only with Invalidate or Immediate: the STag or the immediate data, big-endian
 *     the message, from its iSER header on
 *
 * and what is too short for its record's head is no record: the sequence ends before it.
 */
#ifndef FUZZ_MUTATE_SEQUENCE_H
#define FUZZ_MUTATE_SEQUENCE_H

#include "../../wire/cursor.h"
#include "../../wire/pdu.h"

enum {
	SEQUENCE_MESSAGE_MAX = 0xffff,
	SEQUENCE_HEAD_MAX = 7, /* bytes of a record before its message */
};

/* Where the connection is when the message comes, as far as its sender knows. */
enum sequence_phase {
	PHASE_SECURITY,	   /* SecurityNegotiation, and before any login */
	PHASE_OPERATIONAL, /* LoginOperationalNegotiation */
	PHASE_HELLO,	   /* behind the final Login Response, before the Hello exchange is over */
	PHASE_FULL_FEATURE,
	PHASE_LOGOUT, /* behind a Logout Request */
	PHASE_COUNT,
};

enum sequence_kind { KIND_SEND, KIND_SOLICITED, KIND_INVALIDATE, KIND_IMMEDIATE };

/* After the message before it. */
enum sequence_delay {
	DELAY_NONE,    /* with the same doorbell */
	DELAY_SHORT,   /* while that one is being worked on */
	DELAY_SETTLED, /* when all is quiet again */
	DELAY_LONG,    /* past the receiver's timers */
};

struct sequence_message {
	enum sequence_phase phase;
	enum pdu_sender sender;
	enum sequence_kind kind;
	enum sequence_delay delay;
	uint32_t key; /* KIND_INVALIDATE: the STag; KIND_IMMEDIATE: the immediate data; else 0 */
	struct bytes bytes;
};

/* Takes the next message off the cursor, whose bytes it borrows; false at the end. */
bool sequence_next(struct cursor *c, struct sequence_message *out);
/* Appends one message; fails the writer where it is longer than SEQUENCE_MESSAGE_MAX. What was
 * written comes back from sequence_next() as it was. */
void sequence_put(struct writer *w, const struct sequence_message *m);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of one message, one at a time, each in place and within its room. */
#ifndef FUZZ_MUTATE_MESSAGE_H
#define FUZZ_MUTATE_MESSAGE_H

#include "../../wire/pdu.h"
#include "edit.h"

/* Some change of a message. `other` is another message of the same session, whose tags and numbers
 * are worth having; len 0: there is none. */
void mutate_message(struct rng *r, struct edit *msg, struct bytes other);

/* One or a few fields; nothing where the opcode is not known. */
void mutate_fields(struct rng *r, struct edit *msg, struct bytes other);
/* One of the lengths that must agree, RFC 7143 11.2.1.5 and 11.2.1.6: what is received,
 * DataSegmentLength, TotalAHSLength or an AHSLength. The others stay right. Or all are repaired. */
void mutate_lengths(struct rng *r, struct edit *msg);
/* An AHS more, less, twice, or with another type or length. */
void mutate_ahs(struct rng *r, struct edit *msg);
/* The data segment: its keys, its sense data, its size; its length says so. */
void mutate_data(struct rng *r, struct edit *msg);
/* The text of a Login or Text PDU, RFC 7143 6.1. */
void mutate_text(struct rng *r, struct edit *text);

/* A new one of any type in place of what is there, honest but for what its type leaves open. */
void mutate_into_fresh(struct rng *r, struct edit *msg, enum pdu_sender sender);

#endif

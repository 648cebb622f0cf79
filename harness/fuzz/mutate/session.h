/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of a sequence of messages (sequence.h): of one of them, of their order, and of what ties
 * them to one another. */
#ifndef FUZZ_MUTATE_SESSION_H
#define FUZZ_MUTATE_SESSION_H

#include "edit.h"
#include "sequence.h"

enum { SESSION_RECORDS = 256 }; /* what follows is left as it is */

struct session {
	struct edit bytes; /* the caller's room */
	size_t count;
	struct record {
		size_t at, len; /* with its head */
	} records[SESSION_RECORDS];
	/* Rooms to work in: a record that is written, a message that is changed. */
	uint8_t record[SEQUENCE_HEAD_MAX + SEQUENCE_MESSAGE_MAX];
	uint8_t message[SEQUENCE_MESSAGE_MAX];
};

/* Finds the records; to be called when the bytes have changed but by these functions. */
void session_index(struct session *s);
/* Reads record i, which must exist; the bytes are the session's own. */
struct sequence_message session_get(const struct session *s, size_t i);
/* Writes a message in place of record i, or before it. False, and nothing is changed, where there
 * is no room. m->bytes may be the session's own. */
bool session_replace(struct session *s, size_t i, const struct sequence_message *m);
bool session_insert(struct session *s, size_t i, const struct sequence_message *m);
void session_drop(struct session *s, size_t i);
/* Takes record `from` out and puts it where record `to` stands then. */
void session_move(struct session *s, size_t from, size_t to);

/* One change. Needs no message to be there. */
void mutate_session(struct rng *r, struct session *s);

/* A tag, an STag or a Base Offset of one message goes into another. */
void mutate_tags(struct rng *r, struct session *s);
/* CmdSN, ExpStatSN, StatSN and ExpCmdSN as an honest session would have them, from the first ones
 * on; RFC 7143 4.2.2. */
void session_renumber(struct session *s);
/* The same, and one of them broken. */
void mutate_numbers(struct rng *r, struct session *s);

#endif

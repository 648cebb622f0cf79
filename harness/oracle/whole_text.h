/* SPDX-License-Identifier: BSD-2-Clause */
/* Key=value text as one side said it, however many PDUs it took; for monitors of keys. */
#ifndef ORACLE_WHOLE_TEXT_H
#define ORACLE_WHOLE_TEXT_H

#include "dialogue.h"

/* A well-formed pair. */
struct whole_pair {
	struct bytes key, value;
	const struct text_key *known; /* NULL: not in any table */
};

struct whole_text {
	struct bytes all; /* as it was said, pieces before this one included */
	struct whole_pair *pairs;
	size_t count;
	/* internal: how many pairs have room, and where the pieces are put together */
	size_t room;
	uint8_t *joined;
};

/*
 * Does this message end a text: a Login PDU of the login phase or a Text PDU, with C=0 (RFC 7143
 * 6.2)? Then *x is the whole of it, until it is read into again; the message's own bytes stay where
 * they are. No: also where the other side has said what cannot be read, so that this may be an
 * answer to it. *x is zeroed at first, and freed at the end.
 */
bool whole_text_read(struct whole_text *x, const struct dialogue *d, const struct traffic *t);
void whole_text_free(struct whole_text *x);

/* The first value of a key in the text; false: it is not there. */
bool whole_text_find(const struct whole_text *x, const char *key, struct bytes *value);

/* Is it the Login PDU of its side, in the login phase? */
bool is_login_pdu(const struct dialogue *d, const struct traffic *t);

#endif

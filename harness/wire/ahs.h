/* SPDX-License-Identifier: BSD-2-Clause */
/* Additional Header Segments, RFC 7143 11.2.2: extended CDB and bidirectional read length. */
#ifndef WIRE_AHS_H
#define WIRE_AHS_H

#include "cursor.h"
#include "err.h"
#include "pdu.h"

enum ahs_type { AHS_EXTENDED_CDB = 1, AHS_BIDI_READ_LENGTH = 2 };

struct ahs {
	unsigned type;	    /* 6 bits, RFC 7143 11.2.2.1 */
	struct bytes value; /* AHS-Specific bytes, AHSLength of them (the first is reserved) */
};

/*
 * Takes the next AHS off the cursor. 1: got one, 0: end, -1: malformed, with *e. The two assigned
 * types come out with a length that their figures allow, so that value.at[1] to value.at[4] of a
 * bidirectional length exist.
 */
int ahs_next(struct cursor *c, struct ahs *out, struct err *e);
/* Can all of an AHS area be taken so? An empty one can. RFC 7143 11.2.2 */
bool ahs_is_sound(struct bytes area);
/* Appends one AHS padded to 4 bytes; value begins with the reserved byte. Fails the writer when len
 * > 65535. */
void ahs_put(struct writer *w, unsigned type, const void *value, size_t len);

#endif

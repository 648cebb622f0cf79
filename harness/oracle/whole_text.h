/* SPDX-License-Identifier: BSD-2-Clause */
/* Key=value text as one side said it, however many PDUs it took; for monitors of keys. */
#ifndef ORACLE_WHOLE_TEXT_H
#define ORACLE_WHOLE_TEXT_H

#include "dialogue.h"

/*
 * Does this message end a text: a Login PDU of the login phase or a Text PDU, with C=0 (RFC 7143
 * 6.2)? Then *out is the whole of it, pieces before it included, to be freed by whole_text_free().
 * No: also where the other side has said what cannot be read, so that this may be an answer to it.
 */
bool whole_text(const struct dialogue *d, const struct traffic *t, struct bytes *out);
void whole_text_free(struct bytes *text);

/* The next well-formed pair; false: no more. *c is a cursor over the text. */
bool whole_text_next(struct cursor *c, struct text_pair *pair);
/* The first value of a key in the text; false: it is not there. */
bool whole_text_find(const struct bytes *text, const char *key, struct bytes *value);

/* Is it the Login PDU of its side, in the login phase? */
bool is_login_pdu(const struct dialogue *d, const struct traffic *t);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Between dialogue.c and dialogue_keys.c only. */
#ifndef ORACLE_DIALOGUE_INTERNAL_H
#define ORACLE_DIALOGUE_INTERNAL_H

#include "dialogue.h"

void dialogue_terms_default(struct dialogue_terms *t);
/* Takes the text of a Login or Text PDU; text with C=1 waits for its rest (RFC 7143 6.2). */
void dialogue_keys(struct dialogue *d, const struct traffic *t);
/* Does the Hello exchange follow the final Login Response (RFC 7145 5.1.3)? */
bool dialogue_hello_due(const struct dialogue *d);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the engines' entries of the session target share: the cases that sessions are grown from. */
#ifndef FUZZ_SESSION_POOLS_H
#define FUZZ_SESSION_POOLS_H

#include "../../harness/fuzz/session/session.h"

/* Of all cases of the role, read when first asked for from the folder of cases.h. */
const struct session_pool *pool_of(enum peer_role sut);
const struct ledger *pools_ledger(void);

/* Which role the text says that it tests; a target where it says neither. */
enum peer_role role_of(const void *text, size_t len);

/* A mutation of the text, or of a and b the cross, at most max bytes into out; returns its length.
 */
size_t pools_mutate(const uint8_t *text, size_t len, uint8_t *out, size_t max, uint64_t seed);
size_t pools_cross(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, uint8_t *out,
		   size_t max, uint64_t seed);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A toy of an iSER target that is wrong on purpose: what README.md of fuzz/ lets a fuzzer find.
 * Never build anything on it.
 *
 * TOY_FLAWS is a set of bits, a flaw each (toy.c); with 0 there are none.
 */
#ifndef TOY_H
#define TOY_H

#include <stddef.h>
#include <stdint.h>

struct toy;

struct toy *toy_new(void);
void toy_free(struct toy *t);
/* One message of the initiator, as it came in one Send. stag: invalidated with it, 0: none. Not 0:
 * the connection is to be closed. */
int toy_message(struct toy *t, const uint8_t *msg, size_t len, uint32_t stag);

#endif

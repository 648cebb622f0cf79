/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that grow and shrink in place, and never past their room. */
#ifndef FUZZ_MUTATE_EDIT_H
#define FUZZ_MUTATE_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rng.h"

struct edit {
	uint8_t *at;
	size_t len, max;
};

/* Puts `len` bytes where `gone` of them stood; what is past the end is not there to go. False, and
 * nothing is changed, where there is no room. `come` is not in e; NULL leaves bytes as they are. */
bool edit_replace(struct edit *e, size_t where, size_t gone, const void *come, size_t len);

/* Changes of bytes of which nothing is known: flips, steps, runs copied, cut and put in. */
void mutate_bytes(struct rng *r, struct edit *e);

#endif

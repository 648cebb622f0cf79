/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The structure-aware mutator, as fuzzing engines see it: bytes in, other bytes out, the same ones
 * for the same seed. It knows sessions (sequence.h), messages and the text of keys; what it does
 * with them stands in session.h, message.h and value.h.
 */
#ifndef FUZZ_MUTATE_MUTATE_H
#define FUZZ_MUTATE_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a fuzz target's input is. */
enum mutate_shape {
	MUTATE_SEQUENCE, /* messages of a session, sequence.h */
	MUTATE_MESSAGE,	 /* one iSER message */
	MUTATE_TEXT,	 /* the text of a Login or Text PDU */
};

struct mutator;

/* The caller frees it. NULL: no memory. */
struct mutator *mutator_new(enum mutate_shape shape);
void mutator_free(struct mutator *m);
void mutator_seed(struct mutator *m, uint64_t seed);

/* The engine's own mutation of bytes, which knows what the target compares with: changes size bytes
 * in place, at most max, and returns how many there are. It gets a share of the changes; without
 * it, edit.h does. */
typedef size_t (*mutate_bytes_fn)(uint8_t *data, size_t size, size_t max);
void mutator_set_bytes(struct mutator *m, mutate_bytes_fn bytes);

/* Changes data in place, at most max bytes; returns how many there are. */
size_t mutator_mutate(struct mutator *m, uint8_t *data, size_t size, size_t max);

/* Makes one out of two: returns how many bytes it wrote to out, at most max. */
size_t mutator_cross(struct mutator *m, const uint8_t *a, size_t a_len, const uint8_t *b,
		     size_t b_len, uint8_t *out, size_t max);

/*
 * Trims by parts: messages, then data segments, AHS and pairs. mutator_trim_begin() keeps a copy
 * and returns a number of tries that is never too small, or 0 with nothing to trim; each
 * mutator_trim_next() gives a shorter candidate (len, valid until the next call), or NULL at the
 * end; then mutator_trim_judge() says whether it did what the whole did.
 */
size_t mutator_trim_begin(struct mutator *m, const uint8_t *data, size_t len);
const uint8_t *mutator_trim_next(struct mutator *m, size_t *len);
void mutator_trim_judge(struct mutator *m, bool same);

#endif

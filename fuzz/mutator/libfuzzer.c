/* SPDX-License-Identifier: BSD-2-Clause */
/* The mutator as libFuzzer calls it: linked into the target, seeded anew by each call. */
#include "shape.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
				 uint8_t *out, size_t max, unsigned seed);

/* libFuzzer has no place for a pointer of ours; -fork and -jobs are processes of their own. */
static struct mutator *mutator(unsigned seed)
{
	static struct mutator *only;

	if (!only) {
		only = new_mutator();
		mutator_set_bytes(only, LLVMFuzzerMutate);
	}
	mutator_seed(only, seed);
	return only;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	return mutator_mutate(mutator(seed), data, size, max);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
				 uint8_t *out, size_t max, unsigned seed)
{
	return mutator_cross(mutator(seed), a, a_len, b, b_len, out, max);
}

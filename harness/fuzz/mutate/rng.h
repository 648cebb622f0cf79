/* SPDX-License-Identifier: BSD-2-Clause */
/* Random numbers for fuzzing: splitmix64. The same seed gives the same run on every machine; that
 * is all that is asked of them. */
#ifndef FUZZ_MUTATE_RNG_H
#define FUZZ_MUTATE_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline struct rng rng_of(uint64_t seed)
{
	return (struct rng){seed};
}

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Below n; 0 for n = 0. Numbers are small against 2^64, so the bias of the division is nothing. */
static inline size_t rng_below(struct rng *r, size_t n)
{
	return n ? (size_t)(rng_next(r) % n) : 0;
}

/* From lo to hi, both included, lo <= hi. */
static inline uint64_t rng_between(struct rng *r, uint64_t lo, uint64_t hi)
{
	uint64_t span = hi - lo + 1;

	return span ? lo + rng_next(r) % span : rng_next(r);
}

/* True once in n times. */
static inline bool rng_one_in(struct rng *r, size_t n)
{
	return rng_below(r, n) == 0;
}

#endif

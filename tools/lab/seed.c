/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into a User Mode Linux kernel: the random numbers that it asks the host for come from
 * ISERSPEC_SEED, so that a guest with the same seed draws the same numbers again.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

static uint64_t state;

/* splitmix64 */
static uint64_t next(void)
{
	uint64_t x = state += 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

__attribute__((constructor)) static void seed(void)
{
	const char *text = getenv("ISERSPEC_SEED");
	state = text ? strtoull(text, NULL, 10) : 1;
}

ssize_t getrandom(void *buf, size_t len, unsigned flags)
{
	unsigned char *out = buf;
	uint64_t word = 0;

	(void)flags;
	for (size_t i = 0; i < len; i++) {
		if (i % 8 == 0)
			word = next();
		out[i] = (unsigned char)(word >> i % 8 * 8);
	}
	return (ssize_t)len;
}

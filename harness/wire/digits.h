/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as text, for those who write many. */
#ifndef WIRE_DIGITS_H
#define WIRE_DIGITS_H

#include <stddef.h>
#include <stdint.h>

enum { DIGITS_MAX = 20 }; /* of 64 bits in decimal */

/* As %llu or, base 16, %llx have it, without a NUL; returns how many. */
static inline size_t digits_of(uint64_t n, unsigned base, char out[DIGITS_MAX])
{
	char back[DIGITS_MAX];
	size_t len = 0;

	do
		back[len++] = "0123456789abcdef"[n % base];
	while (n /= base);
	for (size_t i = 0; i < len; i++)
		out[i] = back[len - 1 - i];
	return len;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Words in tables: names of keys, fields, statements. */
#ifndef WIRE_WORD_H
#define WIRE_WORD_H

#include <stdbool.h>
#include <string.h>

/* Are they the same? Most differ in the first letter, and are asked for by the hundred. */
static inline bool word_is(const char *a, const char *b)
{
	return a[0] == b[0] && !strcmp(a, b);
}

#endif

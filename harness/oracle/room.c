/* SPDX-License-Identifier: BSD-2-Clause */
#include "room.h"

#include <stdio.h>
#include <stdlib.h>

void *need(void *p)
{
	if (!p) {
		fputs("iserspec: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *room_for_one(void *at, size_t count, size_t size)
{
	enum { FIRST = 16 };

	if (count && (count < FIRST || count & (count - 1)))
		return at;
	return need(reallocarray(at, count ? 2 * count : FIRST, size));
}

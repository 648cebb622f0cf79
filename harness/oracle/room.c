/* SPDX-License-Identifier: BSD-2-Clause */
#include "room.h"

#include <stdio.h>
#include <stdlib.h>

void *room_for_one(void *at, size_t count, size_t size)
{
	if (count & (count - 1))
		return at;
	at = reallocarray(at, count ? 2 * count : 1, size);
	if (!at) {
		fputs("iserspec: out of memory\n", stderr);
		abort();
	}
	return at;
}

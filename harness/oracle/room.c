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
	return count & (count - 1) ? at : need(reallocarray(at, count ? 2 * count : 1, size));
}

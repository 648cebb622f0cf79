/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of one parsed case. */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct block {
	struct block *next;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *blocks;
};

static void *must(void *p)
{
	if (!p) {
		fputs("iserspec: out of memory\n", stderr);
		abort();
	}
	return p;
}

struct arena *arena_new(void)
{
	return must(calloc(1, sizeof(struct arena)));
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	for (struct block *b = a->blocks, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void *arena_alloc(struct arena *a, size_t size)
{
	if (size > SIZE_MAX / 2)
		must(NULL);
	/* One malloc a piece, so that the sanitizers see each piece's own bounds. */
	struct block *b = must(calloc(1, sizeof(*b) + (size ? size : 1)));
	b->next = a->blocks;
	a->blocks = b;
	return b->bytes;
}

char *arena_copy(struct arena *a, const void *from, size_t len)
{
	char *to = arena_alloc(a, len + 1);
	if (len)
		memcpy(to, from, len);
	return to;
}

void *arena_grow(struct arena *a, void *array, size_t count, size_t element)
{
	/* Full when the count is a power of two: 0, 1, 2, 4, 8 ... */
	if (count & (count - 1))
		return array;
	size_t room = count ? count * 2 : 1;
	void *grown = arena_alloc(a, room * element);
	if (count)
		memcpy(grown, array, count * element);
	return grown;
}

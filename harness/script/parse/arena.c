/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of one parsed case. */
#include "arena.h"

#include <sanitizer/asan_interface.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BLOCK_SIZE = 8 * 1024,
	ALIGN = alignof(max_align_t),
};

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

struct arena {
	struct block *blocks; /* the first is the one that pieces are taken from */
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
		ASAN_UNPOISON_MEMORY_REGION(b->bytes, b->size);
		free(b);
	}
	free(a);
}

static struct block *new_block(struct arena *a, size_t size)
{
	struct block *b = must(malloc(sizeof(*b) + size));

	b->size = size;
	b->used = 0;
	b->next = a->blocks;
	a->blocks = b;
	ASAN_POISON_MEMORY_REGION(b->bytes, size);
	return b;
}

/* Not zeroed. */
static void *take(struct arena *a, size_t size)
{
	struct block *b = a->blocks;

	if (size > SIZE_MAX / 2)
		must(NULL);
	/* Something between two pieces is nobody's, so that AddressSanitizer sees the bounds of
	 * each. */
	const size_t taken = (size / ALIGN + 1) * ALIGN;
	if (!b || b->size - b->used < taken)
		b = new_block(a, taken > BLOCK_SIZE ? taken : BLOCK_SIZE);
	void *piece = b->bytes + b->used;
	b->used += taken;
	ASAN_UNPOISON_MEMORY_REGION(piece, size);
	return piece;
}

void *arena_alloc(struct arena *a, size_t size)
{
	return memset(take(a, size), 0, size);
}

char *arena_copy(struct arena *a, const void *from, size_t len)
{
	if (len > SIZE_MAX / 2)
		must(NULL);
	char *to = take(a, len + 1);
	if (len)
		memcpy(to, from, len);
	to[len] = '\0';
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory of one parsed case: allocated piece by piece, freed at once, so that no error path can
 * leak. */
#ifndef SCRIPT_ARENA_H
#define SCRIPT_ARENA_H

#include <stddef.h>

struct arena;

/* All of these abort when memory runs out; pieces are zeroed and aligned for any type. */
struct arena *arena_new(void);
void arena_free(struct arena *a); /* NULL is fine */
void *arena_alloc(struct arena *a, size_t size);
/* len bytes and a NUL behind them. */
char *arena_copy(struct arena *a, const void *from, size_t len);
/* A grown copy of an array: count elements kept, room for one more at least. */
void *arena_grow(struct arena *a, void *array, size_t count, size_t element);

#endif

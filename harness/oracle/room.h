/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory for what keeps books over a log. Without it the program ends: what it could report then
 * would not be true. */
#ifndef ORACLE_ROOM_H
#define ORACLE_ROOM_H

#include <stddef.h>

/* p, which is not NULL. */
void *need(void *p);
/* Room for one more element of `size` bytes: `at` has grown when `count` was zero or a power of
 * two, and has room for 16 at first. */
void *room_for_one(void *at, size_t count, size_t size);

#endif

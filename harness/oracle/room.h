/* SPDX-License-Identifier: BSD-2-Clause */
/* Arrays that grow, for what keeps books over a log. */
#ifndef ORACLE_ROOM_H
#define ORACLE_ROOM_H

#include <stddef.h>

/* Room for one more element of `size` bytes: grows `at` when `count` is zero or a power of two.
 * Ends the program when there is no memory: what it could report then would not be true. */
void *room_for_one(void *at, size_t count, size_t size);

#endif

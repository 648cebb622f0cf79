/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a RAM disk. What is never touched costs nothing, and what is given back is kept,
 * zeroed where it was written, for the next disk of that size. */
#ifndef PEER_DISK_MEDIUM_H
#define PEER_DISK_MEDIUM_H

#include <stddef.h>
#include <stdint.h>

struct medium;

struct medium *medium_new(size_t len); /* all zero; NULL when out of memory */
void medium_free(struct medium *m);
const uint8_t *medium_at(const struct medium *m, size_t offset);
/* The same, for who writes the len bytes there. */
uint8_t *medium_write(struct medium *m, size_t offset, size_t len);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocation that ends the program when there is none: without memory nothing it could report would
 * be true. */
#ifndef REPORT_MEMORY_H
#define REPORT_MEMORY_H

#include <stddef.h>

/* Returns p; aborts with one line when it is NULL. For results of malloc, strdup, json_object ...
 */
void *must(void *p);
/* Room for one more element of `size` bytes: grows `at` when `count` is zero or a power of two. */
void *grow(void *at, size_t count, size_t size);
/* What is freed from now on stays with the process, for who makes the same things over and over: to
 * fault it in again can cost more than the work itself. */
void keep_memory(void);
char *text_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A bounded reader and a bounded writer. Neither can leave its buffer; a failed step sticks. */
#ifndef WIRE_CURSOR_H
#define WIRE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cursor {
	const uint8_t *at, *end, *start;
	bool failed; /* a read went past the end; every later read gives zeros */
};

struct cursor cursor_of(const void *buf, size_t len);
size_t cursor_left(const struct cursor *c);
size_t cursor_offset(const struct cursor *c);
/* Big-endian unsigned integer of n bytes, 1 <= n <= 8; 0 once failed. */
uint64_t cursor_be(struct cursor *c, unsigned n);
/* Steps over n bytes and returns where they start, or NULL once failed. */
const uint8_t *cursor_take(struct cursor *c, size_t n);

struct writer {
	uint8_t *start, *at, *end;
	bool failed; /* something did not fit; nothing is written after that */
};

struct writer writer_of(void *buf, size_t size);
size_t writer_len(const struct writer *w);
/* The low n bytes of value, most significant first, 1 <= n <= 8. */
void writer_be(struct writer *w, unsigned n, uint64_t value);
void writer_put(struct writer *w, const void *from, size_t n);
void writer_zero(struct writer *w, size_t n);

#endif

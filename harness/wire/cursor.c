/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded reader and writer: all arithmetic on lengths of the wire ends here. */
#include "cursor.h"

#include <string.h>

/* NULL + 0 is undefined in C, so an absent buffer becomes an empty one that exists. */
static uint8_t nothing[1];

struct cursor cursor_of(const void *buf, size_t len)
{
	const uint8_t *start = buf ? buf : nothing;
	size_t left = buf ? len : 0;

	return (struct cursor){.at = start, .end = start + left, .start = start};
}

size_t cursor_left(const struct cursor *c)
{
	return c->failed ? 0 : (size_t)(c->end - c->at);
}

size_t cursor_offset(const struct cursor *c)
{
	return (size_t)(c->at - c->start);
}

const uint8_t *cursor_take(struct cursor *c, size_t n)
{
	if (c->failed || n > (size_t)(c->end - c->at)) {
		c->failed = true;
		return NULL;
	}
	const uint8_t *from = c->at;
	c->at += n;
	return from;
}

uint64_t cursor_be(struct cursor *c, unsigned n)
{
	if (n < 1 || n > 8) {
		c->failed = true;
		return 0;
	}
	const uint8_t *from = cursor_take(c, n);
	if (!from)
		return 0;

	uint64_t value = 0;
	for (unsigned i = 0; i < n; i++)
		value = value << 8 | from[i];
	return value;
}

struct writer writer_of(void *buf, size_t size)
{
	uint8_t *start = buf ? buf : nothing;
	size_t room = buf ? size : 0;

	return (struct writer){.start = start, .at = start, .end = start + room};
}

size_t writer_len(const struct writer *w)
{
	return (size_t)(w->at - w->start);
}

static uint8_t *reserve(struct writer *w, size_t n)
{
	if (w->failed || n > (size_t)(w->end - w->at)) {
		w->failed = true;
		return NULL;
	}
	uint8_t *to = w->at;
	w->at += n;
	return to;
}

void writer_be(struct writer *w, unsigned n, uint64_t value)
{
	if (n < 1 || n > 8) {
		w->failed = true;
		return;
	}
	uint8_t *to = reserve(w, n);
	for (unsigned i = n; to && i > 0; i--, value >>= 8)
		to[i - 1] = (uint8_t)value;
}

void writer_put(struct writer *w, const void *from, size_t n)
{
	uint8_t *to = reserve(w, n);
	if (to && n)
		memcpy(to, from, n);
}

void writer_zero(struct writer *w, size_t n)
{
	uint8_t *to = reserve(w, n);
	if (to)
		memset(to, 0, n);
}

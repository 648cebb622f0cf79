/* SPDX-License-Identifier: BSD-2-Clause */
/* DATA: bytes of a message as a case writes them. */
#include "parse.h"

#include <ctype.h>
#include <string.h>

int parse_hex(struct parser *p, const char *text, size_t len, unsigned column, struct bytes *out)
{
	if (len % 2)
		return parse_fail(p, column, "odd number of hex digits");
	uint8_t *to = arena_alloc(p->arena, len / 2);
	for (size_t i = 0; i < len; i++) {
		int c = tolower((unsigned char)text[i]);
		if (!isxdigit(c))
			return parse_fail(p, column + (unsigned)i, "hex digit expected");
		int digit = isdigit(c) ? c - '0' : c - 'a' + 10;
		to[i / 2] = (uint8_t)(to[i / 2] << 4 | digit);
	}
	*out = (struct bytes){to, len / 2};
	return 0;
}

/* FIRST:LENGTH behind fill: and pattern:, there with :OFFSET if wanted. */
static int data_pair(struct parser *p, const char *text, size_t len, unsigned column,
		     struct data_spec *out)
{
	const char *colon = len ? memchr(text, ':', len) : NULL;
	if (!colon)
		return parse_fail(p, column, "%s:LENGTH expected",
				  out->kind == DATA_FILL ? "BYTE" : "SEED");
	size_t n = (size_t)(colon - text);
	if (parse_count(p, text, n, column, &out->a))
		return -1;
	const char *more = colon + 1;
	size_t left = len - n - 1;
	const char *second = out->kind == DATA_PATTERN && left ? memchr(more, ':', left) : NULL;
	if (second) {
		size_t to = (size_t)(second - text) + 1;
		if (parse_size(p, second + 1, len - to, column + (unsigned)to, &out->from))
			return -1;
		left = (size_t)(second - more);
	}
	return parse_size(p, more, left, column + (unsigned)n + 1, &out->length);
}

/* FROM:LENGTH:$VALUE behind part: */
static int data_part(struct parser *p, const char *text, size_t len, unsigned column,
		     struct data_spec *out)
{
	const char *colon = len ? memchr(text, ':', len) : NULL;
	const char *second =
		colon ? memchr(colon + 1, ':', len - (size_t)(colon - text) - 1) : NULL;
	if (!second || second[1] != '$')
		return parse_fail(p, column, "FROM:LENGTH:$VALUE expected");
	size_t n = (size_t)(colon - text), to = (size_t)(second - text);
	out->kind = DATA_VALUE;
	out->part = true;
	return parse_size(p, text, n, column, &out->from) ||
			       parse_size(p, colon + 1, to - n - 1, column + (unsigned)n + 1,
					  &out->length) ||
			       parse_expr(p, second + 1, len - to - 1, column + (unsigned)to + 1,
					  &out->a)
		       ? -1
		       : 0;
}

int parse_data(struct parser *p, const struct word *w, size_t from, struct data_spec *out)
{
	const char *text = w->text + from;
	size_t len = w->len - from;
	unsigned column = w->column + (unsigned)from;
	*out = (struct data_spec){.kind = DATA_BYTES};
	if (parse_starts(text, len, "hex:"))
		return parse_hex(p, text + 4, len - 4, column + 4, &out->bytes);
	if (parse_starts(text, len, "text:")) {
		out->bytes = (struct bytes){(const uint8_t *)text + 5, len - 5};
		return 0;
	}
	if (parse_starts(text, len, "keys:"))
		return parse_keys(p, text + 5, len - 5, column + 5 + (from + 5 >= w->plain), out);
	if (parse_starts(text, len, "fill:")) {
		out->kind = DATA_FILL;
		return data_pair(p, text + 5, len - 5, column + 5, out);
	}
	if (parse_starts(text, len, "pattern:")) {
		out->kind = DATA_PATTERN;
		return data_pair(p, text + 8, len - 8, column + 8, out);
	}
	if (parse_starts(text, len, "part:"))
		return data_part(p, text + 5, len - 5, column + 5, out);
	if (len && text[0] == '$') {
		out->kind = DATA_VALUE;
		return parse_expr(p, text, len, column, &out->a);
	}
	return parse_fail(p, column,
			  "data expected: hex: text: fill: pattern: keys: part: or a $ value");
}

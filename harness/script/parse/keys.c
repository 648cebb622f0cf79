/* SPDX-License-Identifier: BSD-2-Clause */
/* keys:"..." of a case: text pairs parted by blanks, some of them written once for many. */
#include "parse.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 4 * 1024 * 1024 };

/* One `{...}` of a pair. */
struct brace {
	const char *at; /* of the { */
	size_t len;	/* with both braces; 0: there is none */
	size_t text;	/* {TEXT*N}: length of TEXT */
	bool range;	/* {A..B} */
	uint64_t from, to, times;
};

static bool digits(const char *text, size_t len, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < len; i++) {
		if (!isdigit((unsigned char)text[i]) || *out > KEYS_MAX)
			return false;
		*out = *out * 10 + (uint64_t)(text[i] - '0');
	}
	return len > 0;
}

static int next_brace(struct parser *p, const char *text, size_t len, unsigned column,
		      struct brace *out)
{
	const char *open = len ? memchr(text, '{', len) : NULL;
	*out = (struct brace){.at = open ? open : text + len};
	if (!open)
		return 0;
	const size_t left = len - (size_t)(open - text);
	const char *close = memchr(open, '}', left);
	const size_t n = close ? (size_t)(close - open) - 1 : 0;
	const char *inside = open + 1, *dots = n ? memmem(inside, n, "..", 2) : NULL;
	const char *star = n ? memrchr(inside, '*', n) : NULL;
	out->len = n + 2;
	if (dots) {
		out->range = true;
		if (digits(inside, (size_t)(dots - inside), &out->from) &&
		    digits(dots + 2, n - (size_t)(dots - inside) - 2, &out->to) &&
		    out->from <= out->to)
			return 0;
	} else if (star) {
		out->text = (size_t)(star - inside);
		if (out->text && digits(star + 1, n - out->text - 1, &out->times))
			return 0;
	}
	return parse_fail(p, column + (unsigned)(open - text),
			  "{1..9}, for a pair each, or {TEXT*9}, nine times TEXT, expected");
}

/* Once a pair for each number of its range. */
static int expand_pair(struct parser *p, const char *text, size_t len, unsigned column, FILE *to)
{
	struct brace b, range = {0};
	for (size_t at = 0; at < len; at = (size_t)(b.at - text) + b.len) {
		if (next_brace(p, text + at, len - at, column + (unsigned)at, &b))
			return -1;
		if (b.range && range.range)
			return parse_fail(p, column, "a second range in one pair");
		if (b.range)
			range = b;
	}
	for (uint64_t n = range.from; n <= range.to; n++) {
		for (size_t at = 0; at < len; at = (size_t)(b.at - text) + b.len) {
			next_brace(p, text + at, len - at, column, &b);
			fwrite(text + at, 1, (size_t)(b.at - text) - at, to);
			if (b.range)
				fprintf(to, "%" PRIu64, n);
			for (uint64_t i = 0; i < b.times; i++)
				fwrite(b.at + 1, 1, b.text, to);
			if (ftell(to) > KEYS_MAX)
				return parse_fail(p, column, "more than %d bytes", KEYS_MAX);
		}
		fputc(' ', to);
	}
	return 0;
}

static int expand(struct parser *p, const char *text, size_t len, unsigned column, FILE *to)
{
	for (size_t at = 0; at < len;) {
		const char *blank = memchr(text + at, ' ', len - at);
		const size_t n = blank ? (size_t)(blank - text) - at : len - at;
		if (n && expand_pair(p, text + at, n, column + (unsigned)at, to))
			return -1;
		at += n + 1;
	}
	return 0;
}

/* "A=1 B=2" as text pairs, each with its NUL. */
static struct bytes as_pairs(struct parser *p, const char *text, size_t len)
{
	char *to = arena_alloc(p->arena, len + 1);
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		if (text[i] != ' ')
			to[n++] = text[i];
		else if (n && to[n - 1])
			to[n++] = '\0';
	}
	if (n && to[n - 1])
		to[n++] = '\0';
	return (struct bytes){(const uint8_t *)to, n};
}

int parse_keys(struct parser *p, const char *text, size_t len, unsigned column,
	       struct data_spec *out)
{
	char *whole = NULL;
	size_t size = 0;
	FILE *to = NULL;
	const bool expanded = len && memchr(text, '{', len);
	if (expanded) {
		to = open_memstream(&whole, &size);
		const int rc = to ? expand(p, text, len, column, to) : -1;
		if (!to || fclose(to) || rc) {
			free(whole);
			return rc ? rc : parse_fail(p, column, "out of memory");
		}
		text = arena_copy(p->arena, whole, size);
		len = size;
		free(whole);
	}
	if (len && memchr(text, '$', len)) {
		out->kind = DATA_KEYS;
		const int rc = parse_template(p, text, len, column, true, &out->text);
		/* What was written once for many has no place of its own for each. */
		if (rc && expanded && p->error)
			p->error->column = column;
		return rc;
	}
	out->bytes = as_pairs(p, text, len);
	return 0;
}

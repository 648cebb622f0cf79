/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes foreign text safe to print. */
#include "escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* Length of the UTF-8 sequence at `at`, its code point in *code; 0 when it is none (overlong and
 * surrogates too). */
static size_t utf8_sequence(const uint8_t *at, size_t left, uint32_t *code)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t first = at[0];
	size_t len;

	if (first < 0x80) {
		*code = first;
		return 1;
	}
	if ((first & 0xe0) == 0xc0)
		len = 2;
	else if ((first & 0xf0) == 0xe0)
		len = 3;
	else if ((first & 0xf8) == 0xf0)
		len = 4;
	else
		return 0;
	if (left < len)
		return 0;
	uint32_t c = first & (0xffu >> (len + 1));
	for (size_t i = 1; i < len; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at[i] & 0x3fu);
	}
	if (c < smallest[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code = c;
	return len;
}

static bool is_plain(uint32_t c)
{
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return false;
	/* Marks that reorder what a reader sees: a reason must not be able to look like another. */
	if ((c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	    (c >= 0x2066 && c <= 0x2069))
		return false;
	return (c & 0xfffe) != 0xfffe;
}

char *escape_bytes(const void *from, size_t len)
{
	static const char hex[] = "0123456789abcdef";
	const uint8_t *at = from;
	char *out = must(malloc(len * 4 + 1)), *to = out;

	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		const size_t n = utf8_sequence(at + i, len - i, &code);
		if (n && is_plain(code)) {
			memcpy(to, at + i, n);
			to += n;
			i += n;
			continue;
		}
		for (const size_t end = i + (n ? n : 1); i < end; i++) {
			*to++ = '\\';
			*to++ = 'x';
			*to++ = hex[at[i] >> 4];
			*to++ = hex[at[i] & 15];
		}
	}
	*to = '\0';
	return out;
}

char *escape_text(const char *s)
{
	return s ? escape_bytes(s, strlen(s)) : escape_bytes("", 0);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of a case, with their units. */
#include "parse.h"

#include <ctype.h>
#include <string.h>

int parse_number(struct parser *p, const char *text, size_t len, unsigned column, uint64_t *out)
{
	bool hex = parse_starts(text, len, "0x") || parse_starts(text, len, "0X");
	uint64_t base = hex ? 16 : 10, n = 0;
	size_t i = hex ? 2 : 0;
	if (i == len)
		return parse_fail(p, column, "number expected");
	for (; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		uint64_t digit = isdigit(c)	      ? c - (uint64_t)'0'
				 : hex && isxdigit(c) ? (uint64_t)tolower(c) - 'a' + 10
						      : base;
		if (digit >= base)
			return parse_fail(p, column, "%.*s is no number",
					  (int)(len < 60 ? len : 60), text);
		if (n > (UINT64_MAX - digit) / base)
			return parse_fail(p, column, "number does not fit 64 bits");
		n = n * base + digit;
	}
	*out = n;
	return 0;
}

/* "5sec", "5seconds" without its last letter, "4KB". */
static int unknown_unit(struct parser *p, const char *text, size_t len, unsigned column)
{
	size_t digits = 0;
	while (digits < len && isdigit((unsigned char)text[digits]))
		digits++;
	size_t end = digits;
	while (end < len && isalpha((unsigned char)text[end]))
		end++;
	if (end == digits || end < len || parse_starts(text, len, "0x") ||
	    parse_starts(text, len, "0X"))
		return 0;
	return parse_fail(p, column,
			  "%.*s has an unknown unit; there are us, ms and s for times, KiB and MiB "
			  "for bytes",
			  (int)(len < 60 ? len : 60), text);
}

int parse_literal(struct parser *p, const char *text, size_t len, unsigned column,
		  struct value *out)
{
	static const struct {
		const char *unit;
		uint64_t scale;
		enum value_kind kind;
	} units[] = {
		{"KiB", 1024, VALUE_NUMBER},   {"MiB", 1 << 20, VALUE_NUMBER},
		{"us", NS_PER_US, VALUE_TIME}, {"ms", NS_PER_MS, VALUE_TIME},
		{"s", NS_PER_S, VALUE_TIME},
	};
	if (!len || !isdigit((unsigned char)text[0]))
		return 0;
	uint64_t scale = 1;
	enum value_kind kind = VALUE_NUMBER;
	size_t digits = len;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && digits == len; i++) {
		size_t n = strlen(units[i].unit);
		if (len <= n || memcmp(text + len - n, units[i].unit, n) != 0)
			continue;
		digits = len - n;
		scale = units[i].scale;
		kind = units[i].kind;
	}
	uint64_t n = 0;
	if (unknown_unit(p, text, digits, column) || parse_number(p, text, digits, column, &n))
		return -1;
	if (n > UINT64_MAX / scale)
		return parse_fail(p, column, "number does not fit 64 bits");
	*out = (struct value){
		.kind = kind, .number = n * scale, .size = digits < len && kind == VALUE_NUMBER};
	return 1;
}

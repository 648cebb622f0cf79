/* SPDX-License-Identifier: BSD-2-Clause */
/* The forms of a simple-value: numbers, booleans, ranges, binary strings (RFC 7143 6.1). */
#include <string.h>

#include "text.h"

static const char section[] = "RFC 7143 6.1";

static int digit_of(uint8_t ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	if (ch >= 'A' && ch <= 'F')
		return ch - 'A' + 10;
	return -1;
}

/* "0x", "0X", "0b" and "0B" in front of constants. */
static bool has_prefix(struct bytes value, char letter)
{
	return value.len >= 2 && value.at[0] == '0' && (value.at[1] | 0x20) == letter;
}

static int number_in_base(struct bytes value, size_t from, unsigned base, uint64_t *out,
			  struct err *e)
{
	uint64_t sum = 0;

	for (size_t i = from; i < value.len; i++) {
		int digit = digit_of(value.at[i]);
		if (digit < 0 || (unsigned)digit >= base)
			return err_wire(e, i, section, "byte 0x%02x in a number", value.at[i]);
		if (__builtin_mul_overflow(sum, (uint64_t)base, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)digit, &sum))
			return err_wire(e, 0, section, "number of 2**64 or more");
	}
	*out = sum;
	return 0;
}

int text_number(struct bytes value, uint64_t *out, struct err *e)
{
	if (!value.len)
		return err_wire(e, 0, section, "empty number");
	if (has_prefix(value, 'x')) {
		if (value.len == 2)
			return err_wire(e, 2, section, "hex-constant without digits");
		return number_in_base(value, 2, 16, out, e);
	}
	if (value.at[0] == '0' && value.len > 1)
		return err_wire(e, 0, section, "decimal-constant with a leading zero");
	return number_in_base(value, 0, 10, out, e);
}

int text_bool(struct bytes value, bool *out, struct err *e)
{
	*out = bytes_eq(value, "Yes");
	if (!*out && !bytes_eq(value, "No"))
		return err_wire(e, 0, section, "boolean-value is neither Yes nor No");
	return 0;
}

int text_range(struct bytes value, uint64_t *lo, uint64_t *hi, struct err *e)
{
	const uint8_t *tilde = value.len ? memchr(value.at, '~', value.len) : NULL;
	if (!tilde)
		return err_wire(e, 0, section, "numerical-range without '~'");

	size_t left = (size_t)(tilde - value.at);
	if (text_number((struct bytes){value.at, left}, lo, e))
		return -1;
	if (text_number((struct bytes){tilde + 1, value.len - left - 1}, hi, e)) {
		if (e)
			e->offset += left + 1;
		return -1;
	}
	if (*lo > *hi)
		return err_wire(e, 0, section, "numerical-range ends below its start");
	return 0;
}

static int hex_binary(struct bytes digits, uint8_t *out, size_t size, struct err *e)
{
	size_t len = (digits.len + 1) / 2;
	if (!digits.len)
		return err_wire(e, 2, section, "hex-constant without digits");
	if (len > size)
		return err_wire(e, 2, section, "binary value of %zu bytes, room for %zu", len,
				size);

	/* An odd count of digits leaves the first byte with only its low half. */
	size_t odd = digits.len % 2;
	memset(out, 0, len);
	for (size_t i = 0; i < digits.len; i++) {
		int digit = digit_of(digits.at[i]);
		if (digit < 0)
			return err_wire(e, 2 + i, section, "byte 0x%02x in a hex-constant",
					digits.at[i]);
		size_t nibble = i + odd;
		out[nibble / 2] = (uint8_t)(out[nibble / 2] << 4 | digit);
	}
	return (int)len;
}

static int base64_digit(uint8_t ch)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *found = ch ? strchr(alphabet, ch) : NULL;

	return found ? (int)(found - alphabet) : -1;
}

/* RFC 4648 section 4, with the pad characters that its 3.2 demands and the zero bits that its 3.5
 * does. */
static int base64_binary(struct bytes digits, uint8_t *out, size_t size, struct err *e)
{
	size_t pads = 0;
	while (pads < 2 && pads < digits.len && digits.at[digits.len - 1 - pads] == '=')
		pads++;
	if (!digits.len || digits.len % 4)
		return err_wire(e, 2, section, "base64-constant of %zu characters", digits.len);
	size_t len = digits.len / 4 * 3 - pads;
	if (len > size)
		return err_wire(e, 2, section, "binary value of %zu bytes, room for %zu", len,
				size);

	unsigned bits = 0, count = 0;
	size_t at = 0;
	for (size_t i = 0; i < digits.len - pads; i++) {
		int digit = base64_digit(digits.at[i]);
		if (digit < 0)
			return err_wire(e, 2 + i, section, "byte 0x%02x in a base64-constant",
					digits.at[i]);
		bits = bits << 6 | (unsigned)digit;
		count += 6;
		if (count >= 8) {
			count -= 8;
			out[at++] = (uint8_t)(bits >> count);
			bits &= (1u << count) - 1;
		}
	}
	if (bits)
		return err_wire(e, 2 + digits.len - pads - 1, section,
				"base64-constant with bits past its last byte");
	return (int)len;
}

int text_binary(struct bytes value, uint8_t *out, size_t size, struct err *e)
{
	if (value.len > TEXT_VALUE_LIMIT)
		return err_wire(e, 0, section, "value of %zu bytes is longer than %d", value.len,
				TEXT_VALUE_LIMIT);
	if (has_prefix(value, 'x'))
		return hex_binary((struct bytes){value.at + 2, value.len - 2}, out, size, e);
	if (has_prefix(value, 'b'))
		return base64_binary((struct bytes){value.at + 2, value.len - 2}, out, size, e);
	return err_wire(e, 0, section, "binary value is neither 0x nor 0b");
}

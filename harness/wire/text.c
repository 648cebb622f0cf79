/* SPDX-License-Identifier: BSD-2-Clause */
/* key=value pairs, lists and words of the text format (RFC 7143 6.1, 6.2). */
#include "text.h"

#include <string.h>

static bool is_key_char(uint8_t ch)
{
	/* '#' only stands in the X#, Y# and Z# prefixes, RFC 7143 13.26 */
	static const bool is[UINT8_MAX + 1] = {
		['a' ... 'z'] = true, ['A' ... 'Z'] = true, ['0' ... '9'] = true,
		['.'] = true,	      ['-'] = true,	    ['+'] = true,
		['@'] = true,	      ['_'] = true,	    ['#'] = true,
	};

	return is[ch];
}

static bool is_letter(uint8_t ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z');
}

static int check_key(struct bytes key, size_t offset, struct err *e)
{
	static const char section[] = "RFC 7143 6.1";

	if (!key.len)
		return err_wire(e, offset, section, "empty key-name");
	if (key.len > TEXT_KEY_MAX)
		return err_wire(e, offset, section, "key-name of %zu characters is longer than %d",
				key.len, TEXT_KEY_MAX);
	if (!is_letter(key.at[0]))
		return err_wire(e, offset, section,
				"key-name begins with byte 0x%02x, not a letter", key.at[0]);
	for (size_t i = 1; i < key.len; i++)
		if (!is_key_char(key.at[i]))
			return err_wire(e, offset + i, section, "byte 0x%02x in a key-name",
					key.at[i]);
	return 0;
}

static size_t leading_nuls(const uint8_t *at, size_t len)
{
	size_t n = 0;
	while (n < len && !at[n])
		n++;
	return n;
}

int text_next(struct cursor *c, struct text_pair *out, struct err *e)
{
	size_t left = cursor_left(c), offset = cursor_offset(c);
	size_t nuls = leading_nuls(c->at, left);
	if (nuls) {
		cursor_take(c, nuls);
		if (nuls < left)
			return err_wire(e, offset, "RFC 7143 6.1", "empty pair before another one");
	}
	if (nuls == left)
		return 0;

	const uint8_t *nul = memchr(c->at, 0, left);
	if (!nul) {
		cursor_take(c, left);
		return err_wire(e, offset + left, "RFC 7143 6.1",
				"last pair has no null delimiter");
	}
	size_t len = (size_t)(nul - c->at);
	const uint8_t *pair = cursor_take(c, len + 1);
	const uint8_t *equals = memchr(pair, '=', len);
	if (!equals)
		return err_wire(e, offset, "RFC 7143 6.1", "pair of %zu bytes without '='", len);
	out->key = (struct bytes){pair, (size_t)(equals - pair)};
	out->value = (struct bytes){equals + 1, len - out->key.len - 1};
	if (check_key(out->key, offset, e))
		return -1;
	if (out->value.len > TEXT_VALUE_LIMIT)
		return err_wire(e, offset + out->key.len + 1, "RFC 7143 6.1",
				"value of %zu bytes is longer than %d", out->value.len,
				TEXT_VALUE_LIMIT);
	return 1;
}

void text_put(struct writer *w, const char *key, const char *value)
{
	size_t key_len = strlen(key), value_len = strlen(value);

	/* half a pair would be worse than none */
	if (w->failed || (size_t)(w->end - w->at) < key_len + value_len + 2) {
		w->failed = true;
		return;
	}
	writer_put(w, key, key_len);
	writer_put(w, "=", 1);
	writer_put(w, value, value_len + 1);
}

bool text_list_item(struct bytes list, size_t i, struct bytes *out)
{
	const uint8_t *at = list.at;
	size_t left = list.len;

	if (!left)
		return false;
	for (;;) {
		const uint8_t *comma = left ? memchr(at, ',', left) : NULL;
		size_t len = comma ? (size_t)(comma - at) : left;
		if (!i--) {
			*out = (struct bytes){at, len};
			return true;
		}
		if (!comma)
			return false;
		at = comma + 1;
		left -= len + 1;
	}
}

void bytes_copy(struct bytes b, char *out, size_t size)
{
	size_t len = b.len < size ? b.len : size - 1;

	if (len)
		memcpy(out, b.at, len);
	out[len] = '\0';
}

bool text_is_reserved_word(struct bytes value)
{
	return bytes_eq(value, "None") || bytes_eq(value, "Reject") ||
	       bytes_eq(value, "Irrelevant") || bytes_eq(value, "NotUnderstood");
}

bool text_is_answer_word(struct bytes value)
{
	return text_is_reserved_word(value) && !bytes_eq(value, "None");
}

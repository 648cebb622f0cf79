/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the text of a Login or Text PDU: its pairs, and every form of value. */
#include "../harness/wire/text.h"
#include "fuzz.h"

static bool same(struct bytes a, struct bytes b)
{
	return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

static struct bytes of(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static void check_number(struct bytes value)
{
	uint64_t number, again;
	struct err e;
	char text[40];

	if (text_number(value, &number, &e)) {
		REQUIRE(e.section && e.offset <= value.len);
		return;
	}
	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	REQUIRE(!text_number(of(text), &again, &e) && again == number);
	/* One decimal number has one spelling. */
	if (value.len < 2 || value.at[0] != '0')
		REQUIRE(same(value, of(text)));
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)number);
	REQUIRE(!text_number(of(text), &again, &e) && again == number);
}

static void check_range(struct bytes value)
{
	uint64_t lo, hi, lo_again, hi_again;
	struct err e;
	char text[64];

	if (text_range(value, &lo, &hi, &e)) {
		REQUIRE(e.section && e.offset <= value.len);
		return;
	}
	REQUIRE(lo <= hi);
	snprintf(text, sizeof(text), "%llu~%llu", (unsigned long long)lo, (unsigned long long)hi);
	REQUIRE(!text_range(of(text), &lo_again, &hi_again, &e));
	REQUIRE(lo == lo_again && hi == hi_again);
}

static void check_binary(struct bytes value)
{
	static const char digits[] = "0123456789abcdef";
	struct err e;
	uint8_t *out = malloc(value.len + 1);
	REQUIRE(out);
	int len = text_binary(value, out, value.len, &e);
	if (len < 0) {
		REQUIRE(e.section && e.offset <= value.len);
		free(out);
		return;
	}

	size_t size = (size_t)len;
	REQUIRE(size <= value.len);
	/* Room for one byte less is refused, and not written past. */
	uint8_t *small = malloc(size ? size : 1);
	REQUIRE(small);
	if (size)
		REQUIRE(text_binary(value, small, size - 1, &e) == -1);
	REQUIRE(text_binary(value, small, size, &e) == len);
	REQUIRE(!memcmp(small, out, size));

	struct bytes hex = {NULL, 2 + 2 * size};
	uint8_t *text = malloc(hex.len);
	REQUIRE(text);
	memcpy(text, "0x", 2);
	for (size_t i = 0; i < size; i++) {
		text[2 + 2 * i] = (uint8_t)digits[out[i] >> 4];
		text[3 + 2 * i] = (uint8_t)digits[out[i] & 15];
	}
	hex.at = text;
	if (size && hex.len <= TEXT_VALUE_LIMIT) {
		REQUIRE(text_binary(hex, small, size, &e) == len);
		REQUIRE(!memcmp(small, out, size));
	}
	free(text);
	free(small);
	free(out);
}

/* Items and commas together are the list. */
static void check_list(struct bytes value)
{
	struct bytes item;
	size_t at = 0, count = 0;

	while (count < 16 && text_list_item(value, count, &item)) {
		REQUIRE(item.at == value.at + at);
		REQUIRE(!item.len || !memchr(item.at, ',', item.len));
		at += item.len + 1;
		count++;
	}
	if (count < 16)
		REQUIRE(at == (value.len ? value.len + 1 : 0));
	REQUIRE(!text_list_item(value, value.len + 1, &item));
}

static void check_value(struct bytes value)
{
	check_number(value);
	check_range(value);
	check_binary(value);
	check_list(value);
}

static void check_pair(const struct text_pair *pair, const uint8_t *at)
{
	char key[TEXT_KEY_MAX + 1];
	size_t len = pair->key.len + pair->value.len + 2;

	REQUIRE(pair->key.len > 0 && pair->key.len <= TEXT_KEY_MAX);
	REQUIRE(pair->value.len <= TEXT_VALUE_LIMIT);
	REQUIRE(!memchr(pair->key.at, '=', pair->key.len));
	memcpy(key, pair->key.at, pair->key.len);
	key[pair->key.len] = '\0';

	/* What was read, written again, is the bytes that were read. */
	uint8_t *again = malloc(len);
	REQUIRE(again);
	struct writer w = writer_of(again, len);
	text_put(&w, key, (const char *)pair->value.at);
	REQUIRE(!w.failed && writer_len(&w) == len);
	REQUIRE(!memcmp(again, at, len));
	w = writer_of(again, len - 1);
	text_put(&w, key, (const char *)pair->value.at);
	REQUIRE(w.failed && !writer_len(&w));
	free(again);

	const struct text_key *known = text_key_by_name(key, pair->key.len);
	REQUIRE(!known || !strcmp(known->name, key));
	check_value(pair->value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = input_of(data, size);
	const bool asked = is_asked(data, size, 128);
	struct cursor c = cursor_of(text, size);
	struct text_pair pair;
	struct err e;
	size_t before = 0;
	int rc;

	while ((rc = text_next(&c, &pair, asked ? &e : NULL))) {
		REQUIRE(cursor_offset(&c) > before && !c.failed);
		if (asked && rc == 1)
			check_pair(&pair, text + before);
		else if (asked)
			REQUIRE(e.section && e.offset >= before && e.offset <= size);
		before = cursor_offset(&c);
	}
	REQUIRE(!cursor_left(&c));

	/* The same bytes as one value, NULs and all. */
	if (asked && size <= TEXT_VALUE_LIMIT)
		check_value((struct bytes){text, size});
	input_done(text);
	return 0;
}

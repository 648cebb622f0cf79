/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of text keys, off the table of keys (wire/text_keys.c). */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "value.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* What is written so far; what does not fit is cut. */
struct out {
	char *at;
	size_t len, size;
};

static void put(struct out *o, const char *text, size_t len)
{
	size_t room = o->size - 1 - o->len;

	if (len > room)
		len = room;
	memcpy(o->at + o->len, text, len);
	o->len += len;
}

__attribute__((format(printf, 2, 3))) static void put_text(struct out *o, const char *fmt, ...)
{
	char text[80];
	va_list args;

	va_start(args, fmt);
	int len = vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	put(o, text, len < (int)sizeof(text) ? (size_t)len : sizeof(text) - 1);
}

static void put_run(struct out *o, char c, size_t n)
{
	while (n--)
		put(o, &c, 1);
}

static struct bytes word_of(struct rng *r, const char *list)
{
	struct bytes all = {(const uint8_t *)list, strlen(list)}, item = {0};
	size_t count = 0;

	while (text_list_item(all, count, &item))
		count++;
	(void)text_list_item(all, rng_below(r, count), &item);
	return item;
}

/* Decimal or hex, RFC 7143 6.1. */
static void put_number(struct rng *r, struct out *o, uint64_t n)
{
	if (rng_one_in(r, 4))
		put_text(o, rng_one_in(r, 2) ? "0x%" PRIx64 : "0X%" PRIX64, n);
	else
		put_text(o, "%" PRIu64, n);
}

static uint64_t legal_number(struct rng *r, const struct text_key *key)
{
	switch (rng_below(r, key->zero_is_legal ? 4 : 3)) {
	case 0:
		return key->min;
	case 1:
		return key->max;
	case 2:
		return rng_between(r, key->min, key->max);
	default:
		return 0;
	}
}

/* Digits of a binary value, RFC 7143 6.1: hex of any parity, or base64 with its pads. */
static void put_binary(struct rng *r, struct out *o, size_t bytes)
{
	static const char hex[] = "0123456789abcdefABCDEF";
	static const char base64[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	if (rng_one_in(r, 3)) {
		put_text(o, "0b");
		for (size_t i = 0; i < (bytes + 2) / 3 * 4; i++)
			put_run(o, base64[rng_below(r, 64)], 1);
		put_run(o, '=', rng_below(r, 3));
	} else {
		put_text(o, "0x");
		for (size_t i = 0; i < 2 * bytes; i++)
			put_run(o, hex[rng_below(r, COUNT(hex) - 1)], 1);
	}
}

static void put_name(struct rng *r, struct out *o)
{
	static const char *const names[] = {
		"iqn.2001-04.com.example:disk",
		"iqn.2001-04.com.example:host",
		"eui.02004567A425678D",
		"naa.52004567BA64678D",
		"All",
		"192.0.2.1:3260,1",
		"[2001:db8::1]:3260,1",
	};

	put_text(o, "%s", names[rng_below(r, COUNT(names))]);
}

static void put_legal_text(struct rng *r, const struct text_key *key, struct out *o)
{
	if (key->words) {
		struct bytes word = word_of(r, key->words);
		put(o, (const char *)word.at, word.len);
		return;
	}
	put_name(r, o);
}

/* Some of the words that the RFC has for it, in any order, one perhaps twice. */
static void put_list(struct rng *r, const struct text_key *key, struct out *o)
{
	size_t count = 1 + rng_below(r, 4);

	for (size_t i = 0; i < count; i++) {
		if (i)
			put_run(o, ',', 1);
		put_legal_text(r, key, o);
	}
}

static void put_legal(struct rng *r, const struct text_key *key, struct out *o)
{
	switch (key->kind) {
	case KEY_BOOL_AND:
	case KEY_BOOL_OR:
	case KEY_DECLARE_BOOL:
		put_text(o, "%s", rng_one_in(r, 2) ? "Yes" : "No");
		return;
	case KEY_MIN:
	case KEY_MAX:
	case KEY_DECLARE_NUMBER:
		put_number(r, o, legal_number(r, key));
		return;
	case KEY_RANGE_MIN:
		put_text(o, "%" PRIu64 "~%" PRIu64, key->min, legal_number(r, key));
		return;
	case KEY_LIST:
		put_list(r, key, o);
		return;
	case KEY_SECURITY:
		if (rng_one_in(r, 4))
			put_text(o, "%zu", rng_below(r, 9)); /* CHAP_A, CHAP_I */
		else
			put_binary(r, o, 1 + rng_below(r, 40));
		return;
	case KEY_DECLARE_TEXT:
		put_legal_text(r, key, o);
		return;
	}
}

/* Outside what the key allows, or what a number is. */
static void put_bad_number(struct rng *r, const struct text_key *key, struct out *o)
{
	static const char *const spellings[] = {
		"-1",
		"+1",
		"007",
		"0x",
		"",
		"1e3",
		" 1",
		"1 ",
		"0xg",
		"1,2",
		"1~2",
		"2~1",
		"0.5",
		"0b",
		"0bQ==",
		"4294967296",
		"18446744073709551615",
		"18446744073709551616",
		"0x10000000000000000",
	};

	switch (rng_below(r, 4)) {
	case 0:
		put_number(r, o, key->max + 1);
		return;
	case 1:
		put_number(r, o, key->min - 1);
		return;
	case 2:
		put_text(o, "%s", spellings[rng_below(r, COUNT(spellings))]);
		return;
	default:
		put_number(r, o, rng_next(r) >> rng_below(r, 64));
	}
}

/* A length at an edge: of keys and values, RFC 7143 6.1, of this key, and of numbers in bytes. */
static size_t edge_length(struct rng *r, const struct text_key *key)
{
	const size_t edges[] = {0,
				1,
				63,
				64,
				127,
				128,
				222,
				223,
				224,
				255,
				TEXT_VALUE_MAX + 1,
				key ? key->max : 1024};
	/* long inputs are slow ones: of those beyond 128 few */
	size_t length = edges[rng_below(r, rng_one_in(r, 4) ? COUNT(edges) : COUNT(edges) / 2)];

	/* of a number max is none */
	return length > TEXT_VALUE_LIMIT ? TEXT_VALUE_LIMIT : length + rng_below(r, 2);
}

static void put_strange(struct rng *r, const struct text_key *key, struct out *o)
{
	static const char *const words[] = {"None",   "Reject", "Irrelevant", "NotUnderstood",
					    "Yes",    "No",	"yes",	      "YES",
					    "Yes,No", ",",	",None",      "None,",
					    "=",      "?",	"0x",	      "0b",
					    "1~",     "~1",	"~",	      "X-com.example.none"};

	switch (rng_below(r, 5)) {
	case 0:
		put_run(o, (char)rng_between(r, 1, 255), edge_length(r, key));
		return;
	case 1:
		put_binary(r, o, edge_length(r, key));
		return;
	case 2:
		for (size_t i = rng_below(r, 64); i > 0; i--)
			put_text(o, "%s,", words[rng_below(r, 4)]);
		return;
	case 3:
		put_name(r, o);
		return;
	default:
		put_text(o, "%s", words[rng_below(r, COUNT(words))]);
	}
}

static bool is_number(const struct text_key *key)
{
	return key->kind == KEY_MIN || key->kind == KEY_MAX || key->kind == KEY_DECLARE_NUMBER ||
	       key->kind == KEY_RANGE_MIN;
}

static size_t end(struct out *o)
{
	o->at[o->len] = '\0';
	return o->len;
}

size_t mutate_key_legal_value(struct rng *r, const struct text_key *key, char *out, size_t size)
{
	struct out o = {out, 0, size};

	put_legal(r, key, &o);
	return end(&o);
}

size_t mutate_key_value(struct rng *r, const struct text_key *key, char *out, size_t size)
{
	struct out o = {out, 0, size};

	if (key && rng_one_in(r, 3))
		put_legal(r, key, &o);
	else if (key && is_number(key) && !rng_one_in(r, 3))
		put_bad_number(r, key, &o);
	else
		put_strange(r, key, &o);
	return end(&o);
}

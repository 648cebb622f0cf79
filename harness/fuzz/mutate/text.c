/* SPDX-License-Identifier: BSD-2-Clause */
/* Text of Login and Text PDUs: keys that come, go, come twice and change places, and their values.
 */
#include <stdio.h>
#include <string.h>

#include "message.h"
#include "value.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { PAIR_MAX = 1024, PAIRS_MAX = 64, LONG = 512 };

/* One pair, or whatever stands between two NULs; its NUL is counted where it has one. */
struct place {
	size_t at, len;
};

static size_t places_of(const struct edit *text, struct place *out)
{
	size_t count = 0, at = 0;

	while (at < text->len && count < PAIRS_MAX) {
		const uint8_t *nul = memchr(text->at + at, 0, text->len - at);
		size_t end = nul ? (size_t)(nul - text->at) + 1 : text->len;
		out[count++] = (struct place){at, end - at};
		at = end;
	}
	return count;
}

static const struct text_key *some_key(struct rng *r)
{
	size_t count;
	const struct text_key *keys = text_keys(&count);

	return &keys[rng_below(r, count)];
}

/* Names that are nobody's: at the limits of RFC 7143 6.1, vendors' (6.1, 14.3), and a known one
 * misspelt. */
static void put_unknown(struct rng *r, struct writer *w)
{
	static const char *const names[] = {"X-com.example.key",
					    "X#Example",
					    "x-com.example.key",
					    "maxburstlength",
					    "InitiatorName ",
					    "",
					    "9Key"};
	uint8_t letters[2 * TEXT_KEY_MAX];

	if (rng_one_in(r, 2)) {
		const char *name = names[rng_below(r, COUNT(names))];
		writer_put(w, name, strlen(name));
		return;
	}
	memset(letters, 'K', sizeof(letters));
	writer_put(w, letters, TEXT_KEY_MAX - 1 + rng_below(r, 3));
}

/* A whole pair with its NUL; key NULL: of a name that nobody knows. */
static size_t some_pair(struct rng *r, const struct text_key *key, uint8_t out[PAIR_MAX])
{
	char value[PAIR_MAX - 2 * TEXT_KEY_MAX - 2];
	struct writer w = writer_of(out, PAIR_MAX);
	size_t len = key && rng_one_in(r, 2) ? mutate_key_legal_value(r, key, value, sizeof(value))
					     : mutate_key_value(r, key, value, sizeof(value));

	if (key)
		writer_put(&w, key->name, key->name_len);
	else
		put_unknown(r, &w);
	writer_put(&w, "=", 1);
	writer_put(&w, value, len);
	writer_zero(&w, 1);
	return writer_len(&w);
}

static void add_pair(struct rng *r, struct edit *text, size_t where)
{
	uint8_t pair[PAIR_MAX];
	size_t len = some_pair(r, rng_one_in(r, 12) ? NULL : some_key(r), pair);

	(void)edit_replace(text, where, 0, pair, len);
}

/* The key stays, its value is another. */
static void change_value(struct rng *r, struct edit *text, struct place p)
{
	char value[PAIR_MAX];
	const uint8_t *equals = memchr(text->at + p.at, '=', p.len);
	size_t name = equals ? (size_t)(equals - text->at) - p.at : p.len;
	const struct text_key *key = text_key_by_name((const char *)text->at + p.at, name);
	size_t len = key && rng_one_in(r, 3) ? mutate_key_legal_value(r, key, value, sizeof(value))
					     : mutate_key_value(r, key, value, sizeof(value));

	if (equals) {
		bool has_nul = !text->at[p.at + p.len - 1];
		(void)edit_replace(text, p.at + name + 1, p.len - name - 1 - has_nul, value, len);
	}
}

/* The value stays, its key is another. */
static void change_key(struct rng *r, struct edit *text, struct place p)
{
	const uint8_t *equals = memchr(text->at + p.at, '=', p.len);
	const struct text_key *key = some_key(r);

	if (equals)
		(void)edit_replace(text, p.at, (size_t)(equals - text->at) - p.at, key->name,
				   key->name_len);
}

/* Twice, with the same value or with another one; RFC 7143 6.3: a key comes once. */
static void repeat(struct rng *r, struct edit *text, struct place p, size_t where)
{
	uint8_t pair[PAIR_MAX];

	if (p.len > sizeof(pair))
		return;
	memcpy(pair, text->at + p.at, p.len);
	if (!edit_replace(text, where, 0, pair, p.len))
		return;
	if (rng_one_in(r, 2))
		change_value(r, text, (struct place){where, p.len});
}

static void move(struct edit *text, struct place p, size_t where)
{
	uint8_t pair[PAIR_MAX];

	if (p.len > sizeof(pair))
		return;
	memcpy(pair, text->at + p.at, p.len);
	(void)edit_replace(text, p.at, p.len, NULL, 0);
	if (where > p.at)
		where -= p.len;
	(void)edit_replace(text, where, 0, pair, p.len);
}

/* Its separators: no NUL, two of them, no equals sign or several. */
static void change_ends(struct rng *r, struct edit *text, struct place p)
{
	uint8_t *equals = memchr(text->at + p.at, '=', p.len);
	size_t last = p.at + p.len - 1;

	switch (rng_below(r, 4)) {
	case 0:
		(void)edit_replace(text, last, !text->at[last], NULL, 0);
		return;
	case 1:
		(void)edit_replace(text, p.at + p.len, 0, "\0\0\0", 1 + rng_below(r, 3));
		return;
	case 2:
		if (equals)
			*equals = rng_one_in(r, 2) ? ':' : 0;
		return;
	default:
		(void)edit_replace(text, p.at + rng_below(r, p.len), 0, "===", 1 + rng_below(r, 3));
	}
}

void mutate_text(struct rng *r, struct edit *text)
{
	struct place places[PAIRS_MAX];
	size_t count = places_of(text, places);

	if (!count) {
		add_pair(r, text, 0);
		return;
	}
	struct place p = places[rng_below(r, count)], q = places[rng_below(r, count)];
	if (text->len > LONG && rng_one_in(r, 2)) { /* or it grows for ever, and each run is slow */
		(void)edit_replace(text, p.at, p.len, NULL, 0);
		return;
	}
	switch (rng_below(r, 12)) {
	case 0:
	case 1:
		add_pair(r, text, p.at);
		return;
	case 2:
		add_pair(r, text, text->len);
		return;
	case 3:
		(void)edit_replace(text, p.at, p.len, NULL, 0);
		return;
	case 4:
		repeat(r, text, p, q.at);
		return;
	case 5:
		move(text, p, q.at);
		return;
	case 6:
		change_key(r, text, p);
		return;
	case 7:
		change_ends(r, text, p);
		return;
	case 8:
		mutate_bytes(r, text);
		return;
	default:
		change_value(r, text, p);
	}
}

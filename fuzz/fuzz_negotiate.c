/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as what two sides say of text keys: pairs that end in NUL, in the order in which they
 * are said; those behind a '>' are ours. Each answer obeys its key's result function, the book of
 * what was said keeps what was said, and what we answer is what the other side may hear.
 */
#include "../harness/peer/login/negotiate.h"
#include "fuzz.h"

static struct bytes of(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static bool is_negotiated(const struct text_key *key)
{
	return key->kind <= KEY_LIST;
}

static bool offered(struct bytes list, const char *answer)
{
	struct bytes item;

	for (size_t i = 0; text_list_item(list, i, &item); i++)
		if (bytes_eq(item, answer))
			return true;
	return false;
}

static void check_answer(const struct text_key *key, struct bytes offer, const char *want,
			 const char *answer)
{
	uint64_t theirs = 0, ours;
	bool yes = false;

	if (key->obsolete) { /* whatever is offered, RFC 7143 13.25 */
		REQUIRE(!strcmp(answer, "Reject") ||
			(key->kind == KEY_BOOL_AND && want && !strcmp(answer, "No")));
		return;
	}
	if (!strcmp(answer, "Reject")) {
		REQUIRE(key->kind == KEY_LIST);
		return;
	}
	switch (key->kind) {
	case KEY_BOOL_AND:
	case KEY_BOOL_OR:
		REQUIRE(!strcmp(answer, "Yes") || !strcmp(answer, "No"));
		REQUIRE(!text_bool(offer, &yes, NULL));
		if (yes == (key->kind == KEY_BOOL_OR))
			REQUIRE(bytes_eq(offer, answer));
		else if (want)
			REQUIRE(!strcmp(answer, want));
		break;
	case KEY_MIN:
	case KEY_MAX:
		REQUIRE(!text_number(offer, &theirs, NULL));
		REQUIRE(!text_number(of(answer), &ours, NULL));
		REQUIRE(key->kind == KEY_MIN ? ours <= theirs : ours >= theirs);
		REQUIRE(ours >= key->min && ours <= key->max);
		break;
	case KEY_LIST:
		REQUIRE(offered(offer, answer));
		REQUIRE(!want || offered(of(want), answer));
		break;
	default:
		REQUIRE(is_negotiated(key)); /* a declaration has no answer */
	}
}

static void check_negotiation(const struct text_key *key, struct bytes offer, const char *want)
{
	static char out[TEXT_VALUE_LIMIT + 1];
	struct err e = {0};
	int rc = text_negotiate(key, offer, want, out, sizeof(out), &e);

	REQUIRE(memchr(out, 0, sizeof(out)));
	if (rc < 0) {
		REQUIRE(!strcmp(out, "Reject"));
		REQUIRE(e.section && e.errnum == 0);
	} else if (rc == 0) {
		REQUIRE(!out[0]);
	} else {
		REQUIRE(rc == 1);
		check_answer(key, offer, want, out);
	}

	char small[4];
	REQUIRE(text_negotiate(key, offer, want, small, sizeof(small), NULL) <= 1);
	REQUIRE(memchr(small, 0, sizeof(small)));
}

static void offer_to_key(const struct text_key *key, struct bytes value)
{
	check_negotiation(key, value, NULL);
	check_negotiation(key, value, key->default_value);
}

static void offer_to_every_key(struct bytes value)
{
	size_t count;
	const struct text_key *keys = text_keys(&count);

	for (size_t i = 0; i < count; i++)
		offer_to_key(&keys[i], value);
}

/* What the two sides of this login know; only its first keys are looked at. */
static struct nego ours, theirs;

/* The offer of a key meets our wish; its answer goes to a proposer that keeps a book as well. */
static void answer(struct bytes name, struct bytes value)
{
	char out[TEXT_VALUE_MAX + 1], offer[TEXT_VALUE_MAX + 1], label[TEXT_KEY_MAX + 1];
	const struct text_key *key = text_key_by_name((const char *)name.at, name.len);
	struct err e;

	if (!key || value.len > TEXT_VALUE_MAX || memchr(value.at, 0, value.len))
		return;
	const int rc = text_negotiate(key, value, key->default_value, out, sizeof(out), &e);
	if (rc != 1)
		return;
	nego_answer(&ours, name, out);
	bytes_copy(name, label, sizeof(label));
	REQUIRE(!strcmp(nego_result(&ours, label), out));

	bytes_copy(value, offer, sizeof(offer));
	theirs.count = 0;
	REQUIRE(nego_offer(&theirs, label, offer));
	REQUIRE(nego_hear(&theirs, name, of(out)) == NEGO_ANSWER);
	REQUIRE(!nego_check_answer(&theirs.keys[0], &e));
}

static void hear(struct bytes name, struct bytes value)
{
	char label[TEXT_KEY_MAX + 1];
	bytes_copy(name, label, sizeof(label));
	const struct nego_key *before = nego_find(&ours, label);
	const bool heard = before && before->heard, offered = before && before->offered;
	const size_t count = ours.count;
	const enum nego_what what = nego_hear(&ours, name, value);
	const struct nego_key *k = nego_find(&ours, label);
	struct err e = {0};

	REQUIRE(k && k->heard && ours.count == count + !before);
	REQUIRE(what == (heard ? NEGO_REPEATED : offered ? NEGO_ANSWER : NEGO_OFFER));
	if (what == NEGO_OFFER)
		answer(name, value);
	else if (nego_check_answer(k, &e))
		REQUIRE(k->offered && e.section && e.what[0] && !strchr(e.what, '\n'));
}

static void say(struct bytes name, struct bytes value)
{
	char label[TEXT_KEY_MAX + 1], text[TEXT_VALUE_MAX + 1];
	bytes_copy(name, label, sizeof(label));
	bytes_copy(value, text, sizeof(text));
	REQUIRE(nego_offer(&ours, label, text));
	const struct nego_key *k = nego_find(&ours, label);
	REQUIRE(k && k->offered && !strcmp(k->offer, text));
	if (value.len && value.at[0] == '-') {
		nego_unsay(&ours, name);
		REQUIRE(!k->offered);
	}
}

/* "*=value" is offered to every key there is. */
static void take(const uint8_t *at, size_t len)
{
	const bool us = len && *at == '>';
	at += us;
	len -= us;
	const uint8_t *equals = memchr(at, '=', len);
	if (!equals || equals == at || equals - at > TEXT_KEY_MAX)
		return;
	const struct bytes name = {at, (size_t)(equals - at)},
			   value = {equals + 1, len - name.len - 1};
	if (bytes_eq(name, "*"))
		offer_to_every_key(value);
	else if (us)
		say(name, value);
	else
		hear(name, value);
	const struct text_key *key = text_key_by_name((const char *)name.at, name.len);
	if (key)
		offer_to_key(key, value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = input_of(data, size);
	ours.count = 0;
	for (size_t at = 0, len; at < size && ours.count < NEGO_KEYS; at += len + 1) {
		const uint8_t *end = memchr(text + at, 0, size - at);
		len = end ? (size_t)(end - text) - at : size - at;
		if (len <= TEXT_VALUE_LIMIT)
			take(text + at, len);
	}
	input_done(text);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of every text key in one login. */
#include "negotiate.h"

#include <string.h>

static struct bytes bytes_of(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

const struct nego_key *nego_find(const struct nego *n, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (word_is(n->keys[i].name, name))
			return &n->keys[i];
	return NULL;
}

static struct nego_key *entry(struct nego *n, struct bytes name)
{
	for (size_t i = 0; i < n->count; i++)
		if (bytes_eq(name, n->keys[i].name))
			return &n->keys[i];
	if (n->count == NEGO_KEYS || name.len > TEXT_KEY_MAX)
		return NULL;
	struct nego_key *k = &n->keys[n->count++];
	*k = (struct nego_key){0};
	memcpy(k->name, name.at, name.len);
	return k;
}

bool nego_offer(struct nego *n, const char *name, const char *value)
{
	struct nego_key *k = entry(n, bytes_of(name));

	if (!k)
		return false;
	k->offered = true;
	bytes_copy(bytes_of(value), k->offer, sizeof(k->offer));
	return true;
}

enum nego_what nego_hear(struct nego *n, struct bytes name, struct bytes value)
{
	struct nego_key *k = entry(n, name);

	if (!k)
		return NEGO_FULL;
	if (k->heard)
		return NEGO_REPEATED;
	k->heard = true;
	bytes_copy(value, k->result, sizeof(k->result));
	k->has_result = true;
	return k->offered ? NEGO_ANSWER : NEGO_OFFER;
}

void nego_answer(struct nego *n, struct bytes name, const char *answer)
{
	struct nego_key *k = entry(n, name);

	if (k) {
		bytes_copy(bytes_of(answer), k->result, sizeof(k->result));
		k->has_result = true;
	}
}

void nego_unsay(struct nego *n, struct bytes name)
{
	struct nego_key *k = entry(n, name);

	if (!k)
		return;
	if (k->heard && !k->offered)
		k->result[0] = '\0'; /* no outcome: the default holds */
	k->offered = false;
}

bool nego_is_answered(const struct nego_key *k)
{
	const struct text_key *key = text_key_by_name(k->name, strlen(k->name));

	if (!key)
		return true;
	switch (key->kind) {
	case KEY_BOOL_AND:
	case KEY_BOOL_OR:
	case KEY_MIN:
	case KEY_MAX:
	case KEY_LIST:
		return true;
	default:
		return false;
	}
}

int nego_check_answer(const struct nego_key *k, struct err *e)
{
	const struct text_key *key = text_key_by_name(k->name, strlen(k->name));
	struct bytes answer = bytes_of(k->result);
	char again[TEXT_VALUE_MAX + 1];

	if (!key || !k->offered || !nego_is_answered(k) ||
	    (text_is_reserved_word(answer) && !bytes_eq(answer, "None")))
		return 0;
	/* The result function is idempotent: what it makes of our offer and their answer is their
	 * answer. An answer that the key cannot have is theirs, not a wish of ours. */
	bool same = text_negotiate(key, bytes_of(k->offer), k->result, again, sizeof(again),
				   NULL) >= 0 &&
		    !strcmp(again, k->result);
	uint64_t a, b;
	if (!same && !text_number(answer, &a, NULL) && !text_number(bytes_of(again), &b, NULL))
		same = a == b;
	if (!same)
		return err_wire(e, ERR_NO_OFFSET, key->section, "%s=%s is no answer to %s", k->name,
				k->result, k->offer);
	return 0;
}

const char *nego_result(const struct nego *n, const char *name)
{
	const struct nego_key *k = nego_find(n, name);

	return k && k->has_result ? k->result : NULL;
}

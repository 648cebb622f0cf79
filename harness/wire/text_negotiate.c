/* SPDX-License-Identifier: BSD-2-Clause */
/* What a responder answers to one offered key: the result functions of RFC 7143 6.2.1, 6.2.2 and
 * section 13. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "digits.h"
#include "text.h"

struct answer {
	char *out;
	size_t size;
	struct err *e;
};

static struct bytes bytes_of(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static int give(const struct answer *a, struct bytes value)
{
	if (value.len >= a->size)
		return err_set(a->e, ENOBUFS, "answer of %zu bytes for a buffer of %zu", value.len,
			       a->size);
	if (value.len)
		memcpy(a->out, value.at, value.len);
	a->out[value.len] = '\0';
	return 1;
}

static int give_number(const struct answer *a, uint64_t value)
{
	char text[DIGITS_MAX];
	const size_t len = digits_of(value, 10, text);

	return give(a, (struct bytes){(const uint8_t *)text, len});
}

static int bad_want(const struct answer *a, const struct text_key *key, const char *want)
{
	return err_set(a->e, EINVAL, "%s cannot be \"%s\"", key->name, want);
}

static int check_number(const struct text_key *key, uint64_t value, struct err *e)
{
	if ((value >= key->min && value <= key->max) || (!value && key->zero_is_legal))
		return 0;
	return err_wire(e, 0, key->section,
			"%s=%" PRIu64 " is outside %" PRIu64 " to %" PRIu64 "%s", key->name, value,
			key->min, key->max, key->zero_is_legal ? " and not 0" : "");
}

static int number_of(const struct text_key *key, struct bytes text, uint64_t *out, struct err *e)
{
	return text_number(text, out, e) ? -1 : check_number(key, *out, e);
}

static int negotiate_bool(const struct answer *a, const struct text_key *key, struct bytes offer,
			  const char *want)
{
	bool theirs, ours;
	if (text_bool(offer, &theirs, a->e))
		return -1;
	ours = theirs;
	if (want && text_bool(bytes_of(want), &ours, NULL))
		return bad_want(a, key, want);

	bool result = key->kind == KEY_BOOL_AND ? theirs && ours : theirs || ours;
	return give(a, bytes_of(result ? "Yes" : "No"));
}

static int negotiate_number(const struct answer *a, const struct text_key *key, struct bytes offer,
			    const char *want)
{
	uint64_t theirs, ours;
	if (number_of(key, offer, &theirs, a->e))
		return -1;
	ours = theirs;
	if (want && number_of(key, bytes_of(want), &ours, NULL))
		return bad_want(a, key, want);

	bool take_ours = key->kind == KEY_MIN ? ours < theirs : ours > theirs;
	return give_number(a, take_ours ? ours : theirs);
}

static int negotiate_range(const struct answer *a, const struct text_key *key, struct bytes offer,
			   const char *want)
{
	uint64_t lo, hi, ours;
	if (text_range(offer, &lo, &hi, a->e) || check_number(key, lo, a->e) ||
	    check_number(key, hi, a->e))
		return -1;
	ours = lo;
	if (want && number_of(key, bytes_of(want), &ours, NULL))
		return bad_want(a, key, want);
	return give_number(a, ours < lo ? lo : ours > hi ? hi : ours);
}

static bool list_has(struct bytes list, struct bytes word)
{
	struct bytes item;

	for (size_t i = 0; text_list_item(list, i, &item); i++)
		if (bytes_same(item, word))
			return true;
	return false;
}

/* RFC 7143 6.1. An item that is none is a value that nobody can know; so it is passed over as 6.2.1
 * says. */
static bool is_text_value(struct bytes item)
{
	for (size_t i = 0; i < item.len; i++) {
		uint8_t ch = item.at[i];
		bool alphanumeric = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
				    (ch >= '0' && ch <= '9');
		if (!alphanumeric && (!ch || !strchr(".-+@_/[]:", ch)))
			return false;
	}
	return item.len > 0;
}

static int check_length(const struct text_key *key, struct bytes value, struct err *e)
{
	if (value.len <= key->max)
		return 0;
	return err_wire(e, 0, key->section, "%s of %zu bytes is longer than %" PRIu64, key->name,
			value.len, key->max);
}

static int negotiate_list(const struct answer *a, const struct text_key *key, struct bytes offer,
			  const char *want)
{
	if (check_length(key, offer, a->e))
		return -1;
	if (!offer.len)
		return err_wire(a->e, 0, "RFC 7143 6.2.1", "%s offers an empty list", key->name);

	struct bytes item, chosen = bytes_of("Reject");
	bool found = false;
	for (size_t i = 0; text_list_item(offer, i, &item); i++) {
		if (text_is_answer_word(item))
			return err_wire(a->e, (size_t)(item.at - offer.at), "RFC 7143 6.2",
					"%s offers the reserved word %.*s", key->name,
					(int)item.len, (const char *)item.at);
		if (!found && is_text_value(item) && (!want || list_has(bytes_of(want), item))) {
			chosen = item;
			found = true;
		}
	}
	return give(a, chosen);
}

static int take_declaration(const struct text_key *key, struct bytes value, struct err *e)
{
	uint64_t number;
	bool flag;

	switch (key->kind) {
	case KEY_DECLARE_NUMBER:
		return number_of(key, value, &number, e);
	case KEY_DECLARE_BOOL:
		return text_bool(value, &flag, e);
	default:
		if (key->kind == KEY_DECLARE_TEXT && key->words &&
		    !list_has(bytes_of(key->words), value))
			return err_wire(e, 0, key->section, "%s is not one of %s", key->name,
					key->words);
		return check_length(key, value, e);
	}
}

static int negotiate(const struct answer *a, const struct text_key *key, struct bytes offer,
		     const char *want)
{
	if (text_is_answer_word(offer))
		return err_wire(a->e, 0, "RFC 7143 6.2", "%s offers the reserved word %.*s",
				key->name, (int)offer.len, (const char *)offer.at);
	if (key->obsolete)
		return give(a, bytes_of(key->kind == KEY_BOOL_AND && want && !strcmp(want, "No")
						? "No"
						: "Reject"));
	if (want && text_is_answer_word(bytes_of(want)))
		return give(a, bytes_of(want));

	switch (key->kind) {
	case KEY_BOOL_AND:
	case KEY_BOOL_OR:
		return negotiate_bool(a, key, offer, want);
	case KEY_MIN:
	case KEY_MAX:
		return negotiate_number(a, key, offer, want);
	case KEY_RANGE_MIN:
		return negotiate_range(a, key, offer, want);
	case KEY_LIST:
		return negotiate_list(a, key, offer, want);
	case KEY_DECLARE_NUMBER:
	case KEY_DECLARE_BOOL:
	case KEY_DECLARE_TEXT:
	case KEY_SECURITY:
		break;
	}
	return take_declaration(key, offer, a->e);
}

int text_negotiate(const struct text_key *key, struct bytes offer, const char *want, char *out,
		   size_t size, struct err *e)
{
	struct answer a = {.out = out, .size = size, .e = e};
	if (size)
		out[0] = '\0';

	int rc = negotiate(&a, key, offer, want);
	if (rc < 0)
		snprintf(out, size, "Reject");
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "whole_text.h"

#include <stdlib.h>
#include <string.h>

#include "room.h"

static bool is_own_control(const struct traffic *t)
{
	return t->pdu.type && t->pdu.type->iser_opcode == ISER_CONTROL &&
	       t->pdu.type->sender == t->from && t->delivery != NOT_DELIVERED;
}

bool is_login_pdu(const struct dialogue *d, const struct traffic *t)
{
	return is_own_control(t) && d->phase == DIALOGUE_LOGIN &&
	       (t->pdu.type->opcode == OP_LOGIN_REQUEST ||
		t->pdu.type->opcode == OP_LOGIN_RESPONSE);
}

bool whole_text(const struct dialogue *d, const struct traffic *t, struct bytes *out)
{
	const bool text = is_own_control(t) && (t->pdu.type->opcode == OP_TEXT_REQUEST ||
						t->pdu.type->opcode == OP_TEXT_RESPONSE);
	if ((!text && !is_login_pdu(d, t)) || t->pdu.c)
		return false;
	/* What answers C=1 should not be there (6.2, which the monitor `login` judges): it is about
	 * keys that were not said to their end. */
	if (t->from == FROM_TARGET && d->partial_len[0])
		return false;
	const size_t side = t->from == FROM_TARGET;
	const size_t before = dialogue_begins_text(t) ? 0 : d->partial_len[side];
	if (d->unreadable[!side])
		return false;
	const struct bytes *data = &t->pdu.data;
	uint8_t *all = need(malloc(before + data->len + 1));
	if (before)
		memcpy(all, d->partial[side], before);
	if (data->len)
		memcpy(all + before, data->at, data->len);
	*out = (struct bytes){all, before + data->len};
	return true;
}

void whole_text_free(struct bytes *text)
{
	free((void *)text->at);
	*text = (struct bytes){0};
}

bool whole_text_next(struct cursor *c, struct text_pair *pair)
{
	int got;
	while ((got = text_next(c, pair, NULL)) < 0)
		continue;
	return got > 0;
}

bool whole_text_find(const struct bytes *text, const char *key, struct bytes *value)
{
	const uint8_t *at = text->at, *end = at + text->len, *nul;
	const size_t len = strlen(key);
	struct text_pair pair;

	/* Only what may be it is worth a look at its form. */
	for (; at < end && (nul = memchr(at, 0, (size_t)(end - at))); at = nul + 1) {
		const size_t size = (size_t)(nul - at);
		if (size <= len || at[len] != '=' || memcmp(at, key, len) != 0)
			continue;
		struct cursor c = cursor_of(at, size + 1);
		if (text_next(&c, &pair, NULL) > 0) {
			*value = pair.value;
			return true;
		}
	}
	return false;
}

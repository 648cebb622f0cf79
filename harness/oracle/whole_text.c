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

/* Does it end a text that can be judged? */
static bool is_end(const struct dialogue *d, const struct traffic *t)
{
	const bool text = is_own_control(t) && (t->pdu.type->opcode == OP_TEXT_REQUEST ||
						t->pdu.type->opcode == OP_TEXT_RESPONSE);
	if ((!text && !is_login_pdu(d, t)) || t->pdu.c)
		return false;
	/* What answers C=1 should not be there (6.2, which the monitor `login` judges): it is about
	 * keys that were not said to their end. */
	if (t->from == FROM_TARGET && d->partial_len[0])
		return false;
	return !d->unreadable[t->from != FROM_TARGET];
}

static struct bytes join(struct whole_text *x, struct bytes before, struct bytes last)
{
	if (!before.len)
		return last;
	x->joined = need(realloc(x->joined, before.len + last.len));
	memcpy(x->joined, before.at, before.len);
	if (last.len)
		memcpy(x->joined + before.len, last.at, last.len);
	return (struct bytes){x->joined, before.len + last.len};
}

static void read_pairs(struct whole_text *x)
{
	struct cursor c = cursor_of(x->all.at, x->all.len);
	struct text_pair pair;
	int got;

	x->count = 0;
	while ((got = text_next(&c, &pair, NULL)) != 0) {
		if (got < 0)
			continue;
		if (x->count == x->room) {
			x->room = x->room ? 2 * x->room : 32;
			x->pairs = need(reallocarray(x->pairs, x->room, sizeof(*x->pairs)));
		}
		x->pairs[x->count++] = (struct whole_pair){
			.key = pair.key,
			.value = pair.value,
			.known = text_key_by_name((const char *)pair.key.at, pair.key.len),
		};
	}
}

bool whole_text_read(struct whole_text *x, const struct dialogue *d, const struct traffic *t)
{
	if (!is_end(d, t))
		return false;
	const size_t side = t->from == FROM_TARGET;
	const struct bytes before = {(const uint8_t *)d->partial[side],
				     dialogue_begins_text(t) ? 0 : d->partial_len[side]};
	x->all = join(x, before, t->pdu.data);
	read_pairs(x);
	return true;
}

void whole_text_free(struct whole_text *x)
{
	free(x->pairs);
	free(x->joined);
	*x = (struct whole_text){0};
}

bool whole_text_find(const struct whole_text *x, const char *key, struct bytes *value)
{
	const struct bytes name = {(const uint8_t *)key, strlen(key)};

	for (size_t i = 0; i < x->count; i++)
		if (bytes_same(x->pairs[i].key, name)) {
			*value = x->pairs[i].value;
			return true;
		}
	return false;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Text keys of a connection and the terms that follow from them. */
#include <stdlib.h>
#include <string.h>

#include "dialogue_internal.h"
#include "room.h"

enum { TEXT_TOTAL_MAX = 1 << 20 }; /* of one key=value list over all its PDUs */

void dialogue_terms_default(struct dialogue_terms *t)
{
	*t = (struct dialogue_terms){
		.initial_r2t = true,
		.immediate_data = true,
		.initiator_rdsl = 8192,
		.target_rdsl = 8192,
		.first_burst = 65536,
		.max_burst = 262144,
		.max_outstanding_r2t = 1,
		/* RFC 7145 6.8 */
		.initiator_max_ahs = 256,
		.target_max_ahs = 256,
	};
}

static size_t place_of(const struct text_key *key)
{
	size_t count;

	return (size_t)(key - text_keys(&count));
}

const struct said_key *dialogue_said_key(const struct dialogue *d, enum pdu_sender from,
					 const struct text_key *key)
{
	const size_t at = d->said[from == FROM_TARGET][place_of(key)];

	return at ? &d->keys[at - 1] : NULL;
}

static const struct said_key *said_unknown(const struct dialogue *d, enum pdu_sender from,
					   const char *key)
{
	for (size_t i = d->key_count; i-- > 0;)
		if (d->keys[i].from == from && word_is(d->keys[i].key, key))
			return &d->keys[i];
	return NULL;
}

const struct said_key *dialogue_said(const struct dialogue *d, enum pdu_sender from,
				     const char *key)
{
	const struct text_key *known = text_key_by_name(key, strlen(key));

	return known ? dialogue_said_key(d, from, known) : said_unknown(d, from, key);
}

static struct bytes text_of(const struct said_key *k)
{
	return (struct bytes){(const uint8_t *)k->value, strlen(k->value)};
}

static const struct said_key *said_well(const struct dialogue *d, enum pdu_sender from,
					const char *key)
{
	const struct said_key *k = dialogue_said(d, from, key);
	return k && !text_is_reserved_word(text_of(k)) ? k : NULL;
}

/* What both agreed on: the later of the two is the answer, and the answer is the result. */
static const struct said_key *agreed(const struct dialogue *d, const char *key)
{
	const struct said_key *a = said_well(d, FROM_INITIATOR, key);
	const struct said_key *b = said_well(d, FROM_TARGET, key);
	if (!a || !b)
		return NULL;
	return a->answer ? a : b;
}

static void number(const struct said_key *k, uint32_t *out)
{
	uint64_t value;
	if (k && !text_number(text_of(k), &value, NULL) && value <= UINT32_MAX)
		*out = (uint32_t)value;
}

static void flag(const struct said_key *k, bool *out)
{
	bool value;
	if (k && !text_bool(text_of(k), &value, NULL))
		*out = value;
}

/* One side alone settles a boolean by the value that its function cannot undo (RFC 7143 6.2.2). */
static void agreed_flag(const struct dialogue *d, const char *key, bool settling, bool *out)
{
	const struct said_key *k = agreed(d, key);
	if (k) {
		flag(k, out);
		return;
	}
	const enum pdu_sender sides[] = {FROM_INITIATOR, FROM_TARGET};
	for (size_t i = 0; i < 2; i++) {
		bool value = !settling;
		flag(said_well(d, sides[i], key), &value);
		if (value == settling)
			*out = settling;
	}
}

static void settle(struct dialogue *d)
{
	struct dialogue_terms *t = &d->terms;
	dialogue_terms_default(t);
	agreed_flag(d, "RDMAExtensions", false, &t->rdma_extensions);
	agreed_flag(d, "InitialR2T", true, &t->initial_r2t);
	agreed_flag(d, "ImmediateData", false, &t->immediate_data);
	number(agreed(d, "InitiatorRecvDataSegmentLength"), &t->initiator_rdsl);
	number(agreed(d, "TargetRecvDataSegmentLength"), &t->target_rdsl);
	number(agreed(d, "FirstBurstLength"), &t->first_burst);
	number(agreed(d, "MaxBurstLength"), &t->max_burst);
	number(agreed(d, "MaxOutstandingR2T"), &t->max_outstanding_r2t);
	number(agreed(d, "ErrorRecoveryLevel"), &t->erl);
	flag(said_well(d, FROM_INITIATOR, "TaggedBufferForSolicitedDataOnly"), &t->solicited_only);
	flag(said_well(d, FROM_INITIATOR, "iSERHelloRequired"), &t->hello_required);
	number(said_well(d, FROM_INITIATOR, "MaxOutstandingUnexpectedPDUs"), &t->initiator_moup);
	number(said_well(d, FROM_TARGET, "MaxOutstandingUnexpectedPDUs"), &t->target_moup);
	number(said_well(d, FROM_INITIATOR, "MaxAHSLength"), &t->initiator_max_ahs);
	number(said_well(d, FROM_TARGET, "MaxAHSLength"), &t->target_max_ahs);
	t->initiator_moup_said = said_well(d, FROM_INITIATOR, "MaxOutstandingUnexpectedPDUs");
	t->target_moup_said = said_well(d, FROM_TARGET, "MaxOutstandingUnexpectedPDUs");
	const struct said_key *type = dialogue_said(d, FROM_INITIATOR, "SessionType");
	t->discovery = type && !strcmp(type->value, "Discovery");
}

bool dialogue_hello_due(const struct dialogue *d)
{
	const struct said_key *answer = dialogue_said(d, FROM_TARGET, "iSERHelloRequired");
	/* RFC 7145 5.1.3: NotUnderstood and No both decline; silence and Yes accept. */
	const bool declined = answer && strcmp(answer->value, "Yes") != 0;
	return d->terms.rdma_extensions && d->terms.hello_required && !declined;
}

/* The same key, as that side said it last. */
static const struct said_key *said_before(const struct dialogue *d, enum pdu_sender from,
					  const struct said_key *k)
{
	return k->known ? dialogue_said_key(d, from, k->known) : said_unknown(d, from, k->key);
}

/* A key that the other side said last is answered by this one. */
static bool is_answer(const struct dialogue *d, const struct said_key *k)
{
	const enum pdu_sender other = k->from == FROM_TARGET ? FROM_INITIATOR : FROM_TARGET;
	const struct said_key *ours = said_before(d, k->from, k),
			      *theirs = said_before(d, other, k);

	return theirs && (!ours || theirs > ours) && !theirs->answer;
}

static void add_key(struct dialogue *d, const struct traffic *t, const struct text_pair *pair)
{
	d->keys = room_for_one(d->keys, d->key_count, sizeof(*d->keys));
	const bool login =
		t->pdu.type->opcode == OP_LOGIN_REQUEST || t->pdu.type->opcode == OP_LOGIN_RESPONSE;
	struct said_key k = {
		.from = t->from,
		.known = text_key_by_name((const char *)pair->key.at, pair->key.len),
		.csg = login ? t->pdu.csg : 3,
		.pdu = login ? d->login_pdus[t->from == FROM_TARGET] : 0,
		.seq = t->ev->seq,
	};
	const size_t len = pair->key.len < TEXT_KEY_MAX ? pair->key.len : TEXT_KEY_MAX;
	memcpy(k.key, pair->key.at, len);
	k.key[len] = '\0';
	k.answer = is_answer(d, &k);
	k.value = need(strndup((const char *)pair->value.at, pair->value.len));
	d->keys[d->key_count++] = k;
	if (k.known)
		d->said[t->from == FROM_TARGET][place_of(k.known)] = d->key_count;
}

bool dialogue_begins_text(const struct traffic *t)
{
	return t->pdu.type->opcode == OP_TEXT_REQUEST && t->pdu.ttt == TAG_NONE;
}

void dialogue_keys(struct dialogue *d, const struct traffic *t)
{
	const size_t side = t->from == FROM_TARGET;
	const struct bytes *data = &t->pdu.data;
	const bool login =
		t->pdu.type->opcode == OP_LOGIN_REQUEST || t->pdu.type->opcode == OP_LOGIN_RESPONSE;

	d->login_pdus[side] += login;
	if (dialogue_begins_text(t)) {
		/* In the midst of the target's text (6.2 has it asked for the rest): from there on
		 * nobody can tell which piece goes on with which. */
		d->unreadable[0] |= d->partial_len[1] != 0;
		d->partial_len[0] = d->partial_len[1] = 0;
	}
	if (d->partial_len[side] + data->len > TEXT_TOTAL_MAX)
		return;
	if (data->len) {
		d->partial[side] =
			need(realloc(d->partial[side], d->partial_len[side] + data->len));
		memcpy(d->partial[side] + d->partial_len[side], data->at, data->len);
		d->partial_len[side] += data->len;
	}
	if (t->pdu.c)
		return;
	struct cursor c = cursor_of((const uint8_t *)d->partial[side], d->partial_len[side]);
	struct text_pair pair;
	int got;
	while ((got = text_next(&c, &pair, NULL)) != 0)
		if (got > 0)
			add_key(d, t, &pair);
		else
			d->unreadable[side] = true;
	d->partial_len[side] = 0;
	if (login)
		settle(d);
}

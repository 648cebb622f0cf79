/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Offers and answers in the login: every answer fits its offer, every offer that wants an answer
 * gets one before the stage ends, and the response that ends it offers nothing more (RFC
 * 7143 6.2, 6.2.1, 6.2.2, 6.3).
 */
#include <string.h>

#include "../oracle/watch.h"
#include "../oracle/whole_text.h"

struct negotiation {
	bool discovery;
	const struct log_event *request; /* the last Login Request */
};

static struct bytes bytes_of(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

static bool is_negotiated(const struct text_key *key)
{
	return key->kind == KEY_BOOL_AND || key->kind == KEY_BOOL_OR || key->kind == KEY_MIN ||
	       key->kind == KEY_MAX || key->kind == KEY_LIST;
}

static bool in_bounds(const struct text_key *key, struct bytes value, uint64_t *n)
{
	return !text_number(value, n, NULL) &&
	       ((*n >= key->min && *n <= key->max) || (!*n && key->zero_is_legal));
}

static bool list_has(struct bytes list, struct bytes word)
{
	struct bytes item;
	for (size_t i = 0; text_list_item(list, i, &item); i++)
		if (bytes_same(item, word))
			return true;
	return false;
}

/* May this be the answer to that offer? *rule: the rule that it otherwise breaks. */
static bool fits(const struct text_key *key, struct bytes offer, struct bytes answer,
		 const char **rule)
{
	uint64_t offered, n;
	bool yes, asked;

	*rule = "I7143-6.2.2-5";
	switch (key->kind) {
	case KEY_BOOL_AND:
	case KEY_BOOL_OR:
		if (!strcmp(key->name, "RDMAExtensions"))
			*rule = "I7145-6.3-2"; /* a No of one side is the end of it */
		if (text_bool(answer, &yes, NULL))
			return false;
		return text_bool(offer, &asked, NULL) ||
		       (key->kind == KEY_BOOL_AND ? asked || !yes : !asked || yes);
	case KEY_MIN:
	case KEY_MAX:
		if (!strcmp(key->name, "TargetRecvDataSegmentLength"))
			*rule = "I7145-6.4-2";
		else if (!strcmp(key->name, "InitiatorRecvDataSegmentLength"))
			*rule = "I7145-6.5-1";
		else if (!strcmp(key->name, "ErrorRecoveryLevel"))
			*rule = "I7143-7.1.5-1";
		if (!in_bounds(key, offer, &offered)) {
			*rule = "I7143-6.2.2-2";
			return in_bounds(key, answer, &n);
		}
		return in_bounds(key, answer, &n) &&
		       (key->kind == KEY_MIN ? n <= offered : n >= offered);
	default:
		*rule = "I7143-6.2.1-1";
		return list_has(offer, answer);
	}
}

/*
 * RDMAExtensions=Yes implies None for both digests whatever else is negotiated (RFC 7145 6.1), and
 * 5.1 asks for that very outcome: None answers an offer that does not have it. The Yes may stand
 * in this text or yet be to come.
 */
static bool is_implied(const struct dialogue *d, const struct text_key *key, struct bytes value)
{
	const struct said_key *yes = dialogue_said(d, FROM_INITIATOR, "RDMAExtensions");
	return (!strcmp(key->name, "HeaderDigest") || !strcmp(key->name, "DataDigest")) &&
	       bytes_eq(value, "None") && yes && !strcmp(yes->value, "Yes");
}

static void judge_answer(struct watch *w, const struct dialogue *d, const struct traffic *t,
			 const struct text_key *key, const struct said_key *offer,
			 struct bytes value)
{
	const char *rule;

	if (!is_negotiated(key) || key->obsolete || text_is_answer_word(value) ||
	    text_is_answer_word(bytes_of(offer->value)) || is_implied(d, key, value))
		return;
	const bool holds = fits(key, bytes_of(offer->value), value, &rule);
	watch_rule(w, t->from, rule, holds, t->ev, NULL, "%s=%.*s answers %s", key->name,
		   (int)(value.len < 80 ? value.len : 80), (const char *)value.at, offer->value);
}

/* Does it want an answer? A boolean that settles the outcome alone does not (RFC 7143 6.2.2). */
static bool wants_answer(const struct text_key *key, struct bytes value)
{
	return is_negotiated(key) && !(key->kind == KEY_BOOL_AND && bytes_eq(value, "No")) &&
	       !(key->kind == KEY_BOOL_OR && bytes_eq(value, "Yes"));
}

static void pairs(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const enum pdu_sender other = t->from == FROM_TARGET ? FROM_INITIATOR : FROM_TARGET;

	for (size_t i = 0; i < t->text->count; i++) {
		const struct whole_pair *pair = &t->text->pairs[i];
		const struct bytes value = pair->value;
		char name[TEXT_KEY_MAX + 1];
		bytes_copy(pair->key, name, sizeof(name));
		const struct said_key *offer = pair->known
						       ? dialogue_said_key(d, other, pair->known)
						       : dialogue_said(d, other, name);
		if (offer) {
			if (pair->known && !dialogue_said_key(d, t->from, pair->known))
				judge_answer(w, d, t, pair->known, offer, value);
			continue;
		}
		watch_rule(w, t->from, "I7143-6.2-8", !text_is_answer_word(value), t->ev, NULL,
			   "%s=%.*s is a proposal", name, (int)value.len, (const char *)value.at);
		if (pair->known && t->from == FROM_TARGET && t->pdu.t && !t->pdu.status_class)
			watch_rule(w, FROM_TARGET, "I7143-6.3-7", !wants_answer(pair->known, value),
				   t->ev, NULL, "%s=%.*s is offered in a response with T=1", name,
				   (int)(value.len < 80 ? value.len : 80), (const char *)value.at);
	}
}

static const char *due_rule(const struct text_key *key)
{
	return key->kind == KEY_LIST				       ? "I7143-6.2.1-1"
	       : key->kind == KEY_BOOL_AND || key->kind == KEY_BOOL_OR ? "I7143-6.2.2-4"
								       : "I7143-6.2.2-1";
}

/*
 * The stage is over: what was offered in it and wants an answer has one. RDMAExtensions has rules
 * of its own about that, and makes other keys of RFC 7145 irrelevant.
 */
static void stage_ends(struct watch *w, const struct dialogue *d, const struct negotiation *s,
		       const struct traffic *t)
{
	for (size_t i = 0; i < d->key_count; i++) {
		const struct said_key *k = &d->keys[i];
		const bool theirs = k->from == FROM_INITIATOR;
		struct bytes value;
		if (!k->known || k->answer || k->csg != t->pdu.csg ||
		    !strncmp(k->known->section, "RFC 7145", 8) ||
		    text_is_answer_word(bytes_of(k->value)) ||
		    !wants_answer(k->known, bytes_of(k->value)))
			continue;
		if (!theirs && s->request && k->seq > s->request->seq)
			continue;
		const bool answered =
			dialogue_said(d, theirs ? FROM_TARGET : FROM_INITIATOR, k->key) ||
			(theirs && whole_text_find(t->text, k->key, &value));
		watch_rule(w, theirs ? FROM_TARGET : FROM_INITIATOR, due_rule(k->known), answered,
			   t->ev, NULL, "%s=%s was never answered", k->key, k->value);
	}
}

/* RFC 7143 13.14, of the outcome: the target has the last word on both. */
static void bursts(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	static const char *const names[] = {"FirstBurstLength", "MaxBurstLength"};
	uint64_t n[2];

	for (size_t i = 0; i < 2; i++) {
		const struct said_key *k = dialogue_said(d, FROM_TARGET, names[i]);
		struct bytes value = k ? bytes_of(k->value) : (struct bytes){0};
		if ((!k && !whole_text_find(t->text, names[i], &value)) ||
		    text_number(value, &n[i], NULL))
			return;
	}
	watch_rule(w, FROM_TARGET, "I7143-13.14-1", n[0] <= n[1], t->ev, NULL,
		   "FirstBurstLength is above MaxBurstLength");
}

/* And of an initiator that comes back to the one when the other is settled. */
static void burst_again(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct said_key *first = dialogue_said(d, FROM_TARGET, "FirstBurstLength");
	struct bytes value;
	uint64_t settled, max;

	if (!first || dialogue_said(d, FROM_INITIATOR, "MaxBurstLength") ||
	    !whole_text_find(t->text, "MaxBurstLength", &value) || text_number(value, &max, NULL) ||
	    text_number(bytes_of(first->value), &settled, NULL))
		return;
	watch_rule(w, FROM_INITIATOR, "I7143-13.14-1", max >= settled, t->ev, NULL,
		   "MaxBurstLength is offered below the FirstBurstLength that holds");
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct negotiation *s = state;
	struct bytes value;

	if (!is_login_pdu(d, t))
		return;
	if (t->from == FROM_INITIATOR)
		s->request = t->ev;
	if (!t->text)
		return;
	if (whole_text_find(t->text, "SessionType", &value))
		s->discovery |= bytes_eq(value, "Discovery");
	pairs(w, d, t);
	if (t->from == FROM_INITIATOR)
		burst_again(w, d, t);
	if (t->from == FROM_TARGET && t->pdu.t && !t->pdu.status_class && !s->discovery) {
		stage_ends(w, d, s, t);
		if (t->pdu.nsg == 3)
			bursts(w, d, t);
	}
}

const struct monitor monitor_negotiation = {
	.name = "negotiation",
	.doc = "answers in the login fit their offers, and none is missing",
	.rules =
		"I7143-6.2.1-1 I7143-6.2.2-1 I7143-6.2.2-2 I7143-6.2.2-4 I7143-6.2.2-5 I7143-6.2-8 "
		"I7143-6.3-7 I7143-7.1.5-1 I7143-13.14-1 I7145-6.3-2 I7145-6.4-2 "
		"I7145-6.5-1",
	.state_size = sizeof(struct negotiation),
	.message = message,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* What has been said about each text key of one login, by whom, and with which outcome. RFC
 * 7143 6.2. */
#ifndef PEER_NEGOTIATE_H
#define PEER_NEGOTIATE_H

#include "../../wire/text.h"

enum { NEGO_KEYS = 1024 };

struct nego_key {
	char name[TEXT_KEY_MAX + 1];
	char offer[TEXT_VALUE_MAX + 1];	 /* what we said first */
	char result[TEXT_VALUE_MAX + 1]; /* the answer, ours or theirs */
	bool offered;			 /* we said it first */
	bool heard;			 /* they said it: as offer or as answer */
	bool has_result;
};

struct nego {
	size_t count;
	struct nego_key keys[NEGO_KEYS]; /* only the first `count` mean anything */
};

/* NULL when it was never mentioned. */
const struct nego_key *nego_find(const struct nego *n, const char *name);
/* We say key=value first. False when the table is full. */
bool nego_offer(struct nego *n, const char *name, const char *value);

/* What we were going to say for this key is not said after all. */
void nego_unsay(struct nego *n, struct bytes name);
/* Is this a key that one side offers and the other answers, not one that both declare? */
bool nego_is_answered(const struct nego_key *k);

enum nego_what {
	NEGO_ANSWER,   /* answers what we offered */
	NEGO_OFFER,    /* they offer or declare; nego_answer() is due */
	NEGO_REPEATED, /* they said it before: RFC 7143 6.3 */
	NEGO_FULL,     /* too many keys */
};

/* They say key=value. */
enum nego_what nego_hear(struct nego *n, struct bytes name, struct bytes value);
/* What we answer to the offer of a key; records it as the outcome. A declaration is recorded by its
 * own value. */
void nego_answer(struct nego *n, struct bytes name, const char *answer);

/*
 * Is their answer admissible for what we offered (RFC 7143 6.2.1, 6.2.2)? NotUnderstood, Irrelevant
 * and Reject are. 0, or -1 with *e.
 */
int nego_check_answer(const struct nego_key *k, struct err *e);

/* The outcome: the answer, or the declaration, or NULL: the default holds. */
const char *nego_result(const struct nego *n, const char *name);

#endif

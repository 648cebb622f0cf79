/* SPDX-License-Identifier: BSD-2-Clause */
/* CHAP with MD5, RFC 7143 12.1.3 and RFC 1994: pure computation, no log, no I/O. */
#ifndef PEER_CHAP_H
#define PEER_CHAP_H

#include "../../wire/text.h"

enum { CHAP_RESPONSE_SIZE = 16, CHAP_CHALLENGE_SIZE = 16, CHAP_CHALLENGE_MAX = 1024 };

struct chap {
	uint8_t id; /* of our challenge */
	uint8_t challenge[CHAP_CHALLENGE_SIZE];
	bool challenged; /* we sent it */
};

/* id and challenge from random bytes, or from `seed` where runs must repeat. */
void chap_new_challenge(struct chap *c, bool repeatable, uint64_t seed);
void chap_response(uint8_t id, const char *secret, struct bytes challenge,
		   uint8_t out[CHAP_RESPONSE_SIZE]);
/* Is `value` (text of CHAP_R) the right response to our challenge? */
bool chap_verify(const struct chap *c, const char *secret, struct bytes value);
/* "0x..." of len bytes; out has 2 * len + 3 characters. */
void chap_hex(const uint8_t *at, size_t len, char *out);
/* Answers CHAP_I and CHAP_C, puts CHAP_N and CHAP_R. -1 with *e when they are malformed or reflect
 * `ours`. */
int chap_answer(struct writer *w, struct bytes id, struct bytes challenge, const char *user,
		const char *secret, const struct chap *ours, struct err *e);
/* Puts CHAP_I and CHAP_C of a new challenge. */
void chap_challenge(struct writer *w, struct chap *c);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* CHAP, RFC 7143 12.1.3 and RFC 1994: pure computation, no log, no I/O. */
#ifndef PEER_CHAP_H
#define PEER_CHAP_H

#include "../../wire/text.h"

enum {
	CHAP_CHALLENGE_SIZE = 16, /* of those that we make by ourselves */
	CHAP_CHALLENGE_MAX = 1024,
	CHAP_RESPONSE_MAX = 32,
};

/* CHAP_A, by IANA's list of PPP authentication algorithms; RFC 7143 itself names MD5 alone. */
enum { CHAP_MD5 = 5, CHAP_SHA1 = 6, CHAP_SHA256 = 7, CHAP_SHA3_256 = 8 };

struct chap_challenge {
	uint8_t id;
	size_t len; /* 0: there is none */
	uint8_t at[CHAP_CHALLENGE_MAX];
};

struct chap {
	unsigned algorithm; /* that the target chose; 0: it has not, so MD5 */
	struct chap_challenge ours, theirs;
};

/* id and challenge from random bytes, or from `seed` where runs must repeat. */
void chap_new_challenge(struct chap_challenge *c, bool repeatable, uint64_t seed);
/* CHAP_I and CHAP_C as one challenge; -1 with *e when they are malformed. */
int chap_read_challenge(struct chap_challenge *c, struct bytes id, struct bytes challenge,
			struct err *e);
/* Bytes of the response; 0: an algorithm that is not known here. */
size_t chap_response(unsigned algorithm, const struct chap_challenge *c, const char *secret,
		     uint8_t out[CHAP_RESPONSE_MAX]);
/* Is `value` (text of CHAP_R) the right response to our challenge? */
bool chap_verify(const struct chap *c, const char *secret, struct bytes value);
/* 9.2.1: is their challenge ours, sent back to have us compute the answer to it? */
bool chap_reflected(const struct chap *c);
/* "0x..." of len bytes; out has 2 * len + 3 characters. */
void chap_hex(const uint8_t *at, size_t len, char *out);
/* Puts CHAP_N, unless user is NULL, and CHAP_R, the answer to their challenge. -1 with *e: no such
 * algorithm. */
int chap_answer(struct writer *w, const struct chap *c, const char *user, const char *secret,
		struct err *e);
/* Puts CHAP_I and CHAP_C. */
void chap_put_challenge(struct writer *w, const struct chap_challenge *c);

#endif

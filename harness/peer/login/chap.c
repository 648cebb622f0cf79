/* SPDX-License-Identifier: BSD-2-Clause */
/* CHAP: challenges, responses and what they are as text. */
#include "chap.h"

#include <nettle/md5.h>
#include <nettle/memops.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <nettle/sha3.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static uint64_t mix(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void chap_new_challenge(struct chap_challenge *c, bool repeatable, uint64_t seed)
{
	uint8_t bytes[CHAP_CHALLENGE_SIZE + 1];

	if (repeatable || getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)mix(&seed);
	c->id = bytes[CHAP_CHALLENGE_SIZE];
	c->len = CHAP_CHALLENGE_SIZE;
	memcpy(c->at, bytes, CHAP_CHALLENGE_SIZE);
}

int chap_read_challenge(struct chap_challenge *c, struct bytes id, struct bytes challenge,
			struct err *e)
{
	struct chap_challenge read;
	uint64_t number;

	if (text_number(id, &number, e))
		return -1;
	int len = text_binary(challenge, read.at, sizeof(read.at), e);
	if (number > 255 || len < 1)
		return err_wire(e, ERR_NO_OFFSET, "RFC 7143 12.1.3",
				"CHAP_I or CHAP_C is malformed");
	c->id = (uint8_t)number;
	c->len = (size_t)len;
	memcpy(c->at, read.at, c->len);
	return 0;
}

static const struct nettle_hash *hash_of(unsigned algorithm)
{
	switch (algorithm) {
	case 0:
	case CHAP_MD5:
		return &nettle_md5;
	case CHAP_SHA1:
		return &nettle_sha1;
	case CHAP_SHA256:
		return &nettle_sha256;
	case CHAP_SHA3_256:
		return &nettle_sha3_256;
	default:
		return NULL;
	}
}

size_t chap_response(unsigned algorithm, const struct chap_challenge *c, const char *secret,
		     uint8_t out[CHAP_RESPONSE_MAX])
{
	const struct nettle_hash *hash = hash_of(algorithm);
	union {
		struct md5_ctx md5;
		struct sha1_ctx sha1;
		struct sha256_ctx sha256;
		struct sha3_256_ctx sha3;
	} state;

	if (!hash)
		return 0;
	hash->init(&state);
	hash->update(&state, 1, &c->id);
	hash->update(&state, strlen(secret), (const uint8_t *)secret);
	hash->update(&state, c->len, c->at);
	hash->digest(&state, hash->digest_size, out);
	return hash->digest_size;
}

bool chap_verify(const struct chap *c, const char *secret, struct bytes value)
{
	uint8_t right[CHAP_RESPONSE_MAX], theirs[CHAP_RESPONSE_MAX + 1];

	if (!c->ours.len)
		return false;
	const size_t len = chap_response(c->algorithm, &c->ours, secret, right);
	return len && text_binary(value, theirs, sizeof(theirs), NULL) == (int)len &&
	       memeql_sec(right, theirs, len);
}

bool chap_reflected(const struct chap *c)
{
	return c->ours.len && c->ours.len == c->theirs.len &&
	       !memcmp(c->ours.at, c->theirs.at, c->ours.len);
}

void chap_hex(const uint8_t *at, size_t len, char *out)
{
	memcpy(out, "0x", 3);
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 + 2 * i, 3, "%02x", at[i]);
}

int chap_answer(struct writer *w, const struct chap *c, const char *user, const char *secret,
		struct err *e)
{
	uint8_t response[CHAP_RESPONSE_MAX];
	char hex[2 * CHAP_RESPONSE_MAX + 3];
	const size_t len = chap_response(c->algorithm, &c->theirs, secret, response);

	if (!len)
		return err_wire(e, ERR_NO_OFFSET, "RFC 7143 12.1.3", "algorithm %u is not known",
				c->algorithm);
	chap_hex(response, len, hex);
	if (user)
		text_put(w, "CHAP_N", user);
	text_put(w, "CHAP_R", hex);
	return 0;
}

void chap_put_challenge(struct writer *w, const struct chap_challenge *c)
{
	char hex[2 * CHAP_CHALLENGE_MAX + 3], id[8];

	snprintf(id, sizeof(id), "%u", c->id);
	chap_hex(c->at, c->len, hex);
	text_put(w, "CHAP_I", id);
	text_put(w, "CHAP_C", hex);
}

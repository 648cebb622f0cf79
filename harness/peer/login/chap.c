/* SPDX-License-Identifier: BSD-2-Clause */
/* CHAP with MD5. */
#include "chap.h"

#include <nettle/md5.h>
#include <nettle/memops.h>
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

void chap_new_challenge(struct chap *c, bool repeatable, uint64_t seed)
{
	uint8_t bytes[CHAP_CHALLENGE_SIZE + 1];

	if (repeatable || getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)mix(&seed);
	c->id = bytes[CHAP_CHALLENGE_SIZE];
	memcpy(c->challenge, bytes, CHAP_CHALLENGE_SIZE);
}

void chap_response(uint8_t id, const char *secret, struct bytes challenge,
		   uint8_t out[CHAP_RESPONSE_SIZE])
{
	struct md5_ctx md5;

	md5_init(&md5);
	md5_update(&md5, 1, &id);
	md5_update(&md5, strlen(secret), (const uint8_t *)secret);
	md5_update(&md5, challenge.len, challenge.at);
	md5_digest(&md5, CHAP_RESPONSE_SIZE, out);
}

bool chap_verify(const struct chap *c, const char *secret, struct bytes value)
{
	uint8_t right[CHAP_RESPONSE_SIZE], theirs[CHAP_RESPONSE_SIZE + 1];

	if (!c->challenged)
		return false;
	chap_response(c->id, secret, (struct bytes){c->challenge, CHAP_CHALLENGE_SIZE}, right);
	return text_binary(value, theirs, sizeof(theirs), NULL) == CHAP_RESPONSE_SIZE &&
	       memeql_sec(right, theirs, CHAP_RESPONSE_SIZE);
}

void chap_hex(const uint8_t *at, size_t len, char *out)
{
	memcpy(out, "0x", 3);
	for (size_t i = 0; i < len; i++)
		snprintf(out + 2 + 2 * i, 3, "%02x", at[i]);
}

int chap_answer(struct writer *w, struct bytes id, struct bytes challenge, const char *user,
		const char *secret, const struct chap *ours, struct err *e)
{
	uint8_t bytes[CHAP_CHALLENGE_MAX], response[CHAP_RESPONSE_SIZE];
	char hex[2 * CHAP_RESPONSE_SIZE + 3];
	uint64_t number;

	if (text_number(id, &number, e))
		return -1;
	int len = text_binary(challenge, bytes, sizeof(bytes), e);
	if (number > 255 || len < 1)
		return err_wire(e, ERR_NO_OFFSET, "RFC 7143 12.1.3",
				"CHAP_I or CHAP_C is malformed");
	/* RFC 7143 12.1.3: who gets his own challenge back is being used to compute the answer to
	 * it. */
	if (ours && ours->challenged && len == CHAP_CHALLENGE_SIZE &&
	    !memcmp(bytes, ours->challenge, CHAP_CHALLENGE_SIZE))
		return err_wire(e, ERR_NO_OFFSET, "RFC 7143 12.1.3", "our own challenge came back");

	chap_response((uint8_t)number, secret, (struct bytes){bytes, (size_t)len}, response);
	chap_hex(response, sizeof(response), hex);
	text_put(w, "CHAP_N", user);
	text_put(w, "CHAP_R", hex);
	return 0;
}

void chap_challenge(struct writer *w, struct chap *c)
{
	char hex[2 * CHAP_CHALLENGE_SIZE + 3], id[8];

	snprintf(id, sizeof(id), "%u", c->id);
	chap_hex(c->challenge, CHAP_CHALLENGE_SIZE, hex);
	text_put(w, "CHAP_I", id);
	text_put(w, "CHAP_C", hex);
	c->challenged = true;
}

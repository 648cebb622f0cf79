/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script may ask about CHAP: right responses, and whether the other side gave one. */
#include "login.h"

static struct bytes heard(const struct peer *p, const char *key)
{
	const char *value = peer_heard(p, key);

	return (struct bytes){(const uint8_t *)value, value ? strlen(value) : 0};
}

static bool their_challenge(const struct peer *p, struct chap_challenge *c)
{
	return peer_heard(p, "CHAP_C") &&
	       !chap_read_challenge(c, heard(p, "CHAP_I"), heard(p, "CHAP_C"), NULL);
}

size_t peer_chap_challenge(const struct peer *p, uint8_t out[1024])
{
	struct chap_challenge c;

	if (!their_challenge(p, &c))
		return 0;
	memcpy(out, c.at, c.len);
	return c.len;
}

size_t peer_chap_response(const struct peer *p, uint8_t out[32])
{
	const bool initiator = p->cfg.role == PEER_INITIATOR;
	const char *secret = initiator ? p->cfg.chap_secret : p->cfg.mutual_secret;
	uint64_t algorithm = p->login->chap.algorithm;
	struct chap_challenge c;

	if (!*secret || !their_challenge(p, &c))
		return 0;
	if (initiator &&
	    (text_number(heard(p, "CHAP_A"), &algorithm, NULL) || algorithm > UINT8_MAX))
		return 0;
	return chap_response((unsigned)algorithm, &c, secret, out);
}

void login_hear_response(struct peer *p, struct bytes value)
{
	const char *secret =
		p->cfg.role == PEER_INITIATOR ? p->cfg.mutual_secret : p->cfg.chap_secret;

	p->login->proof =
		*secret && chap_verify(&p->login->chap, secret, value) ? PROOF_RIGHT : PROOF_WRONG;
}

int peer_chap_proved(const struct peer *p)
{
	return p->login->proof == PROOF_NONE ? -1 : p->login->proof == PROOF_RIGHT;
}

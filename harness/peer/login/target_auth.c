/* SPDX-License-Identifier: BSD-2-Clause */
/* The target's half of the security stage, RFC 7143 12.1: one step after the other. */
#include "login.h"

static bool in_list(struct bytes list, const char *word)
{
	struct bytes item;

	for (size_t i = 0; text_list_item(list, i, &item); i++)
		if (bytes_eq(item, word))
			return true;
	return false;
}

static int failed(struct peer *p, const char *why)
{
	login_fail(p, AUTHENTICATION_FAILURE, why);
	return -1;
}

/* 9.2: what is not according to the step, but for cryptographically wrong values. */
static int against_step(struct peer *p, unsigned status, const char *why)
{
	if (peer_knob(p, KNOB_CHAP_STEPS_UNCHECKED))
		return 0;
	/* The harness, too, ends it there: the steps lead nowhere any more. */
	if (!login_refuse(p, status, "RFC 7143 9.2", why))
		login_fail(p, status, why);
	return -1;
}

static int choose_method(struct peer *p, struct writer *w)
{
	struct login_state *l = p->login;
	const bool talked_down =
		in_list(l->security.auth, "None") && peer_knob(p, KNOB_TAKES_NONE_BEFORE_CHAP);
	const bool chap = p->cfg.chap_secret[0] && !talked_down;
	const char *method = chap ? "CHAP" : "None";

	if (!in_list(l->security.auth, method))
		return failed(p, "AuthMethod offers nothing that we accept");
	text_put(w, "AuthMethod", method);
	l->auth_done = !chap;
	l->auth_step = chap ? AUTH_ALGORITHM : AUTH_DONE;
	return 0;
}

/* A mutant's: one byte more than there may be. */
static void put_long_challenge(struct writer *w)
{
	char hex[2 * (CHAP_CHALLENGE_MAX + 1) + 3] = "0x";

	memset(hex + 2, 'a', sizeof(hex) - 3);
	hex[sizeof(hex) - 1] = 0;
	text_put(w, "CHAP_I", "1");
	text_put(w, "CHAP_C", hex);
}

static int challenge(struct peer *p, struct writer *w)
{
	struct login_state *l = p->login;
	const struct login_security *s = &l->security;

	if (s->n.at || s->r.at || s->i.at || s->c.at || s->auth.at)
		return against_step(p, INITIATOR_ERROR, "CHAP does not begin by CHAP_A alone");
	if (!s->a.at)
		return against_step(p, MISSING_PARAMETER, "CHAP_A is missing");
	if (!in_list(s->a, "5") && !peer_knob(p, KNOB_CHAP_ALGORITHM_NOT_OFFERED))
		return failed(p, "CHAP_A offers no algorithm that we know");
	text_put(w, "CHAP_A", "5");
	login_new_challenge(p, p->cfg.seed);
	if (peer_knob(p, KNOB_CHAP_CHALLENGE_TOO_LONG))
		put_long_challenge(w);
	else
		chap_put_challenge(w, &l->chap.ours);
	l->auth_step = AUTH_RESPONSE;
	return 0;
}

/* Proves ourselves when asked: mutual CHAP. */
static int prove(struct peer *p, struct writer *w)
{
	struct login_state *l = p->login;
	const struct login_security *s = &l->security;
	struct err e = {0};

	if (!s->i.at && !s->c.at)
		return 0;
	if (chap_read_challenge(&l->chap.theirs, s->i, s->c, &e))
		return against_step(p, INITIATOR_ERROR, e.what);
	if (!p->cfg.mutual_secret[0])
		return failed(p, "no secret to prove ourselves by");
	if (chap_reflected(&l->chap) && !peer_knob(p, KNOB_CHAP_REFLECTION_ANSWERED))
		return failed(p, "our own challenge came back");
	if (peer_knob(p, KNOB_CHAP_PROOF_LEFT_OUT))
		return 0;
	return chap_answer(w, &l->chap, p->cfg.mutual_user, p->cfg.mutual_secret, &e)
		       ? failed(p, e.what)
		       : 0;
}

static int judge(struct peer *p, struct writer *w)
{
	struct login_state *l = p->login;
	const struct login_security *s = &l->security;
	uint8_t response[CHAP_CHALLENGE_MAX];

	if (s->a.at || s->auth.at)
		return against_step(p, INITIATOR_ERROR, "a step of CHAP comes again");
	if (!s->n.at || !s->r.at || !s->i.at != !s->c.at)
		return against_step(p, MISSING_PARAMETER, "a key of CHAP is missing");
	if (text_binary(s->r, response, sizeof(response), NULL) < 0)
		return against_step(p, INITIATOR_ERROR, "CHAP_R is no binary value");
	const bool base64 = s->r.len > 1 && (s->r.at[1] == 'b' || s->r.at[1] == 'B');
	const bool right = bytes_eq(s->n, p->cfg.chap_user) &&
			   !(base64 && peer_knob(p, KNOB_CHAP_BASE64_UNKNOWN)) &&
			   chap_verify(&l->chap, p->cfg.chap_secret, s->r);
	if (!right && !peer_knob(p, KNOB_CHAP_NOT_CHECKED))
		return failed(p, "CHAP failed");
	/* 9.2.1: what we would have answered ourselves proves nobody. Of the harness's two secrets
	 * the script knows. */
	if (right && p->cfg.mutual_secret[0] && !p->cfg.tolerant &&
	    chap_verify(&l->chap, p->cfg.mutual_secret, s->r) &&
	    !peer_knob(p, KNOB_CHAP_ONE_SECRET_TAKEN))
		return failed(p, "CHAP in both directions by one secret");
	if (prove(p, w))
		return -1;
	l->auth_done = true;
	l->auth_step = AUTH_DONE;
	return 0;
}

/* One request of the security stage; -1 when the login was ended. */
int login_authenticate(struct peer *p)
{
	struct login_state *l = p->login;
	const struct login_security *s = &l->security;
	struct writer w = login_writer(l);
	int rc = 0;

	switch (l->auth_step) {
	case AUTH_METHOD:
		if (s->auth.at)
			rc = choose_method(p, &w);
		else if (s->a.at || s->n.at || s->r.at || s->i.at || s->c.at)
			rc = against_step(p, INITIATOR_ERROR, "CHAP before AuthMethod");
		else if (!p->cfg.chap_secret[0])
			l->auth_done = true; /* nothing asked for, nothing needed */
		break;
	case AUTH_ALGORITHM:
		rc = challenge(p, &w);
		break;
	case AUTH_RESPONSE:
		rc = judge(p, &w);
		break;
	case AUTH_DONE:
		if (s->a.at || s->n.at || s->r.at || s->i.at || s->c.at || s->auth.at)
			rc = against_step(p, INITIATOR_ERROR, "authentication is over");
		break;
	}
	login_written(p, &w);
	return rc;
}

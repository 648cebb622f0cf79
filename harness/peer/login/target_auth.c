/* SPDX-License-Identifier: BSD-2-Clause */
/* The target's half of the security stage, RFC 7143 12.1. */
#include "login.h"
#include "chap.h"

static bool chap_right(struct peer *p)
{
	const struct login_security *s = &p->login->security;

	if (peer_knob(p, KNOB_CHAP_NOT_CHECKED))
		return true;
	return bytes_eq(s->n, p->cfg.chap_user) &&
	       chap_verify(&p->login->chap, p->cfg.chap_secret, s->r);
}

/* Proves ourselves when asked: mutual CHAP. */
static int prove(struct peer *p, struct writer *w)
{
	const struct login_security *s = &p->login->security;
	struct err e = {0};

	if (!s->i.at && !s->c.at)
		return 0;
	if (!p->cfg.mutual_secret[0])
		return err_set(NULL, 0, "no secret");
	return chap_answer(w, s->i, s->c, p->cfg.mutual_user, p->cfg.mutual_secret, &p->login->chap,
			   &e);
}

/* The security stage, RFC 7143 12.1; -1 when the login was ended. */
int login_authenticate(struct peer *p)
{
	struct login_state *l = p->login;
	const struct login_security *s = &l->security;
	struct writer w = login_writer(l);
	bool chap = p->cfg.chap_secret[0];
	struct bytes item;

	if (s->auth.at) {
		bool offered = false;
		for (size_t i = 0; text_list_item(s->auth, i, &item); i++)
			offered |= bytes_eq(item, chap ? "CHAP" : "None");
		if (!offered) {
			login_fail(p, AUTHENTICATION_FAILURE,
				   "AuthMethod offers nothing that we accept");
			return -1;
		}
		text_put(&w, "AuthMethod", chap ? "CHAP" : "None");
		l->auth_done = !chap;
	} else if (s->a.at && chap) {
		bool md5 = false;
		for (size_t i = 0; text_list_item(s->a, i, &item); i++)
			md5 |= bytes_eq(item, "5");
		if (!md5) {
			login_fail(p, AUTHENTICATION_FAILURE,
				   "CHAP_A offers no algorithm that we know");
			return -1;
		}
		text_put(&w, "CHAP_A", "5");
		login_new_challenge(p, p->cfg.seed);
		chap_challenge(&w, &l->chap);
	} else if (s->r.at && chap) {
		if (!chap_right(p) || prove(p, &w)) {
			login_fail(p, AUTHENTICATION_FAILURE, "CHAP failed");
			return -1;
		}
		l->auth_done = true;
	} else if (!chap) {
		l->auth_done = true; /* nothing asked for, nothing needed */
	}
	login_written(p, &w);
	return 0;
}

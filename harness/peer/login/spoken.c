/* SPDX-License-Identifier: BSD-2-Clause */
/* What a script says in a login in our place is ours from then on: keys, and the challenge. */
#include "login.h"

static bool same_text(const struct pdu *a, const struct pdu *b)
{
	return a->data.len == b->data.len &&
	       (!a->data.len || !memcmp(a->data.at, b->data.at, a->data.len));
}

static void unsay(struct peer *p, struct bytes text)
{
	struct cursor c = cursor_of(text.at, text.len);
	struct text_pair pair;

	while (text_next(&c, &pair, NULL) == 1)
		nego_unsay(&p->login->nego, pair.key);
}

static void say(struct peer *p, const struct text_pair *pair)
{
	char name[TEXT_KEY_MAX + 1], value[TEXT_VALUE_MAX + 1];

	if (pair->key.len > TEXT_KEY_MAX)
		return;
	bytes_copy(pair->key, name, sizeof(name));
	bytes_copy(pair->value, value, sizeof(value));
	const struct nego_key *k = nego_find(&p->login->nego, name);
	if (k && k->heard && !k->offered && nego_is_answered(k))
		nego_answer(&p->login->nego, pair->key, value);
	else
		nego_offer(&p->login->nego, name, value);
}

/* The challenge that the other side has to answer, and as a target the algorithm. */
static void challenge(struct peer *p, const struct login_security *s)
{
	struct chap *chap = &p->login->chap;
	uint64_t n;

	if (s->i.at && s->c.at && chap_read_challenge(&chap->ours, s->i, s->c, NULL))
		chap->ours.len = 0; /* nobody can answer it */
	if (p->cfg.role == PEER_TARGET && s->a.at && !text_number(s->a, &n, NULL) && n <= UINT8_MAX)
		chap->algorithm = (unsigned)n;
}

void login_spoken(struct peer *p, const struct pdu *held, const struct pdu *said)
{
	struct login_security security = {0};
	struct text_pair pair;

	if (held && same_text(held, said))
		return;
	if (held)
		unsay(p, held->data);
	struct cursor c = cursor_of(said->data.at, said->data.len);
	for (int got; (got = text_next(&c, &pair, NULL)) != 0;) {
		if (got < 0)
			continue;
		login_take_security(&security, &pair);
		say(p, &pair);
	}
	challenge(p, &security);
}

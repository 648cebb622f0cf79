/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions: as cases have them, grown, mutated, crossed. */
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "internal.h"

/* What is left where nothing else parses. */
static struct script *bare_session(enum peer_role sut)
{
	struct session_text t = {0};

	session_add(&t, 0, "login");
	struct script *s = must(session_settle(&t, sut));
	session_text_free(&t);
	return s;
}

/* t as a session, which needs it no more. */
static struct script *settled(struct session_text *t, enum peer_role sut)
{
	struct script *s = session_settle(t, sut);

	session_text_free(t);
	return s ? s : bare_session(sut);
}

static void take_case(const struct session_pool *p, size_t i, struct session_text *t,
		      struct rng *dice)
{
	session_neutral(session_pool_text(p, i), session_pool_role(p), t, dice);
}

struct script *session_from(const struct session_pool *p, size_t i, uint64_t seed)
{
	struct session_text t = {0};
	struct rng dice = rng_of(seed);

	take_case(p, i, &t, &dice);
	return settled(&t, session_pool_role(p));
}

static void any_case(const struct session_pool *p, struct session_text *t, struct rng *dice)
{
	const size_t n = session_pool_count(p);

	if (n)
		take_case(p, rng_below(dice, n), t, dice);
}

struct script *session_grow(const struct session_pool *p, uint64_t seed)
{
	struct session_text t = {0};
	struct rng dice = rng_of(seed);

	any_case(p, &t, &dice);
	if (rng_one_in(&dice, 3))
		any_case(p, &t, &dice);
	for (size_t n = rng_below(&dice, 4); n; n--)
		session_change(p, &t, &dice);
	return settled(&t, session_pool_role(p));
}

struct script *session_mutate(const struct session_pool *p, const char *text, uint64_t seed)
{
	enum { CHANGES_MAX = 5, TRIES = 8 };
	struct rng dice = rng_of(seed);

	for (unsigned i = 0; i < TRIES; i++) {
		struct session_text t = {0};
		session_text_read(&t, text, strlen(text));
		if (!t.count)
			any_case(p, &t, &dice);
		/* Mostly one change, now and then some more. */
		size_t n = 1;
		while (n < CHANGES_MAX && rng_one_in(&dice, 2))
			n++;
		while (n--)
			session_change(p, &t, &dice);
		struct script *changed = session_settle(&t, session_pool_role(p));
		session_text_free(&t);
		if (changed && strcmp(changed->text, text) != 0)
			return changed;
		script_free(changed);
	}
	return session_grow(p, rng_next(&dice));
}

/* Blocks stay whole: the next line that begins one, or the end. */
static size_t border(const struct session_text *t, struct rng *dice)
{
	size_t at = rng_below(dice, t->count + 1);

	while (at < t->count && t->at[at].indent)
		at++;
	return at;
}

struct script *session_cross(const struct session_pool *p, const char *a, const char *b,
			     uint64_t seed)
{
	struct session_text first, second;
	struct rng dice = rng_of(seed);

	session_text_read(&first, a, strlen(a));
	session_text_read(&second, b, strlen(b));
	const size_t cut = border(&first, &dice);
	size_t from = border(&second, &dice), to = second.count;
	if (rng_one_in(&dice, 2)) /* in the midst of the first one, which goes on behind it */
		to = from, from = 0;
	else
		session_cut(&first, cut, first.count - cut);
	session_put_all(&first, cut, &second, from, to - from, 0);
	session_text_free(&second);
	return settled(&first, session_pool_role(p));
}

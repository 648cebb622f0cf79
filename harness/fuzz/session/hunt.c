/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions grown from sessions that showed something new, until one bites. */
#include "hunt.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../report/memory.h"
#include "internal.h"

enum {
	FEATURES = 1 << 16,
	PARENTS_MAX = 4096,
	FRESH_ONE_IN = 8,
	CROSS_ONE_IN = 12,
	YOUNG = 64, /* the last so many parents are taken as often as all the others */
	/* A session with more of them is no parent: others find more meanwhile. Steps are mostly
	 * messages that meet no receive buffer, again and again. */
	EVENTS_DEAR = 1000,
	STEPS_DEAR = 10000,
};

struct hunter {
	const struct hunt *h;
	struct session_world *mutant, *honest;
	struct rng dice;
	uint8_t seen[FEATURES / 8];
	char **parents;
	size_t parent_count;
	size_t next_case; /* those of the pool come first */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- what was new ---- */

/* What kind of thing an event is: of a message its opcode and flags. */
static uint32_t kind_of(const struct log_event *ev)
{
	uint32_t k = (uint32_t)ev->kind * 31 + (ev->status ? (uint8_t)ev->status[0] : 0u);
	const struct bytes *b = &ev->bytes;

	if ((ev->kind == LOG_RECV || ev->kind == LOG_POST) && b->len >= 30)
		k = k * 31 + (uint32_t)b->at[28] * 256 + b->at[29];
	else if (ev->name)
		k = k * 31 + (uint8_t)ev->name[0] * 3u + (uint8_t)ev->name[strlen(ev->name) / 2];
	return k;
}

/* Pairs of what follows each other. */
static bool anything_new(struct hunter *x, const struct session_outcome *o)
{
	uint32_t before[2] = {0};
	bool new = false;

	for (size_t i = 0; i < o->session_events; i++) {
		const struct log_event *ev = log_at(o->log, i);
		if (!ev->conn || (ev->status && !strcmp(ev->status, "flushed")))
			continue;
		const uint32_t k = kind_of(ev);
		const uint32_t mix =
			(k * 0x9e3779b1u) ^ (before[0] * 0x85ebca6bu) ^ (before[1] * 0xc2b2ae35u);
		const uint32_t bit = (mix ^ mix >> 15) % FEATURES;
		new |= !(x->seen[bit / 8] & 1u << bit % 8);
		x->seen[bit / 8] |= (uint8_t)(1u << bit % 8);
		before[1] = before[0];
		before[0] = k;
	}
	return new;
}

static void keep(struct hunter *x, const char *text)
{
	if (x->parent_count == PARENTS_MAX)
		return;
	x->parents = grow(x->parents, x->parent_count, sizeof(*x->parents));
	x->parents[x->parent_count++] = must(strdup(text));
}

/* ---- the next one ---- */

static const char *parent(struct hunter *x)
{
	const size_t n = x->parent_count;
	const size_t young = n < YOUNG ? n : YOUNG;

	return x->parents[rng_one_in(&x->dice, 2) ? n - 1 - rng_below(&x->dice, young)
						  : rng_below(&x->dice, n)];
}

static struct script *next_session(struct hunter *x)
{
	const struct session_pool *p = x->h->pool;

	if (x->next_case < session_pool_count(p))
		return session_from(p, x->next_case++, rng_next(&x->dice));
	if (!x->parent_count || rng_one_in(&x->dice, FRESH_ONE_IN))
		return session_grow(p, rng_next(&x->dice));
	if (rng_one_in(&x->dice, CROSS_ONE_IN))
		return session_cross(p, parent(x), parent(x), rng_next(&x->dice));
	return session_mutate(p, parent(x), rng_next(&x->dice));
}

/* ---- one session ---- */

/* x: whether it is to be a parent; NULL: no. */
static char *signature_on(struct session_world *w, const struct script *s, struct hunter *x)
{
	struct session_outcome o;

	session_run_model(w, s, 1, &o);
	char *signature = session_signature(&o);
	if (x && anything_new(x, &o) && log_count(o.log) < EVENTS_DEAR && o.steps < STEPS_DEAR)
		keep(x, s->text);
	session_outcome_free(&o);
	return signature;
}

static bool bites(struct hunter *x, const struct script *s, struct quarry *q)
{
	if (x->h->about_to)
		x->h->about_to(x->h->ctx, s->text);
	char *signature = signature_on(x->mutant, s, x);
	/* What is said against the honest model as well is not the mutant's. */
	if (*signature && x->honest) {
		char *honest = signature_on(x->honest, s, NULL);
		if (*honest)
			*signature = '\0';
		free(honest);
	}
	if (*signature && x->h->known && x->h->known(x->h->ctx, s->text))
		*signature = '\0';
	q->found = *signature;
	if (q->found) {
		q->signature = signature;
		q->text = must(strdup(s->text));
		return true;
	}
	free(signature);
	return false;
}

int session_hunt(const struct hunt *h, struct quarry *q, struct err *e)
{
	const enum peer_role sut = session_pool_role(h->pool);
	const double begin = now();
	struct hunter *x = must(calloc(1, sizeof(*x)));

	*q = (struct quarry){0};
	x->h = h;
	x->dice = rng_of(h->seed);
	x->mutant = session_world_new(sut, h->ledger, h->knob, e);
	if (!x->mutant) {
		free(x);
		return -1;
	}
	x->honest = h->knob ? session_world_new(sut, h->ledger, NULL, e) : NULL;
	do {
		struct script *s = next_session(x);
		q->sessions++;
		bites(x, s, q);
		script_free(s);
		q->seconds = now() - begin;
	} while (!q->found && q->seconds < h->seconds &&
		 (!h->sessions || q->sessions < h->sessions));
	q->kept = x->parent_count;
	for (size_t i = 0; i < x->parent_count; i++)
		free(x->parents[i]);
	free(x->parents);
	session_world_free(x->mutant);
	session_world_free(x->honest);
	free(x);
	return 0;
}

void quarry_free(struct quarry *q)
{
	free(q->signature);
	free(q->text);
	*q = (struct quarry){0};
}

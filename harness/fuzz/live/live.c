/* SPDX-License-Identifier: BSD-2-Clause */
#include "live.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "../mutate/rng.h"
#include "minimise.h"

/* Of eight sessions so many are fresh, and so many of two parents; the others are changed ones. */
enum { OF = 8, FRESH = 1, CROSSED = 1 };
/* A finding is run so often until it has come again. */
enum { CONFIRMATIONS = 3 };
/* The books are written after so many sessions, or this share more of them: what a lost guest takes
 * along is little, and a long run does not spend its time on writing. */
enum { SAVE_AFTER = 32, SAVE_SHARE = 16 };

void live_outcome_free(struct live_outcome *o)
{
	places_free(&o->places);
	faults_free(&o->faults);
}

/* ---- an earlier run ---- */

static char *parent_text(void *ctx, uint64_t session)
{
	return keep_parent_text(ctx, session);
}

static int take_books(struct live *l, const json_t *o, struct err *e)
{
	json_int_t next, sessions, tries, restarts;
	if (!json_equal(json_object_get(o, "sut"), (json_t *)l->setup->about))
		return err_set(e, 0,
			       "what was fuzzed there is something else: name another folder");
	if (json_unpack((json_t *)o, "{s:I, s:I, s:I, s:I}", "next", &next, "sessions", &sessions,
			"tries", &tries, "restarts", &restarts) ||
	    next < 0 || sessions < 0 || tries < 0 || restarts < 0)
		return err_set(e, 0, "next, sessions, tries or restarts is missing or wrong");
	l->next = (uint64_t)next;
	l->sessions = l->saved = (uint64_t)sessions;
	l->tries = (uint64_t)tries;
	l->restarts = (uint64_t)restarts;
	if (findings_from_json(&l->findings, json_object_get(o, "findings"), e))
		return -1;
	for (size_t i = 0; i < l->findings.count; i++) {
		struct found *f = &l->findings.at[i];
		f->text = keep_finding_text(l->keep, f);
		f->known = known_has(l->setup->known, f->fault.signature);
		f->done |= !f->text;
	}
	return 0;
}

static int read_books(struct live *l, struct err *e)
{
	struct err inner = {0};
	json_t *o = keep_read_json(l->keep, "fuzz.json", &inner);
	if (!o)
		return inner.errnum == ENOENT ? 0 : err_set(e, inner.errnum, "%s", inner.what);
	int status = take_books(l, o, &inner);
	json_decref(o);
	if (status)
		return err_set(e, 0, "fuzz.json: %s", inner.what);
	o = keep_read_json(l->keep, "corpus.json", &inner);
	if (!o)
		return inner.errnum == ENOENT ? 0 : err_set(e, inner.errnum, "%s", inner.what);
	status = corpus_from_json(&l->corpus, o, parent_text, l->keep, &inner);
	json_decref(o);
	return status ? err_set(e, 0, "corpus.json: %s", inner.what) : 0;
}

int live_open(struct live *l, const struct live_setup *s, const struct live_runner *r,
	      struct keep *keep, struct err *e)
{
	*l = (struct live){.setup = s, .runner = r, .keep = keep};
	corpus_init(&l->corpus);
	return keep ? read_books(l, e) : 0;
}

size_t live_news(const struct live *l)
{
	size_t news = 0;
	for (size_t i = 0; i < l->findings.count; i++)
		news += !l->findings.at[i].known;
	return news;
}

void live_free(struct live *l)
{
	corpus_free(&l->corpus);
	findings_free(&l->findings);
}

/* ---- the books ---- */

static int save(struct live *l, struct err *e)
{
	if (!l->keep)
		return 0;
	l->saved = l->sessions;
	char *page = live_page(l);
	const int status = keep_json(l->keep, "corpus.json", corpus_to_json(&l->corpus), e) ||
					   keep_json(l->keep, "fuzz.json", live_report(l), e) ||
					   keep_page(l->keep, page, e)
				   ? -1
				   : 0;
	free(page);
	return status;
}

static int save_now_and_then(struct live *l, struct err *e)
{
	const uint64_t more = l->sessions - l->saved;
	return more >= SAVE_AFTER && more >= l->saved / SAVE_SHARE ? save(l, e) : 0;
}

/* ---- what came of a session ---- */

static void tell(const struct live *l, const struct found *f)
{
	if (!l->runner->told)
		return;
	char *line = text_format("session %" PRIu64 ": %s, %s", f->session, f->fault.signature,
				 verdict_name(f->fault.verdict));
	l->runner->told(l->runner->ctx, line);
	free(line);
}

/* wanted (may be NULL): what is being tried for, which is counted by who tries. */
static int take_faults(struct live *l, const struct faults *faults, const char *text,
		       uint64_t session, const char *wanted, struct err *e)
{
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->at[i];
		struct found *f = findings_find(&l->findings, fault->signature);
		if (wanted && f)
			continue;
		if (f) {
			f->count++;
			continue;
		}
		f = findings_add(&l->findings, fault, text, session);
		f->count = 1;
		f->known = known_has(l->setup->known, fault->signature);
		if (!f->known)
			tell(l, f);
		if (keep_finding(l->keep, f, l->setup->how, e))
			return -1;
	}
	return 0;
}

/* Would another of its kind cost a restart, or the machine? */
static bool is_deadly(enum found_kind kind)
{
	return kind != FOUND_RULE && kind != FOUND_OWN;
}

static int take_places(struct live *l, const struct live_outcome *o, const char *text,
		       uint64_t session, struct err *e)
{
	const struct places *visited = &o->places;
	struct places fresh = {0}, own = {0};
	size_t count = corpus_visit(&l->corpus, visited, &fresh);
	/* Its children would mostly do the same again, and each takes a restart. */
	for (size_t i = 0; i < o->faults.count; i++)
		if (is_deadly(o->faults.at[i].kind))
			count = 0;
	for (size_t i = 0; count && i < visited->count; i++)
		if (place_kind(visited->at[i]) != PLACE_CODE)
			places_push(&own, visited->at[i]);
	for (size_t i = 0; count && i < fresh.count; i++)
		if (place_kind(fresh.at[i]) == PLACE_CODE)
			places_push(&own, fresh.at[i]);
	places_free(&fresh);
	if (!count)
		return 0;
	corpus_add(&l->corpus, text, session, &own);
	return keep_parent(l->keep, session, text, e);
}

static enum live_end revive(struct live *l, struct err *e)
{
	if (!l->runner->restart)
		return LIVE_OVER;
	l->restarts++;
	/* A driver may have the whole machine reset: what is known is on the disk by then. */
	if (save(l, e))
		return LIVE_FAILED;
	return l->runner->restart(l->runner->ctx, e) ? LIVE_LOST : LIVE_OVER;
}

/* Runs it and takes what came of it. LIVE_OVER: go on, or *stopped. */
static enum live_end run(struct live *l, const struct under_way *u, bool *again, bool *stopped,
			 struct err *e)
{
	struct live_outcome o = {0};
	enum live_end end = LIVE_OVER;
	*stopped = false;
	if (keep_begin(l->keep, u, e))
		return LIVE_FAILED;
	switch (l->runner->run(l->runner->ctx, u->text, keep_log(l->keep), &o, e)) {
	case LIVE_BROKEN:
		live_outcome_free(&o);
		return LIVE_FAILED;
	case LIVE_STOPPED:
		*stopped = true;
		break;
	case LIVE_RAN:
		*again = u->signature && faults_have(&o.faults, u->signature);
		if ((!u->signature && take_places(l, &o, u->text, u->session, e)) ||
		    take_faults(l, &o.faults, u->text, u->session, u->signature, e))
			end = LIVE_FAILED;
		break;
	}
	/* The log of a script that shows it again is the better one. */
	if (end == LIVE_OVER && *again) {
		struct found *f = findings_find(&l->findings, u->signature);
		found_set_text(f, u->text);
		f->repeats = REPEATS_YES;
		f->failed = 0;
		if (keep_finding(l->keep, f, l->setup->how, e))
			end = LIVE_FAILED;
	}
	const bool dead = !*stopped && o.dead;
	live_outcome_free(&o);
	if (end == LIVE_OVER && keep_end(l->keep, e))
		end = LIVE_FAILED;
	return end == LIVE_OVER && dead ? revive(l, e) : end;
}

/* ---- making a finding smaller ---- */

struct trying {
	struct live *live;
	size_t finding;
	unsigned skip; /* the first so many were tried before */
	bool fresh;    /* nothing else was run since the SUT began */
	bool used;     /* something was tried */
	bool put_off;  /* there may be more later */
	enum live_end end;
	struct err *e;
};

/*
 * What kills is not tried again and again before anything else has been: of so many runs one. And a
 * thread that hangs is told of once, so that only a system that was begun anew shows it again.
 */
enum { DEADLY_SHARE = 10 };

static bool may_die(const struct live *l, struct trying *t)
{
	uint64_t tries = 0;
	for (size_t i = 0; i < l->findings.count; i++)
		if (is_deadly(l->findings.at[i].fault.kind))
			tries += l->findings.at[i].tries;
	const bool hang = l->findings.at[t->finding].fault.kind == FOUND_HANG;
	const bool may = tries * DEADLY_SHARE <= l->sessions && (!hang || (t->fresh && !t->used));
	t->put_off |= !may;
	return may;
}

static bool parses(void *ctx, const char *text)
{
	const struct trying *t = ctx;
	struct script_errors errors;
	struct script *s = session_parse(t->live->setup->sut, text, strlen(text),
					 t->live->setup->ledger, &errors);
	script_free(s);
	return s;
}

static enum minimise_answer holds(void *ctx, const char *text)
{
	struct trying *t = ctx;
	struct live *l = t->live;
	struct found *f = &l->findings.at[t->finding];
	bool again = false, stopped;
	if (l->runner->is_over(l->runner->ctx))
		return MINIMISE_STOP;
	if (t->skip) {
		t->skip--;
		return MINIMISE_NO;
	}
	if (is_deadly(f->fault.kind) && !may_die(l, t))
		return MINIMISE_STOP;
	f->tries++;
	l->tries++;
	f->failed++;
	struct under_way u = {
		.session = f->session,
		.tries = f->tries,
		.signature = must(strdup(f->fault.signature)),
		.text = must(strdup(text)),
	};
	t->end = run(l, &u, &again, &stopped, t->e);
	under_way_free(&u);
	if (t->end != LIVE_OVER || stopped)
		return MINIMISE_STOP;
	t->used = true;
	return again ? MINIMISE_YES : MINIMISE_NO;
}

static unsigned tries_left(const struct live *l, const struct found *f)
{
	return f->tries < l->setup->tries ? l->setup->tries - f->tries : 0;
}

/* Runs it until it has come again; false: it does not, or there is no time. */
static bool confirm(struct trying *t)
{
	struct live *l = t->live;
	for (unsigned i = 0; i < CONFIRMATIONS; i++) {
		const struct found *f = &l->findings.at[t->finding];
		if (f->repeats == REPEATS_YES)
			return true;
		if (!tries_left(l, f))
			return false;
		char *text = must(strdup(f->text));
		const enum minimise_answer answer = holds(t, text);
		free(text);
		if (answer == MINIMISE_STOP)
			return false;
		if (answer == MINIMISE_NO && i + 1 == CONFIRMATIONS)
			l->findings.at[t->finding].repeats = REPEATS_NO;
	}
	return l->findings.at[t->finding].repeats == REPEATS_YES;
}

static enum live_end make_smaller(struct live *l, size_t finding, bool fresh, struct err *e)
{
	struct trying t = {.live = l, .finding = finding, .fresh = fresh, .e = e};
	if (confirm(&t)) {
		t.skip = l->findings.at[finding].failed;
		struct minimiser m = {
			.ctx = &t,
			.parses = parses,
			.holds = holds,
			.tries = t.skip + tries_left(l, &l->findings.at[finding]),
		};
		char *text = must(strdup(l->findings.at[finding].text));
		free(minimise(&m, text));
		free(text);
	}
	/* Where the time was over, a next run goes on. */
	struct found *f = &l->findings.at[finding];
	f->done = f->repeats == REPEATS_NO || !tries_left(l, f) ||
		  (t.end == LIVE_OVER && !t.put_off && !l->runner->is_over(l->runner->ctx));
	if (t.end == LIVE_OVER && (t.used || f->done) && keep_finding(l->keep, f, l->setup->how, e))
		t.end = LIVE_FAILED;
	return t.end;
}

/* fresh: the SUT has just begun. */
static enum live_end make_all_smaller(struct live *l, bool fresh, struct err *e)
{
	enum live_end end = LIVE_OVER;
	for (size_t i = 0; end == LIVE_OVER && i < l->findings.count; i++)
		if (!l->findings.at[i].done && !l->findings.at[i].known && l->setup->tries &&
		    !l->runner->is_over(l->runner->ctx))
			end = make_smaller(l, i, fresh, e);
	return end;
}

int live_take_left_over(struct live *l, enum found_kind kind, const char *words, struct err *e)
{
	struct under_way u;
	int status = 0;
	if (keep_left_over(l->keep, &u)) {
		struct faults faults = {0};
		if (words)
			faults_add(&faults, kind, VERDICT_CRASH, signature_of_words(kind, words),
				   words);
		struct found *f = u.signature ? findings_find(&l->findings, u.signature) : NULL;
		if (f && f->tries < u.tries)
			f->tries = u.tries;
		if (f && faults_have(&faults, u.signature)) {
			found_set_text(f, u.text);
			f->repeats = REPEATS_YES;
			f->failed = 0;
			status = keep_finding(l->keep, f, l->setup->how, e);
		}
		if (!u.signature && l->next <= u.session) {
			l->next = u.session + 1;
			l->sessions++;
		}
		status = status || take_faults(l, &faults, u.text, u.session, u.signature, e) ? -1
											      : 0;
		faults_free(&faults);
	}
	under_way_free(&u);
	return status || (l->keep && (keep_end(l->keep, e) || save(l, e))) ? -1 : 0;
}

/* ---- the loop ---- */

/* The cases themselves come first, each once, in an order of the seed's; between them, already,
 * what is made of them. */
static struct script *make(struct live *l, struct rng *dice)
{
	const struct session_pool *pool = l->setup->pool;
	const size_t cases = session_pool_count(pool);
	const uint64_t number = l->next;
	if (!(number % 2) && number / 2 < cases)
		return session_from(pool, (size_t)((number / 2 + l->setup->seed) % cases),
				    rng_next(dice));
	const size_t way = rng_below(dice, OF);
	if (!l->corpus.count || way < FRESH)
		return session_grow(pool, rng_next(dice));
	const char *text = corpus_choose(&l->corpus, rng_next(dice))->text;
	if (way < FRESH + CROSSED)
		return session_cross(pool, text, corpus_choose(&l->corpus, rng_next(dice))->text,
				     rng_next(dice));
	return session_mutate(pool, text, rng_next(dice));
}

static enum live_end one_session(struct live *l, bool *stopped, struct err *e)
{
	/* Of each session by itself, so that a run can begin anywhere. */
	struct rng dice = rng_of(l->setup->seed);
	dice = rng_of(rng_next(&dice) ^ l->next * UINT64_C(0xd1342543de82ef95));
	bool again = false;
	struct script *s = make(l, &dice);
	struct under_way u = {.session = l->next, .text = must(strdup(s->text))};
	script_free(s);
	/* Before it runs: it may be the last thing that this process does. */
	l->next++;
	l->sessions++;
	const enum live_end end = run(l, &u, &again, stopped, e);
	under_way_free(&u);
	if (end == LIVE_FAILED || *stopped) {
		l->next--;
		l->sessions--;
	}
	return end;
}

enum live_end live_go(struct live *l, struct err *e)
{
	const uint64_t last = l->sessions + l->setup->sessions;
	bool stopped = false;
	enum live_end end = make_all_smaller(l, true, e);
	while (end == LIVE_OVER && !stopped && (!l->setup->sessions || l->sessions < last) &&
	       !l->runner->is_over(l->runner->ctx)) {
		end = one_session(l, &stopped, e);
		if (end == LIVE_OVER && !stopped)
			end = make_all_smaller(l, false, e);
		if (end == LIVE_OVER && save_now_and_then(l, e))
			end = LIVE_FAILED;
	}
	struct err ignored;
	if (end == LIVE_OVER ? save(l, e) : save(l, &ignored))
		end = LIVE_FAILED;
	return end;
}

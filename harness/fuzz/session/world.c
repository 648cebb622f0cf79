/* SPDX-License-Identifier: BSD-2-Clause */
/* A session and the honest one behind it, in one simulator, under all monitors. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../oracle/watch.h"
#include "../../report/memory.h"
#include "../../script/model_sut.h"
#include "internal.h"

struct session_world {
	enum peer_role sut;
	const struct ledger *ledger;
	int knob;		       /* -1: the honest model */
	struct script *honest, *whole; /* sessions behind */
	struct log *log;
	/* Big, and mostly the same each time. */
	struct run_env *env;
	struct peer_config *model, *usual; /* usual: of the model, and of the other role */
};

struct session_world *session_world_new(enum peer_role sut, const struct ledger *ledger,
					const char *knob, struct err *e)
{
	const int k = knob ? knob_by_name(knob) : -1;

	if (knob && k < 0) {
		err_set(e, 0, "unknown knob '%s'", knob);
		return NULL;
	}
	if (knob && knob_infos()[k].role != sut) {
		err_set(e, 0, "%s is a knob of the other role", knob);
		return NULL;
	}
	struct session_world *w = must(calloc(1, sizeof(*w)));
	w->sut = sut;
	w->ledger = ledger;
	w->knob = k;
	w->log = log_new(NULL, NULL);
	w->env = must(calloc(1, sizeof(*w->env)));
	w->model = must(calloc(1, sizeof(*w->model)));
	w->usual = must(calloc(2, sizeof(*w->usual)));
	peer_config_default(&w->usual[0], sut);
	peer_config_default(&w->usual[1], sut == PEER_TARGET ? PEER_INITIATOR : PEER_TARGET);
	w->honest = session_honest_script(sut, false, ledger);
	w->whole = session_honest_script(sut, true, ledger);
	return w;
}

void session_world_free(struct session_world *w)
{
	if (!w)
		return;
	script_free(w->honest);
	script_free(w->whole);
	log_free(w->log);
	free(w->env);
	free(w->model);
	free(w->usual);
	free(w);
}

/* ---- one world ---- */

/* The settings of the session's `model` line, as far as they go together. */
static void configure(struct session_world *w, const struct script *s, uint64_t seed)
{
	struct peer_config *c = w->model;
	struct err e = {0};

	peer_config_copy(c, &w->usual[0]);
	c->seed = c->sim.seed = seed;
	for (size_t i = 0; s->model_count && i < s->models[0].count; i++)
		(void)peer_config_set(c, s->models[0].at[i], &e);
	if (w->knob >= 0)
		c->knob[w->knob] = true;
	struct peer_config *base = &w->env->base;
	peer_config_copy(base, &w->usual[1]);
	base->tolerant = true;
	base->seed = seed;
	memcpy(base->chap_user, c->chap_user, sizeof(c->chap_user));
	memcpy(base->chap_secret, c->chap_secret, sizeof(c->chap_secret));
	memcpy(base->mutual_user, c->mutual_user, sizeof(c->mutual_user));
	memcpy(base->mutual_secret, c->mutual_secret, sizeof(c->mutual_secret));
}

static void set_env(struct session_world *w)
{
	struct run_env *env = w->env;

	memset(env, 0, offsetof(struct run_env, base));
	env->log = w->log;
	env->timeout_scale = 1;
	env->ledger = w->ledger;
}

/* Lets it nobody log in, by its own settings? One secret for both sides is none (RFC 7143 9.2.1).
 */
static bool lets_in(const struct peer_config *c)
{
	return !c->login_status &&
	       (!c->mutual_secret[0] || strcmp(c->mutual_secret, c->chap_secret) != 0);
}

/* A longer honest session costs as much as many sessions, and follows few: which, their text
 * decides. */
static const struct script *behind(const struct session_world *w, const struct script *s)
{
	const unsigned one_in = w->sut == PEER_TARGET ? 4 : 16;
	unsigned hash = 2166136261u;

	for (const char *c = s->text; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	return (hash >> 16) % one_in ? w->honest : w->whole;
}

static bool lives(struct session_world *w, const struct script *honest, struct session_outcome *o)
{
	struct case_result r;

	result_init(&r, honest->id);
	script_run(honest, w->env, &r);
	const bool alive = r.verdict == VERDICT_PASS || r.verdict == VERDICT_INFO;
	if (!alive)
		snprintf(o->dead, sizeof(o->dead), "%s", r.reason);
	result_free(&r);
	return alive;
}

static void run(struct session_world *w, const struct script *s, struct model_sut *m,
		struct session_outcome *o)
{
	struct case_result r;

	model_sut_attach(m, w->env);
	result_init(&r, s->id);
	script_run(s, w->env, &r);
	o->overdue = r.seconds * 1e9 >= (double)s->deadline;
	result_free(&r);
	o->session_events = log_count(w->log);
	/* The honest session judges by itself, and nobody lies there. */
	watch_breaks(w->log, w->sut == PEER_TARGET, w->ledger, &o->result);
	o->alive = !lets_in(w->model) || lives(w, behind(w, s), o);
}

void session_run_model(struct session_world *w, const struct script *s, uint64_t seed,
		       struct session_outcome *o)
{
	struct err e = {0};

	*o = (struct session_outcome){.log = w->log};
	result_init(&o->result, s->id);
	log_clear(w->log);
	set_env(w);
	configure(w, s, seed);
	struct model_sut *m = must(model_sut_new(&w->model->sim, w->model, w->log, &e));
	run(w, s, m, o);
	o->steps = model_sut_steps(m);
	model_sut_free(m);
}

void session_outcome_free(struct session_outcome *o)
{
	result_free(&o->result);
	*o = (struct session_outcome){0};
}

/* ---- what is wrong ---- */

static const struct finding *gravest(const struct case_result *r)
{
	const struct finding *worst = NULL;

	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if ((f->verdict == VERDICT_FAIL || f->verdict == VERDICT_WARN) &&
		    (!worst || verdict_worse(f->verdict, worst->verdict)))
			worst = f;
	}
	return worst;
}

char *session_signature(const struct session_outcome *o)
{
	const struct finding *f = gravest(&o->result);

	if (f)
		return text_format("%s %s", f->rules, f->monitor);
	return must(strdup(!o->alive ? "dead" : ""));
}

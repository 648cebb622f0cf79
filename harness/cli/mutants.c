/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iserspec mutants: does the suite bite, and only then? Each knob is hunted through the cases of
 * its role until one of them, or a monitor, names the very rule that the knob breaks, for each rule
 * that it says it breaks; and the honest model runs every case in many legal variations without a
 * word against it.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/watch.h"
#include "../report/escape.h"
#include "../report/memory.h"
#include "../script/variation.h"
#include "catalogue.h"
#include "cli.h"
#include "trial.h"

static const char help[] = "usage: iserspec mutants [OPTION...] [PATTERN...]\n"
			   "\n"
			   "Runs each mutant, the honest peer with one knob, through the cases of "
			   "its role until one of them\n"
			   "or a monitor fails or warns by the very rule that the knob breaks, "
			   "each rule where it breaks\n"
			   "several; and the honest peer through every case in legal variations, "
			   "which none may find fault\n"
			   "with. PATTERN narrows the cases down. Ends with\n"
			   "`mutants: K of N caught; honest: A false alarms in M runs`.\n"
			   "\n"
			   "  --knob NAME            only this mutant; may be repeated\n"
			   "  --seeds N              so many legal variations (default 200); 0 "
			   "leaves the honest runs out\n"
			   "  --seed S               they are drawn from the seeds S, S+1, ... "
			   "(default 0; 0 is the model as\n"
			   "                         it is)\n"
			   "  --verbose              tells what caught each mutant\n"
			   "  --jobs N               so many processes at a time (default 2)\n"
			   "  --cases DIR            the folder of cases\n";

enum { MAX_SEEDS = 100000, VARIED_SEEDS = 2, ORDERS = 300, SHOWN_ALARMS = 3, REASON_MAX = 200 };

/* ---- trials with settings of their own ---- */

struct trials {
	struct trial *at;
	size_t count;
};

static void add(struct trials *l, const struct script *s, size_t model, uint64_t variation,
		char *knob, uint64_t seed)
{
	const struct text_list fixed = trial_model(s, model);
	struct word_list drawn = variation_draw(s, model, variation);
	char **all = must(calloc(fixed.count + drawn.count + 1, sizeof(*all)));

	for (size_t i = 0; i < fixed.count; i++)
		all[i] = must(strdup(fixed.at[i]));
	for (size_t i = 0; i < drawn.count; i++)
		all[fixed.count + i] = drawn.at[i];
	l->at = grow(l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = (struct trial){
		.script = s,
		.settings = {all, fixed.count + drawn.count},
		.knob = knob,
		.seed = seed,
	};
	free(drawn.at);
}

static void trials_free(struct trials *l)
{
	for (size_t i = 0; i < l->count; i++) {
		for (size_t k = 0; k < l->at[i].settings.count; k++)
			free(l->at[i].settings.at[k]);
		free(l->at[i].settings.at);
	}
	free(l->at);
	*l = (struct trials){0};
}

/* ---- what is found ---- */

/* A failure or warning of the case itself or of a monitor: by this rule, or by any (NULL). */
static const struct finding *bite(const struct case_result *r, const char *rule)
{
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if ((f->verdict == VERDICT_FAIL || f->verdict == VERDICT_WARN) && !f->besides &&
		    (!rule || rules_cite(f->rules, rule)))
			return f;
	}
	return NULL;
}

static char *describe(const struct trial *t, const struct finding *f)
{
	char *reason = escape_text(f->reason);
	char *line = f->monitor ? text_format(", monitor %s", f->monitor)
		     : f->line	? text_format(", line %u", f->line)
				: must(strdup(""));
	char *out =
		text_format("%s%s: %s by %s: %.*s%s", t->script->id, line, verdict_name(f->verdict),
			    f->rules, REASON_MAX, reason, strlen(reason) > REASON_MAX ? "..." : "");
	free(reason);
	free(line);
	return out;
}

/* ---- the hunt for one mutant ---- */

/*
 * Where to look, the likeliest first: cases that name the knob, cases that cite its rule, and where
 * a monitor cites it all others; then variations and orders of the first two, and of all where
 * a monitor cites the rule.
 */
enum ground { NAMES_KNOB, CITES_RULE, ALL_OTHERS, VARIED, ORDERED, GROUNDS };

struct hunt {
	char *knob;
	const struct knob_info *info;
	char *rule;	    /* the one of its rules that is to be found broken */
	bool monitored;	    /* a monitor cites that rule */
	enum ground ground; /* the next to be searched */
	struct trials trials;
	size_t next; /* trial */
	bool busy, over;
	bool doubted; /* the trial before `next` bit; is the honest model bitten there, too? */
	struct trial honest;
	char *caught, *instead;
	size_t runs;
};

struct mutants {
	const struct catalogue *cat;
	uint64_t seed, seeds;
	bool verbose;
	struct hunt *hunts;
	size_t hunt_count;
	/* the honest runs */
	size_t next_case;
	uint64_t next_seed;
	size_t runs, alarms;
	size_t *fine, *shown; /* a case: runs that judged and passed; false alarms */
};

static const size_t HONEST = SIZE_MAX; /* owner of a lot, where it is no hunt's index */

static bool monitored(const char *rule)
{
	size_t count;
	const struct monitor *const *all = monitors(&count);

	for (size_t i = 0; i < count; i++)
		if (rules_cite(all[i]->rules, rule))
			return true;
	return false;
}

/* GROUNDS: nothing in that case can cite the rule. */
static enum ground ground_of(const struct hunt *h, const struct script *s)
{
	if (word_list_has(&s->mutants, h->knob))
		return NAMES_KNOB;
	if (word_list_has(&s->cited, h->rule))
		return CITES_RULE;
	return h->monitored ? ALL_OTHERS : GROUNDS;
}

static void enter_ground(const struct mutants *m, struct hunt *h)
{
	trials_free(&h->trials);
	h->next = 0;
	for (size_t i = 0; i < m->cat->count; i++) {
		const struct script *s = m->cat->cases[i];
		const size_t models = s->model_count ? s->model_count : 1;
		if (s->sut != h->info->role)
			continue;
		const enum ground g = ground_of(h, s);
		if (h->ground == ORDERED && g <= CITES_RULE) {
			add(&h->trials, s, 0, 0, h->knob, 1);
			h->trials.at[h->trials.count - 1].orders = ORDERS;
		} else if (h->ground == VARIED && g < GROUNDS) {
			for (uint64_t v = 1; v <= VARIED_SEEDS; v++)
				add(&h->trials, s, v % models, v, h->knob, v);
		} else if (g == h->ground) {
			for (size_t k = 0; k < models; k++)
				add(&h->trials, s, k, 0, h->knob, 1);
		}
	}
	h->ground++;
}

static void tell_hunt(const struct mutants *m, const struct hunt *h)
{
	if (h->caught && m->verbose)
		printf("caught: %s (%s) by %s\n", h->knob, h->rule, h->caught);
	else if (!h->caught)
		printf("survivor: %s (%s), %zu runs%s%s\n", h->knob, h->rule, h->runs,
		       h->instead ? "; instead " : ": nothing was found",
		       h->instead ? h->instead : "");
}

static bool hunt_lot(const struct mutants *m, struct hunt *h, struct trial_lot *lot)
{
	enum { LOT = 12 };

	if (h->doubted) {
		h->honest = h->trials.at[h->next - 1];
		h->honest.knob = NULL;
		*lot = (struct trial_lot){.at = &h->honest, .count = 1};
		return true;
	}
	while (h->next == h->trials.count && h->ground < GROUNDS)
		enter_ground(m, h);
	const size_t left = h->trials.count - h->next;
	*lot = (struct trial_lot){.at = h->trials.at + h->next, .count = left < LOT ? left : LOT};
	h->over = !left;
	if (h->over)
		tell_hunt(m, h);
	return left > 0;
}

static bool hunt_done(const struct mutants *m, struct hunt *h, const struct trial *t,
		      const struct case_result *r)
{
	const struct finding *f = bite(r, h->rule);

	h->runs++;
	if (h->doubted) {
		h->doubted = false;
		h->over = !f;
		if (f) {
			free(h->caught);
			h->caught = NULL;
		} else {
			tell_hunt(m, h);
		}
		return true;
	}
	h->next++;
	if (f) {
		h->caught = describe(t, f);
		h->doubted = true;
		return false;
	}
	if (!h->instead && (f = bite(r, NULL)))
		h->instead = describe(t, f);
	return true;
}

/* ---- the honest runs ---- */

static bool honest_lot(struct mutants *m, struct trial_lot *lot)
{
	enum { LOT = 50 };
	struct trials list = {0};

	if (m->next_seed == m->seeds) {
		m->next_seed = 0;
		m->next_case++;
	}
	if (!m->seeds || m->next_case >= m->cat->count)
		return false;
	const struct script *s = m->cat->cases[m->next_case];
	for (; list.count < LOT && m->next_seed < m->seeds; m->next_seed++) {
		const uint64_t seed = m->seed + m->next_seed;
		add(&list, s, s->model_count ? seed % s->model_count : 0, seed, NULL, seed);
	}
	*lot = (struct trial_lot){.at = list.at, .count = list.count};
	return true;
}

static size_t case_index(const struct mutants *m, const struct script *s)
{
	size_t i = 0;
	while (m->cat->cases[i] != s)
		i++;
	return i;
}

/* What is said against the honest model, be it in passing; NULL: nothing. */
static const struct finding *blame(const struct case_result *r)
{
	for (size_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].verdict == VERDICT_FAIL ||
		    r->findings[i].verdict == VERDICT_WARN)
			return &r->findings[i];
	for (size_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].besides)
			return &r->findings[i];
	return NULL;
}

static void honest_done(struct mutants *m, const struct trial *t, const struct case_result *r)
{
	const size_t i = case_index(m, t->script);
	const struct finding *f = blame(r);
	const bool judged = r->verdict == VERDICT_PASS || r->verdict == VERDICT_INFO;

	m->runs++;
	if (!f && (judged || r->verdict == VERDICT_NOT_APPLICABLE)) {
		m->fine[i] += judged;
		return;
	}
	m->alarms++;
	if (m->shown[i]++ >= SHOWN_ALARMS)
		return;
	char *what =
		f ? describe(t, f) : text_format("%s: %s", verdict_name(r->verdict), r->reason);
	printf("false alarm: %s\n    iserspec run --model %s ", what,
	       t->script->sut == PEER_TARGET ? "target" : "initiator");
	trial_print(t);
	printf("\n");
	free(what);
}

/* ---- all of it ---- */

static bool next_lot(void *ctx, struct trial_lot *lot)
{
	struct mutants *m = ctx;

	for (size_t i = 0; i < m->hunt_count; i++) {
		struct hunt *h = &m->hunts[i];
		if (h->over || h->busy || !hunt_lot(m, h, lot))
			continue;
		h->busy = true;
		lot->owner = i;
		return true;
	}
	lot->owner = HONEST;
	if (!honest_lot(m, lot))
		return false;
	lot->owner = HONEST;
	return true;
}

static bool lot_done(void *ctx, const struct trial_lot *lot, size_t i, const struct case_result *r)
{
	struct mutants *m = ctx;

	if (lot->owner != HONEST)
		return hunt_done(m, &m->hunts[lot->owner], &lot->at[i], r);
	honest_done(m, &lot->at[i], r);
	return true;
}

static void lot_end(void *ctx, const struct trial_lot *lot)
{
	struct mutants *m = ctx;

	if (lot->owner != HONEST) {
		m->hunts[lot->owner].busy = false;
		return;
	}
	struct trials list = {.at = lot->at, .count = lot->count};
	trials_free(&list);
}

/* Mutants of which each hunt was a success, out of how many. The hunts of one are neighbours. */
static size_t count_caught(const struct mutants *m, size_t *all)
{
	size_t caught = 0;

	*all = 0;
	for (size_t i = 0, next; i < m->hunt_count; i = next) {
		bool each = true;
		for (next = i; next < m->hunt_count && m->hunts[next].info == m->hunts[i].info;
		     next++)
			each = each && m->hunts[next].caught;
		caught += each;
		++*all;
	}
	return caught;
}

/* Returns whether everything is as it should be. */
static bool tell(const struct mutants *m)
{
	size_t idle = 0, all;
	const size_t caught = count_caught(m, &all);

	for (size_t i = 0; m->seeds && i < m->cat->count; i++) {
		if (m->shown[i] > SHOWN_ALARMS)
			printf("%s: %zu false alarms in all\n", m->cat->cases[i]->id, m->shown[i]);
		if (m->fine[i] || m->shown[i])
			continue;
		idle++;
		printf("%s: not applicable in any honest run\n", m->cat->cases[i]->id);
	}
	printf("mutants: %zu of %zu caught; honest: %zu false alarms in %zu runs\n", caught, all,
	       m->alarms, m->runs);
	return caught == all && !m->alarms && !idle && (all || m->runs);
}

static void plan_hunt(struct mutants *m, const struct knob_info *info)
{
	const char *rules = info->rules;
	char rule[RULE_ID_SIZE];

	while (rules_next(&rules, rule)) {
		m->hunts = grow(m->hunts, m->hunt_count, sizeof(*m->hunts));
		m->hunts[m->hunt_count++] = (struct hunt){.knob = must(strdup(info->name)),
							  .info = info,
							  .rule = must(strdup(rule)),
							  .monitored = monitored(rule)};
	}
}

static void plan_hunts(struct mutants *m, const struct text_list *knobs)
{
	for (size_t i = 0; i < KNOB_COUNT; i++) {
		const struct knob_info *info = &knob_infos()[i];
		bool wanted = !knobs->count;
		for (size_t k = 0; k < knobs->count; k++)
			wanted |= !strcmp(knobs->at[k], info->name);
		if (wanted)
			plan_hunt(m, info);
	}
}

static void mutants_free(struct mutants *m)
{
	for (size_t i = 0; i < m->hunt_count; i++) {
		struct hunt *h = &m->hunts[i];
		trials_free(&h->trials);
		free(h->knob);
		free(h->rule);
		free(h->caught);
		free(h->instead);
	}
	free(m->hunts);
	free(m->fine);
	free(m->shown);
}

struct command_line {
	unsigned long jobs, seed, seeds;
	const char *dir;
	struct text_list knobs;
	bool verbose, help;
};

static int take(struct command_line *c, int option, struct err *e)
{
	switch (option) {
	case 'h':
		c->help = true;
		return 0;
	case 'v':
		c->verbose = true;
		return 0;
	case 'c':
		c->dir = optarg;
		return 0;
	case 'k':
		if (knob_by_name(optarg) < 0)
			return err_set(e, 0, "unknown knob '%s'", optarg);
		c->knobs.at = grow(c->knobs.at, c->knobs.count, sizeof(*c->knobs.at));
		c->knobs.at[c->knobs.count++] = optarg;
		return 0;
	case 'j':
		return option_count(optarg, 1, TRIAL_MAX_JOBS, &c->jobs, "--jobs", e);
	case 's':
		return option_count(optarg, 0, INT64_MAX, &c->seed, "--seed", e);
	default:
		return option_count(optarg, 0, MAX_SEEDS, &c->seeds, "--seeds", e);
	}
}

static int hunt_all(const struct command_line *c, const struct catalogue *cat)
{
	struct mutants m = {.cat = cat, .seed = c->seed, .seeds = c->seeds, .verbose = c->verbose};
	const struct trial_planner planner = {&m, next_lot, lot_done, lot_end};
	struct err e = {0};

	setvbuf(stdout, NULL, _IOLBF, 0); /* a long run tells what it finds at once */
	m.fine = must(calloc(cat->count + 1, sizeof(*m.fine)));
	m.shown = must(calloc(cat->count + 1, sizeof(*m.shown)));
	plan_hunts(&m, &c->knobs);
	int status = trials_run(&planner, cat->ledger, c->jobs, &e) ? complain_err(&e) : EXIT_OK;
	if (status == EXIT_OK && !tell(&m))
		status = EXIT_RED;
	mutants_free(&m);
	return status;
}

int cmd_mutants(int argc, char **argv)
{
	static const struct option options[] = {
		{"jobs", required_argument, NULL, 'j'},	 {"seed", required_argument, NULL, 's'},
		{"seeds", required_argument, NULL, 'n'}, {"cases", required_argument, NULL, 'c'},
		{"knob", required_argument, NULL, 'k'},	 {"verbose", no_argument, NULL, 'v'},
		{"help", no_argument, NULL, 'h'},	 {0}};
	struct command_line c = {.jobs = 2, .seeds = 200};
	struct err e = {0};
	struct catalogue cat;
	int option, status = EXIT_OK;

	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while (status == EXIT_OK && !c.help &&
	       (option = next_option(argc, argv, "hj:v", options)) != -1) {
		if (option == '?')
			status = bad_option("mutants", argv[optind - 1]);
		else if (take(&c, option, &e))
			status = complain_err(&e);
	}
	if (status == EXIT_OK && c.help)
		fputs(help, stdout);
	else if (status == EXIT_OK &&
		 catalogue_open(&cat, c.dir, argv + optind, (size_t)(argc - optind), &e))
		status = complain_err(&e);
	else if (status == EXIT_OK) {
		status = hunt_all(&c, &cat);
		if (cat.broken)
			status = EXIT_USAGE;
		catalogue_free(&cat);
	}
	free(c.knobs.at);
	return status;
}

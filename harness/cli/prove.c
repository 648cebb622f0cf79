/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iserspec prove: is each case worth its verdict? In the simulator the honest model must come out
 * pass or info in every configuration that the case names, and each of its mutants fail or warn by
 * a finding of that case.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../peer/peer.h"
#include "../report/escape.h"
#include "../report/memory.h"
#include "catalogue.h"
#include "cli.h"
#include "trial.h"

static const char help[] = "usage: iserspec prove [OPTION...] [PATTERN...]\n"
			   "\n"
			   "Runs each case in the simulator against the honest model, once for "
			   "each of its `model` lines,\n"
			   "and against each of its mutants. Ends with `N passed, N failed`.\n"
			   "\n"
			   "  --seeds N              all of it for N seeds (default 1), since the "
			   "order of what is independent\n"
			   "                         differs from seed to seed\n"
			   "  --seed S               the first of them (default 1)\n"
			   "  --jobs N               so many processes at a time (default 2)\n"
			   "  --cases DIR            the folder of cases\n";

enum { MAX_SEEDS = 10000 };
/* Few enough that all jobs have work to the end. */
enum { PROOF_LOT = 8 };

struct prover {
	uint64_t seed, seeds; /* the first of how many */
	struct trial *proofs;
	size_t count, next;
	size_t passed, failed;
};

static void add(struct prover *p, const struct script *s, size_t model, char *knob)
{
	for (uint64_t i = 0; i < p->seeds; i++) {
		p->proofs = grow(p->proofs, p->count, sizeof(*p->proofs));
		p->proofs[p->count++] = (struct trial){
			.script = s,
			.settings = trial_model(s, model),
			.knob = knob,
			.seed = p->seed + i,
		};
	}
}

/* A monitor caught the mutant when it cites a rule that the knob breaks. */
static bool caught_by_monitor(const char *knob, const struct case_result *r)
{
	const int k = knob_by_name(knob);
	for (size_t i = 0; k >= 0 && i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if (f->monitor && rules_meet(f->rules, knob_infos()[k].rules) &&
		    (f->verdict == VERDICT_FAIL || f->verdict == VERDICT_WARN))
			return true;
	}
	return false;
}

/* A pass that stands on nothing proves nothing. */
static const struct finding *unproved(const struct case_result *r)
{
	for (size_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].verdict == VERDICT_PASS && !r->findings[i].event_count)
			return &r->findings[i];
	return NULL;
}

static void judge(struct prover *p, const struct trial *proof, const struct case_result *r)
{
	const struct finding *besides = NULL;
	for (size_t i = 0; i < r->finding_count && !proof->knob && !besides; i++)
		if (r->findings[i].besides ||
		    (r->findings[i].monitor && r->findings[i].verdict != VERDICT_PASS))
			besides = &r->findings[i];
	const bool caught = r->verdict == VERDICT_FAIL || r->verdict == VERDICT_WARN ||
			    (proof->knob && caught_by_monitor(proof->knob, r));
	const struct finding *bare = unproved(r);
	if (!bare && (proof->knob ? caught : result_is_good(r))) {
		p->passed++;
		return;
	}
	p->failed++;
	trial_print(proof);
	printf(": %s, %s",
	       bare	     ? "a pass without an event that proves it"
	       : proof->knob ? "the mutant is not caught"
	       : besides     ? "the honest model breaks a rule"
			     : "the honest model does not pass",
	       verdict_name(r->verdict));
	const struct finding *first = bare ? bare : besides;
	for (size_t i = 0; i < r->finding_count && !first; i++)
		if (r->findings[i].verdict == r->verdict)
			first = &r->findings[i];
	if (first && first->line)
		printf(", line %u", first->line);
	char *reason = escape_text(besides ? besides->reason : r->reason);
	printf("%s%s\n", *reason ? ": " : "", reason);
	free(reason);
}

static bool next_lot(void *ctx, struct trial_lot *lot)
{
	struct prover *p = ctx;
	const size_t left = p->count - p->next;

	*lot = (struct trial_lot){.at = p->proofs + p->next,
				  .count = left < PROOF_LOT ? left : PROOF_LOT};
	p->next += lot->count;
	return lot->count > 0;
}

static bool proof_done(void *ctx, const struct trial_lot *lot, size_t i,
		       const struct case_result *r)
{
	judge(ctx, &lot->at[i], r);
	return true;
}

static void plan(struct prover *p, const struct catalogue *cat)
{
	for (size_t i = 0; i < cat->count; i++) {
		const struct script *s = cat->cases[i];
		for (size_t m = 0; m < (s->model_count ? s->model_count : 1); m++)
			add(p, s, m, NULL);
		for (size_t k = 0; k < s->mutants.count; k++)
			add(p, s, 0, s->mutants.at[k]);
		if (!s->mutants.count) {
			p->failed++;
			printf("%s: names no mutant, so nothing shows that it can fail\n", s->id);
		}
	}
}

int cmd_prove(int argc, char **argv)
{
	static const struct option options[] = {
		{"jobs", required_argument, NULL, 'j'},	 {"seed", required_argument, NULL, 's'},
		{"seeds", required_argument, NULL, 'n'}, {"cases", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},	 {0}};
	unsigned long jobs = 2, seed = 1, seeds = 1;
	const char *dir = NULL;
	struct err e = {0};
	int option;

	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "hj:", options)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option == 'c')
			dir = optarg;
		else if ((option == 'j' &&
			  option_count(optarg, 1, TRIAL_MAX_JOBS, &jobs, "--jobs", &e)) ||
			 (option == 's' &&
			  option_count(optarg, 0, INT64_MAX, &seed, "--seed", &e)) ||
			 (option == 'n' &&
			  option_count(optarg, 1, MAX_SEEDS, &seeds, "--seeds", &e)))
			return complain_err(&e);
		else if (option == '?')
			return bad_option("prove", argv[optind - 1]);
	}
	struct catalogue cat;
	if (catalogue_open(&cat, dir, argv + optind, (size_t)(argc - optind), &e))
		return complain_err(&e);

	struct prover p = {.seed = seed, .seeds = seeds};
	const struct trial_planner planner = {&p, next_lot, proof_done, NULL};
	plan(&p, &cat);
	int status = trials_run(&planner, cat.ledger, jobs, &e) ? complain_err(&e) : EXIT_OK;
	printf("%zu passed, %zu failed\n", p.passed, p.failed);
	if (status == EXIT_OK && (p.failed || !p.passed))
		status = EXIT_RED;
	if (cat.broken)
		status = EXIT_USAGE;
	free(p.proofs);
	catalogue_free(&cat);
	return status;
}

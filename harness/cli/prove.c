/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iserspec prove: is each case worth its verdict? In the simulator the honest model must come out
 * pass or info in every configuration that the case names, and each of its mutants fail or warn by
 * a finding of that case.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/escape.h"
#include "../report/memory.h"
#include "catalogue.h"
#include "cli.h"
#include "run_case.h"

static const char help[] =
	"usage: iserspec prove [--jobs N] [--seed S] [--seeds N] [--cases DIR] [PATTERN...]\n"
	"\n"
	"Runs each case in the simulator against the honest model, once for each of its `model` "
	"lines,\n"
	"and against each of its mutants; all of it for N seeds from S on (default 1 from 1), "
	"since "
	"the\n"
	"order of what is independent differs from seed to seed. Ends with `N passed, N failed`.\n";

/* Virtual time costs little; what takes longer than this hangs. */
static const double job_seconds = 60;
enum { MAX_JOBS = 64, MAX_SEEDS = 10000 };

struct proof {
	const struct script *script;
	size_t model; /* index of its model line, if it has any */
	char *knob;   /* NULL: the honest model; the script's */
	uint64_t seed;
};

struct slot {
	struct case_process process;
	struct case_setup setup;
	struct run_options options;
	struct proof proof;
	char *knob[1];
	bool busy;
};

struct prover {
	const struct ledger *ledger;
	uint64_t seed, seeds; /* the first of how many */
	struct proof *proofs;
	size_t count, next;
	size_t passed, failed;
};

static void add(struct prover *p, const struct script *s, size_t model, char *knob)
{
	for (uint64_t i = 0; i < p->seeds; i++) {
		p->proofs = grow(p->proofs, p->count, sizeof(*p->proofs));
		p->proofs[p->count++] = (struct proof){
			.script = s, .model = model, .knob = knob, .seed = p->seed + i};
	}
}

static void put_name(const struct proof *proof)
{
	const struct script *s = proof->script;
	printf("%s", s->id);
	if (proof->knob)
		printf(" --knob %s", proof->knob);
	for (size_t i = 0; s->model_count && i < s->models[proof->model].count; i++)
		printf(" --option %s", s->models[proof->model].at[i]);
	printf(" --seed %" PRIu64, proof->seed);
}

static void judge(struct prover *p, const struct proof *proof, const struct case_result *r)
{
	const struct finding *besides = NULL;
	for (size_t i = 0; i < r->finding_count && !proof->knob && !besides; i++)
		if (r->findings[i].besides ||
		    (r->findings[i].monitor && r->findings[i].verdict != VERDICT_PASS))
			besides = &r->findings[i];
	const bool honest_ok =
		(r->verdict == VERDICT_PASS || r->verdict == VERDICT_INFO) && !besides;
	const bool caught = r->verdict == VERDICT_FAIL || r->verdict == VERDICT_WARN;
	if (proof->knob ? caught : honest_ok) {
		p->passed++;
		return;
	}
	p->failed++;
	put_name(proof);
	printf(": %s, %s",
	       proof->knob ? "the mutant is not caught"
	       : besides   ? "the honest model breaks a rule"
			   : "the honest model does not pass",
	       verdict_name(r->verdict));
	const struct finding *first = besides;
	for (size_t i = 0; i < r->finding_count && !first; i++)
		if (r->findings[i].verdict == r->verdict)
			first = &r->findings[i];
	if (first && first->line)
		printf(", line %u", first->line);
	char *reason = escape_text(besides ? besides->reason : r->reason);
	printf("%s%s\n", *reason ? ": " : "", reason);
	free(reason);
}

static int begin(struct prover *p, struct slot *slot, struct err *e)
{
	const struct proof *proof = &p->proofs[p->next++];
	const struct script *s = proof->script;
	slot->proof = *proof;
	slot->options = (struct run_options){.access = ACCESS_MODEL, .role = s->sut};
	slot->setup = (struct case_setup){
		.options = &slot->options,
		.script = s,
		.ledger = p->ledger,
		.seed = proof->seed,
		.timeout_scale = 1,
	};
	if (s->model_count)
		slot->setup.model = (struct text_list){s->models[proof->model].at,
						       s->models[proof->model].count};
	if (proof->knob) {
		slot->knob[0] = proof->knob;
		slot->setup.knobs = (struct text_list){slot->knob, 1};
	}
	if (case_process_start(&slot->process, s->id, job_seconds, run_case, &slot->setup, e))
		return -1;
	slot->busy = true;
	return 0;
}

static int end(struct prover *p, struct slot *slot, bool overdue, struct err *e)
{
	struct case_result r;
	if (overdue)
		case_process_kill(&slot->process);
	const int status = case_process_finish(&slot->process, slot->proof.script->id, &r, e);
	if (!status)
		judge(p, &slot->proof, &r);
	result_free(&r);
	slot->busy = false;
	return status;
}

/* Keeps `jobs` processes busy until all proofs are judged. */
static int prove_all(struct prover *p, struct slot *slots, size_t jobs, struct err *e)
{
	for (;;) {
		struct pollfd fds[MAX_JOBS];
		size_t busy = 0;
		for (size_t i = 0; i < jobs; i++) {
			if (!slots[i].busy && p->next < p->count && begin(p, &slots[i], e))
				return -1;
			fds[i] = (struct pollfd){.fd = slots[i].busy ? slots[i].process.fd : -1,
						 .events = POLLIN};
			busy += slots[i].busy;
		}
		if (!busy)
			return 0;
		poll(fds, jobs, 1000);
		for (size_t i = 0; i < jobs; i++) {
			if (!slots[i].busy)
				continue;
			const bool done = fds[i].revents && case_process_read(&slots[i].process);
			const bool overdue = !done && case_process_overdue(&slots[i].process);
			if ((done || overdue) && end(p, &slots[i], overdue, e))
				return -1;
		}
	}
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
	while ((option = getopt_long(argc, argv, "hj:", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option == 'c')
			dir = optarg;
		else if ((option == 'j' &&
			  option_count(optarg, 1, MAX_JOBS, &jobs, "--jobs", &e)) ||
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

	struct prover p = {.ledger = cat.ledger, .seed = seed, .seeds = seeds};
	struct slot *slots = must(calloc(jobs, sizeof(*slots)));
	plan(&p, &cat);
	int status = prove_all(&p, slots, jobs, &e) ? complain_err(&e) : EXIT_OK;
	for (size_t i = 0; i < jobs; i++)
		if (slots[i].busy)
			end(&p, &slots[i], true, NULL);
	printf("%zu passed, %zu failed\n", p.passed, p.failed);
	if (status == EXIT_OK && (p.failed || !p.passed))
		status = EXIT_RED;
	free(slots);
	free(p.proofs);
	catalogue_free(&cat);
	return status;
}

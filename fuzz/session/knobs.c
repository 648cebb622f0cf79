/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How soon is a mutant found without its case? Hunts for knobs in a pool that leaves out every case
 * that names the knob.
 *
 *   knobs [--time SECONDS] [--seed S] [--draw N] [--show] [KNOB...]
 *
 * Without KNOB all of them, or N that the seed draws. Ends with `knobs: K of N found without their
 * cases, within T s each`.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/cli/catalogue.h"
#include "../../harness/fuzz/mutate/rng.h"
#include "../../harness/fuzz/session/hunt.h"
#include "../../harness/report/memory.h"

struct knobs {
	struct catalogue cases;
	double seconds;
	uint64_t seed;
	bool show;
	size_t found, hunted;
};

static struct session_pool *pool_without(const struct catalogue *c, const struct knob_info *knob)
{
	struct session_pool *p = session_pool_new(knob->role);

	for (size_t i = 0; i < c->count; i++)
		if (!word_list_has(&c->cases[i]->mutants, knob->name))
			session_pool_add(p, c->cases[i]);
	return p;
}

static void hunt_for(struct knobs *k, const struct knob_info *knob)
{
	struct session_pool *pool = pool_without(&k->cases, knob);
	const struct hunt h = {.pool = pool,
			       .ledger = k->cases.ledger,
			       .knob = knob->name,
			       .seed = k->seed,
			       .seconds = k->seconds};
	struct quarry q;
	struct err e = {0};

	if (session_hunt(&h, &q, &e)) {
		fprintf(stderr, "knobs: %s\n", e.what);
		exit(2);
	}
	k->hunted++;
	k->found += q.found;
	printf("%-10s %-40s %6zu sessions %6.1f s  %s\n", q.found ? "found" : "not found",
	       knob->name, q.sessions, q.seconds, q.found ? q.signature : knob->rules);
	if (k->show && q.found)
		fputs(q.text, stdout);
	fflush(stdout);
	quarry_free(&q);
	session_pool_free(pool);
}

static void hunt_some(struct knobs *k, size_t draw)
{
	bool drawn[KNOB_COUNT] = {0};
	struct rng dice = rng_of(k->seed);

	for (size_t n = 0; n < draw && n < KNOB_COUNT;) {
		const size_t i = rng_below(&dice, KNOB_COUNT);
		if (drawn[i])
			continue;
		drawn[i] = true;
		n++;
		hunt_for(k, &knob_infos()[i]);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"time", required_argument, NULL, 't'},
						{"seed", required_argument, NULL, 's'},
						{"draw", required_argument, NULL, 'd'},
						{"show", no_argument, NULL, 'w'},
						{0}};
	struct knobs k = {.seconds = 60, .seed = 1};
	const char *dir = getenv("ISERSPEC_CASES");
	size_t draw = KNOB_COUNT;
	struct err e = {0};

	for (int o; (o = getopt_long(argc, argv, "", options, NULL)) != -1;)
		switch (o) {
		case 't':
			k.seconds = strtod(optarg, NULL);
			break;
		case 's':
			k.seed = strtoull(optarg, NULL, 0);
			break;
		case 'd':
			draw = strtoul(optarg, NULL, 0);
			break;
		case 'w':
			k.show = true;
			break;
		default:
			fputs("usage: knobs [--time SECONDS] [--seed S] [--draw N] [--show] "
			      "[KNOB...]\n",
			      stderr);
			return 2;
		}
	keep_memory();
	if (catalogue_open(&k.cases, dir ? dir : "cases", NULL, 0, &e)) {
		fprintf(stderr, "knobs: %s\n", e.what);
		return 2;
	}
	for (int i = optind; i < argc; i++) {
		const int n = knob_by_name(argv[i]);
		if (n < 0) {
			fprintf(stderr, "knobs: no knob '%s'\n", argv[i]);
			return 2;
		}
		hunt_for(&k, &knob_infos()[n]);
	}
	if (optind == argc)
		hunt_some(&k, draw);
	printf("knobs: %zu of %zu found without their cases, within %g s each (seed %llu)\n",
	       k.found, k.hunted, k.seconds, (unsigned long long)k.seed);
	catalogue_free(&k.cases);
	return 0;
}

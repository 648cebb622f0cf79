/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec explore: cases in all orders of the steps that are independent of each other. */
#include "explore.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/escape.h"
#include "../report/memory.h"
#include "catalogue.h"
#include "cli.h"
#include "trial.h"

static const char help[] =
	"usage: iserspec explore [OPTION...] [PATTERN...]\n"
	"\n"
	"Runs each case in the simulator against the honest model in all orders of what is "
	"independent:\n"
	"delivery of messages, the model's looking for what came, its posting, its timers. Orders "
	"that\n"
	"nobody could tell apart count as one. Two windows of a run are explored, each by itself: "
	"from the\n"
	"final Login Request to the first answer behind the login, and from the Logout Request to "
	"the end.\n"
	"Ends with `orders: N explored in M cases, K complete; B bad`; exit status 1 when there is "
	"a bad\n"
	"one. `iserspec run --model ROLE --order WORD` repeats the first bad one of a case.\n"
	"\n"
	"  --bound N              at most N orders of each window (default 1000), those first that "
	"depart\n"
	"                         least from the simplest\n"
	"  --knob NAME            the mutant in place of the honest model\n"
	"  --seed S               of the simulator (default 1)\n"
	"  --jobs N               so many processes at a time (default 2)\n"
	"  --cases DIR            the folder of cases\n";

enum { MAX_BOUND = 1000000 };

double explore_measured(const struct case_result *r, const char *name)
{
	for (size_t i = 0; i < r->measurement_count; i++)
		if (!strcmp(r->measurements[i].name, name))
			return r->measurements[i].value;
	return 0;
}

static const char order_is[] = "order=";

const char *explore_order(const struct case_result *r)
{
	for (size_t i = 0; i < r->finding_count; i++)
		if (!strncmp(r->findings[i].reason, order_is, sizeof(order_is) - 1))
			return r->findings[i].reason + sizeof(order_is) - 1;
	return NULL;
}

/* ---- one case ---- */

struct exploration {
	struct case_result result; /* of the first bad one, else of the first */
	char word[ORDER_TEXT];
	size_t orders, bad;
	bool complete, bounded, any;
};

static void keep(struct exploration *x, struct case_result *one, const struct order_follower *f)
{
	const bool bad = !result_is_good(one);
	char text[ORDER_TEXT];

	x->orders++;
	x->bad += bad;
	if (x->any && !(bad && x->bad == 1)) {
		result_free(one);
		return;
	}
	if (x->any)
		result_free(&x->result);
	x->any = true;
	x->result = *one;
	if (bad)
		snprintf(x->word, sizeof(x->word), "%s:%s", order_window_name(f->window),
			 order_text(&f->run.order, text, sizeof(text)));
}

static int explore_window(struct exploration *x, const struct explore_setup *setup,
			  enum order_window w, const struct case_link *link, struct err *e)
{
	struct enumeration *all = must(enumeration_new(setup->bound));
	struct order_follower *f = must(calloc(1, sizeof(*f)));
	struct case_setup one = setup->one;
	int status = 0;

	one.follow = f;
	while (!status && !(setup->first_bad && x->bad)) {
		struct case_result r;

		*f = (struct order_follower){.window = w};
		if (!enumeration_next(all, &f->run))
			break;
		result_init(&r, one.script->id);
		status = run_case(&one, link, &r, e);
		enumeration_done(all, &f->run);
		keep(x, &r, f);
	}
	x->bounded |= enumeration_count(all) == setup->bound && !enumeration_complete(all);
	x->complete = x->complete && enumeration_complete(all) && !(setup->first_bad && x->bad);
	enumeration_free(all);
	free(f);
	return status;
}

int explore_case(void *ctx, const struct case_link *link, struct case_result *r, struct err *e)
{
	const struct explore_setup *setup = ctx;
	struct exploration x = {.complete = true};
	char order[sizeof(order_is) + ORDER_TEXT];
	int status = 0;

	for (unsigned w = 0; !status && w < ORDER_WINDOWS; w++)
		status = explore_window(&x, setup, (enum order_window)w, link, e);
	if (status)
		return status;
	result_free(r);
	*r = x.result;
	result_measure(r, "orders", (double)x.orders, "");
	result_measure(r, "orders-bad", (double)x.bad, "");
	result_measure(r, "orders-complete", x.complete, "");
	result_measure(r, "orders-bounded", x.bounded, "");
	snprintf(order, sizeof(order), "%s%s", order_is, x.word);
	if (x.bad)
		result_add(r, VERDICT_INFO, 0, "", order, NULL, 0);
	return 0;
}

/* ---- all of them ---- */

struct explorer {
	struct trial *trials; /* one a case, each a lot of its own */
	size_t count, next, bound;
	size_t orders, bad, cases, complete;
};

static bool next_case(void *ctx, struct trial_lot *lot)
{
	struct explorer *x = ctx;

	if (x->next == x->count)
		return false;
	*lot = (struct trial_lot){.at = &x->trials[x->next++], .count = 1};
	return true;
}

static void tell(struct explorer *x, const struct case_result *r)
{
	const size_t orders = (size_t)explore_measured(r, "orders");
	const size_t bad = (size_t)explore_measured(r, "orders-bad");
	const char *word = explore_order(r);
	const bool complete = explore_measured(r, "orders-complete") > 0;

	x->complete += complete;
	x->orders += orders;
	x->bad += bad + !orders;
	x->cases++;
	printf("%s: %zu orders, ", r->id, orders);
	if (complete)
		printf("all there are, ");
	else if (explore_measured(r, "orders-bounded") > 0)
		printf("bound %zu a window, ", x->bound);
	else
		printf("of the first %d choices all there are, ", ORDER_CHOICES);
	if (!bad && orders) {
		printf("%s\n", verdict_name(r->verdict));
		return;
	}
	char *reason = escape_text(r->reason);
	printf("%zu of them bad; --order %s: %s%s%s\n", bad, word ? word : "?",
	       verdict_name(r->verdict), *reason ? ": " : "", reason);
	free(reason);
}

static bool case_done(void *ctx, const struct trial_lot *lot, size_t i, const struct case_result *r)
{
	(void)lot;
	(void)i;
	tell(ctx, r);
	return true;
}

/* Only cases of the knob's own role can see it. */
static int check_knob(struct catalogue *cat, const char *name, struct err *e)
{
	const int knob = knob_by_name(name);
	size_t n = 0;

	if (knob < 0)
		return err_set(e, 0, "unknown knob '%s'; see iserspec list --knobs", name);
	for (size_t i = 0; i < cat->count; i++)
		if (cat->cases[i]->sut == knob_infos()[knob].role)
			cat->cases[n++] = cat->cases[i];
	cat->count = n;
	return n ? 0 : err_set(e, 0, "none of the cases chosen is of the role of '%s'", name);
}

int cmd_explore(int argc, char **argv)
{
	static const struct option options[] = {{"bound", required_argument, NULL, 'b'},
						{"jobs", required_argument, NULL, 'j'},
						{"seed", required_argument, NULL, 's'},
						{"knob", required_argument, NULL, 'k'},
						{"cases", required_argument, NULL, 'c'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	unsigned long jobs = 2, seed = 1, bound = 1000;
	const char *dir = NULL;
	char *knob = NULL;
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
		else if (option == 'k')
			knob = optarg;
		else if ((option == 'j' &&
			  option_count(optarg, 1, TRIAL_MAX_JOBS, &jobs, "--jobs", &e)) ||
			 (option == 's' &&
			  option_count(optarg, 0, INT64_MAX, &seed, "--seed", &e)) ||
			 (option == 'b' &&
			  option_count(optarg, 1, MAX_BOUND, &bound, "--bound", &e)))
			return complain_err(&e);
		else if (option == '?')
			return bad_option("explore", argv[optind - 1]);
	}
	struct catalogue cat;
	if (catalogue_open(&cat, dir, argv + optind, (size_t)(argc - optind), &e))
		return complain_err(&e);
	if (knob && check_knob(&cat, knob, &e)) {
		catalogue_free(&cat);
		return complain_err(&e);
	}
	struct explorer x = {.count = cat.count, .bound = bound};
	const struct trial_planner planner = {&x, next_case, case_done, NULL};
	x.trials = must(calloc(cat.count + 1, sizeof(*x.trials)));
	for (size_t i = 0; i < cat.count; i++)
		x.trials[i] = (struct trial){
			.script = cat.cases[i],
			.settings = trial_model(cat.cases[i], 0),
			.knob = knob,
			.seed = seed,
			.orders = bound,
			.all_orders = true,
		};
	int status = trials_run(&planner, cat.ledger, jobs, &e) ? complain_err(&e) : EXIT_OK;
	printf("orders: %zu explored in %zu cases, %zu complete; %zu bad\n", x.orders, x.cases,
	       x.complete, x.bad);
	if (status == EXIT_OK && (x.bad || !x.orders))
		status = EXIT_RED;
	if (cat.broken)
		status = EXIT_USAGE;
	free(x.trials);
	catalogue_free(&cat);
	return status;
}

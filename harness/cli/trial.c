/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs lots of trials in processes of their own. */
#include "trial.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/memory.h"
#include "command.h"
#include "explore.h"
#include "run_case.h"

/* Virtual time costs little; a trial that takes longer than this hangs. */
static const double trial_seconds = 60, all_orders_seconds = 600;

struct worker {
	const struct ledger *ledger;
	struct case_process process;
	struct trial_lot lot;
	size_t done; /* trials of the lot that are judged */
	bool busy, stopped;
};

/* ---- in the worker's process ---- */

static void run_one(const struct worker *w, const struct trial *t, const struct case_link *link)
{
	char *knob[1] = {t->knob};
	struct run_options options = {.access = ACCESS_MODEL, .role = t->script->sut};
	struct case_setup setup = {
		.options = &options,
		.script = t->script,
		.ledger = w->ledger,
		.seed = t->seed,
		.timeout_scale = 1,
		.model = t->settings,
		.knobs = {knob, t->knob ? 1 : 0},
	};
	struct case_result r;
	struct err e;

	result_init(&r, t->script->id);
	struct explore_setup all = {.one = setup, .bound = t->orders, .first_bad = !t->all_orders};
	if (t->orders)
		explore_case(&all, link, &r, &e);
	else
		run_case(&setup, link, &r, &e);
	result_drop_passes(&r);
	case_link_result(link, &r);
	result_free(&r);
}

static int lot_body(void *ctx, const struct case_link *link, struct case_result *r, struct err *e)
{
	const struct worker *w = ctx;

	(void)r;
	(void)e;
	keep_memory(); /* what one trial gave back is there for the next */
	for (size_t i = w->done; i < w->lot.count; i++)
		run_one(w, &w->lot.at[i], link);
	return 0;
}

/* ---- in ours ---- */

/* What the trial in hand may take. */
static double limit(const struct worker *w)
{
	return w->done < w->lot.count && w->lot.at[w->done].all_orders ? all_orders_seconds
								       : trial_seconds;
}

static int begin(struct worker *w, struct err *e)
{
	const char *id = w->lot.at[w->done].script->id;

	if (case_process_start(&w->process, id, limit(w), lot_body, w, e))
		return -1;
	w->busy = true;
	return 0;
}

static void judge(const struct trial_planner *planner, struct worker *w,
		  const struct case_result *r)
{
	const size_t i = w->done++;
	if (!w->stopped)
		w->stopped = !planner->done(planner->ctx, &w->lot, i, r);
}

/* Takes what has come; true when the process has to be ended. */
static bool take(const struct trial_planner *planner, struct worker *w)
{
	struct case_result r;

	while (w->done < w->lot.count && !w->stopped && case_process_result(&w->process, &r)) {
		judge(planner, w, &r);
		result_free(&r);
		w->process.deadline = clock_now() + limit(w);
	}
	return w->stopped || case_process_overdue(&w->process);
}

/* The process is over, or has to be: what it was at in the end it died of. */
static int finish(const struct trial_planner *planner, struct worker *w, bool kill, struct err *e)
{
	struct case_result r;
	int status;

	if (kill) {
		case_process_kill(&w->process);
		take(planner, w);
	}
	const char *id = w->lot.at[w->done < w->lot.count ? w->done : w->lot.count - 1].script->id;
	status = case_process_finish(&w->process, id, &r, e);
	if (!status && w->done < w->lot.count && !w->stopped)
		judge(planner, w, &r);
	result_free(&r);
	w->busy = false;
	if (!status && w->done < w->lot.count && !w->stopped)
		return begin(w, e);
	if (planner->end)
		planner->end(planner->ctx, &w->lot);
	return status;
}

static int serve(const struct trial_planner *planner, struct worker *workers, size_t jobs,
		 struct err *e)
{
	for (;;) {
		struct pollfd fds[TRIAL_MAX_JOBS];
		size_t busy = 0;
		for (size_t i = 0; i < jobs; i++) {
			struct worker *w = &workers[i];
			if (!w->busy && planner->next(planner->ctx, &w->lot)) {
				w->done = 0;
				w->stopped = false;
				if (begin(w, e))
					return -1;
			}
			fds[i] = (struct pollfd){.fd = w->busy ? w->process.fd : -1,
						 .events = POLLIN};
			busy += w->busy;
		}
		if (!busy)
			return 0;
		poll(fds, jobs, 1000);
		for (size_t i = 0; i < jobs; i++) {
			struct worker *w = &workers[i];
			if (!w->busy)
				continue;
			const bool closed = fds[i].revents && case_process_read(&w->process);
			const bool kill = take(planner, w);
			if ((closed || kill) && finish(planner, w, kill && !closed, e))
				return -1;
		}
	}
}

int trials_run(const struct trial_planner *planner, const struct ledger *ledger, size_t jobs,
	       struct err *e)
{
	struct worker *workers = must(calloc(jobs, sizeof(*workers)));
	for (size_t i = 0; i < jobs; i++)
		workers[i].ledger = ledger;
	const int status = serve(planner, workers, jobs, e);
	for (size_t i = 0; i < jobs; i++) {
		struct case_result r;
		if (!workers[i].busy)
			continue;
		case_process_kill(&workers[i].process);
		case_process_finish(&workers[i].process, "", &r, NULL);
		result_free(&r);
	}
	free(workers);
	return status;
}

bool result_is_good(const struct case_result *r)
{
	for (size_t i = 0; i < r->finding_count; i++)
		if (r->findings[i].besides ||
		    (r->findings[i].monitor && r->findings[i].verdict != VERDICT_PASS))
			return false;
	return r->verdict == VERDICT_PASS || r->verdict == VERDICT_INFO;
}

struct text_list trial_model(const struct script *s, size_t model)
{
	return model < s->model_count
		       ? (struct text_list){s->models[model].at, s->models[model].count}
		       : (struct text_list){0};
}

void trial_print(const struct trial *t)
{
	printf("%s", t->script->id);
	if (t->knob)
		printf(" --knob %s", t->knob);
	for (size_t i = 0; i < t->settings.count; i++)
		printf(" --option %s", t->settings.at[i]);
	printf(" --seed %" PRIu64, t->seed);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs cases one after another and keeps everything on disk in step. */
#include "run_loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/events.h"
#include "../report/explain.h"
#include "../report/json.h"
#include "../report/lab.h"
#include "../report/memory.h"
#include "aftermath.h"
#include "by_hand.h"
#include "command.h"
#include "driver_trouble.h"
#include "liveness.h"
#include "repeats.h"
#include "run_case.h"
#include "run_known.h"
#include "run_lab.h"
#include "select.h"
#include "sut_care.h"

/*
 * The report is written again after so many times what it took the last time; and when it is longer
 * by an eighth, or some seconds have gone. Time alone says nothing where a machine's clock stands
 * still while it works (tools/lab), and a report written for each case takes the square of them.
 */
enum { WRITE_PAUSE = 20, WRITE_SHARE = 8 };
static const double write_after_seconds = 5;

static double elapsed(const struct run *run)
{
	return clock_now() - run->started;
}

static struct sut_care care_of(const struct run *run)
{
	return (struct sut_care){
		.options = run->options,
		.timeout_scale = run->report.timeout_scale,
		.watch = run->watch,
		.signal_fd = run->signal_fd,
	};
}

int run_write_report(struct run *run, struct err *e)
{
	if (!run->options->report)
		return 0;
	run_lab_seconds(run);
	char *json = text_format("%s/report.json", run->options->report);
	char *junit = text_format("%s/junit.xml", run->options->report);
	char *tap = text_format("%s/report.tap", run->options->report);
	const int status = report_write_json(&run->report, json, e) ||
					   report_write_junit(&run->report, junit, e) ||
					   report_write_tap(&run->report, tap, e)
				   ? -1
				   : 0;
	free(json);
	free(junit);
	free(tap);
	return status;
}

/* A group is a folder. */
static bool ends_group(const struct run *run, size_t i)
{
	if (i + 1 == run->count)
		return true;
	const char *id = run->cases[i]->id, *slash = strrchr(id, '/');
	return slash && strncmp(id, run->cases[i + 1]->id, (size_t)(slash - id) + 1) != 0;
}

static enum run_end judge_watch(struct run *run, size_t i, const struct aftermath *log,
				struct case_result *r, struct err *e)
{
	const struct sut_care care = care_of(run);
	char *why;
	int status = 0;
	switch (sut_care_look(&care, ends_group(run, i), &why)) {
	case SUT_DEAD:
		status = aftermath_add(log, "watch", VERDICT_CRASH, why, r, e);
		break;
	case SUT_UNKNOWN:
		status = aftermath_add(log, "watch", VERDICT_INCONCLUSIVE, why, r, e);
		break;
	case SUT_INTERRUPTED:
		return RUN_INTERRUPTED;
	case SUT_WELL:
		return RUN_DONE;
	}
	free(why);
	return status ? RUN_BROKEN : RUN_DONE;
}

/* A target that nobody can log in to any more is this case's doing, not the next one's. */
static enum run_end judge_liveness(struct run *run, const struct case_setup *setup,
				   const struct aftermath *log, struct case_result *r,
				   struct err *e)
{
	const struct sut_care care = care_of(run);
	char *why;
	int status = 0;
	if (run->options->access != ACCESS_TARGET || !run->lets_in || !liveness_in_doubt(r))
		return RUN_DONE;
	switch (liveness_ask(setup, run->signal_fd, &why)) {
	case LIVENESS_INTERRUPTED:
		sut_care_interrupted(&care);
		return RUN_INTERRUPTED;
	case LIVENESS_DEAD: {
		char *reason =
			text_format("after this case the target lets nobody log in: %s", why);
		status = aftermath_add(log, "liveness", VERDICT_CRASH, reason, r, e);
		free(reason);
		break;
	}
	case LIVENESS_UNKNOWN:
		status = aftermath_add(log, "liveness", VERDICT_INCONCLUSIVE, why, r, e);
		break;
	case LIVENESS_WELL:
		return RUN_DONE;
	}
	free(why);
	return status ? RUN_BROKEN : RUN_DONE;
}

/* ---- one case ---- */

/* The case in hand, for the terminal. */
struct running {
	struct run *run;
	size_t i;
	double started;
};

static void show_running(void *ctx)
{
	const struct running *c = ctx;
	terminal_running(&c->run->terminal, c->i + 1, elapsed(c->run), c->run->cases[c->i]->id,
			 clock_now() - c->started);
}

/* Waits for the process. RUN_DONE: *r is there; RUN_INTERRUPTED: it was killed, *r is there too. */
static enum run_end await(struct run *run, struct case_process *p, size_t i,
			  const struct aftermath *log, struct case_result *r, struct err *e)
{
	const struct sut_care care = care_of(run);
	const double limit = p->deadline - p->started, started = p->started;
	struct running shown = {run, i, started};
	const enum case_wait how = case_process_await(p, run->signal_fd, show_running, &shown);
	enum run_end end = how == CASE_INTERRUPTED ? RUN_INTERRUPTED : RUN_DONE;
	if (how == CASE_INTERRUPTED)
		sut_care_interrupted(&care);
	if (case_process_finish(p, run->cases[i]->id, r, e))
		return RUN_BROKEN;
	char *reason = NULL;
	if (how == CASE_OVERDUE) {
		reason = text_format(
			"the case's own process did not end within %.0f s and was ended", limit);
		r->seconds = clock_now() - started;
	} else if (p->died && end == RUN_DONE) {
		reason = must(strdup(r->reason));
	}
	if (reason && aftermath_add(log, "process", VERDICT_INCONCLUSIVE, reason, r, e))
		end = RUN_BROKEN;
	free(reason);
	if ((how != CASE_ENDED || p->died) && sut_care_clean_up(&care, run->cases[i], log, r, e))
		end = RUN_BROKEN;
	return end;
}

static enum run_end run_once(struct run *run, size_t i, unsigned repetition, const char *log,
			     struct case_result *r, struct err *e)
{
	const struct run_options *o = run->options;
	const struct script *s = run->cases[i];
	struct case_setup setup = {
		.options = o,
		.script = s,
		.ledger = run->ledger,
		.seed = o->seed + repetition - 1,
		.timeout_scale = run->report.timeout_scale,
		.lun = run->lun,
		.repetition = repetition,
		.real_time = lab_clock_is_real(&run->report),
	};
	if (o->access == ACCESS_MODEL && s->model_count)
		setup.model = (struct text_list){s->models[0].at, s->models[0].count};
	enum run_end end = RUN_BROKEN;
	char *path = o->report ? text_format("%s/%s", o->report, log) : NULL;
	const struct aftermath after = {.path = path, .secrets = &o->secrets};
	setup.log_path = path;

	struct case_process p;
	if (!case_process_start(&p, s->id, case_seconds(o, s, setup.timeout_scale), run_case,
				&setup, e))
		end = await(run, &p, i, &after, r, e);
	if (end == RUN_DONE)
		end = judge_watch(run, i, &after, r, e);
	if (end == RUN_DONE)
		end = judge_liveness(run, &setup, &after, r, e);
	if (end == RUN_DONE && aftermath_close(&after, r, e))
		end = RUN_BROKEN;
	free(path);
	return end;
}

/* All repetitions of a case; *c has an empty result with the id. */
static enum run_end run_case_times(struct run *run, size_t i, struct report_case *c, struct err *e)
{
	struct repeats rep = {0};
	enum run_end end = RUN_DONE;

	for (unsigned n = 1; end == RUN_DONE && n <= run->options->repeat; n++) {
		struct case_result r = {0};
		char *log = report_folder_log(c->result.id, n);
		char *name = run->options->report ? must(strdup(log)) : text_format("run %u", n);
		end = run_once(run, i, n, log, &r, e);
		const bool crashed = r.verdict == VERDICT_CRASH;
		if (end == RUN_DONE)
			repeats_add(&rep, &r, name);
		result_free(&r);
		free(name);
		free(log);
		if (end == RUN_DONE && crashed)
			break;
	}
	if (!rep.runs)
		return end;
	char *log = repeats_finish(&rep, &c->result);
	if (run->options->report) {
		char *path = text_format("%s/%s", run->options->report, log);
		c->log = log;
		c->log_cut = event_log_is_cut(path);
		free(path);
	} else {
		free(log);
	}
	return end;
}

static void join_report(struct run *run)
{
	report_join(&run->report, run->ledger);
	report_explain(&run->report, run->ledger);
	for (size_t i = 0; i < run->report.monitor_count; i++) {
		struct report_case *row = &run->report.monitors[i];
		run_hold(run, row);
		if (row->known == KNOWN_BETTER && !run_is_whole(run))
			row->known = KNOWN_SAME;
	}
}

/*
 * The journal has every case; the report on disk may lag behind it, so that a long run of many
 * cases does not spend its time on writing. What is not on disk yet comes with a later case or with
 * the end of the run.
 */
static int write_so_far(struct run *run, struct err *e)
{
	const double began = clock_now(), pause = began - run->written;
	const size_t more = run->report.count - run->written_count;
	if (pause < WRITE_PAUSE * run->write_seconds ||
	    (more <= run->written_count / WRITE_SHARE && pause < write_after_seconds))
		return 0;
	join_report(run);
	const int status = run_write_report(run, e);
	run->written_count = run->report.count;
	run->written = clock_now();
	run->write_seconds = run->written - began;
	return status;
}

/* What an earlier run found, when it is to be taken over: true. *c is then complete. */
static bool take_from_past(struct run *run, struct report_case *c)
{
	const struct report_case *past = journal_past_find(&run->past, c->result.id);
	if (past) {
		json_t *o = report_case_to_json(past);
		report_case_free(c);
		const bool taken = !report_case_from_json(c, o, NULL);
		json_decref(o);
		return taken;
	}
	return false;
}

static bool was_running(const struct run *run, const char *id)
{
	return run->past.running && run->past.other_boot && !strcmp(run->past.running, id);
}

/* Of a case that, as its driver knows, may leave the SUT damaged in a way that shows later. */
static bool leaves_damage(const struct run *run, size_t i)
{
	const struct text_list *cases = &run->options->restart_behind;
	for (size_t n = 0; n < cases->count && i + 1 < run->count; n++)
		if (select_matches(cases->at[n], run->cases[i]))
			return true;
	return false;
}

/* Not behind a case that took the machine down: the SUT is on another one by now. */
static bool wants_restart(const struct run *run, size_t i, const struct report_case *c)
{
	return (c->result.verdict == VERDICT_CRASH || driver_troubled(&c->result) ||
		leaves_damage(run, i)) &&
	       !was_running(run, c->result.id);
}

/* A verdict that no case's process came to: the log, where there is one, is told all the same. */
static enum run_end verdict_from_outside(const struct run *run, struct report_case *c,
					 const char *name, enum verdict v, const char *reason,
					 struct err *e)
{
	const char *folder = run->options->report;
	char *path = NULL;
	if (folder) {
		c->log = report_folder_log(c->result.id, 1);
		path = text_format("%s/%s", folder, c->log);
	}
	const struct aftermath log = {.path = path, .secrets = &run->options->secrets};
	const int status = aftermath_add(&log, name, v, reason, &c->result, e) ||
			   aftermath_close(&log, &c->result, e);
	c->log_cut = path && event_log_is_cut(path);
	free(path);
	return status ? RUN_BROKEN : RUN_DONE;
}

static enum run_end machine_died(const struct run *run, struct report_case *c, struct err *e)
{
	const char *died = run->options->died;
	char *reason = text_format("the machine running the SUT died while this case ran%s%s",
				   died ? ": " : "", died ? died : "");
	const enum run_end end = verdict_from_outside(run, c, "machine", VERDICT_CRASH, reason, e);
	free(reason);
	return end;
}

enum run_end run_loop(struct run *run, struct err *e)
{
	const struct sut_care care = care_of(run);
	enum run_end end = RUN_DONE;

	if (run->options->again && run->journal && journal_again(run->journal, &run->past, e))
		end = RUN_BROKEN;
	for (size_t i = 0; end == RUN_DONE && i < run->count; i++) {
		const struct script *s = run->cases[i];
		struct report_case *c = report_add(&run->report, s->id);
		if (take_from_past(run, c)) {
			run_hold(run, c);
			run->report.earlier++;
			continue;
		}
		c->title = must(strdup(s->title));
		c->purpose = s->purpose && *s->purpose ? must(strdup(s->purpose)) : NULL;
		c->rules = word_list_join(&s->rules);
		if (was_running(run, s->id)) {
			end = machine_died(run, c, e);
		} else if (by_hand_lacks(run->options, s)) {
			end = verdict_from_outside(run, c, "by-hand", VERDICT_NOT_APPLICABLE,
						   by_hand_lacks(run->options, s), e);
		} else if (run->journal && journal_start(run->journal, s->id, e)) {
			end = RUN_BROKEN;
		} else {
			end = run_case_times(run, i, c, e);
		}
		if (end != RUN_DONE) {
			/* It has no verdict: it is not in the report. */
			report_case_free(c);
			run->report.count--;
			struct err ignored;
			if (run->journal && end == RUN_INTERRUPTED)
				journal_stopped(run->journal, s->id, &ignored);
			break;
		}
		run_hold(run, c);
		if ((run->journal && journal_end(run->journal, c, e)) || write_so_far(run, e))
			end = RUN_BROKEN;
		terminal_ended(&run->terminal, i + 1, elapsed(run), c);
		if (end == RUN_DONE && wants_restart(run, i, c) && sut_care_restart(&care, e))
			end = RUN_SUT_LOST;
		if (run->options->fail_fast && run_is_red(run, c))
			break;
	}
	join_report(run);
	return end;
}

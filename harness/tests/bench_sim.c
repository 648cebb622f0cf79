/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many whole sessions (connect, login, logout, each a case with log and verdict) the simulator
 * runs a second, and how many times as often what a session needs can be made and freed without
 * one: the floor. Both are counted in processor time of this process, the kernel's for it included,
 * so that who else is on the machine does not count; and in turns, so that a processor that changes
 * its pace changes it for both. The ratio compares machines, not versions: what is cheaper to make
 * raises the floor, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../report/memory.h"
#include "../script/model_sut.h"

enum { TURNS = 20, SESSIONS = 500 }; /* in each turn */

static const char case_text[] = "title a session\n"
				"sut target\n"
				"rules I7143-11.14-2\n"
				"grade MUST\n"
				"login\n"
				"logout within 5s\n";

struct session {
	struct sim_options sim;
	struct peer_config *sut;
	struct run_env *env;
	struct log *log;
	struct model_sut *model;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void set_up(struct session *s, uint64_t seed)
{
	struct err e = {0};

	s->sut = must(calloc(1, sizeof(*s->sut)));
	s->env = must(calloc(1, sizeof(*s->env)));
	s->log = log_new(NULL, NULL);
	sim_options_default(&s->sim);
	s->sim.seed = seed;
	peer_config_default(s->sut, PEER_TARGET);
	peer_config_default(&s->env->base, PEER_INITIATOR);
	s->env->base.tolerant = true;
	s->env->log = s->log;
	s->env->timeout_scale = 1;
	s->model = model_sut_new(&s->sim, s->sut, s->log, &e);
	if (!s->model) {
		fprintf(stderr, "bench_sim: %s\n", e.what);
		exit(1);
	}
	model_sut_attach(s->model, s->env);
}

static void tear_down(struct session *s)
{
	model_sut_free(s->model);
	log_free(s->log);
	free(s->env);
	free(s->sut);
}

static void run_session(const struct script *script, uint64_t seed)
{
	struct session s;
	struct case_result result;

	set_up(&s, seed);
	result_init(&result, script->id);
	script_run(script, s.env, &result);
	if (result.verdict != VERDICT_PASS) {
		fprintf(stderr, "bench_sim: %s: %s\n", verdict_name(result.verdict), result.reason);
		exit(1);
	}
	result_free(&result);
	tear_down(&s);
}

/* What a session makes, both peers and a first line of the log included, and nothing of it used. */
static void run_floor(const struct script *script, uint64_t seed)
{
	struct session s;
	struct case_result result;

	set_up(&s, seed);
	result_init(&result, script->id);
	log_text(s.log, LOG_NOTE, 0, "floor", "%s", script->id);
	struct peer *ours = must(peer_new(s.env->fab, &s.env->base));
	struct peer *theirs = must(peer_new(s.env->fab, s.sut));
	peer_free(theirs);
	peer_free(ours);
	result_free(&result);
	tear_down(&s);
}

/* The seconds that a turn takes. */
static double turn(void (*run)(const struct script *script, uint64_t seed),
		   const struct script *script)
{
	const double began = now();

	for (uint64_t i = 0; i < SESSIONS; i++)
		run(script, i + 1);
	return now() - began;
}

int main(void)
{
	struct script_errors errors;
	struct script *script =
		script_parse("target/bench/session", case_text, strlen(case_text), NULL, &errors);
	double sessions = 0, floors = 0;

	if (!script) {
		fprintf(stderr, "bench_sim: %u:%u: %s\n", errors.at[0].line, errors.at[0].column,
			errors.at[0].what);
		return 1;
	}
	keep_memory(); /* as prove, mutants and explore do */
	for (int i = 0; i < TURNS; i++) {
		floors += turn(run_floor, script);
		sessions += turn(run_session, script);
	}
	printf("simulator: %.0f sessions/s a core; floor %.0f/s; ratio %.2f\n",
	       TURNS * SESSIONS / sessions, TURNS * SESSIONS / floors, sessions / floors);
	script_free(script);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* How many whole sessions (connect, login, logout, each a case with log and verdict) the simulator
 * runs a second. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../script/model_sut.h"

enum { SESSIONS = 2000 };

static const char case_text[] = "title a session\n"
				"sut target\n"
				"rules I7143-11.14-2\n"
				"grade MUST\n"
				"login\n"
				"logout within 5s\n";

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run_session(const struct script *script, uint64_t seed)
{
	struct sim_options so;
	struct peer_config *sut = calloc(1, sizeof *sut);
	struct run_env *env = calloc(1, sizeof *env);
	struct log *log = log_new(NULL, NULL);
	struct case_result result;
	struct err e = {0};

	if (!sut || !env)
		abort();
	sim_options_default(&so);
	so.seed = seed;
	peer_config_default(sut, PEER_TARGET);
	peer_config_default(&env->base, PEER_INITIATOR);
	env->base.tolerant = true;
	env->log = log;
	env->timeout_scale = 1;
	struct model_sut *m = model_sut_new(&so, sut, log, &e);
	if (!m) {
		fprintf(stderr, "bench_sim: %s\n", e.what);
		exit(1);
	}
	model_sut_attach(m, env);
	result_init(&result, script->id);
	script_run(script, env, &result);
	if (result.verdict != VERDICT_PASS) {
		fprintf(stderr, "bench_sim: %s: %s\n", verdict_name(result.verdict), result.reason);
		exit(1);
	}
	result_free(&result);
	model_sut_free(m);
	log_free(log);
	free(env);
	free(sut);
}

int main(void)
{
	struct script_error error;
	struct script *script =
		script_parse("target/bench/session", case_text, strlen(case_text), NULL, &error);

	if (!script) {
		fprintf(stderr, "bench_sim: %u:%u: %s\n", error.line, error.column, error.what);
		return 1;
	}
	double began = now();
	for (uint64_t i = 0; i < SESSIONS; i++)
		run_session(script, i + 1);
	printf("simulator: %.0f sessions/s\n", SESSIONS / (now() - began));
	script_free(script);
	return 0;
}

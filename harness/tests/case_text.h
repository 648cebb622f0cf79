/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases as text, run in the simulator against the model, for tests. */
#ifndef TESTS_CASE_TEXT_H
#define TESTS_CASE_TEXT_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../fabric/log.h"
#include "../script/model_sut.h"

static struct log *event_log;
static struct ledger *ledger;
static struct case_result result;
static struct run_env *env;
static bool never_connects;
static struct order_follower *follow; /* the order of the next run; NULL: as time gives it */
static uint64_t case_seed;	      /* what chance is drawn from besides */

static inline void case_text_begin(void)
{
	struct err e;
	ledger = ledger_load("cases/rules", &e);
	ck_assert_msg(ledger, "%s", e.what);
	event_log = log_new(NULL, NULL);
	env = calloc(1, sizeof(*env));
	never_connects = false;
	result_init(&result, "x");
}

static inline void case_text_end(void)
{
	result_free(&result);
	free(env);
	log_free(event_log);
	ledger_free(ledger);
}

static inline int dead_login(void *ctx, const char *host, uint16_t port, const char *iqn,
			     enum workload workload, struct err *e)
{
	(void)ctx, (void)host, (void)port, (void)iqn, (void)workload, (void)e;
	return 0;
}

static inline int dead_status(void *ctx, const char **last)
{
	(void)ctx;
	*last = "no route to target";
	return 7;
}

static inline int dead_logout(void *ctx, struct err *e)
{
	(void)ctx, (void)e;
	return 0;
}

/* Settings (with '=') and knobs of the model, blank-separated. */
static inline void configure(struct peer_config *c, const char *settings)
{
	char copy[400], *save = NULL;
	snprintf(copy, sizeof(copy), "%s", settings);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		struct err e;
		int knob = strchr(w, '=') ? -1 : knob_by_name(w);
		if (knob >= 0)
			c->knob[knob] = true;
		else
			ck_assert_msg(!peer_config_set(c, w, &e), "%s: %s", w, e.what);
	}
}

static inline enum verdict case_text_run(const char *settings, const char *text)
{
	struct script_errors se;
	struct err e;
	struct script *s = script_parse(NULL, text, strlen(text), ledger, &se);
	ck_assert_msg(s, "%u:%u: %s", se.at[0].line, se.at[0].column, se.at[0].what);
	struct peer_config *model = malloc(sizeof(*model));
	peer_config_default(model, s->sut);
	configure(model, settings);
	model->sim.seed += case_seed;
	struct model_sut *m = model_sut_new(&model->sim, model, event_log, &e);
	ck_assert_ptr_nonnull(m);
	peer_config_default(&env->base, s->sut == PEER_TARGET ? PEER_INITIATOR : PEER_TARGET);
	env->base.tolerant = true;
	env->log = event_log;
	env->ledger = ledger;
	env->timeout_scale = 1;
	model_sut_attach(m, env);
	if (follow)
		model_sut_follow(m, follow, event_log);
	if (never_connects) {
		env->sut.login = dead_login;
		env->sut.logout = dead_logout;
		env->sut.login_status = dead_status;
	}
	result_free(&result);
	result_init(&result, "x");
	script_run(s, env, &result);
	model_sut_free(m);
	free(model);
	script_free(s);
	return result.verdict;
}

#define EXPECT_VERDICT(want, settings, text)                                            \
	do {                                                                            \
		enum verdict v_ = case_text_run(settings, text);                        \
		ck_assert_msg(v_ == (want), "%s: %s", verdict_name(v_), result.reason); \
	} while (0)
#define EXPECT_REASON(part) ck_assert_msg(strstr(result.reason, part), "%s", result.reason)

/* The errors of a text that is no case. */
static inline const struct script_errors *case_text_errors(const char *text)
{
	static struct script_errors errors;
	ck_assert_msg(!script_parse(NULL, text, strlen(text), ledger, &errors), "parsed: %s", text);
	return &errors;
}

/* It has one error, and that on this line. */
static inline void case_text_refused(const char *text, unsigned line, const char *what)
{
	const struct script_errors *e = case_text_errors(text);
	ck_assert_msg(e->count == 1 && e->at[0].line == line && strstr(e->at[0].what, what),
		      "%zu, %u:%u: %s", e->count, e->at[0].line, e->at[0].column, e->at[0].what);
}

#endif

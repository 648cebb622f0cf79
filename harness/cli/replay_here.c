/* SPDX-License-Identifier: BSD-2-Clause */
/* A case once more, in a process of ours. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../fabric/fabric.h"
#include "../report/memory.h"
#include "case_process.h"
#include "cli.h"
#include "command_words.h"
#include "interrupt.h"
#include "replay.h"
#include "run_case.h"

/* "late-receives moup=8 --order ..." as the log has it (run_case.c): a knob, an option, the order.
 */
static void add_model(struct command_words *w, const char *told)
{
	char *copy = must(strdup(told ? told : "")), *save = NULL;
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (!strncmp(word, "order:", 6))
			command_words_option(w, "--order", word + 6);
		else
			command_words_option(w, strchr(word, '=') ? "--option" : "--knob", word);
	}
	free(copy);
}

static void add_address(struct command_words *w, const struct replay *p)
{
	const struct peer_config *c = &p->env->base;
	const bool target = p->facts.role == PEER_TARGET;
	const char *host = target ? c->host : p->env->listen_host ? p->env->listen_host : "";
	const bool v6 = strchr(host, ':');
	char *where = target ? text_format("iser://%s%s%s:%u/%s/%" PRIu64, v6 ? "[" : "", host,
					   v6 ? "]" : "", c->port, c->target_name, p->env->lun)
			     : text_format("%s%s%s:%u", v6 ? "[" : "", host, v6 ? "]" : "",
					   p->env->listen_port);
	command_words_option(w, target ? "--target" : "--initiator", where);
	free(where);
}

static void add_number(struct command_words *w, const char *option, const char *fmt, double value)
{
	char text[64];
	snprintf(text, sizeof(text), fmt, value);
	command_words_option(w, option, text);
}

/* A target's own name stands in its address. */
static void add_names(struct command_words *w, const struct replay *p)
{
	const struct peer_config *c = &p->env->base;
	struct peer_config plain;
	peer_config_default(&plain, c->role);
	if (strcmp(c->initiator_name, plain.initiator_name) != 0)
		command_words_option(w, "--initiator-name", c->initiator_name);
	if (p->facts.role == PEER_INITIATOR && strcmp(c->target_name, plain.target_name) != 0)
		command_words_option(w, "--target-name", c->target_name);
}

static void compose(struct command_words *w, const struct replay *p, char **more)
{
	const struct run_env *env = p->env;
	char *seed = text_format("%" PRIu64, env->base.seed);
	command_words_add(w, strdup("run"));
	if (p->facts.simulated) {
		command_words_option(w, "--model",
				     p->facts.role == PEER_TARGET ? "target" : "initiator");
		add_model(w, env->model);
	} else {
		add_address(w, p);
		add_number(w, "--timeout-scale", "%.17g", env->timeout_scale);
	}
	command_words_option(w, "--seed", seed);
	free(seed);
	command_words_option(w, "--profile", env->profile);
	command_words_option(w, "--link", env->link);
	add_names(w, p);
	if (env->long_form)
		command_words_add(w, strdup("--long"));
	for (size_t i = 0; more && more[i]; i++)
		command_words_add(w, strdup(more[i]));
	command_words_add(w, strdup(p->facts.case_id));
}

/* What was not allowed then is not now; what was, has to be allowed again. */
static int check_leave(const struct replay *p, const struct run_options *o, struct err *e)
{
	const bool wrote =
		p->facts.role == PEER_TARGET && !p->facts.simulated && !p->env->read_only;
	if (wrote && !o->writes)
		return err_set(e, 0,
			       "the run was allowed to overwrite the LUN: say so again, "
			       "-- --allow-writes");
	if (*p->env->base.chap_secret && !p->facts.simulated && !*o->url.secret)
		return err_set(e, 0,
			       "the run had CHAP secrets, which no log shows: "
			       "-- --chap-user NAME --chap-secret-file FILE");
	return 0;
}

static int run(const struct replay *p, const struct ledger *ledger, const struct run_options *o,
	       const char *new_log, enum verdict *verdict, struct err *e)
{
	struct case_setup setup = {
		.options = o,
		.script = p->script,
		.ledger = ledger,
		.seed = o->seed,
		.timeout_scale = p->env->timeout_scale,
		.repetition = p->facts.repetition,
		.log_path = new_log,
		.lun = {.blocks = p->env->lun_blocks, .write_protected = p->env->lun_protected},
	};
	struct case_process process;
	struct case_result r = {0};
	const int signals = interrupt_open(e);
	int status = -1;

	if (o->access == ACCESS_MODEL && p->script->model_count)
		setup.model =
			(struct text_list){p->script->models[0].at, p->script->models[0].count};
	if (o->access != ACCESS_MODEL)
		verbs_preload();
	if (signals < 0 || case_process_start(&process, p->script->id,
					      case_seconds(o, p->script, setup.timeout_scale),
					      run_case, &setup, e))
		return -1;
	const enum case_wait how = case_process_await(&process, signals, NULL, NULL);
	if (how != CASE_ENDED)
		case_process_kill(&process);
	status = case_process_finish(&process, p->script->id, &r, e);
	*verdict = r.verdict;
	if (!status && how == CASE_INTERRUPTED)
		status = err_set(e, 0, "interrupted");
	result_free(&r);
	return status;
}

int replay_here(const struct replay *p, const struct ledger *ledger, char **more,
		const char *new_log, enum verdict *verdict, struct err *e)
{
	struct command_words w = {0};
	struct run_options o;
	int status = -1;

	compose(&w, p, more);
	command_words_put(stdout, "iserspec ", &w);
	if (!new_log) {
		status = 0;
		goto out;
	}
	const bool given = more && more[0];
	if (!p->facts.simulated && p->facts.role == PEER_INITIATOR && !given) {
		err_set(e, 0,
			"no command is taken from a report: how is the initiator told to log "
			"in? -- --login CMD [--logout CMD] [--do CMD]");
		goto out;
	}
	const int parsed = run_options_parse(&o, (int)w.count, w.at, NULL);
	/* It says itself what is wrong. */
	status = parsed ? err_set(e, 0, "the run cannot be repeated by that")
			: check_leave(p, &o, e);
	if (!status)
		status = run(p, ledger, &o, new_log, verdict, e);
	run_options_free(&o);
out:
	command_words_free(&w);
	return status;
}

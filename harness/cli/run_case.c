/* SPDX-License-Identifier: BSD-2-Clause */
/* One case from fabric to verdict, inside its own process. */
#include "run_case.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../fabric/fabric.h"
#include "../fabric/log.h"
#include "../oracle/watch.h"
#include "../report/events.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "../report/glance.h"
#include "../script/model_sut.h"
#include "../script/runner.h"
#include "../script/sut_answers.h"
#include "aftermath.h"
#include "by_hand.h"
#include "command.h"
#include "deed_command.h"
#include "process.h"
#include "run_facts.h"
#include "signature.h"
#include "sut_command.h"

/* For logging in, out and cleaning up, beside the script's own deadline. */
static const double margin_seconds = 20;
enum { LOGINS_MAX = 20 };

double case_seconds(const struct run_options *o, const struct script *s, double timeout_scale)
{
	/* Whoever logs in by hand may have to do it several times. */
	return ((double)s->deadline / 1e9 + margin_seconds) * timeout_scale +
	       LOGINS_MAX * (double)o->login_wait / 1e9;
}

static void set_name(char *to, size_t size, const char *name)
{
	if (name)
		snprintf(to, size, "%s", name);
}

/* Our own side: the honest peer in the other role. */
static void base_config(const struct case_setup *s, struct peer_config *c)
{
	const struct run_options *o = s->options;
	peer_config_default(c, o->role == PEER_TARGET ? PEER_INITIATOR : PEER_TARGET);
	c->tolerant = true;
	c->seed = s->seed;
	set_name(c->initiator_name, sizeof(c->initiator_name), o->initiator_name);
	set_name(c->target_name, sizeof(c->target_name), o->target_name);
	set_name(c->chap_user, sizeof(c->chap_user), o->url.user);
	set_name(c->chap_secret, sizeof(c->chap_secret), o->url.secret);
	set_name(c->mutual_user, sizeof(c->mutual_user), o->url.mutual_user);
	set_name(c->mutual_secret, sizeof(c->mutual_secret), o->url.mutual_secret);
	if (o->access == ACCESS_TARGET) {
		set_name(c->target_name, sizeof(c->target_name), o->url.iqn);
		set_name(c->host, sizeof(c->host), o->url.host);
		c->port = o->url.port;
	}
}

static int apply(struct peer_config *c, const struct text_list *settings, struct err *e)
{
	for (size_t i = 0; i < settings->count; i++)
		if (peer_config_set(c, settings->at[i], e))
			return -1;
	return 0;
}

static int model_config(const struct case_setup *s, const struct peer_config *base,
			struct peer_config *c, struct err *e)
{
	const struct run_options *o = s->options;
	peer_config_default(c, o->role);
	c->seed = c->sim.seed = s->seed;
	snprintf(c->initiator_name, sizeof(c->initiator_name), "%s", base->initiator_name);
	snprintf(c->target_name, sizeof(c->target_name), "%s", base->target_name);
	memcpy(c->chap_user, base->chap_user, sizeof(c->chap_user));
	memcpy(c->chap_secret, base->chap_secret, sizeof(c->chap_secret));
	memcpy(c->mutual_user, base->mutual_user, sizeof(c->mutual_user));
	memcpy(c->mutual_secret, base->mutual_secret, sizeof(c->mutual_secret));
	if (apply(c, &s->model, e) || apply(c, &o->settings, e))
		return -1;
	const struct text_list *const lists[] = {&o->knobs, &s->knobs};
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < lists[k]->count; i++) {
			const int knob = knob_by_name(lists[k]->at[i]);
			if (knob < 0)
				return err_set(e, 0, "unknown knob '%s'", lists[k]->at[i]);
			c->knob[knob] = true;
		}
	return 0;
}

static void add_words(char **all, const char *head, const struct text_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		char *longer = text_format("%s%s%s%s", *all, **all ? " " : "", head, l->at[i]);
		free(*all);
		*all = longer;
	}
}

/* All that a replay of the log has to say again. */
static char *model_words(const struct case_setup *s)
{
	char *order = (char *)s->options->order, *all = must(strdup(""));
	add_words(&all, "", &s->options->settings);
	add_words(&all, "", &s->options->knobs);
	add_words(&all, "", &s->knobs);
	add_words(&all, "order:", &(struct text_list){&order, order != NULL});
	return all;
}

/* What is no verdict about the SUT: the harness could not even begin, or lost its way. */
static void tell(struct log *log, const char *name, const char *reason, struct case_result *r)
{
	const struct log_event ev = aftermath_event(name, VERDICT_INCONCLUSIVE, reason);
	aftermath_apply(&ev, r);
	log_add(log, &ev);
}

static void log_facts(const struct case_setup *s, const struct run_env *env)
{
	run_facts_log(env->log, s->script, env, s->options->access == ACCESS_MODEL,
		      s->repetition ? s->repetition : 1,
		      s->options->repeat ? s->options->repeat : 1);
}

static void not_begun(const struct case_setup *s, const struct run_env *env, struct case_result *r,
		      const struct err *e)
{
	char text[384];
	log_facts(s, env);
	tell(env->log, "start", err_text(e, text, sizeof(text)), r);
}

static void run_script(const struct case_setup *s, struct run_env *env, struct case_result *r)
{
	struct sut_answers answers;
	sut_answers_attach(&answers, env);
	log_facts(s, env);
	script_run(s->script, env, r);
}

static void run_on_model(const struct case_setup *s, struct run_env *env, struct case_result *r)
{
	struct peer_config *cfg = calloc(1, sizeof(*cfg));
	char *words = model_words(s);
	struct model_sut *m = NULL;
	struct err e = {0};
	struct order_follower *follow = s->follow;

	if (!follow && s->options->order) {
		/* It was parsed before. */
		follow = must(calloc(1, sizeof(*follow)));
		(void)order_word_parse(s->options->order, &follow->window, &follow->run.order, &e);
	}
	env->model = *words ? words : NULL;
	if (!cfg)
		err_set(&e, ENOMEM, "cannot make a model");
	else if (!model_config(s, &env->base, cfg, &e))
		m = model_sut_new(&cfg->sim, cfg, env->log, &e);
	if (m) {
		/* A model's secret is as well known to us as the one of a real system's URL. */
		memcpy(env->base.chap_user, cfg->chap_user, sizeof(cfg->chap_user));
		memcpy(env->base.chap_secret, cfg->chap_secret, sizeof(cfg->chap_secret));
		memcpy(env->base.mutual_user, cfg->mutual_user, sizeof(cfg->mutual_user));
		memcpy(env->base.mutual_secret, cfg->mutual_secret, sizeof(cfg->mutual_secret));
		/* Time is virtual there: nothing to scale. */
		env->timeout_scale = 1;
		model_sut_attach(m, env);
		if (follow)
			model_sut_follow(m, follow, env->log);
		run_script(s, env, r);
		/* By the clock that the case had; what the host took would differ each time. */
		r->seconds = (double)fab_now(env->fab) / 1e9;
		model_sut_free(m);
		if (follow && !s->follow &&
		    (follow->run.strayed || follow->run.taken < follow->run.order.count))
			tell(env->log, "order",
			     "the order is of another run: the steps that it names were not "
			     "there",
			     r);
	} else {
		not_begun(s, env, r, &e);
	}
	env->model = NULL;
	free(words);
	free(cfg);
	if (follow != s->follow)
		free(follow);
}

/* The time of day at which the log's time was 0. */
static uint64_t wall_at_zero(struct fabric *fab)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec - fab_now(fab);
}

static void run_on_device(const struct case_setup *s, const struct case_link *link,
			  struct run_env *env, struct case_result *r)
{
	const struct run_options *o = s->options;
	struct err e = {0};
	env->fab = verbs_open(env->log, &e);
	if (!env->fab) {
		not_begun(s, env, r, &e);
		return;
	}
	if (s->real_time)
		env->wall_clock = wall_at_zero(env->fab);
	struct sut_command commands = {
		.login_line = o->login,
		.logout_line = o->logout,
		.link = link,
	};
	struct by_hand_control hand = {.options = o, .script = s->script};
	if (o->access == ACCESS_INITIATOR) {
		if (o->by_hand)
			by_hand_init(&hand, &env->sut);
		else
			sut_command_init(&commands, &env->sut);
		fab_admit(env->fab, s->admit, s->admit_ctx);
		env->listen_host = o->host;
		env->listen_port = o->port;
	}
	struct deed_command deeds = {.line = o->deed, .link = link};
	deed_command_init(&deeds, &env->sut);
	run_script(s, env, r);
	const char *trouble = sut_command_trouble(&commands);
	trouble = trouble ? trouble : deed_command_trouble(&deeds);
	if (trouble)
		tell(env->log, "driver", trouble, r);
	sut_command_free(&commands);
	deed_command_free(&deeds);
	fab_close(env->fab);
}

/* What the monitors say stands in the log, too, behind all that they looked at. */
void run_case_watch(struct log *log, bool sut_is_target, const struct ledger *ledger,
		    struct case_result *r)
{
	const size_t before = r->finding_count, events = log_count(log);
	watch_log(log, sut_is_target, ledger, NULL, r);
	const uint64_t time = events ? log_at(log, events - 1)->time : 0;
	for (size_t i = before; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if (f->verdict == VERDICT_PASS)
			continue;
		char *text = text_format("monitor %s: %s", f->monitor, f->reason);
		log_add(log, &(struct log_event){.time = time,
						 .kind = LOG_CHECK,
						 .name = verdict_name(f->verdict),
						 .text = text,
						 .rules = f->rules});
		free(text);
	}
}

/* The case's process has said all. */
static void end_log(struct log *log, const struct case_result *r)
{
	struct log_event ev = aftermath_event("end", r->verdict, NULL);
	const size_t n = log_count(log);
	ev.time = n ? log_at(log, n - 1)->time : 0;
	log_add(log, &ev);
}

int run_case(void *ctx, const struct case_link *link, struct case_result *r, struct err *e)
{
	const struct case_setup *s = ctx;
	struct event_writer *writer = NULL;
	const double started = clock_now();

	if (s->log_path) {
		writer = event_writer_open(s->log_path, &s->options->secrets, s->options->log_limit,
					   e);
		if (!writer)
			return -1;
	}
	struct run_env *env = calloc(1, sizeof(*env));
	if (!env) {
		if (writer)
			event_writer_close(writer, NULL);
		return err_set(e, ENOMEM, "cannot begin a case");
	}
	env->log = log_new(writer ? event_writer_sink : NULL, writer);
	env->timeout_scale = s->timeout_scale;
	env->profile = s->options->profile;
	env->ledger = s->ledger;
	env->lun = s->options->url.lun;
	env->lun_blocks = s->lun.blocks;
	env->lun_protected = s->lun.write_protected;
	env->read_only = s->options->access == ACCESS_TARGET && !s->options->writes;
	env->long_form = s->options->long_form;
	env->link = s->options->link;
	env->signature = signature_find;
	base_config(s, &env->base);
	if (s->options->access == ACCESS_MODEL)
		run_on_model(s, env, r);
	else
		run_on_device(s, link, env, r);
	run_case_watch(env->log, s->options->role == PEER_TARGET, s->ledger, r);
	if (env->profile)
		profile_apply(ledger_profiles(s->ledger), env->profile, r);
	glance_find(r, env->log);
	end_log(env->log, r);
	result_clean(r, &s->options->secrets);
	if (s->seen)
		s->seen(s->seen_ctx, env->log, r);
	if (s->options->access != ACCESS_MODEL)
		r->seconds = clock_now() - started;
	log_free(env->log);
	explicit_bzero(env, sizeof(*env));
	free(env);
	return writer ? event_writer_close(writer, e) : 0;
}

int probe_device(struct probed_device *device, struct err *e)
{
	int fds[2];
	if (pipe(fds))
		return err_set(e, errno, "cannot make a pipe");
	fflush(NULL);
	const pid_t pid = fork();
	if (pid < 0) {
		close(fds[0]);
		close(fds[1]);
		return err_set(e, errno, "cannot look for an RDMA device");
	}
	if (!pid) {
		struct err inner = {0};
		struct log *log = log_new(NULL, NULL);
		struct fabric *fab = verbs_open(log, &inner);
		char line[512];
		if (fab)
			snprintf(line, sizeof(line), "%s\n%s", fab_kind(fab), fab_description(fab));
		else
			snprintf(line, sizeof(line), "%d %s", inner.errnum, inner.what);
		write_all(fds[1], line, strlen(line));
		_exit(fab ? 0 : 1);
	}
	close(fds[1]);
	char line[512];
	size_t len = 0;
	for (ssize_t n; (n = read(fds[0], line + len, sizeof(line) - 1 - len)) > 0;)
		len += (size_t)n;
	line[len] = '\0';
	close(fds[0]);
	if (process_exit_status(process_wait(pid)) == 0) {
		const size_t kind = strcspn(line, "\n");
		snprintf(device->kind, sizeof(device->kind), "%.*s", (int)kind, line);
		snprintf(device->description, sizeof(device->description), "%s",
			 line[kind] ? line + kind + 1 : "");
		return 0;
	}
	char *what = line;
	const long errnum = strtol(line, &what, 10);
	return err_set(e, (int)errnum, "%s",
		       *what ? what + 1 : "looking for an RDMA device failed");
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The head of a case's log. */
#include "run_facts.h"

#include <stdio.h>
#include <string.h>

#include "../report/digest.h"
#include "cli.h"

static const char run[] = "run";

static void put(struct log *log, const char *name, int64_t value, const char *text)
{
	log_add(log, &(struct log_event){.kind = LOG_ANSWER,
					 .name = name,
					 .status = run,
					 .a = value,
					 .text = text && *text ? text : NULL});
}

void run_facts_log(struct log *log, const struct script *s, const struct run_env *env,
		   bool simulated, unsigned repetition, unsigned repetitions)
{
	const struct peer_config *c = &env->base;
	char digest[DIGEST_TEXT];

	digest_bytes(s->text, strlen(s->text), digest);
	put(log, "schema", LOG_SCHEMA, NULL);
	put(log, "tool", 0, tool_version());
	put(log, "case", 0, s->id);
	put(log, "digest", 0, digest);
	put(log, "target-under-test", c->role == PEER_INITIATOR, NULL);
	put(log, "simulated", simulated, NULL);
	log_add(log, &(struct log_event){.kind = LOG_ANSWER,
					 .name = "repetition",
					 .status = run,
					 .a = repetition,
					 .b = repetitions});
	if (env->model)
		put(log, "model", 0, env->model);
	if (env->wall_clock)
		put(log, "wall-clock", (int64_t)env->wall_clock, NULL);
	put(log, "seed", (int64_t)c->seed, NULL);
	log_add(log, &(struct log_event){.kind = LOG_ANSWER,
					 .name = "timeout-scale",
					 .status = run,
					 .number = env->timeout_scale});
	if (env->profile)
		put(log, "profile", 0, env->profile);
	put(log, "lun", (int64_t)env->lun, NULL);
	put(log, "lun-blocks", (int64_t)env->lun_blocks, NULL);
	put(log, "lun-protected", env->lun_protected, NULL);
	put(log, "read-only", env->read_only, NULL);
	if (env->long_form)
		put(log, "long", 1, NULL);
	if (env->link)
		put(log, "link", 0, env->link);
	put(log, "login-time", (int64_t)env->sut.login_time, NULL);
	put(log, "initiator-name", 0, c->initiator_name);
	put(log, "target-name", 0, c->target_name);
	if (c->role == PEER_INITIATOR)
		put(log, "connect-to", c->port, c->host);
	else
		put(log, "listen-at", env->listen_port, env->listen_host);
	if (*c->chap_secret) {
		put(log, "chap-user", 0, c->chap_user);
		put(log, "chap-secret", 0, c->chap_secret);
	}
	if (*c->mutual_secret) {
		put(log, "mutual-user", 0, c->mutual_user);
		put(log, "mutual-secret", 0, c->mutual_secret);
	}
}

static void copy(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%s", text ? text : "");
}

static void take_config(const struct log_event *ev, struct peer_config *c)
{
	const struct {
		const char *name;
		char *to;
		size_t size;
	} texts[] = {
		{"initiator-name", c->initiator_name, sizeof(c->initiator_name)},
		{"target-name", c->target_name, sizeof(c->target_name)},
		{"connect-to", c->host, sizeof(c->host)},
		{"chap-user", c->chap_user, sizeof(c->chap_user)},
		{"chap-secret", c->chap_secret, sizeof(c->chap_secret)},
		{"mutual-user", c->mutual_user, sizeof(c->mutual_user)},
		{"mutual-secret", c->mutual_secret, sizeof(c->mutual_secret)},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!strcmp(ev->name, texts[i].name))
			copy(texts[i].to, texts[i].size, ev->text);
	if (!strcmp(ev->name, "connect-to"))
		c->port = (uint16_t)ev->a;
	if (!strcmp(ev->name, "seed"))
		c->seed = (uint64_t)ev->a;
}

static void take(const struct log_event *ev, struct run_facts *f, struct run_env *env)
{
	if (!strcmp(ev->name, "schema"))
		f->schema = ev->a;
	else if (!strcmp(ev->name, "tool"))
		f->tool = ev->text;
	else if (!strcmp(ev->name, "case"))
		f->case_id = ev->text;
	else if (!strcmp(ev->name, "digest"))
		f->digest = ev->text;
	else if (!strcmp(ev->name, "simulated"))
		f->simulated = ev->a;
	else if (!strcmp(ev->name, "repetition"))
		f->repetition = (unsigned)ev->a, f->repetitions = (unsigned)ev->b;
	else if (!strcmp(ev->name, "model"))
		env->model = ev->text;
	else if (!strcmp(ev->name, "wall-clock"))
		env->wall_clock = (uint64_t)ev->a;
	else if (!strcmp(ev->name, "timeout-scale"))
		env->timeout_scale = ev->number;
	else if (!strcmp(ev->name, "profile"))
		env->profile = ev->text;
	else if (!strcmp(ev->name, "lun"))
		env->lun = (uint64_t)ev->a;
	else if (!strcmp(ev->name, "lun-blocks"))
		env->lun_blocks = (uint64_t)ev->a;
	else if (!strcmp(ev->name, "lun-protected"))
		env->lun_protected = ev->a;
	else if (!strcmp(ev->name, "read-only"))
		env->read_only = ev->a;
	else if (!strcmp(ev->name, "long"))
		env->long_form = ev->a;
	else if (!strcmp(ev->name, "link"))
		env->link = ev->text;
	else if (!strcmp(ev->name, "login-time"))
		env->sut.login_time = (uint64_t)ev->a;
	else if (!strcmp(ev->name, "listen-at"))
		env->listen_host = ev->text, env->listen_port = (uint16_t)ev->a;
	else
		take_config(ev, &env->base);
}

static bool is_fact(const struct log_event *ev)
{
	return ev && ev->kind == LOG_ANSWER && ev->name && ev->status && !strcmp(ev->status, run);
}

size_t run_facts_read(const struct log *log, struct run_facts *facts, struct run_env *env)
{
	const struct log_event *ev;
	size_t n = 0;

	*facts = (struct run_facts){.role = PEER_INITIATOR, .repetition = 1, .repetitions = 1};
	for (size_t i = 0; is_fact(ev = log_at(log, i)); i++)
		if (!strcmp(ev->name, "target-under-test") && ev->a)
			facts->role = PEER_TARGET;
	peer_config_default(&env->base, facts->role == PEER_TARGET ? PEER_INITIATOR : PEER_TARGET);
	env->base.tolerant = true;
	for (; is_fact(ev = log_at(log, n)); n++)
		take(ev, facts, env);
	return n;
}

int run_facts_fit(const struct run_facts *f, const char *path, const struct script *s,
		  struct err *e)
{
	char digest[DIGEST_TEXT];

	if (f->schema != LOG_SCHEMA)
		return err_set(e, 0, "%s: its schema is %lld, not %d: %s", path,
			       (long long)f->schema, LOG_SCHEMA,
			       f->schema ? "another version of iserspec judges it"
					 : "it is from before logs could be judged again");
	if (!f->case_id || strcmp(f->case_id, s->id) != 0 || f->role != s->sut)
		return err_set(e, 0, "%s: the log of another case: %s", path,
			       f->case_id ? f->case_id : "it names none");
	digest_bytes(s->text, strlen(s->text), digest);
	if (!f->digest || strcmp(f->digest, digest) != 0)
		return err_set(e, 0, "%s: the case's text is another one than was run (%s)", path,
			       s->path ? s->path : s->id);
	return 0;
}

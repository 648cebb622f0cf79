/* SPDX-License-Identifier: BSD-2-Clause */
/* One case judged again from its log. */
#include "judge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../fabric/replay/replay.h"
#include "../report/digest.h"
#include "../report/events.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "../report/glance.h"
#include "../script/sut_answers.h"
#include "aftermath.h"
#include "run_case.h"
#include "run_facts.h"
#include "signature.h"

enum { LOG_LIMIT = 1 << 30, SHOWN = 160 };

/* The recorded log and the one that is being made, held against each other line by line. */
struct rerun {
	const char *path;
	const struct secrets *secrets;
	struct log *recorded, *log;
	const char **lines; /* of the file, without their ends */
	char *text;
	char digest[DIGEST_TEXT]; /* of all lines but the last */
	struct fabric *fab;
	uint64_t differs_at; /* 0: nowhere; and then how */
	char how[3 * SHOWN];
};

static void differs(struct rerun *x, uint64_t seq, const char *again)
{
	const char *was = x->lines && seq <= log_count(x->recorded) ? x->lines[seq - 1] : "nothing";

	if (x->differs_at)
		return;
	x->differs_at = seq;
	snprintf(x->how, sizeof(x->how), "recorded %.*s, again %.*s", SHOWN, was, SHOWN, again);
}

/* A log_sink. */
static void compare(void *ctx, const struct log_event *ev)
{
	struct rerun *x = ctx;
	char *line = event_to_line(ev, x->secrets);

	line[strcspn(line, "\n")] = '\0';
	if (ev->seq > log_count(x->recorded) || strcmp(line, x->lines[ev->seq - 1]) != 0) {
		differs(x, ev->seq, line);
		if (x->fab)
			replay_stray(x->fab, "event %" PRIu64 ": %s", x->differs_at, x->how);
	}
	free(line);
}

static int open_rerun(struct rerun *x, struct err *e)
{
	size_t n = 0, len = 0;

	x->text = file_read(x->path, LOG_LIMIT, &len, e);
	x->recorded = x->text ? events_parse(x->path, x->text, len, e) : NULL;
	if (!x->recorded)
		return -1;
	const char *before = len > 1 ? memrchr(x->text, '\n', len - 1) : NULL;
	digest_bytes(x->text, before ? (size_t)(before - x->text) + 1 : 0, x->digest);
	x->lines = must(calloc(log_count(x->recorded) + 1, sizeof(*x->lines)));
	for (char *at = x->text, *end; n < log_count(x->recorded) && (end = strchr(at, '\n'));
	     at = end + 1) {
		*end = '\0';
		x->lines[n++] = at;
	}
	x->log = log_new(compare, x);
	return 0;
}

static void close_rerun(struct rerun *x)
{
	log_free(x->log);
	log_free(x->recorded);
	free(x->lines);
	free(x->text);
}

static const struct log_event *next(const struct rerun *x)
{
	return log_at(x->recorded, log_count(x->log));
}

static bool is_sut(const struct log_event *ev, const char *name)
{
	return ev && ev->kind == LOG_SUT && ev->name && !strcmp(ev->name, name);
}

/* Takes over an event that nothing but the log can tell of. */
static const struct log_event *take(struct rerun *x, const char *name)
{
	const struct log_event *ev = next(x);

	return is_sut(ev, name) ? log_add(x->log, ev) : NULL;
}

static bool masked(const char *text)
{
	return *text && !text[strspn(text, "*")];
}

/* No log shows a secret: who judges has to know it. The first given is ours, the second the
 * target's. */
static int unmask(const struct rerun *x, struct peer_config *c, struct err *e)
{
	struct {
		char *to;
		size_t size;
	} secret[] = {{c->chap_secret, sizeof(c->chap_secret)},
		      {c->mutual_secret, sizeof(c->mutual_secret)}};

	for (size_t i = 0; i < 2; i++) {
		if (!masked(secret[i].to))
			continue;
		if (!x->secrets || x->secrets->count <= i)
			return err_set(e, 0, "%s: the run had %s CHAP secrets, which no log shows",
				       x->path, i ? "two" : "one or two");
		snprintf(secret[i].to, secret[i].size, "%s", x->secrets->at[i]);
	}
	return 0;
}

static void run_again(struct rerun *x, const struct script *s, struct run_env *env,
		      const struct run_facts *f, struct case_result *r)
{
	struct sut_answers answers;

	x->fab = replay_open(x->recorded, x->log, f->simulated);
	env->fab = x->fab;
	env->log = x->log;
	sut_answers_attach(&answers, env);
	script_run(s, env, r);
	const char *why = replay_strayed(x->fab, NULL);
	uint64_t seq = 0;
	if (why && !x->differs_at) {
		replay_strayed(x->fab, &seq);
		x->differs_at = seq;
		snprintf(x->how, sizeof(x->how), "%s", why);
	}
	fab_close(x->fab);
	x->fab = NULL;
}

/* Where a case's process came to no result, the log goes as far as it came. */
static size_t cut_at(const struct log *l)
{
	for (size_t i = 0; i < log_count(l); i++)
		if (is_sut(log_at(l, i), "process") || is_sut(log_at(l, i), "machine"))
			return i;
	return SIZE_MAX;
}

static int misfit(const struct rerun *x, struct err *e)
{
	return err_set(e, 0, "%s: the log does not fit the case: event %" PRIu64 ": %s", x->path,
		       x->differs_at, x->how);
}

/* What is left behind the case's own events. */
static int judge_rest(struct rerun *x, size_t from, struct case_result *r, struct err *e)
{
	const size_t n = log_count(x->recorded);

	for (size_t i = from; i + 1 < n; i++)
		/* A machine may die when all was said, before the run's journal had it. */
		if (!(is_sut(log_at(x->recorded, i), "closed") &&
		      is_sut(log_at(x->recorded, i + 1), "machine")) &&
		    !aftermath_apply(log_at(x->recorded, i), r))
			return err_set(e, 0, "%s: event %zu: nothing that comes there", x->path,
				       i + 1);
	const struct log_event *last = from < n ? log_at(x->recorded, n - 1) : NULL;
	if (!is_sut(last, "closed"))
		return err_set(e, 0, "%s: the log is not whole: its last event is missing",
			       x->path);
	if (!last->text || strcmp(last->text, x->digest) != 0 || !last->status ||
	    strcmp(last->status, verdict_name(r->verdict)) != 0)
		return err_set(e, 0, "%s: the log is not as it was when it was closed", x->path);
	return 0;
}

static int judge(struct rerun *x, const struct script *s, const struct ledger *ledger,
		 struct run_env *env, struct case_result *r, struct err *e)
{
	struct run_facts facts;
	const size_t head = run_facts_read(x->recorded, &facts, env), cut = cut_at(x->recorded);

	/* There was no process: nothing but that stands in the log. */
	if (!head && log_count(x->recorded) && aftermath_takes_over(log_at(x->recorded, 0)))
		return judge_rest(x, 0, r, e);
	if (run_facts_fit(&facts, x->path, s, e) || unmask(x, &env->base, e))
		return -1;
	env->ledger = ledger;
	env->signature = signature_find;
	run_facts_log(x->log, s, env, facts.simulated, facts.repetition, facts.repetitions);
	if (log_count(x->log) != head && !x->differs_at)
		differs(x, head + 1, "another number of facts about the run");
	if (x->differs_at)
		return misfit(x, e);
	const struct log_event *ev = take(x, "start");
	if (ev)
		aftermath_apply(ev, r);
	else
		run_again(x, s, env, &facts, r);
	if (!x->differs_at && ((ev = take(x, "order")) || (ev = take(x, "driver"))))
		aftermath_apply(ev, r);
	if (!x->differs_at && log_count(x->log) < cut)
		run_case_watch(x->log, s->sut == PEER_TARGET, ledger, r);
	if (env->profile)
		profile_apply(ledger_profiles(ledger), env->profile, r);
	if (!x->differs_at && !take(x, "end") && log_count(x->log) != cut)
		differs(x, log_count(x->log) + 1, "the end of the case");
	if (x->differs_at)
		return x->differs_at > cut ? judge_rest(x, cut, r, e) : misfit(x, e);
	glance_find(r, x->log);
	return judge_rest(x, log_count(x->log), r, e);
}

int judge_log(const char *path, const struct script *script, const struct ledger *ledger,
	      const struct secrets *secrets, struct case_result *r, struct err *e)
{
	struct rerun x = {.path = path, .secrets = secrets};
	struct run_env *env = must(calloc(1, sizeof(*env)));
	int status = event_log_is_cut(path)
			     ? err_set(e, 0, "%s: the log came to its limit and was cut", path)
			     : open_rerun(&x, e);

	if (!status)
		status = judge(&x, script, ledger, env, r, e);
	result_clean(r, secrets);
	close_rerun(&x);
	explicit_bzero(env, sizeof(*env));
	free(env);
	return status;
}

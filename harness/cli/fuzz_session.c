/* SPDX-License-Identifier: BSD-2-Clause */
#include "fuzz_session.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../report/memory.h"
#include "cli.h"
#include "command.h"
#include "driver_trouble.h"
#include "liveness.h"
#include "preflight.h"
#include "provenance.h"

enum { PLACES_MAX = 8192, RULES_MAX = 64, COVERAGE_OUTPUT = 1 << 20 };
static const double coverage_seconds = 15;

/* In memory that both processes share, since the session's log is the other one's. */
struct session_notes {
	bool complete, alive;
	size_t place_count, fault_count;
	uint64_t places[PLACES_MAX];
	struct {
		enum verdict verdict;
		char signature[192], reason[640];
	} faults[RULES_MAX];
};

int fuzz_sessions_open(struct fuzz_sessions *f, struct err *e)
{
	static const char command[] = "cmd:";
	const char *words = f->options->coverage;
	f->started = clock_now();
	f->honest = liveness_script(f->options->run.role, f->ledger);
	const int flags = MAP_SHARED | MAP_ANONYMOUS;
	/* cppcheck-suppress invalidFunctionArg ; -1 is what MAP_ANONYMOUS wants */
	f->notes = mmap(NULL, sizeof(*f->notes), PROT_READ | PROT_WRITE, flags, -1, 0);
	if (f->notes == MAP_FAILED) {
		f->notes = NULL;
		return err_set(e, errno, "cannot share memory with a session's process");
	}
	if (words && !strncmp(words, command, strlen(command)))
		f->coverage_command = words + strlen(command);
	else if (words)
		f->coverage = coverage_open(words, e);
	if (words && !f->coverage && !f->coverage_command)
		return -1;
	const char *report = f->options->run.report;
	if (!report || !f->coverage || !coverage_counters(f->coverage))
		return 0;
	char *path = text_format("%s/reached", report);
	f->reached = reached_open(path, coverage_counters(f->coverage), e);
	free(path);
	return f->reached ? 0 : -1;
}

void fuzz_sessions_close(struct fuzz_sessions *f)
{
	coverage_close(f->coverage);
	reached_close(f->reached);
	owned_addresses_free(&f->owned);
	script_free(f->honest);
	if (f->notes)
		munmap(f->notes, sizeof(*f->notes));
}

/* ---- in the session's process ---- */

static void note(void *ctx, const struct log *log, const struct case_result *r)
{
	const struct fuzz_sessions *f = ctx;
	struct session_notes *n = f->notes;
	struct places places = {0};
	states_visit(log, f->options->run.role == PEER_TARGET, &places);
	n->place_count = places.count < PLACES_MAX ? places.count : PLACES_MAX;
	if (places.count)
		memcpy(n->places, places.at, n->place_count * sizeof(*n->places));
	places_free(&places);
	n->fault_count = 0;
	/* No statement of a session judges; what monitors say beside the point is none either. */
	for (size_t i = 0; i < r->finding_count && n->fault_count < RULES_MAX; i++) {
		const struct finding *found = &r->findings[i];
		if (!found->monitor || found->besides ||
		    (found->verdict != VERDICT_FAIL && found->verdict != VERDICT_WARN))
			continue;
		char *signature = signature_of_rule(found, log);
		snprintf(n->faults[n->fault_count].signature, sizeof(n->faults->signature), "%s",
			 signature);
		snprintf(n->faults[n->fault_count].reason, sizeof(n->faults->reason),
			 "monitor %s: %s", found->monitor, found->reason);
		n->faults[n->fault_count++].verdict = found->verdict;
		free(signature);
	}
	n->complete = true;
}

/* An initiator that has just logged out, as it was told to, is there; that it logs in again shows
 * in the next session, and a login of its own can take longer than a session. */
static bool shows_life(const struct run_options *o, const struct case_result *r)
{
	return o->role == PEER_INITIATOR && (r->close == CLOSE_CLEAN || r->close == CLOSE_LATE);
}

/* Another process would be dearer than the honest session itself. */
static bool ask_here(const struct fuzz_sessions *f, const struct case_setup *like,
		     const struct case_link *link)
{
	struct case_setup setup = *like;
	struct case_result r;
	struct err e;
	setup.script = f->honest;
	setup.log_path = NULL;
	setup.seen = NULL;
	setup.seed = like->seed + 1;
	result_init(&r, f->honest->id);
	const bool alive = !run_case(&setup, link, &r, &e) && r.verdict == VERDICT_PASS;
	result_free(&r);
	return alive;
}

static int session_body(void *ctx, const struct case_link *link, struct case_result *r,
			struct err *e)
{
	const struct case_setup *setup = ctx;
	const struct fuzz_sessions *f = setup->seen_ctx;
	if (run_case(ctx, link, r, e))
		return -1;
	f->notes->alive = setup->options->access == ACCESS_MODEL || shows_life(setup->options, r) ||
			  ask_here(f, setup, link);
	return 0;
}

/* ---- in ours ---- */

static void take_notes(const struct fuzz_sessions *f, struct live_outcome *o)
{
	const struct session_notes *n = f->notes;
	if (!n->complete)
		return;
	for (size_t i = 0; i < n->place_count; i++)
		places_push(&o->places, n->places[i]);
	for (size_t i = 0; i < n->fault_count; i++)
		faults_add(&o->faults, FOUND_RULE, n->faults[i].verdict,
			   must(strdup(n->faults[i].signature)), n->faults[i].reason);
}

static void add_fault(struct live_outcome *o, enum found_kind kind, enum verdict v,
		      const char *words, const char *reason)
{
	faults_add(&o->faults, kind, v, signature_of_words(kind, words), reason);
}

/* The session's own process, to its end. */
static enum live_step run_process(struct fuzz_sessions *f, struct case_setup *setup,
				  struct live_outcome *o, struct err *e)
{
	const char *id = setup->script->id;
	struct case_process p;
	struct case_result r;
	const struct run_options *options = setup->options;
	double seconds = case_seconds(options, setup->script, setup->timeout_scale);
	if (options->access != ACCESS_MODEL)
		seconds += case_seconds(options, f->honest, setup->timeout_scale);
	f->notes->complete = f->notes->alive = false;
	if (case_process_start(&p, id, seconds, session_body, setup, e))
		return LIVE_BROKEN;
	const enum case_wait how = case_process_await(&p, f->care.signal_fd, NULL, NULL);
	const int status = case_process_finish(&p, id, &r, e);
	if (!status && how == CASE_OVERDUE)
		add_fault(o, FOUND_HANG, VERDICT_INCONCLUSIVE, "session",
			  "the session's process was not over when its time was");
	else if (!status && how == CASE_ENDED && p.died)
		add_fault(o, FOUND_OWN, VERDICT_INCONCLUSIVE, r.reason, r.reason);
	else if (!status)
		take_notes(f, o);
	if (how == CASE_INTERRUPTED) {
		f->interrupted = true;
		sut_care_interrupted(&f->care);
	}
	const struct aftermath log = {.path = NULL};
	if (!status && (how != CASE_ENDED || p.died))
		sut_care_clean_up(&f->care, setup->script, &log, &r, e);
	o->dead |= driver_troubled(&r);
	result_free(&r);
	if (how == CASE_INTERRUPTED)
		return LIVE_STOPPED;
	return status ? LIVE_BROKEN : LIVE_RAN;
}

/* Who died closes its connections and answers no more: what looked like a choice of its own, or a
 * broken rule, was none. */
static void drop_rules(struct faults *f)
{
	struct faults left = {0};
	for (size_t i = 0; i < f->count; i++)
		if (f->at[i].kind != FOUND_RULE)
			faults_add(&left, f->at[i].kind, f->at[i].verdict,
				   must(strdup(f->at[i].signature)), f->at[i].reason);
	faults_free(f);
	*f = left;
}

static enum live_step look(struct fuzz_sessions *f, struct live_outcome *o, struct err *e)
{
	char *why = NULL;
	enum live_step step = LIVE_RAN;
	const bool hung = sut_watch_hangs(f->care.watch);
	switch (sut_care_look(&f->care, false, &why)) {
	case SUT_DEAD:
		drop_rules(&o->faults);
		/* A thread that hangs is told of once. */
		o->dead = hung || !sut_watch_hangs(f->care.watch);
		add_fault(o, o->dead ? FOUND_CRASH : FOUND_HANG, VERDICT_CRASH, why, why);
		break;
	case SUT_UNKNOWN:
		err_set(e, 0, "%s", why);
		step = LIVE_BROKEN;
		break;
	case SUT_INTERRUPTED:
		f->interrupted = true;
		step = LIVE_STOPPED;
		break;
	case SUT_WELL:
		break;
	}
	free(why);
	return step;
}

static enum live_step ask_liveness(struct fuzz_sessions *f, const struct case_setup *setup,
				   struct live_outcome *o, struct err *e)
{
	char *why = NULL;
	enum live_step step = LIVE_RAN;
	switch (liveness_ask(setup, f->care.signal_fd, &why)) {
	case LIVENESS_DEAD: {
		char *reason = text_format("behind the session nobody can log in: %s", why);
		/* As long as somebody is let in, a thread that hangs costs no restart: that may be
		 * the machine. In the end it is what keeps all others out. */
		if (!sut_watch_hangs(f->care.watch))
			add_fault(o, FOUND_NO_LOGIN, VERDICT_CRASH, NULL, reason);
		free(reason);
		o->dead = true;
		break;
	}
	case LIVENESS_UNKNOWN:
		err_set(e, 0, "%s", why);
		step = LIVE_BROKEN;
		break;
	case LIVENESS_INTERRUPTED:
		sut_care_interrupted(&f->care);
		f->interrupted = true;
		step = LIVE_STOPPED;
		break;
	case LIVENESS_WELL:
		break;
	}
	free(why);
	return step;
}

/* ---- its code ---- */

static int ask_coverage_command(struct fuzz_sessions *f, struct places *out, struct err *e)
{
	struct command c = {0};
	if (command_start(&c, f->coverage_command, NULL, e))
		return -1;
	const enum command_end how =
		command_wait(&c, coverage_seconds * f->care.timeout_scale, f->care.signal_fd);
	int status = 0;
	if (how == COMMAND_TIMED_OUT)
		status = err_set(e, 0, "the coverage command did not end in time");
	else if (how == COMMAND_ENDED && c.status)
		status = err_set(e, 0, "the coverage command ended with status %d: %s", c.status,
				 c.last_line);
	char *text = command_output(&c, COVERAGE_OUTPUT), *at = text;
	for (char *line; !status && how == COMMAND_ENDED && (line = strsep(&at, "\n"));)
		if (*line)
			places_push(out, place_of_code(line, strlen(line)));
	free(text);
	command_free(&c);
	return status;
}

static int look_at_code(struct fuzz_sessions *f, struct places *out, struct err *e)
{
	struct places counted = {0};
	int status = 0;
	if (f->options->count_only)
		out = &counted;
	if (f->reached)
		coverage_note(f->coverage, f->reached, f->earlier + f->run);
	if (f->coverage_command)
		status = ask_coverage_command(f, out, e);
	else if (f->coverage)
		status = coverage_look(f->coverage, out, e);
	places_free(&counted);
	return status;
}

/* ---- for live.h ---- */

static bool admit(void *ctx, const struct sockaddr *from)
{
	return owned_addresses_have(ctx, from);
}

static struct case_setup setup_of(struct fuzz_sessions *f, const struct script *s, const char *log)
{
	const struct run_options *o = &f->options->run;
	struct case_setup setup = {
		.options = o,
		.script = s,
		.ledger = f->ledger,
		.seed = o->seed,
		.timeout_scale = f->care.timeout_scale,
		.log_path = log,
		.lun = f->lun,
		.seen = note,
		.seen_ctx = f,
		.admit = admit,
		.admit_ctx = &f->owned,
	};
	if (o->access == ACCESS_MODEL && s->model_count)
		setup.model = (struct text_list){s->models[0].at, s->models[0].count};
	return setup;
}

static enum live_step run(void *ctx, const char *text, const char *log, struct live_outcome *o,
			  struct err *e)
{
	struct fuzz_sessions *f = ctx;
	const bool model = f->options->run.access == ACCESS_MODEL;
	struct script_errors wrong;
	struct script *s =
		session_parse(f->options->run.role, text, strlen(text), f->ledger, &wrong);
	if (!s) {
		err_set(e, 0, "a session of ours does not parse: line %u: %s", wrong.at[0].line,
			wrong.at[0].what);
		return LIVE_BROKEN;
	}
	struct case_setup setup = setup_of(f, s, log);
	enum live_step step = run_process(f, &setup, o, e);
	if (step == LIVE_RAN && !model)
		step = look(f, o, e);
	if (step == LIVE_RAN && look_at_code(f, &o->places, e))
		step = LIVE_BROKEN;
	if (step == LIVE_RAN && !f->notes->alive && !f->never_alive && !model && !o->dead)
		step = ask_liveness(f, &setup, o, e);
	f->run++;
	script_free(s);
	return step;
}

static int restart(void *ctx, struct err *e)
{
	const struct fuzz_sessions *f = ctx;
	return sut_care_restart(&f->care, e);
}

static bool is_over(void *ctx)
{
	struct fuzz_sessions *f = ctx;
	const struct fuzz_options *o = f->options;
	struct pollfd fd = {.fd = f->care.signal_fd, .events = POLLIN};
	if (poll(&fd, 1, 0) > 0 && sut_care_interrupted(&f->care))
		f->interrupted = true;
	return f->interrupted ||
	       (o->time && clock_now() - f->started >= (double)o->time / OPTION_SECOND) ||
	       (o->until && !access(o->until, F_OK));
}

static json_t *host(void *ctx)
{
	const struct fuzz_sessions *f = ctx;
	const double seconds = clock_now() - f->started;
	char *command = provenance_command(&f->options->run);
	json_t *o =
		must(json_pack("{s:f, s:f, s:s}", "seconds", seconds, "sessions_a_second",
			       seconds > 0 ? (double)f->run / seconds : 0.0, "command", command));
	free(command);
	return o;
}

static void told(void *ctx, const char *line)
{
	const struct fuzz_sessions *f = ctx;
	if (f->options->run.quiet)
		return;
	puts(line);
	fflush(stdout);
}

struct live_runner fuzz_sessions_runner(struct fuzz_sessions *f)
{
	return (struct live_runner){
		.ctx = f,
		.run = run,
		.restart = f->options->run.access == ACCESS_MODEL ? NULL : restart,
		.is_over = is_over,
		.host = host,
		.told = told,
	};
}

/* A system that answers no ping as it should would be restarted behind each session. */
static int try_liveness(struct fuzz_sessions *f, const struct case_setup *setup, struct err *e)
{
	char *why = NULL;
	const enum liveness how = liveness_ask(setup, f->care.signal_fd, &why);
	int status = 0;
	if (how == LIVENESS_DEAD) {
		f->never_alive = true;
		complain("no honest session is asked for behind the others, as even now it fails: "
			 "%s",
			 why);
	} else if (how == LIVENESS_UNKNOWN) {
		status = err_set(e, 0, "%s", why);
	} else if (how == LIVENESS_INTERRUPTED) {
		status = err_set(e, 0, "interrupted");
	}
	free(why);
	return status;
}

int fuzz_sessions_preflight(struct fuzz_sessions *f, struct err *e)
{
	const struct run_options *o = &f->options->run;
	struct script *s = preflight_script(o->role, o->writes == WRITES_BLANK, f->ledger);
	struct case_setup setup = setup_of(f, s, NULL);
	struct case_process p;
	struct case_result r;
	int status = -1;
	setup.seen = NULL;
	if (case_process_start(&p, s->id, case_seconds(o, s, setup.timeout_scale), run_case, &setup,
			       e))
		goto out;
	const enum case_wait how = case_process_await(&p, f->care.signal_fd, NULL, NULL);
	status = case_process_finish(&p, s->id, &r, e);
	if (!status && how == CASE_INTERRUPTED) {
		status = err_set(e, 0, "interrupted");
	} else if (!status &&
		   (r.verdict == VERDICT_NOT_APPLICABLE || r.verdict == VERDICT_INCONCLUSIVE)) {
		status = err_set(e, 0, "preflight: %s", r.setup ? r.setup : r.reason);
	}
	f->lun = preflight_lun(&r);
	result_free(&r);
	if (!status)
		status = try_liveness(f, &setup, e);
out:
	script_free(s);
	return status;
}

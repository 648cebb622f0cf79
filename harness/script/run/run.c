/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a case: its statements in order, sweeps, conditions, measurements; then the end. */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ID (1ull << 32) /* of work requests that the script posts; the peer's are below */

/* ---- judging ---- */

static void condition_text(struct run *r, const struct condition_list *l, char *buf, size_t size)
{
	static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
	size_t len = 0;
	char a[200], b[200];
	for (size_t i = 0; i < l->count && len < size; i++) {
		struct value x = run_eval(r, &l->at[i].a), y = run_eval(r, &l->at[i].b);
		const char *and = !i ? "" : l->at[i].other ? " or " : " and ";
		run_value_text(&x, a, sizeof(a));
		run_value_text(&y, b, sizeof(b));
		if (l->at[i].defined)
			len += (size_t)snprintf(buf + len, size - len, "%sdefined %s", and, a);
		else
			len += (size_t)snprintf(buf + len, size - len, "%s%s %s %s", and,
						*a ? a : "nothing", ops[l->at[i].op],
						*b ? b : "nothing");
	}
}

static enum flow run_check(struct run *r, const struct statement *s)
{
	char text[900] = "";
	uint64_t events[2];
	size_t n = 0;
	bool holds = run_conditions(r, &s->conditions);
	const char *undecided = run_undecided(r, &s->conditions);
	if (undecided)
		return run_cannot(r, s->line, undecided);
	if (run_ended(r))
		return run_inconclusive(r, s->line);
	condition_text(r, &s->conditions, text, sizeof(text));
	if (r->talk->has_got && r->talk->got.seq)
		events[n++] = r->talk->got.seq;
	enum verdict v = holds ? VERDICT_PASS : run_verdict(r, &s->judgement);
	if (!holds)
		run_glance_check(r, s, text);
	enum flow flow = run_judge(r, v, s->line, &s->judgement, events, n, "%s: %s %s", s->said,
				   text, holds ? "holds" : "does not hold");
	/* A check is a remark about what came; what follows it still makes sense. */
	return flow == FLOW_BREAK && run_goes_on(r) ? FLOW_ON : flow;
}

static enum flow run_needs(struct run *r, const struct statement *s)
{
	char text[900] = "";
	bool holds = run_conditions(r, &s->conditions);
	const char *undecided = run_undecided(r, &s->conditions);
	if (undecided)
		return run_cannot(r, s->line, undecided);
	if (run_ended(r))
		return run_inconclusive(r, s->line);
	if (holds)
		return FLOW_ON;
	/* The case's own words are enough; it is no failure that has to be explained. */
	if (s->judgement.reason.count)
		return run_judge(r, VERDICT_NOT_APPLICABLE, s->line, &s->judgement, NULL, 0, "%s",
				 "");
	condition_text(r, &s->conditions, text, sizeof(text));
	return run_judge(r, VERDICT_NOT_APPLICABLE, s->line, &s->judgement, NULL, 0,
			 "%s: %s does not hold", s->said, text);
}

static enum flow run_measure(struct run *r, const struct statement *s)
{
	struct value v = run_eval(r, &s->number);
	double n = (double)v.number;
	r->most = true;
	struct value most = run_eval(r, &s->number);
	r->most = false;
	if (v.kind == VALUE_NUMBER && most.kind == VALUE_NUMBER && most.number != v.number) {
		log_text(r->env->log, LOG_NOTE, run_now(r), "runner", "%s: from %llu to %llu",
			 s->name, (unsigned long long)v.number, (unsigned long long)most.number);
		return FLOW_ON;
	}
	const char *unit = s->unit;
	uint64_t from_text;
	if (v.kind == VALUE_NONE) {
		log_text(r->env->log, LOG_NOTE, run_now(r), "runner", "%s: there is no value",
			 s->name);
		return FLOW_ON;
	}
	if (v.kind == VALUE_TEXT) {
		if (text_number(v.text, &from_text, NULL)) {
			run_trouble(r, "measure %s: the value is no number", s->name);
			return run_inconclusive(r, s->line);
		}
		n = (double)from_text;
	}
	if (v.kind == VALUE_TIME) {
		unit = unit[0] ? unit : "ms";
		n /= !strcmp(unit, "s")	   ? (double)NS_PER_S
		     : !strcmp(unit, "us") ? (double)NS_PER_US
					   : (double)NS_PER_MS;
	}
	log_add(r->env->log, &(struct log_event){.time = run_now(r),
						 .kind = LOG_MEASURE,
						 .name = s->name,
						 .number = n,
						 .text = unit,
						 .line = s->line});
	result_measure(r->result, s->name, n, unit);
	return FLOW_ON;
}

/* Bytes of a message may be gone when the value is asked for, so only numbers are kept. */
static enum flow run_keep(struct run *r, const struct statement *s)
{
	struct value v = run_eval(r, &s->number);
	uint64_t n;
	if (v.kind == VALUE_TEXT) {
		if (!run_as_number(&v, &n)) {
			run_trouble(r, "keep %s: the value is no number", s->name);
			return run_inconclusive(r, s->line);
		}
		v = (struct value){.kind = VALUE_NUMBER, .number = n};
	}
	r->vars[s->index] = v;
	return FLOW_ON;
}

static enum flow run_note(struct run *r, const struct statement *s)
{
	char *text = run_fill(r, &s->note);
	log_add(r->env->log, &(struct log_event){.time = run_now(r),
						 .kind = LOG_NOTE,
						 .name = "case",
						 .text = text,
						 .line = s->line});
	free(text);
	return FLOW_ON;
}

/* ---- flow ---- */

static enum flow run_sweep(struct run *r, const struct statement *s)
{
	r->good[s->index] = r->bad[s->index] = (struct value){0};
	glance_free(&r->swept);
	for (size_t i = 0; i < s->value_count; i++) {
		struct value v = run_eval(r, &s->values[i]);
		if (run_leave_all(r) != FLOW_ON)
			return run_inconclusive(r, s->line);
		r->vars[s->index] = v;
		r->in_sweep = true;
		r->broken = false;
		enum flow flow = run_block(r, s->body);
		r->in_sweep = false;
		if (flow == FLOW_STOP)
			return flow;
		if (r->broken && r->bad[s->index].kind == VALUE_NONE)
			r->bad[s->index] = v;
		if (!r->broken)
			r->good[s->index] = v;
		char text[64];
		run_value_text(&v, text, sizeof(text));
		log_text(r->env->log, LOG_NOTE, run_now(r), "runner", "%s=%s %s%s%s", s->name, text,
			 r->broken ? "broken" : "held", r->broken ? ": " : "",
			 r->broken ? r->broken_why : "");
		run_note_swept(r, s->name, text);
		if (r->broken != s->until_holds)
			break;
	}
	return FLOW_ON;
}

/* On one connection after another. */
static enum flow run_on(struct run *r, const struct statement *s)
{
	struct talk *own = r->talk;
	enum flow flow = FLOW_ON;
	for (size_t i = 0; i < s->count && flow == FLOW_ON; i++) {
		r->talk = &r->talks[s->index + i];
		flow = run_block(r, s->body);
	}
	r->talk = own;
	return flow;
}

static enum flow run_when(struct run *r, const struct statement *s)
{
	const bool holds = run_conditions(r, &s->conditions);
	const char *undecided = run_undecided(r, &s->conditions);
	if (undecided)
		return run_cannot(r, s->line, undecided);
	return run_block(r, holds ? s->body : s->otherwise);
}

/* Each round judges as it would alone, and what fails is the last. */
static enum flow run_repeat(struct run *r, const struct statement *s)
{
	const uint64_t outer = r->round;
	uint64_t rounds;
	enum flow flow = FLOW_ON;
	const bool longer = r->env->long_form && s->long_number.count;
	if (!run_number(r, longer ? &s->long_number : &s->number, &rounds))
		return run_inconclusive(r, s->line);
	if (!outer)
		r->repeat_before = r->result->finding_count;
	for (r->round = 1; flow <= FLOW_ROUND && r->round <= rounds; r->round++)
		flow = run_block(r, s->body);
	r->round = outer;
	return flow == FLOW_ROUND ? FLOW_ON : flow;
}

static enum flow run_wait(struct run *r, const struct statement *s)
{
	uint64_t t;
	if (!run_number(r, &s->time, &t))
		return run_inconclusive(r, s->line);
	run_let_pass(r, run_now(r) + t);
	return run_ended(r) ? run_inconclusive(r, s->line) : FLOW_ON;
}

static enum flow run_serve(struct run *r, const struct statement *s)
{
	uint64_t t = 0, limit = 0;
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	if (s->until == SERVE_FOR)
		return run_wait(r, s);
	if ((s->until == SERVE_IDLE && !run_number(r, &s->time, &t)) ||
	    !run_number(r, &s->limit, &limit))
		return run_inconclusive(r, s->line);
	struct link *l = r->talk->link;
	uint64_t until = run_now(r) + run_scaled(r, limit), quiet_since = run_now(r);
	size_t seen = l->message_count;
	while (!l->over && !run_ended(r)) {
		if (s->until == SERVE_TYPE && l->counts[run_type_index(s->type)])
			break;
		uint64_t next = s->until == SERVE_IDLE ? quiet_since + t : until;
		bool event = run_step(r, next < until ? next : until);
		if (l->message_count != seen) {
			seen = l->message_count;
			quiet_since = run_now(r);
		}
		if (!event && run_now(r) >= (next < until ? next : until))
			break;
	}
	return run_ended(r) ? run_inconclusive(r, s->line) : FLOW_ON;
}

/* ---- our own behaviour ---- */

static enum flow run_post(struct run *r, const struct statement *s)
{
	uint64_t n;
	struct err e = {0};
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	if (!run_number(r, &s->number, &n))
		return run_inconclusive(r, s->line);
	if (n > 65536)
		run_trouble(r, "more receives than a queue holds");
	else if (!r->talk->link->over && fab_post_recv(r->talk->link->conn, (unsigned)n, &e))
		run_trouble(r, "cannot post receives: %.150s", e.what);
	return run_ended(r) ? run_inconclusive(r, s->line) : FLOW_ON;
}

static enum flow run_quiet(struct run *r, const struct statement *s)
{
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	struct peer *p = r->talk->link->peer;
	if (s->verb == VERB_HOLD) {
		peer_hold_type(p, s->type);
	} else if (s->verb == VERB_HONEST) {
		peer_honest(p);
	} else if (s->types) {
		p->quiet_types |= s->types;
	} else {
		p->quiet = true;
	}
	return FLOW_ON;
}

static enum flow run_forget(struct run *r, const struct statement *s)
{
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	for (size_t i = 0; i < r->talk->link->message_count; i++)
		r->talk->link->messages[i].taken = true;
	return FLOW_ON;
}

static enum flow run_leave(struct run *r, const struct statement *s)
{
	struct link *l = r->talk->link;
	struct err e = {0};
	if (!l || !l->conn || l->over)
		return FLOW_ON;
	int rc = 0;
	run_link_over(r, OVER_BY_US, "the case ended it (%s)", s->text);
	if (s->verb == VERB_VANISH)
		fab_vanish(l->conn);
	else if (s->verb == VERB_BREAK)
		rc = fab_break(l->conn, &e);
	else
		rc = fab_disconnect(l->conn, &e);
	if (!rc)
		return FLOW_ON;
	run_trouble(r, "%s: %.150s", s->text, e.what);
	return run_inconclusive(r, s->line);
}

static enum flow run_sut(struct run *r, const struct statement *s)
{
	if (s->verb == VERB_SUT_DO)
		return run_sut_do(r, s);
	if (s->verb == VERB_SUT_WAIT)
		return run_sut_wait(r, s);
	if (s->verb == VERB_SUT_LOGIN)
		return run_sut_login(r) ? FLOW_ON : run_inconclusive(r, s->line);
	run_acted(r);
	run_sut_logout(r);
	return FLOW_ON;
}

static enum flow dispatch(struct run *r, const struct statement *s)
{
	switch (s->verb) {
	case VERB_LOGIN:
	case VERB_CONNECT:
		return run_login(r, s);
	case VERB_NEW:
		return run_connect_new(r);
	case VERB_RELEASE:
		return run_release(r, s);
	case VERB_REJECT:
		return run_reject(r, s);
	case VERB_SEND:
	case VERB_CHAIN:
		return run_send(r, s);
	case VERB_SCSI:
		return run_scsi(r, s);
	case VERB_LOGOUT:
		return run_logout(r, s);
	case VERB_TEXT:
		return run_text(r, s);
	case VERB_TASK_MANAGEMENT:
		return run_task_management(r, s);
	case VERB_RDMA_READ:
	case VERB_RDMA_WRITE:
		return run_rdma(r, s);
	case VERB_MEMORY:
		return run_memory(r, s);
	case VERB_INVALIDATE:
		return run_invalidate(r, s);
	case VERB_COMPARE:
		return run_compare_memory(r, s);
	case VERB_POST:
		return run_post(r, s);
	case VERB_QUIET:
	case VERB_HOLD:
	case VERB_HONEST:
		return run_quiet(r, s);
	case VERB_FORGET:
		return run_forget(r, s);
	case VERB_WAIT:
		return run_wait(r, s);
	case VERB_VANISH:
	case VERB_DISCONNECT:
	case VERB_BREAK:
		return run_leave(r, s);
	case VERB_SUT_LOGIN:
	case VERB_SUT_LOGOUT:
	case VERB_SUT_DO:
	case VERB_SUT_WAIT:
		return run_sut(r, s);
	case VERB_RESOURCES:
		return run_resources(r, s);
	case VERB_SERVE:
		return run_serve(r, s);
	case VERB_EXPECT:
		return run_expect(r, s);
	case VERB_CHECK:
		return run_check(r, s);
	case VERB_NEEDS:
		return run_needs(r, s);
	case VERB_MEASURE:
		return run_measure(r, s);
	case VERB_KEEP:
		return run_keep(r, s);
	case VERB_NOTE:
		return run_note(r, s);
	case VERB_WHEN:
		return run_when(r, s);
	case VERB_MARK:
		r->marked = true;
		r->mark = run_now(r);
		return FLOW_ON;
	case VERB_SWEEP:
		return run_sweep(r, s);
	case VERB_ON:
		return run_on(r, s);
	case VERB_ACCEPT:
		return run_accept(r, s);
	case VERB_REPEAT:
		return run_repeat(r, s);
	case VERB_POINTS:
		return run_points(r, s);
	case VERB_WORDING:
	case VERB_SKIP: /* asked when the points were planned */
		return FLOW_ON;
	}
	return FLOW_STOP;
}

static bool waits(enum verb verb)
{
	return verb == VERB_EXPECT || verb == VERB_SERVE || verb == VERB_WAIT ||
	       verb == VERB_SUT_WAIT || verb == VERB_RESOURCES || verb == VERB_LOGIN ||
	       verb == VERB_CONNECT || verb == VERB_NEW || verb == VERB_ACCEPT;
}

/* Of a lenient case: the statement is left out, unless the case has no more time. */
static bool left_out(struct run *r, size_t findings)
{
	if (!r->script->lenient || r->timed_out)
		return false;
	if (r->trouble[0])
		log_text(r->env->log, LOG_NOTE, run_now(r), "runner", "left out: %s", r->trouble);
	r->trouble[0] = '\0';
	r->unsupported = false;
	result_cut(r->result, findings);
	return true;
}

enum flow run_block(struct run *r, const struct statement *s)
{
	for (; s; s = s->next) {
		log_add(r->env->log, &(struct log_event){.time = run_now(r),
							 .kind = LOG_STEP,
							 .text = s->text,
							 .line = s->line});
		r->step_began = run_now(r);
		r->line = s->line;
		const size_t findings = r->result->finding_count;
		enum flow flow = dispatch(r, s);
		if (waits(s->verb))
			run_waited(r);
		if ((run_ended(r) || flow != FLOW_ON) && left_out(r, findings))
			continue;
		if (run_ended(r) && flow != FLOW_STOP)
			return run_inconclusive(r, s->line);
		if (flow != FLOW_ON)
			return flow;
	}
	return FLOW_ON;
}

void script_run(const struct script *s, struct run_env *env, struct case_result *result)
{
	struct run *r = malloc(sizeof(*r));
	if (!r)
		abort();
	memset(r, 0, offsetof(struct run, chap));
	r->script = s;
	r->env = env;
	r->result = result;
	r->talk_count = 1 + s->talks.count;
	r->talks = calloc(r->talk_count, sizeof(*r->talks));
	if (!r->talks)
		abort();
	r->talk = r->talks;
	r->next_id = FIRST_ID;
	r->start = run_now(r);
	r->deadline = r->start + run_scaled(r, s->deadline);
	if (run_block(r, s->body) != FLOW_ON)
		run_unreached(r);
	run_end(r);
	result->seconds = (double)(run_now(r) - r->start) / (double)NS_PER_S;
	result->close = r->close;
	result_decide(result);
	log_add(env->log, &(struct log_event){.time = run_now(r),
					      .kind = LOG_CHECK,
					      .name = verdict_name(result->verdict),
					      .text = result->reason});
	glance_free(&r->told);
	glance_free(&r->swept);
	free(r->talks);
	free(r);
}

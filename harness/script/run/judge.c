/* SPDX-License-Identifier: BSD-2-Clause */
/* Judgements: grade, rules, reason, proof; into the log and the result. */
#include "run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_MAX = 1500, PROOF_MAX = 8, POINTS_TOLD_MAX = 8 };

static void join_rules(const struct script *s, char *buf, size_t size)
{
	size_t len = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < s->rules.count && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s", i ? " " : "",
					s->rules.at[i]);
}

/*
 * Every judgement stands on events: those that it was given, and what we did last before the first
 * of them. A silence, a connection that stands, a value of the moment has none of its own; that
 * what it is about took place is proved by what we sent.
 */
static size_t proof(const struct run *r, const uint64_t *given, size_t given_count, uint64_t out[])
{
	const unsigned conn =
		r->talk->link && r->talk->link->conn ? fab_conn_number(r->talk->link->conn) : 0;
	const struct log *l = r->env->log;
	size_t n = 0;
	uint64_t first = UINT64_MAX, deed = 0;
	for (size_t i = 0; i < given_count; i++)
		if (given[i] && given[i] < first)
			first = given[i];
	for (size_t i = l ? log_count(l) : 0; i-- > 0 && !deed;) {
		const struct log_event *ev = log_at(l, i);
		if (ev->seq < first && ev->conn == conn &&
		    (ev->kind == LOG_POST || ev->kind == LOG_CM))
			deed = ev->seq;
	}
	if (deed)
		out[n++] = deed;
	for (size_t i = 0; i < given_count && n < PROOF_MAX; i++)
		if (given[i] && given[i] != deed)
			out[n++] = given[i];
	return n;
}

static bool stands_on_end(const struct run *r, const uint64_t *given, size_t given_count)
{
	if (!r->talk->link || !r->talk->link->over)
		return false;
	for (size_t i = 0; i < given_count; i++)
		if (given[i] == r->talk->link->over_seq)
			return true;
	return false;
}

/* The SUT had left, by its own choice or not, when the script did what the judgement is about. */
static bool came_too_late(const struct run *r, const uint64_t *events, size_t event_count,
			  enum verdict v)
{
	return !r->in_sweep && r->talk->acted && !r->talk->acted_in_time &&
	       v != VERDICT_NOT_APPLICABLE && stands_on_end(r, events, event_count);
}

/* The gravest verdict that the cited rules allow. */
static enum verdict cap(const struct run *r, enum verdict v, const char *rules)
{
	enum verdict most = VERDICT_INFO;
	if (!r->env->ledger || (v != VERDICT_FAIL && v != VERDICT_WARN))
		return v;
	char id[RULE_ID_SIZE];
	while (rules_next(&rules, id)) {
		const struct rule *rule = ledger_find(r->env->ledger, id);
		if (rule && grade_verdict(rule_grade(rule)) > most)
			most = grade_verdict(rule_grade(rule));
	}
	return v > most ? most : v;
}

enum verdict run_verdict(const struct run *r, const struct judgement *j)
{
	return grade_verdict(j && j->has_grade ? j->grade : r->script->grade);
}

bool run_goes_on(const struct run *r)
{
	return !r->in_sweep && !r->round && !r->point.in;
}

/* In front of what is not well: in which point, in which round. */
static void say_where(const struct run *r, char *reason, size_t size)
{
	char rest[REASON_MAX], round[40] = "";
	if (r->round)
		snprintf(round, sizeof(round), "round %llu: ", (unsigned long long)r->round);
	if (!r->round && !r->point.in)
		return;
	snprintf(rest, sizeof(rest), "%.1400s", reason);
	snprintf(reason, size, "%s%s%s%s", r->point.in ? r->point.name : "",
		 r->point.in ? ": " : "", round, rest);
}

/* Of many points that fail in the same way only the first are told one by one. */
static bool is_told_enough(const struct run *r, enum verdict v, unsigned line, const char *rules)
{
	if (!r->point.in || r->result->points.failed < POINTS_TOLD_MAX)
		return false;
	for (size_t i = r->point.before; i < r->result->finding_count; i++) {
		const struct finding *f = &r->result->findings[i];
		if (f->line == line && f->verdict == v && !strcmp(f->rules, rules))
			return true;
	}
	return false;
}

/* What the judgement of a point comes to. True: it is no finding. */
static bool judged_in_point(struct run *r, enum verdict v, const char *reason, struct log_event *ev)
{
	const bool broken = v == VERDICT_WARN || v == VERDICT_FAIL;
	const bool lost = v == VERDICT_INCONCLUSIVE && !r->timed_out;
	if (v != VERDICT_PASS)
		snprintf(r->point.why, sizeof(r->point.why), "%.255s", reason);
	if (broken && !r->point.failed)
		r->point.finding = r->result->finding_count;
	r->point.failed |= broken;
	r->point.lost |= lost;
	if (lost)
		r->trouble[0] = '\0'; /* the next point begins anew */
	if (r->point.extra && broken)
		ev->name = "broken";
	return lost || (r->point.extra && v != VERDICT_NOT_APPLICABLE && v != VERDICT_INCONCLUSIVE);
}

/*
 * Where the network loses and delays, what the SUT waited for comes seconds late, and its own
 * timers may well end the connection. That it ended it is then no proof of anything else.
 */
static bool left_on_a_bad_link(const struct run *r, enum verdict v)
{
	const struct link *l = r->talk->link;
	return r->env->link && l && (l->over == OVER_BY_SUT || l->over == OVER_LOST) &&
	       (v == VERDICT_FAIL || v == VERDICT_WARN || v == VERDICT_NOT_APPLICABLE);
}

static enum flow judge(struct run *r, enum verdict v, unsigned line, const struct judgement *j,
		       const uint64_t *events, size_t event_count, char *why)
{
	char rules[1024], reason[2 * REASON_MAX];
	char *own = j && j->reason.count ? run_fill(r, &j->reason) : NULL;
	/* The case's own words say what is wrong; they would mislead where all is well. */
	bool use = own && v != VERDICT_PASS;
	const char *name = run_talk_name(r);
	snprintf(reason, sizeof(reason), "%s%s%s%s%s%s", *name ? "on " : "", name,
		 *name ? ": " : "", use ? own : "", use && why[0] ? ": " : "", why);
	if (!why[0] && own)
		snprintf(reason, sizeof(reason), "%s", own);
	if (use)
		run_glance_says(r, own);
	free(own);
	if (j && !j->step && v != VERDICT_INCONCLUSIVE && v != VERDICT_NOT_APPLICABLE)
		snprintf(rules, sizeof(rules), "%s", j->rules ? j->rules : "");
	else
		join_rules(r->script, rules, sizeof(rules));
	if (came_too_late(r, events, event_count, v)) {
		v = VERDICT_INCONCLUSIVE;
		snprintf(why, REASON_MAX,
			 "the connection had ended before what this is about was done: %.1400s",
			 reason);
		snprintf(reason, sizeof(reason), "%s", why);
	}
	if (left_on_a_bad_link(r, v)) {
		v = VERDICT_INCONCLUSIVE;
		snprintf(why, REASON_MAX,
			 "the transport (%.100s) may have let it wait too long, and the system "
			 "ended the "
			 "connection: %.1300s",
			 r->env->link, reason);
		snprintf(reason, sizeof(reason), "%s", why);
	}
	if (j && j->step && !r->in_sweep) {
		if (v == VERDICT_PASS)
			return FLOW_ON;
		if (v != VERDICT_NOT_APPLICABLE && v != VERDICT_INCONCLUSIVE) {
			v = VERDICT_INCONCLUSIVE;
			snprintf(why, REASON_MAX, "the case did not come to its subject: %.1400s",
				 reason);
			snprintf(reason, sizeof(reason), "%s", why);
		}
	}
	v = cap(r, v, rules);
	if (v != VERDICT_PASS) {
		say_where(r, reason, sizeof(reason));
		run_glance_where(r);
	}

	struct log_event ev = {.time = run_now(r),
			       .kind = LOG_CHECK,
			       .name = verdict_name(v),
			       .text = reason,
			       .rules = rules,
			       .line = line};
	bool ends = v == VERDICT_NOT_APPLICABLE || v == VERDICT_INCONCLUSIVE;
	if (r->in_sweep && !ends) {
		if (v != VERDICT_PASS) {
			ev.name = "broken";
			r->broken = true;
			snprintf(r->broken_why, sizeof(r->broken_why), "%.255s", reason);
		}
		log_add(r->env->log, &ev);
		return v == VERDICT_PASS ? FLOW_ON : FLOW_BREAK;
	}
	const bool no_finding = r->point.in && judged_in_point(r, v, reason, &ev);
	r->told.judged_event = log_add(r->env->log, &ev)->seq;
	if (no_finding || is_told_enough(r, v, line, rules))
		return v == VERDICT_PASS ? FLOW_ON : FLOW_BREAK;
	const bool on_end = stands_on_end(r, events, event_count);
	uint64_t proved[PROOF_MAX];
	event_count = proof(r, events, event_count, proved);
	struct finding *f = NULL;
	if ((r->round || r->point.in) && v == VERDICT_PASS)
		f = result_again(r->result, r->point.in ? r->point.before : r->repeat_before, line,
				 rules, reason, proved, event_count);
	if (!f)
		f = result_add(r->result, v, line, rules, reason, proved, event_count);
	f->on_end = on_end;
	if (v != VERDICT_PASS) {
		glance_free(&f->glance);
		f->glance = r->told;
		f->request_event = r->told_request;
		r->told = (struct glance){0};
	}
	return ends ? FLOW_STOP : v == VERDICT_PASS ? FLOW_ON : FLOW_BREAK;
}

enum flow run_judge(struct run *r, enum verdict v, unsigned line, const struct judgement *j,
		    const uint64_t *events, size_t event_count, const char *fmt, ...)
{
	char why[REASON_MAX];
	va_list args;
	va_start(args, fmt);
	vsnprintf(why, sizeof(why), fmt, args);
	va_end(args);
	const enum flow flow = judge(r, v, line, j, events, event_count, why);
	glance_free(&r->told);
	r->told_request = 0;
	return flow;
}

/* The peer's own note of it. */
static uint64_t note_seq(const struct run *r, const char *what)
{
	static const char head[] = "violation: ";
	const struct log *l = r->env->log;
	for (size_t i = l ? log_count(l) : 0; i-- > 0;) {
		const struct log_event *ev = log_at(l, i);
		if (ev->kind == LOG_NOTE && ev->text &&
		    !strncmp(ev->text, head, sizeof(head) - 1) &&
		    !strncmp(ev->text + sizeof(head) - 1, what, strlen(what)))
			return ev->seq;
	}
	return 0;
}

void run_besides(struct run *r)
{
	const struct link *l = r->talk->link;
	const struct err *e = l->peer ? &l->peer->violation : NULL;
	char reason[REASON_MAX];
	if (!e || !e->what[0] || l->violation_told)
		return;
	uint64_t seq = note_seq(r, e->what);
	snprintf(reason, sizeof(reason), "seen besides: %s%s%s%s", e->what, e->section ? " (" : "",
		 e->section ? e->section : "", e->section ? ")" : "");
	struct finding *f = result_add(r->result, VERDICT_INFO, 0, "", reason, &seq, seq ? 1 : 0);
	f->besides = true;
	log_add(r->env->log, &(struct log_event){.time = run_now(r),
						 .kind = LOG_CHECK,
						 .name = verdict_name(VERDICT_INFO),
						 .text = reason});
}

enum flow run_inconclusive(struct run *r, unsigned line)
{
	const enum verdict v = r->unsupported ? VERDICT_NOT_APPLICABLE : VERDICT_INCONCLUSIVE;
	return run_judge(r, v, line, NULL, NULL, 0, "%s",
			 r->trouble[0] ? r->trouble : "the case ran out of time");
}

/* The last message that we sent on the connection, in words. */
static bool last_posted(const struct run *r, char *buf, size_t size)
{
	unsigned conn =
		r->talk->link && r->talk->link->conn ? fab_conn_number(r->talk->link->conn) : 0;
	const struct log *l = r->env->log;
	for (size_t i = l ? log_count(l) : 0; i-- > 0;) {
		const struct log_event *ev = log_at(l, i);
		if (ev->kind != LOG_POST || ev->conn != conn || !ev->bytes.len)
			continue;
		pdu_describe(ev->bytes.at, ev->bytes.len, buf, size);
		return true;
	}
	return false;
}

const char *run_link_state(struct run *r, char *buf, size_t size)
{
	const struct link *l = r->talk->link;
	char last[300];
	if (!l) {
		snprintf(buf, size, "there is no connection");
	} else if (!l->over) {
		snprintf(buf, size, "the connection stands");
	} else {
		double ms = (double)(l->over_at - l->established_at) / (double)NS_PER_MS;
		bool sent = l->established && last_posted(r, last, sizeof(last));
		if (l->established)
			snprintf(buf, size, "%s, %.3f ms after it was connected%s%s", l->over_how,
				 ms, sent ? "; our last message: " : "", sent ? last : "");
		else
			snprintf(buf, size, "%s", l->over_how);
	}
	return buf;
}

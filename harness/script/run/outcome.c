/* SPDX-License-Identifier: BSD-2-Clause */
/* `expect one of`: which of the outcomes happened first, and what it is worth. */
#include "run.h"

#include <stdio.h>
#include <string.h>

static bool happened(struct run *r, const struct outcome *o)
{
	switch (o->kind) {
	case OUTCOME_CLOSED:
		return r->talk->link && r->talk->link->over == OVER_BY_SUT;
	case OUTCOME_BROKEN:
		return r->talk->link && r->talk->link->over == OVER_BROKEN;
	case OUTCOME_REFUSED:
		return r->talk->link && r->talk->link->over == OVER_REFUSED;
	case OUTCOME_LOST:
		return r->talk->link && r->talk->link->over == OVER_LOST;
	case OUTCOME_REJECTED:
		return r->talk->link && r->talk->link->over == OVER_REJECTED;
	case OUTCOME_RNR:
		return run_chain_rnr(r);
	case OUTCOME_DELIVERED:
		return r->talk->chain_count && run_delivered_least(r) == r->talk->chain_count;
	case OUTCOME_MESSAGE:
	case OUTCOME_NOTHING:
		break;
	}
	return false;
}

/* Has a message come that is of a type which some line is about? */
static bool any_of_type(const struct link *l, const struct expect *x)
{
	for (size_t k = 0; l && k < x->outcome_count; k++) {
		const struct outcome *o = &x->outcomes[k];
		if (o->kind == OUTCOME_MESSAGE &&
		    (!o->pattern.type || l->counts[run_type_index(o->pattern.type)]))
			return true;
	}
	return false;
}

/* Messages in the order in which they came, each offered to the lines from top to bottom. */
static const struct outcome *message_outcome(struct run *r, const struct expect *x)
{
	struct link *l = r->talk->link;
	if (!any_of_type(l, x))
		return NULL;
	for (size_t i = 0; i < l->message_count; i++) {
		struct message *m = &l->messages[i];
		for (size_t k = 0; !m->taken && k < x->outcome_count; k++) {
			const struct outcome *o = &x->outcomes[k];
			/* Looked at again with each event: mostly it is of another type. */
			if (o->kind != OUTCOME_MESSAGE ||
			    (o->pattern.type && o->pattern.type != m->pdu.type) ||
			    !run_fits(r, &o->pattern, m))
				continue;
			m->taken = true;
			r->talk->got = *m;
			r->talk->has_got = true;
			return o;
		}
	}
	return NULL;
}

static const struct outcome *find_outcome(struct run *r, const struct expect *x)
{
	const struct outcome *o = message_outcome(r, x);
	for (size_t k = 0; !o && k < x->outcome_count; k++)
		if (happened(r, &x->outcomes[k]))
			o = &x->outcomes[k];
	return o;
}

static bool has_outcome(const struct expect *x, enum outcome_kind kind)
{
	for (size_t k = 0; k < x->outcome_count; k++)
		if (x->outcomes[k].kind == kind)
			return true;
	return false;
}

static const struct outcome *nothing_outcome(const struct expect *x)
{
	for (size_t k = 0; k < x->outcome_count; k++)
		if (x->outcomes[k].kind == OUTCOME_NOTHING)
			return &x->outcomes[k];
	return NULL;
}

/* An end that no line names. Where silence is nothing to accuse of, it is none either; where no
 * line says what silence is, it is what the others are there for. */
static bool end_accuses(const struct expect *x)
{
	const struct outcome *o = nothing_outcome(x);
	if (o)
		return !o->go_on && (o->verdict == VERDICT_WARN || o->verdict == VERDICT_FAIL);
	for (size_t k = 0; k < x->outcome_count; k++)
		if (!x->outcomes[k].go_on && x->outcomes[k].verdict <= VERDICT_FAIL)
			return true;
	return false;
}

/* The lines that would have been no accusation: "nop-in ITT=5 or closed". */
static void tell_outcome(struct run *r, const struct expect *x, const struct outcome *o,
			 const char *came)
{
	char wanted[2 * TEXT_MAX] = "";
	size_t n = 0;
	for (size_t k = 0; k < x->outcome_count && n < sizeof(wanted); k++) {
		const struct outcome *other = &x->outcomes[k];
		const char *end = strstr(other->text, " =>");
		if (!other->go_on && other->verdict != VERDICT_PASS)
			continue;
		n += (size_t)snprintf(
			wanted + n, sizeof(wanted) - n, "%s%.*s", n ? " or " : "",
			(int)(end ? (size_t)(end - other->text) : strlen(other->text)),
			other->text);
		if (o && o->kind == OUTCOME_MESSAGE && other->kind == OUTCOME_MESSAGE &&
		    r->talk->got.pdu.type == other->pattern.type)
			run_glance_misfit(r, &other->pattern, &r->talk->got);
	}
	run_glance(r, n ? wanted : NULL, came);
}

static enum flow judge_outcome(struct run *r, const struct expect *x, const struct outcome *o)
{
	char text[4 * TEXT_MAX] = "";
	uint64_t events[2] = {0, 0};
	size_t n = 0;
	switch (o->kind) {
	case OUTCOME_MESSAGE:
		run_describe(&r->talk->got, text, sizeof(text));
		events[n++] = r->talk->got.seq;
		break;
	case OUTCOME_RNR:
	case OUTCOME_DELIVERED:
		run_chain_text(r, text, sizeof(text));
		n = run_chain_proof(r, events);
		break;
	case OUTCOME_CLOSED:
	case OUTCOME_BROKEN:
	case OUTCOME_REFUSED:
	case OUTCOME_LOST:
	case OUTCOME_REJECTED:
		run_link_state(r, text, sizeof(text));
		events[n++] = r->talk->link->over_seq;
		break;
	case OUTCOME_NOTHING:
		run_instead(r, NULL, text, sizeof(text));
		break;
	}
	if (o->go_on) {
		log_text(r->env->log, LOG_NOTE, run_now(r), "runner", "went on: %s", text);
		return FLOW_ON;
	}
	/* A remark is not what a sweep looks for. */
	bool holds = r->in_sweep && o->verdict == VERDICT_INFO;
	if (!holds && o->verdict != VERDICT_PASS)
		tell_outcome(r, x, o, text);
	enum flow flow = run_judge(r, holds ? VERDICT_PASS : o->verdict, o->line, &o->judgement,
				   events, n, "%s", text);
	if (flow != FLOW_ON)
		return flow;
	return r->round ? FLOW_ROUND : FLOW_BREAK;
}

enum flow run_expect_one_of(struct run *r, const struct statement *s, uint64_t until)
{
	const struct expect *x = s->expect;
	const struct outcome *o = find_outcome(r, x);
	while (!o && !run_ended(r) && run_step(r, until))
		o = find_outcome(r, x);
	if (!o && run_ended(r))
		return run_inconclusive(r, s->line);
	if (!o && run_now(r) >= until && has_outcome(x, OUTCOME_DELIVERED))
		run_chain_settle(r);
	if (!o)
		o = find_outcome(r, x);
	if (r->untold)
		return run_cannot(r, s->line, r->untold);
	/* The end that came may be the RNR that the case asks about, under the only name it has. */
	if ((!o || o->kind == OUTCOME_CLOSED) && run_chain_unclear(r) &&
	    has_outcome(x, OUTCOME_RNR))
		return run_unclear(r, s->line, &s->judgement);
	/* A SUT that left is not a SUT that did nothing. */
	if (!o && r->talk->link && (!r->talk->link->over || r->talk->link->over == OVER_RNR))
		o = nothing_outcome(x);
	if (o)
		return judge_outcome(r, x, o);
	if (run_blind(r))
		return run_nothing_seen(r, s->line);
	if (!end_accuses(x)) {
		run_trouble(r, "none of the expected outcomes: %.200s", r->talk->link->over_how);
		return run_inconclusive(r, s->line);
	}
	char text[4 * TEXT_MAX];
	uint64_t seq = r->talk->link ? r->talk->link->over_seq : 0;
	const struct message *m = run_nearest(r, NULL);
	tell_outcome(r, x, NULL, m ? run_describe(m, text, sizeof(text)) : "nothing");
	return run_judge(r, run_verdict(r, &s->judgement), s->line, &s->judgement, &seq,
			 seq ? 1 : 0, "none of the expected outcomes; %s",
			 run_instead(r, NULL, text, sizeof(text)));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rules a statement judges. Nothing is accused of a rule that nobody looked at: a judging
 * statement names its rules, or judges the only one of the head, or is a step; and the head names
 * what its statements and the monitors judge, no more and no less.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../oracle/watch.h"
#include "parse.h"

static void fail_at(struct parser *p, unsigned line, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
static void fail_at(struct parser *p, unsigned line, unsigned column, const char *fmt, ...)
{
	struct script_error e = {.line = line, .column = column};
	va_list args;
	va_start(args, fmt);
	vsnprintf(e.what, sizeof(e.what), fmt, args);
	va_end(args);
	script_errors_add(p->errors, &e);
}

/* ---- what each statement judges ---- */

static void settle(struct parser *p, struct judgement *j, unsigned line, unsigned column)
{
	if (j->none || j->rules) {
		j->step = j->none;
	} else if (p->script->rules.count == 1) {
		j->rules = p->script->rules.at[0];
	} else {
		fail_at(p, line, column,
			"the case has several rules: which of them does this judge? (rules ID..., "
			"or rules none)");
	}
}

/* A verdict that says how well a rule is kept. */
static bool judges(const struct outcome *o)
{
	return !o->go_on && o->verdict != VERDICT_NOT_APPLICABLE &&
	       o->verdict != VERDICT_INCONCLUSIVE;
}

static void settle_outcomes(struct parser *p, struct statement *s)
{
	for (size_t i = 0; i < s->expect->outcome_count; i++) {
		struct outcome *o = &s->expect->outcomes[i];
		if (!judges(o))
			continue;
		if (!o->judgement.rules && !o->judgement.none) {
			o->judgement.rules = s->judgement.rules;
			o->judgement.none = s->judgement.none;
		}
		if (o->judgement.none)
			fail_at(p, o->line, s->column + 4,
				"an outcome that judges no rule is `go on`, not-applicable or "
				"inconclusive");
		else
			settle(p, &o->judgement, o->line, s->column + 4);
	}
	/* What is in no line is judged only where it is said by which rule. */
	s->judgement.step = !s->judgement.rules && p->script->rules.count > 1;
	if (!s->judgement.step)
		settle(p, &s->judgement, s->line, s->column);
}

static void settle_statement(struct parser *p, struct statement *s)
{
	switch (s->verb) {
	case VERB_EXPECT:
		if (s->expect->kind == EXPECT_ONE_OF)
			settle_outcomes(p, s);
		else
			settle(p, &s->judgement, s->line, s->column);
		break;
	case VERB_CHECK:
	case VERB_COMPARE:
		settle(p, &s->judgement, s->line, s->column);
		break;
	default:
		/* What a case needs in order to come to its subject, unless it says more. */
		s->judgement.step = !s->judgement.rules;
	}
}

/* What breaks inside a sweep is what it looks for: no judgement, and so no rule. */
static void settle_block(struct parser *p, struct statement *s)
{
	for (; s; s = s->next) {
		if (s->in_sweep)
			s->judgement.step = false;
		else
			settle_statement(p, s);
		settle_block(p, s->body);
		settle_block(p, s->otherwise);
	}
}

/* ---- the head against them ---- */

static bool judged_by(const struct statement *s, const char *id)
{
	for (; s; s = s->next) {
		if (s->judgement.rules && rules_cite(s->judgement.rules, id))
			return true;
		if (s->verb == VERB_LOGOUT && rules_cite(LOGOUT_RULES, id))
			return true;
		for (size_t i = 0; s->expect && i < s->expect->outcome_count; i++)
			if (s->expect->outcomes[i].judgement.rules &&
			    rules_cite(s->expect->outcomes[i].judgement.rules, id))
				return true;
		if (judged_by(s->body, id) || judged_by(s->otherwise, id))
			return true;
	}
	return false;
}

static bool monitored(const char *id)
{
	size_t count;
	const struct monitor *const *all = monitors(&count);
	for (size_t i = 0; i < count; i++)
		if (rules_cite(all[i]->rules, id))
			return true;
	return false;
}

static bool binds(const struct rule *rule, enum peer_role role)
{
	return strcmp(rule->role, role == PEER_TARGET ? "initiator" : "target") != 0;
}

void check_rules(struct parser *p)
{
	const struct script *s = p->script;
	settle_block(p, s->body);
	if (!p->ledger)
		return;
	for (size_t i = 0; i < s->rules.count; i++) {
		const char *id = s->rules.at[i];
		const struct place at = p->rule_places[i];
		const struct rule *rule = ledger_find(p->ledger, id);
		if (rule && !binds(rule, s->sut))
			fail_at(p, at.line, at.column, "%s binds the other side", id);
		else if (!judged_by(s->body, id) && !monitored(id))
			fail_at(p, at.line, at.column, "no statement and no monitor judges %s", id);
	}
	for (size_t i = 0; i < s->cited.count; i++)
		if (!word_list_has(&s->rules, s->cited.at[i]))
			fail_at(p, p->rule_places[0].line, 1, "%s is judged below and missing here",
				s->cited.at[i]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which rules a statement judges. Nothing is accused of a rule that nobody looked at: a judging
 * statement names its rules, or judges the only one of the head, or is a step; and the head names
 * what its statements and the monitors judge, no more and no less.
 */
#include <string.h>

#include "../oracle/watch.h"
#include "parse.h"

static int fail_at(struct parser *p, unsigned line, unsigned column, const char *what,
		   const char *id)
{
	return script_error_set(p->error, line, column, what, id);
}

/* ---- what each statement judges ---- */

static int settle(struct parser *p, struct judgement *j, unsigned line, unsigned column)
{
	if (j->none || j->rules) {
		j->step = j->none;
		return 0;
	}
	if (p->script->rules.count == 1) {
		j->rules = p->script->rules.at[0];
		return 0;
	}
	return script_error_set(p->error, line, column,
				"the case has several rules: which of them does this judge? (rules "
				"ID..., or rules none)");
}

/* A verdict that says how well a rule is kept. */
static bool judges(const struct outcome *o)
{
	return !o->go_on && o->verdict != VERDICT_NOT_APPLICABLE &&
	       o->verdict != VERDICT_INCONCLUSIVE;
}

static int settle_outcomes(struct parser *p, struct statement *s)
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
			return script_error_set(p->error, o->line, s->column + 4,
						"an outcome that judges no rule is `go on`, "
						"not-applicable or inconclusive");
		if (settle(p, &o->judgement, o->line, s->column + 4))
			return -1;
	}
	/* What is in no line is judged only where it is said by which rule. */
	s->judgement.step = !s->judgement.rules && p->script->rules.count > 1;
	return s->judgement.step ? 0 : settle(p, &s->judgement, s->line, s->column);
}

static int settle_statement(struct parser *p, struct statement *s)
{
	switch (s->verb) {
	case VERB_EXPECT:
		if (s->expect->kind == EXPECT_ONE_OF)
			return settle_outcomes(p, s);
		return settle(p, &s->judgement, s->line, s->column);
	case VERB_CHECK:
	case VERB_COMPARE:
		return settle(p, &s->judgement, s->line, s->column);
	default:
		/* What a case needs in order to come to its subject, unless it says more. */
		s->judgement.step = !s->judgement.rules;
		return 0;
	}
}

/* What breaks inside a sweep is what it looks for: no judgement, and so no rule. */
static int settle_block(struct parser *p, struct statement *s)
{
	for (; s; s = s->next) {
		if (s->in_sweep)
			s->judgement.step = false;
		else if (settle_statement(p, s))
			return -1;
		if (settle_block(p, s->body))
			return -1;
	}
	return 0;
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
		if (judged_by(s->body, id))
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

int check_rules(struct parser *p)
{
	const struct script *s = p->script;
	if (settle_block(p, s->body))
		return -1;
	if (!p->ledger)
		return 0;
	for (size_t i = 0; i < s->rules.count; i++) {
		const char *id = s->rules.at[i];
		const struct place at = p->rule_places[i];
		const struct rule *rule = ledger_find(p->ledger, id);
		if (rule && !binds(rule, s->sut))
			return fail_at(p, at.line, at.column, "%s binds the other side", id);
		if (!judged_by(s->body, id) && !monitored(id))
			return fail_at(p, at.line, at.column,
				       "no statement and no monitor judges %s", id);
	}
	for (size_t i = 0; i < s->cited.count; i++)
		if (!word_list_has(&s->rules, s->cited.at[i]))
			return fail_at(p, p->rule_places[0].line, 1,
				       "%s is judged below and missing here", s->cited.at[i]);
	return 0;
}

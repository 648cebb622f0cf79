/* SPDX-License-Identifier: BSD-2-Clause */
/* Joins the ledger with cases, monitors and knobs. */
#include "coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/watch.h"
#include "../report/memory.h"

static void add(struct names *n, const char *name)
{
	n->at = grow(n->at, n->count, sizeof(*n->at));
	n->at[n->count++] = name;
}

static enum pdu_sender side_of(enum peer_role role)
{
	return role == PEER_TARGET ? FROM_TARGET : FROM_INITIATOR;
}

void coverage_find(struct coverage *c, const struct catalogue *cat)
{
	size_t monitor_count;
	const struct monitor *const *all = monitors(&monitor_count);
	*c = (struct coverage){.count = ledger_count(cat->ledger)};
	c->rules = must(calloc(c->count ? c->count : 1, sizeof(*c->rules)));
	for (size_t i = 0; i < c->count; i++) {
		struct cover *rule = &c->rules[i];
		rule->rule = ledger_at(cat->ledger, i);
		for (size_t k = 0; k < cat->count; k++)
			if (word_list_has(&cat->cases[k]->cited, rule->rule->id)) {
				add(&rule->cases, cat->cases[k]->id);
				rule->sides[side_of(cat->cases[k]->sut)].cases++;
			}
		for (size_t k = 0; k < monitor_count; k++)
			if (rules_cite(all[k]->rules, rule->rule->id))
				add(&rule->monitors, all[k]->name);
		for (int k = 0; k < KNOB_COUNT; k++)
			if (rules_cite(knob_infos()[k].rules, rule->rule->id)) {
				add(&rule->mutants, knob_infos()[k].name);
				rule->sides[side_of(knob_infos()[k].role)].mutants++;
			}
	}
}

void coverage_free(struct coverage *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->rules[i].cases.at);
		free(c->rules[i].monitors.at);
		free(c->rules[i].mutants.at);
	}
	free(c->rules);
	*c = (struct coverage){0};
}

bool cover_checked(const struct cover *c)
{
	return c->cases.count || c->monitors.count;
}

bool cover_wanted(const struct cover *c)
{
	return c->rule->priority <= COVER_PRIORITY && rule_shows(c->rule);
}

/* A permission is broken by nobody. */
static bool is_permission(const struct rule *r)
{
	return !strcmp(r->level, "MAY");
}

bool cover_side_checked(const struct cover *c, enum pdu_sender side)
{
	return c->sides[side].cases || c->monitors.count;
}

/* Has it been shown to bite, or said why that cannot be? */
static bool side_bites(const struct cover *c, enum pdu_sender side)
{
	const struct rule *r = c->rule;
	return c->sides[side].mutants || *r->no_knob || *r->side_no_knob[side] || is_permission(r);
}

bool cover_side_done(const struct cover *c, enum pdu_sender side)
{
	return *c->rule->side_reason[side] || (cover_side_checked(c, side) && side_bites(c, side));
}

/* Rules, blank-separated, that the ledger does not have. */
static size_t check_cited(const struct ledger *ledger, const char *what, const char *name,
			  const char *rules, FILE *out)
{
	size_t wrong = 0;
	char id[RULE_ID_SIZE];
	while (rules_next(&rules, id)) {
		if (ledger_find(ledger, id))
			continue;
		fprintf(out, "%s %s cites %s, which is not in the ledger\n", what, name, id);
		wrong++;
	}
	return wrong;
}

/* What shows that a check of it can fail. One line, or nothing where all is well. */
static size_t check_knobs(const struct cover *c, FILE *out)
{
	const struct rule *r = c->rule;
	const bool explained = *r->no_knob != '\0';
	if (explained && c->mutants.count)
		fprintf(out, "%s has a reason why no knob breaks it, but %s does\n", r->id,
			c->mutants.at[0]);
	else if (explained && !cover_checked(c))
		fprintf(out, "%s has a reason why no knob breaks it, and nothing checks it\n",
			r->id);
	else if (!explained && !c->mutants.count && cover_checked(c) && !is_permission(r))
		fprintf(out, "%s is checked, no knob breaks it and no reason says why\n", r->id);
	else
		return 0;
	return 1;
}

/* One line, or nothing where all is well. */
static size_t check_rule(const struct cover *c, FILE *out)
{
	const struct rule *r = c->rule;
	const bool checked = cover_checked(c);
	if (checked && *r->reason)
		fprintf(out, "%s has a reason why nothing checks it, but the %s %s does\n", r->id,
			c->cases.count ? "case" : "monitor",
			c->cases.count ? c->cases.at[0] : c->monitors.at[0]);
	else if (!checked && !*r->reason)
		fprintf(out, "%s is checked by no case and no monitor, and no reason says why\n",
			r->id);
	else if (!checked && cover_wanted(c))
		fprintf(out, "%s is of priority %d and can be seen: a reason does not do\n", r->id,
			r->priority);
	else if (checked && !rule_shows(r))
		fprintf(out, "%s cannot be seen (%s), and the %s %s sees it\n", r->id,
			r->observable, c->cases.count ? "case" : "monitor",
			c->cases.count ? c->cases.at[0] : c->monitors.at[0]);
	else
		return 0;
	return 1;
}

/* The same of one side of a rule that binds both. A monitor may look at both sides or at one: a
 * knob tells which. */
static size_t check_side(const struct cover *c, enum pdu_sender side, FILE *out)
{
	const struct rule *r = c->rule;
	const char *who = side_name(side);
	if (*r->side_reason[side] && (c->sides[side].cases || c->sides[side].mutants))
		fprintf(out, "%s has a reason why nothing checks the %s, but a %s of it does\n",
			r->id, who, c->sides[side].cases ? "case" : "knob");
	else if (*r->side_no_knob[side] && c->sides[side].mutants)
		fprintf(out, "%s has a reason why no knob of the %s breaks it, but one does\n",
			r->id, who);
	else if (cover_wanted(c) && cover_checked(c) && !*r->side_reason[side] &&
		 !cover_side_checked(c, side))
		fprintf(out, "%s binds both roles, nothing checks the %s and no reason says why\n",
			r->id, who);
	else if (cover_wanted(c) && cover_checked(c) && !cover_side_done(c, side))
		fprintf(out,
			"%s binds both roles, no knob of the %s breaks it and no reason says why\n",
			r->id, who);
	else
		return 0;
	return 1;
}

static size_t check_sides(const struct cover *c, FILE *out)
{
	if (!rule_binds(c->rule, FROM_INITIATOR) || !rule_binds(c->rule, FROM_TARGET))
		return 0;
	return check_side(c, FROM_INITIATOR, out) + check_side(c, FROM_TARGET, out);
}

size_t coverage_check(const struct coverage *c, const struct ledger *ledger, FILE *out)
{
	size_t monitor_count, wrong = 0;
	const struct monitor *const *all = monitors(&monitor_count);
	for (size_t i = 0; i < monitor_count; i++)
		wrong += check_cited(ledger, "monitor", all[i]->name, all[i]->rules, out);
	for (int k = 0; k < KNOB_COUNT; k++)
		wrong += check_cited(ledger, "knob", knob_infos()[k].name, knob_infos()[k].rules,
				     out);
	for (size_t i = 0; i < c->count; i++)
		wrong += check_rule(&c->rules[i], out) + check_knobs(&c->rules[i], out) +
			 check_sides(&c->rules[i], out);
	return wrong;
}

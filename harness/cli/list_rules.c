/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec list --rules: the ledger with all that looks at each rule. */
#include <stdio.h>
#include <string.h>

#include "../report/json.h"
#include "../report/memory.h"
#include "cli.h"
#include "coverage.h"
#include "list.h"

static json_t *array_of(const struct names *n)
{
	json_t *array = must(json_array());
	for (size_t i = 0; i < n->count; i++)
		json_array_append_new(array, json_text(n->at[i]));
	return array;
}

/* Of a rule that binds both roles: what of one of them. */
static json_t *side_to_json(const struct cover *c, enum pdu_sender side)
{
	json_t *o = must(json_object());
	json_object_set_new(o, "checked", json_boolean(cover_side_checked(c, side)));
	json_object_set_new(o, "mutants", json_number(c->sides[side].mutants));
	json_object_set_new(o, "reason", json_text(c->rule->side_reason[side]));
	json_object_set_new(o, "no_knob", json_text(c->rule->side_no_knob[side]));
	return o;
}

static bool binds_both(const struct rule *r)
{
	return rule_binds(r, FROM_INITIATOR) && rule_binds(r, FROM_TARGET);
}

static json_t *rule_to_json(const struct cover *c)
{
	const struct rule *r = c->rule;
	json_t *o = must(json_object());
	json_object_set_new(o, "id", json_text(r->id));
	json_object_set_new(o, "rfc", must(json_integer(r->rfc)));
	json_object_set_new(o, "section", json_text(r->section));
	json_object_set_new(o, "level", json_text(r->level));
	json_object_set_new(o, "our_level", json_boolean(r->our_level));
	json_object_set_new(o, "role", json_text(r->role));
	json_object_set_new(o, "summary", json_text(r->summary));
	json_object_set_new(o, "observable", json_text(r->observable));
	json_object_set_new(o, "priority", must(json_integer(r->priority)));
	json_object_set_new(o, "cases", array_of(&c->cases));
	json_object_set_new(o, "monitors", array_of(&c->monitors));
	json_object_set_new(o, "mutants", array_of(&c->mutants));
	json_object_set_new(o, "reason", json_text(r->reason));
	json_object_set_new(o, "no_knob", json_text(r->no_knob));
	if (binds_both(r)) {
		json_t *sides = must(json_object());
		for (enum pdu_sender side = FROM_INITIATOR; side <= FROM_TARGET; side++)
			json_object_set_new(sides, side_name(side), side_to_json(c, side));
		json_object_set_new(o, "sides", sides);
	}
	return o;
}

static void put_names(const char *what, const struct names *n)
{
	if (!n->count)
		return;
	printf("    %-8s", what);
	for (size_t i = 0; i < n->count; i++)
		printf(" %s", n->at[i]);
	putchar('\n');
}

static void put_rule(const struct cover *c)
{
	const struct rule *r = c->rule;
	printf("%s  %s, %s, %s, priority %d\n    %s\n", r->id, r->level, r->role, r->observable,
	       r->priority, r->summary);
	put_names("cases", &c->cases);
	put_names("monitors", &c->monitors);
	put_names("mutants", &c->mutants);
	if (*r->reason)
		printf("    %-8s %s\n", "reason", r->reason);
	else if (!cover_checked(c))
		printf("    %-8s neither a case nor a monitor nor a reason\n", "nothing:");
	if (*r->no_knob)
		printf("    %-8s %s\n", "no knob", r->no_knob);
	for (enum pdu_sender side = FROM_INITIATOR; side <= FROM_TARGET; side++) {
		if (*r->side_reason[side])
			printf("    %-8s %s: %s\n", "reason", side_name(side),
			       r->side_reason[side]);
		if (*r->side_no_knob[side])
			printf("    %-8s %s: %s\n", "no knob", side_name(side),
			       r->side_no_knob[side]);
	}
}

static void put_totals(const struct coverage *c, FILE *out)
{
	size_t cases = 0, monitors = 0, checked = 0, mutants = 0, reasons = 0;
	for (size_t i = 0; i < c->count; i++) {
		const struct cover *rule = &c->rules[i];
		cases += rule->cases.count > 0;
		monitors += rule->monitors.count > 0;
		checked += cover_checked(rule);
		mutants += rule->mutants.count > 0;
		reasons += *rule->rule->reason != '\0';
	}
	fprintf(out,
		"%zu rules: %zu checked (%zu by cases, %zu by monitors), %zu of mutants, %zu with "
		"a reason\n",
		c->count, checked, cases, monitors, mutants, reasons);
}

/* Both sides of the rules of priority 1 and 2 that bind both roles. */
struct sides {
	size_t rules, covered, explained;
};

static void count_sides(struct sides *s, const struct cover *c)
{
	if (!binds_both(c->rule))
		return;
	s->rules++;
	for (enum pdu_sender side = FROM_INITIATOR; side <= FROM_TARGET; side++) {
		s->explained += *c->rule->side_reason[side] != '\0';
		s->covered += !*c->rule->side_reason[side] && cover_side_done(c, side);
	}
}

/* The last line: how many of the rules that can be seen something looks at. */
static void put_observable(const struct coverage *c, FILE *out)
{
	size_t wanted = 0, covered = 0, others = 0, others_covered = 0;
	struct sides sides = {0};
	for (size_t i = 0; i < c->count; i++) {
		const struct cover *rule = &c->rules[i];
		const bool checked = cover_checked(rule);
		if (cover_wanted(rule)) {
			wanted++;
			covered += checked;
			count_sides(&sides, rule);
		} else if (rule_shows(rule->rule)) {
			others++;
			others_covered += checked;
		}
	}
	fprintf(out,
		"rules of priority 1 and 2 that can be seen: %zu of %zu covered; of both roles "
		"%zu, "
		"%zu of %zu sides covered, %zu with a reason; of priority 3: %zu of %zu\n",
		covered, wanted, sides.rules, sides.covered, 2 * sides.rules, sides.explained,
		others_covered, others);
}

void list_rules(const struct catalogue *cat, bool json)
{
	struct coverage c;
	json_t *array = must(json_array());
	coverage_find(&c, cat);
	for (size_t i = 0; i < c.count; i++) {
		if (json)
			json_array_append_new(array, rule_to_json(&c.rules[i]));
		else
			put_rule(&c.rules[i]);
	}
	if (json)
		list_put_json(array);
	else
		json_decref(array);
	if (!json) {
		put_totals(&c, stdout);
		put_observable(&c, stdout);
	}
	coverage_free(&c);
}

int list_rules_check(const struct catalogue *cat)
{
	struct coverage c;
	coverage_find(&c, cat);
	const size_t wrong = coverage_check(&c, cat->ledger, stdout);
	put_totals(&c, stdout);
	put_observable(&c, stdout);
	coverage_free(&c);
	return wrong ? EXIT_RED : EXIT_OK;
}

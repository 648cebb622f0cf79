/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec list --unproved: what no report has judged, and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/json.h"
#include "../report/memory.h"
#include "../report/report.h"
#include "cli.h"
#include "coverage.h"
#include "list.h"

struct reports {
	struct report *at;
	size_t count;
};

/* A report says something about it; not-applicable and inconclusive say why it does not. */
static bool judges(enum verdict v)
{
	return v != VERDICT_NOT_APPLICABLE && v != VERDICT_INCONCLUSIVE;
}

static bool has_role(const struct reports *r, const char *role)
{
	for (size_t i = 0; i < r->count; i++)
		if (!strcmp(r->at[i].sut_role, role))
			return true;
	return false;
}

/* Evidence is of the rows of rules alone: a case that names a rule need not have come to it. */
static bool rule_judged(const struct reports *r, const char *id)
{
	for (size_t i = 0; i < r->count; i++)
		for (size_t k = 0; k < r->at[i].rule_count; k++)
			if (!strcmp(r->at[i].rules[k].id, id) && judges(r->at[i].rules[k].verdict))
				return true;
	return false;
}

static bool has_name(const struct names *n, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (!strcmp(n->at[i], name))
			return true;
	return false;
}

static void add_once(struct names *n, const char *name)
{
	if (!name || !*name || has_name(n, name))
		return;
	n->at = grow(n->at, n->count, sizeof(*n->at));
	n->at[n->count++] = name;
}

/* Why the reports do not judge this case, each reason once. True: one does. */
static bool case_judged(const struct reports *r, const char *id, struct names *reasons)
{
	for (size_t i = 0; i < r->count; i++)
		for (size_t k = 0; k < r->at[i].count; k++) {
			const struct case_result *c = &r->at[i].cases[k].result;
			if (strcmp(c->id, id) != 0)
				continue;
			if (judges(c->verdict))
				return true;
			add_once(reasons, c->reason);
		}
	return false;
}

static json_t *array_of(const struct names *n)
{
	json_t *array = must(json_array());
	for (size_t i = 0; i < n->count; i++)
		json_array_append_new(array, json_text(n->at[i]));
	return array;
}

static void put_lines(const char *what, const struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		printf("    %-8s %s\n", what, n->at[i]);
}

/* Of the cases and monitors that look at it, what kept them from a judgement. */
static void rule_reasons(const struct reports *r, const struct cover *c, struct names *reasons)
{
	for (size_t i = 0; i < c->cases.count; i++) {
		struct names own = {0};
		if (!case_judged(r, c->cases.at[i], &own))
			for (size_t k = 0; k < own.count; k++)
				add_once(reasons, own.at[k]);
		free(own.at);
	}
	if (!cover_checked(c))
		add_once(reasons, c->rule->reason);
}

static void put_rule(const struct reports *r, const struct cover *c, json_t *array)
{
	const struct rule *rule = c->rule;
	struct names reasons = {0};
	rule_reasons(r, c, &reasons);
	if (array) {
		json_t *o = must(json_object());
		json_object_set_new(o, "id", json_text(rule->id));
		json_object_set_new(o, "level", json_text(rule->level));
		json_object_set_new(o, "role", json_text(rule->role));
		json_object_set_new(o, "observable", json_text(rule->observable));
		json_object_set_new(o, "priority", must(json_integer(rule->priority)));
		json_object_set_new(o, "summary", json_text(rule->summary));
		json_object_set_new(o, "checked", json_boolean(cover_checked(c)));
		json_object_set_new(o, "cases", array_of(&c->cases));
		json_object_set_new(o, "monitors", array_of(&c->monitors));
		json_object_set_new(o, "reasons", array_of(&reasons));
		json_array_append_new(array, o);
	} else {
		printf("%s  %s, %s, %s, priority %d%s\n    %s\n", rule->id, rule->level, rule->role,
		       rule->observable, rule->priority,
		       cover_checked(c) ? "" : ", nothing checks it", rule->summary);
		put_lines("case", &c->cases);
		put_lines("monitor", &c->monitors);
		put_lines("reason", &reasons);
	}
	free(reasons.at);
}

static void put_case(const struct script *s, const struct names *reasons, json_t *array)
{
	if (array) {
		json_t *o = must(json_object());
		json_object_set_new(o, "id", json_text(s->id));
		json_object_set_new(o, "title", json_text(s->title));
		json_object_set_new(o, "reasons", array_of(reasons));
		json_array_append_new(array, o);
		return;
	}
	printf("%s  %s\n", s->id, s->title);
	put_lines("reason", reasons);
	if (!reasons->count)
		puts("    in none of these reports");
}

static bool concerns(const struct reports *r, const char *role)
{
	return !strcmp(role, "both") || has_role(r, role);
}

static void print(const struct catalogue *cat, const struct reports *r, bool json)
{
	struct coverage c;
	size_t rules = 0, unjudged_rules = 0, unchecked = 0, cases = 0, unjudged_cases = 0;
	json_t *rule_array = json ? must(json_array()) : NULL,
	       *case_array = json ? must(json_array()) : NULL;
	coverage_find(&c, cat);
	for (size_t i = 0; i < c.count; i++) {
		if (!concerns(r, c.rules[i].rule->role))
			continue;
		rules++;
		if (rule_judged(r, c.rules[i].rule->id))
			continue;
		unjudged_rules++;
		unchecked += !cover_checked(&c.rules[i]);
		put_rule(r, &c.rules[i], rule_array);
	}
	coverage_free(&c);
	for (size_t i = 0; i < cat->count; i++) {
		const struct script *s = cat->cases[i];
		struct names reasons = {0};
		if (!has_role(r, s->sut == PEER_TARGET ? "target" : "initiator"))
			continue;
		cases++;
		if (!case_judged(r, s->id, &reasons)) {
			unjudged_cases++;
			put_case(s, &reasons, case_array);
		}
		free(reasons.at);
	}
	if (json) {
		json_t *o = must(json_object());
		json_object_set_new(o, "rules", rule_array);
		json_object_set_new(o, "cases", case_array);
		list_put_json(o);
		return;
	}
	printf("%zu of %zu rules not judged by these %zu reports, %zu of them checked by nothing; "
	       "%zu of %zu cases not judged\n",
	       unjudged_rules, rules, r->count, unchecked, unjudged_cases, cases);
}

int list_unproved(const struct catalogue *cat, char *const *dirs, size_t n, bool json)
{
	struct reports r = {.at = must(calloc(n, sizeof(*r.at))), .count = n};
	int status = EXIT_OK;
	for (size_t i = 0; i < n && status == EXIT_OK; i++) {
		struct err e;
		char *path = text_format("%s/report.json", dirs[i]);
		if (report_read_json(&r.at[i], path, &e))
			status = complain_err(&e);
		else
			report_join(&r.at[i], cat->ledger);
		free(path);
	}
	if (status == EXIT_OK)
		print(cat, &r, json);
	for (size_t i = 0; i < n; i++)
		report_free(&r.at[i]);
	free(r.at);
	return status;
}

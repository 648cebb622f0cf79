/* SPDX-License-Identifier: BSD-2-Clause */
/* What there is to know about one rule. */
#include "show_rule.h"

#include <stdio.h>
#include <string.h>

#include "../oracle/watch.h"
#include "coverage.h"

bool show_is_rule(const char *word)
{
	return !strncmp(word, "I7", 2) && strchr(word, '-') && !strchr(word, '/');
}

static void put_head(const struct rule *r)
{
	const bool both = strcmp(r->role, "target") != 0 && strcmp(r->role, "initiator") != 0;
	printf("%s\n%s\n\n", r->id, r->summary);
	printf("RFC %d, section %s. %s; binds %s%s.\n", r->rfc, r->section, r->level,
	       both ? "" : "the ", r->role);
	printf("Seen by: %s. Priority %d.\n", r->observable, r->priority);
	printf("A break of it is %s at most%s.\n", verdict_name(grade_verdict(rule_grade(r))),
	       r->our_level ? ": the RFC has no upper-case keyword there" : "");
	if (*r->stimulus && strcmp(r->stimulus, "none") != 0)
		printf("Stimulus: %s\n", r->stimulus);
	if (*r->verdict && strcmp(r->verdict, "none") != 0)
		printf("Verdict: %s\n", r->verdict);
}

static void put_cases(const struct catalogue *cat, const char *id)
{
	const char *head = "\nCases that judge it\n";
	for (size_t i = 0; i < cat->count; i++) {
		const struct script *s = cat->cases[i];
		if (!word_list_has(&s->cited, id))
			continue;
		printf("%s  %s  %s\n", head, s->id, s->title);
		head = "";
	}
}

static void put_monitors(const struct names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const struct monitor *m = monitor_by_name(names->at[i]);
		printf("%s  %s  %s\n", i ? "" : "\nMonitors that judge it in every case\n",
		       names->at[i], m ? m->doc : "");
	}
}

static void put_knobs(const struct names *names)
{
	for (size_t i = 0; i < names->count; i++) {
		const int knob = knob_by_name(names->at[i]);
		printf("%s  %s  %s\n", i ? "" : "\nKnobs of the honest peer that break it\n",
		       names->at[i], knob < 0 ? "" : knob_infos()[knob].doc);
	}
}

int show_rule(const struct catalogue *cat, const char *id, struct err *e)
{
	const struct rule *rule = ledger_find(cat->ledger, id);
	struct coverage c;
	if (!rule)
		return err_set(e, 0, "there is no rule '%s'; see iserspec list --rules", id);
	coverage_find(&c, cat);
	const struct cover *cover = &c.rules[rule - ledger_at(cat->ledger, 0)];
	put_head(rule);
	put_cases(cat, id);
	put_monitors(&cover->monitors);
	put_knobs(&cover->mutants);
	if (*rule->reason)
		printf("\nWhy nothing judges it\n  %s\n", rule->reason);
	else if (!cover_checked(cover))
		puts("\nNothing judges it, and no reason says why.");
	if (*rule->no_knob)
		printf("\nWhy no knob breaks it\n  %s\n", rule->no_knob);
	for (enum pdu_sender side = FROM_INITIATOR; side <= FROM_TARGET; side++) {
		if (*rule->side_reason[side])
			printf("\nWhy nothing judges the %s\n  %s\n", side_name(side),
			       rule->side_reason[side]);
		if (*rule->side_no_knob[side])
			printf("\nWhy no knob of the %s breaks it\n  %s\n", side_name(side),
			       rule->side_no_knob[side]);
	}
	coverage_free(&c);
	return 0;
}

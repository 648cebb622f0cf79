/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules in words. */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "../oracle/ledger.h"
#include "internal.h"
#include "memory.h"

/* The finding of a case that a monitor's row tells, "CASE: reason". */
static bool is_told_by(const struct finding *row, const struct case_result *c,
		       const struct finding *f)
{
	const size_t id = strlen(c->id);
	return f->monitor && f->request && f->verdict == row->verdict &&
	       !strcmp(f->rules, row->rules) && !strncmp(row->reason, c->id, id) &&
	       !strncmp(row->reason + id, ": ", 2) && !strcmp(row->reason + id + 2, f->reason);
}

/* The request, and all else that is told at a glance. */
static void take_request(const struct report *r, struct finding *row)
{
	for (size_t i = 0; i < r->count && !row->request; i++) {
		const struct case_result *c = &r->cases[i].result;
		for (size_t k = 0; k < c->finding_count && !row->request; k++) {
			if (!is_told_by(row, c, &c->findings[k]))
				continue;
			row->request = must(strdup(c->findings[k].request));
			row->request_event = c->findings[k].request_event;
			glance_free(&row->glance);
			glance_copy(&row->glance, &c->findings[k].glance);
		}
	}
}

void report_explain(struct report *r, const struct ledger *ledger)
{
	for (size_t i = 0; i < r->rule_count; i++) {
		struct report_rule *row = &r->rules[i];
		const struct rule *rule = ledger_find(ledger, row->id);
		if (!rule)
			continue;
		free(row->section);
		free(row->summary);
		row->section = text_format("RFC %d %s", rule->rfc, rule->section);
		row->summary = must(strdup(rule->summary));
	}
	for (size_t i = 0; i < r->monitor_count; i++)
		for (size_t k = 0; k < r->monitors[i].result.finding_count; k++)
			take_request(r, &r->monitors[i].result.findings[k]);
	report_profiles(r, ledger);
}

char *report_rule_text(const struct report *r, const char *id)
{
	for (size_t i = 0; i < r->rule_count; i++) {
		const struct report_rule *row = &r->rules[i];
		if (!strcmp(row->id, id) && row->summary && *row->summary)
			return text_format("%s, %s, %s: %s", id, row->level, row->section,
					   row->summary);
	}
	return must(strdup(id));
}

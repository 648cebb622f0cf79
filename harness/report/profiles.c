/* SPDX-License-Identifier: BSD-2-Clause */
/* What was found, held against each profile. */
#include <stdlib.h>
#include <string.h>

#include "../oracle/ledger.h"
#include "internal.h"
#include "memory.h"

void report_profiles_free(struct report *r)
{
	for (size_t i = 0; i < r->profile_count; i++) {
		free(r->profiles[i].name);
		free(r->profiles[i].rules);
	}
	free(r->profiles);
	r->profiles = NULL;
	r->profile_count = 0;
}

static char *appended(char *list, const char *word)
{
	char *longer = list && *list ? text_format("%s %s", list, word) : must(strdup(word));
	free(list);
	return longer;
}

static void note_legal(const struct profiles *p, struct case_result *r)
{
	for (size_t i = 0; i < r->finding_count; i++) {
		struct finding *f = &r->findings[i];
		const char *name;
		free(f->legal);
		f->legal = NULL;
		for (size_t k = 0; (name = profiles_name(p, k)); k++)
			if (profile_permits(p, name, f))
				f->legal = appended(f->legal, name);
	}
}

/* Something accuses of this rule, and the profile does not permit it. */
static bool deviates(const struct case_result *r, const char *rule, const char *profile)
{
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if (!f->besides && (f->verdict == VERDICT_FAIL || f->verdict == VERDICT_WARN) &&
		    rules_cite(f->rules, rule) && !(f->legal && rules_cite(f->legal, profile)))
			return true;
	}
	return false;
}

static char *deviations(const struct report *r, const char *profile)
{
	char *list = must(strdup(""));
	for (size_t i = 0; i < r->rule_count; i++) {
		bool any = false;
		for (size_t k = 0; k < r->count && !any; k++)
			any = deviates(&r->cases[k].result, r->rules[i].id, profile);
		if (any)
			list = appended(list, r->rules[i].id);
	}
	return list;
}

void report_profiles(struct report *r, const struct ledger *ledger)
{
	const struct profiles *p = ledger_profiles(ledger);
	const char *name;
	report_profiles_free(r);
	for (size_t i = 0; i < r->count; i++)
		note_legal(p, &r->cases[i].result);
	for (size_t i = 0; i < r->monitor_count; i++)
		note_legal(p, &r->monitors[i].result);
	for (size_t i = 0; profiles_count(p) && (name = profiles_name(p, i)); i++) {
		/* What one permits is no deviation from it; the others were not judged by. */
		if (r->profile && strcmp(r->profile, name) != 0)
			continue;
		r->profiles = grow(r->profiles, r->profile_count, sizeof(*r->profiles));
		r->profiles[r->profile_count++] = (struct report_profile){
			.name = must(strdup(name)), .rules = deviations(r, name)};
	}
}

void terminal_profiles(const struct terminal *t, const struct report *r)
{
	const char *gap = "deviations from profiles: ";
	for (size_t i = 0; i < r->profile_count; i++) {
		const char *rules = r->profiles[i].rules;
		size_t n = *rules != '\0';
		for (; *rules; rules++)
			n += *rules == ' ';
		fprintf(t->out, "%s%s %zu rules", gap, r->profiles[i].name, n);
		gap = ", ";
	}
	if (r->profile_count)
		fputc('\n', t->out);
}

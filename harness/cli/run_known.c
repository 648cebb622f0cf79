/* SPDX-License-Identifier: BSD-2-Clause */
/* A run against what is known of its SUT. */
#include "run_known.h"

#include <stdlib.h>
#include <string.h>

#include "../oracle/watch.h"
#include "../report/memory.h"
#include "select.h"

static const char monitor_head[] = "monitor/";

/* Cases that were left out may be those in which a monitor would have found what the baseline
 * knows. */
bool run_is_whole(const struct run *run)
{
	return !run->options->patterns.count && !run->options->exclude.count &&
	       run->options->shards == 1 && run->report.count == run->count;
}

/* What is red, and what would hide it. */
static bool is_worth_an_entry(enum verdict v)
{
	return v == VERDICT_FAIL || v == VERDICT_CRASH || v == VERDICT_WARN ||
	       v == VERDICT_INCONCLUSIVE;
}

/* ---- one thing that a monitor found in one case ---- */

/* Does the entry speak of it? */
static bool speaks_of(const struct baseline_entry *entry, const struct finding *f, const char *id)
{
	return entry->monitor && !strcmp(entry->monitor, f->monitor) &&
	       (!entry->rule || rules_cite(f->rules, entry->rule)) &&
	       (!entry->cases || select_matches_id(entry->cases, id));
}

/* By the entry that knows it best, which is then in *by; NULL: none speaks of it. */
static enum baseline_state judge_break(const struct baseline *b, const struct finding *f,
				       const char *id, const struct baseline_entry **by)
{
	enum baseline_state state = BASELINE_NONE;
	*by = NULL;
	for (size_t i = 0; i < b->count && state != BASELINE_SAME; i++) {
		const struct baseline_entry *entry = &b->entries[i];
		if (!speaks_of(entry, f, id))
			continue;
		const enum baseline_state now = baseline_judge(entry, f->verdict);
		if (!*by || now == BASELINE_SAME) {
			state = now;
			*by = entry;
		}
	}
	return state;
}

/* ---- a monitor's row ---- */

/* How a row stands against the baseline, as far as it was looked at. */
struct row_known {
	enum known_state state;
	enum verdict news; /* the worst that the baseline does not know */
	char *text;	   /* the first break that is as `state` says; of KNOWN_SAME each entry's */
	size_t others;	   /* breaks that are like that one */
	bool *used;	   /* by entry of the baseline; behind the last: no entry */
};

static void add_reason(char **text, const char *head, const char *reason)
{
	char *longer = *text ? text_format("%s; %s%s", *text, head, reason)
			     : text_format("%s%s", head, reason);
	free(*text);
	*text = longer;
}

/* The graver one wins. */
static unsigned gravity(enum known_state s)
{
	return s == KNOWN_WORSE ? 3 : s == KNOWN_NEW ? 2 : s == KNOWN_SAME ? 1 : 0;
}

/* A break as `state` says: its words become the row's, or are counted. */
static void tell_break(struct row_known *k, enum known_state state, const struct finding *f,
		       const char *id, const struct baseline_entry *entry)
{
	if (gravity(state) < gravity(k->state))
		return;
	if (gravity(state) > gravity(k->state)) {
		free(k->text);
		k->text = NULL;
		k->others = 0;
		k->state = state;
	}
	if (k->text)
		k->others++;
	else
		k->text =
			text_format("%s%s%s %s in %s", entry ? entry->reason : "",
				    entry ? "; now " : "", verdict_name(f->verdict), f->rules, id);
}

static void weigh_break(const struct run *run, struct row_known *k, const struct finding *f,
			const char *id)
{
	const struct baseline_entry *entry;
	const enum baseline_state s = judge_break(&run->baseline, f, id, &entry);
	const bool known = entry && s == BASELINE_SAME;
	const size_t at = entry ? (size_t)(entry - run->baseline.entries) : run->baseline.count;

	if (!known && verdict_worse(f->verdict, k->news))
		k->news = f->verdict;
	if (!known)
		tell_break(k, s == BASELINE_NONE ? KNOWN_NEW : KNOWN_WORSE, f, id, entry);
	else if (!k->used[at] && gravity(k->state) <= gravity(KNOWN_SAME)) {
		k->state = KNOWN_SAME;
		add_reason(&k->text, "", entry->reason);
	}
	k->used[at] = true;
}

/* Entries of a monitor that found nothing of the kind any more. */
static size_t unused(const struct run *run, const char *monitor, const struct row_known *k,
		     char **text)
{
	size_t n = 0;
	for (size_t i = 0; i < run->baseline.count; i++) {
		const struct baseline_entry *entry = &run->baseline.entries[i];
		if (!entry->monitor || strcmp(entry->monitor, monitor) != 0 || k->used[i])
			continue;
		if (n++ || *text)
			add_reason(text, "no longer so: ", entry->id);
		else
			add_reason(text, "", entry->reason);
	}
	return n;
}

static void hold_monitor(struct run *run, struct report_case *row)
{
	const char *monitor = row->result.id + sizeof(monitor_head) - 1;
	struct row_known k = {.used = must(calloc(run->baseline.count + 1, sizeof(bool)))};

	for (size_t i = 0; i < run->report.count; i++) {
		const struct case_result *c = &run->report.cases[i].result;
		for (size_t n = 0; n < c->finding_count; n++) {
			const struct finding *f = &c->findings[n];
			if (f->monitor && !strcmp(f->monitor, monitor) &&
			    is_worth_an_entry(f->verdict))
				weigh_break(run, &k, f, c->id);
		}
	}
	if (k.others) {
		char *more = text_format("%s, and %zu more", k.text, k.others);
		free(k.text);
		k.text = more;
	}
	if (k.state == KNOWN_NOTHING && unused(run, monitor, &k, &k.text))
		/* Where it saw nothing at all, nothing has become better. */
		k.state = row->result.verdict == VERDICT_NOT_APPLICABLE ? KNOWN_SAME : KNOWN_BETTER;
	else if (k.state == KNOWN_SAME && run_is_whole(run))
		unused(run, monitor, &k, &k.text);
	row->known = k.state;
	row->news = k.news;
	free(row->known_reason);
	row->known_reason = k.text;
	free(k.used);
}

/* ---- */

void run_hold(struct run *run, struct report_case *c)
{
	static const enum known_state known[] = {[BASELINE_NONE] = KNOWN_NOTHING,
						 [BASELINE_SAME] = KNOWN_SAME,
						 [BASELINE_WORSE] = KNOWN_WORSE,
						 [BASELINE_BETTER] = KNOWN_BETTER};
	if (!run->report.has_baseline)
		return;
	if (!strncmp(c->result.id, monitor_head, sizeof(monitor_head) - 1)) {
		hold_monitor(run, c);
		return;
	}
	const struct baseline_entry *entry = baseline_find(&run->baseline, c->result.id);
	c->known = known[baseline_judge(entry, c->result.verdict)];
	if (!entry && is_worth_an_entry(c->result.verdict))
		c->known = KNOWN_NEW;
	if (entry) {
		free(c->known_reason);
		c->known_reason = must(strdup(entry->reason));
	}
}

static bool is_bad(const struct run *run, enum verdict v)
{
	return v == VERDICT_FAIL || v == VERDICT_CRASH ||
	       (v == VERDICT_WARN && run->options->strict);
}

/* The case itself, or a monitor in it. */
bool run_is_red(const struct run *run, const struct report_case *c)
{
	bool red = c->known != KNOWN_SAME && is_bad(run, c->result.verdict);
	for (size_t i = 0; i < c->result.finding_count && !red; i++) {
		const struct finding *f = &c->result.findings[i];
		const struct baseline_entry *by;
		red = f->monitor && is_bad(run, f->verdict) &&
		      judge_break(&run->baseline, f, c->result.id, &by) != BASELINE_SAME;
	}
	return red;
}

/* ---- entries that could never match ---- */

static bool is_any_case(const struct catalogue *cat, const char *pattern)
{
	for (size_t i = 0; i < cat->id_count; i++)
		if (select_matches_id(pattern, cat->ids[i]))
			return true;
	return false;
}

int run_known_check(const struct baseline_entry *entry, const struct catalogue *cat, struct err *e)
{
	if (!entry->monitor)
		return !strcmp(entry->id, "preflight") || catalogue_has_id(cat, entry->id)
			       ? 0
			       : err_set(e, 0, "there is no case %s", entry->id);
	const struct monitor *m = monitor_by_name(entry->monitor);
	if (!m)
		return err_set(e, 0, "there is no monitor %s", entry->monitor);
	if (entry->rule && !rules_cite(m->rules, entry->rule))
		return err_set(e, 0, "the monitor %s does not judge %s", m->name, entry->rule);
	if (entry->cases && !is_any_case(cat, entry->cases))
		return err_set(e, 0, "there is no case %s", entry->cases);
	return 0;
}

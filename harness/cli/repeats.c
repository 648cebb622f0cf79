/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds the runs of one case against each other. */
#include "repeats.h"

#include <stdlib.h>
#include <string.h>

#include "../report/memory.h"

static bool is_break(const struct finding *f)
{
	return f->monitor && f->verdict != VERDICT_PASS;
}

static bool same_break(const struct finding *a, const struct finding *b)
{
	return is_break(a) && is_break(b) && a->verdict == b->verdict &&
	       !strcmp(a->monitor, b->monitor) && !strcmp(a->rules, b->rules);
}

static struct finding *find_break(const struct case_result *r, const struct finding *like)
{
	for (size_t i = 0; i < r->finding_count; i++)
		if (same_break(&r->findings[i], like))
			return &r->findings[i];
	return NULL;
}

static struct repeated *known_break(const struct repeats *rep, const struct finding *like)
{
	for (size_t i = 0; i < rep->broken_count; i++)
		if (same_break(&rep->broken[i].finding, like))
			return &rep->broken[i];
	return NULL;
}

static void add_break(struct repeats *rep, const struct finding *f, const char *run)
{
	rep->broken = grow(rep->broken, rep->broken_count, sizeof(*rep->broken));
	struct repeated *b = &rep->broken[rep->broken_count++];
	*b = (struct repeated){.finding = *f, .with = must(strdup(run)), .times = 1};
	b->finding.monitor = must(strdup(f->monitor));
	b->finding.rules = must(strdup(f->rules));
	b->finding.reason = must(strdup(f->reason));
	b->finding.request = NULL;
	b->finding.glance = (struct glance){0};
	/* Not in the runs before, of which one is told. */
	if (rep->runs > 1)
		b->without = must(strdup(rep->told_run));
}

static void add_breaks(struct repeats *rep, const struct case_result *r, const char *run)
{
	const size_t before = rep->broken_count;
	for (size_t i = 0; i < before; i++) {
		struct repeated *b = &rep->broken[i];
		if (find_break(r, &b->finding))
			b->times++;
		else if (!b->without)
			b->without = must(strdup(run));
	}
	for (size_t i = 0; i < r->finding_count; i++)
		if (is_break(&r->findings[i]) && !known_break(rep, &r->findings[i]))
			add_break(rep, &r->findings[i], run);
}

void repeats_add(struct repeats *rep, struct case_result *r, const char *run)
{
	rep->runs++;
	rep->counts[r->verdict]++;
	rep->seconds += r->seconds;
	add_breaks(rep, r, run);
	if (rep->runs > 1 && r->verdict != VERDICT_CRASH) {
		if (r->verdict != rep->told.verdict && !rep->other_run)
			rep->other_run = must(strdup(run));
		result_free(r);
		return;
	}
	result_free(&rep->told);
	free(rep->told_run);
	rep->told = *r;
	rep->told_run = must(strdup(run));
	*r = (struct case_result){0};
}

/* "2 pass, 1 fail" */
static char *count_text(const size_t counts[VERDICT_COUNT])
{
	char *list = must(strdup(""));
	for (unsigned v = 0; v < VERDICT_COUNT; v++) {
		if (!counts[v])
			continue;
		char *longer = text_format("%s%s%zu %s", list, *list ? ", " : "", counts[v],
					   verdict_name((enum verdict)v));
		free(list);
		list = longer;
	}
	return list;
}

/* Nothing that the case itself judged is proved; what monitors saw they did see. */
static void verdict_unstable(const struct repeats *rep, struct case_result *r)
{
	struct case_result old = *r;
	char *list = count_text(rep->counts);
	char *reason = text_format(REASON_UNSTABLE "%s of %u runs; see %s and %s", list, rep->runs,
				   rep->told_run, rep->other_run);
	result_init(r, old.id);
	result_add(r, VERDICT_INCONCLUSIVE, 0, "", reason, NULL, 0);
	for (size_t i = 0; i < old.finding_count; i++) {
		const struct finding *f = &old.findings[i];
		if (f->monitor)
			result_add_monitor(r, f->monitor, f->verdict, f->rules, f->reason,
					   f->events, f->event_count);
	}
	result_decide(r);
	result_free(&old);
	free(reason);
	free(list);
}

static void break_unstable(const struct repeats *rep, const struct repeated *b,
			   struct case_result *r)
{
	struct finding *told = find_break(r, &b->finding);
	char *reason = text_format(REASON_UNSTABLE "%s in %u of %u runs; see %s and %s: %s",
				   verdict_name(b->finding.verdict), b->times, rep->runs, b->with,
				   b->without, b->finding.reason);
	if (told) {
		told->verdict = VERDICT_INCONCLUSIVE;
		free(told->reason);
		told->reason = must(strdup(reason));
	} else {
		result_add_monitor(r, b->finding.monitor, VERDICT_INCONCLUSIVE, b->finding.rules,
				   reason, b->finding.events, b->finding.event_count);
	}
	free(reason);
}

char *repeats_finish(struct repeats *rep, struct case_result *r)
{
	char *told_run = rep->told_run;
	result_free(r);
	*r = rep->told;
	r->seconds = rep->seconds;
	const bool crashed = r->verdict == VERDICT_CRASH;
	if (rep->other_run && !crashed)
		verdict_unstable(rep, r);
	for (size_t i = 0; i < rep->broken_count; i++) {
		struct repeated *b = &rep->broken[i];
		if (b->times < rep->runs && !crashed)
			break_unstable(rep, b, r);
		free(b->finding.monitor);
		free(b->finding.rules);
		free(b->finding.reason);
		free(b->with);
		free(b->without);
	}
	r->seconds = rep->seconds;
	free(rep->broken);
	free(rep->other_run);
	*rep = (struct repeats){0};
	return told_run;
}

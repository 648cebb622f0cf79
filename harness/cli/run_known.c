/* SPDX-License-Identifier: BSD-2-Clause */
/* A run against what is known of its SUT. */
#include "run_known.h"

#include <stdlib.h>
#include <string.h>

#include "../report/memory.h"

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

void run_hold(struct run *run, struct report_case *c)
{
	static const enum known_state known[] = {[BASELINE_NONE] = KNOWN_NOTHING,
						 [BASELINE_SAME] = KNOWN_SAME,
						 [BASELINE_WORSE] = KNOWN_WORSE,
						 [BASELINE_BETTER] = KNOWN_BETTER};
	const struct baseline_entry *entry = baseline_find(&run->baseline, c->result.id);
	c->known = known[baseline_judge(entry, c->result.verdict)];
	if (!entry && run->report.has_baseline && is_worth_an_entry(c->result.verdict))
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
		if (!f->monitor || !is_bad(run, f->verdict))
			continue;
		char *id = text_format("monitor/%s", f->monitor);
		red = baseline_judge(baseline_find(&run->baseline, id), f->verdict) !=
		      BASELINE_SAME;
		free(id);
	}
	return red;
}

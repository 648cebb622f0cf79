/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the SUT holds, counted by its driver and told in one line, NAME=VALUE a word
 * (tools/README.md). A word that nobody here knows is one that a later case may ask for.
 */
#include "run.h"

#include <stdlib.h>
#include <string.h>

#define COUNT_TIME (10 * NS_PER_S)

static void note(struct snapshot *to, const char *word, size_t len)
{
	for (unsigned k = 0; k < RESOURCE_KINDS; k++) {
		const char *name = resource_name((enum resource)k);
		const size_t n = strlen(name);
		char *end = NULL;
		if (len < n + 2 || memcmp(word, name, n) != 0 || word[n] != '=')
			continue;
		const uint64_t value = strtoull(word + n + 1, &end, 10);
		if (end != word + len)
			return;
		to->value[k] = value;
		to->told[k] = true;
	}
}

enum flow run_resources(struct run *r, const struct statement *s)
{
	struct snapshot *to = &r->snapshots[s->index];
	uint64_t t = COUNT_TIME;
	const char *line = NULL;
	*to = (struct snapshot){0};
	if (s->time.count && !run_number(r, &s->time, &t))
		return run_inconclusive(r, s->line);
	if (!run_tell(r, "resources", run_now(r) + run_scaled(r, t), &line))
		return run_inconclusive(r, s->line);
	for (const char *word = line; *(word += strspn(word, " "));) {
		const size_t len = strcspn(word, " ");
		note(to, word, len);
		word += len;
	}
	return FLOW_ON;
}

struct value run_resource(struct run *r, uint64_t which)
{
	static const char why[] = "the system's driver does not count what the case compares";
	const struct snapshot *from = &r->snapshots[which / RESOURCE_KINDS];
	const size_t k = which % RESOURCE_KINDS;
	if (!from->told[k]) {
		r->untold = why;
		return (struct value){0};
	}
	return (struct value){.kind = VALUE_NUMBER, .number = from->value[k]};
}

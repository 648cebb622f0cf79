/* SPDX-License-Identifier: BSD-2-Clause */
/* What a case that ended early has not judged: neither broken nor kept. */
#include <stdlib.h>
#include <string.h>

#include "run.h"

static bool judged(const struct case_result *result, const char *id)
{
	for (size_t i = 0; i < result->finding_count; i++) {
		const struct finding *f = &result->findings[i];
		if (f->verdict != VERDICT_NOT_APPLICABLE && f->verdict != VERDICT_INCONCLUSIVE &&
		    rules_cite(f->rules, id))
			return true;
	}
	return false;
}

/* Does a statement behind that line, or an outcome of one, judge the rule? */
static bool would_judge(const struct statement *s, unsigned line, const char *id)
{
	for (; s; s = s->next) {
		if (s->line > line && s->judgement.rules && rules_cite(s->judgement.rules, id))
			return true;
		for (size_t i = 0; s->line > line && s->expect && i < s->expect->outcome_count; i++)
			if (s->expect->outcomes[i].judgement.rules &&
			    rules_cite(s->expect->outcomes[i].judgement.rules, id))
				return true;
		if (would_judge(s->body, line, id) || would_judge(s->otherwise, line, id))
			return true;
	}
	return false;
}

void run_unreached(struct run *r)
{
	struct case_result *result = r->result;
	char *out = NULL;
	size_t len = 0;
	for (size_t i = 0; i < r->script->rules.count; i++) {
		const char *id = r->script->rules.at[i];
		if (judged(result, id) || !would_judge(r->script->body, r->line, id))
			continue;
		const size_t more = strlen(id);
		out = realloc(out, len + more + 2);
		if (!out)
			abort();
		if (len)
			out[len++] = ' ';
		memcpy(out + len, id, more + 1);
		len += more;
	}
	if (!out)
		return;
	free(result->unreached);
	result->unreached = out;
	result->ended_line = r->line;
	log_text(r->env->log, LOG_NOTE, run_now(r), "runner", "ended at line %u; not judged: %s",
		 r->line, out);
}

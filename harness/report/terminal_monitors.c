/* SPDX-License-Identifier: BSD-2-Clause */
/* What the monitors found in a run, and what came out about the rules. */
#include <string.h>

#include "internal.h"

enum { NAMED_CASES = 3 };

static bool is_break(const struct finding *f, const char *monitor, const char *rules)
{
	return f->monitor && f->verdict != VERDICT_PASS && !strcmp(f->monitor, monitor) &&
	       !strcmp(f->rules, rules);
}

static bool breaks_in(const struct case_result *r, const char *monitor, const char *rules)
{
	for (size_t i = 0; i < r->finding_count; i++)
		if (is_break(&r->findings[i], monitor, rules))
			return true;
	return false;
}

/* "      in 12 cases: A, B, C and 9 more", where it is more than the one that is told. */
static void put_cases(const struct terminal *t, const struct report *r, const char *monitor,
		      const char *rules)
{
	size_t count = 0, named = 0;
	for (size_t i = 0; i < r->count; i++)
		count += breaks_in(&r->cases[i].result, monitor, rules);
	if (count < 2)
		return;
	fprintf(t->out, "      in %zu cases:", count);
	for (size_t i = 0; i < r->count && named < NAMED_CASES; i++)
		if (breaks_in(&r->cases[i].result, monitor, rules))
			fprintf(t->out, "%s %s", named++ ? "," : "", r->cases[i].result.id);
	if (count > named)
		fprintf(t->out, " and %zu more", count - named);
	fputc('\n', t->out);
}

static void put_monitor(const struct terminal *t, const struct report *r,
			const struct report_case *row)
{
	static const char head[] = "monitor/";
	const char *name = row->result.id + sizeof(head) - 1;
	terminal_verdict(t, row->result.verdict);
	fprintf(t->out, "  %s  ", row->result.id);
	terminal_text(t->out, row->title);
	fputc('\n', t->out);
	for (size_t i = 0; i < row->result.finding_count; i++) {
		const struct finding *f = &row->result.findings[i];
		unsigned used = 4;
		fputs("    ", t->out);
		if (f->verdict != row->result.verdict)
			used += (unsigned)fprintf(t->out, "%s: ", verdict_name(f->verdict));
		terminal_reason(t, f, used);
		fputc('\n', t->out);
		terminal_proof(t, r, f);
		put_cases(t, r, name, f->rules);
	}
	terminal_known(t->out, row);
	terminal_log(t, row);
}

void terminal_monitors(const struct terminal *t, const struct report *r)
{
	bool begun = false;
	for (size_t i = 0; i < r->monitor_count; i++) {
		const struct report_case *row = &r->monitors[i];
		const enum verdict v = row->result.verdict;
		if ((v == VERDICT_PASS || v == VERDICT_NOT_APPLICABLE) &&
		    row->known != KNOWN_BETTER)
			continue;
		if (!begun)
			fputs("\nseen by monitors, whatever the case was about\n", t->out);
		begun = true;
		put_monitor(t, r, row);
	}
}

static void put_broken(const struct terminal *t, const struct report *r, enum verdict v)
{
	bool any = false;
	for (size_t i = 0; i < r->rule_count; i++) {
		if (r->rules[i].verdict != v)
			continue;
		if (!any) {
			fputs("    ", t->out);
			terminal_verdict(t, v);
			fputc(' ', t->out);
		}
		any = true;
		fprintf(t->out, " %s", r->rules[i].id);
	}
	if (any)
		fputc('\n', t->out);
}

void terminal_rules(const struct terminal *t, const struct report *r)
{
	size_t counts[VERDICT_COUNT];
	if (!r->rule_count)
		return;
	report_count_rules(r, counts);
	fputs("rules: ", t->out);
	terminal_counts(t, counts);
	put_broken(t, r, VERDICT_FAIL);
	put_broken(t, r, VERDICT_WARN);
}

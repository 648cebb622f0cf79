/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress and summary for people at a terminal or reading a log. */
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "escape.h"
#include "glance.h"
#include "internal.h"
#include "lab.h"
#include "memory.h"

static const char *color_of(enum verdict v)
{
	switch (v) {
	case VERDICT_PASS:
		return "\033[32m";
	case VERDICT_FAIL:
	case VERDICT_CRASH:
		return "\033[1;31m";
	case VERDICT_WARN:
	case VERDICT_INCONCLUSIVE:
		return "\033[33m";
	default:
		return "\033[36m";
	}
}

void terminal_verdict(const struct terminal *t, enum verdict v)
{
	if (t->color)
		fprintf(t->out, "%s%s\033[0m", color_of(v), verdict_name(v));
	else
		fputs(verdict_name(v), t->out);
}

void terminal_text(FILE *out, const char *text)
{
	char *clean = escape_text(text);
	fputs(clean, out);
	free(clean);
}

static void put_place(const struct terminal *t, size_t i, double elapsed)
{
	const int width = snprintf(NULL, 0, "%zu", t->total);
	fprintf(t->out, "[%*zu/%zu %4.0fs] ", width, i, t->total, elapsed);
}

void terminal_running(const struct terminal *t, size_t i, double elapsed, const char *id,
		      double seconds)
{
	if (!t->tty || t->quiet)
		return;
	fputs("\r\033[K", t->out);
	put_place(t, i, elapsed);
	fprintf(t->out, "%s ... %.0f s", id, seconds);
	fflush(t->out);
}

/* Is it the first that this monitor found broken? Then *worst is its worst. */
static bool is_first_break(const struct case_result *r, size_t at, enum verdict *worst)
{
	const char *monitor = r->findings[at].monitor;
	*worst = r->findings[at].verdict;
	if (!monitor || *worst == VERDICT_PASS)
		return false;
	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		if (!f->monitor || f->verdict == VERDICT_PASS || strcmp(f->monitor, monitor) != 0)
			continue;
		if (i < at)
			return false;
		if (verdict_worse(f->verdict, *worst))
			*worst = f->verdict;
	}
	return true;
}

/* "; monitors: fail stat-sn, warn reserved" */
static void put_monitor_names(const struct terminal *t, const struct case_result *r)
{
	const char *gap = "; monitors: ";
	for (size_t i = 0; i < r->finding_count; i++) {
		enum verdict worst;
		if (!is_first_break(r, i, &worst))
			continue;
		fputs(gap, t->out);
		terminal_verdict(t, worst);
		fprintf(t->out, " %s", r->findings[i].monitor);
		gap = ", ";
	}
}

void terminal_ended(const struct terminal *t, size_t i, double elapsed, const struct report_case *c)
{
	if (t->quiet)
		return;
	if (t->tty)
		fputs("\r\033[K", t->out);
	put_place(t, i, elapsed);
	fprintf(t->out, "%s ... ", c->result.id);
	terminal_verdict(t, c->result.verdict);
	fprintf(t->out, " (%.1f s)", c->result.seconds);
	if (c->known == KNOWN_SAME)
		fputs(", known", t->out);
	else if (c->known == KNOWN_WORSE)
		fputs(", worse than the baseline", t->out);
	else if (c->known == KNOWN_BETTER)
		fputs(", better than the baseline", t->out);
	else if (c->known == KNOWN_NEW)
		fputs(", new", t->out);
	put_monitor_names(t, &c->result);
	fputc('\n', t->out);
	fflush(t->out);
}

static void put_events(FILE *out, const struct finding *f)
{
	fputs("events", out);
	for (size_t i = 0; i < f->event_count; i++)
		fprintf(out, " %llu", (unsigned long long)f->events[i]);
	fputc('\n', out);
}

/* Whoever is accused, or told of a crash, has not the RFC at hand. */
static bool is_accused(enum verdict v)
{
	return v == VERDICT_FAIL || v == VERDICT_WARN || v == VERDICT_CRASH;
}

static unsigned columns(const struct terminal *t)
{
	enum { USUAL = 100, LEAST = 40 };
	return !t->columns ? USUAL : t->columns < LEAST ? LEAST : t->columns;
}

static void put_proof(const struct terminal *t, const struct report *r, const struct finding *f,
		      bool brief)
{
	const bool rules = f->rules && *f->rules;
	if (is_accused(f->verdict)) {
		glance_print(t->out, r, f,
			     &(struct glance_style){.columns = columns(t),
						    .indent = 6,
						    .color = t->color,
						    .brief = brief});
		return;
	}
	if (!rules && !f->event_count)
		return;
	fputs("      ", t->out);
	if (rules)
		fprintf(t->out, "rules %s%s", f->rules, f->event_count ? "; " : "\n");
	if (f->event_count)
		put_events(t->out, f);
}

void terminal_proof(const struct terminal *t, const struct report *r, const struct finding *f)
{
	put_proof(t, r, f, false);
}

/* In the case's own words, or in one line all that there is: not twice what stands below it. */
void terminal_reason(const struct terminal *t, const struct finding *f, unsigned used)
{
	char *text = glance_headline(f), *clean = escape_text(text);
	columns_wrap(t->out, clean, columns(t) - 6, 6, used > 6 ? used - 6 : 0, 0);
	free(text);
	free(clean);
}

/* Findings that led to the verdict, and what was seen besides; what monitors found is told below,
 * once and not in each case, and the others are in report.json. */
static bool matters(const struct case_result *r, const struct finding *f)
{
	if (f->monitor)
		return false;
	return f->besides || f->verdict == r->verdict || f->verdict == VERDICT_FAIL ||
	       (f->verdict == VERDICT_WARN && r->verdict != VERDICT_PASS);
}

/* Of those that are alike the first is told in full, some more in short, and the rest counted. */
enum { BRIEF_MOST = 2 };

static void put_finding(const struct terminal *t, const struct report *r,
			const struct case_result *c, size_t at)
{
	const struct finding *f = &c->findings[at];
	const size_t told = is_accused(f->verdict) ? BRIEF_MOST : 0;
	size_t before = 0, behind = 0;
	unsigned used = 4;
	for (size_t i = 0; i < c->finding_count; i++)
		if (i != at && matters(c, &c->findings[i]) && glance_alike(f, &c->findings[i]))
			(*(i < at ? &before : &behind))++;
	if (before > told)
		return;
	fputs("    ", t->out);
	if (f->line)
		used += (unsigned)fprintf(t->out, "line %u: ", f->line);
	terminal_reason(t, f, used);
	if (f->legal)
		fprintf(t->out, " [legal under: %s]", f->legal);
	fputc('\n', t->out);
	put_proof(t, r, f, before);
	if (before == told && behind)
		fprintf(t->out, "      and %zu more like it\n", behind);
}

void terminal_known(FILE *out, const struct report_case *c)
{
	static const char *const heads[KNOWN_COUNT] = {
		[KNOWN_SAME] = "    baseline: ",
		[KNOWN_WORSE] = "    worse than the baseline: ",
		[KNOWN_BETTER] = "    no longer so, remove it from the baseline: ",
		[KNOWN_NEW] = "    new: the baseline does not know it",
	};
	if (c->known == KNOWN_NOTHING)
		return;
	fputs(heads[c->known], out);
	if (c->known == KNOWN_NEW && c->known_reason)
		fputs(": ", out);
	terminal_text(out, c->known_reason);
	fputc('\n', out);
}

static void put_purpose(const struct terminal *t, const struct report_case *c)
{
	if (!c->purpose || !is_accused(c->result.verdict))
		return;
	char *clean = escape_text(c->purpose);
	fputs("    purpose: ", t->out);
	columns_wrap(t->out, clean, columns(t) - 13, 13, 0, 0);
	fputc('\n', t->out);
	free(clean);
}

/* "      monitors  fail stat-sn, warn reserved: below" */
static void put_monitors(const struct terminal *t, const struct case_result *r)
{
	bool any = false;
	for (size_t i = 0; i < r->finding_count; i++) {
		enum verdict worst;
		if (!is_first_break(r, i, &worst))
			continue;
		fputs(any ? ", " : "      monitors  ", t->out);
		terminal_verdict(t, worst);
		fprintf(t->out, " %s", r->findings[i].monitor);
		any = true;
	}
	if (any)
		fputs(": told below\n", t->out);
}

void terminal_log(const struct terminal *t, const struct report_case *c)
{
	if (!c->log)
		return;
	fputs("      log       ", t->out);
	if (t->folder)
		fprintf(t->out, "iserspec log %s/", t->folder);
	terminal_text(t->out, c->log);
	fputs(c->log_cut ? ", cut at its limit\n" : "\n", t->out);
}

static void put_title(const struct terminal *t, const char *title, unsigned used)
{
	char *clean = escape_text(title);
	if (*clean) {
		fputs("  ", t->out);
		columns_wrap(t->out, clean, columns(t) - 4, 4, used > 2 ? used - 2 : 0, 0);
	}
	free(clean);
}

static void put_case(const struct terminal *t, const struct report *report,
		     const struct report_case *c)
{
	const struct case_result *r = &c->result;
	bool told = false;

	fputc('\n', t->out);
	terminal_verdict(t, r->verdict);
	fprintf(t->out, "  %s", r->id);
	put_title(t, c->title, (unsigned)(strlen(verdict_name(r->verdict)) + 2 + strlen(r->id)));
	fputc('\n', t->out);
	put_purpose(t, c);
	for (size_t i = 0; i < r->finding_count; i++) {
		if (!matters(r, &r->findings[i]))
			continue;
		put_finding(t, report, r, i);
		told |= !r->findings[i].monitor && r->findings[i].reason && r->reason &&
			!strcmp(r->findings[i].reason, r->reason);
	}
	if (!told && r->reason && *r->reason) {
		fputs("    ", t->out);
		terminal_text(t->out, r->reason);
		fputc('\n', t->out);
	}
	put_monitors(t, r);
	terminal_known(t->out, c);
	terminal_log(t, c);
	char *again =
		t->folder && is_accused(r->verdict) ? glance_again(report, c, t->folder) : NULL;
	if (again) {
		fputs("      again     ", t->out);
		terminal_text(t->out, again);
		fputc('\n', t->out);
	}
	free(again);
}

void terminal_counts(const struct terminal *t, const size_t counts[VERDICT_COUNT])
{
	const char *gap = "";

	for (unsigned v = 0; v < VERDICT_COUNT; v++) {
		/* A zero that matters is said, too. */
		if (!counts[v] && v != VERDICT_PASS && v != VERDICT_FAIL)
			continue;
		fprintf(t->out, "%s%zu ", gap, counts[v]);
		terminal_verdict(t, (enum verdict)v);
		gap = ", ";
	}
	fputc('\n', t->out);
}

static void put_closes(const struct terminal *t, const struct report *r)
{
	size_t counts[CLOSE_COUNT] = {0};
	const char *gap = "connections ended: ";

	for (size_t i = 0; i < r->count; i++)
		counts[r->cases[i].result.close]++;
	for (unsigned k = CLOSE_CLEAN; k < CLOSE_COUNT; k++) {
		if (!counts[k])
			continue;
		fprintf(t->out, "%s%zu %s", gap, counts[k], close_name((enum close_kind)k));
		gap = ", ";
	}
	if (*gap == ',')
		fputc('\n', t->out);
}

/* Nothing but its reason is worth telling. */
static bool plainly_not_applicable(const struct report_case *c)
{
	return c->result.verdict == VERDICT_NOT_APPLICABLE && c->known == KNOWN_NOTHING;
}

static bool same_reason(const struct report_case *a, const struct report_case *b)
{
	return plainly_not_applicable(a) && plainly_not_applicable(b) &&
	       !strcmp(a->result.reason, b->result.reason);
}

/* Many cases do not apply for one reason, so the reason comes first and the cases below it. */
static void put_not_applicable(const struct terminal *t, const struct report *r)
{
	for (size_t i = 0; i < r->count; i++) {
		bool first = plainly_not_applicable(&r->cases[i]);
		for (size_t k = 0; k < i && first; k++)
			first = !same_reason(&r->cases[k], &r->cases[i]);
		if (!first)
			continue;
		fputc('\n', t->out);
		terminal_verdict(t, VERDICT_NOT_APPLICABLE);
		fputs(": ", t->out);
		terminal_text(t->out, r->cases[i].result.reason);
		fputc('\n', t->out);
		for (size_t k = i; k < r->count; k++)
			if (same_reason(&r->cases[i], &r->cases[k]))
				fprintf(t->out, "    %s\n", r->cases[k].result.id);
	}
}

void terminal_place(FILE *out, const struct report *r)
{
	terminal_text(out, r->fabric);
	if (!r->lab_told)
		return;
	fputs(", lab ", out);
	terminal_text(out, lab_text(r, "name"));
	fputs(" (", out);
	terminal_text(out, lab_text(r, "clock"));
	fputc(')', out);
}

static void put_against_baseline(const struct terminal *t, const struct report *r)
{
	size_t counts[KNOWN_COUNT];
	if (!r->has_baseline)
		return;
	report_count_known(r, counts);
	fprintf(t->out, "baseline: %zu known, %zu new, %zu worse, %zu better\n", counts[KNOWN_SAME],
		counts[KNOWN_NEW], counts[KNOWN_WORSE], counts[KNOWN_BETTER]);
}

static void put_cut_logs(const struct terminal *t, const struct report *r)
{
	const char *head = "\nlogs that were cut at their limit (--log-limit)\n";
	for (size_t i = 0; i < r->count; i++) {
		if (!r->cases[i].log_cut)
			continue;
		fprintf(t->out, "%s    %s\n", head, r->cases[i].log);
		head = "";
	}
}

void terminal_summary(const struct terminal *t, const struct report *r)
{
	size_t measured = 0, counts[VERDICT_COUNT];

	if (r->preflight && r->preflight->result.verdict != VERDICT_PASS)
		put_case(t, r, r->preflight);
	for (size_t i = 0; i < r->count; i++) {
		const struct report_case *c = &r->cases[i];
		if ((c->result.verdict != VERDICT_PASS && !plainly_not_applicable(c)) ||
		    c->known == KNOWN_BETTER)
			put_case(t, r, c);
		measured += c->result.measurement_count;
	}
	put_not_applicable(t, r);
	terminal_monitors(t, r);
	if (measured)
		fputs("\nmeasured\n", t->out);
	for (size_t i = 0; i < r->count; i++) {
		const struct case_result *c = &r->cases[i].result;
		for (size_t k = 0; k < c->measurement_count; k++) {
			const struct measurement *m = &c->measurements[k];
			fprintf(t->out, "    %s %.6g%s%s  (%s)\n", m->name, m->value,
				*m->unit ? " " : "", m->unit, c->id);
		}
	}
	put_cut_logs(t, r);
	fputc('\n', t->out);
	terminal_text(t->out, r->sut_name);
	if (r->sut_version && *r->sut_version) {
		fputs(" (", t->out);
		terminal_text(t->out, r->sut_version);
		fputc(')', t->out);
	}
	fprintf(t->out, ", %s, over ", r->sut_role);
	terminal_place(t->out, r);
	fprintf(t->out, ": %zu of %zu cases in %.0f s%s", r->count, r->planned, r->seconds,
		lab_clock_is_real(r) ? "" : " of virtual time");
	if (r->earlier)
		fprintf(t->out,
			"; the %zu that were done before, and reboots, are not counted in it",
			r->earlier);
	fputc('\n', t->out);
	report_count(r, counts);
	terminal_counts(t, counts);
	put_closes(t, r);
	if (r->monitor_count) {
		report_count_monitors(r, counts);
		fputs("monitors: ", t->out);
		terminal_counts(t, counts);
	}
	terminal_rules(t, r);
	terminal_profiles(t, r);
	put_against_baseline(t, r);
	fflush(t->out);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress, summary and matrix for people at a terminal or reading a log. */
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "memory.h"
#include "report.h"

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

static void put_verdict(const struct terminal *t, enum verdict v)
{
	if (t->color)
		fprintf(t->out, "%s%s\033[0m", color_of(v), verdict_name(v));
	else
		fputs(verdict_name(v), t->out);
}

static void put_text(FILE *out, const char *text)
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

void terminal_ended(const struct terminal *t, size_t i, double elapsed, const struct report_case *c)
{
	if (t->quiet)
		return;
	if (t->tty)
		fputs("\r\033[K", t->out);
	put_place(t, i, elapsed);
	fprintf(t->out, "%s ... ", c->result.id);
	put_verdict(t, c->result.verdict);
	fprintf(t->out, " (%.1f s)", c->result.seconds);
	if (c->known == KNOWN_SAME)
		fputs(", known", t->out);
	else if (c->known == KNOWN_WORSE)
		fputs(", worse than the baseline", t->out);
	else if (c->known == KNOWN_BETTER)
		fputs(", better than the baseline", t->out);
	fputc('\n', t->out);
	fflush(t->out);
}

static void put_finding(const struct terminal *t, const struct finding *f)
{
	fputs("    ", t->out);
	if (f->line)
		fprintf(t->out, "line %u: ", f->line);
	put_text(t->out, f->reason);
	fputc('\n', t->out);
	const bool rules = f->rules && *f->rules;
	if (!rules && !f->event_count)
		return;
	fputs("      ", t->out);
	if (rules)
		fprintf(t->out, "rules %s%s", f->rules, f->event_count ? "; " : "");
	if (f->event_count)
		fputs("events", t->out);
	for (size_t i = 0; i < f->event_count; i++)
		fprintf(t->out, " %llu", (unsigned long long)f->events[i]);
	fputc('\n', t->out);
}

/* Findings that led to the verdict, and what was seen besides; the others are in report.json. */
static bool matters(const struct case_result *r, const struct finding *f)
{
	return f->besides || f->verdict == r->verdict || f->verdict == VERDICT_FAIL ||
	       (f->verdict == VERDICT_WARN && r->verdict != VERDICT_PASS);
}

static void put_case(const struct terminal *t, const struct report_case *c)
{
	const struct case_result *r = &c->result;
	bool told = false;

	fputc('\n', t->out);
	put_verdict(t, r->verdict);
	fprintf(t->out, "  %s", r->id);
	if (c->title && *c->title) {
		fputs("  ", t->out);
		put_text(t->out, c->title);
	}
	fputc('\n', t->out);
	for (size_t i = 0; i < r->finding_count; i++) {
		if (!matters(r, &r->findings[i]))
			continue;
		put_finding(t, &r->findings[i]);
		told |= r->findings[i].reason && r->reason &&
			!strcmp(r->findings[i].reason, r->reason);
	}
	if (!told && r->reason && *r->reason) {
		fputs("    ", t->out);
		put_text(t->out, r->reason);
		fputc('\n', t->out);
	}
	if (c->known != KNOWN_NOTHING) {
		fputs(c->known == KNOWN_BETTER ? "    no longer so, remove it from the baseline: "
					       : "    baseline: ",
		      t->out);
		put_text(t->out, c->known_reason);
		fputc('\n', t->out);
	}
	if (c->log)
		fprintf(t->out, "      log %s\n", c->log);
}

static void put_counts(const struct terminal *t, const struct report *r)
{
	size_t counts[VERDICT_COUNT];
	const char *gap = "";

	report_count(r, counts);
	for (unsigned v = 0; v < VERDICT_COUNT; v++) {
		/* A zero that matters is said, too. */
		if (!counts[v] && v != VERDICT_PASS && v != VERDICT_FAIL)
			continue;
		fprintf(t->out, "%s%zu ", gap, counts[v]);
		put_verdict(t, (enum verdict)v);
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
		put_verdict(t, VERDICT_NOT_APPLICABLE);
		fputs(": ", t->out);
		put_text(t->out, r->cases[i].result.reason);
		fputc('\n', t->out);
		for (size_t k = i; k < r->count; k++)
			if (same_reason(&r->cases[i], &r->cases[k]))
				fprintf(t->out, "    %s\n", r->cases[k].result.id);
	}
}

void terminal_summary(const struct terminal *t, const struct report *r)
{
	size_t measured = 0;

	for (size_t i = 0; i < r->count; i++) {
		const struct report_case *c = &r->cases[i];
		if ((c->result.verdict != VERDICT_PASS && !plainly_not_applicable(c)) ||
		    c->known == KNOWN_BETTER)
			put_case(t, c);
		measured += c->result.measurement_count;
	}
	put_not_applicable(t, r);
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
	fputc('\n', t->out);
	put_text(t->out, r->sut_name);
	if (r->sut_version && *r->sut_version) {
		fputs(" (", t->out);
		put_text(t->out, r->sut_version);
		fputc(')', t->out);
	}
	fprintf(t->out, ", %s, over ", r->sut_role);
	put_text(t->out, r->fabric);
	fprintf(t->out, ": %zu of %zu cases in %.0f s\n", r->count, r->planned, r->seconds);
	put_counts(t, r);
	put_closes(t, r);
	fflush(t->out);
}

/* ---- matrix ---- */

static int widest(const struct report *reports, size_t n, int width)
{
	for (size_t i = 0; i < n; i++) {
		const int len = (int)strlen(reports[i].sut_name);
		width = len > width ? len : width;
	}
	return width;
}

static const struct report_case *find_case(const struct report *r, const char *id)
{
	for (size_t i = 0; i < r->count; i++)
		if (!strcmp(r->cases[i].result.id, id))
			return &r->cases[i];
	return NULL;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_grid(FILE *out, const struct report *reports, size_t n)
{
	const char **ids = NULL;
	size_t count = 0;
	int width = 4;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < reports[i].count; k++) {
			const char *id = reports[i].cases[k].result.id;
			ids = grow(ids, count, sizeof(*ids));
			ids[count++] = id;
			width = (int)strlen(id) > width ? (int)strlen(id) : width;
		}
	if (count)
		qsort(ids, count, sizeof(*ids), compare_ids);

	const int column = widest(reports, n, (int)strlen("not-applicable"));
	fprintf(out, "\n%-*s", width, "case");
	for (size_t i = 0; i < n; i++)
		fprintf(out, "  %-*s", i + 1 < n ? column : 0, reports[i].sut_name);
	fputc('\n', out);
	for (size_t k = 0; k < count; k++) {
		if (k && !strcmp(ids[k], ids[k - 1]))
			continue;
		fprintf(out, "%-*s", width, ids[k]);
		for (size_t i = 0; i < n; i++) {
			const struct report_case *c = find_case(&reports[i], ids[k]);
			fprintf(out, "  %-*s", i + 1 < n ? column : 0,
				c ? verdict_name(c->result.verdict) : "-");
		}
		fputc('\n', out);
	}
	free(ids);
}

void terminal_matrix(FILE *out, const struct report *reports, char *const *paths, size_t n,
		     bool cases)
{
	const int width = widest(reports, n, 3);

	fprintf(out, "%-*s  %-9s", width, "SUT", "role");
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		fprintf(out, "  %s", verdict_name((enum verdict)v));
	fputs("  report\n", out);
	for (size_t i = 0; i < n; i++) {
		const struct report *r = &reports[i];
		size_t counts[VERDICT_COUNT];
		report_count(r, counts);
		fprintf(out, "%-*s  %-9s", width, r->sut_name, r->sut_role);
		for (unsigned v = 0; v < VERDICT_COUNT; v++)
			fprintf(out, "  %*zu", (int)strlen(verdict_name((enum verdict)v)),
				counts[v]);
		fprintf(out, "  %s", paths[i]);
		if (r->count < r->planned)
			fprintf(out, " (%zu of %zu cases only)", r->count, r->planned);
		fputc('\n', out);
	}
	if (cases)
		put_grid(out, reports, n);
}

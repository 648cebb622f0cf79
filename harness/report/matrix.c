/* SPDX-License-Identifier: BSD-2-Clause */
/* Several reports side by side. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "memory.h"

enum { MONITORS_WIDTH = 22 };

/* The reports and what they are called. */
struct columns {
	const struct report *at;
	char **heads;
	size_t n;
};

static int widest(const struct columns *c, int width)
{
	for (size_t i = 0; i < c->n; i++) {
		const int len = (int)strlen(c->heads[i]);
		width = len > width ? len : width;
	}
	return width;
}

static const struct report_case *find_among(const struct report_case *cases, size_t count,
					    const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(cases[i].result.id, id))
			return &cases[i];
	return NULL;
}

/* A case or a monitor: their ids differ. */
static const struct report_case *find_row(const struct report *r, const char *id)
{
	const struct report_case *c = find_among(r->cases, r->count, id);
	return c ? c : find_among(r->monitors, r->monitor_count, id);
}

static const char *verdict_in(const struct report *r, const char *id)
{
	const struct report_case *row = find_row(r, id);
	return row ? verdict_name(row->result.verdict) : "-";
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct ids {
	const char **at;
	size_t count;
	int width;
};

static void add_ids(struct ids *ids, const struct report_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *id = cases[i].result.id;
		ids->at = grow(ids->at, ids->count, sizeof(*ids->at));
		ids->at[ids->count++] = id;
		ids->width = (int)strlen(id) > ids->width ? (int)strlen(id) : ids->width;
	}
}

/* One that is not there differs from one that is. */
static bool differs(const struct columns *c, const char *id)
{
	for (size_t i = 1; i < c->n; i++)
		if (strcmp(verdict_in(&c->at[i], id), verdict_in(&c->at[0], id)) != 0)
			return true;
	return false;
}

struct row_counts {
	size_t all, differing;
};

/* Each id once, in order. */
static void put_rows(FILE *out, const struct ids *ids, int column, const struct columns *c,
		     enum matrix_view view, struct row_counts *counts)
{
	if (ids->count)
		qsort(ids->at, ids->count, sizeof(*ids->at), compare_ids);
	for (size_t k = 0; k < ids->count; k++) {
		if (k && !strcmp(ids->at[k], ids->at[k - 1]))
			continue;
		const bool difference = differs(c, ids->at[k]);
		counts->all++;
		counts->differing += difference;
		if (view == MATRIX_DIFFERENCES && !difference)
			continue;
		fprintf(out, "%-*s", ids->width, ids->at[k]);
		for (size_t i = 0; i < c->n; i++)
			fprintf(out, "  %-*s", i + 1 < c->n ? column : 0,
				verdict_in(&c->at[i], ids->at[k]));
		fputc('\n', out);
	}
}

static void put_grid(FILE *out, const struct columns *c, enum matrix_view view)
{
	struct row_counts counts = {0};
	struct ids cases = {.width = 4}, watched = {0};
	for (size_t i = 0; i < c->n; i++) {
		add_ids(&cases, c->at[i].cases, c->at[i].count);
		add_ids(&watched, c->at[i].monitors, c->at[i].monitor_count);
	}
	const int width = cases.width > watched.width ? cases.width : watched.width;
	cases.width = watched.width = width;

	const int column = widest(c, (int)strlen("not-applicable"));
	fprintf(out, "\n%-*s", width, "case");
	for (size_t i = 0; i < c->n; i++)
		fprintf(out, "  %-*s", i + 1 < c->n ? column : 0, c->heads[i]);
	fputc('\n', out);
	put_rows(out, &cases, column, c, view, &counts);
	put_rows(out, &watched, column, c, view, &counts);
	if (view == MATRIX_DIFFERENCES)
		fprintf(out, "%zu of %zu differ\n", counts.differing, counts.all);
	free(cases.at);
	free(watched.at);
}

/* "2 fail, 1 warn of 30" */
static const char *monitors_text(const struct report *r, char *buf, size_t size)
{
	size_t counts[VERDICT_COUNT];
	report_count_monitors(r, counts);
	if (!r->monitor_count)
		snprintf(buf, size, "-");
	else if (counts[VERDICT_FAIL] || counts[VERDICT_WARN])
		snprintf(buf, size, "%zu fail, %zu warn of %zu", counts[VERDICT_FAIL],
			 counts[VERDICT_WARN], r->monitor_count);
	else
		snprintf(buf, size, "0 of %zu broken", r->monitor_count);
	return buf;
}

void terminal_matrix(FILE *out, const struct report *reports, char *const *paths, size_t n,
		     enum matrix_view view)
{
	const struct columns c = {.at = reports, .heads = matrix_heads(reports, n), .n = n};
	const int width = widest(&c, 3);

	fprintf(out, "%-*s  %-9s", width, "SUT", "role");
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		fprintf(out, "  %s", verdict_name((enum verdict)v));
	fprintf(out, "  %-*s  report\n", MONITORS_WIDTH, "monitors");
	for (size_t i = 0; i < n; i++) {
		const struct report *r = &reports[i];
		size_t counts[VERDICT_COUNT];
		report_count(r, counts);
		fprintf(out, "%-*s  %-9s", width, c.heads[i], r->sut_role);
		for (unsigned v = 0; v < VERDICT_COUNT; v++)
			fprintf(out, "  %*zu", (int)strlen(verdict_name((enum verdict)v)),
				counts[v]);
		char text[64];
		fprintf(out, "  %-*s  %s", MONITORS_WIDTH, monitors_text(r, text, sizeof(text)),
			paths[i]);
		if (r->count < r->planned)
			fprintf(out, " (%zu of %zu cases only)", r->count, r->planned);
		fputc('\n', out);
	}
	if (view != MATRIX_REPORTS)
		put_grid(out, &c, view);
	matrix_heads_free(c.heads, n);
}

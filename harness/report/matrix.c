/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of reports that stand side by side. */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

static const char *verdict_in(const struct report *r, enum matrix_kind kind, const char *id)
{
	if (kind == MATRIX_RULE) {
		const struct report_rule *rule = report_find_rule(r, id);
		return rule ? verdict_name(rule->verdict) : "-";
	}
	const struct report_case *c =
		kind == MATRIX_CASE ? report_find_case(r, id) : report_find_monitor(r, id);
	return c ? verdict_name(c->result.verdict) : "-";
}

/* Of one kind, from all reports; the caller frees. */
static const char **collect_ids(const struct matrix *m, enum matrix_kind kind, size_t *count)
{
	const char **ids = NULL;
	*count = 0;
	for (size_t i = 0; i < m->n; i++) {
		const struct report *r = &m->reports[i];
		const size_t n = kind == MATRIX_CASE	  ? r->count
				 : kind == MATRIX_MONITOR ? r->monitor_count
							  : r->rule_count;
		for (size_t k = 0; k < n; k++) {
			ids = grow(ids, *count, sizeof(*ids));
			ids[(*count)++] = kind == MATRIX_CASE	   ? r->cases[k].result.id
					  : kind == MATRIX_MONITOR ? r->monitors[k].result.id
								   : r->rules[k].id;
		}
	}
	return ids;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_row(struct matrix *m, enum matrix_kind kind, const char *id)
{
	struct matrix_row row = {.kind = kind, .id = id};
	row.verdicts = must(calloc(m->n, sizeof(*row.verdicts)));
	for (size_t i = 0; i < m->n; i++) {
		row.verdicts[i] = verdict_in(&m->reports[i], kind, id);
		row.differs |= strcmp(row.verdicts[i], row.verdicts[0]) != 0;
	}
	m->all++;
	m->differing += row.differs;
	if (m->differences && !row.differs) {
		free(row.verdicts);
		return;
	}
	m->rows = grow(m->rows, m->count, sizeof(*m->rows));
	m->rows[m->count++] = row;
}

void matrix_make(struct matrix *m, const struct report *reports, char *const *paths, size_t n,
		 unsigned kinds, bool differences)
{
	*m = (struct matrix){
		.reports = reports,
		.paths = paths,
		.heads = matrix_heads(reports, n),
		.n = n,
		.differences = differences,
	};
	for (enum matrix_kind kind = 0; kind < MATRIX_KINDS; kind++) {
		if (!(kinds & 1U << kind))
			continue;
		size_t count;
		const char **ids = collect_ids(m, kind, &count);
		if (count)
			qsort(ids, count, sizeof(*ids), compare_ids);
		for (size_t k = 0; k < count; k++)
			if (!k || strcmp(ids[k], ids[k - 1]) != 0)
				add_row(m, kind, ids[k]);
		free(ids);
	}
}

void matrix_free(struct matrix *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->rows[i].verdicts);
	free(m->rows);
	matrix_heads_free(m->heads, m->n);
	*m = (struct matrix){0};
}

const char *matrix_monitors_text(const struct report *r, char *buf, size_t size)
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

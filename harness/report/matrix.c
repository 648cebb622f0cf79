/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of reports that stand side by side. */
#include "matrix.h"

#include <stdlib.h>
#include <string.h>

#include "../oracle/watch.h"
#include "memory.h"

static const char absent[] = "-";

const char *matrix_kind_name(enum matrix_kind kind)
{
	static const char *const names[MATRIX_KINDS] = {"case", "monitor", "rule"};
	return names[kind];
}

const struct report_case *matrix_case_in(const struct report *r, const struct matrix_row *row)
{
	if (row->kind == MATRIX_RULE)
		return NULL;
	return row->kind == MATRIX_CASE ? report_find_case(r, row->id)
					: report_find_monitor(r, row->id);
}

static const char *monitor_words(const char *id)
{
	static const char head[] = "monitor/";
	const struct monitor *monitor =
		strncmp(id, head, sizeof(head) - 1) ? NULL : monitor_by_name(id + sizeof(head) - 1);
	return monitor ? monitor->doc : NULL;
}

const char *matrix_row_title(const struct matrix *m, const struct matrix_row *row)
{
	if (row->kind == MATRIX_MONITOR)
		return monitor_words(row->id);
	for (size_t i = 0; i < m->n; i++) {
		const struct report_rule *rule = report_find_rule(&m->reports[i], row->id);
		const struct report_case *c = matrix_case_in(&m->reports[i], row);
		const char *title = c				       ? c->title
				    : rule && row->kind == MATRIX_RULE ? rule->summary
								       : NULL;
		if (title && *title)
			return title;
	}
	return NULL;
}

static const char *verdict_in(const struct report *r, const struct matrix_row *row)
{
	if (row->kind == MATRIX_RULE) {
		const struct report_rule *rule = report_find_rule(r, row->id);
		return rule ? verdict_name(rule->verdict) : absent;
	}
	const struct report_case *c = matrix_case_in(r, row);
	return c ? verdict_name(c->result.verdict) : absent;
}

/* Has any report of the role of that one the row? */
static bool has_a_say(const struct matrix *m, const struct matrix_row *row, size_t which)
{
	for (size_t i = 0; i < m->n; i++)
		if (row->verdicts[i] != absent &&
		    !strcmp(m->reports[i].sut_role, m->reports[which].sut_role))
			return true;
	return false;
}

static bool differ(const struct matrix *m, const struct matrix_row *row)
{
	const char *first = NULL;
	for (size_t i = 0; i < m->n; i++) {
		if (!has_a_say(m, row, i))
			continue;
		if (first && strcmp(first, row->verdicts[i]) != 0)
			return true;
		first = row->verdicts[i];
	}
	return false;
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

static bool is_wished(const struct matrix *m, const struct matrix_row *row)
{
	if (m->wish.differences && !row->differs)
		return false;
	for (size_t i = 0; m->wish.verdicts && i < m->n; i++) {
		const int verdict = verdict_by_name(row->verdicts[i]);
		if (verdict >= 0 && m->wish.verdicts & 1U << verdict)
			return true;
	}
	return !m->wish.verdicts;
}

static void add_row(struct matrix *m, enum matrix_kind kind, const char *id)
{
	struct matrix_row row = {.kind = kind, .id = id};
	row.verdicts = must(calloc(m->n, sizeof(*row.verdicts)));
	for (size_t i = 0; i < m->n; i++)
		row.verdicts[i] = verdict_in(&m->reports[i], &row);
	row.differs = differ(m, &row);
	m->all++;
	m->differing += row.differs;
	if (!is_wished(m, &row)) {
		free(row.verdicts);
		return;
	}
	m->rows = grow(m->rows, m->count, sizeof(*m->rows));
	m->rows[m->count++] = row;
}

void matrix_make(struct matrix *m, const struct report *reports, char *const *paths, size_t n,
		 const struct matrix_wish *wish)
{
	*m = (struct matrix){
		.reports = reports,
		.paths = paths,
		.heads = matrix_heads(reports, n),
		.n = n,
		.wish = *wish,
	};
	for (enum matrix_kind kind = 0; kind < MATRIX_KINDS; kind++) {
		if (!(wish->kinds & 1U << kind))
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

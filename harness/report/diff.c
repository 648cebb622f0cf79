/* SPDX-License-Identifier: BSD-2-Clause */
/* What has become of each row of an older report. */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

#include "memory.h"

/* NULL: a rule, or the report does not have it. */
static const struct case_result *result_of(const struct report *r, const struct matrix_row *row)
{
	const struct report_case *c = row->kind == MATRIX_CASE ? report_find_case(r, row->id)
				      : row->kind == MATRIX_MONITOR
					      ? report_find_monitor(r, row->id)
					      : NULL;
	return c ? &c->result : NULL;
}

static bool is_bad(int v)
{
	return v == VERDICT_WARN || v == VERDICT_FAIL || v == VERDICT_CRASH;
}

static bool is_unstable(const struct case_result *r)
{
	return r && r->verdict == VERDICT_INCONCLUSIVE &&
	       !strncmp(r->reason, REASON_UNSTABLE, strlen(REASON_UNSTABLE));
}

/* -1: the report has no word about it. A monitor that does not apply had nothing to look at. */
static int word_about(const struct matrix_row *row, size_t which)
{
	const int v = verdict_by_name(row->verdicts[which]);
	return row->kind != MATRIX_CASE && v == VERDICT_NOT_APPLICABLE ? -1 : v;
}

static enum diff_state state_of(int was, int is, bool unstable)
{
	if (is < 0)
		return DIFF_GONE;
	if (unstable)
		return DIFF_UNSTABLE;
	if (is_bad(is) && (!is_bad(was) || verdict_worse((enum verdict)is, (enum verdict)was)))
		return DIFF_WORSE;
	if (is == VERDICT_INCONCLUSIVE)
		return DIFF_UNDECIDED;
	if (was < 0)
		return DIFF_NEW;
	if (is == VERDICT_NOT_APPLICABLE)
		return DIFF_SILENT;
	return is_bad(was) ? DIFF_MENDED : DIFF_OTHER;
}

static void add_row(struct diff *d, const struct matrix_row *row)
{
	const struct report *r = d->matrix.reports;
	const struct case_result *before = result_of(&r[0], row), *now = result_of(&r[1], row);
	const bool unstable = is_unstable(now) && !is_unstable(before);
	if (!row->differs && !unstable)
		return;
	d->rows = grow(d->rows, d->count, sizeof(*d->rows));
	struct diff_row *to = &d->rows[d->count++];
	*to = (struct diff_row){
		.row = row,
		.state = state_of(word_about(row, 0), word_about(row, 1), unstable),
		.reason = now && *now->reason ? now->reason : NULL,
	};
	d->counts[to->state]++;
}

void diff_make(struct diff *d, const struct report reports[2], char *const paths[2])
{
	*d = (struct diff){
		.complete = reports[1].count >= reports[1].planned,
		.same_cases = report_same_provenance(&reports[0], &reports[1], "cases") &&
			      report_same_provenance(&reports[0], &reports[1], "ledger"),
	};
	const struct matrix_wish all = {
		.kinds = 1U << MATRIX_CASE | 1U << MATRIX_MONITOR | 1U << MATRIX_RULE,
	};
	matrix_make(&d->matrix, reports, paths, 2, &all);
	for (size_t k = 0; k < d->matrix.count; k++)
		add_row(d, &d->matrix.rows[k]);
}

void diff_free(struct diff *d)
{
	free(d->rows);
	matrix_free(&d->matrix);
	*d = (struct diff){0};
}

const char *diff_state_name(enum diff_state s)
{
	static const char *const names[DIFF_STATES] = {
		"worse", "unstable", "undecided", "mended", "silent", "other", "new", "gone",
	};
	return names[s];
}

int diff_exit_status(const struct diff *d, bool strict)
{
	size_t counts[VERDICT_COUNT] = {0};
	for (size_t i = 0; i < d->count; i++) {
		const struct diff_row *row = &d->rows[i];
		if (row->state == DIFF_WORSE)
			counts[verdict_by_name(row->row->verdicts[1])]++;
	}
	counts[VERDICT_INCONCLUSIVE] =
		d->counts[DIFF_UNSTABLE] + d->counts[DIFF_UNDECIDED] + !d->complete;
	return verdict_exit_status(counts, strict);
}

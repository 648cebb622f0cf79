/* SPDX-License-Identifier: BSD-2-Clause */
/* What has become of an older report: for the terminal, for a comment on a patch, for programs. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "diff.h"
#include "escape.h"
#include "json.h"
#include "memory.h"

/* What only one of the reports has is counted, not listed, unless it is bad. */
#define LISTED DIFF_NEW
static const char *const titles[LISTED] = {
	[DIFF_WORSE] = "worse than it was",
	[DIFF_UNSTABLE] = "changes from run to run, and did not",
	[DIFF_UNDECIDED] = "no longer judged",
	[DIFF_MENDED] = "mended",
	[DIFF_SILENT] = "does not apply any more",
	[DIFF_OTHER] = "otherwise, neither better nor worse",
};

static bool reason_counts(const struct diff_row *row)
{
	return row->reason && row->state != DIFF_MENDED && row->state != DIFF_OTHER;
}

static int widest_id(const struct diff *d)
{
	int width = 0;
	for (size_t i = 0; i < d->count; i++) {
		const int len = (int)strlen(d->rows[i].row->id);
		if (d->rows[i].state < LISTED && len > width)
			width = len;
	}
	return width;
}

static void put_remarks(FILE *out, const struct diff *d)
{
	const struct report *now = &d->matrix.reports[1];
	if (!d->same_cases)
		fputs("the two runs had other cases, or other texts of cases or rules\n", out);
	if (!d->complete)
		fprintf(out, "the newer run did not end: %zu of %zu cases\n", now->count,
			now->planned);
}

/* "1 worse, 0 unstable, ... of 412" */
static void put_counts(FILE *out, const struct diff *d)
{
	for (unsigned s = 0; s < DIFF_STATES; s++)
		fprintf(out, "%s%zu %s", s ? ", " : "", d->counts[s],
			diff_state_name((enum diff_state)s));
	fprintf(out, " of %zu\n", d->matrix.all);
}

void diff_text(FILE *out, const struct diff *d)
{
	const int width = widest_id(d);

	fprintf(out, "%s (%s) -> %s (%s)\n", d->matrix.heads[0], d->matrix.paths[0],
		d->matrix.heads[1], d->matrix.paths[1]);
	put_remarks(out, d);
	for (unsigned s = 0; s < LISTED; s++) {
		if (d->counts[s])
			fprintf(out, "\n%s:\n", titles[s]);
		for (size_t i = 0; i < d->count; i++) {
			const struct diff_row *row = &d->rows[i];
			if (row->state != s)
				continue;
			fprintf(out, "  %-*s  %s -> %s\n", width, row->row->id,
				row->row->verdicts[0], row->row->verdicts[1]);
			if (!reason_counts(row))
				continue;
			char *safe = escape_text(row->reason);
			fprintf(out, "      %s\n", safe);
			free(safe);
		}
	}
	fputc('\n', out);
	put_counts(out, d);
}

void diff_markdown(FILE *out, const struct diff *d)
{
	put_remarks(out, d);
	for (unsigned s = 0; s < LISTED; s++) {
		if (d->counts[s])
			fprintf(out, "\n**%s**\n\n| | before | now | |\n|---|---|---|---|\n",
				titles[s]);
		for (size_t i = 0; i < d->count; i++) {
			const struct diff_row *row = &d->rows[i];
			if (row->state != s)
				continue;
			fputs("|", out);
			markdown_cell(out, row->row->id);
			markdown_cell(out, row->row->verdicts[0]);
			markdown_cell(out, row->row->verdicts[1]);
			markdown_cell(out, reason_counts(row) ? row->reason : "");
			fputc('\n', out);
		}
	}
	fputc('\n', out);
	put_counts(out, d);
}

static json_t *row_to_object(const struct diff_row *row)
{
	json_t *o = must(json_object());
	json_object_set_new(o, "id", json_text(row->row->id));
	json_object_set_new(o, "state", json_text(diff_state_name(row->state)));
	json_object_set_new(o, "before", json_text(row->row->verdicts[0]));
	json_object_set_new(o, "now", json_text(row->row->verdicts[1]));
	if (row->reason)
		json_object_set_new(o, "reason", json_text(row->reason));
	return o;
}

void diff_json(FILE *out, const struct diff *d)
{
	json_t *o = must(json_object()), *counts = must(json_object()), *rows = must(json_array());

	json_object_set_new(o, "schema", json_number(REPORT_SCHEMA));
	json_object_set_new(o, "before", json_text(d->matrix.paths[0]));
	json_object_set_new(o, "now", json_text(d->matrix.paths[1]));
	json_object_set_new(o, "complete", json_boolean(d->complete));
	json_object_set_new(o, "same_cases", json_boolean(d->same_cases));
	for (unsigned s = 0; s < DIFF_STATES; s++)
		json_object_set_new(counts, diff_state_name((enum diff_state)s),
				    json_number(d->counts[s]));
	json_object_set_new(o, "summary", counts);
	json_object_set_new(o, "looked_at", json_number(d->matrix.all));
	for (size_t i = 0; i < d->count; i++)
		json_array_append_new(rows, row_to_object(&d->rows[i]));
	json_object_set_new(o, "rows", rows);
	char *text = must(json_dumps(o, JSON_LAYOUT));
	fprintf(out, "%s\n", text);
	free(text);
	json_decref(o);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports side by side, for programs. */
#include <jansson.h>
#include <stdlib.h>

#include "json.h"
#include "lab.h"
#include "matrix.h"
#include "memory.h"

/* What is not known stays away. */
static void add_known(json_t *o, const char *member, const char *text)
{
	if (text && *text)
		json_object_set_new(o, member, json_text(text));
}

json_t *matrix_report_to_json(const struct matrix *m, size_t which)
{
	const struct report *r = &m->reports[which];
	json_t *o = must(json_object());
	size_t counts[VERDICT_COUNT];

	json_object_set_new(o, "head", json_text(m->heads[which]));
	json_object_set_new(o, "sut", json_text(r->sut_name));
	json_object_set_new(o, "version", json_text(r->sut_version));
	json_object_set_new(o, "role", json_text(r->sut_role));
	json_object_set_new(o, "lab", json_text(lab_text(r, "name")));
	json_object_set_new(o, "fabric", json_text(lab_text(r, "fabric")));
	json_object_set_new(o, "kernel", json_text(lab_text(r, "kernel.release")));
	add_known(o, "kernel_package", lab_text(r, "kernel.package"));
	add_known(o, "clock", lab_text(r, "clock"));
	add_known(o, "started", json_string_value(json_object_get(r->host, "started")));
	add_known(o, "tool_version", r->tool_version);
	add_known(o, "commit", json_string_value(json_object_get(r->provenance, "commit")));
	json_object_set_new(o, "report", json_text(m->paths[which]));
	json_object_set_new(o, "complete", json_boolean(r->count >= r->planned));
	json_object_set_new(o, "cases", json_number(r->count));
	json_object_set_new(o, "planned", json_number(r->planned));
	report_count(r, counts);
	json_object_set_new(o, "summary", report_counts_to_json(counts));
	return o;
}

static json_t *row_to_object(const struct matrix *m, const struct matrix_row *row)
{
	json_t *o = must(json_object()), *verdicts = must(json_array());

	json_object_set_new(o, "kind", json_text(matrix_kind_name(row->kind)));
	json_object_set_new(o, "id", json_text(row->id));
	add_known(o, "title", matrix_row_title(m, row));
	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(verdicts, row->verdicts[i][0] == '-'
							? must(json_null())
							: json_text(row->verdicts[i]));
	json_object_set_new(o, "verdicts", verdicts);
	json_object_set_new(o, "differs", json_boolean(row->differs));
	return o;
}

json_t *matrix_notes_to_json(const struct matrix *m)
{
	json_t *notes = must(json_array());
	for (size_t i = 0; i < m->note_count; i++)
		json_array_append_new(notes, json_text(m->notes[i]));
	return notes;
}

void matrix_json(FILE *out, const struct matrix *m)
{
	json_t *o = must(json_object()), *reports = must(json_array()), *rows = must(json_array());

	json_object_set_new(o, "schema", json_number(REPORT_SCHEMA));
	json_object_set_new(o, "notes", matrix_notes_to_json(m));
	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(reports, matrix_report_to_json(m, i));
	json_object_set_new(o, "reports", reports);
	for (size_t k = 0; k < m->count; k++)
		json_array_append_new(rows, row_to_object(m, &m->rows[k]));
	json_object_set_new(o, "rows", rows);
	json_object_set_new(o, "looked_at", json_number(m->all));
	json_object_set_new(o, "differing", json_number(m->differing));
	char *text = must(json_dumps(o, JSON_LAYOUT));
	fprintf(out, "%s\n", text);
	free(text);
	json_decref(o);
}

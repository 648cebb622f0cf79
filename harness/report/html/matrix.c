/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports side by side as a page: its data. matrix/ beside this file draws it. */
#include <stdlib.h>
#include <string.h>

#include "../json.h"
#include "../matrix.h"
#include "../memory.h"
#include "internal.h"

/* Of the cases that a rule's verdict comes from so many are named. */
enum { CASES_NAMED = 4 };

/* Reasons, each once: most are those of cases that do not apply, and the same for many. */
struct reasons {
	json_t *all;   /* array of texts */
	json_t *known; /* text -> its place in it */
};

/* The place of a text among the reasons; "" is at 0. */
static json_t *place_of(struct reasons *r, const char *text)
{
	json_t *clean = json_text(text);
	json_t *place = json_object_get(r->known, json_string_value(clean));
	if (!place) {
		place = json_number(json_array_size(r->all));
		json_object_set_new(r->known, json_string_value(clean), place);
		json_array_append(r->all, clean);
	}
	json_decref(clean);
	return json_incref(place);
}

/* "monitor keys; target/a/b, target/c/d and 7 more"; the caller frees. */
static char *evidence(const struct report_rule *rule)
{
	json_t *monitors = json_words(rule->monitors), *cases = json_words(rule->cases), *one;
	const size_t count = json_array_size(cases);
	char *text = NULL;
	size_t len = 0, i;
	FILE *out = must(open_memstream(&text, &len));
	json_array_foreach(monitors, i, one)
	{
		fprintf(out, "%smonitor %s", i ? ", " : "", json_string_value(one));
	}
	if (count && json_array_size(monitors))
		fputs("; ", out);
	json_array_foreach(cases, i, one)
	{
		if (i < CASES_NAMED)
			fprintf(out, "%s%s", i ? ", " : "", json_string_value(one));
	}
	if (count > CASES_NAMED)
		fprintf(out, " and %zu more", count - CASES_NAMED);
	must(fclose(out) ? NULL : text);
	json_decref(monitors);
	json_decref(cases);
	return text;
}

/* Why a report says that; a pass needs no reason. */
static json_t *why(struct reasons *reasons, const struct report *r, const struct matrix_row *row)
{
	const struct report_rule *rule =
		row->kind == MATRIX_RULE ? report_find_rule(r, row->id) : NULL;
	const struct report_case *c = matrix_case_in(r, row);
	if (rule && rule->verdict != VERDICT_PASS) {
		char *text = evidence(rule);
		json_t *place = place_of(reasons, text);
		free(text);
		return place;
	}
	if (c && c->result.verdict != VERDICT_PASS)
		return place_of(reasons, c->result.reason);
	return place_of(reasons, "");
}

/* Where a rule stands, and how binding it is: "MUST, RFC 7145 5.1.3". */
static void add_place(json_t *o, const struct matrix *m, const struct matrix_row *row)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct report_rule *rule =
			row->kind == MATRIX_RULE ? report_find_rule(&m->reports[i], row->id) : NULL;
		if (!rule)
			continue;
		char *text = text_format("%s%s%s", rule->level, rule->section ? ", " : "",
					 rule->section ? rule->section : "");
		json_object_set_new(o, "place", json_text(text));
		free(text);
		return;
	}
}

static void add_purpose(json_t *o, const struct matrix *m, const struct matrix_row *row)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct report_case *c = matrix_case_in(&m->reports[i], row);
		if (!c || !c->purpose || !*c->purpose)
			continue;
		json_object_set_new(o, "purpose", json_text(c->purpose));
		return;
	}
}

/* verdicts: places in the page's own list, -1: none. */
static json_t *row_to_json(const struct matrix *m, const struct matrix_row *row,
			   struct reasons *reasons)
{
	json_t *o = must(json_object()), *verdicts = must(json_array()), *whys = must(json_array());
	for (size_t i = 0; i < m->n; i++) {
		json_array_append_new(verdicts,
				      must(json_integer(verdict_by_name(row->verdicts[i]))));
		json_array_append_new(whys, why(reasons, &m->reports[i], row));
	}
	json_object_set_new(o, "kind", json_text(matrix_kind_name(row->kind)));
	json_object_set_new(o, "id", json_text(row->id));
	json_object_set_new(o, "title", json_text(matrix_row_title(m, row)));
	add_purpose(o, m, row);
	add_place(o, m, row);
	json_object_set_new(o, "verdicts", verdicts);
	json_object_set_new(o, "why", whys);
	return o;
}

static json_t *reports_to_json(const struct matrix *m)
{
	json_t *all = must(json_array());
	for (size_t i = 0; i < m->n; i++) {
		json_t *o = matrix_report_to_json(m, i);
		/* A folder of whoever made the page; no reader has it. */
		json_object_del(o, "report");
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *verdict_names(void)
{
	json_t *names = must(json_array());
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		json_array_append_new(names, json_text(verdict_name((enum verdict)v)));
	return names;
}

json_t *html_matrix_data(const struct matrix *m)
{
	struct reasons reasons = {.all = must(json_array()), .known = must(json_object())};
	json_t *o = must(json_object()), *rows = must(json_array());
	json_decref(place_of(&reasons, ""));
	for (size_t k = 0; k < m->count; k++)
		json_array_append_new(rows, row_to_json(m, &m->rows[k], &reasons));
	json_object_set_new(o, "notes", matrix_notes_to_json(m));
	json_object_set_new(o, "reports", reports_to_json(m));
	json_object_set_new(o, "verdicts", verdict_names());
	json_object_set_new(o, "rows", rows);
	json_object_set_new(o, "left_out", json_number(m->all - m->count));
	json_object_set_new(o, "reasons", reasons.all);
	json_decref(reasons.known);
	return o;
}

void matrix_html(FILE *out, const struct matrix *m)
{
	json_t *data = html_matrix_data(m);
	const struct html_page page = {
		.title = "iSER conformance, side by side",
		.instead = "`iserspec matrix` prints the same as text, Markdown or JSON.",
		.styles = html_matrix_styles,
		.scripts = html_matrix_scripts,
		.data = data,
	};
	html_put(out, &page);
	json_decref(data);
}

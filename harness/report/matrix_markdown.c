/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports side by side, as tables of Markdown. */
#include <stdlib.h>

#include "escape.h"
#include "lab.h"
#include "matrix.h"

static void put_plainly(FILE *out, const char *text)
{
	char *safe = escape_text(text);
	for (const char *c = safe; *c; c++) {
		if (*c == '|' || *c == '\\' || *c == '*' || *c == '_' || *c == '`' || *c == '[' ||
		    *c == '<' || *c == '&')
			fputc('\\', out);
		fputc(*c, out);
	}
	free(safe);
}

void markdown_cell(FILE *out, const char *text)
{
	fputs(" ", out);
	put_plainly(out, text);
	fputs(" |", out);
}

static void put_line(FILE *out, size_t cells)
{
	fputs("|", out);
	for (size_t i = 0; i < cells; i++)
		fputs("---|", out);
	fputc('\n', out);
}

static void put_counts(FILE *out, const struct report *r, const char *head)
{
	size_t counts[VERDICT_COUNT];
	char text[64];
	report_count(r, counts);
	fputs("|", out);
	markdown_cell(out, head);
	markdown_cell(out, r->sut_version);
	markdown_cell(out, r->sut_role);
	markdown_cell(out, lab_text(r, "name"));
	markdown_cell(out, lab_text(r, "fabric"));
	markdown_cell(out, lab_text(r, "kernel.release"));
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		fprintf(out, " %zu |", counts[v]);
	markdown_cell(out, matrix_monitors_text(r, text, sizeof(text)));
	if (r->count < r->planned)
		fprintf(out, " %zu of %zu only |\n", r->count, r->planned);
	else
		fprintf(out, " %zu |\n", r->count);
}

void matrix_markdown(FILE *out, const struct matrix *m)
{
	for (size_t i = 0; i < m->note_count; i++) {
		put_plainly(out, m->notes[i]);
		fputs("\n\n", out);
	}
	fputs("| SUT | version | role | lab | fabric | kernel |", out);
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		fprintf(out, " %s |", verdict_name((enum verdict)v));
	fputs(" monitors | cases |\n", out);
	put_line(out, 6 + VERDICT_COUNT + 2);
	for (size_t i = 0; i < m->n; i++)
		put_counts(out, &m->reports[i], m->heads[i]);

	for (size_t k = 0; k < m->count; k++) {
		const struct matrix_row *row = &m->rows[k];
		if (!k || row->kind != m->rows[k - 1].kind) {
			fprintf(out, "\n| %s |", matrix_kind_name(row->kind));
			for (size_t i = 0; i < m->n; i++)
				markdown_cell(out, m->heads[i]);
			fputc('\n', out);
			put_line(out, 1 + m->n);
		}
		fputs("|", out);
		markdown_cell(out, row->id);
		for (size_t i = 0; i < m->n; i++)
			markdown_cell(out, row->verdicts[i]);
		fputc('\n', out);
	}
	if (m->wish.differences)
		fprintf(out, "\n%zu of %zu differ\n", m->differing, m->all);
}

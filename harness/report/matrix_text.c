/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports side by side, for the terminal. */
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "matrix.h"

enum { MONITORS_WIDTH = 22 };

static int wider(const char *text, int width)
{
	const int len = (int)strlen(text);
	return len > width ? len : width;
}

static int widest_head(const struct matrix *m, int width)
{
	for (size_t i = 0; i < m->n; i++)
		width = wider(m->heads[i], width);
	return width;
}

static void put_rows(FILE *out, const struct matrix *m)
{
	const int column = widest_head(m, (int)strlen("not-applicable"));
	int width = (int)strlen("case");
	for (size_t k = 0; k < m->count; k++)
		width = wider(m->rows[k].id, width);

	fprintf(out, "\n%-*s", width, "case");
	for (size_t i = 0; i < m->n; i++)
		fprintf(out, "  %-*s", i + 1 < m->n ? column : 0, m->heads[i]);
	fputc('\n', out);
	for (size_t k = 0; k < m->count; k++) {
		fprintf(out, "%-*s", width, m->rows[k].id);
		for (size_t i = 0; i < m->n; i++)
			fprintf(out, "  %-*s", i + 1 < m->n ? column : 0, m->rows[k].verdicts[i]);
		fputc('\n', out);
	}
	if (m->wish.differences)
		fprintf(out, "%zu of %zu differ\n", m->differing, m->all);
}

void matrix_text(FILE *out, const struct matrix *m)
{
	const int width = widest_head(m, 3);

	for (size_t i = 0; i < m->note_count; i++) {
		char *safe = escape_text(m->notes[i]);
		fprintf(out, "%s\n\n", safe);
		free(safe);
	}
	fprintf(out, "%-*s  %-9s", width, "SUT", "role");
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		fprintf(out, "  %s", verdict_name((enum verdict)v));
	fprintf(out, "  %-*s  report\n", MONITORS_WIDTH, "monitors");
	for (size_t i = 0; i < m->n; i++) {
		const struct report *r = &m->reports[i];
		size_t counts[VERDICT_COUNT];
		report_count(r, counts);
		fprintf(out, "%-*s  %-9s", width, m->heads[i], r->sut_role);
		for (unsigned v = 0; v < VERDICT_COUNT; v++)
			fprintf(out, "  %*zu", (int)strlen(verdict_name((enum verdict)v)),
				counts[v]);
		char text[64];
		fprintf(out, "  %-*s  %s", MONITORS_WIDTH,
			matrix_monitors_text(r, text, sizeof(text)), m->paths[i]);
		if (r->count < r->planned)
			fprintf(out, " (%zu of %zu cases only)", r->count, r->planned);
		fputc('\n', out);
	}
	if (m->all)
		put_rows(out, m);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Several reports side by side: a row a case, a monitor or a rule, a column a report. */
#ifndef REPORT_MATRIX_H
#define REPORT_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "report.h"

struct json_t;

enum matrix_kind { MATRIX_CASE, MATRIX_MONITOR, MATRIX_RULE, MATRIX_KINDS };

struct matrix_row {
	enum matrix_kind kind;
	const char *id;	       /* the reports' */
	const char **verdicts; /* one a column; "-": that report does not have it */
	bool differs;	       /* matrix_make() */
};

/* Which rows are shown. */
struct matrix_wish {
	unsigned kinds;	   /* a bit each; none: the reports' counts alone */
	bool differences;  /* only those in which the reports differ */
	unsigned verdicts; /* only those with one of these, a bit each; none: whatever they have */
};

struct matrix {
	const struct report *reports;
	char *const *paths;
	char **heads; /* what each is called, matrix_heads() */
	size_t n;
	struct matrix_row *rows; /* cases, then monitors, then rules, each by id */
	size_t count;
	size_t all, differing; /* rows that there are, whether they are shown or not */
	struct matrix_wish wish;
	/* What is to be said beside it, a sentence each, such as what could not be run. The
	 * caller's; matrix_make() sets none. */
	char *const *notes;
	size_t note_count;
};

/*
 * A row differs where two reports have different verdicts, or one has none and another has. Reports
 * of a role of which no report here has the row are left out of that: a target has no word about
 * initiators. The reports and paths stay the caller's and must outlive *m.
 */
void matrix_make(struct matrix *m, const struct report *reports, char *const *paths, size_t n,
		 const struct matrix_wish *wish);
void matrix_free(struct matrix *m);

/* ---- one writer a format; each begins with a row of counts for each report ---- */

void matrix_text(FILE *out, const struct matrix *m);
void matrix_markdown(FILE *out, const struct matrix *m);
/* One JSON object, reports/README.md. */
void matrix_json(FILE *out, const struct matrix *m);
/* A page for a browser, with the rows' words and the verdicts' reasons; html/matrix.c. */
void matrix_html(FILE *out, const struct matrix *m);

/* A member of `reports` of matrix_json(), and what it calls kinds. A new reference. */
struct json_t *matrix_report_to_json(const struct matrix *m, size_t which);
struct json_t *matrix_notes_to_json(const struct matrix *m);
const char *matrix_kind_name(enum matrix_kind kind);
/* What a case is called, what a monitor looks at, what a rule says; NULL: not known here. */
const char *matrix_row_title(const struct matrix *m, const struct matrix_row *row);
/* The report's own, or NULL. */
const struct report_case *matrix_case_in(const struct report *r, const struct matrix_row *row);
/* " text |": a cell of a table, escaped (escape.h), what would be markup with a backslash. */
void markdown_cell(FILE *out, const char *text);
/* "2 fail, 1 warn of 30", "0 of 30 broken", "-"; in buf. */
const char *matrix_monitors_text(const struct report *r, char *buf, size_t size);

/*
 * What each report is called: its SUT, and behind it, where reports of the same SUT in the same
 * role stand beside it, what its lab, fabric, kernel, version and seed have that those have
 * otherwise: "lio@uml,siw"; what is alike in all that is numbered: "lio #2". matrix_heads_free()
 * them.
 */
char **matrix_heads(const struct report *reports, size_t n);
void matrix_heads_free(char **heads, size_t n);

#endif

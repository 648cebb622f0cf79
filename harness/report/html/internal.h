/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the page only. */
#ifndef REPORT_HTML_INTERNAL_H
#define REPORT_HTML_INTERNAL_H

#include <jansson.h>

#include "html.h"

/* What pages are made of: the frame of all, and of each kind its styles and scripts, in the order
 * in which they stand in it, NULL behind the last. */
extern const char html_frame[];
extern const char *const html_report_styles[], *const html_report_scripts[];
extern const char *const html_matrix_styles[], *const html_matrix_scripts[];
extern const char *const html_certificate_styles[], *const html_certificate_scripts[];

struct html_page {
	const char *title;
	const char *instead; /* where scripts are off: who else says the same */
	const char *const *styles, *const *scripts;
	const json_t *data; /* what the scripts draw */
	const json_t *logs; /* packed texts, html_data(); NULL: none */
};

/* The whole page. Nothing in title and data becomes markup. */
void html_put(FILE *out, const struct html_page *page);

/* All but the logs; those of cases that have one are appended to `logs` (an array of texts, packed,
 * in the order of the members `packed` that refer to them). A new reference. */
json_t *html_data(const struct html_input *in, json_t *logs);

struct matrix;
/* What the page of a matrix knows. A new reference. */
json_t *html_matrix_data(const struct matrix *m);

/*
 * One log as the page has it: rows of the ladder, its windows, the bytes of its messages, values
 * that were measured; the findings `kept` (borrowed) that are of no use before somebody asks.
 * Returns it packed; NULL with *why (malloc'd), a sentence, when there is none. *facts gets what
 * the list of cases wants to know: {"digest": of the case's text, "measured": {NAME: [values]}}, a
 * new reference.
 */
char *html_log(const char *path, json_t *kept, json_t **facts, char **why);

/* The values measured in a log, {NAME: [values]}; NULL when it cannot be read. A new reference. */
json_t *html_measured(const char *path);

/* zlib's format in base64: what DecompressionStream("deflate") takes. The caller frees. */
char *html_pack(const char *text, size_t len);

#endif

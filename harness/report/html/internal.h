/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the page only. */
#ifndef REPORT_HTML_INTERNAL_H
#define REPORT_HTML_INTERNAL_H

#include <jansson.h>

#include "html.h"

/* What the browser's scripts are made of, in the order in which they stand in the page. */
extern const char html_frame[], html_style[];
extern const char *const html_scripts[];
extern const size_t html_script_count;

/* All but the logs; those of cases that have one are appended to `logs` (an array of texts, packed,
 * in the order of the members `packed` that refer to them). A new reference. */
json_t *html_data(const struct html_input *in, json_t *logs);

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

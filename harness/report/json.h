/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases as JSON objects: the same in report.json, in the journal and on the pipe from a case's
 * process. */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <jansson.h>

#include "report.h"

/* id, title, verdict, close, rules, reason, findings, measurements, seconds, log, baseline. A new
 * reference. */
json_t *report_case_to_json(const struct report_case *c);
/* Fills *c, which must be empty; on -1 *e says what is wrong and *c is empty again. */
int report_case_from_json(struct report_case *c, const json_t *o, struct err *e);

/* {VERDICT: so many}. A new reference. */
json_t *report_counts_to_json(const size_t counts[VERDICT_COUNT]);

/* Escaped text (escape.h) as a JSON string; NULL gives "". A new reference. */
json_t *json_text(const char *text);
/* A new reference. */
json_t *json_number(uint64_t n);
/* A blank-separated list as an array of strings, and back (malloc'd). */
json_t *json_words(const char *words);
char *json_words_join(const json_t *array);
/* A text member of o: "" when it is not there; NULL, and else the caller frees. */
const char *json_text_of(const json_t *o, const char *key);
char *json_maybe(const json_t *o, const char *key);

/* One finding of a case. A new reference; the other adds it to *r, -1 with *e. */
json_t *report_finding_to_json(const struct finding *f);
int report_finding_from_json(struct case_result *r, const json_t *o, struct err *e);

/* How every JSON file of this program is laid out. */
#define JSON_LAYOUT (JSON_INDENT(2) | JSON_REAL_PRECISION(12))

#endif

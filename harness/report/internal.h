/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the report only. */
#ifndef REPORT_INTERNAL_H
#define REPORT_INTERNAL_H

#include "report.h"

/* Empties the rows that report_join() makes. */
void report_unjoin(struct report *r);

/* Fills and empties report.profiles, and what each finding is legal under. */
void report_profiles(struct report *r, const struct ledger *ledger);
void report_profiles_free(struct report *r);

/* ---- junit, tap ---- */

/* What is red for who reads only that: NULL, "failure" or "error". A warning is only with `strict`;
 * what the baseline knows never is. */
const char *report_red(const struct report_case *c, bool strict);
/* Every finding, each with a line of its own, escaped; of monitors only what is broken. The caller
 * frees. */
char *report_findings_text(const struct report *r, const struct report_case *c);

/* ---- terminal ---- */

void terminal_verdict(const struct terminal *t, enum verdict v);
/* Escaped. */
void terminal_text(FILE *out, const char *text);
/* "      rules A B; events 3 7", or nothing; of what is broken all that there is at a glance
 * (glance.h). */
void terminal_proof(const struct terminal *t, const struct report *r, const struct finding *f);
/* What is wrong in words, wrapped, on a line of which `used` columns are taken. */
void terminal_reason(const struct terminal *t, const struct finding *f, unsigned used);
/* How it stands against the baseline, if that speaks of it. */
void terminal_known(FILE *out, const struct report_case *c);
/* Where the log is, and how to see it. */
void terminal_log(const struct terminal *t, const struct report_case *c);
/* "12 pass, 1 fail": the pass and the fail always, the others if there are any. */
void terminal_counts(const struct terminal *t, const size_t counts[VERDICT_COUNT]);
/* What monitors found in all cases. */
void terminal_monitors(const struct terminal *t, const struct report *r);
/* What deviates from each profile. */
void terminal_profiles(const struct terminal *t, const struct report *r);
/* How many rules came out how, and which are broken. */
void terminal_rules(const struct terminal *t, const struct report *r);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run is of and how it was made: what its verdicts hang on, in one JSON object that stands
 * in the head of the journal and, with the tool's commit, the device and the kernel, in
 * report.json. Nothing of this machine is in it (report/lab.h): the command line as it was given
 * stands in report.json's `host` alone.
 */
#ifndef CLI_PROVENANCE_H
#define CLI_PROVENANCE_H

#include <jansson.h>

#include "run_loop.h"

/*
 * {"schema", "tool_version", "sut": {name, version, role, address}, "options": {...}, "cases":
 * {count, sha256}, "ledger": {rules, sha256}} of the cases chosen. Options at their defaults are
 * left out. A new reference.
 */
json_t *provenance_of(const struct run *run);

/* Its members `cases`, of these in their order, and `ledger`. New references. */
json_t *provenance_cases(const struct script *const *cases, size_t count);
json_t *provenance_ledger(const struct ledger *l);

/* -1 with *e, which names what `past`, the head of a journal, and `now` have otherwise; the tool's
 * own version may differ. */
int provenance_same(const json_t *past, const json_t *now, struct err *e);

/* Puts it, and what else there is to tell, into the report. */
void provenance_report(struct run *run, const json_t *identity);

/* "4 cases 0123456789ab, ledger 0123456789ab; seed 1, knob late-receives": for the head of a run.
 */
char *provenance_line(const json_t *identity);

/* The command line as one string, secrets masked. The caller frees. */
char *provenance_command(const struct run_options *o);

#endif

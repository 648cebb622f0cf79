/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of a certificate, held against its own event logs. */
#ifndef CLI_VERIFY_RUN_H
#define CLI_VERIFY_RUN_H

#include <stdio.h>

#include "certificate_folder.h"
#include "judge.h"

struct verified {
	struct judged judged;
	size_t wrong; /* files that say something else than what was judged */
};

/* Is run N of the cases and rules that are ours? NULL, or how it is not. */
const char *verify_run_of_others(const struct certificate_folder *f, size_t run);

/*
 * Judges run N again, in a copy below `work`, and holds report.json, journal.jsonl and what
 * certificate_run.h names against what is known then. A line to `out` for each difference. -1 with
 * *e: it cannot be read.
 */
int verify_run(const struct certificate_folder *f, size_t run, const char *work,
	       const struct secrets *secrets, FILE *out, struct verified *v, struct err *e);

#endif

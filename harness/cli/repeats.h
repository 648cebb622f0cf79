/* SPDX-License-Identifier: BSD-2-Clause */
/* The runs of one case held against each other: what comes in some of them only is not proved. */
#ifndef CLI_REPEATS_H
#define CLI_REPEATS_H

#include "../report/report.h"

struct repeats {
	struct case_result told; /* the first run, or the one that crashed */
	char *told_run;		 /* its log, or "run N" */
	char *other_run;	 /* the first with another verdict; NULL: there is none */
	unsigned runs;
	size_t counts[VERDICT_COUNT];
	double seconds;
	/* What a monitor found broken in at least one run. */
	struct repeated {
		struct finding finding; /* of the first run that has it */
		char *with, *without;	/* a run of each kind, NULL: there is none */
		unsigned times;
	} * broken;
	size_t broken_count;
};

/* Takes over *r, which is empty then. run: what a reader finds it by, its log or "run 2". */
void repeats_add(struct repeats *rep, struct case_result *r, const char *run);
/*
 * *r, an empty result, becomes that of all runs: of the first one where all agree. Verdicts that
 * differ make it inconclusive, "unstable", and a monitor's finding that not every run has becomes
 * inconclusive, too; each names two runs that differ. A crash stands as it is. Frees *rep but for
 * told_run, which is the log of what is told.
 */
char *repeats_finish(struct repeats *rep, struct case_result *r);

#endif

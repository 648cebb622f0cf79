/* SPDX-License-Identifier: BSD-2-Clause */
/* The runs of a certificate, made by `certify` itself: the same `run`, several times over. */
#ifndef CLI_CERTIFY_RUNS_H
#define CLI_CERTIFY_RUNS_H

#include "run_options.h"

struct certify_runs {
	unsigned count;
	const char *folder; /* FOLDER/1, 2 ... are the reports */
	int argc;	    /* what `run` is told, behind --; secrets are taken out of it */
	char **argv;
	char **reports; /* count folders, when all are whole */
	/* What `run` makes of that, the words that it refers to, and those with their secrets. */
	struct run_options options;
	char **words, **told, *secret;
};

/* Reads what `run` is told. -1; else an exit status: it was not right, which was told.
 * certify_runs_free() in any case. */
int certify_runs_open(struct certify_runs *r);
/* Makes those that are not whole yet, each in a process of its own, and goes on with one that was
 * begun. -1 when all are there and are runs of the same; else an exit status, with the reason told.
 */
int certify_runs_make(struct certify_runs *r);
void certify_runs_free(struct certify_runs *r);

#endif

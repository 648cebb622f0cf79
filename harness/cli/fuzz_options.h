/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of `fuzz`: most of `run`, and what is its own. */
#ifndef CLI_FUZZ_OPTIONS_H
#define CLI_FUZZ_OPTIONS_H

#include "run_options.h"

struct fuzz_options {
	struct run_options run;
	uint64_t time;	   /* ns, 0: no bound */
	uint64_t sessions; /* 0: no bound */
	unsigned tries;	   /* runs to make one finding smaller */
	const char *until; /* ends when this file is there; NULL */
	const char *owned; /* an address that is the user's own; NULL */
	const char *coverage, *died, *known;
	bool count_only; /* coverage guides nothing */
};

/* As run_options_parse(). fuzz_options_free() in any case. */
int fuzz_options_parse(struct fuzz_options *o, int argc, char **argv);
void fuzz_options_free(struct fuzz_options *o);

/* "--model target --knob K --seed S": behind `iserspec run` it reaches the same system, without
 * secrets and in one line. The caller frees. */
char *fuzz_options_how(const struct fuzz_options *o);

#endif

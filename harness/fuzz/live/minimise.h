/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a script smaller while it still does what it was kept for: statements with their blocks go
 * first, many at a time, then fields, settings and counts, and numbers and times become small.
 */
#ifndef FUZZ_LIVE_MINIMISE_H
#define FUZZ_LIVE_MINIMISE_H

#include <stdbool.h>

enum minimise_answer { MINIMISE_NO, MINIMISE_YES, MINIMISE_STOP };

struct minimiser {
	void *ctx;
	/* Is that a script at all? Costs no try. */
	bool (*parses)(void *ctx, const char *text);
	/* Runs it: does it still happen? MINIMISE_STOP: there is no more time. */
	enum minimise_answer (*holds)(void *ctx, const char *text);
	unsigned tries; /* left; holds() is called at most so often */
};

/* The smallest text found; the head of the script stays. What was given is not run: the caller
 * knows that it holds. The caller frees. */
char *minimise(struct minimiser *m, const char *text);

/* Statements of a script, blank lines, comments and head left out. */
unsigned minimise_statements(const char *text);

#endif

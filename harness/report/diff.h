/* SPDX-License-Identifier: BSD-2-Clause */
/* An older and a newer report of one system: what has become worse, and what is mended. */
#ifndef REPORT_DIFF_H
#define REPORT_DIFF_H

#include "matrix.h"

enum diff_state {
	DIFF_WORSE,	/* bad, and worse than it was, or it was not there; the red ones */
	DIFF_UNSTABLE,	/* its verdict changes from one run to the next, which was not so */
	DIFF_UNDECIDED, /* inconclusive; it was judged before */
	DIFF_MENDED,	/* bad before, and not, or less so, now */
	DIFF_SILENT,	/* it was judged, and does not apply now */
	DIFF_OTHER,	/* neither better nor worse: pass and info */
	DIFF_NEW,	/* the older report has no word about it, and it is not bad */
	DIFF_GONE,	/* the newer report has no word about it */
	DIFF_STATES,
};

struct diff_row {
	const struct matrix_row *row; /* verdicts[0] is the older report's */
	enum diff_state state;
	const char *reason; /* of the newer report's verdict, or NULL */
};

struct diff {
	struct matrix matrix;
	struct diff_row *rows; /* those that differ, in the order of the matrix */
	size_t count, counts[DIFF_STATES];
	bool complete;	 /* the newer one had come to its end */
	bool same_cases; /* both were judged by the same cases and the same ledger */
};

/* reports[0] is the older, reports[1] the newer one; both must outlive *d. */
void diff_make(struct diff *d, const struct report reports[2], char *const paths[2]);
void diff_free(struct diff *d);

/* "worse", "unstable", ... */
const char *diff_state_name(enum diff_state s);
/*
 * As of a run in which only what has become worse counts: 1 by a MUST or a crash, 4 where something
 * is unstable, undecided or was not run, 3 by a SHOULD with strict, else 0.
 */
int diff_exit_status(const struct diff *d, bool strict);

void diff_text(FILE *out, const struct diff *d);
void diff_markdown(FILE *out, const struct diff *d);
void diff_json(FILE *out, const struct diff *d);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A ladder for terminals and pagers. */
#ifndef REPORT_LADDER_TEXT_H
#define REPORT_LADDER_TEXT_H

#include <stdio.h>

#include "ladder.h"

struct ladder_style {
	unsigned columns; /* of the terminal; what is below 80 counts as that */
	bool color;
	/* Every row by itself, and all that it says, however long: else what repeats is folded, and
	 * what is longer than its line, or for judgements than a few, is cut. */
	bool whole;
};

/*
 * A head (case, seed, when it began), a line a row, a line where a window of missing buffers ends,
 * and what was left out. Columns: event, milliseconds, time of day where it is known
 * and has room, connection
 * where there are several, our receives that stand, the ladder, a 0 where the other side is known
 * to have none, words.
 */
void ladder_print(FILE *out, const struct ladder *l, const struct ladder_filter *f,
		  const struct ladder_style *style);

/* "  was  event 31, 0.040264 ms, it: NOP-In ITT=0x2 ...": an event of the log that the ladder is
 * of, behind a word that tells which log that is. NULL: "nothing more". */
void ladder_print_event(FILE *out, const char *which, const struct ladder *l,
			const struct log_event *ev);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in so many columns of a terminal. It has to be escaped before (escape.h); a character of
 * UTF-8 counts as one column. */
#ifndef REPORT_COLUMNS_H
#define REPORT_COLUMNS_H

#include <stdio.h>

/* As much of it as fits, with "..." at its end where it does not. */
void columns_cut(FILE *out, const char *text, unsigned width);

/*
 * All of it, broken between words into lines of `width`; lines behind the first are indented by
 * `indent`. The first has `used` columns of its width taken. At most `lines` lines (0: all), then
 * "...". No line end behind the last. width is 8 at least.
 */
void columns_wrap(FILE *out, const char *text, unsigned width, unsigned indent, unsigned used,
		  unsigned lines);

/* Of the terminal that out is, or as $COLUMNS says; 100 where neither tells. */
unsigned columns_of(FILE *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Covering arrays: few points in which all values of some axes meet. Pure, and always the same. */
#ifndef SCRIPT_COVER_H
#define SCRIPT_COVER_H

#include <stdbool.h>
#include <stddef.h>

enum { COVER_AXES_MAX = 6, COVER_ROWS_MAX = 5000 };

struct cover {
	size_t axes;
	size_t counts[COVER_AXES_MAX]; /* values of each axis, one at least */
	/* How many axes' values meet in some point, whichever axes these are; 0 or as many as
	 * there are: all combinations. */
	unsigned strength;
	/* May this combination be tried? What only stands in others is left out. NULL: all may. */
	bool (*lawful)(void *ctx, const size_t *row);
	void *ctx;
};

/*
 * Rows of c->axes indices, one after another, malloc'd; *count of them, at most COVER_ROWS_MAX.
 * A greedy construction in the manner of AETG: each row begins with the first set of values that
 * has not met yet, and takes on each further axis the value by which most of the others do.
 */
size_t *cover_make(const struct cover *c, size_t *count);

#endif

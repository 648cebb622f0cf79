/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the ladder only. */
#ifndef REPORT_LADDER_WINDOW_H
#define REPORT_LADDER_WINDOW_H

#include "ladder.h"

/* Fills l->windows, each row's counts, and which messages were not taken. The rows are those of the
 * log, in its order. */
void ladder_find_windows(struct ladder *l, const struct log *log);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A run against the baseline of its SUT (oracle/baseline.h). */
#ifndef CLI_RUN_KNOWN_H
#define CLI_RUN_KNOWN_H

#include "run_loop.h"

/* All cases were run: what a monitor did not find is not there. */
bool run_is_whole(const struct run *run);
/* Sets c->known and its reason; a row of a monitor, too. */
void run_hold(struct run *run, struct report_case *c);
/* The case itself, or a monitor in it, and the baseline does not know it. */
bool run_is_red(const struct run *run, const struct report_case *c);

#endif

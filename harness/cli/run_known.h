/* SPDX-License-Identifier: BSD-2-Clause */
/* A run against the baseline of its SUT (oracle/baseline.h). */
#ifndef CLI_RUN_KNOWN_H
#define CLI_RUN_KNOWN_H

#include "catalogue.h"
#include "run_loop.h"

/* The file of --baseline into run->baseline, where there is one. Each entry must be of a case or a
 * monitor that there is. -1 with *e naming file:line. */
int run_load_baseline(struct run *run, const struct catalogue *cat, struct err *e);
/* All cases were run: what a monitor did not find is not there. */
bool run_is_whole(const struct run *run);
/* Sets c->known, its reason and its news; of a monitor's row, too, which stands for what the
 * monitor found in all cases so far. */
void run_hold(struct run *run, struct report_case *c);
/* The case itself, or a monitor in it, and the baseline does not know it. */
bool run_is_red(const struct run *run, const struct report_case *c);
/* An entry for a case, monitor or rule that does not exist hides nothing, and tells of a slip of
 * the pen: -1 with *e. */
int run_known_check(const struct baseline_entry *entry, const struct catalogue *cat, struct err *e);

#endif

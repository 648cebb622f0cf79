/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fabric made of an event log: it answers as the world answered when the log was made. The log is
 * the one order of calls and events, so an event comes when all that stands before it has been
 * called, and the clock shows what the log says. Whoever makes other calls than those has left the
 * log: from then on every call fails and nothing comes any more, until all deadlines have passed.
 *
 * Events that are added to `log` meanwhile have to be the recorded ones, one after the other. Who
 * adds them, or gives the log its sink, compares them and says replay_stray() where one is not.
 */
#ifndef FABRIC_REPLAY_H
#define FABRIC_REPLAY_H

#include "../fabric.h"

/* Both logs outlive it. `log` may have the first of the recorded events already. */
struct fabric *replay_open(const struct log *recorded, struct log *log, bool simulated);
/* It has left the log: why. Only the first word counts. */
void replay_stray(struct fabric *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* NULL: it has not, so far. *seq (may be NULL): the recorded event that should have been next. */
const char *replay_strayed(const struct fabric *f, uint64_t *seq);

#endif

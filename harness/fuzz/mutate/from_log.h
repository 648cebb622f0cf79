/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds of sessions: what was on a connection, as the event log has it. */
#ifndef FUZZ_MUTATE_FROM_LOG_H
#define FUZZ_MUTATE_FROM_LOG_H

#include "../../fabric/log.h"
#include "sequence.h"

/*
 * Appends the messages of a connection in their order, both sides' of them, as many whole ones as
 * fit w. Phases are read off the login itself; the delay before a message off who sent the one
 * before it, and the clock. Returns how many.
 */
size_t sequence_from_log(struct writer *w, const struct log *log, unsigned conn);

#endif

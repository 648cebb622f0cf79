/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of its own code a SUT ran, where it tells: places that guide the choice of parents beside
 * those of the protocol.
 *
 *     gcov:DIR[,DIR...]   the counters (*.gcda) under these, as a kernel has them in its debugfs
 *     map:FILE            a map of bytes that the SUT counts in; it is emptied after each look
 *     shm:ID              such a map as a segment of System V's shared memory, as AFL++ has it in
 *                         __AFL_SHM_ID
 */
#ifndef FUZZ_LIVE_COVERAGE_H
#define FUZZ_LIVE_COVERAGE_H

#include "../../wire/err.h"
#include "reached.h"
#include "states.h"

struct coverage;

/* NULL with *e: the words are wrong, or nothing is there. */
struct coverage *coverage_open(const char *words, struct err *e);
/* Adds a place for each counter that went up since the last look (in a map: for each power of two
 * that it went up by). -1 with *e. */
int coverage_look(struct coverage *c, struct places *out, struct err *e);
/* How many counters a map has; 0: it is none. */
size_t coverage_counters(const struct coverage *c);
/* From now on each look notes there what a map's counters have reached, under that session's
 * number. NULL: no more. */
void coverage_note(struct coverage *c, struct reached *r, uint64_t session);
void coverage_close(struct coverage *c); /* NULL is fine */

#endif

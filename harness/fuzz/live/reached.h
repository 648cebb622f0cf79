/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which counters of a map were ever reached, and first by which session: lines in a file, added as
 * they come, so that a machine that dies takes none of them along.
 *
 *     SESSION COUNTER
 */
#ifndef FUZZ_LIVE_REACHED_H
#define FUZZ_LIVE_REACHED_H

#include <stddef.h>
#include <stdint.h>

#include "../../wire/err.h"

struct reached;

/* Of a map of so many counters; what earlier runs wrote to the file counts. NULL with *e. */
struct reached *reached_open(const char *path, size_t counters, struct err *e);
/* One below that number. */
void reached_add(struct reached *r, uint64_t session, size_t counter);
/* To the disk, as far as something is new. -1 with *e. */
int reached_write(struct reached *r, struct err *e);
size_t reached_count(const struct reached *r);
void reached_close(struct reached *r); /* NULL is fine */

#endif

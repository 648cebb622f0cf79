/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a run takes place, told in two parts.
 *
 * `lab` is what a verdict may hang on, and the same for each run of the same: name (uml, qemu,
 * native, simulator), clock (real; inf-cpu, cpu and virtual are others than the host's), fabric,
 * kernel {release, package, config, digest}, hosts, boot (which one of this run, from 1, where
 * guests are booted again), and what else the lab has to say.
 *
 * `host` is what no verdict hangs on and no second run has again: when it started and how long it
 * took by the host's clock, on how many processors, by which command line. Nothing of that kind
 * stands anywhere else in a report, in the journal or in an event log (but for the time of day at
 * which a log by a real clock began), so that runs can be compared byte by byte.
 */
#ifndef REPORT_LAB_H
#define REPORT_LAB_H

#include <jansson.h>

#include "report.h"
#include "secrets.h"

/*
 * Takes r->lab and r->host out of a file, a JSON object with the objects `lab` and, if there is
 * more to tell, `host`; texts are cleaned and secrets masked (the command line may have some). -1
 * with *e, which names the file, the line and the column.
 */
int lab_read(struct report *r, const char *path, const struct secrets *secrets, struct err *e);
/* The same from len bytes of text, a NUL behind them, which `name` stands for in messages. */
int lab_parse(struct report *r, const char *name, const char *text, size_t len,
	      const struct secrets *secrets, struct err *e);

/* A text of r->lab: "name", "clock", "fabric", "kernel.release"; "" when there is none. */
const char *lab_text(const struct report *r, const char *member);
/* The clock of the lab runs as the host's does, or nobody says otherwise. */
bool lab_clock_is_real(const struct report *r);

#endif

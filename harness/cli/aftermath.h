/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run saw of a case from outside, when the case's own process was over: as events in the
 * case's log (LOG_SUT) and as what they make of its result.
 *
 *     watch, liveness    the SUT died, or it cannot be told: a finding beside the case's own
 *     start, order       (of the case's process) the harness could not begin, or lost its order
 *     process, machine   the case's process, or the machine under it, came to no result
 *     driver             a command of the user's could not do its part: what was found is no proof
 *     by-hand            there was no process: a person cannot put the SUT through this case
 *     end                (of the case's process) all that it had to say
 *     closed             the last event of every log that has a verdict; status = that verdict,
 *                        text = SHA-256 of all lines before it, ends included
 */
#ifndef CLI_AFTERMATH_H
#define CLI_AFTERMATH_H

#include "../fabric/log.h"
#include "../oracle/verdict.h"
#include "../report/secrets.h"
#include "../wire/err.h"

/* The log of a case under way; path NULL: none is kept. */
struct aftermath {
	const char *path;
	const struct secrets *secrets;
};

/* Into the result, and into the log. -1 with *e when that cannot be written. */
int aftermath_add(const struct aftermath *a, const char *name, enum verdict v, const char *reason,
		  struct case_result *r, struct err *e);
int aftermath_close(const struct aftermath *a, const struct case_result *r, struct err *e);
/* One such event of a log, into the result. False: it is none, or has no verdict. */
bool aftermath_apply(const struct log_event *ev, struct case_result *r);
/* Such an event whose verdict stands in the place of all that the case found. */
bool aftermath_takes_over(const struct log_event *ev);
/* The event to be, for who has the log open. */
struct log_event aftermath_event(const char *name, enum verdict v, const char *reason);

#endif

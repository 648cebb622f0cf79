/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's log as /dev/kmsg gives it: what a well kernel does not say, since the last look. */
#ifndef CLI_KERNEL_LOG_H
#define CLI_KERNEL_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include "pattern.h"

struct kernel_log {
	int fd;
	regex_t trouble, more, known, place;
	bool has_trouble, has_more, has_known, has_place;
	bool wants_place;  /* the last trouble named no function */
	bool behind_known; /* the last record was one behind which a complaint says nothing */
};

/*
 * Opens the log at its end. more (NULL: none): a regular expression for what else is trouble; known
 * (NULL): one for a record behind which a complaint says nothing about the case in hand. -1 with
 * *e; kernel_log_close() in any case.
 */
int kernel_log_open(struct kernel_log *k, const char *path, const char *more, const char *known,
		    struct err *e);
void kernel_log_close(struct kernel_log *k);

/* A line each to `out` for the troubles in what was logged since the last look, up to 8, and for
 * where one was that names no function itself; never waits. hung: complaints of hung tasks are left
 * out, as told before. -1 with *e. */
int kernel_log_look(struct kernel_log *k, bool hung, FILE *out, struct err *e);

/* The text of a record "PRIORITY,NUMBER,TIME,FLAGS;TEXT"; NULL: another line, as those with a
 * record's properties. */
const char *kernel_log_text(const char *line);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the SUT is told to do beside a case, by the user's shell command (--do). */
#ifndef CLI_DEED_COMMAND_H
#define CLI_DEED_COMMAND_H

#include "../script/runner.h"
#include "case_process.h"
#include "command.h"

enum { DEEDS_MAX = 16 }; /* at once */

struct deed_command {
	const char *line; /* --do CMD; NULL: nobody can be told */
	const struct case_link *link;
	struct command commands[DEEDS_MAX];
	size_t count;
	char path[64];	/* of the last one's file: what it writes, or where it puts what it reads */
	char *data;	/* what it has read */
	bool restoring; /* the last one puts back what the others have changed */
	char *trouble;
};

/*
 * Sets the `act` functions of `control`, which run the command with what is to be done in
 * ISERSPEC_DO, and the name of that file in ISERSPEC_DO_DATA. *d must outlive it.
 */
void deed_command_init(struct deed_command *d, struct sut_control *control);
/*
 * What one of them could not do by a fault of its own, or NULL; valid until deed_command_free().
 * What was not put back behind a case is such a fault, however the command ended: it is our set-up
 * that the next login would meet.
 */
const char *deed_command_trouble(struct deed_command *d);
/* Ends what still runs. */
void deed_command_free(struct deed_command *d);

/*
 * Has the command put back what a case changed whose process could not say so any more. What it
 * could not do, as deed_command_trouble() has it, or NULL; the caller frees.
 */
char *deed_restore(const char *line, double seconds, int interrupt_fd);

#endif

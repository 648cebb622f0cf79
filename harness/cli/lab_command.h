/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tools/conformance once more for what a report is of. The report may be a stranger's: of the
 * command line that it names only options that are known and names and numbers are taken, no file
 * of this machine, no command, and nothing that a kernel is told.
 */
#ifndef CLI_LAB_COMMAND_H
#define CLI_LAB_COMMAND_H

#include "../report/report.h"
#include "command_words.h"

/* Was the report made by tools/conformance? */
bool lab_command_made(const struct report *r);
/*
 * The head of the command line: the tools/conformance of this program, --sut SYSTEM, --no-variants,
 * and --no-setup, since what is to run is this build. -1 with *e: there is none, or the report does
 * not tell the system.
 */
int lab_command_begin(struct command_words *w, const struct report *r, struct err *e);
/*
 * Behind it what made the lab what it was: --lab, --kernel, --fabric, --link and their like. kernel
 * goes before the report's own, unless it is NULL. Returns the options that were not taken, with
 * their values, for people, or NULL: all were. The caller frees.
 */
char *lab_command_lab(struct command_words *w, const struct report *r, const char *kernel);
/*
 * The patterns of cases that it was given, a blank between them; "" where it was given none. The
 * caller frees. NULL: one of them is no plain pattern.
 */
char *lab_command_cases(const struct report *r);
/*
 * Behind that, after --, what `iserspec run` itself was told there. -1 with *e, which names the
 * first word that is not taken.
 */
int lab_command_run_options(struct command_words *w, const struct report *r, struct err *e);

/* Runs it, with its output on our stderr, and waits. Its exit status, or -1 with *e. */
int lab_command_run(const struct command_words *w, struct err *e);
/* The one report that came out below the folder that --reports named; NULL: none. The caller frees.
 */
char *lab_command_report(const char *reports);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command of the user's (--login, --logout, --watch, --restart) that could not do its own part: a
 * daemon that cannot be started, a tool that is missing. It says so by an exit status of its own,
 * and nothing of that is held against the SUT.
 */
#ifndef CLI_DRIVER_TROUBLE_H
#define CLI_DRIVER_TROUBLE_H

#include "../oracle/verdict.h"
#include "command.h"

enum { DRIVER_COULD_NOT = 75 }; /* EX_TEMPFAIL of sysexits.h */

/* "driver: the NAME command: its last line" when c ended with that status, else NULL. The caller
 * frees. */
char *driver_trouble(const char *name, const struct command *c);
/* The same of what is told elsewhere: "driver: the NAME command: WHAT". */
char *driver_trouble_text(const char *name, const char *what);
/* Is there such a finding? Then the SUT wants restarting. */
bool driver_troubled(const struct case_result *r);

#endif

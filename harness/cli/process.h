/* SPDX-License-Identifier: BSD-2-Clause */
/* Processes that we begin and wait for. */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include <sys/types.h>

#include "../wire/err.h"

/* Waits until it ends. Its status as waitpid() has it. */
int process_wait(pid_t pid);
/* What a shell makes of that: the exit status, or 128 + signal. */
int process_exit_status(int status);
/* A process of its own does `work`, ends with what that returns, and is waited for. Ctrl-C is
 * left to it: it ends what it began and says how far it came, and then we end. Its exit status as
 * above; -1 with *e, "cannot start WHAT". */
int process_run(int (*work)(const void *data), const void *data, const char *what, struct err *e);

#endif

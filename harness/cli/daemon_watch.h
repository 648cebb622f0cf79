/* SPDX-License-Identifier: BSD-2-Clause */
/* A daemon that left its process id in a file: is it still there? */
#ifndef CLI_DAEMON_WATCH_H
#define CLI_DAEMON_WATCH_H

#include <stdbool.h>
#include <stdio.h>

/* True when the process of that file is gone, or has ended and was not waited for, whose command
 * line is empty; then a line to `out`, with the last line of `log` (NULL: none), or where a
 * sanitizer ended it what that says of it. Without the file, or a number in it, no daemon was
 * begun. */
bool daemon_died(const char *pid_file, const char *log, const char *proc, FILE *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Shell commands of the user: each in a process group of its own, with its output kept. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../wire/err.h"

struct command {
	pid_t pid;    /* and process group; 0: none was started */
	int ended_fd; /* readable once it has ended */
	int output;   /* a memory file with its stdout and stderr */
	bool reaped;
	int status;	     /* exit status, or 128 + signal */
	char last_line[256]; /* of its output, escaped; filled when it is reaped */
};

enum command_end { COMMAND_ENDED, COMMAND_TIMED_OUT, COMMAND_INTERRUPTED };

/*
 * Runs `/bin/sh -c line` with stdin from /dev/null; where the line is nothing but a program and
 * plain words, that program, without a shell before it. env: NULL-ended list of "NAME=VALUE" on top
 * of our environment. *c must be zero or freed. -1 with *e.
 */
int command_start(struct command *c, const char *line, char *const *env, struct err *e);
/* Waits at most `seconds`, or until interrupt_fd (-1: none) is readable; then its whole group is
 * ended. */
enum command_end command_wait(struct command *c, double seconds, int interrupt_fd);
/* Has it ended? Reaps it; never waits. */
bool command_poll(struct command *c);
/* Ends the group, TERM first, and reaps. */
void command_kill(struct command *c);
/* Up to `limit` bytes of its output, NUL-terminated; the caller frees. */
char *command_output(const struct command *c, size_t limit);
void command_free(struct command *c); /* ends it first when it is still running */

/* Seconds on a clock that never goes back. */
double clock_now(void);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel threads that hang, and so tell that the SUT does. A thread that serves one connection and
 * sleeps for good in a function that knows no end is the case's doing that broke the connection;
 * the kernel itself complains only half a minute later, in the middle of another case, and then
 * again and again.
 */
#ifndef CLI_HUNG_THREAD_H
#define CLI_HUNG_THREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#include "pattern.h"

struct pid_list {
	pid_t *at;
	size_t count;
};

/* A process of another name. */
struct other_process {
	pid_t pid;
	bool twice; /* seen so twice: not looked at again; it may have got its name late */
};

struct other_list {
	struct other_process *at;
	size_t count;
};

struct hung_thread {
	regex_t name;
	const char *function;	  /* borrowed */
	struct other_list others; /* of the last look, in its order */
	struct pid_list stayed;	  /* did not leave in time once: not waited for again */
};

/* name: a regular expression for the whole of a thread's name. -1 with *e. */
int hung_thread_open(struct hung_thread *h, const char *name, const char *function, struct err *e);
void hung_thread_close(struct hung_thread *h);

struct thread_count {
	size_t hung;	/* in uninterruptible sleep in the function */
	size_t leaving; /* awake or in another sleep, and not known to stay */
};

/* One look at all threads under `proc` ("/proc"). out: a line for each that hangs; NULL: none.
 * leaving (may be NULL) gets the ids. */
struct thread_count hung_thread_count(struct hung_thread *h, const char *proc, FILE *out,
				      struct pid_list *leaving);
/*
 * After a case. All its connections are closed by now: a thread that is not on its way out will be
 * soon, and is waited for up to 3 s, so that what it comes to hang in is told of the case that did
 * it; one that hangs has 5 s to come out of it. 1: a thread hangs, with a line each to `out`; 0:
 * none does; -1: interrupt_fd (-1: none) became readable.
 */
int hung_thread_look(struct hung_thread *h, const char *proc, int interrupt_fd, FILE *out);

#endif

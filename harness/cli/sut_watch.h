/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the SUT still well, as far as this process can see it: by the kernel's log, kernel threads, a
 * daemon's pid file, a line of a file. No process is started for it, which in a virtual machine can
 * take longer than a case.
 */
#ifndef CLI_SUT_WATCH_H
#define CLI_SUT_WATCH_H

#include "run_options.h"

struct sut_watch;

enum sut_health {
	SUT_WELL,
	SUT_DEAD,	 /* *why, which the caller frees: a line for each reason */
	SUT_UNKNOWN,	 /* it cannot be told: *why too */
	SUT_INTERRUPTED, /* interrupt_fd became readable; it was not read */
};

/* What is logged from now on counts. *o must outlive it. NULL with *e. */
struct sut_watch *sut_watch_open(const struct watch_options *o, struct err *e);
enum sut_health sut_watch_look(struct sut_watch *w, int interrupt_fd, char **why);
/* A thread of it was told to hang for ever. It is not told again, since nothing but a new machine
 * helps. */
bool sut_watch_hangs(const struct sut_watch *w);
void sut_watch_free(struct sut_watch *w);

#endif

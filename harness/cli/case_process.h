/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A case in a process of its own: nothing that a SUT sends can end the run. The child's result
 * comes back over a pipe as JSON; a child that dies or does not end in time is the parent's to
 * judge.
 */
#ifndef CLI_CASE_PROCESS_H
#define CLI_CASE_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "../report/report.h"
#include "../wire/err.h"

/* The child's way to tell its parent which process groups it has under way, so that they do not
 * outlive it. */
struct case_link {
	int fd;
};
void case_link_group(const struct case_link *link, pid_t group, bool running);
/* A result at once, for a body that does more than one case. */
void case_link_result(const struct case_link *link, const struct case_result *r);

/* Runs in the child. *r is result_init()ed. Returns -1 with *e when what the child was to keep on
 * disk could not be written. */
typedef int (*case_body)(void *ctx, const struct case_link *link, struct case_result *r,
			 struct err *e);

struct case_process {
	pid_t pid;		  /* 0: none */
	int fd;			  /* poll this for input: the pipe */
	double started, deadline; /* clock_now() */
	char *text;
	size_t len, room, taken;
	bool eof;
	bool died; /* after case_process_finish(): it gave no result */
};

/* -1 with *e. The child is killed `seconds` from now by case_process_overdue()'s caller. */
int case_process_start(struct case_process *p, const char *id, double seconds, case_body body,
		       void *ctx, struct err *e);
/* Reads what there is. True once the child has closed its end. */
bool case_process_read(struct case_process *p);
bool case_process_overdue(const struct case_process *p);
enum case_wait { CASE_ENDED, CASE_OVERDUE, CASE_INTERRUPTED };
/* Waits until the child has closed its end; kills it when it is overdue, or when signal_fd becomes
 * readable, which is not read. tick (may be NULL) is called now and then. */
enum case_wait case_process_await(struct case_process *p, int signal_fd, void (*tick)(void *ctx),
				  void *ctx);
/* The next result that a body gave by case_link_result(), in *r, which the caller frees; false:
 * none yet. */
bool case_process_result(struct case_process *p, struct case_result *r);
/* Kills the child and the groups it had under way. */
void case_process_kill(struct case_process *p);
/*
 * After case_process_read() said true or after a kill: reaps the child and fills *r
 * (result_init()ed here), an inconclusive one with the reason when the child gave none. -1 with *e
 * when the child could not write its files. Frees *p.
 */
int case_process_finish(struct case_process *p, const char *id, struct case_result *r,
			struct err *e);

#endif

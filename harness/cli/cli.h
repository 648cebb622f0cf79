/* SPDX-License-Identifier: BSD-2-Clause */
/* What the commands share: their entry points, exit statuses and the way to complain. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include "../wire/err.h"

enum {
	EXIT_OK = 0,
	EXIT_RED = 1,	     /* a MUST failed or the SUT crashed; prove: something is not proved */
	EXIT_USAGE = 2,	     /* usage, script or configuration; a report cannot be written */
	EXIT_UNDECIDED = 4,  /* something is inconclusive */
	EXIT_SUT_LOST = 75,  /* it did not come back behind a case: the run is not complete */
	EXIT_NO_DEVICE = 77, /* no RDMA device, nothing was run */
	EXIT_INTERRUPTED = 130, /* Ctrl-C or TERM; what was done so far is reported */
};

/* argv[0] is the command's own name. Each returns the exit status. */
int cmd_list(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_prove(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_mutants(int argc, char **argv);
int cmd_matrix(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_certify(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_html(int argc, char **argv);
int cmd_explore(int argc, char **argv);
int cmd_model(int argc, char **argv);
int cmd_fuzz(int argc, char **argv);
int cmd_log(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_pcap(int argc, char **argv);

/* "iserspec: ..." on stderr as one line. Each returns EXIT_USAGE. */
int complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int complain_err(const struct err *e);
/* An option that `command` does not know, or that lacks its value. */
int bad_option(const char *command, const char *word);

struct option;
/* getopt_long(), by which each command reads its options, so that options_tell() knows them. */
int next_option(int argc, char **argv, const char *letters, const struct option *table);
/* The options of a command, a line each: --NAME, --NAME= with a value, --NAME[=] where it may have
 * one. */
void options_tell(FILE *out, int (*command)(int argc, char **argv), char *name);

/* The version of this build, and the commit that it was built from ("unknown" outside of git; with
 * "+" where files were changed since). */
const char *tool_version(void);
const char *tool_commit(void);

#endif

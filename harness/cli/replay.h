/* SPDX-License-Identifier: BSD-2-Clause */
/* One case of a report, or a log alone, done once more: between the files of `iserspec replay`. */
#ifndef CLI_REPLAY_H
#define CLI_REPLAY_H

#include "../report/report.h"
#include "../script/runner.h"
#include "catalogue.h"
#include "command_words.h"
#include "run_facts.h"

/* What is to be repeated, as its log and its report tell. */
struct replay {
	char *log_path;
	struct log *log;
	size_t head; /* facts in front of the log */
	struct run_facts facts;
	struct run_env *env; /* what those say */
	struct report report;
	bool has_report;
	const struct script *script;
	int verdict; /* that the log was closed with; -1: it was not */
};

/*
 * Runs it in a process of ours, on the simulator or an RDMA device, its log at new_log. more: words
 * for `iserspec run` from our own command line, NULL-ended. *verdict is the case's. -1 with *e.
 */
int replay_here(const struct replay *p, const struct ledger *ledger, char **more,
		const char *new_log, enum verdict *verdict, struct err *e);

/* Was it in a lab of tools/conformance? */
bool replay_was_in_lab(const struct replay *p);
/* Then the words of that command that repeat it, `reports` where it puts what comes out, `more`
 * words of our own command line for it (NULL: none). -1 with *e; command_words_free() in any case.
 */
int replay_lab_words(const struct replay *p, const char *reports, char *const *more,
		     struct command_words *w, struct err *e);
/* Starts it and waits. *new_log, which the caller frees, is the log that came out. -1 with *e. */
int replay_in_lab(const struct replay *p, const struct command_words *w, const char *reports,
		  char **new_log, enum verdict *verdict, struct err *e);

/*
 * Holds the new log against the recorded one, prints what differs first, and returns 0 if it came
 * out the same, else 1: on the simulator to the byte, elsewhere by the kinds of events, each side's
 * in their order, as values and times, and who is first, are of each run. -1 with *e: it cannot be
 * read.
 */
int replay_compare(const struct replay *p, const char *new_log, enum verdict now, FILE *out,
		   struct err *e);

#endif

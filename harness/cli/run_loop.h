/* SPDX-License-Identifier: BSD-2-Clause */
/* The loop over the cases of a run: one process each, then watch, journal, report. */
#ifndef CLI_RUN_LOOP_H
#define CLI_RUN_LOOP_H

#include "../oracle/baseline.h"
#include "../report/report.h"
#include "catalogue.h"
#include "journal.h"
#include "run_case.h"
#include "report_folder.h"
#include "run_options.h"
#include "sut_watch.h"

struct run {
	const struct run_options *options;
	const struct ledger *ledger;
	struct script **cases; /* to be run, in order */
	size_t count;
	struct report report;
	struct terminal terminal;
	struct baseline baseline;
	json_t *identity; /* provenance.h */
	struct report_folder folder;
	struct journal *journal;  /* NULL without --report */
	struct journal_past past; /* with --resume */
	bool lets_in; /* whether the SUT had an honest session with us before the first case */
	struct lun_facts lun;	 /* targets: what that told */
	struct sut_watch *watch; /* what this process itself looks at after a case */
	int signal_fd;		 /* Ctrl-C, TERM, HUP */
	double started;
	double written, write_seconds; /* the report on disk: when, and how long it took */
	size_t written_count;	       /* and the cases in it */
};

enum run_end {
	RUN_DONE, /* all cases, or stopped by --fail-fast */
	RUN_INTERRUPTED,
	RUN_BROKEN,   /* a file could not be written, or a process not be started: *e */
	RUN_SUT_LOST, /* --restart failed: *e */
	RUN_SET_UP,   /* preflight: nobody is there, or we are not let in: *e */
};

/* After each case the journal on disk is complete as far as the run has come; the report may lag
 * some cases behind while the run goes on. */
enum run_end run_loop(struct run *run, struct err *e);
/* report.json, junit.xml and report.tap into the report's folder; nothing without --report. -1 with
 * *e. */
int run_write_report(struct run *run, struct err *e);

#endif

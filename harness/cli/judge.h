/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A report judged again from its event logs and the case texts alone: the runner goes through the
 * case on a fabric made of the log (fabric/replay/replay.h), our honest side speaks as it did, the
 * monitors look again, and what comes out has to be what the report says.
 */
#ifndef CLI_JUDGE_H
#define CLI_JUDGE_H

#include "../report/report.h"
#include "catalogue.h"

/* One case's log, `script` being the case's text of now. Fills *r (result_init()ed). -1 with *e,
 * which says where: the log is none, is not whole, or does not fit the text. */
int judge_log(const char *path, const struct script *script, const struct ledger *ledger,
	      const struct secrets *secrets, struct case_result *r, struct err *e);

struct judged {
	size_t verdicts, same; /* of cases, monitors and rules */
	/* What cannot be judged again, and is no part of `verdicts`: cases, or a preflight, whose
	 * log was cut (event_log_is_cut), and rows of monitors and rules that hang on them. */
	size_t logs_apart, rows_apart;
};

/*
 * The whole report in that folder, its preflight too. Prints a line to `out` for each verdict that
 * is another one now, and for each case that stands apart. secrets: of the run, where there were
 * some. -1 with *e when there is no such report.
 */
int judge_report(const char *folder, const struct catalogue *cat, const struct secrets *secrets,
		 FILE *out, struct judged *judged, struct err *e);

#endif

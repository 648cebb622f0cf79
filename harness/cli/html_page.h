/* SPDX-License-Identifier: BSD-2-Clause */
/* report.html, from a report and the cases that there are. */
#ifndef CLI_HTML_PAGE_H
#define CLI_HTML_PAGE_H

#include "../report/report.h"
#include "../script/script.h"
#include "run_loop.h"

/* The page of a report whose logs are in `folder`, put at path. Cases that are not among these n
 * scripts are there without their text. -1 with *e. */
int html_page_write(const struct report *r, const struct ledger *ledger, const char *folder,
		    struct script *const *cases, size_t n, const char *path, struct err *e);
/* When a run ends: run_write_report(), and the page, which is made of what that says and of the
 * logs. Nothing without --report. -1 with *e. */
int run_write_all(struct run *run, struct err *e);

#endif

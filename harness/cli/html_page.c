/* SPDX-License-Identifier: BSD-2-Clause */
/* Hands a report and its cases to the page's writer. */
#include "html_page.h"

#include <stdlib.h>

#include "../report/html/html.h"
#include "../report/memory.h"
#include "report_folder.h"

int html_page_write(const struct report *r, const struct ledger *ledger, const char *folder,
		    struct script *const *cases, size_t n, const char *path, struct err *e)
{
	struct html_case *known = must(calloc(n + 1, sizeof(*known)));
	for (size_t i = 0; i < n; i++)
		known[i] = (struct html_case){.id = cases[i]->id,
					      .text = cases[i]->text,
					      .tags = word_list_join(&cases[i]->tags)};
	const struct html_input in = {.report = r,
				      .ledger = ledger,
				      .folder = folder,
				      .log_name = report_folder_log,
				      .cases = known,
				      .count = n};
	const int status = html_write(&in, path, e);
	for (size_t i = 0; i < n; i++)
		free(known[i].tags);
	free(known);
	return status;
}

int run_write_all(struct run *run, struct err *e)
{
	const char *folder = run->options->report;
	if (!folder)
		return 0;
	if (run_write_report(run, e))
		return -1;
	char *page = text_format("%s/report.html", folder);
	const int status =
		html_page_write(&run->report, run->ledger, folder, run->cases, run->count, page, e);
	free(page);
	return status;
}

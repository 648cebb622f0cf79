/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec matrix: several reports side by side. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "../report/memory.h"
#include "../report/report.h"
#include "cli.h"

static const char help[] =
	"usage: iserspec matrix [--cases [--differences]] DIR...\n"
	"\n"
	"A row a report, a column a verdict; with --cases a row a case and a "
	"monitor, a column a report;\n"
	"with --differences as well, only the rows in which the reports differ.\n"
	"DIR is what --report named.\n";

int cmd_matrix(int argc, char **argv)
{
	static const struct option options[] = {
		{"cases", no_argument, NULL, 'c'},
		{"differences", no_argument, NULL, 'd'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool cases = false, differences = false;
	int option;

	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option != 'c' && option != 'd')
			return bad_option("matrix", argv[optind - 1]);
		cases |= option == 'c';
		differences |= option == 'd';
	}
	if (differences && !cases)
		return complain("--differences belongs to --cases");
	if (optind == argc)
		return complain("which reports? iserspec matrix DIR...");

	const size_t n = (size_t)(argc - optind);
	struct report *reports = must(calloc(n, sizeof(*reports)));
	int status = EXIT_OK;
	for (size_t i = 0; i < n; i++) {
		struct err e;
		char *path = text_format("%s/report.json", argv[(size_t)optind + i]);
		if (report_read_json(&reports[i], path, &e))
			status = complain_err(&e);
		free(path);
	}
	if (status == EXIT_OK)
		terminal_matrix(stdout, reports, argv + optind, n,
				differences ? MATRIX_DIFFERENCES
				: cases	    ? MATRIX_CASES
					    : MATRIX_REPORTS);
	for (size_t i = 0; i < n; i++)
		report_free(&reports[i]);
	free(reports);
	return status;
}

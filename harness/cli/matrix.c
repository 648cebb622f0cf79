/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec matrix: several reports side by side. */
#include <getopt.h>
#include <stdlib.h>

#include "../report/matrix.h"
#include "cli.h"
#include "compare.h"

static const char help[] =
	"usage: iserspec matrix [OPTION...] DIR...\n"
	"\n"
	"A row a report, a column a verdict. DIR is what --report named.\n"
	"\n"
	"  --cases                a row a case and a monitor, a column a report\n"
	"  --rules                a row a rule that there is evidence about, a column a report\n"
	"  --differences          of these only the rows in which the reports differ\n"
	"  --format FORMAT        text (default), markdown or json (reports/README.md)\n";

int cmd_matrix(int argc, char **argv)
{
	static const struct option options[] = {
		{"cases", no_argument, NULL, 'c'},	 {"rules", no_argument, NULL, 'r'},
		{"differences", no_argument, NULL, 'd'}, {"format", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},	 {0},
	};
	static void (*const put[])(FILE *, const struct matrix *) = {
		[FORMAT_TEXT] = matrix_text,
		[FORMAT_MARKDOWN] = matrix_markdown,
		[FORMAT_JSON] = matrix_json,
	};
	enum compare_format format = FORMAT_TEXT;
	unsigned kinds = 0;
	bool differences = false;
	int option;

	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option == 'c')
			kinds |= 1U << MATRIX_CASE | 1U << MATRIX_MONITOR;
		else if (option == 'r')
			kinds |= 1U << MATRIX_RULE;
		else if (option == 'd')
			differences = true;
		else if (option != 'f')
			return bad_option("matrix", argv[optind - 1]);
		else if (compare_format(optarg, &format))
			return EXIT_USAGE;
	}
	if (differences && !kinds)
		return complain("--differences belongs to --cases or --rules");
	if (optind == argc)
		return complain("which reports? iserspec matrix DIR...");

	const size_t n = (size_t)(argc - optind);
	struct report *reports;
	const int status = compare_read(argv + optind, n, &reports);
	if (status == EXIT_OK) {
		struct matrix m;
		matrix_make(&m, reports, argv + optind, n, kinds, differences);
		put[format](stdout, &m);
		matrix_free(&m);
	}
	for (size_t i = 0; i < n; i++)
		report_free(&reports[i]);
	free(reports);
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec diff: what has become of a system since an older report. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "../report/diff.h"
#include "cli.h"
#include "compare.h"
#include "same_bytes.h"

static const char help[] =
	"usage: iserspec diff [OPTION...] OLD NEW\n"
	"\n"
	"Cases, monitors and rules of two reports of systems in one role: what "
	"is worse than it was, what is\n"
	"unstable now, no longer judged, mended, or otherwise. OLD and NEW are "
	"what --report named.\n"
	"\n"
	"  --strict               a SHOULD that is broken, and was not, counts\n"
	"  --bytes                instead: are the logs, the journal and "
	"report.json, but for its\n"
	"                         `host`, the same to the byte? Names each that is "
	"not, and the first\n"
	"                         event that differs; exit status 1 then\n"
	"  --format FORMAT        text (default), markdown (a comment on a "
	"patch) or json (reports/README.md)\n"
	"\n"
	"exit status: 1 when a MUST is broken that was not, or there is a new "
	"crash; 4 when something is\n"
	"unstable or no longer judged, or NEW did not end; 3 with --strict when "
	"a SHOULD is broken that\n"
	"was not; else 0\n";

static int compare(const struct report reports[2], char *const paths[2], enum compare_format format,
		   bool strict)
{
	static void (*const put[])(FILE *, const struct diff *) = {
		[FORMAT_TEXT] = diff_text,
		[FORMAT_MARKDOWN] = diff_markdown,
		[FORMAT_JSON] = diff_json,
	};
	if (strcmp(reports[0].sut_role, reports[1].sut_role) != 0)
		return complain("%s is of a system in the role %s, %s of one in the role %s",
				paths[0], reports[0].sut_role, paths[1], reports[1].sut_role);
	struct diff d;
	diff_make(&d, reports, paths);
	put[format](stdout, &d);
	const int status = diff_exit_status(&d, strict);
	diff_free(&d);
	return status;
}

static int compare_bytes(char *const paths[2])
{
	struct same_bytes same;
	struct err e = {0};
	if (same_bytes(paths[0], paths[1], stdout, &same, &e))
		return complain_err(&e);
	fputs("bytes: ", stdout);
	same_bytes_put(stdout, &same);
	putchar('\n');
	return same_bytes_all(&same) ? EXIT_OK : EXIT_RED;
}

int cmd_diff(int argc, char **argv)
{
	static const struct option options[] = {
		{"strict", no_argument, NULL, 's'},
		{"bytes", no_argument, NULL, 'b'},
		{"format", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	enum compare_format format = FORMAT_TEXT;
	bool strict = false, bytes = false;
	int option;

	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option == 's')
			strict = true;
		else if (option == 'b')
			bytes = true;
		else if (option != 'f')
			return bad_option("diff", argv[optind - 1]);
		else if (compare_format(optarg, FORMAT_JSON, &format))
			return EXIT_USAGE;
	}
	if (argc - optind != 2)
		return complain("which two reports? iserspec diff OLD NEW");
	if (bytes)
		return compare_bytes(argv + optind);

	struct report *reports;
	int status = compare_read(argv + optind, 2, &reports);
	if (status == EXIT_OK)
		status = compare(reports, argv + optind, format, strict);
	report_free(&reports[0]);
	report_free(&reports[1]);
	free(reports);
	return status;
}

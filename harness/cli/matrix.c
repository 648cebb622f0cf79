/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec matrix: several reports side by side. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "../report/matrix.h"
#include "../report/memory.h"
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
	"  --verdict VERDICT,...  of these only the rows in which a report has one of them\n"
	"  --note TEXT            a sentence that stands above it all, such as what could not be "
	"run;\n"
	"                         may be said again\n"
	"  --format FORMAT        text (default), markdown, json or html: a page for a browser, "
	"with cases\n"
	"                         and rules where neither is asked for (reports/README.md)\n";

struct matrix_options {
	struct matrix_wish wish;
	enum compare_format format;
	char **notes; /* the command line's */
	size_t note_count;
};

/* 0, or an exit status after one line of complaint. */
static int read_verdicts(char *words, unsigned *verdicts)
{
	char *rest = NULL;
	for (char *word = strtok_r(words, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		const int verdict = verdict_by_name(word);
		if (verdict < 0)
			return complain("--verdict: '%s' is no verdict", word);
		*verdicts |= 1U << verdict;
	}
	return *verdicts ? EXIT_OK : complain("--verdict names no verdict");
}

/* -1: go on; else the exit status. */
static int parse(struct matrix_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{"cases", no_argument, NULL, 'c'},	 {"rules", no_argument, NULL, 'r'},
		{"differences", no_argument, NULL, 'd'}, {"verdict", required_argument, NULL, 'v'},
		{"note", required_argument, NULL, 'n'},	 {"format", required_argument, NULL, 'f'},
		{"help", no_argument, NULL, 'h'},	 {0},
	};
	int option;

	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		case 'c':
			o->wish.kinds |= 1U << MATRIX_CASE | 1U << MATRIX_MONITOR;
			break;
		case 'r':
			o->wish.kinds |= 1U << MATRIX_RULE;
			break;
		case 'd':
			o->wish.differences = true;
			break;
		case 'v':
			if (read_verdicts(optarg, &o->wish.verdicts))
				return EXIT_USAGE;
			break;
		case 'n':
			o->notes = grow(o->notes, o->note_count, sizeof(*o->notes));
			o->notes[o->note_count++] = optarg;
			break;
		case 'f':
			if (compare_format(optarg, FORMAT_HTML, &o->format))
				return EXIT_USAGE;
			break;
		default:
			return bad_option("matrix", argv[optind - 1]);
		}
	}
	if (o->format == FORMAT_HTML && !o->wish.kinds)
		o->wish.kinds = 1U << MATRIX_CASE | 1U << MATRIX_MONITOR | 1U << MATRIX_RULE;
	if (o->wish.differences && !o->wish.kinds)
		return complain("--differences belongs to --cases or --rules");
	if (o->wish.verdicts && !o->wish.kinds)
		return complain("--verdict belongs to --cases or --rules");
	if (optind == argc)
		return complain("which reports? iserspec matrix DIR...");
	return -1;
}

static int put_matrix(const struct matrix_options *o, char *const *dirs, size_t n)
{
	static void (*const put[])(FILE *, const struct matrix *) = {
		[FORMAT_TEXT] = matrix_text,
		[FORMAT_MARKDOWN] = matrix_markdown,
		[FORMAT_JSON] = matrix_json,
		[FORMAT_HTML] = matrix_html,
	};
	struct report *reports;
	const int status = compare_read(dirs, n, &reports);
	if (status == EXIT_OK) {
		struct matrix m;
		matrix_make(&m, reports, dirs, n, &o->wish);
		m.notes = o->notes;
		m.note_count = o->note_count;
		put[o->format](stdout, &m);
		matrix_free(&m);
	}
	for (size_t i = 0; i < n; i++)
		report_free(&reports[i]);
	free(reports);
	return status;
}

int cmd_matrix(int argc, char **argv)
{
	struct matrix_options o = {0};
	int status = parse(&o, argc, argv);
	if (status < 0)
		status = put_matrix(&o, argv + optind, (size_t)(argc - optind));
	free(o.notes);
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec html: a report as one page for a browser. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/explain.h"
#include "../report/memory.h"
#include "catalogue.h"
#include "cli.h"
#include "html_page.h"
#include "run_known.h"

static const char help[] =
	"usage: iserspec html [OPTION...] REPORT\n"
	"\n"
	"Writes the report in the folder REPORT (run --report) as one page for a browser, with "
	"the\n"
	"texts of its cases and its event logs. The page needs neither network nor server. `run`\n"
	"writes it, too, when it ends.\n"
	"\n"
	"  --output FILE          default: REPORT/report.html\n"
	"  --baseline FILE        what differs from the known deviations in FILE, in place of "
	"what\n"
	"                         `run --baseline` found\n"
	"  --cases DIR            the cases, where they are not beside the program\n";

struct html_options {
	const char *folder, *output, *baseline, *cases;
};

/* -1: go on; else the exit status. */
static int parse(struct html_options *o, int argc, char **argv)
{
	static const struct option options[] = {{"output", required_argument, NULL, 'o'},
						{"baseline", required_argument, NULL, 'b'},
						{"cases", required_argument, NULL, 'c'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	int option;
	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'o':
			o->output = optarg;
			break;
		case 'b':
			o->baseline = optarg;
			break;
		case 'c':
			o->cases = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		default:
			return bad_option("html", argv[optind - 1]);
		}
	}
	if (optind + 1 != argc)
		return complain(optind == argc ? "which report? iserspec html REPORT"
					       : "one report at a time: iserspec html REPORT");
	o->folder = argv[optind];
	return -1;
}

/* Cases that a run without words runs, and that are not in the report: one of them may be that in
 * which a monitor would have found what the baseline knows. */
static size_t left_out(const struct report *r, const struct catalogue *cat)
{
	size_t n = 0;
	for (size_t i = 0; i < cat->count; i++) {
		const struct script *s = cat->cases[i];
		const enum pdu_sender side = s->sut == PEER_TARGET ? FROM_TARGET : FROM_INITIATOR;
		bool found = word_list_has(&s->tags, "long") ||
			     strcmp(side_name(side), r->sut_role) != 0;
		for (size_t k = 0; k < r->count && !found; k++)
			found = !strcmp(r->cases[k].result.id, s->id);
		n += !found;
	}
	return n;
}

/* All of a report against a baseline that is named now. */
static int hold(struct report *r, const struct catalogue *cat, const char *path, struct err *e)
{
	report_forget_baseline(r);
	const struct run_options options = {.baseline = path, .shards = 1};
	struct run run = {.options = &options,
			  .ledger = cat->ledger,
			  .report = *r,
			  .count = r->count + left_out(r, cat)};
	const int status = run_load_baseline(&run, cat, e);
	for (size_t i = 0; !status && i < r->count; i++)
		run_hold(&run, &r->cases[i]);
	for (size_t i = 0; !status && i < r->monitor_count; i++) {
		struct report_case *row = &r->monitors[i];
		run_hold(&run, row);
		if (row->known == KNOWN_BETTER && !run_is_whole(&run))
			row->known = KNOWN_SAME;
	}
	r->has_baseline = true;
	baseline_free(&run.baseline);
	return status;
}

static int write_page(const struct html_options *o, const struct catalogue *cat, struct err *e)
{
	struct report r = {0};
	char *from = text_format("%s/report.json", o->folder);
	char *to = o->output ? must(strdup(o->output)) : text_format("%s/report.html", o->folder);
	int status = -1;
	if (report_read_json(&r, from, e))
		goto out;
	report_explain(&r, cat->ledger);
	if (o->baseline && hold(&r, cat, o->baseline, e))
		goto out;
	status = html_page_write(&r, cat->ledger, o->folder, cat->cases, cat->count, to, e);
	if (!status)
		printf("page in %s\n", to);
out:
	report_free(&r);
	free(to);
	free(from);
	return status;
}

int cmd_html(int argc, char **argv)
{
	struct html_options o = {0};
	struct catalogue cat;
	struct err e = {0};
	int status = parse(&o, argc, argv);
	if (status >= 0)
		return status;
	if (catalogue_open(&cat, o.cases, NULL, 0, &e))
		return complain_err(&e);
	status = write_page(&o, &cat, &e) ? complain_err(&e) : EXIT_OK;
	if (cat.broken)
		status = EXIT_USAGE;
	catalogue_free(&cat);
	return status;
}

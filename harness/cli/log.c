/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec log: the event log of a case as a ladder. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/columns.h"
#include "../report/events.h"
#include "../report/ladder_text.h"
#include "cli.h"
#include "run_options.h"

static const char help[] =
	"usage: iserspec log [--all] [--from TIME] [--to TIME] [--conn N] LOG.jsonl...\n"
	"\n"
	"Prints the event log of a case (REPORT/logs/*.jsonl) for people: who sent what when, what "
	"met no\n"
	"receive buffer, how many of our own receives stood (recv), what was judged. What repeats "
	"is\n"
	"folded with a count.\n"
	"\n"
	"  --all          each event by itself and whole: successes, timers and answers, too\n"
	"  --from TIME    no sooner, of the log's own time, with a unit: 20ms, 90s\n"
	"  --to TIME      no later\n"
	"  --conn N       one connection\n"
	"\n"
	"$COLUMNS is how wide it gets; colours are for terminals alone, and not with $NO_COLOR.\n";

struct log_options {
	struct ladder_filter filter;
	struct ladder_style style;
};

static int print_log(const struct log_options *o, const char *path, struct err *e)
{
	struct ladder l;
	struct log *log = events_read(path, e);
	if (!log)
		return -1;
	ladder_make(&l, log);
	ladder_print(stdout, &l, &o->filter, &o->style);
	if (event_log_is_cut(path))
		puts("the log came to its limit and was cut: what follows is not in it");
	ladder_free(&l);
	log_free(log);
	return 0;
}

/* -1: go on; else the exit status. */
static int parse(struct log_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{"all", no_argument, NULL, 'a'},      {"from", required_argument, NULL, 'f'},
		{"to", required_argument, NULL, 't'}, {"conn", required_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},     {0}};
	struct err e = {0};
	unsigned long conn;
	int option;
	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'a':
			o->filter.all = o->style.whole = true;
			break;
		case 'f':
			if (option_time(optarg, &o->filter.from, "--from", &e))
				return complain_err(&e);
			break;
		case 't':
			if (option_time(optarg, &o->filter.to, "--to", &e))
				return complain_err(&e);
			break;
		case 'c':
			if (option_count(optarg, 1, 4096, &conn, "--conn", &e))
				return complain_err(&e);
			o->filter.conn = (unsigned)conn;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		default:
			return bad_option("log", argv[optind - 1]);
		}
	}
	if (optind == argc)
		return complain("which logs? iserspec log REPORT/logs/CASE.jsonl...");
	return -1;
}

int cmd_log(int argc, char **argv)
{
	struct log_options o = {0};
	struct err e = {0};
	int status = parse(&o, argc, argv);

	if (status >= 0)
		return status;
	status = EXIT_OK;
	o.style.columns = columns_of(stdout);
	o.style.color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	for (int i = optind; i < argc; i++) {
		if (i > optind)
			putchar('\n');
		if (print_log(&o, argv[i], &e))
			status = complain_err(&e);
	}
	if (fflush(stdout) || ferror(stdout))
		status = complain("cannot write: standard output");
	return status;
}

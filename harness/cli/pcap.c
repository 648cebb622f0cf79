/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec pcap: captures of cases, made of their event logs. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../report/file.h"
#include "../report/memory.h"
#include "captures.h"
#include "cli.h"

static const char help[] =
	"usage: iserspec pcap [OPTION...] LOG.jsonl\n"
	"       iserspec pcap [OPTION...] REPORT\n"
	"\n"
	"Makes a pcapng file of a case's event log, or one of each case of a report. Wireshark "
	"decodes\n"
	"RoCEv2 as iSER and iSCSI; iWARP, of runs over soft-iWARP, as far as DDP. What the "
	"findings of\n"
	"the report rest on is a comment on its frame.\n"
	"\n"
	"  --output FILE|DIR      default: of a REPORT its folder pcap/; of a LOG its name, with "
	".pcapng, here\n"
	"  --wire roce|iwarp      on which of the two, whatever the run was on\n"
	"\n"
	"It is made, not recorded: reports/README.md tells what in it is made up.\n";

struct job {
	const char *input, *output;
	enum pcap_wire wire;
	struct captures made;
};

static int put(void *to, const char *name, const void *at, size_t len, struct err *e)
{
	char *path = text_format("%s/%s.pcapng", (const char *)to, name);
	const int status = file_replace(path, at, len, e);
	free(path);
	return status;
}

static int all(struct job *j, const struct report *r, struct err *e)
{
	char *dir = j->output ? must(strdup(j->output)) : text_format("%s/pcap", j->input);
	int status = folder_make(dir, e);
	if (!status)
		status = captures_of_report(r, j->input, j->wire, put, dir, &j->made, e);
	free(dir);
	return status;
}

/* A log of a report's: what that found out about it. */
static const struct case_result *found(const struct report *r, const char *path)
{
	const struct case_result *result = NULL;
	char *want = capture_name(path);
	for (size_t i = 0; i < r->count && !result; i++) {
		char *name = r->cases[i].log ? capture_name(r->cases[i].log) : NULL;
		if (name && !strcmp(name, want))
			result = &r->cases[i].result;
		free(name);
	}
	free(want);
	return result;
}

/* The report that a log lies in, REPORT/logs/LOG; empty where there is none. */
static void report_around(struct report *r, const char *log_path)
{
	const char *slash = strrchr(log_path, '/');
	char *path = slash ? text_format("%.*s/../report.json", (int)(slash - log_path), log_path)
			   : must(strdup("../report.json"));
	struct err ignored;
	if (report_read_json(r, path, &ignored)) {
		report_free(r);
		*r = (struct report){0};
	}
	free(path);
}

/* Of one log, where there may be no report. */
static int single(struct job *j, const struct report *r, struct err *e)
{
	char *name = capture_name(j->input);
	char *to = j->output ? must(strdup(j->output)) : text_format("%s.pcapng", name);
	size_t len;
	char *file = capture_of(j->input, found(r, j->input), j->wire, &len, &j->made, e);
	const int status = file ? file_replace(to, file, len, e) : -1;
	free(file);
	free(to);
	free(name);
	return status;
}

static int make(struct job *j, struct err *e)
{
	struct report r = {0};
	struct stat st;
	int status = 0;
	const bool whole = !stat(j->input, &st) && S_ISDIR(st.st_mode);

	if (whole) {
		char *path = text_format("%s/report.json", j->input);
		status = report_read_json(&r, path, e);
		free(path);
	} else {
		report_around(&r, j->input);
	}
	if (!status && j->wire == PCAP_BY_LOG)
		j->wire = capture_wire(&r);
	if (!status)
		status = whole ? all(j, &r, e) : single(j, &r, e);
	report_free(&r);
	return status;
}

int cmd_pcap(int argc, char **argv)
{
	static const struct option options[] = {{"output", required_argument, NULL, 'o'},
						{"wire", required_argument, NULL, 'w'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct job j = {.wire = PCAP_BY_LOG};
	struct err e = {0};
	int option;

	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "ho:", options)) != -1) {
		if (option == 'h') {
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option == 'o') {
			j.output = optarg;
		} else if (option == 'w' && !strcmp(optarg, "roce")) {
			j.wire = PCAP_ROCE;
		} else if (option == 'w' && !strcmp(optarg, "iwarp")) {
			j.wire = PCAP_IWARP;
		} else if (option == 'w') {
			return complain("--wire: '%s' is neither roce nor iwarp", optarg);
		} else {
			return bad_option("pcap", argv[optind - 1]);
		}
	}
	if (argc - optind != 1)
		return complain("which log or report? iserspec pcap LOG.jsonl|REPORT");
	j.input = argv[optind];
	if (make(&j, &e))
		return complain_err(&e);
	printf("%zu files: %zu frames, %zu messages", j.made.files, j.made.counts.frames,
	       j.made.counts.messages);
	if (j.made.counts.unsent)
		printf("; %zu requests never left", j.made.counts.unsent);
	if (j.made.counts.unknown)
		printf("; %zu messages were refused by our side, which nobody has kept",
		       j.made.counts.unknown);
	if (j.made.counts.large)
		printf("; %zu RDMA operations are left out: zeros for their data would come to "
		       "more than "
		       "256 MiB in one log",
		       j.made.counts.large);
	putchar('\n');
	return EXIT_OK;
}

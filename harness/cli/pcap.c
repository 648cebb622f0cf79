/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec pcap: captures of cases, made of their event logs. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../report/events.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "../report/pcap/pcap.h"
#include "../report/report.h"
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
	size_t files;
	struct pcap_counts sum;
};

static int one(struct job *j, const char *log_path, const struct case_result *r, const char *out,
	       struct err *e)
{
	struct pcap_counts counts;
	size_t len;
	struct log *l = events_read(log_path, e);
	if (!l)
		return -1;
	char *file = pcap_of_log(l, r, j->wire, &len, &counts);
	const int status = file_replace(out, file, len, e);
	free(file);
	log_free(l);
	j->files++;
	j->sum.frames += counts.frames;
	j->sum.messages += counts.messages;
	j->sum.unsent += counts.unsent;
	j->sum.unknown += counts.unknown;
	return status;
}

/* "target.hello.present" of "logs/target.hello.present.jsonl" */
static char *stem(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = must(strdup(slash ? slash + 1 : path)), *dot = strrchr(name, '.');
	if (dot && dot != name)
		*dot = '\0';
	return name;
}

/* What the run was on, where its report tells: "siw0 (siw), fw ...". */
static enum pcap_wire wire_of(const struct report *r)
{
	return r->fabric && strstr(r->fabric, "(siw)") ? PCAP_IWARP : PCAP_BY_LOG;
}

static int all(struct job *j, const struct report *r, struct err *e)
{
	char *dir = j->output ? must(strdup(j->output)) : text_format("%s/pcap", j->input);
	int status = folder_make(dir, e);
	for (size_t i = 0; !status && i < r->count; i++) {
		const struct report_case *c = &r->cases[i];
		if (!c->log)
			continue;
		char *name = stem(c->log), *log_path = text_format("%s/%s", j->input, c->log);
		char *out = text_format("%s/%s.pcapng", dir, name);
		status = one(j, log_path, &c->result, out, e);
		free(out);
		free(log_path);
		free(name);
	}
	free(dir);
	return status;
}

/* A log of a report's: what that found out about it. */
static const struct case_result *found(const struct report *r, const char *path)
{
	const struct case_result *result = NULL;
	char *want = stem(path);
	for (size_t i = 0; i < r->count && !result; i++) {
		char *name = r->cases[i].log ? stem(r->cases[i].log) : NULL;
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

static int make(struct job *j, struct err *e)
{
	struct report r = {0};
	struct stat st;
	int status;

	if (!stat(j->input, &st) && S_ISDIR(st.st_mode)) {
		char *path = text_format("%s/report.json", j->input);
		status = report_read_json(&r, path, e);
		free(path);
		if (!status && j->wire == PCAP_BY_LOG)
			j->wire = wire_of(&r);
		if (!status)
			status = all(j, &r, e);
	} else {
		report_around(&r, j->input);
		if (j->wire == PCAP_BY_LOG)
			j->wire = wire_of(&r);
		char *name = stem(j->input);
		char *out = j->output ? must(strdup(j->output)) : text_format("%s.pcapng", name);
		status = one(j, j->input, found(&r, j->input), out, e);
		free(out);
		free(name);
	}
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
	printf("%zu files: %zu frames, %zu messages", j.files, j.sum.frames, j.sum.messages);
	if (j.sum.unsent)
		printf("; %zu requests never left", j.sum.unsent);
	if (j.sum.unknown)
		printf("; %zu messages were refused by our side, which nobody has kept",
		       j.sum.unknown);
	putchar('\n');
	return EXIT_OK;
}

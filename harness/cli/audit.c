/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec audit: the monitors over event logs that runs left behind. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/watch.h"
#include "../report/events.h"
#include "../report/memory.h"
#include "../report/report.h"
#include "audit_capture.h"
#include "catalogue.h"
#include "cli.h"
#include "judge.h"

static const char help[] =
	"usage: iserspec audit [--sut target|initiator] [--own] [--monitor NAME] [--verbose]\n"
	"                      [--cases DIR] LOG.jsonl|CAPTURE...\n"
	"       iserspec audit --sut target|initiator --log FILE CAPTURE\n"
	"       iserspec audit --judge [--chap-secret-file FILE] [--cases DIR] REPORT...\n"
	"\n"
	"Runs all monitors, or the one named, over event logs (REPORT/logs/*.jsonl) and prints "
	"what\n"
	"they find. The role under test is told by the file's name (target.*, initiator.*) or by\n"
	"--sut. --own: the one under test wrote the log itself (iserspec model --log), so what it\n"
	"sent is judged, not what it received. --verbose prints the rules that were seen kept, "
	"too.\n"
	"A CAPTURE is a pcap or pcapng file of iSER over RoCEv2 or iWARP, whoever made it: both "
	"roles are\n"
	"judged unless --sut names one, and what the capture lacks is told. Events are frame "
	"numbers "
	"there.\n"
	"--log FILE keeps the event log that a CAPTURE becomes, as the other side of --sut would "
	"have\n"
	"written it, for `iserspec log`.\n"
	"Exit status 1 when a MUST is broken.\n"
	"\n"
	"--judge gives every verdict of the reports in these folders again, from their event logs "
	"and\n"
	"the case texts alone, and prints a line for each that is another one now: exit status 1. "
	"What\n"
	"cannot be judged again, since its log was cut (run --log-limit), is named and counted "
	"apart.\n"
	"CHAP secrets of the run, which no log shows, stand in FILE, ours in the first line, the\n"
	"target's in the second.\n";

enum role { ROLE_BY_NAME, ROLE_TARGET, ROLE_INITIATOR };

struct audit {
	enum role role;
	const struct monitor *only;
	const struct ledger *ledger;
	bool verbose, own, judge;
	const char *log;
	struct secrets secrets; /* of the run that is judged again */
	size_t logs, captures, connections, counts[VERDICT_COUNT];
};

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

static int role_of(const struct audit *a, const char *path, bool *sut_is_target, struct err *e)
{
	const char *name = file_name(path);
	const bool target = !strncmp(name, "target.", 7);
	if (a->role == ROLE_BY_NAME && !target && strncmp(name, "initiator.", 10) != 0)
		return err_set(e, 0, "%s: whose role is under test? --sut target|initiator", path);
	*sut_is_target = a->role == ROLE_TARGET || (a->role == ROLE_BY_NAME && target);
	return 0;
}

static void put_finding(const struct finding *f)
{
	printf("    %-5s %s: %s\n          rules %s", verdict_name(f->verdict), f->monitor,
	       f->reason, f->rules);
	for (size_t i = 0; i < f->event_count; i++)
		printf("%s%llu", i ? ", " : "; events ", (unsigned long long)f->events[i]);
	putchar('\n');
}

static int audit_log(struct audit *a, const char *path, struct err *e)
{
	bool sut_is_target = false;
	if (role_of(a, path, &sut_is_target, e))
		return -1;
	struct log *l = events_read(path, e);
	if (!l)
		return -1;
	struct case_result r;
	result_init(&r, file_name(path));
	(a->own ? watch_own_log : watch_log)(l, sut_is_target, a->ledger, a->only, &r);
	result_clean(&r, NULL);
	bool named = false;
	for (size_t i = 0; i < r.finding_count; i++) {
		const struct finding *f = &r.findings[i];
		a->counts[f->verdict]++;
		if (f->verdict == VERDICT_PASS && !a->verbose)
			continue;
		if (!named)
			printf("%s\n", path);
		named = true;
		put_finding(f);
	}
	a->logs++;
	result_free(&r);
	log_free(l);
	return 0;
}

static int audit_wire(struct audit *a, const char *path, struct err *e)
{
	struct capture_audit c = {
		.target = a->role != ROLE_INITIATOR,
		.initiator = a->role != ROLE_TARGET,
		.only = a->only,
		.ledger = a->ledger,
		.verbose = a->verbose,
		.log = a->log,
	};
	if (a->own)
		return err_set(e, 0, "%s: --own is about logs; nobody under test made a capture",
			       path);
	if (audit_capture(&c, path, e))
		return -1;
	a->captures++;
	a->connections += c.connections;
	for (size_t i = 0; i < VERDICT_COUNT; i++)
		a->counts[i] += c.counts[i];
	return 0;
}

/* All reports; the exit status. */
static int judge_all(const struct audit *a, const struct catalogue *cat, char **folders, int n)
{
	struct judged all = {0};
	int status = EXIT_OK;
	for (int i = 0; i < n; i++) {
		struct judged one = {0};
		struct err e = {0};
		if (judge_report(folders[i], cat, &a->secrets, stdout, &one, &e))
			status = complain_err(&e);
		all.verdicts += one.verdicts;
		all.same += one.same;
		all.logs_apart += one.logs_apart;
		all.rows_apart += one.rows_apart;
	}
	if (all.logs_apart)
		printf("not judged again: %zu verdicts whose logs were cut, and %zu rows of "
		       "monitors "
		       "and rules that hang on them\n",
		       all.logs_apart, all.rows_apart);
	printf("judged again: %zu of %zu verdicts the same\n", all.same, all.verdicts);
	/* None at all proves nothing. */
	return status == EXIT_OK && (!all.verdicts || all.same != all.verdicts) ? EXIT_RED : status;
}

/* -1: go on; else the exit status. */
static int parse(struct audit *a, const char **dir, int argc, char **argv)
{
	static const struct option options[] = {{"sut", required_argument, NULL, 's'},
						{"monitor", required_argument, NULL, 'm'},
						{"verbose", no_argument, NULL, 'v'},
						{"cases", required_argument, NULL, 'c'},
						{"own", no_argument, NULL, 'o'},
						{"log", required_argument, NULL, 'l'},
						{"judge", no_argument, NULL, 'j'},
						{"chap-secret-file", required_argument, NULL, 'C'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct err e = {0};
	int option;
	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "hv", options)) != -1) {
		switch (option) {
		case 's':
			if (!strcmp(optarg, "target"))
				a->role = ROLE_TARGET;
			else if (!strcmp(optarg, "initiator"))
				a->role = ROLE_INITIATOR;
			else
				return complain("--sut: '%s' is neither target nor initiator",
						optarg);
			break;
		case 'm':
			a->only = monitor_by_name(optarg);
			if (!a->only)
				return complain("--monitor: there is no monitor '%s'", optarg);
			break;
		case 'o':
			a->own = true;
			break;
		case 'v':
			a->verbose = true;
			break;
		case 'l':
			a->log = optarg;
			break;
		case 'c':
			*dir = optarg;
			break;
		case 'j':
			a->judge = true;
			break;
		case 'C':
			if (secrets_read(&a->secrets, optarg, &e))
				return complain_err(&e);
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		default:
			return bad_option("audit", argv[optind - 1]);
		}
	}
	if (a->judge && (a->only || a->own || a->verbose || a->role != ROLE_BY_NAME))
		return complain("--judge judges all of a report: it goes with --cases alone");
	if (a->log && (a->role == ROLE_BY_NAME || a->judge || optind + 1 != argc ||
		       !is_capture(argv[optind])))
		return complain("--log is of one capture, and wants --sut target|initiator");
	if (optind < argc)
		return -1;
	return a->judge ? complain("which reports? iserspec audit --judge REPORT...")
			: complain("which logs or captures? iserspec audit FILE...");
}

int cmd_audit(int argc, char **argv)
{
	struct audit a = {0};
	struct catalogue cat;
	struct err e = {0};
	const char *dir = NULL;
	int status = parse(&a, &dir, argc, argv);

	if (status >= 0 || catalogue_open(&cat, dir, NULL, 0, &e)) {
		secrets_free(&a.secrets);
		return status >= 0 ? status : complain_err(&e);
	}
	a.ledger = cat.ledger;
	status = EXIT_OK;
	if (a.judge) {
		status = judge_all(&a, &cat, argv + optind, argc - optind);
		goto out;
	}
	for (int i = optind; i < argc; i++)
		if ((is_capture(argv[i]) ? audit_wire : audit_log)(&a, argv[i], &e))
			status = complain_err(&e);
	if (a.captures)
		printf("%zu captures, %zu connections; ", a.captures, a.connections);
	printf("%zu logs: %zu fail, %zu warn, %zu info\n", a.logs, a.counts[VERDICT_FAIL],
	       a.counts[VERDICT_WARN], a.counts[VERDICT_INFO]);
	if (status == EXIT_OK && a.counts[VERDICT_FAIL])
		status = EXIT_RED;
out:
	catalogue_free(&cat);
	secrets_free(&a.secrets);
	return status;
}

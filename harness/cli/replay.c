/* SPDX-License-Identifier: BSD-2-Clause */
/* iserspec replay: a case once more as it was, and whether it comes out the same. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../report/events.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "cli.h"
#include "replay.h"
#include "scratch.h"

static const char help[] =
	"usage: iserspec replay [OPTION...] REPORT CASE [-- OPTION OF RUN...]\n"
	"       iserspec replay [OPTION...] LOG.jsonl [-- OPTION OF RUN...]\n"
	"\n"
	"Runs a case of a report once more, by the same script, seed and deadlines: on the "
	"simulator\n"
	"where the model was run, in the lab by tools/conformance (same system, kernel, seed), "
	"else on\n"
	"this machine's RDMA device. Says whether it came out the same, and the first event that "
	"does\n"
	"not. On the simulator that is each byte of the log; elsewhere what each side did in its\n"
	"order, as tags, addresses and times are of each run.\n"
	"\n"
	"  --print      only the command line that repeats it\n"
	"  --log FILE   keeps the log of this time\n"
	"  --cases DIR  default: $ISERSPEC_CASES, or cases/ beside the program\n"
	"\n"
	"Behind -- stand options of run, or of tools/conformance for the lab.\n"
	"No command is taken from a report: what made an initiator log in, secrets, and leave to "
	"write\n"
	"on a LUN are said again behind --, as to run: -- --login CMD, -- --allow-writes.\n"
	"exit status: 0 the same, 1 not, 2 it cannot be repeated\n";

struct replay_options {
	bool print;
	const char *log, *cases;
	char **more; /* behind --, NULL-ended */
	const char *what, *id;
};

/* ---- what is to be repeated ---- */

static bool is_folder(const char *path)
{
	struct stat st;
	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* The report that a log lies in: FOLDER/logs/CASE.jsonl. NULL: in none. */
static char *folder_of(const char *log)
{
	char *path = realpath(log, NULL);
	char *slash = path ? strrchr(path, '/') : NULL;
	if (slash)
		*slash = '\0';
	slash = path ? strrchr(path, '/') : NULL;
	if (slash && !strcmp(slash, "/logs")) {
		*slash = '\0';
		return path;
	}
	free(path);
	return NULL;
}

static int read_report(struct replay *p, const char *folder, bool wanted, struct err *e)
{
	char *path = text_format("%s/report.json", folder);
	int status = 0;
	if (wanted || !access(path, F_OK)) {
		status = report_read_json(&p->report, path, e);
		p->has_report = !status;
	}
	free(path);
	return status;
}

/* The log of the case: the one that its row names, which is that of a repetition if there were
 * some.
 */
static int find_log(struct replay *p, const char *folder, const char *id, struct err *e)
{
	for (size_t i = 0; i < p->report.count; i++) {
		const struct report_case *c = &p->report.cases[i];
		if (strcmp(c->result.id, id) != 0)
			continue;
		if (!c->log)
			return err_set(e, 0, "%s: the report has no log of it", id);
		p->log_path = text_format("%s/%s", folder, c->log);
		return 0;
	}
	return err_set(e, 0, "%s/report.json: there is no case '%s' in it", folder, id);
}

static int find_verdict(const struct log *l)
{
	const struct log_event *last = log_count(l) ? log_at(l, log_count(l) - 1) : NULL;
	if (!last || last->kind != LOG_SUT || strcmp(last->name, "closed") != 0 || !last->status)
		return -1;
	return verdict_by_name(last->status);
}

static int open_replay(struct replay *p, const struct replay_options *o, struct err *e)
{
	int status = 0;
	if (!o->what || access(o->what, F_OK))
		return err_set(e, errno, "cannot read %s", o->what);
	if (is_folder(o->what)) {
		if (!o->id)
			return err_set(e, 0, "which case? iserspec replay REPORT CASE");
		status = read_report(p, o->what, true, e) || find_log(p, o->what, o->id, e);
	} else {
		if (o->id)
			return err_set(e, 0, "%s is no folder: a log names its case itself",
				       o->what);
		char *folder = folder_of(o->what);
		p->log_path = must(strdup(o->what));
		status = folder && read_report(p, folder, false, e);
		free(folder);
	}
	p->log = status ? NULL : events_read(p->log_path, e);
	if (!p->log)
		return -1;
	p->env = must(calloc(1, sizeof(*p->env)));
	p->head = run_facts_read(p->log, &p->facts, p->env);
	p->verdict = find_verdict(p->log);
	if (!p->facts.case_id || p->facts.schema != LOG_SCHEMA)
		return err_set(e, 0, "%s: it does not say what was run", p->log_path);
	return 0;
}

static void close_replay(struct replay *p)
{
	log_free(p->log);
	free(p->log_path);
	if (p->env)
		explicit_bzero(p->env, sizeof(*p->env));
	free(p->env);
	report_free(&p->report);
}

static int find_script(struct replay *p, const struct catalogue *cat, struct err *e)
{
	const char *id = p->facts.case_id;
	for (size_t i = 0; id && i < cat->count; i++)
		if (!strcmp(cat->cases[i]->id, id))
			p->script = cat->cases[i];
	return p->script ? run_facts_fit(&p->facts, p->log_path, p->script, e)
			 : err_set(e, 0, "%s: there is no case %s", p->log_path, id ? id : "");
}

/* ---- the command ---- */

static int keep_log(const char *from, const char *to, struct err *e)
{
	size_t len;
	char *text = file_read(from, SIZE_MAX >> 1, &len, e);
	const int status = text ? file_replace(to, text, len, e) : -1;
	free(text);
	return status;
}

static int repeat(struct replay *p, const struct replay_options *o, const struct ledger *ledger,
		  const char *dir, struct err *e)
{
	struct command_words words = {0};
	char *new_log = NULL;
	enum verdict now = VERDICT_INCONCLUSIVE;
	int status = -1;

	if (replay_was_in_lab(p)) {
		status = replay_lab_words(p, dir, o->more, &words, e);
		if (!status)
			command_words_put(stdout, "", &words);
		if (!status && !o->print)
			status = replay_in_lab(p, &words, dir, &new_log, &now, e);
	} else {
		new_log = text_format("%s/log.jsonl", dir);
		status = replay_here(p, ledger, o->more, o->print ? NULL : new_log, &now, e);
	}
	if (!status && !o->print) {
		status = replay_compare(p, new_log, now, stdout, e);
		if (status >= 0 && o->log && keep_log(new_log, o->log, e))
			status = -1;
	}
	command_words_free(&words);
	free(new_log);
	return status;
}

static int replay(struct replay *p, const struct replay_options *o, struct err *e)
{
	struct scratch work;
	struct catalogue cat;
	int status = open_replay(p, o, e);

	char *pattern = p->facts.case_id ? must(strdup(p->facts.case_id)) : NULL;
	if (!status)
		status = catalogue_open(&cat, o->cases, &pattern, 1, e);
	free(pattern);
	if (status)
		return status;
	status = scratch_make(&work, e);
	if (!status) {
		status = find_script(p, &cat, e) ? -1 : repeat(p, o, cat.ledger, work.dir, e);
		scratch_remove(&work);
	}
	catalogue_free(&cat);
	return status;
}

/* -1: go on; else the exit status. */
static int parse(struct replay_options *o, int argc, char **argv)
{
	static const struct option options[] = {{"print", no_argument, NULL, 'p'},
						{"log", required_argument, NULL, 'l'},
						{"cases", required_argument, NULL, 'c'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	int option;

	/* What is behind -- is not ours. */
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--") != 0)
			continue;
		o->more = &argv[i + 1];
		argc = i;
	}
	optind = 0;
	opterr = 0; /* one line of ours instead of two */
	while ((option = next_option(argc, argv, "h", options)) != -1) {
		switch (option) {
		case 'p':
			o->print = true;
			break;
		case 'l':
			o->log = optarg;
			break;
		case 'c':
			o->cases = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_OK;
		default:
			return bad_option("replay", argv[optind - 1]);
		}
	}
	if (argc - optind < 1 || argc - optind > 2)
		return complain("what is to be repeated? iserspec replay REPORT CASE");
	o->what = argv[optind];
	o->id = argc - optind > 1 ? argv[optind + 1] : NULL;
	return -1;
}

int cmd_replay(int argc, char **argv)
{
	struct replay_options o = {0};
	struct replay p = {0};
	struct err e = {0};
	int status = parse(&o, argc, argv);

	if (status >= 0)
		return status;
	status = replay(&p, &o, &e);
	close_replay(&p);
	return status < 0 ? complain_err(&e) : status;
}

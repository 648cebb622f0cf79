/* SPDX-License-Identifier: BSD-2-Clause */
#include "certify_runs.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "../report/memory.h"
#include "../report/report.h"
#include "cli.h"
#include "process.h"
#include "provenance.h"

/* Where `run` finds a secret that no option tells it, and whence it takes it. */
static const char secret_name[] = "ISERSPEC_CHAP_SECRET";

static char **copies_of(char *const *words, int n)
{
	char **copies = must(calloc((size_t)n + 1, sizeof(*copies)));
	for (int i = 0; i < n; i++)
		copies[i] = must(strdup(words[i]));
	return copies;
}

static void free_copies(char **copies, int n)
{
	for (int i = 0; i < n; i++)
		free(copies[i]);
	free(copies);
}

static void set_secret(const struct certify_runs *r)
{
	if (r->secret)
		setenv(secret_name, r->secret, 1);
}

enum { OURS = 6 };

/* run --report REPORT --resume --log-limit none WORD...; what it is told last counts. Only the list
 * itself is to be freed. */
static char **command_line(char *report, char *const *words, int n)
{
	static char run[] = "run", option[] = "--report", resume[] = "--resume",
		    limit[] = "--log-limit", none[] = "none";
	char *const ours[OURS] = {run, option, report, resume, limit, none};
	char **all = must(calloc((size_t)(OURS + n) + 1, sizeof(*all)));
	memcpy(all, ours, sizeof(ours));
	for (int i = 0; i < n; i++)
		all[OURS + i] = words[i];
	return all;
}

/* As a run has it in its report, secrets masked. */
static char *command_text(const struct certify_runs *r, char *report)
{
	struct run_options o;
	char **copies = copies_of(r->told, r->argc), *text = NULL;
	char **words = command_line(report, copies, r->argc);
	set_secret(r);
	if (!run_options_parse(&o, OURS + r->argc, words, NULL))
		text = provenance_command(&o);
	run_options_free(&o);
	free(words);
	free_copies(copies, r->argc);
	return text;
}

enum state { TO_BE_RUN, WHOLE, OF_ANOTHER };

/* How far a run has come that may have been made before. */
static enum state look_at(const struct certify_runs *r, char *report)
{
	struct report was = {0};
	struct err ignored;
	enum state state = TO_BE_RUN;
	char *path = text_format("%s/report.json", report), *command = command_text(r, report);

	if (!report_read_json(&was, path, &ignored) && was.planned && was.count == was.planned) {
		const char *told = json_string_value(json_object_get(was.host, "argv"));
		state = told && command && !strcmp(told, command) ? WHOLE : OF_ANOTHER;
	}
	report_free(&was);
	free(command);
	free(path);
	return state;
}

struct one_run {
	const struct certify_runs *r;
	char *report;
};

static int run_here(const void *data)
{
	const struct one_run *one = data;
	const struct certify_runs *r = one->r;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	set_secret(r);
	const int status = cmd_run(OURS + r->argc, command_line(one->report, r->told, r->argc));
	fflush(stdout);
	return status;
}

/* In a process of its own, as the options, the fabric and all that it opens are `run`'s. Its exit
 * status; -1 with *e. */
static int run_in_process(const struct certify_runs *r, char *report, struct err *e)
{
	fflush(stdout);
	return process_run(run_here, &(struct one_run){r, report}, "a run", e);
}

/* -1: it is whole; else an exit status. */
static int make_one(const struct certify_runs *r, unsigned number)
{
	struct err e = {0};
	char *report = r->reports[number - 1];
	const enum state state = look_at(r, report);
	if (state == OF_ANOTHER)
		return complain("%s: a run of another command line; remove it, or name another "
				"folder by --reports",
				report);
	printf("run %u of %u%s: %s\n", number, r->count, state == WHOLE ? " is whole" : "", report);
	if (state == WHOLE)
		return -1;
	const int status = run_in_process(r, report, &e);
	if (status < 0)
		return complain_err(&e);
	if (look_at(r, report) == WHOLE)
		return -1;
	complain("run %u of %u did not come to its end (exit status %d): the same command goes on "
		 "with it",
		 number, r->count, status);
	return status ? status : EXIT_SUT_LOST;
}

/* What a run is of, but for the tool's own commit. */
static int read_identity(const char *folder, json_t **identity, struct err *e)
{
	struct report r = {0};
	char *path = text_format("%s/report.json", folder);
	const int status = report_read_json(&r, path, e);
	*identity = status ? NULL : json_incref(r.provenance);
	json_object_del(*identity, "commit");
	report_free(&r);
	free(path);
	return status;
}

/* System, cases and rules may have become others since the first of them: -1 that they are the
 * same; else an exit status. */
static int hold_against_first(const struct certify_runs *r, unsigned number)
{
	struct err e = {0};
	json_t *first = NULL, *this = NULL;
	int status = -1;
	if (read_identity(r->reports[0], &first, &e) ||
	    read_identity(r->reports[number - 1], &this, &e))
		status = complain_err(&e);
	else if (provenance_same(first, this, &e))
		status = complain("%s and %s are not of the same: %s", r->reports[0],
				  r->reports[number - 1], e.what);
	json_decref(first);
	json_decref(this);
	return status;
}

int certify_runs_open(struct certify_runs *r)
{
	const char *secret = getenv(secret_name);

	r->secret = secret ? must(strdup(secret)) : NULL;
	r->told = copies_of(r->argv, r->argc);
	r->reports = must(calloc(r->count, sizeof(*r->reports)));
	for (unsigned n = 1; n <= r->count; n++)
		r->reports[n - 1] = text_format("%s/%u", r->folder, n);
	r->words = command_line(r->reports[0], r->argv, r->argc);
	const int parsed = run_options_parse(&r->options, OURS + r->argc, r->words, NULL);
	if (parsed)
		return parsed > 0 ? EXIT_OK : EXIT_USAGE;
	if (strcmp(r->options.report, r->reports[0]) != 0)
		return complain("--report is certify's own choice: --reports DIR");
	return -1;
}

int certify_runs_make(struct certify_runs *r)
{
	int status = -1;
	for (unsigned n = 1; status < 0 && n <= r->count; n++) {
		status = make_one(r, n);
		if (status < 0 && n > 1)
			status = hold_against_first(r, n);
	}
	return status;
}

void certify_runs_free(struct certify_runs *r)
{
	if (!r->words)
		return;
	for (unsigned i = 0; i < r->count; i++)
		free(r->reports[i]);
	free(r->reports);
	free_copies(r->told, r->argc);
	free(r->secret);
	run_options_free(&r->options);
	free(r->words);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify_rerun.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/file.h"
#include "../report/json.h"
#include "../report/lab.h"
#include "../report/memory.h"
#include "cli.h"
#include "lab_command.h"
#include "select.h"
#include "verify_run.h"

enum { PARTS_MAX = 99 };

static const struct report *report_of(const struct rerun *r, size_t run)
{
	return &r->folder->runs[run - 1];
}

static char *new_folder(const struct rerun *r, size_t run)
{
	return text_format("%s/run-%zu", r->reports, run);
}

/* ---- what it was ---- */

static json_int_t parts_of(const struct report *r)
{
	return json_integer_value(json_object_get(r->lab, "parts"));
}

static bool is_ours(const struct certificate_folder *f, const char *id)
{
	for (size_t i = 0; i < f->cat.count; i++)
		if (!strcmp(f->cat.cases[i]->id, id))
			return true;
	return false;
}

static int check_place(const struct report *r, size_t run, struct err *e)
{
	const char *lab = lab_text(r, "name"), *clock = lab_text(r, "clock");
	if (strcmp(lab, "uml") != 0 || strcmp(clock, "inf-cpu") != 0)
		return err_set(e, 0,
			       "run %zu took place in the lab %s (clock: %s): only the uml lab in "
			       "virtual time (inf-cpu) makes the same bytes again",
			       run, *lab ? lab : "of nobody", *clock ? clock : "not told");
	if (!json_is_true(json_object_get(r->lab, "fixed_addresses")))
		return err_set(
			e, 0,
			"run %zu had no fixed addresses (no setarch -R there): its bytes hang "
			"on where memory lay",
			run);
	if (!lab_command_made(r))
		return err_set(e, 0, "run %zu was not made by tools/conformance", run);
	if (parts_of(r) < 1 || parts_of(r) > PARTS_MAX)
		return err_set(e, 0, "run %zu does not say in how many parts it was done", run);
	return 0;
}

int rerun_is_of_us(const struct rerun *r, size_t run, struct err *e)
{
	const char *commit =
		json_string_value(json_object_get(report_of(r, run)->provenance, "commit"));
	const char *others = verify_run_of_others(r->folder, run);
	if (!commit || strcmp(commit, tool_commit()) != 0)
		return err_set(e, 0, "run %zu is of commit %s, this iserspec of %s", run,
			       commit ? commit : "nobody knows", tool_commit());
	if (!strcmp(commit, "unknown"))
		return err_set(e, 0,
			       "run %zu is of a build of no known commit: nobody knows whether it "
			       "was this one",
			       run);
	return others ? err_set(e, 0, "run %zu %s", run, others) : 0;
}

int rerun_possible(const struct rerun *r, size_t run, struct err *e)
{
	const struct report *report = report_of(r, run);
	struct command_words w = {0};

	if (check_place(report, run, e))
		return -1;
	if (!report->count || report->count < report->planned)
		return err_set(e, 0, "run %zu did not end", run);
	if (report->has_baseline)
		return err_set(e, 0,
			       "run %zu was held against a baseline, which is no part of a "
			       "certificate",
			       run);
	/* Patterns of ours and of a stranger alike mean cases; an id of ours means one. */
	for (size_t i = 0; i < report->count; i++)
		if (!is_ours(r->folder, report->cases[i].result.id))
			return err_set(e, 0, "run %zu has a case that there is not here: %s", run,
				       report->cases[i].result.id);
	char *place = new_folder(r, run);
	int status = rerun_words(r, run, false, &w, e);
	if (!status && !access(place, F_OK))
		status = err_set(e, 0, "there is something in %s already", place);
	free(place);
	command_words_free(&w);
	return status;
}

/* ---- the command ---- */

/* Does one of the patterns, a blank between them, mean it? All is meant where there is none. */
static bool is_meant(const char *patterns, const struct script *s)
{
	char *copy = must(strdup(patterns)), *save = NULL;
	bool meant = !*patterns;
	for (char *word = strtok_r(copy, " ", &save); word && !meant;
	     word = strtok_r(NULL, " ", &save))
		meant = select_matches(word, s);
	free(copy);
	return meant;
}

/* Do they mean the cases of the report? Those that are left to --long may be missing there. */
static bool mean_the_same(const struct rerun *r, const struct report *report, const char *patterns)
{
	const struct catalogue *cat = &r->folder->cat;
	for (size_t i = 0; i < cat->count; i++) {
		const struct script *s = cat->cases[i];
		const bool ran = report_find_case(report, s->id), meant = is_meant(patterns, s);
		if (strcmp(s->sut == PEER_TARGET ? "target" : "initiator", report->sut_role) != 0)
			continue;
		if (ran != meant && !(meant && word_list_has(&s->tags, "long")))
			return false;
	}
	return true;
}

static char *ids_of(const struct report *r)
{
	char *ids = NULL;
	size_t len;
	FILE *out = must(open_memstream(&ids, &len));
	for (size_t i = 0; i < r->count; i++)
		fprintf(out, "%s%s", i ? " " : "", r->cases[i].result.id);
	fclose(out);
	return must(ids);
}

/* Where they mean the same, the words of then: how long a guest's command line is, its kernel's
 * memory shows, which is measured. */
static char *cases_of(const struct rerun *r, const struct report *report)
{
	char *given = lab_command_cases(report);
	if (given && mean_the_same(r, report, given))
		return given;
	free(given);
	return ids_of(report);
}

static void add_number(struct command_words *w, const char *option, uint64_t n)
{
	command_words_add(w, strdup(option));
	command_words_add(w, text_format("%" PRIu64, n));
}

int rerun_words(const struct rerun *r, size_t run, bool prepare, struct command_words *w,
		struct err *e)
{
	const struct report *report = report_of(r, run);
	if (lab_command_begin(w, report, e))
		return -1;
	char *refused = lab_command_lab(w, report, r->kernel);
	if (refused) {
		err_set(e, 0, "run %zu was told what is not taken from a certificate: %s%s", run,
			refused,
			strstr(refused, "--kernel ") ? " (a kernel: say it by --kernel)" : "");
		free(refused);
		return -1;
	}
	char *then = text_format("%s/run-%zu/report.json", r->work, run);
	char *now = new_folder(r, run), *which = cases_of(r, report);
	command_words_option(w, "--as", then);
	add_number(w, "--seed", report->seed);
	add_number(w, "--parts", (uint64_t)parts_of(report));
	command_words_option(w, "--reports", now);
	command_words_option(w, "--cases", which);
	if (prepare)
		command_words_add(w, strdup("--prepare"));
	free(which);
	free(now);
	free(then);
	return lab_command_run_options(w, report, e);
}

/* ---- doing it ---- */

int rerun_prepare(const struct rerun *r, size_t run, struct err *e)
{
	struct command_words w = {0};
	int status = rerun_words(r, run, true, &w, e);
	if (!status) {
		status = lab_command_run(&w, e);
		if (status > 0)
			status = err_set(e, 0, "run %zu cannot be done again here", run);
	}
	command_words_free(&w);
	return status;
}

/* What the system came to is told by the bytes. */
static bool has_run(int status)
{
	return status != EXIT_USAGE && status <= EXIT_UNDECIDED;
}

static int link_journal(const struct rerun *r, size_t run, const char *copy, struct err *e)
{
	char *from = certificate_folder_path(r->folder, run, "journal.jsonl");
	char *to = text_format("%s/journal.jsonl", copy);
	const int status = link(from, to) ? err_set(e, errno, "cannot write %s", to) : 0;
	free(to);
	free(from);
	return status;
}

static json_int_t guests_of(const struct report *r)
{
	return json_integer_value(json_object_get(r->host, "guests"));
}

/* What may be at fault but the certificate. A guest is given up by the host's clock, when it makes
 * no progress. */
static void put_reasons(const struct report *then, const char *folder, FILE *out)
{
	struct report now = {0};
	char *path = text_format("%s/report.json", folder);
	if (!report_read_json(&now, path, NULL) && guests_of(&now) != guests_of(then))
		fprintf(out,
			"  (it took %lld guests, and %lld then: one that a busy machine gave up "
			"comes "
			"to other bytes)\n",
			(long long)guests_of(&now), (long long)guests_of(then));
	if (strchr(tool_commit(), '+'))
		fprintf(out,
			"  (files were changed since commit %s, here and then: perhaps others)\n",
			tool_commit());
	report_free(&now);
	free(path);
}

int rerun_run(const struct rerun *r, size_t run, FILE *out, struct same_bytes *same, struct err *e)
{
	struct command_words w = {0};
	char *copy = text_format("%s/run-%zu", r->work, run), *reports = new_folder(r, run);
	char *now = NULL;
	int status = link_journal(r, run, copy, e) || rerun_words(r, run, false, &w, e) ? -1 : 0;

	if (status)
		goto out;
	const int ended = lab_command_run(&w, e);
	now = ended < 0 || !has_run(ended) ? NULL : lab_command_report(reports);
	if (ended >= 0 && !now)
		err_set(e, 0, "run %zu could not be done again (exit status %d)", run, ended);
	status = now ? same_bytes(copy, now, out, same, e) : -1;
	if (!status && !same_bytes_all(same))
		put_reasons(report_of(r, run), now, out);
out:
	command_words_free(&w);
	free(now);
	free(reports);
	free(copy);
	return status;
}

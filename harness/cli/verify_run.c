/* SPDX-License-Identifier: BSD-2-Clause */
#include "verify_run.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../certificate/packed.h"
#include "../report/file.h"
#include "../report/json.h"
#include "../report/memory.h"
#include "certificate_run.h"
#include "provenance.h"

enum { FILE_MAX = 1 << 30 };
static const long long LOG_MAX = 1LL << 30;

/* runs/N/logs/NAME.jsonl.gz as TO/logs/NAME.jsonl. */
static int expand_logs(const char *from, const char *to, struct err *e)
{
	static const char end[] = ".jsonl.gz";
	char *source = text_format("%s/logs", from), *place = text_format("%s/logs", to);
	int status = folder_make(place, e);
	DIR *d = status ? NULL : opendir(source);

	if (!status && !d)
		status = err_set(e, errno, "cannot read %s", source);
	for (const struct dirent *entry; !status && d && (entry = readdir(d));) {
		const size_t len = strlen(entry->d_name);
		if (entry->d_name[0] == '.')
			continue;
		if (len <= strlen(end) || strcmp(entry->d_name + len - strlen(end), end) != 0) {
			status = err_set(e, 0, "%s/%s: not a log", source, entry->d_name);
			break;
		}
		char *packed = text_format("%s/%s", source, entry->d_name);
		char *log =
			text_format("%s/%.*s", place, (int)(len - strlen(".gz")), entry->d_name);
		status = packed_expand(packed, log, LOG_MAX, e);
		free(log);
		free(packed);
	}
	if (d)
		closedir(d);
	free(place);
	free(source);
	return status;
}

static void differs(struct verified *v, FILE *out, size_t run, const char *what)
{
	fprintf(out, "runs/%zu/%s\n", run, what);
	v->wrong++;
}

/* Numbers as a file rounds them, whole ones with or without a point: what passed through another
 * program is the same still. */
static bool same_json(const json_t *a, const json_t *b)
{
	size_t i;
	const char *key;
	json_t *one;

	if (json_is_number(a) && json_is_number(b)) {
		const double x = json_number_value(a), y = json_number_value(b);
		return fabs(x - y) <= 1e-11 * fabs(x);
	}
	if (!a || !b || json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_array(a)) {
		if (json_array_size(a) != json_array_size(b))
			return false;
		json_array_foreach(a, i, one)
		{
			if (!same_json(one, json_array_get(b, i)))
				return false;
		}
		return true;
	}
	if (!json_is_object(a))
		return json_equal(a, b);
	if (json_object_size(a) != json_object_size(b))
		return false;
	json_object_foreach((json_t *)a, key, one)
	{
		if (!same_json(one, json_object_get(b, key)))
			return false;
	}
	return true;
}

/* Of a run that did not end nobody knows which cases it chose. */
static bool has_our_cases(const struct certificate_folder *f, const struct report *r)
{
	const struct script **cases = must(calloc(r->count + 1, sizeof(struct script *)));
	size_t n = 0;

	for (size_t i = 0; i < f->cat.count; i++)
		if (n < r->count && report_find_case(r, f->cat.cases[i]->id))
			cases[n++] = f->cat.cases[i];
	json_t *ours = provenance_cases(cases, n);
	const json_t *theirs = json_object_get(r->provenance, "cases");
	const size_t said = (size_t)json_integer_value(json_object_get(theirs, "count"));
	const bool same = r->planned == said && r->count <= said &&
			  (r->count < said || same_json(ours, theirs));
	json_decref(ours);
	free(cases);
	return same;
}

static bool has_our_rules(const struct certificate_folder *f, const struct report *r)
{
	json_t *rules = provenance_ledger(f->cat.ledger);
	const bool same = same_json(rules, json_object_get(r->provenance, "ledger"));
	json_decref(rules);
	return same;
}

static const char of_other_cases[] = "was of other cases, or other texts of them";
static const char of_other_rules[] = "was judged by other rules than these";

const char *verify_run_of_others(const struct certificate_folder *f, size_t run)
{
	const struct report *r = &f->runs[run - 1];
	return !has_our_cases(f, r) ? of_other_cases : !has_our_rules(f, r) ? of_other_rules : NULL;
}

/* The digests of cases and rules are those of ours. */
static void look_at_digests(const struct certificate_folder *f, size_t run, FILE *out,
			    struct verified *v)
{
	const char *const wrong[] = {
		has_our_cases(f, &f->runs[run - 1]) ? NULL : of_other_cases,
		has_our_rules(f, &f->runs[run - 1]) ? NULL : of_other_rules,
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char *what = wrong[i] ? text_format("report.json: %s", wrong[i]) : NULL;
		if (what)
			differs(v, out, run, what);
		free(what);
	}
}

/* report.json has nothing in it but what this program writes there, and adds up. */
static void look_at_report(const struct certificate_folder *f, size_t run, FILE *out,
			   struct verified *v)
{
	char *path = certificate_folder_path(f, run, "report.json");
	char *text = report_to_json(&f->runs[run - 1]);
	json_t *there = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	json_t *again = json_loads(text, 0, NULL);
	if (!same_json(there, again))
		differs(v, out, run, "report.json: is not what a run of these cases writes");
	for (size_t i = 0; i < f->runs[run - 1].count; i++)
		if (!f->runs[run - 1].cases[i].log)
			differs(v, out, run, "report.json: names a case and not its log");
	json_decref(again);
	json_decref(there);
	free(text);
	free(path);
}

/* A case as the journal has it: without what follows from ledger and baseline. */
static json_t *as_in_journal(const struct report_case *c)
{
	json_t *o = report_case_to_json(c), *finding;
	size_t i;
	json_object_del(o, "baseline");
	json_array_foreach(json_object_get(o, "findings"), i, finding)
	{
		json_object_del(finding, "legal_under");
	}
	return o;
}

/* A line that says how a case, or the session before them, ended says it as the report does. */
static bool line_fits(const struct report *r, const char *line, size_t *ended)
{
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	const char *id = json_string_value(json_object_get(o, "end"));
	bool fits = o != NULL;

	if (id) {
		const struct report_case *c = report_find_case(r, id);
		json_t *is = c ? as_in_journal(c) : NULL;
		json_t *said = json_object_get(o, "result");
		json_object_del(said, "baseline");
		fits = same_json(said, is);
		json_decref(is);
		(*ended)++;
	}
	const json_t *first = json_object_get(o, "preflight");
	if (first) {
		json_t *is = r->preflight ? as_in_journal(r->preflight) : NULL;
		fits = same_json(first, is);
		json_decref(is);
	}
	json_decref(o);
	return fits;
}

static int look_at_journal(const struct certificate_folder *f, size_t run, FILE *out,
			   struct verified *v, struct err *e)
{
	const struct report *r = &f->runs[run - 1];
	char *path = certificate_folder_path(f, run, "journal.jsonl");
	char *text = file_read(path, FILE_MAX, NULL, e), *rest = text;
	size_t ended = 0;
	bool fits = true;

	for (char *line; text && (line = strsep(&rest, "\n"));)
		if (*line)
			fits &= line_fits(r, line, &ended);
	if (text && (!fits || ended < r->count))
		differs(v, out, run, "journal.jsonl: does not say what report.json says");
	free(text);
	free(path);
	return text ? 0 : -1;
}

int verify_run(const struct certificate_folder *f, size_t run, const char *work,
	       const struct secrets *secrets, FILE *out, struct verified *v, struct err *e)
{
	char *from = text_format("%s/runs/%zu", f->dir, run);
	char *copy = text_format("%s/run-%zu", work, run);
	char *report = text_format("%s/report.json", from),
	     *place = text_format("%s/report.json", copy);
	int status;

	*v = (struct verified){0};
	status = expand_logs(from, copy, e);
	if (!status && link(report, place))
		status = err_set(e, errno, "cannot write %s", place);
	if (!status)
		status = judge_report(copy, &f->cat, secrets, out, &v->judged, e);
	if (!status) {
		look_at_digests(f, run, out, v);
		look_at_report(f, run, out, v);
		status = look_at_journal(f, run, out, v, e);
	}
	if (!status) {
		const int differences = certificate_run_check(f, run, copy, out, e);
		v->wrong += differences > 0 ? (size_t)differences : 0;
		status = differences < 0 ? -1 : 0;
	}
	free(place);
	free(report);
	free(copy);
	free(from);
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A report judged again, and held against what it says. */
#include "judge.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../oracle/ledger.h"
#include "../report/events.h"
#include "../report/explain.h"
#include "../report/json.h"
#include "../report/memory.h"
#include "preflight.h"
#include "repeats.h"
#include "report_folder.h"

enum { REPEATS_MAX = 1000000 };

struct judging {
	const char *folder;
	const struct catalogue *cat;
	const struct secrets *secrets;
	FILE *out;
	struct judged *judged;
	bool *apart; /* by case of the report */
};

static const struct script *find_case(const struct catalogue *cat, const char *id)
{
	for (size_t i = 0; i < cat->count; i++)
		if (!strcmp(cat->cases[i]->id, id))
			return cat->cases[i];
	return NULL;
}

/* All repetitions, of which there is a log each, as the run put them together. */
static int judge_case(const struct judging *j, const struct script *s, struct report_case *again,
		      struct err *e)
{
	struct repeats rep = {0};
	int status = 0;
	bool last = false;

	for (unsigned n = 1; !status && !last && n <= REPEATS_MAX; n++) {
		struct case_result one;
		char *log = report_folder_log(s->id, n);
		char *path = text_format("%s/%s", j->folder, log);
		const bool there = n == 1 || !access(path, F_OK);
		if (there) {
			result_init(&one, s->id);
			status = judge_log(path, s, j->cat->ledger, j->secrets, &one, e);
			/* The run went no further than that. */
			last = !status && one.verdict == VERDICT_CRASH;
			if (!status)
				repeats_add(&rep, &one, log);
			result_free(&one);
		}
		free(path);
		free(log);
		last |= !there;
	}
	if (rep.runs)
		again->log = repeats_finish(&rep, &again->result);
	return status;
}

/* What a verdict says, as text: all of it that does not hang on the host. A report that names no
 * log is judged by what its folder has. */
static char *told(const struct report_case *c, bool with_log)
{
	json_t *o = report_case_to_json(c);
	static const char *const beside[] = {"seconds", "baseline"};
	if (!with_log)
		json_object_del(o, "log");
	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
		json_object_del(o, beside[i]);
	/* It follows from the ledger, and older reports have none. */
	json_t *findings = json_object_get(o, "findings");
	for (size_t i = 0; i < json_array_size(findings); i++)
		json_object_del(json_array_get(findings, i), "legal_under");
	char *text = must(json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(12)));
	json_decref(o);
	return text;
}

static size_t first_difference(const char *a, const char *b)
{
	size_t i = 0;
	while (a[i] && a[i] == b[i])
		i++;
	return i;
}

/* True: the same. Else a line: the old, the new, where. */
static bool held_against(const struct judging *j, const struct report_case *was,
			 const struct report_case *now)
{
	enum { BEFORE = 40, SHOWN = 120 };
	char *a = told(was, was->log), *b = told(now, was->log);
	const bool same = !strcmp(a, b);

	if (!same) {
		const size_t at = first_difference(a, b), from = at > BEFORE ? at - BEFORE : 0;
		fprintf(j->out, "%s: %s, judged again %s: ...%.*s... is now ...%.*s...\n",
			was->result.id, verdict_name(was->result.verdict),
			verdict_name(now->result.verdict), SHOWN, a + from, SHOWN, b + from);
	}
	free(a);
	free(b);
	return same;
}

static void count(const struct judging *j, bool same)
{
	j->judged->verdicts++;
	j->judged->same += same;
}

enum judgement {
	JUDGED,	    /* *again has it all */
	NOT_JUDGED, /* the log says nothing that fits */
	APART,	    /* the log had no room for all of it; *again has what the report says */
};

/* Some repetition's log was cut. */
static bool is_cut(const struct judging *j, const struct report_case *was)
{
	bool there = was->log_cut, cut = was->log_cut;

	for (unsigned n = 1; !cut && n <= REPEATS_MAX && (there || n == 1); n++) {
		char *log = report_folder_log(was->result.id, n);
		char *path = text_format("%s/%s", j->folder, log);
		there = !access(path, F_OK);
		cut = there && event_log_is_cut(path);
		free(path);
		free(log);
	}
	return cut;
}

static void take_word_for_it(const struct report_case *was, struct report_case *again)
{
	json_t *o = report_case_to_json(was);
	report_case_free(again);
	(void)report_case_from_json(again, o, NULL); /* it was read so before */
	json_decref(o);
}

static enum judgement judge_one(const struct judging *j, const struct report_case *was,
				struct report_case *again)
{
	const struct script *s = find_case(j->cat, was->result.id);
	struct err e = {0};

	if (is_cut(j, was)) {
		fprintf(j->out, "%s: %s, not judged again: its log was cut (--log-limit)\n",
			was->result.id, verdict_name(was->result.verdict));
		take_word_for_it(was, again);
		return APART;
	}
	if (!s)
		err_set(&e, 0, "there is no such case");
	if (!s || judge_case(j, s, again, &e)) {
		char text[512];
		fprintf(j->out, "%s: %s, judged again: cannot be: %s\n", was->result.id,
			verdict_name(was->result.verdict), err_text(&e, text, sizeof(text)));
		return NOT_JUDGED;
	}
	again->title = must(strdup(s->title));
	again->purpose = s->purpose && *s->purpose ? must(strdup(s->purpose)) : NULL;
	again->rules = word_list_join(&s->rules);
	return JUDGED;
}

static bool is_there(const char *folder, const char *log)
{
	char *path = text_format("%s/%s", folder, log);
	const bool there = !access(path, F_OK);
	free(path);
	return there;
}

/* The session before the first case; which script it had, its log tells by the digest. */
static void judge_preflight(const struct judging *j, const struct report *was)
{
	const struct report_case *old = was->preflight;
	const enum peer_role role = !strcmp(was->sut_role, "target") ? PEER_TARGET : PEER_INITIATOR;
	struct report_case now = {0};
	struct err e = {0};
	bool done = false;

	if (!old || !old->log || !is_there(j->folder, old->log))
		return;
	char *path = text_format("%s/%s", j->folder, old->log);
	if (event_log_is_cut(path)) {
		fprintf(j->out, "preflight: %s, not judged again: its log was cut (--log-limit)\n",
			verdict_name(old->result.verdict));
		j->judged->logs_apart++;
		goto out;
	}
	for (unsigned blank = 0; !done && blank < 2; blank++) {
		struct script *s = preflight_script(role, blank, j->cat->ledger);
		report_case_free(&now);
		now = (struct report_case){.log = must(strdup("logs/preflight.jsonl")),
					   .title = must(strdup(s->title)),
					   .rules = must(strdup(s->rules.at[0]))};
		result_init(&now.result, s->id);
		done = !judge_log(path, s, j->cat->ledger, j->secrets, &now.result, &e);
		script_free(s);
	}
	if (!done)
		fprintf(j->out, "preflight: %s, judged again: cannot be: %s\n",
			verdict_name(old->result.verdict), e.what);
	count(j, done && held_against(j, old, &now));
	report_case_free(&now);
out:
	free(path);
}

static bool is_log_of(const struct report *r, const char *name)
{
	/* A run that was resumed when all was done has none in its report any more. */
	bool found = !strcmp(name, "preflight.jsonl");
	for (size_t i = 0; i < r->count && !found; i++) {
		const char *id = r->cases[i].result.id;
		const size_t len = strlen(id);
		/* ROLE.GROUP.CASE.jsonl or ROLE.GROUP.CASE.N.jsonl */
		char *log = report_folder_log(id, 1);
		found = !strncmp(name, log + strlen("logs/"), len) && name[len] == '.' &&
			!strcmp(name + len + 1 + strspn(name + len + 1, "0123456789."), "jsonl");
		free(log);
	}
	return found;
}

/* A case that came to a verdict and is not in the report. One that was broken off has none. */
static void look_for_more(const struct judging *j, const struct report *r)
{
	char *path = text_format("%s/logs", j->folder);
	DIR *d = opendir(path);
	for (const struct dirent *entry; d && (entry = readdir(d));) {
		const char *dot = strrchr(entry->d_name, '.');
		if (!dot || strcmp(dot, ".jsonl") != 0 || is_log_of(r, entry->d_name))
			continue;
		char *file = text_format("%s/%s", path, entry->d_name);
		struct log *l = events_read(file, NULL);
		const struct log_event *last =
			l && log_count(l) ? log_at(l, log_count(l) - 1) : NULL;
		if (last && last->kind == LOG_SUT && last->name && !strcmp(last->name, "closed")) {
			fprintf(j->out, "%s: %s, and its case is not in the report\n", file,
				last->status ? last->status : "");
			count(j, false);
		}
		log_free(l);
		free(file);
	}
	if (d)
		closedir(d);
	free(path);
}

/* ---- rows, which are made of cases ---- */

static bool is_of_monitor(const struct finding *f, const char *name)
{
	return f->monitor && !strcmp(f->monitor, name);
}

static bool cites(const struct finding *f, const char *rule)
{
	return rules_cite(f->rules, rule);
}

/* Is a finding of a case that stands apart about this monitor, or rule? */
static bool hangs_on_apart(const struct judging *j, const struct report *r,
			   bool (*about)(const struct finding *f, const char *name),
			   const char *name)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct case_result *c = &r->cases[i].result;
		for (size_t k = 0; j->apart[i] && k < c->finding_count; k++) {
			if (about(&c->findings[k], name))
				return true;
		}
	}
	return false;
}

static void judge_monitors(const struct judging *j, const struct report *was,
			   const struct report *again)
{
	for (size_t i = 0; i < was->monitor_count; i++) {
		const struct report_case *old = &was->monitors[i];
		const struct report_case *now = report_find_monitor(again, old->result.id);
		const char *slash = strchr(old->result.id, '/');
		if (hangs_on_apart(j, again, is_of_monitor, slash ? slash + 1 : old->result.id)) {
			j->judged->rows_apart++;
			continue;
		}
		if (!now)
			fprintf(j->out, "%s: %s, judged again: no such monitor\n", old->result.id,
				verdict_name(old->result.verdict));
		count(j, now && held_against(j, old, now));
	}
}

static bool same_text(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static bool same_rule(const struct report_rule *a, const struct report_rule *b)
{
	return a->verdict == b->verdict && same_text(a->level, b->level) &&
	       same_text(a->section, b->section) && same_text(a->summary, b->summary) &&
	       same_text(a->cases, b->cases) && same_text(a->monitors, b->monitors);
}

static void judge_rules(const struct judging *j, const struct report *was,
			const struct report *again)
{
	for (size_t i = 0; i < was->rule_count; i++) {
		const struct report_rule *old = &was->rules[i],
					 *now = report_find_rule(again, old->id);
		if (hangs_on_apart(j, again, cites, old->id)) {
			j->judged->rows_apart++;
			continue;
		}
		const bool same = now && same_rule(old, now);
		if (!same)
			fprintf(j->out, "rule %s: %s by %s %s, judged again %s by %s %s\n", old->id,
				verdict_name(old->verdict), old->cases, old->monitors,
				now ? verdict_name(now->verdict) : "nothing", now ? now->cases : "",
				now ? now->monitors : "");
		count(j, same);
	}
	for (size_t i = 0; i < again->rule_count; i++) {
		const struct report_rule *now = &again->rules[i];
		if (report_find_rule(was, now->id))
			continue;
		fprintf(j->out, "rule %s: nothing, judged again %s by %s %s\n", now->id,
			verdict_name(now->verdict), now->cases, now->monitors);
		count(j, false);
	}
}

static void judge_cases(const struct judging *j, const struct report *was, struct report *again)
{
	bool all = true;

	for (size_t i = 0; i < was->count; i++) {
		const struct report_case *old = &was->cases[i];
		struct report_case *now = report_add(again, old->result.id);
		const enum judgement how = judge_one(j, old, now);
		j->apart[i] = how == APART;
		if (how == APART)
			j->judged->logs_apart++;
		else
			count(j, how == JUDGED && held_against(j, old, now));
		all &= how != NOT_JUDGED;
	}
	judge_preflight(j, was);
	look_for_more(j, was);
	if (!all) {
		/* Made of all cases: none of them is proved. */
		j->judged->verdicts += was->monitor_count + was->rule_count;
		return;
	}
	report_join(again, j->cat->ledger);
	report_explain(again, j->cat->ledger);
	judge_monitors(j, was, again);
	judge_rules(j, was, again);
}

int judge_report(const char *folder, const struct catalogue *cat, const struct secrets *secrets,
		 FILE *out, struct judged *judged, struct err *e)
{
	struct report was = {0}, again = {0};
	struct judging j = {
		.folder = folder, .cat = cat, .secrets = secrets, .out = out, .judged = judged};
	char *path = text_format("%s/report.json", folder);
	const int status = report_read_json(&was, path, e);

	*judged = (struct judged){0};
	if (!status) {
		j.apart = must(calloc(was.count + 1, sizeof(*j.apart)));
		judge_cases(&j, &was, &again);
	}
	free(j.apart);
	free(path);
	report_free(&was);
	report_free(&again);
	return status;
}

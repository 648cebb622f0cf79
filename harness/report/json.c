/* SPDX-License-Identifier: BSD-2-Clause */
/* report.json: written and read back. */
#include "json.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "file.h"
#include "internal.h"
#include "memory.h"

enum { REPORT_FILE_LIMIT = 256 << 20 };

static const char *const known_names[] = {"", "known", "worse", "better", "new"};

json_t *json_text(const char *text)
{
	char *clean = escape_text(text);
	json_t *s = must(json_string(clean));
	free(clean);
	return s;
}

json_t *json_number(uint64_t n)
{
	return must(json_integer((json_int_t)n));
}

const char *json_text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));
	return s ? s : "";
}

char *json_maybe(const json_t *o, const char *key)
{
	const char *text = json_string_value(json_object_get(o, key));
	return text ? must(strdup(text)) : NULL;
}

json_t *json_words(const char *words)
{
	json_t *array = must(json_array());
	char *copy = must(strdup(words ? words : "")), *save = NULL;
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save))
		json_array_append_new(array, json_text(w));
	free(copy);
	return array;
}

char *json_words_join(const json_t *array)
{
	char *out = must(strdup(""));
	size_t i;
	json_t *word;
	json_array_foreach(array, i, word)
	{
		char *longer = text_format("%s%s%s", out, i ? " " : "",
					   json_is_string(word) ? json_string_value(word) : "");
		free(out);
		out = longer;
	}
	return out;
}

static json_t *points_to_json(const struct case_points *p)
{
	json_t *o = must(json_object());
	json_object_set_new(o, "planned", json_number(p->planned));
	json_object_set_new(o, "reached", json_number(p->reached));
	json_object_set_new(o, "failed", json_number(p->failed));
	return o;
}

static struct case_points points_from_json(const json_t *o)
{
	return (struct case_points){
		.planned = (size_t)json_integer_value(json_object_get(o, "planned")),
		.reached = (size_t)json_integer_value(json_object_get(o, "reached")),
		.failed = (size_t)json_integer_value(json_object_get(o, "failed"))};
}

json_t *report_case_to_json(const struct report_case *c)
{
	const struct case_result *r = &c->result;
	json_t *o = must(json_object());

	json_object_set_new(o, "id", json_text(r->id));
	json_object_set_new(o, "title", json_text(c->title));
	if (c->purpose && *c->purpose)
		json_object_set_new(o, "purpose", json_text(c->purpose));
	json_object_set_new(o, "verdict", json_text(verdict_name(r->verdict)));
	json_object_set_new(o, "close", json_text(close_name(r->close)));
	json_object_set_new(o, "rules", json_words(c->rules));
	json_object_set_new(o, "reason", json_text(r->reason));

	if (r->unreached) {
		json_t *ended = must(json_object());
		json_object_set_new(ended, "line", json_number(r->ended_line));
		json_object_set_new(ended, "not_judged", json_words(r->unreached));
		json_object_set_new(o, "ended", ended);
	}
	if (r->setup)
		json_object_set_new(o, "setup", json_text(r->setup));

	json_t *findings = must(json_array());
	for (size_t i = 0; i < r->finding_count; i++)
		json_array_append_new(findings, report_finding_to_json(&r->findings[i]));
	json_object_set_new(o, "findings", findings);

	json_t *measurements = must(json_object());
	for (size_t i = 0; i < r->measurement_count; i++) {
		const struct measurement *m = &r->measurements[i];
		json_t *one = must(json_object());
		/* JSON has no infinity; a number that is none is told as null. */
		json_object_set_new(one, "value",
				    isfinite(m->value) ? must(json_real(m->value)) : json_null());
		json_object_set_new(one, "unit", json_text(m->unit));
		json_object_set_new(measurements, m->name, one);
	}
	json_object_set_new(o, "measurements", measurements);
	if (r->points.planned)
		json_object_set_new(o, "points", points_to_json(&r->points));
	json_object_set_new(o, "seconds", must(json_real(isfinite(r->seconds) ? r->seconds : 0)));
	json_object_set_new(o, "log", c->log ? json_text(c->log) : json_null());
	if (c->log_cut)
		json_object_set_new(o, "log_cut", json_true());
	if (c->known != KNOWN_NOTHING) {
		json_t *known = must(json_object());
		json_object_set_new(known, "state", json_text(known_names[c->known]));
		if (c->known_reason)
			json_object_set_new(known, "reason", json_text(c->known_reason));
		if (c->news)
			json_object_set_new(known, "verdict", json_text(verdict_name(c->news)));
		json_object_set_new(o, "baseline", known);
	}
	return o;
}

static int fill_case(struct report_case *c, const json_t *o, struct err *e)
{
	struct case_result *r = &c->result;
	const int verdict = verdict_by_name(json_text_of(o, "verdict"));
	const int closed = close_by_name(json_text_of(o, "close"));
	if (verdict < 0 || closed < 0)
		return err_set(e, 0, "case %s: no known verdict and close", r->id);

	size_t i;
	json_t *one;
	json_array_foreach(json_object_get(o, "findings"), i,
			   one) if (report_finding_from_json(r, one, e)) return -1;
	const char *name;
	json_object_foreach(json_object_get(o, "measurements"), name, one)
	{
		const json_t *value = json_object_get(one, "value");
		result_measure(r, name,
			       json_is_null(value) ? (double)NAN : json_number_value(value),
			       json_text_of(one, "unit"));
	}
	r->points = points_from_json(json_object_get(o, "points"));
	r->verdict = (enum verdict)verdict;
	r->close = (enum close_kind)closed;
	r->seconds = json_number_value(json_object_get(o, "seconds"));
	free(r->reason);
	r->reason = must(strdup(json_text_of(o, "reason")));
	c->title = must(strdup(json_text_of(o, "title")));
	c->purpose = json_maybe(o, "purpose");
	c->rules = json_words_join(json_object_get(o, "rules"));
	const char *log = json_string_value(json_object_get(o, "log"));
	c->log = log ? must(strdup(log)) : NULL;
	c->log_cut = json_is_true(json_object_get(o, "log_cut"));

	const json_t *ended = json_object_get(o, "ended");
	if (ended) {
		r->ended_line = (unsigned)json_integer_value(json_object_get(ended, "line"));
		r->unreached = json_words_join(json_object_get(ended, "not_judged"));
	}
	const char *setup = json_string_value(json_object_get(o, "setup"));
	if (setup)
		result_setup(r, setup);

	const json_t *known = json_object_get(o, "baseline");
	for (unsigned k = KNOWN_SAME; known && k <= KNOWN_NEW; k++)
		if (!strcmp(known_names[k], json_text_of(known, "state")))
			c->known = (enum known_state)k;
	c->known_reason = json_maybe(known, "reason");
	const int news = verdict_by_name(json_text_of(known, "verdict"));
	c->news = news < 0 ? VERDICT_PASS : (enum verdict)news;
	return 0;
}

int report_case_from_json(struct report_case *c, const json_t *o, struct err *e)
{
	const char *id = json_string_value(json_object_get(o, "id"));
	if (!id)
		return err_set(e, 0, "a case has no id");
	result_init(&c->result, id);
	if (fill_case(c, o, e)) {
		report_case_free(c);
		return -1;
	}
	return 0;
}

json_t *report_counts_to_json(const size_t counts[VERDICT_COUNT])
{
	json_t *o = must(json_object());
	for (unsigned v = 0; v < VERDICT_COUNT; v++)
		json_object_set_new(o, verdict_name((enum verdict)v), json_number(counts[v]));
	return o;
}

static json_t *rule_to_json(const struct report_rule *rule)
{
	json_t *o = must(json_object());
	json_object_set_new(o, "id", json_text(rule->id));
	json_object_set_new(o, "level", json_text(rule->level));
	if (rule->summary) {
		json_object_set_new(o, "section", json_text(rule->section));
		json_object_set_new(o, "summary", json_text(rule->summary));
	}
	json_object_set_new(o, "verdict", json_text(verdict_name(rule->verdict)));
	json_object_set_new(o, "cases", json_words(rule->cases));
	json_object_set_new(o, "monitors", json_words(rule->monitors));
	return o;
}

static json_t *cases_to_json(const struct report_case *cases, size_t count)
{
	json_t *array = must(json_array());
	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, report_case_to_json(&cases[i]));
	return array;
}

static void put_summaries(json_t *o, const struct report *r)
{
	size_t counts[VERDICT_COUNT];
	report_count(r, counts);
	json_object_set_new(o, "summary", report_counts_to_json(counts));
	report_count_monitors(r, counts);
	json_object_set_new(o, "monitor_summary", report_counts_to_json(counts));
	report_count_rules(r, counts);
	json_object_set_new(o, "rule_summary", report_counts_to_json(counts));
}

static json_t *known_to_json(const struct report *r)
{
	size_t counts[KNOWN_COUNT];
	json_t *o = must(json_object());
	report_count_known(r, counts);
	for (unsigned k = KNOWN_SAME; k < KNOWN_COUNT; k++)
		json_object_set_new(o, known_names[k], json_number(counts[k]));
	return o;
}

char *report_to_json(const struct report *r)
{
	json_t *sut = must(json_object());
	json_object_set_new(sut, "name", json_text(r->sut_name));
	json_object_set_new(sut, "version", json_text(r->sut_version));
	json_object_set_new(sut, "role", json_text(r->sut_role));
	json_object_set_new(sut, "kernel", json_text(r->sut_kernel));

	json_t *rules = must(json_array());
	for (size_t i = 0; i < r->rule_count; i++)
		json_array_append_new(rules, rule_to_json(&r->rules[i]));
	json_t *profiles = must(json_object());
	for (size_t i = 0; i < r->profile_count; i++)
		json_object_set_new(profiles, r->profiles[i].name,
				    json_words(r->profiles[i].rules));

	json_t *o = must(json_object());
	json_object_set_new(o, "schema", json_number(REPORT_SCHEMA));
	json_object_set_new(o, "tool_version", json_text(r->tool_version));
	json_object_set_new(o, "sut", sut);
	if (r->provenance)
		json_object_set(o, "provenance", r->provenance);
	if (r->lab)
		json_object_set(o, "lab", r->lab);
	json_object_set_new(o, "fabric", json_text(r->fabric));
	json_object_set_new(o, "seconds", must(json_real(r->seconds)));
	json_object_set_new(o, "seed", json_number(r->seed));
	json_object_set_new(o, "timeout_scale", must(json_real(r->timeout_scale)));
	json_object_set_new(o, "strict", json_boolean(r->strict));
	if (r->profile)
		json_object_set_new(o, "profile", json_text(r->profile));
	if (r->earlier)
		json_object_set_new(o, "cases_before", json_number(r->earlier));
	if (r->has_baseline)
		json_object_set_new(o, "baseline_summary", known_to_json(r));
	json_object_set_new(o, "complete", json_boolean(r->count >= r->planned));
	json_object_set_new(o, "planned", json_number(r->planned));
	put_summaries(o, r);
	if (r->preflight)
		json_object_set_new(o, "preflight", report_case_to_json(r->preflight));
	json_object_set_new(o, "cases", cases_to_json(r->cases, r->count));
	json_object_set_new(o, "monitors", cases_to_json(r->monitors, r->monitor_count));
	json_object_set_new(o, "rules", rules);
	if (r->profile_count)
		json_object_set(o, "deviations", profiles);
	json_decref(profiles);
	/* Last: what is above it is the same when the same is run again. */
	if (r->host)
		json_object_set(o, "host", r->host);

	char *text = must(json_dumps(o, JSON_LAYOUT));
	json_decref(o);
	const size_t len = strlen(text);
	text = must(realloc(text, len + 2));
	text[len] = '\n';
	text[len + 1] = '\0';
	return text;
}

int report_write_json(const struct report *r, const char *path, struct err *e)
{
	char *text = report_to_json(r);
	const int status = file_replace(path, text, strlen(text), e);
	free(text);
	return status;
}

static char *member(const json_t *o, const char *key)
{
	return must(strdup(json_text_of(o, key)));
}

static int read_cases(struct report_case **cases, size_t *count, const json_t *array, struct err *e)
{
	size_t i;
	json_t *one;
	json_array_foreach(array, i, one)
	{
		struct report_case c = {0};
		if (report_case_from_json(&c, one, e))
			return -1;
		*cases = grow(*cases, *count, sizeof(**cases));
		(*cases)[(*count)++] = c;
	}
	return 0;
}

static int read_rules(struct report *r, const json_t *array, struct err *e)
{
	size_t i;
	json_t *one;
	json_array_foreach(array, i, one)
	{
		const int verdict = verdict_by_name(json_text_of(one, "verdict"));
		if (verdict < 0)
			return err_set(e, 0, "rule %s: no known verdict", json_text_of(one, "id"));
		r->rules = grow(r->rules, r->rule_count, sizeof(*r->rules));
		r->rules[r->rule_count++] = (struct report_rule){
			.id = member(one, "id"),
			.level = member(one, "level"),
			.section = json_maybe(one, "section"),
			.summary = json_maybe(one, "summary"),
			.verdict = (enum verdict)verdict,
			.cases = json_words_join(json_object_get(one, "cases")),
			.monitors = json_words_join(json_object_get(one, "monitors")),
		};
	}
	return 0;
}

/* A report from before there were labs has its start, host's time, beside the rest. */
static void read_place(struct report *r, const json_t *o)
{
	json_t *lab = json_object_get(o, "lab"), *host = json_object_get(o, "host");
	json_t *started = json_object_get(o, "started");
	json_t *provenance = json_object_get(o, "provenance");
	r->provenance = json_is_object(provenance) ? json_incref(provenance) : NULL;
	r->lab = json_is_object(lab) ? json_incref(lab) : NULL;
	r->host = json_is_object(host) ? json_incref(host) : NULL;
	if (!r->host && started) {
		r->host = must(json_object());
		json_object_set(r->host, "started", started);
	}
}

int report_parse_json(struct report *r, const char *name, const char *text, size_t len,
		      struct err *e)
{
	memset(r, 0, sizeof(*r));
	json_error_t je;
	json_t *o = json_loadb(text, len, 0, &je);
	if (!o)
		return err_set(e, 0, "%s:%d:%d: %s", name, je.line, je.column, je.text);

	int status = -1;
	struct err inner;
	const json_t *sut = json_object_get(o, "sut"), *cases = json_object_get(o, "cases");
	if (!json_is_object(sut) || !json_is_array(cases)) {
		err_set(e, 0, "%s: not a report: sut or cases is missing", name);
		goto out;
	}
	r->tool_version = member(o, "tool_version");
	r->sut_name = member(sut, "name");
	r->sut_version = member(sut, "version");
	r->sut_role = member(sut, "role");
	r->sut_kernel = member(sut, "kernel");
	r->fabric = member(o, "fabric");
	const json_t *preflight = json_object_get(o, "preflight");
	if (preflight) {
		struct report_case c = {0};
		if (report_case_from_json(&c, preflight, &inner)) {
			err_set(e, 0, "%s: preflight: %s", name, inner.what);
			goto out;
		}
		r->preflight = must(malloc(sizeof(c)));
		*r->preflight = c;
	}
	r->seed = (uint64_t)json_integer_value(json_object_get(o, "seed"));
	r->timeout_scale = json_number_value(json_object_get(o, "timeout_scale"));
	r->seconds = json_number_value(json_object_get(o, "seconds"));
	r->strict = json_is_true(json_object_get(o, "strict"));
	r->profile = json_maybe(o, "profile");
	r->earlier = (size_t)json_integer_value(json_object_get(o, "cases_before"));
	r->has_baseline = json_object_get(o, "baseline_summary");
	r->planned = (size_t)json_integer_value(json_object_get(o, "planned"));
	read_place(r, o);

	/* A report from before there were monitors has neither of the last two. */
	status = read_cases(&r->cases, &r->count, cases, &inner) ||
				 read_cases(&r->monitors, &r->monitor_count,
					    json_object_get(o, "monitors"), &inner) ||
				 read_rules(r, json_object_get(o, "rules"), &inner)
			 ? err_set(e, 0, "%s: %s", name, inner.what)
			 : 0;
out:
	json_decref(o);
	return status;
}

int report_read_json(struct report *r, const char *path, struct err *e)
{
	memset(r, 0, sizeof(*r));
	size_t len;
	char *text = file_read(path, REPORT_FILE_LIMIT, &len, e);
	if (!text)
		return -1;
	const int status = report_parse_json(r, path, text, len, e);
	free(text);
	return status;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The model of a run that all report writers read. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "memory.h"
#include "secrets.h"

void report_case_free(struct report_case *c)
{
	result_free(&c->result);
	free(c->title);
	free(c->purpose);
	free(c->rules);
	free(c->log);
	free(c->known_reason);
	memset(c, 0, sizeof(*c));
}

static void free_rule(struct report_rule *rule)
{
	free(rule->id);
	free(rule->level);
	free(rule->section);
	free(rule->summary);
	free(rule->cases);
	free(rule->monitors);
}

void report_unjoin(struct report *r)
{
	for (size_t i = 0; i < r->monitor_count; i++)
		report_case_free(&r->monitors[i]);
	for (size_t i = 0; i < r->rule_count; i++)
		free_rule(&r->rules[i]);
	report_profiles_free(r);
	free(r->monitors);
	free(r->rules);
	r->monitors = NULL;
	r->rules = NULL;
	r->monitor_count = r->rule_count = 0;
}

void report_free(struct report *r)
{
	for (size_t i = 0; i < r->count; i++)
		report_case_free(&r->cases[i]);
	free(r->cases);
	if (r->preflight)
		report_case_free(r->preflight);
	free(r->preflight);
	report_unjoin(r);
	free(r->tool_version);
	free(r->profile);
	free(r->sut_name);
	free(r->sut_version);
	free(r->sut_role);
	free(r->sut_kernel);
	free(r->fabric);
	json_decref(r->lab);
	json_decref(r->host);
	json_decref(r->provenance);
	memset(r, 0, sizeof(*r));
}

struct report_case *report_add(struct report *r, const char *id)
{
	r->cases = grow(r->cases, r->count, sizeof(*r->cases));
	struct report_case *c = &r->cases[r->count++];
	memset(c, 0, sizeof(*c));
	result_init(&c->result, id);
	return c;
}

static const struct report_case *find_among(const struct report_case *at, size_t count,
					    const char *id)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(at[i].result.id, id))
			return &at[i];
	return NULL;
}

const struct report_case *report_find_case(const struct report *r, const char *id)
{
	return find_among(r->cases, r->count, id);
}

const struct report_case *report_find_monitor(const struct report *r, const char *id)
{
	return find_among(r->monitors, r->monitor_count, id);
}

const struct report_rule *report_find_rule(const struct report *r, const char *id)
{
	for (size_t i = 0; i < r->rule_count; i++)
		if (!strcmp(r->rules[i].id, id))
			return &r->rules[i];
	return NULL;
}

bool report_same_provenance(const struct report *a, const struct report *b, const char *member)
{
	const json_t *one = json_object_get(a->provenance, member);
	const json_t *other = json_object_get(b->provenance, member);
	return json_equal(one, other) || (!one && !other);
}

bool report_log_is_inside(const char *log)
{
	return !strncmp(log, "logs/", 5) && !strchr(log + 5, '/');
}

static void forget(struct report_case *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(rows[i].known_reason);
		rows[i].known_reason = NULL;
		rows[i].known = KNOWN_NOTHING;
	}
}

void report_forget_baseline(struct report *r)
{
	forget(r->cases, r->count);
	forget(r->monitors, r->monitor_count);
	r->has_baseline = false;
}

void report_count(const struct report *r, size_t counts[VERDICT_COUNT])
{
	memset(counts, 0, VERDICT_COUNT * sizeof(*counts));
	for (size_t i = 0; i < r->count; i++)
		counts[r->cases[i].result.verdict]++;
}

void report_count_monitors(const struct report *r, size_t counts[VERDICT_COUNT])
{
	memset(counts, 0, VERDICT_COUNT * sizeof(*counts));
	for (size_t i = 0; i < r->monitor_count; i++)
		counts[r->monitors[i].result.verdict]++;
}

void report_count_rules(const struct report *r, size_t counts[VERDICT_COUNT])
{
	memset(counts, 0, VERDICT_COUNT * sizeof(*counts));
	for (size_t i = 0; i < r->rule_count; i++)
		counts[r->rules[i].verdict]++;
}

void report_count_known(const struct report *r, size_t counts[KNOWN_COUNT])
{
	memset(counts, 0, KNOWN_COUNT * sizeof(*counts));
	for (size_t i = 0; i < r->count; i++)
		counts[r->cases[i].known]++;
	if (r->preflight)
		counts[r->preflight->known]++;
	for (size_t i = 0; i < r->monitor_count; i++)
		counts[r->monitors[i].known]++;
}

enum verdict report_case_news(const struct report_case *c)
{
	if (c->known == KNOWN_SAME)
		return VERDICT_PASS;
	return c->news ? c->news : c->result.verdict;
}

int report_exit_status(const struct report *r)
{
	size_t counts[VERDICT_COUNT] = {0};
	for (size_t i = 0; i < r->count; i++)
		counts[report_case_news(&r->cases[i])]++;
	if (r->preflight)
		counts[report_case_news(r->preflight)]++;
	for (size_t i = 0; i < r->monitor_count; i++)
		counts[report_case_news(&r->monitors[i])]++;
	return verdict_exit_status(counts, r->strict);
}

static void clean(char **text, const struct secrets *secrets)
{
	if (!*text)
		return;
	char *better = secrets_clean(secrets, *text);
	free(*text);
	*text = better;
}

void result_clean(struct case_result *r, const struct secrets *secrets)
{
	clean(&r->reason, secrets);
	for (size_t i = 0; i < r->finding_count; i++) {
		clean(&r->findings[i].reason, secrets);
		clean(&r->findings[i].request, secrets);
#define X(text) clean(&r->findings[i].glance.text, secrets);
		GLANCE_TEXTS(X)
#undef X
	}
}

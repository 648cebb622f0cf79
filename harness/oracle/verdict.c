/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of verdicts, and the one that decides a case. */
#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "room.h"

static const char *const verdict_names[VERDICT_COUNT] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_INFO] = "info",
	[VERDICT_WARN] = "warn",
	[VERDICT_FAIL] = "fail",
	[VERDICT_NOT_APPLICABLE] = "not-applicable",
	[VERDICT_INCONCLUSIVE] = "inconclusive",
	[VERDICT_CRASH] = "crash",
};

static const char *const close_names[] = {
	[CLOSE_NONE] = "none",		 [CLOSE_CLEAN] = "clean",
	[CLOSE_LATE] = "late",		 [CLOSE_ABRUPT] = "abrupt",
	[CLOSE_LEFT_OPEN] = "left-open", [CLOSE_UNANSWERED] = "unanswered",
};

static const char *const grade_names[] = {
	[GRADE_MUST] = "MUST",
	[GRADE_SHOULD] = "SHOULD",
	[GRADE_MAY] = "MAY",
	[GRADE_INFO] = "INFO",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *name_at(const char *const *names, size_t count, size_t i)
{
	return i < count ? names[i] : "unknown";
}

static int index_of(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -1;
}

const char *verdict_name(enum verdict v)
{
	return name_at(verdict_names, COUNT(verdict_names), (size_t)v);
}

int verdict_by_name(const char *name)
{
	return index_of(verdict_names, COUNT(verdict_names), name);
}

const char *close_name(enum close_kind c)
{
	return name_at(close_names, COUNT(close_names), (size_t)c);
}

int close_by_name(const char *name)
{
	return index_of(close_names, COUNT(close_names), name);
}

const char *grade_name(enum grade g)
{
	return name_at(grade_names, COUNT(grade_names), (size_t)g);
}

int grade_by_name(const char *name)
{
	return index_of(grade_names, COUNT(grade_names), name);
}

enum verdict grade_verdict(enum grade g)
{
	switch (g) {
	case GRADE_MUST:
		return VERDICT_FAIL;
	case GRADE_SHOULD:
		return VERDICT_WARN;
	case GRADE_MAY:
	case GRADE_INFO:
		break;
	}
	return VERDICT_INFO;
}

static char *copy(const char *s)
{
	return need(strdup(s ? s : ""));
}

void result_init(struct case_result *r, const char *id)
{
	*r = (struct case_result){
		.id = copy(id), .reason = copy(""), .verdict = VERDICT_INCONCLUSIVE};
}

void glance_free(struct glance *g)
{
#define X(text) free(g->text);
	GLANCE_TEXTS(X)
#undef X
	*g = (struct glance){0};
}

void glance_copy(struct glance *to, const struct glance *from)
{
	*to = *from;
#define X(text) to->text = from->text ? copy(from->text) : NULL;
	GLANCE_TEXTS(X)
#undef X
}

static void finding_free(struct finding *f)
{
	glance_free(&f->glance);
	free(f->reason);
	free(f->request);
	free(f->legal);
	free(f->rules);
	free(f->monitor);
}

void result_free(struct case_result *r)
{
	for (size_t i = 0; i < r->finding_count; i++)
		finding_free(&r->findings[i]);
	free(r->findings);
	free(r->measurements);
	free(r->reason);
	free(r->unreached);
	free(r->setup);
	free(r->id);
	*r = (struct case_result){0};
}

static void prove(struct finding *f, const uint64_t *events, size_t event_count)
{
	if (!events)
		event_count = 0;
	if (event_count > COUNT(f->events))
		event_count = COUNT(f->events);
	if (event_count)
		memcpy(f->events, events, event_count * sizeof(*events));
	f->event_count = event_count;
}

struct finding *result_add(struct case_result *r, enum verdict v, unsigned line, const char *rules,
			   const char *reason, const uint64_t *events, size_t event_count)
{
	r->findings = need(realloc(r->findings, (r->finding_count + 1) * sizeof(*r->findings)));
	struct finding *f = &r->findings[r->finding_count++];
	*f = (struct finding){
		.verdict = v, .line = line, .reason = copy(reason), .rules = copy(rules)};
	prove(f, events, event_count);
	return f;
}

struct finding *result_again(struct case_result *r, size_t from, unsigned line, const char *rules,
			     const char *reason, const uint64_t *events, size_t event_count)
{
	for (size_t i = from; i < r->finding_count; i++) {
		struct finding *f = &r->findings[i];
		if (f->line != line || f->verdict != VERDICT_PASS || f->monitor ||
		    strcmp(f->rules, rules) != 0)
			continue;
		free(f->reason);
		f->reason = copy(reason);
		prove(f, events, event_count);
		return f;
	}
	return NULL;
}

void result_append(struct case_result *r, size_t finding, const char *text)
{
	char *longer = NULL;
	if (asprintf(&longer, "%s%s", r->findings[finding].reason, text) < 0)
		abort();
	free(r->findings[finding].reason);
	r->findings[finding].reason = longer;
}

struct finding *result_add_monitor(struct case_result *r, const char *monitor, enum verdict v,
				   const char *rules, const char *reason, const uint64_t *events,
				   size_t event_count)
{
	struct finding *f = result_add(r, v, 0, rules, reason, events, event_count);
	f->monitor = copy(monitor);
	return f;
}

void result_cut(struct case_result *r, size_t from)
{
	while (r->finding_count > from)
		finding_free(&r->findings[--r->finding_count]);
}

void result_drop_passes(struct case_result *r)
{
	size_t kept = 0;
	for (size_t i = 0; i < r->finding_count; i++) {
		if (r->findings[i].verdict == VERDICT_PASS)
			finding_free(&r->findings[i]);
		else
			r->findings[kept++] = r->findings[i];
	}
	r->finding_count = kept;
}

void result_setup(struct case_result *r, const char *why)
{
	if (!r->setup)
		r->setup = copy(why);
}

void result_measure(struct case_result *r, const char *name, double value, const char *unit)
{
	struct measurement *m = NULL;
	for (size_t i = 0; i < r->measurement_count; i++)
		if (!strcmp(r->measurements[i].name, name))
			m = &r->measurements[i];
	if (!m) {
		r->measurements = need(realloc(r->measurements, (r->measurement_count + 1) *
									sizeof(*r->measurements)));
		m = &r->measurements[r->measurement_count++];
	}
	*m = (struct measurement){.value = value};
	snprintf(m->name, sizeof(m->name), "%s", name);
	snprintf(m->unit, sizeof(m->unit), "%s", unit ? unit : "");
}

/* A proven violation is not unproven by what the harness could not do afterwards. */
static unsigned gravity(enum verdict v)
{
	static const unsigned order[VERDICT_COUNT] = {
		[VERDICT_PASS] = 0,	      [VERDICT_INFO] = 1,	  [VERDICT_WARN] = 2,
		[VERDICT_NOT_APPLICABLE] = 3, [VERDICT_INCONCLUSIVE] = 4, [VERDICT_FAIL] = 5,
		[VERDICT_CRASH] = 6,
	};
	return order[v];
}

bool verdict_worse(enum verdict a, enum verdict b)
{
	return gravity(a) > gravity(b);
}

void result_decide(struct case_result *r)
{
	const struct finding *worst = NULL;
	for (size_t i = 0; i < r->finding_count; i++)
		if (!r->findings[i].besides && !r->findings[i].monitor &&
		    (!worst || verdict_worse(r->findings[i].verdict, worst->verdict)))
			worst = &r->findings[i];
	free(r->reason);
	r->verdict = worst ? worst->verdict : VERDICT_INCONCLUSIVE;
	r->reason = copy(worst ? worst->reason : "nothing was judged");
}

void result_crash(struct case_result *r, const char *reason)
{
	static const char why[] = "the SUT died, which ends its connections too: ";
	for (size_t i = 0; i < r->finding_count; i++) {
		struct finding *f = &r->findings[i];
		if (!f->on_end)
			continue;
		char *was = f->reason;
		const size_t size = sizeof(why) + strlen(was);
		f->reason = need(malloc(size));
		snprintf(f->reason, size, "%s%s", why, was);
		free(was);
		f->verdict = VERDICT_INCONCLUSIVE;
	}
	result_add(r, VERDICT_CRASH, 0, "", reason, NULL, 0);
	result_decide(r);
}

int verdict_exit_status(const size_t counts[VERDICT_COUNT], bool strict)
{
	if (counts[VERDICT_FAIL] || counts[VERDICT_CRASH])
		return 1;
	/* What was not proved is not well, whatever else passed. */
	if (counts[VERDICT_INCONCLUSIVE])
		return 4;
	return strict && counts[VERDICT_WARN] ? 3 : 0;
}

void result_replace(struct case_result *r, enum verdict v, const char *reason)
{
	struct case_result fresh;
	result_init(&fresh, r->id);
	result_add(&fresh, v, 0, "", reason, NULL, 0);
	result_decide(&fresh);
	fresh.seconds = r->seconds;
	result_free(r);
	*r = fresh;
}

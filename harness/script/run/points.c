/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A family: which points it has, each judged by itself, and for those that fail the nearest one
 * that passes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum {
	LOST_MAX = 3,	 /* points in a row that could not be tried: there is no use in more */
	REDUCED_MAX = 8, /* failing points that are told with their nearest one */
	EXTRA_MAX = 24,	 /* points run for that besides those of the plan */
};

enum outcome_of_point { POINT_PASSED, POINT_FAILED, POINT_LOST };

struct point {
	size_t row[COVER_AXES_MAX];
	enum outcome_of_point came;
	size_t finding; /* of one that failed: the first that says so */
};

struct family {
	struct run *r;
	const struct statement *s;
	const struct points *f;
	struct value *values[COVER_AXES_MAX]; /* of an axis that is no words */
	size_t counts[COVER_AXES_MAX];
	struct point *points;
	size_t planned, done, extra;
	char lost[256]; /* why the last one that could not be tried could not */
	bool spoiled;	/* the last point failed: what it left is no start for another */
};

/* ---- one combination ---- */

static const struct statement *wording_of(const struct family *m, const size_t *row)
{
	size_t n = 0;
	for (size_t i = 0; i < m->f->axis_count; i++)
		if (m->f->axes[i].words)
			n = n * m->f->axes[i].count + row[i];
	const struct statement *one = m->s->body;
	while (n--)
		one = one->next;
	return one;
}

static void set_variables(const struct family *m, const size_t *row)
{
	for (size_t i = 0; i < m->f->axis_count; i++)
		if (m->values[i])
			m->r->vars[m->f->axes[i].index] = m->values[i][row[i]];
}

static const char *value_name(const struct family *m, size_t axis, size_t at, char *buf,
			      size_t size)
{
	if (m->f->axes[axis].words)
		snprintf(buf, size, "%.60s", m->f->axes[axis].words[at]);
	else
		run_value_text(&m->values[axis][at], buf, size);
	return buf;
}

static void name_point(const struct family *m, const size_t *row, char *buf, size_t size)
{
	char text[80];
	size_t len = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < m->f->axis_count && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%s=%s", i ? " " : "",
					m->f->axes[i].name,
					value_name(m, i, row[i], text, sizeof(text)));
}

static bool is_lawful(void *ctx, const size_t *row)
{
	const struct family *m = ctx;
	set_variables(m, row);
	for (const struct statement *s = wording_of(m, row)->body; s; s = s->next)
		if (s->verb == VERB_SKIP && run_conditions(m->r, &s->conditions))
			return false;
	return true;
}

/* ---- the plan ---- */

/* What the values hang on is asked for once, on a connection such as the first point has. */
static enum flow get_link(const struct family *m)
{
	const struct statement *first = m->s->body->body;
	struct run *r = m->r;
	while (first && first->verb == VERB_SKIP)
		first = first->next;
	if (!r->talk->link && !m->f->fresh && first && first->verb == VERB_LOGIN)
		return run_login(r, first);
	return run_need_link(r, m->s);
}

static bool needs_link(const struct family *m)
{
	for (size_t i = 0; i < m->f->axis_count; i++)
		if (m->f->axes[i].live)
			return true;
	for (const struct statement *one = m->s->body; one; one = one->next)
		for (const struct statement *s = one->body; s; s = s->next)
			if (s->verb == VERB_SKIP)
				return true;
	return false;
}

/* Values that there are, each once. */
static void settle_axis(struct family *m, size_t axis)
{
	const struct axis *a = &m->f->axes[axis];
	m->counts[axis] = a->count;
	if (a->words)
		return;
	struct value *v = m->values[axis] = calloc(a->count, sizeof(*v));
	if (!v)
		abort();
	size_t n = 0;
	for (size_t i = 0; i < a->count; i++) {
		struct value x = run_eval(m->r, &a->values[i]);
		bool known = false;
		if (x.kind == VALUE_TEXT && run_as_number(&x, &x.number))
			x = (struct value){.kind = VALUE_NUMBER, .number = x.number};
		for (size_t k = 0; k < n; k++)
			known |= v[k].number == x.number;
		if (!known && (x.kind == VALUE_NUMBER || x.kind == VALUE_TIME))
			v[n++] = x;
	}
	m->counts[axis] = n;
}

static enum flow plan(struct family *m)
{
	struct run *r = m->r;
	const bool longer = m->f->has_long && r->env->long_form;
	struct cover c = {.axes = m->f->axis_count,
			  .strength = longer ? m->f->long_strength : m->f->strength,
			  .lawful = is_lawful,
			  .ctx = m};
	if (needs_link(m)) {
		const enum flow flow = get_link(m);
		if (flow != FLOW_ON)
			return flow;
	}
	for (size_t i = 0; i < c.axes; i++) {
		settle_axis(m, i);
		c.counts[i] = m->counts[i];
		if (!c.counts[i])
			return run_judge(r, VERDICT_NOT_APPLICABLE, m->s->line, NULL, NULL, 0,
					 "%s: there is no such value here", m->f->axes[i].name);
	}
	size_t *rows = cover_make(&c, &m->planned);
	m->points = calloc(m->planned + 1, sizeof(*m->points));
	if (!m->points)
		abort();
	for (size_t i = 0; i < m->planned; i++)
		memcpy(m->points[i].row, rows + i * c.axes, c.axes * sizeof(*rows));
	free(rows);
	if (m->planned)
		return FLOW_ON;
	return run_judge(r, VERDICT_NOT_APPLICABLE, m->s->line, NULL, NULL, 0,
			 "every point is left out here");
}

/* ---- one point ---- */

/* A point goes on with what the one before left, if that is a session in good order. */
static enum flow begin_on(const struct family *m)
{
	struct run *r = m->r;
	struct link *l = r->talk->link;
	if (m->f->fresh || m->spoiled || (l && (l->over || l->peer->phase != PEER_FULL)))
		return run_leave_all(r);
	if (!l)
		return FLOW_ON;
	peer_honest(l->peer);
	for (size_t i = 0; i < l->message_count; i++)
		l->messages[i].taken = true;
	return FLOW_ON;
}

static const char *const came_text[] = {"passed", "failed", "not tried"};

/* Returns how the case goes on. */
static enum flow run_point(struct family *m, struct point *p, const char *title)
{
	struct run *r = m->r;
	char name[sizeof(r->point.name)];
	name_point(m, p->row, name, sizeof(name));
	log_text(r->env->log, LOG_NOTE, run_now(r), "runner", "%s: %s", title, name);
	enum flow flow = begin_on(m);
	if (flow != FLOW_ON)
		return flow;
	set_variables(m, p->row);
	r->point = (struct point_state){
		.in = true, .extra = r->point.extra, .before = r->point.before};
	snprintf(r->point.name, sizeof(r->point.name), "%s", name);
	flow = run_block(r, wording_of(m, p->row)->body);
	r->point.in = false;
	p->came = r->point.lost ? POINT_LOST : r->point.failed ? POINT_FAILED : POINT_PASSED;
	p->finding = r->point.finding;
	m->spoiled = p->came != POINT_PASSED;
	log_text(r->env->log, LOG_NOTE, run_now(r), "runner", "%s%s%s", came_text[p->came],
		 r->point.why[0] ? ": " : "", r->point.why);
	if (p->came == POINT_LOST)
		snprintf(m->lost, sizeof(m->lost), "%s", r->point.why);
	return flow == FLOW_STOP ? FLOW_STOP : FLOW_ON;
}

/* ---- which axis decides ---- */

static size_t apart(size_t a, size_t b)
{
	return a < b ? b - a : a - b;
}

/* The axis in which the two differ alone; SIZE_MAX: none, or more than one. */
static size_t only_difference(const struct family *m, const size_t *a, const size_t *b)
{
	size_t axis = SIZE_MAX;
	for (size_t i = 0; i < m->f->axis_count; i++) {
		if (a[i] == b[i])
			continue;
		if (axis != SIZE_MAX)
			return SIZE_MAX;
		axis = i;
	}
	return axis;
}

static const struct point *neighbour(const struct family *m, const struct point *p)
{
	const struct point *best = NULL;
	size_t least = SIZE_MAX;
	for (size_t i = 0; i < m->done; i++) {
		const struct point *q = &m->points[i];
		const size_t axis = only_difference(m, p->row, q->row);
		if (q->came != POINT_PASSED || axis == SIZE_MAX ||
		    apart(p->row[axis], q->row[axis]) >= least)
			continue;
		best = q;
		least = apart(p->row[axis], q->row[axis]);
	}
	return best;
}

static bool has_next(const struct family *m, const struct point *p)
{
	const struct point *q = neighbour(m, p);
	const size_t axis = q ? only_difference(m, p->row, q->row) : 0;
	return q && apart(p->row[axis], q->row[axis]) == 1;
}

static bool is_known(const struct family *m, const size_t *row)
{
	for (size_t i = 0; i < m->done; i++)
		if (!memcmp(m->points[i].row, row, sizeof(m->points[i].row)))
			return true;
	return false;
}

/* A point that is not in the plan, run for what it says about another: it judges nothing. */
static enum flow run_extra(struct family *m, const size_t *row)
{
	if (m->extra == EXTRA_MAX || is_known(m, row) || !is_lawful(m, row))
		return FLOW_ON;
	m->extra++;
	struct point *grown = realloc(m->points, (m->done + 2) * sizeof(*grown));
	if (!grown)
		abort();
	m->points = grown;
	struct point *p = &grown[m->done];
	*p = (struct point){0};
	memcpy(p->row, row, sizeof(p->row));
	m->r->point.extra = true;
	const enum flow flow = run_point(m, p, "beside the plan");
	m->r->point.extra = false;
	m->done++;
	return flow;
}

/* The next lower and the next higher value of one axis after the other, until one of them passes.
 */
static enum flow look_around(struct family *m, size_t at)
{
	for (size_t axis = 0; axis < m->f->axis_count; axis++)
		for (int step = -1; step <= 1; step += 2) {
			size_t row[COVER_AXES_MAX];
			memcpy(row, m->points[at].row, sizeof(row));
			if (has_next(m, &m->points[at]))
				return FLOW_ON;
			row[axis] += (size_t)step;
			if (row[axis] >= m->counts[axis])
				continue;
			const enum flow flow = run_extra(m, row);
			if (flow != FLOW_ON)
				return flow;
		}
	return FLOW_ON;
}

static char *point_name(const struct family *m, const struct point *p)
{
	char name[sizeof(m->r->point.name)];
	name_point(m, p->row, name, sizeof(name));
	char *text = strdup(name);
	if (!text)
		abort();
	return text;
}

/* The finding's own failure is why. */
static void tell_pair(const struct family *m, const struct point *p, const struct point *q,
		      const char *axis)
{
	struct glance *g = &m->r->result->findings[p->finding].glance;
	free(g->fails);
	free(g->passes);
	free(g->decides);
	g->fails = point_name(m, p);
	g->passes = point_name(m, q);
	g->decides = strdup(axis);
	if (!g->decides)
		abort();
}

static void tell_neighbour(struct family *m, const struct point *p)
{
	struct run *r = m->r;
	const struct point *q = neighbour(m, p);
	char text[200], value[80];
	if (q) {
		const size_t axis = only_difference(m, p->row, q->row);
		const char *name = m->f->axes[axis].name;
		tell_pair(m, p, q, name);
		snprintf(text, sizeof(text),
			 "; with %s=%s, all else the same, it passes: %s decides", name,
			 value_name(m, axis, q->row[axis], value, sizeof(value)), name);
	} else {
		snprintf(text, sizeof(text), "; no point that differs in one thing passes");
	}
	log_text(r->env->log, LOG_NOTE, run_now(r), "runner", "%s", text + 2);
	result_append(r->result, p->finding, text);
}

static enum flow reduce(struct family *m)
{
	const size_t planned = m->done;
	size_t told = 0;
	enum flow flow = FLOW_ON;
	for (size_t i = 0; i < planned && told < REDUCED_MAX && flow == FLOW_ON; i++) {
		if (m->points[i].came != POINT_FAILED)
			continue;
		told++;
		flow = look_around(m, i);
		tell_neighbour(m, &m->points[i]);
	}
	return flow;
}

/* ---- all of them ---- */

static enum flow run_all(struct family *m)
{
	size_t lost = 0;
	for (enum flow flow = FLOW_ON; m->done < m->planned && lost < LOST_MAX; m->done++) {
		struct point *p = &m->points[m->done];
		char title[64];
		snprintf(title, sizeof(title), "point %zu of %zu", m->done + 1, m->planned);
		flow = run_point(m, p, title);
		if (flow != FLOW_ON)
			return flow;
		m->r->result->points.reached += p->came != POINT_LOST;
		m->r->result->points.failed += p->came == POINT_FAILED;
		lost = p->came == POINT_LOST ? lost + 1 : 0;
	}
	return FLOW_ON;
}

enum flow run_points(struct run *r, const struct statement *s)
{
	struct family m = {.r = r, .s = s, .f = s->points};
	struct case_points *told = &r->result->points;
	enum flow flow = plan(&m);
	told->planned = m.planned;
	r->point.before = r->result->finding_count;
	if (flow == FLOW_ON)
		flow = run_all(&m);
	if (flow == FLOW_ON && told->failed)
		flow = reduce(&m);
	if (flow == FLOW_ON && told->reached < told->planned)
		flow = run_judge(r, VERDICT_INCONCLUSIVE, s->line, NULL, NULL, 0,
				 "%zu of %zu points were not tried: %s",
				 told->planned - told->reached, told->planned, m.lost);
	for (size_t i = 0; i < m.f->axis_count; i++)
		free(m.values[i]);
	free(m.points);
	return flow;
}

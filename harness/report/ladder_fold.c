/* SPDX-License-Identifier: BSD-2-Clause */
/* Which rows of a ladder are shown, and which of them only repeat what stands above. */
#include <stdlib.h>
#include <string.h>

#include "ladder.h"
#include "memory.h"

enum {
	PERIOD_MAX = 96,   /* rows of a point of a family, its login too */
	REPEATS_LEAST = 3, /* two of a kind are read sooner than counted */
};

static bool passes(const struct ladder_row *row, const struct ladder_filter *f)
{
	return (f->all || !row->quiet) && row->time >= f->from && (!f->to || row->time <= f->to) &&
	       (!f->conn || !row->conn || row->conn == f->conn);
}

size_t *ladder_select(const struct ladder *l, const struct ladder_filter *f, size_t *count)
{
	size_t *rows = must(calloc(l->count + 1, sizeof(*rows)));

	*count = 0;
	for (size_t i = 0; i < l->count; i++)
		if (passes(&l->rows[i], f))
			rows[(*count)++] = i;
	return rows;
}

/* Do the two say the same? `on` is how many connections lie between them, as far as a row before
 * has told. */
struct match {
	bool told;
	unsigned on;
};

static bool alike(const struct ladder_row *a, const struct ladder_row *b, struct match *m)
{
	if (a->kind != b->kind || a->side != b->side || a->arrow != b->arrow ||
	    a->tone != b->tone || a->line != b->line || a->tone >= LADDER_WRONG ||
	    !a->conn != !b->conn || strcmp(a->label, b->label) != 0)
		return false;
	if (!a->conn)
		return true;
	if (b->conn < a->conn || (m->told && b->conn - a->conn != m->on))
		return false;
	m->told = true;
	m->on = b->conn - a->conn;
	return true;
}

/* How many times the `period` rows from `at` on come one after the other. */
static size_t repeats(const struct ladder *l, const size_t *rows, size_t n, size_t at,
		      size_t period)
{
	size_t same = 0;
	struct match m = {0};

	while (at + same + period < n) {
		if (same % period == 0)
			m = (struct match){0};
		if (!alike(&l->rows[rows[at + same]], &l->rows[rows[at + same + period]], &m))
			break;
		same++;
	}
	return same / period + 1;
}

static void add(struct ladder_stretch **all, size_t *count, struct ladder_stretch s)
{
	struct ladder_stretch *last = *count ? &(*all)[*count - 1] : NULL;

	if (last && last->times == 1 && s.times == 1) {
		last->rows += s.rows;
		return;
	}
	*all = grow(*all, *count, sizeof(**all));
	(*all)[(*count)++] = s;
}

/*
 * What repeats can be cut anywhere; it reads best from where the longest pause is before it. How
 * many of its rows come before that.
 */
static size_t beginning(const struct ladder *l, const size_t *rows, const struct ladder_stretch *s)
{
	uint64_t longest = 0;
	size_t best = 0;

	for (size_t i = 0; i < s->rows; i++) {
		const size_t at = s->first + s->rows + i;
		const uint64_t pause = l->rows[rows[at]].time - l->rows[rows[at - 1]].time;
		if (pause <= longest)
			continue;
		longest = pause;
		best = i;
	}
	return best;
}

struct ladder_stretch *ladder_fold(const struct ladder *l, const size_t *rows, size_t n,
				   size_t *count)
{
	struct ladder_stretch *all = NULL;

	*count = 0;
	for (size_t at = 0; at < n;) {
		struct ladder_stretch best = {.first = at, .rows = 1, .times = 1};
		size_t most = 0;
		for (size_t period = 1; period <= PERIOD_MAX && at + period < n; period++) {
			const size_t times = repeats(l, rows, n, at, period);
			const size_t saved = (times - 1) * period;
			if (times < REPEATS_LEAST || saved <= most)
				continue;
			most = saved;
			best.rows = period;
			best.times = times;
		}
		const size_t ahead = best.times > 1 ? beginning(l, rows, &best) : 0;
		if (ahead) {
			add(&all, count,
			    (struct ladder_stretch){.first = at, .rows = ahead, .times = 1});
			at += ahead;
			best.first = at;
			best.times = repeats(l, rows, n, at, best.rows);
		}
		add(&all, count, best);
		at += best.rows * best.times;
	}
	return all;
}

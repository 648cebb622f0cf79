/* SPDX-License-Identifier: BSD-2-Clause */
#include "cover.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { COMPLETIONS_MAX = 20000 }; /* tried for a set of values whose greedy row is not lawful */

struct making {
	const struct cover *c;
	size_t sets[64]; /* bit masks of the axes that have to meet */
	size_t set_count;
	size_t base[64]; /* of each set's tuples in `met` */
	size_t stride[64][COVER_AXES_MAX];
	uint8_t *met;
	size_t tuples;
	size_t *rows, count;
	size_t *used[COVER_AXES_MAX]; /* how often each value stands in a row */
};

static void *need(void *p)
{
	if (!p)
		abort();
	return p;
}

static unsigned bits(size_t mask)
{
	unsigned n = 0;
	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

static void lay_out(struct making *m, unsigned strength)
{
	for (size_t mask = 1; mask < (size_t)1 << m->c->axes; mask++) {
		if (bits(mask) != strength)
			continue;
		size_t size = 1;
		for (size_t a = m->c->axes; a-- > 0;) {
			if (!(mask >> a & 1))
				continue;
			m->stride[m->set_count][a] = size;
			size *= m->c->counts[a];
		}
		m->base[m->set_count] = m->tuples;
		m->tuples += size;
		m->sets[m->set_count++] = mask;
	}
	/* One more: calloc(0) may give NULL, which need() takes for a lack of memory. */
	m->met = need(calloc(m->tuples + 1, 1));
	for (size_t a = 0; a < m->c->axes; a++)
		m->used[a] = need(calloc(m->c->counts[a], sizeof(*m->used[a])));
}

static size_t tuple(const struct making *m, size_t set, const size_t *row)
{
	size_t at = m->base[set];
	for (size_t a = 0; a < m->c->axes; a++)
		if (m->sets[set] >> a & 1)
			at += row[a] * m->stride[set][a];
	return at;
}

/* The values of a tuple into the row; returns the axes that they are of. */
static size_t seed(const struct making *m, size_t at, size_t *row)
{
	size_t set = m->set_count - 1;
	while (m->base[set] > at)
		set--;
	at -= m->base[set];
	for (size_t a = 0; a < m->c->axes; a++)
		if (m->sets[set] >> a & 1)
			row[a] = at / m->stride[set][a] % m->c->counts[a];
	return m->sets[set];
}

/* Sets of values that would meet for the first time, were axis `a` the next to be settled. */
static size_t gain(const struct making *m, size_t settled, size_t a, const size_t *row)
{
	const size_t with = settled | (size_t)1 << a;
	size_t n = 0;
	for (size_t s = 0; s < m->set_count; s++)
		if (m->sets[s] >> a & 1 && !(m->sets[s] & ~with))
			n += !m->met[tuple(m, s, row)];
	return n;
}

/* Where several values gain as much, the one that was used least: no axis keeps to its first. */
static void complete(const struct making *m, size_t settled, size_t *row)
{
	for (size_t a = 0; a < m->c->axes; a++) {
		if (settled >> a & 1)
			continue;
		size_t best = 0, most = 0;
		for (size_t v = 0; v < m->c->counts[a]; v++) {
			row[a] = v;
			const size_t n = gain(m, settled, a, row);
			const bool better =
				n > most || (n == most && m->used[a][v] < m->used[a][best]);
			if (v && !better)
				continue;
			best = v;
			most = n;
		}
		row[a] = best;
		settled |= (size_t)1 << a;
	}
}

/* The next row in order, of the axes that are not settled. False: that was the last. */
static bool next_row(const struct cover *c, size_t settled, size_t *row)
{
	for (size_t a = c->axes; a-- > 0;) {
		if (settled >> a & 1)
			continue;
		if (++row[a] < c->counts[a])
			return true;
		row[a] = 0;
	}
	return false;
}

static bool lawful(const struct cover *c, const size_t *row)
{
	return !c->lawful || c->lawful(c->ctx, row);
}

/* A lawful row with the settled values, the greedy one if that is lawful. */
static bool lawful_row(const struct making *m, size_t settled, size_t *row)
{
	complete(m, settled, row);
	if (lawful(m->c, row))
		return true;
	for (size_t a = 0; a < m->c->axes; a++)
		row[a] = settled >> a & 1 ? row[a] : 0;
	for (size_t tried = 0; tried < COMPLETIONS_MAX; tried++) {
		if (lawful(m->c, row))
			return true;
		if (!next_row(m->c, settled, row))
			return false;
	}
	return false;
}

static void add(struct making *m, const size_t *row)
{
	const size_t width = m->c->axes * sizeof(*row);
	assert(width > 0);
	m->rows = need(realloc(m->rows, (m->count + 1) * width));
	memcpy(m->rows + m->count++ * m->c->axes, row, width);
	for (size_t s = 0; s < m->set_count; s++)
		m->met[tuple(m, s, row)] = 1;
	for (size_t a = 0; a < m->c->axes && m->set_count; a++)
		m->used[a][row[a]]++;
}

static void all_rows(struct making *m)
{
	size_t row[COVER_AXES_MAX] = {0};
	do {
		if (lawful(m->c, row))
			add(m, row);
	} while (m->count < COVER_ROWS_MAX && next_row(m->c, 0, row));
}

size_t *cover_make(const struct cover *c, size_t *count)
{
	struct making m = {.c = c};
	if (!c->strength || c->strength >= c->axes) {
		all_rows(&m);
		*count = m.count;
		return m.rows;
	}
	lay_out(&m, c->strength);
	for (size_t at = 0; at < m.tuples && m.count < COVER_ROWS_MAX; at++) {
		size_t row[COVER_AXES_MAX] = {0};
		if (m.met[at])
			continue;
		const size_t settled = seed(&m, at, row);
		if (lawful_row(&m, settled, row))
			add(&m, row);
	}
	for (size_t a = 0; a < COVER_AXES_MAX; a++)
		free(m.used[a]);
	free(m.met);
	*count = m.count;
	return m.rows;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The enumeration of orders, and orders as text. */
#include "enumerate.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct enumeration {
	struct order *queue; /* fewest departures first */
	size_t count, room, next, bound;
	bool cut;      /* an order was left out */
	size_t cut_at; /* with so many departures, the first of them */
};

const char *order_text(const struct order *o, char *buf, size_t size)
{
	size_t len = 0;

	snprintf(buf, size, "0");
	for (size_t i = 0; i < o->count && len < size; i++)
		len += (size_t)snprintf(buf + len, size - len, "%s%u=%u", i ? "," : "",
					o->departures[i].at, o->departures[i].pick);
	return buf;
}

static const char *number(const char *at, const char *end, unsigned long max, unsigned long *out)
{
	*out = 0;
	if (at == end || !isdigit((unsigned char)*at))
		return NULL;
	for (; at < end && isdigit((unsigned char)*at); at++) {
		*out = *out * 10 + (unsigned long)(*at - '0');
		if (*out > max)
			return NULL;
	}
	return at;
}

int order_parse(struct order *o, const char *text, size_t len, struct err *e)
{
	const char *at = text, *end = text + len;
	unsigned long place, pick;

	*o = (struct order){0};
	if (len == 1 && *text == '0')
		return 0;
	for (;;) {
		at = number(at, end, ORDER_CHOICES - 1, &place);
		if (!at || at == end || *at != '=')
			break;
		at = number(at + 1, end, UINT8_MAX, &pick);
		if (!at || !pick || o->count == ORDER_DEPARTURES ||
		    (o->count && o->departures[o->count - 1].at >= place))
			break;
		o->departures[o->count++] =
			(struct departure){(unsigned short)place, (unsigned char)pick};
		if (at == end)
			return 0;
		if (*at++ != ',')
			break;
	}
	return err_set(e, 0, "'%.*s' is no order: 0, or PLACE=PICK with commas, places rising",
		       (int)len, text);
}

unsigned order_pick(struct order_run *r, unsigned n)
{
	const unsigned place = r->choices++;
	const struct departure *d = &r->order.departures[r->taken];

	if (place < ORDER_CHOICES)
		r->branches[place] = (unsigned char)n;
	if (r->taken == r->order.count || d->at != place)
		return 0;
	r->taken++;
	if (d->pick < n)
		return d->pick;
	r->strayed = true;
	return 0;
}

struct enumeration *enumeration_new(size_t bound)
{
	struct enumeration *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->bound = bound;
	e->room = 64;
	e->queue = calloc(e->room, sizeof(*e->queue)); /* with the simplest order in front */
	e->count = 1;
	if (!e->queue) {
		free(e);
		return NULL;
	}
	return e;
}

void enumeration_free(struct enumeration *e)
{
	if (e)
		free(e->queue);
	free(e);
}

bool enumeration_next(struct enumeration *e, struct order_run *r)
{
	if (e->next == e->count || e->next == e->bound)
		return false;
	*r = (struct order_run){.order = e->queue[e->next++]};
	return true;
}

static void leave_out(struct enumeration *e, size_t departures)
{
	if (!e->cut || departures < e->cut_at)
		e->cut_at = departures;
	e->cut = true;
}

static void push(struct enumeration *e, const struct order *o, unsigned at, unsigned pick)
{
	if (e->count >= e->bound || o->count == ORDER_DEPARTURES) {
		leave_out(e, o->count + 1);
		return;
	}
	if (e->count == e->room) {
		struct order *grown = realloc(e->queue, 2 * e->room * sizeof(*grown));

		if (!grown) {
			leave_out(e, o->count + 1);
			return;
		}
		e->queue = grown;
		e->room *= 2;
	}
	struct order *new = &e->queue[e->count++];
	*new = *o;
	new->departures[new->count++] = (struct departure){(unsigned short)at, (unsigned char)pick};
}

void enumeration_done(struct enumeration *e, const struct order_run *r)
{
	const struct order o = r->order; /* the queue may move */
	const unsigned seen = r->choices < ORDER_CHOICES ? r->choices : ORDER_CHOICES;
	const unsigned first = o.count ? o.departures[o.count - 1].at + 1u : 0;

	if (r->choices > ORDER_CHOICES)
		leave_out(e, o.count + 1);
	/* What departs before the last departure is the child of another order. */
	for (unsigned at = first; at < seen; at++)
		for (unsigned pick = 1; pick < r->branches[at]; pick++)
			push(e, &o, at, pick);
}

size_t enumeration_count(const struct enumeration *e)
{
	return e->next;
}

bool enumeration_complete(const struct enumeration *e)
{
	return !e->cut;
}

size_t enumeration_depth(const struct enumeration *e)
{
	return e->cut ? e->cut_at - 1 : ORDER_DEPARTURES;
}

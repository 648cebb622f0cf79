/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All orders of a run, by running it again and again: an order is told by where it departs from the
 * simplest, which takes the first choice each time. Those that depart once come first, then those
 * that depart twice, and so on. It knows nothing of what is run.
 */
#ifndef SCRIPT_ENUMERATE_H
#define SCRIPT_ENUMERATE_H

#include <stdbool.h>
#include <stddef.h>

#include "../wire/err.h"

enum { ORDER_DEPARTURES = 24, ORDER_CHOICES = 512, ORDER_TEXT = 320 };

/* At its `at`-th choice (0-based) it takes `pick` instead of 0. */
struct departure {
	unsigned short at;
	unsigned char pick;
};

struct order {
	struct departure departures[ORDER_DEPARTURES]; /* in order */
	size_t count;
};

/* "0" for the simplest order, else "17=1,23=2". `size` as ORDER_TEXT is enough. */
const char *order_text(const struct order *o, char *buf, size_t size);
int order_parse(struct order *o, const char *text, size_t len, struct err *e);

/* One run: what it is asked for, and what it saw. */
struct order_run {
	struct order order;
	unsigned choices; /* made so far; beyond ORDER_CHOICES they are time's */
	unsigned char branches[ORDER_CHOICES]; /* how many steps there were to choose from */
	size_t taken;			       /* departures */
	bool strayed; /* a departure was not possible: the order is of another run */
};
/* The choice among n. */
unsigned order_pick(struct order_run *r, unsigned n);

struct enumeration;

/* At most `bound` orders, the simplest first. */
struct enumeration *enumeration_new(size_t bound);
void enumeration_free(struct enumeration *e);
/* False: there is no more. */
bool enumeration_next(struct enumeration *e, struct order_run *r);
/* The run that enumeration_next() asked for was done. */
void enumeration_done(struct enumeration *e, const struct order_run *r);
size_t enumeration_count(const struct enumeration *e); /* runs done */
/* Once there is no more: that were all orders, not only the first `bound` ones. */
bool enumeration_complete(const struct enumeration *e);
/* Every order that departs that often or less was among them. */
size_t enumeration_depth(const struct enumeration *e);

#endif

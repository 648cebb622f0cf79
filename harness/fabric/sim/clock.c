/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator's clock: a binary heap by time, then by the order of scheduling; and its source of
 * chance. */
#include "core.h"

#include <stdio.h>
#include <stdlib.h>

void *sim_need(void *p)
{
	if (!p) {
		fputs("iserspec: out of memory in the simulator\n", stderr);
		abort();
	}
	return p;
}

void sim_clock_init(struct sim_clock *k, uint64_t seed)
{
	*k = (struct sim_clock){.random = seed};
}

void sim_clock_free(struct sim_clock *k)
{
	while (k->count) {
		struct sim_item *it = k->heap[k->count--];

		it->place = 0;
		if (it->drop)
			it->drop(it);
	}
	sim_messages_end(k);
	free(k->heap);
	k->heap = NULL;
	k->room = 0;
}

static bool earlier(const struct sim_item *a, const struct sim_item *b)
{
	return a->due != b->due ? a->due < b->due : a->seq < b->seq;
}

static void put(struct sim_clock *k, size_t place, struct sim_item *it)
{
	k->heap[place] = it;
	it->place = place;
}

static void settle(struct sim_clock *k, size_t place, struct sim_item *it)
{
	while (place > 1 && earlier(it, k->heap[place / 2])) {
		put(k, place, k->heap[place / 2]);
		place /= 2;
	}
	for (;;) {
		size_t child = place * 2;

		if (child > k->count)
			break;
		if (child < k->count && earlier(k->heap[child + 1], k->heap[child]))
			child++;
		if (!earlier(k->heap[child], it))
			break;
		put(k, place, k->heap[child]);
		place = child;
	}
	put(k, place, it);
}

void sim_clock_number(struct sim_clock *k, struct sim_item *it, uint64_t due)
{
	it->due = due < k->now ? k->now : due;
	it->seq = k->seq++;
}

void sim_clock_enter(struct sim_clock *k, struct sim_item *it)
{
	if (k->count + 1 >= k->room) {
		k->room = k->room ? k->room * 2 : 64;
		k->heap = sim_need(reallocarray(k->heap, k->room, sizeof(struct sim_item *)));
	}
	settle(k, ++k->count, it);
}

void sim_clock_at(struct sim_clock *k, struct sim_item *it, uint64_t due)
{
	sim_clock_cancel(k, it);
	sim_clock_number(k, it, due);
	sim_clock_enter(k, it);
}

void sim_clock_cancel(struct sim_clock *k, struct sim_item *it)
{
	struct sim_item *last;
	size_t place = it->place;

	if (!place)
		return;
	it->place = 0;
	last = k->heap[k->count--];
	if (last != it)
		settle(k, place, last);
}

void sim_clock_run(struct sim_clock *k, struct sim_item *it)
{
	if (k->now < it->due)
		k->now = it->due;
	sim_clock_cancel(k, it);
	it->run(it);
}

bool sim_clock_step(struct sim_clock *k, uint64_t limit)
{
	if (!k->count || k->heap[1]->due > limit)
		return false;
	sim_clock_run(k, k->heap[1]);
	return true;
}

/* SplitMix64 (Steele, Lea, Flood 2014): every seed, 0 too, gives a full-period stream. */
static uint64_t next_random(struct sim_clock *k)
{
	uint64_t z = k->random += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t sim_clock_random(struct sim_clock *k, uint64_t n)
{
	uint64_t r;

	if (n < 2)
		return 0;
	/* Values in the last, incomplete run of n would favour small results. It is shorter than n.
	 */
	do
		r = next_random(k);
	while (r > UINT64_MAX - n && r > UINT64_MAX - (UINT64_MAX % n + 1) % n);
	return r % n;
}

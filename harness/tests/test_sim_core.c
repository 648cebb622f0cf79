/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator's core by itself: the order of the clock, and who a key opens memory for. */
#include <stdlib.h>

#include "../fabric/sim/core.h"
#include "suites.h"

struct note {
	struct sim_item item;
	uint64_t wanted, tag;
	bool dropped;
};

static uint64_t ran[4096];
static size_t ran_count;

static void run_note(struct sim_item *it)
{
	ran[ran_count++] = SIM_CONTAINER(it, struct note, item)->tag;
}

static void drop_note(struct sim_item *it)
{
	SIM_CONTAINER(it, struct note, item)->dropped = true;
}

/* By due time, and among equals by the order of scheduling, which is the tag. */
static int by_due(const void *a, const void *b)
{
	const struct note *x = a, *y = b;

	if (x->wanted != y->wanted)
		return x->wanted < y->wanted ? -1 : 1;
	return x->tag < y->tag ? -1 : 1;
}

START_TEST(clock_runs_in_order)
{
	enum { NOTES = 3000 };
	static struct note notes[NOTES];
	struct sim_clock k;
	size_t kept = 0;

	sim_clock_init(&k, (uint64_t)_i);
	ran_count = 0;
	for (size_t i = 0; i < NOTES; i++) {
		notes[i] = (struct note){
			.item = {.run = run_note},
			.wanted = sim_clock_random(&k, 500),
			.tag = i,
		};
		sim_clock_at(&k, &notes[i].item, 1000);
	}
	/* All moved to their own time, then every third taken out again. */
	for (size_t i = 0; i < NOTES; i++)
		sim_clock_at(&k, &notes[i].item, notes[i].wanted);
	for (size_t i = 0; i < NOTES; i += 3)
		sim_clock_cancel(&k, &notes[i].item);
	while (sim_clock_step(&k, FAB_FOREVER))
		;
	ck_assert_uint_eq(ran_count, NOTES - NOTES / 3);
	qsort(notes, NOTES, sizeof(*notes), by_due);
	for (size_t i = 0; i < NOTES; i++)
		if (notes[i].tag % 3)
			ck_assert_uint_eq(ran[kept++], notes[i].tag);
	sim_clock_free(&k);
}
END_TEST

START_TEST(clock_stops_at_the_limit_and_drops_the_rest)
{
	struct note early = {.item = {.run = run_note, .drop = drop_note}, .tag = 1};
	struct note late = {.item = {.run = run_note, .drop = drop_note}, .tag = 2};
	struct sim_clock k;

	sim_clock_init(&k, 0);
	ran_count = 0;
	sim_clock_at(&k, &late.item, 11);
	sim_clock_at(&k, &early.item, 10);
	ck_assert(!sim_clock_step(&k, 9));
	ck_assert_uint_eq(k.now, 0);
	ck_assert(sim_clock_step(&k, 10));
	ck_assert_uint_eq(k.now, 10);
	ck_assert(!sim_clock_step(&k, 10));
	ck_assert_uint_eq(ran_count, 1);
	ck_assert_uint_eq(ran[0], 1);
	sim_clock_cancel(&k, &early.item); /* no longer scheduled: nothing happens */
	sim_clock_free(&k);
	ck_assert(late.dropped && !early.dropped);
}
END_TEST

struct memory {
	struct sim_clock clock;
	struct sim_keys keys;
	struct sim_qp a, b, stranger; /* a and b share a protection domain */
	struct sim_key *plain, *window;
	uint8_t bytes[16];
};

static void memory_open(struct memory *m)
{
	*m = (struct memory){.a = {.pd = 1}, .b = {.pd = 1}, .stranger = {.pd = 2}};
	sim_clock_init(&m->clock, 3);
	sim_keys_init(&m->keys, &m->clock);
	m->plain = sim_key_new(&m->keys);
	m->window = sim_key_new(&m->keys);
	m->plain->pd = m->window->pd = 1;
	m->plain->at = m->window->at = m->bytes;
	m->plain->len = m->window->len = sizeof(m->bytes);
	m->plain->addr = m->window->addr =
		UINT64_MAX - 15; /* its end is the end of all addresses */
	m->plain->access = m->window->access = FAB_REMOTE_READ;
	m->plain->valid = m->window->valid = true;
	m->window->window = true;
	m->window->qp = &m->a;
}

static void memory_close(struct memory *m)
{
	sim_keys_free(&m->keys);
	sim_clock_free(&m->clock);
}

START_TEST(a_window_is_its_queue_pairs)
{
	struct memory m;
	const uint64_t addr = UINT64_MAX - 15;
	uint32_t w, p;

	memory_open(&m);
	w = m.window->key;
	p = m.plain->key;
	ck_assert_ptr_eq(sim_key_remote(&m.keys, &m.a, w, addr, 16, FAB_REMOTE_READ), m.bytes);
	ck_assert_ptr_null(sim_key_remote(&m.keys, &m.b, w, addr, 16, FAB_REMOTE_READ));
	ck_assert_ptr_eq(sim_key_remote(&m.keys, &m.b, p, addr, 16, FAB_REMOTE_READ), m.bytes);
	ck_assert_ptr_null(sim_key_remote(&m.keys, &m.stranger, p, addr, 16, FAB_REMOTE_READ));
	ck_assert_ptr_null(sim_key_remote(&m.keys, &m.a, p, addr, 16, FAB_REMOTE_WRITE));
	ck_assert_ptr_null(
		sim_key_remote(&m.keys, &m.a, p, addr, 16, FAB_REMOTE_READ | FAB_REMOTE_WRITE));
	/* Our own work requests: any access, but never by a window. */
	ck_assert_ptr_eq(sim_key_local(&m.keys, &m.b, p, addr + 1, 15), m.bytes + 1);
	ck_assert_ptr_null(sim_key_local(&m.keys, &m.stranger, p, addr, 1));
	ck_assert_ptr_null(sim_key_local(&m.keys, &m.a, w, addr, 1));
	m.window->valid = m.plain->valid = false;
	ck_assert_ptr_null(sim_key_remote(&m.keys, &m.a, w, addr, 16, FAB_REMOTE_READ));
	ck_assert_ptr_null(sim_key_local(&m.keys, &m.a, p, addr, 16));
	memory_close(&m);
}
END_TEST

START_TEST(ranges_do_not_wrap)
{
	struct memory m;
	const uint64_t addr = UINT64_MAX - 15;
	uint32_t p;

	memory_open(&m);
	p = m.plain->key;
	ck_assert_ptr_eq(sim_key_local(&m.keys, &m.a, p, addr + 15, 1), m.bytes + 15);
	ck_assert_ptr_null(sim_key_local(&m.keys, &m.a, p, addr + 15, 2));
	ck_assert_ptr_null(sim_key_local(&m.keys, &m.a, p, addr - 1, 2));
	ck_assert_ptr_null(sim_key_local(&m.keys, &m.a, p, addr, 17));
	ck_assert_ptr_null(sim_key_local(&m.keys, &m.a, p, addr, SIZE_MAX));
	ck_assert_ptr_null(sim_key_local(&m.keys, &m.a, p, addr + 1, SIZE_MAX));
	ck_assert_ptr_null(sim_key_local(&m.keys, &m.a, p, 0, 1));
	memory_close(&m);
}
END_TEST

START_TEST(keys_are_never_zero_and_never_come_back)
{
	struct memory m;
	uint32_t last, w;

	memory_open(&m);
	last = m.window->key;
	w = last;
	ck_assert_ptr_null(sim_key_find(&m.keys, 0));
	ck_assert_ptr_null(sim_key_find(&m.keys, w ^ 1)); /* its slot, another life */
	ck_assert_ptr_eq(sim_key_find(&m.keys, w), m.window);
	sim_key_drop(&m.keys, w ^ 1);
	ck_assert_ptr_eq(sim_key_find(&m.keys, w), m.window);
	sim_key_drop(&m.keys, w);
	ck_assert_ptr_null(sim_key_find(&m.keys, w));
	sim_key_drop(&m.keys, w);
	for (int i = 0; i < 1000; i++) {
		struct sim_key *k = sim_key_new(&m.keys);

		ck_assert_uint_gt(k->key >> 8, last >> 8);
		ck_assert(!k->valid);
		last = k->key;
	}
	ck_assert_ptr_null(sim_key_find(&m.keys, w));
	ck_assert_ptr_null(sim_key_find(&m.keys, UINT32_MAX));
	memory_close(&m);
}
END_TEST

Suite *sim_core_suite(void)
{
	Suite *s = suite_create("sim_core");
	TCase *t = tcase_create("core");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, clock_runs_in_order, 0, 4);
	tcase_add_test(t, clock_stops_at_the_limit_and_drops_the_rest);
	tcase_add_test(t, a_window_is_its_queue_pairs);
	tcase_add_test(t, ranges_do_not_wrap);
	tcase_add_test(t, keys_are_never_zero_and_never_come_back);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Guarded memory: a byte too far shows; and data patterns. */
#include "../peer/buffer.h"
#include "../fabric/log.h"
#include "../fabric/sim/sim.h"
#include "suites.h"

#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t sizes[] = {1, 7, 64, 512, 4095, 4096, 4097, 65536, 1000003};

START_TEST(test_sizes)
{
	struct guarded g;
	struct err e = {0};
	size_t len = sizes[_i];

	ck_assert(!guarded_new(&g, len, &e));
	ck_assert_uint_eq(g.len, len);
	size_t filled = 0;
	while (filled < len && !g.at[filled])
		filled++;
	ck_assert_uint_eq(filled, len);
	ck_assert_ptr_null(guarded_damage(&g));
	memset(g.at, 1, len); /* all of it is ours */
	ck_assert_ptr_null(guarded_damage(&g));
	guarded_free(&g);
	ck_assert_ptr_null(g.at);
}
END_TEST

/* What comes in with it, and what is like nothing else. */
START_TEST(test_content)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
	struct guarded copy, one, same, other;

	ck_assert(!guarded_copy(&copy, (struct bytes){bytes, sizeof(bytes)}, NULL));
	ck_assert_mem_eq(copy.at, bytes, sizeof(bytes));
	ck_assert(!copy.random && !guarded_fallen(&copy));
	ck_assert(!guarded_random(&one, 100, 1, NULL) && !guarded_random(&same, 100, 1, NULL) &&
		  !guarded_random(&other, 100, 2, NULL));
	ck_assert(one.random && !guarded_fallen(&one));
	ck_assert_mem_eq(one.at, same.at, 100);
	ck_assert_mem_ne(one.at, other.at, 8);
	struct guarded *all[] = {&copy, &one, &same, &other};
	for (size_t i = 0; i < 4; i++)
		guarded_free(all[i]);
	ck_assert(!guarded_copy(&copy, (struct bytes){0}, NULL) && !copy.at);
	ck_assert(!guarded_random(&one, 0, 1, NULL) && !one.at);
}
END_TEST

START_TEST(test_one_byte_after)
{
	struct guarded g;
	struct err e = {0};

	ck_assert(!guarded_new(&g, sizes[_i], &e));
	g.at[g.len] ^= 1;
	ck_assert_ptr_nonnull(guarded_damage(&g));
	ck_assert_ptr_nonnull(strstr(guarded_damage(&g), "after"));
	g.at[g.len] ^= 1;
	ck_assert_ptr_null(guarded_damage(&g));
	guarded_free(&g);
}
END_TEST

START_TEST(test_one_byte_before)
{
	struct guarded g;
	struct err e = {0};

	ck_assert(!guarded_new(&g, sizes[_i], &e));
	*(g.at - 1) ^= 1;
	ck_assert_ptr_nonnull(guarded_damage(&g));
	ck_assert_ptr_nonnull(strstr(guarded_damage(&g), "before"));
	g.at[g.len] ^= 1;
	ck_assert_ptr_nonnull(strstr(guarded_damage(&g), "before and after"));
	guarded_free(&g);
}
END_TEST

START_TEST(test_nothing)
{
	struct guarded g;
	struct err e = {0};

	ck_assert(!guarded_new(&g, 0, &e));
	ck_assert_ptr_null(g.at);
	ck_assert_ptr_null(guarded_damage(&g));
	ck_assert(guarded_register(&g, NULL, 0, false, &e));
	guarded_free(&g);
}
END_TEST

/* What the kernel lets us do at an address, as "rwx" with '-'. A touch would be caught by the
 * sanitizer first. */
static const char *access_of(const void *at)
{
	static char access[4];
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");

	ck_assert_ptr_nonnull(maps);
	snprintf(access, sizeof(access), "?");
	while (fgets(line, sizeof(line), maps)) {
		char *end;
		uintptr_t from = (uintptr_t)strtoull(line, &end, 16);
		uintptr_t to = (uintptr_t)strtoull(end + 1, &end, 16);
		if ((uintptr_t)at >= from && (uintptr_t)at < to)
			snprintf(access, sizeof(access), "%.3s", end + 1);
	}
	fclose(maps);
	return access;
}

START_TEST(test_guard_page)
{
	struct guarded g;
	struct err e = {0};

	/* The second time it is the same pages. */
	for (unsigned i = 0; i < 2; i++) {
		ck_assert(!guarded_new(&g, 100, &e));
		ck_assert_str_eq(access_of(g.map - 1), "---");
		ck_assert_str_eq(access_of(g.map), "rw-");
		ck_assert_str_eq(access_of(g.at), "rw-");
		ck_assert_str_eq(access_of(g.map + g.map_len - 1), "rw-");
		ck_assert_str_eq(access_of(g.map + g.map_len), "---");
		guarded_free(&g);
	}
}
END_TEST

/* What is kept for the next one is nobody's meanwhile, and nothing of it is left then. */
START_TEST(test_kept)
{
	struct guarded a, b;
	struct err e = {0};

	ck_assert(!guarded_new(&a, 5000, &e));
	memset(a.map, 0xee, a.map_len);
	ck_assert_uint_eq(guarded_fallen(&a), GUARD_BEFORE | GUARD_AFTER);
	uint8_t *const map = a.map;
	const size_t len = a.map_len;
	guarded_free(&a);
#ifdef __SANITIZE_ADDRESS__
	ck_assert_ptr_eq(__asan_region_is_poisoned(map, len), map);
	ck_assert(__asan_address_is_poisoned(map + len - 1));
#endif
	ck_assert(!guarded_new(&a, 5000, &e));
	ck_assert(!guarded_new(&b, 5000, &e));
	ck_assert_ptr_eq(a.map, map);
	ck_assert_uint_eq(a.map_len, len);
	ck_assert(b.map + b.map_len <= a.map || a.map + a.map_len <= b.map);
	ck_assert_uint_eq(guarded_fallen(&a), 0);
	for (size_t i = 0; i < a.len; i++)
		ck_assert_uint_eq(a.at[i], 0);
	guarded_free(&a);
	guarded_free(&b);
}
END_TEST

START_TEST(test_pattern)
{
	uint8_t a[4096], b[4096];

	pattern_fill(a, sizeof(a), 7, 1000);
	ck_assert_uint_eq(pattern_compare(a, sizeof(a), 7, 1000), sizeof(a));
	pattern_fill(b, sizeof(b), 8, 1000);
	ck_assert_uint_lt(pattern_compare(b, sizeof(b), 7, 1000), 8); /* another seed */
	pattern_fill(b, sizeof(b), 7, 1512);
	ck_assert_uint_lt(pattern_compare(b, sizeof(b), 7, 1000), 8); /* a block off */
	ck_assert_uint_eq(pattern_compare(a + 512, sizeof(a) - 512, 7, 1512), sizeof(a) - 512);
	a[3000] ^= 0x80;
	ck_assert_uint_eq(pattern_compare(a, sizeof(a), 7, 1000), 3000);
	ck_assert_uint_eq(pattern_compare(a, 3000, 7, 1000), 3000);
}
END_TEST

/* What is written of a buffer shows in the log: where, where not, and that it changed. */
START_TEST(test_look)
{
	struct sim_options o;
	struct log *log = log_new(NULL, NULL);
	struct guarded g;

	sim_options_default(&o);
	struct sim *sim = sim_new(&o);
	struct fabric *f = sim_endpoint(sim, "here", NULL, NULL, log);
	ck_assert(!guarded_new(&g, 64, NULL));
	pattern_fill(g.at, g.len, 3, 0);
	guarded_look(&g, f, "response");
	ck_assert_uint_eq(log_count(log), 0); /* nobody could reach it */
	g.key = 5;
	g.made = malloc(g.len);
	memcpy(g.made, g.at, g.len);
	static const struct {
		size_t at, len;
		int64_t a, b, c;
	} rows[] = {{0, 0, 0, 0, -1}, {8, 8, 8, 16, -1}, {20, 4, 8, 24, -1}, {40, 1, 8, 41, 24}};
	uint64_t before = 0;
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < rows[i].len; k++)
			g.at[rows[i].at + k] ^= 0xff;
		guarded_look(&g, f, "response");
		const struct log_event *ev = log_at(log, i);
		ck_assert_int_eq(ev->kind, LOG_MEMORY);
		ck_assert_str_eq(ev->name, "look");
		ck_assert_str_eq(ev->status, "response");
		ck_assert_ptr_null(ev->text);
		ck_assert_uint_eq(ev->key, 5);
		ck_assert_uint_eq(ev->len, 64);
		ck_assert_int_eq(ev->a, rows[i].a);
		ck_assert_int_eq(ev->b, rows[i].b);
		ck_assert_int_eq(ev->c, rows[i].c);
		ck_assert(ev->id != before);
		before = ev->id;
	}
	g.at[64] ^= 1;
	guarded_look(&g, f, "leave");
	ck_assert_str_eq(log_at(log, 4)->text, "bytes after the buffer were written");
	ck_assert(log_at(log, 4)->id != before);
	guarded_free(&g);
	sim_free(sim);
	log_free(log);
}
END_TEST

/* The first 8 untouched bytes between the first and the last that are not, byte by byte. */
static int64_t hole(const struct guarded *g, size_t from, size_t to)
{
	for (size_t i = from, run = 0; i < to; i++) {
		run = g->at[i] == g->made[i] ? run + 1 : 0;
		if (run == 8)
			return (int64_t)(i - 7);
	}
	return -1;
}

START_TEST(test_holes)
{
	struct sim_options o;
	struct log *log = log_new(NULL, NULL);
	struct guarded g;

	sim_options_default(&o);
	struct sim *sim = sim_new(&o);
	struct fabric *f = sim_endpoint(sim, "here", NULL, NULL, log);
	ck_assert(!guarded_new(&g, 700, NULL));
	g.key = 5;
	g.made = calloc(1, g.len);
	/* Written from `from` on, but for a gap, which begins and ends at any place. */
	for (size_t from = 0; from < 9; from++)
		for (size_t gap = 1; gap < 30; gap++)
			for (size_t len = 1; len < 18; len++) {
				memset(g.at, 0, g.len);
				memset(g.at + from, 1, 300);
				memset(g.at + from + gap, 0, len);
				guarded_look(&g, f, "response");
				const struct log_event *ev = log_at(log, log_count(log) - 1);
				ck_assert_int_eq(ev->a, (int64_t)from);
				ck_assert_int_eq(ev->b, (int64_t)from + 300);
				ck_assert_int_eq(ev->c, hole(&g, from, from + 300));
				ck_assert_int_eq(ev->c, len < 8 ? -1 : (int64_t)(from + gap));
			}
	guarded_free(&g);
	sim_free(sim);
	log_free(log);
}
END_TEST

/* The same bytes at any place of the pattern. */
START_TEST(test_pattern_pieces)
{
	uint8_t whole[64], piece[64];

	for (size_t i = 0; i < sizeof(whole); i++)
		whole[i] = pattern_byte(7, 100 + i);
	for (size_t from = 0; from < 17; from++)
		for (size_t len = 0; len < 40; len++) {
			pattern_fill(piece, len, 7, 100 + from);
			ck_assert(!len || !memcmp(piece, whole + from, len));
			for (size_t bad = 0; bad < len; bad++) {
				piece[bad] ^= 1;
				ck_assert_uint_eq(pattern_compare(piece, len, 7, 100 + from), bad);
				piece[bad] ^= 1;
			}
			ck_assert_uint_eq(pattern_compare(piece, len, 7, 100 + from), len);
		}
}
END_TEST

Suite *buffer_suite(void)
{
	Suite *s = suite_create("buffer");
	TCase *t = tcase_create("buffer");

	tcase_add_loop_test(t, test_sizes, 0, sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(t, test_content);
	tcase_add_loop_test(t, test_one_byte_after, 0, sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_loop_test(t, test_one_byte_before, 0, sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(t, test_nothing);
	tcase_add_test(t, test_guard_page);
	tcase_add_test(t, test_kept);
	tcase_add_test(t, test_pattern);
	tcase_add_test(t, test_pattern_pieces);
	tcase_add_test(t, test_holes);
	tcase_add_test(t, test_look);
	suite_add_tcase(s, t);
	return s;
}

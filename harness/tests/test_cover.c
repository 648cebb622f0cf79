/* SPDX-License-Identifier: BSD-2-Clause */
/* Covering arrays: all that may meet does meet, in few rows, and the same each time. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../script/cover.h"
#include "suites.h"

/* Not 2 on the first axis beside 1 on the second. */
static bool not_two_and_one(void *ctx, const size_t *row)
{
	(void)ctx;
	return !(row[0] == 2 && row[1] == 1);
}

static bool has_pair(const size_t *rows, size_t count, size_t axes, size_t a, size_t x, size_t b,
		     size_t y)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i * axes + a] == x && rows[i * axes + b] == y)
			return true;
	return false;
}

static void all_pairs(const struct cover *c, size_t most)
{
	size_t count, again;
	size_t *rows = cover_make(c, &count), *second = cover_make(c, &again);
	ck_assert_uint_le(count, most);
	ck_assert_uint_eq(count, again);
	ck_assert_mem_eq(rows, second, count * c->axes * sizeof(*rows));
	for (size_t a = 0; a < c->axes; a++)
		for (size_t b = a + 1; b < c->axes; b++)
			for (size_t x = 0; x < c->counts[a]; x++)
				for (size_t y = 0; y < c->counts[b]; y++) {
					const bool out =
						c->lawful && !a && b == 1 && x == 2 && y == 1;
					ck_assert_int_ne(has_pair(rows, count, c->axes, a, x, b, y),
							 out);
				}
	for (size_t i = 0; c->lawful && i < count; i++)
		ck_assert(c->lawful(NULL, rows + i * c->axes));
	free(rows);
	free(second);
}

START_TEST(pairs)
{
	all_pairs(&(struct cover){.axes = 4, .counts = {3, 3, 3, 3}, .strength = 2}, 13);
	all_pairs(&(struct cover){.axes = 5, .counts = {10, 4, 3, 2, 2}, .strength = 2}, 44);
	all_pairs(&(struct cover){.axes = 3, .counts = {5, 1, 4}, .strength = 2}, 20);
	all_pairs(&(struct cover){.axes = 4,
				  .counts = {3, 3, 3, 3},
				  .strength = 2,
				  .lawful = not_two_and_one},
		  16);
	/* Three that meet are pairs that do. */
	all_pairs(&(struct cover){.axes = 4, .counts = {4, 3, 3, 2}, .strength = 3}, 50);
}
END_TEST

START_TEST(triples)
{
	const struct cover c = {.axes = 4, .counts = {4, 3, 3, 2}, .strength = 3};
	size_t count, met = 0;
	bool seen[4][3][3] = {0};
	size_t *rows = cover_make(&c, &count);
	for (size_t i = 0; i < count; i++) {
		bool *s = &seen[rows[i * 4]][rows[i * 4 + 1]][rows[i * 4 + 2]];
		met += !*s;
		*s = true;
	}
	ck_assert_uint_eq(met, 36);
	ck_assert_uint_lt(count, 72);
	free(rows);
}
END_TEST

START_TEST(whole)
{
	size_t count;
	const unsigned strengths[] = {0, 2, 3};
	for (size_t i = 0; i < 3; i++) {
		struct cover c = {.axes = 2, .counts = {3, 2}, .strength = strengths[i]};
		size_t *rows = cover_make(&c, &count);
		ck_assert_uint_eq(count, 6);
		/* The last axis is the fastest. */
		ck_assert(rows[0] == 0 && rows[1] == 0 && rows[3] == 1 && rows[10] == 2);
		free(rows);
		c.lawful = not_two_and_one;
		free(cover_make(&c, &count));
		ck_assert_uint_eq(count, 5);
	}
}
END_TEST

START_TEST(each_once)
{
	size_t count, used[3] = {0};
	size_t *rows =
		cover_make(&(struct cover){.axes = 2, .counts = {9, 3}, .strength = 1}, &count);
	ck_assert_uint_eq(count, 9);
	for (size_t i = 0; i < count; i++)
		used[rows[i * 2 + 1]]++;
	/* No axis keeps to its first value. */
	ck_assert(used[0] == 3 && used[1] == 3 && used[2] == 3);
	free(rows);
}
END_TEST

Suite *cover_suite(void)
{
	Suite *s = suite_create("cover");
	TCase *t = tcase_create("cover");
	tcase_add_test(t, pairs);
	tcase_add_test(t, triples);
	tcase_add_test(t, whole);
	tcase_add_test(t, each_once);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a system tells of its own code, and who of the corpus is chosen by it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/shm.h>

#include "../fuzz/live/corpus.h"
#include "../fuzz/live/coverage.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "folder_remove.h"
#include "suites.h"

static char folder[] = "/tmp/iserspec-coverage-XXXXXX";

static void begin(void)
{
	strcpy(strchr(folder, '\0') - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void end(void)
{
	folder_remove(folder);
}

static void put(const char *name, const void *at, size_t len)
{
	struct err e;
	char *path = text_format("%s/%s", folder, name);
	ck_assert_int_eq(file_replace(path, at, len, &e), 0);
	free(path);
}

/* A .gcda of GCC 12 with one function and these counters, 64 bits each. */
static void put_gcda(const char *name, const uint64_t *counters, size_t n)
{
	uint32_t words[64] = {0x67636461, 0x4232322a, 1, 0,	     0x01000000,       12,
			      7,	  8,	      9, 0x01a10000, (uint32_t)(n * 8)};
	for (size_t i = 0; i < n; i++) {
		words[11 + 2 * i] = (uint32_t)counters[i];
		words[12 + 2 * i] = (uint32_t)(counters[i] >> 32);
	}
	put(name, words, (11 + 2 * n) * 4);
}

static struct coverage *coverage_of(const char *kind, const char *name, struct err *e)
{
	char *words = text_format("%s:%s%s", kind, folder, name);
	struct coverage *c = coverage_open(words, e);
	free(words);
	return c;
}

static size_t reached(struct coverage *c)
{
	struct places p = {0};
	struct err e;
	ck_assert_int_eq(coverage_look(c, &p, &e), 0);
	const size_t n = p.count;
	for (size_t i = 0; i < n; i++)
		ck_assert_int_eq(place_kind(p.at[i]), PLACE_CODE);
	places_free(&p);
	return n;
}

START_TEST(counters)
{
	struct err e;
	uint64_t a[3] = {5, 0, 0}, b[1] = {0};
	char *sub = text_format("%s/sub", folder);
	ck_assert_int_eq(folder_make(sub, &e), 0);
	free(sub);
	put_gcda("a.gcda", a, 3);
	put_gcda("sub/b.gcda", b, 1);
	struct coverage *c = coverage_of("gcov", "", &e);
	ck_assert_msg(c, "%s", e.what);
	/* What was there before does not count. */
	ck_assert_uint_eq(reached(c), 0);
	a[1] = UINT64_C(1) << 40;
	b[0] = 2;
	put_gcda("a.gcda", a, 3);
	put_gcda("sub/b.gcda", b, 1);
	ck_assert_uint_eq(reached(c), 2);
	ck_assert_uint_eq(reached(c), 0);
	/* They were reset: what goes up from there counts. */
	a[0] = a[1] = 0;
	put_gcda("a.gcda", a, 3);
	ck_assert_uint_eq(reached(c), 0);
	a[2] = 1;
	put_gcda("a.gcda", a, 3);
	ck_assert_uint_eq(reached(c), 1);
	coverage_close(c);
}
END_TEST

/* A record of counters that are all 0 has no content: those behind it keep their place. */
START_TEST(counters_left_out)
{
	struct err e;
	const uint32_t words[] = {
		0x67636461,    0x4232322a, 1,  0, 0x01000000, 12, 7,	      8, 9, 0x01a10000,
		(uint32_t)-16, 0x01000000, 12, 6, 8,	      9,  0x01a10000, 8, 1, 0};
	put_gcda("a.gcda", (uint64_t[]){0}, 1);
	struct coverage *c = coverage_of("gcov", "", &e);
	put("a.gcda", words, sizeof(words));
	ck_assert_uint_eq(reached(c), 1);
	coverage_close(c);
}
END_TEST

START_TEST(torn_counters)
{
	struct err e;
	uint64_t a[2] = {0, 0};
	put_gcda("a.gcda", a, 2);
	struct coverage *c = coverage_of("gcov", "", &e);
	const uint32_t words[] = {0x67636461, 0x4232322a, 1, 0, 0x01a10000, 0x7fffffff, 1};
	for (size_t len = 0; len <= sizeof(words); len++) {
		put("a.gcda", words, len);
		ck_assert_uint_eq(reached(c), 0);
	}
	coverage_close(c);
}
END_TEST

START_TEST(a_map)
{
	struct err e;
	uint8_t map[64] = {0};
	put("map", map, sizeof(map));
	struct coverage *c = coverage_of("map", "/map", &e);
	ck_assert_msg(c, "%s", e.what);
	ck_assert_uint_eq(reached(c), 0);
	char *path = text_format("%s/map", folder);
	FILE *f = fopen(path, "r+");
	ck_assert_ptr_nonnull(f);
	fputc(1, f);
	fputc(200, f);
	fflush(f);
	ck_assert_uint_eq(reached(c), 2);
	/* It was emptied. */
	ck_assert_uint_eq(reached(c), 0);
	fclose(f);
	free(path);
	coverage_close(c);
}
END_TEST

START_TEST(a_segment)
{
	struct err e;
	const int id = shmget(IPC_PRIVATE, 61, IPC_CREAT | 0600);
	ck_assert_int_ge(id, 0);
	uint8_t *map = shmat(id, NULL, 0);
	char *words = text_format("shm:%d", id);
	/* Before it was looked at for the first time. */
	map[7] = 1;
	struct coverage *c = coverage_open(words, &e);
	ck_assert_msg(c, "%s", e.what);
	ck_assert_uint_eq(coverage_counters(c), 61);
	ck_assert_uint_eq(reached(c), 0);
	map[0] = map[8] = map[60] = 1;
	ck_assert_uint_eq(reached(c), 3);
	ck_assert(!map[0] && !map[8] && !map[60]);
	coverage_close(c);
	shmctl(id, IPC_RMID, NULL);
	shmdt(map);
	ck_assert_ptr_null(coverage_open(words, &e));
	free(words);
	ck_assert_ptr_null(coverage_open("shm:1x", &e));
	ck_assert_ptr_null(coverage_open("shm:", &e));
}
END_TEST

/* Which counters, under the number of the first session that reached them, whatever ended before
 * its time. */
START_TEST(noted)
{
	struct err e;
	uint8_t map[64] = {0};
	char *at = text_format("%s/map", folder), *path = text_format("%s/reached", folder);
	put("map", map, sizeof(map));
	put("reached", "3 5\n4 64\nx\n8 6", 14);
	struct coverage *c = coverage_of("map", "/map", &e);
	struct reached *r = reached_open(path, coverage_counters(c), &e);
	ck_assert_msg(r, "%s", e.what);
	ck_assert_uint_eq(reached_count(r), 1);
	map[5] = map[6] = 1;
	for (unsigned session = 10; session < 12; session++) {
		FILE *f = fopen(at, "r+");
		ck_assert_ptr_nonnull(f);
		fwrite(map, 1, sizeof(map), f);
		fclose(f);
		coverage_note(c, r, session);
		ck_assert_uint_eq(reached(c), 2);
	}
	ck_assert_uint_eq(reached_count(r), 2);
	reached_close(r);
	coverage_close(c);
	char *text = file_read(path, 1000, NULL, NULL);
	ck_assert_str_eq(text, "3 5\n4 64\nx\n10 6\n");
	free(text);
	free(path);
	free(at);
}
END_TEST

START_TEST(wrong)
{
	struct err e;
	ck_assert_ptr_null(coverage_open("afl:x", &e));
	ck_assert_ptr_nonnull(strstr(e.what, "none of gcov:DIR"));
	ck_assert_ptr_null(coverage_open("", &e));
	ck_assert_ptr_null(coverage_of("gcov", "/none", &e));
	ck_assert_ptr_null(coverage_of("gcov", "", &e));
	ck_assert_ptr_nonnull(strstr(e.what, "no .gcda"));
	ck_assert_ptr_null(coverage_of("map", "/none", &e));
	put("empty", "", 0);
	ck_assert_ptr_null(coverage_of("map", "/empty", &e));
	ck_assert_ptr_nonnull(strstr(e.what, "0 bytes"));
}
END_TEST

/* ---- who is chosen ---- */

static void visit(struct corpus *c, const char *names, const char *text)
{
	struct places visited = {0}, fresh = {0};
	for (const char *at = names; *at; at++)
		places_add(&visited, place_of_code(at, 1));
	if (corpus_visit(c, &visited, &fresh) && text)
		corpus_add(c, text, 1, &visited);
	places_free(&visited);
	places_free(&fresh);
}

START_TEST(the_rare_is_chosen)
{
	struct corpus c;
	unsigned rare = 0;
	corpus_init(&c);
	visit(&c, "ab", "common");
	visit(&c, "abz", "rare");
	for (int i = 0; i < 500; i++)
		visit(&c, "ab", NULL);
	ck_assert_uint_eq(c.seen[PLACE_CODE], 3);
	ck_assert_uint_eq(corpus_hits(&c, place_of_code("a", 1)), 502);
	for (uint64_t i = 0; i < 20; i++)
		rare += !strcmp(corpus_choose(&c, i * UINT64_C(0x9e3779b97f4a7c15))->text, "rare");
	ck_assert_uint_gt(rare, 15);
	corpus_free(&c);
}
END_TEST

/* Whoever was chosen over and over is tired. */
START_TEST(the_tired_rest)
{
	struct corpus c;
	corpus_init(&c);
	visit(&c, "a", "tired");
	visit(&c, "b", "fresh");
	c.parents[0].chosen = 1000;
	unsigned fresh = 0;
	for (uint64_t i = 0; i < 20; i++)
		fresh +=
			!strcmp(corpus_choose(&c, i * UINT64_C(0x9e3779b97f4a7c15))->text, "fresh");
	ck_assert_uint_gt(fresh, 15);
	corpus_free(&c);
}
END_TEST

START_TEST(many_places)
{
	struct corpus c;
	struct places p = {0};
	corpus_init(&c);
	for (uint32_t i = 0; i < 5000; i++)
		places_push(&p, place_of_code(&i, sizeof(i)));
	ck_assert_uint_eq(corpus_visit(&c, &p, NULL), 5000);
	ck_assert_uint_eq(corpus_visit(&c, &p, NULL), 0);
	for (size_t i = 0; i < p.count; i++)
		ck_assert_uint_eq(corpus_hits(&c, p.at[i]), 2);
	struct places all = corpus_places(&c, PLACE_CODE);
	ck_assert_uint_eq(all.count, 5000);
	places_free(&all);
	places_free(&p);
	corpus_free(&c);
}
END_TEST

Suite *live_coverage_suite(void)
{
	Suite *s = suite_create("live_coverage");
	TCase *t = tcase_create("coverage");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, counters);
	tcase_add_test(t, counters_left_out);
	tcase_add_test(t, torn_counters);
	tcase_add_test(t, a_map);
	tcase_add_test(t, a_segment);
	tcase_add_test(t, noted);
	tcase_add_test(t, wrong);
	suite_add_tcase(s, t);
	t = tcase_create("corpus");
	tcase_add_test(t, the_rare_is_chosen);
	tcase_add_test(t, the_tired_rest);
	tcase_add_test(t, many_places);
	suite_add_tcase(s, t);
	return s;
}

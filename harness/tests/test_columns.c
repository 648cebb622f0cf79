/* SPDX-License-Identifier: BSD-2-Clause */
/* Text cut and wrapped into columns. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../report/columns.h"
#include "suites.h"

static char *cut(const char *text, unsigned width)
{
	char *out = NULL;
	size_t size;
	FILE *to = open_memstream(&out, &size);
	columns_cut(to, text, width);
	fclose(to);
	return out;
}

static char *wrapped(const char *text, unsigned width, unsigned indent, unsigned used,
		     unsigned lines)
{
	char *out = NULL;
	size_t size;
	FILE *to = open_memstream(&out, &size);
	columns_wrap(to, text, width, indent, used, lines);
	fclose(to);
	return out;
}

static void same(char *got, const char *want)
{
	ck_assert_str_eq(got, want);
	free(got);
}

START_TEST(cuts_where_it_ends)
{
	same(cut("", 8), "");
	same(cut("exactly8", 8), "exactly8");
	same(cut("exactly 9", 8), "exact...");
	/* A character of several bytes is one column, and never half of one. */
	same(cut("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 4), "\xc3\xa9...");
	same(cut("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 4), "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9");
}
END_TEST

START_TEST(wraps_between_words)
{
	same(wrapped("one two three four", 9, 2, 0, 0), "one two\n  three\n  four");
	same(wrapped("one two three four", 9, 0, 0, 0), "one two\nthree\nfour");
	same(wrapped("short", 20, 4, 0, 0), "short");
	same(wrapped("", 20, 4, 0, 0), "");
	/* The first line has less room; none at all: it begins on the next. */
	same(wrapped("one two three", 12, 2, 4, 0), "one two\n  three");
	same(wrapped("one two", 12, 2, 11, 0), "\n  one two");
}
END_TEST

START_TEST(a_word_that_is_too_long_is_broken)
{
	same(wrapped("abcdefghijklmnopqrst", 8, 1, 0, 0), "abcdefgh\n ijklmnop\n qrst");
}
END_TEST

START_TEST(no_more_lines_than_wanted)
{
	same(wrapped("one two three four five six", 9, 0, 0, 2), "one two\nthree ...");
	same(wrapped("one two three", 9, 0, 0, 2), "one two\nthree");
}
END_TEST

START_TEST(as_wide_as_the_user_says)
{
	FILE *out = tmpfile();
	ck_assert_ptr_nonnull(out);
	setenv("COLUMNS", "133", 1);
	ck_assert_uint_eq(columns_of(out), 133);
	setenv("COLUMNS", "99999999", 1);
	ck_assert_uint_le(columns_of(out), 1000);
	setenv("COLUMNS", "wide", 1);
	ck_assert_uint_eq(columns_of(out), 100);
	unsetenv("COLUMNS");
	ck_assert_uint_eq(columns_of(out), 100);
	fclose(out);
}
END_TEST

Suite *columns_suite(void)
{
	Suite *s = suite_create("columns");
	TCase *t = tcase_create("columns");
	tcase_add_test(t, cuts_where_it_ends);
	tcase_add_test(t, wraps_between_words);
	tcase_add_test(t, a_word_that_is_too_long_is_broken);
	tcase_add_test(t, no_more_lines_than_wanted);
	tcase_add_test(t, as_wide_as_the_user_says);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Case text to words: quotes, escapes, comments, columns, and what is refused where. */
#include <check.h>
#include <string.h>

#include "../script/parse/lex.h"
#include "suites.h"

static struct arena *arena;
static struct line_list lines;
static struct script_errors all;
#define error (all.at[0])

static void begin(void)
{
	arena = arena_new();
}

static void end(void)
{
	arena_free(arena);
}

static int lex_text(const char *text)
{
	all.count = 0;
	lex(arena, text, strlen(text), &lines, &all);
	return all.count ? -1 : 0;
}

START_TEST(words_and_columns)
{
	ck_assert_int_eq(lex_text("\n# only a comment\nsend nop-in  TTT=1 # rest\n    x\n"), 0);
	ck_assert_uint_eq(lines.count, 2);
	const struct line *l = &lines.at[0];
	ck_assert_uint_eq(l->number, 3);
	ck_assert_uint_eq(l->indent, 0);
	ck_assert_uint_eq(l->count, 3);
	ck_assert_str_eq(l->words[2].text, "TTT=1");
	ck_assert_uint_eq(l->words[2].column, 14);
	ck_assert_str_eq(l->raw, "send nop-in  TTT=1");
	ck_assert_uint_eq(lines.at[1].indent, 4);
	ck_assert_uint_eq(lines.at[1].number, 4);
}
END_TEST

START_TEST(quotes_and_escapes)
{
	ck_assert_int_eq(lex_text("a \"b # \\\"c\\\\ \\n\\x41\\x00\" data=text:\"x y\"z"), 0);
	const struct word *w = lines.at[0].words;
	ck_assert_uint_eq(lines.at[0].count, 3);
	ck_assert(!w[0].quoted);
	ck_assert(w[1].quoted);
	ck_assert_uint_eq(w[1].len, 11);
	ck_assert_mem_eq(w[1].text, "b # \"c\\ \nA\0", 11);
	ck_assert(!w[2].quoted);
	ck_assert_str_eq(w[2].text, "data=text:x yz");
	ck_assert_uint_eq(w[2].plain, 10);
}
END_TEST

START_TEST(two_quoted_parts_are_no_quoted_word)
{
	ck_assert_int_eq(lex_text("\"a\"\"b\" \"c\""), 0);
	ck_assert(!lines.at[0].words[0].quoted);
	ck_assert(lines.at[0].words[1].quoted);
}
END_TEST

START_TEST(errors)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *what;
	} rows[] = {
		{"a\n b\tc\n", 2, 3, "tab"},
		{"a \"bc\nd\"", 1, 3, "no closing quote"},
		{"a \"b\\q\"", 1, 5, "unknown escape"},
		{"a \"b\\x4\"", 1, 5, "two hex digits"},
		{"a\r\n", 1, 2, "carriage return"},
		{"a # \x01\n", 1, 5, "control character 0x01"},
		{"a \"\x7f\"", 1, 4, "control character 0x7f"},
		{"\"\\", 1, 2, "unknown escape"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ck_assert_int_eq(lex_text(rows[i].text), -1);
		ck_assert_msg(strstr(error.what, rows[i].what), "row %zu: %s", i, error.what);
		ck_assert_uint_eq(error.line, rows[i].line);
		ck_assert_uint_eq(error.column, rows[i].column);
	}
}
END_TEST

START_TEST(not_past_its_end)
{
	/* Neither a NUL behind the text nor a byte of it is needed. */
	static const char text[] = {'a', ' ', '"', 'b'};
	all.count = 0;
	lex(arena, text, 2, &lines, &all);
	ck_assert_uint_eq(all.count, 0);
	ck_assert_uint_eq(lines.at[0].count, 1);
	all.count = 0;
	lex(arena, text, sizeof(text), &lines, &all);
	ck_assert_uint_eq(all.count, 1);
	all.count = 0;
	lex(arena, NULL, 0, &lines, &all);
	ck_assert_uint_eq(all.count, 0);
	ck_assert_uint_eq(lines.count, 0);
}
END_TEST

START_TEST(bounds)
{
	static char many[2 * (LINE_WORDS_MAX + 2) + 1];
	for (size_t i = 0; i + 1 < sizeof(many); i += 2)
		memcpy(many + i, "a ", 2);
	ck_assert_int_eq(lex_text(many), -1);
	ck_assert_msg(strstr(error.what, "words"), "%s", error.what);
	static char big[CASE_TEXT_MAX + 1];
	memset(big, ' ', sizeof(big));
	all.count = 0;
	lex(arena, big, sizeof(big), &lines, &all);
	ck_assert_uint_eq(all.count, 1);
	all.count = 0;
	lex(arena, big, sizeof(big) - 1, &lines, &all);
	ck_assert_uint_eq(all.count, 0);
}
END_TEST

Suite *lex_suite(void)
{
	Suite *s = suite_create("lex");
	TCase *t = tcase_create("lex");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, words_and_columns);
	tcase_add_test(t, quotes_and_escapes);
	tcase_add_test(t, two_quoted_parts_are_no_quoted_word);
	tcase_add_test(t, errors);
	tcase_add_test(t, not_past_its_end);
	tcase_add_test(t, bounds);
	suite_add_tcase(s, t);
	return s;
}

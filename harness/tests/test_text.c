/* SPDX-License-Identifier: BSD-2-Clause */
/* The text format of RFC 7143 6.1: pairs, numbers, booleans, ranges, binary values, lists. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../wire/text.h"
#include "suites.h"

static struct bytes of(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

START_TEST(pairs_come_out_in_order)
{
	static const char text[] = "A=b\0iSERHelloRequired=Yes\0X#NodeArchitecture=\0E=a=b=\0";
	static const char *const expected[][2] = {{"A", "b"},
						  {"iSERHelloRequired", "Yes"},
						  {"X#NodeArchitecture", ""},
						  {"E", "a=b="}};
	/* with and without NULs for padding */
	for (size_t nuls = 0; nuls < 2; nuls++) {
		struct cursor c = cursor_of(text, sizeof(text) - 1 + nuls);
		struct text_pair pair;
		struct err e = {0};
		for (size_t i = 0; i < 4; i++) {
			ck_assert_msg(text_next(&c, &pair, &e) == 1, "%s", e.what);
			ck_assert(bytes_eq(pair.key, expected[i][0]));
			ck_assert(bytes_eq(pair.value, expected[i][1]));
		}
		ck_assert_int_eq(text_next(&c, &pair, &e), 0);
		ck_assert_int_eq(text_next(&c, &pair, &e), 0);
	}
}
END_TEST

static const struct {
	const char *text;
	size_t len, offset;
} malformed[] = {
	{"A=b", 3, 3},	       /* no NUL */
	{"=b", 3, 0},	       /* empty key */
	{"Key", 4, 0},	       /* no '=' */
	{"A b=c", 6, 1},       /* blank in the key */
	{"1A=c", 5, 0},	       /* does not begin with a letter */
	{"\xc3\xa9=c", 5, 0},  /* UTF-8 in the key */
	{"Ab\x1b=c", 6, 2},    /* control character */
	{"\0A=b", 5, 0},       /* empty pair in front */
	{"\0\0\0\0A=b", 8, 0}, /* several of them */
	{"K\0=v", 5, 0},       /* NUL inside the pair */
};

START_TEST(malformed_pairs_are_refused)
{
	struct cursor c = cursor_of(malformed[_i].text, malformed[_i].len);
	struct text_pair pair;
	struct err e = {0};

	ck_assert_int_eq(text_next(&c, &pair, &e), -1);
	ck_assert_uint_eq(e.offset, malformed[_i].offset);
	ck_assert_ptr_nonnull(e.section);
	ck_assert_uint_gt(cursor_offset(&c), 0);
}
END_TEST

START_TEST(a_judge_reads_on_behind_a_malformed_pair)
{
	static const char text[] = "=x\0\0\0A=b\0nonsense\0B=c";
	struct cursor c = cursor_of(text, sizeof(text));
	struct text_pair pair;

	ck_assert_int_eq(text_next(&c, &pair, NULL), -1);
	ck_assert_int_eq(text_next(&c, &pair, NULL), -1);
	ck_assert_int_eq(text_next(&c, &pair, NULL), 1);
	ck_assert(bytes_eq(pair.key, "A"));
	ck_assert_int_eq(text_next(&c, &pair, NULL), -1);
	ck_assert_int_eq(text_next(&c, &pair, NULL), 1);
	ck_assert(bytes_eq(pair.key, "B"));
	ck_assert_int_eq(text_next(&c, &pair, NULL), 0);
}
END_TEST

START_TEST(keys_and_values_have_longest_lengths)
{
	enum { SIZE = TEXT_VALUE_LIMIT + 100 };
	for (size_t key_len = 62; key_len <= 65; key_len++) {
		char text[80];
		memset(text, 'K', key_len);
		memcpy(text + key_len, "=v", 3);
		struct cursor c = cursor_of(text, key_len + 3);
		struct text_pair pair;
		ck_assert_int_eq(text_next(&c, &pair, NULL), key_len <= 63 ? 1 : -1);
	}
	for (size_t len = TEXT_VALUE_LIMIT - 1; len <= TEXT_VALUE_LIMIT + 1; len++) {
		char *text = calloc(1, SIZE);
		memset(text, 'v', len + 2);
		memcpy(text, "K=", 2);
		struct cursor c = cursor_of(text, len + 3);
		struct text_pair pair;
		ck_assert_int_eq(text_next(&c, &pair, NULL), len <= TEXT_VALUE_LIMIT ? 1 : -1);
		free(text);
	}
}
END_TEST

START_TEST(truncated_pairs_are_refused_at_each_length)
{
	static const char text[] = "TargetName=iqn.x\0ErrorRecoveryLevel=0";

	for (size_t cut = 0; cut <= sizeof(text); cut++) {
		char *exact = malloc(cut ? cut : 1);
		memcpy(exact, text, cut);
		struct cursor c = cursor_of(exact, cut);
		struct text_pair pair;
		int rc, pairs = 0;
		while ((rc = text_next(&c, &pair, NULL)) == 1)
			pairs++;
		ck_assert_int_eq(rc, cut == 0 || cut == 17 || cut == sizeof(text) ? 0 : -1);
		ck_assert_int_eq(pairs, (cut >= 17) + (cut == sizeof(text)));
		free(exact);
	}
}
END_TEST

START_TEST(put_writes_whole_pairs_or_none)
{
	char out[9];
	struct writer w = writer_of(out, sizeof(out));
	text_put(&w, "A", "bc");
	ck_assert_uint_eq(writer_len(&w), 5);
	text_put(&w, "D", "ef");
	ck_assert(w.failed);
	ck_assert_uint_eq(writer_len(&w), 5);
	ck_assert_mem_eq(out, "A=bc", 5);
	/* a shorter one must not slip in after the failure */
	text_put(&w, "D", "");
	ck_assert_uint_eq(writer_len(&w), 5);
}
END_TEST

static const struct {
	const char *text;
	bool good;
	uint64_t value;
} numbers[] = {
	{"0", true, 0},
	{"1", true, 1},
	{"262144", true, 262144},
	{"18446744073709551615", true, UINT64_MAX},
	{"18446744073709551616", false, 0},
	{"99999999999999999999999", false, 0},
	{"0x0", true, 0},
	{"0X1f", true, 31},
	{"0xAbCdEf", true, 0xabcdef},
	{"0x00000000000000000010", true, 16},
	{"0xffffffffffffffff", true, UINT64_MAX},
	{"0x10000000000000000", false, 0},
	{"", false, 0},
	{"0x", false, 0},
	{"0X", false, 0},
	{"x1", false, 0},
	{"010", false, 0},
	{"00", false, 0},
	{"+1", false, 0},
	{"-1", false, 0},
	{" 1", false, 0},
	{"1 ", false, 0},
	{"1e3", false, 0},
	{"1,2", false, 0},
	{"0xg", false, 0},
	{"0b1", false, 0},
	{"1a", false, 0},
	{"None", false, 0},
};

START_TEST(number_forms)
{
	uint64_t value = 0;
	struct err e = {0};
	int rc = text_number(of(numbers[_i].text), &value, &e);

	ck_assert_msg(rc == (numbers[_i].good ? 0 : -1), "%s", numbers[_i].text);
	if (!rc)
		ck_assert_uint_eq(value, numbers[_i].value);
	else
		ck_assert_str_eq(e.section, "RFC 7143 6.1");
}
END_TEST

START_TEST(a_nul_inside_a_number_is_no_end)
{
	uint64_t value;
	ck_assert_int_eq(text_number((struct bytes){(const uint8_t *)"1\0002", 3}, &value, NULL),
			 -1);
	ck_assert_int_eq(text_number((struct bytes){NULL, 0}, &value, NULL), -1);
}
END_TEST

START_TEST(booleans_are_exact)
{
	static const char *const wrong[] = {"yes", "YES", "True", "1",	    "Yes ", " Yes",
					    "",	   "N",	  "Ye",	  "Yes,No", "Noo"};
	bool flag;

	ck_assert_int_eq(text_bool(of("Yes"), &flag, NULL), 0);
	ck_assert(flag);
	ck_assert_int_eq(text_bool(of("No"), &flag, NULL), 0);
	ck_assert(!flag);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(text_bool(of(wrong[i]), &flag, NULL) == -1, "%s", wrong[i]);
}
END_TEST

START_TEST(ranges)
{
	static const char *const wrong[] = {"5",     "~",   "1~",  "~1",   "9~1",
					    "1~2~3", "1-2", "a~b", "1~0x", "01~2"};
	uint64_t lo, hi;

	ck_assert_int_eq(text_range(of("1~65535"), &lo, &hi, NULL), 0);
	ck_assert_uint_eq(lo, 1);
	ck_assert_uint_eq(hi, 65535);
	ck_assert_int_eq(text_range(of("7~0x7"), &lo, &hi, NULL), 0);
	ck_assert_uint_eq(lo, hi);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(text_range(of(wrong[i]), &lo, &hi, NULL) == -1, "%s", wrong[i]);

	struct err e;
	ck_assert_int_eq(text_range(of("12~1x"), &lo, &hi, &e), -1);
	ck_assert_uint_eq(e.offset, 4);
}
END_TEST

static const struct {
	const char *text, *hex; /* NULL: refused */
} binaries[] = {
	{"0x00", "00"},
	{"0X0aFf", "0aff"},
	{"0x1", "01"}, /* (n + 1) / 2 bytes: an odd digit leads */
	{"0x123", "0123"},
	{"0bZm9v", "666f6f"}, /* RFC 4648 section 10 has these words */
	{"0BZm8=", "666f"},
	{"0bZg==", "66"},
	{"0b+/+/", "fbffbf"},
	{"0x", NULL},
	{"0b", NULL},
	{"0xzz", NULL},
	{"0bZm9", NULL}, /* no pad character */
	{"0bZg=", NULL},
	{"0bZ===", NULL},
	{"0b====", NULL},
	{"0bZh==", NULL}, /* bits past the last byte */
	{"0bZm9=", NULL}, /* the same with one pad */
	{"0bZg==Zg==", NULL},
	{"0bZm-v", NULL},
	{"12", NULL},
	{"", NULL},
	{"0x112233445566778899", NULL}, /* nine bytes for room of eight */
	{"0bAAAAAAAAAAAA", NULL},
};

START_TEST(binary_forms)
{
	uint8_t *out = malloc(8); /* of just this size, for the sanitizer */
	struct err e = {0};
	int len = text_binary(of(binaries[_i].text), out, 8, &e);

	if (!binaries[_i].hex) {
		ck_assert_msg(len == -1, "%s", binaries[_i].text);
		ck_assert_str_eq(e.section, "RFC 7143 6.1");
	} else {
		ck_assert_msg(len == (int)strlen(binaries[_i].hex) / 2, "%s: %d, %s",
			      binaries[_i].text, len, e.what);
		for (int i = 0; i < len; i++) {
			char digits[3];
			snprintf(digits, sizeof(digits), "%02x", out[i]);
			ck_assert_msg(!strncmp(digits, binaries[_i].hex + 2 * i, 2), "%s byte %d",
				      binaries[_i].text, i);
		}
	}
	free(out);
}
END_TEST

START_TEST(lists)
{
	static const char *const expected[] = {"a", "", "bc", ""};
	struct bytes item;

	for (size_t i = 0; i < 4; i++) {
		ck_assert(text_list_item(of("a,,bc,"), i, &item));
		ck_assert(bytes_eq(item, expected[i]));
	}
	ck_assert(!text_list_item(of("a,,bc,"), 4, &item));
	ck_assert(!text_list_item(of("a,,bc,"), SIZE_MAX, &item));
	ck_assert(!text_list_item(of(""), 0, &item));
	ck_assert(!text_list_item((struct bytes){NULL, 0}, 0, &item));
	ck_assert(text_list_item(of("one"), 0, &item));
	ck_assert(bytes_eq(item, "one"));
	ck_assert(!text_list_item(of("one"), 1, &item));
}
END_TEST

START_TEST(reserved_words)
{
	static const char *const words[] = {"None", "Reject", "Irrelevant", "NotUnderstood"};
	static const char *const others[] = {"none", "Rejected", "Irrelevan", "", "Yes", "None "};

	for (size_t i = 0; i < 4; i++)
		ck_assert(text_is_reserved_word(of(words[i])));
	for (size_t i = 0; i < 6; i++)
		ck_assert_msg(!text_is_reserved_word(of(others[i])), "%s", others[i]);
	ck_assert(bytes_eq((struct bytes){NULL, 0}, ""));
	ck_assert(!bytes_eq(of("Ab"), "A"));
	ck_assert(!bytes_eq(of("A"), "Ab"));
}
END_TEST

Suite *text_suite(void)
{
	Suite *s = suite_create("text");
	TCase *t = tcase_create("text");

	tcase_add_test(t, pairs_come_out_in_order);
	tcase_add_loop_test(t, malformed_pairs_are_refused, 0,
			    sizeof(malformed) / sizeof(malformed[0]));
	tcase_add_test(t, a_judge_reads_on_behind_a_malformed_pair);
	tcase_add_test(t, keys_and_values_have_longest_lengths);
	tcase_add_test(t, truncated_pairs_are_refused_at_each_length);
	tcase_add_test(t, put_writes_whole_pairs_or_none);
	tcase_add_loop_test(t, number_forms, 0, sizeof(numbers) / sizeof(numbers[0]));
	tcase_add_test(t, a_nul_inside_a_number_is_no_end);
	tcase_add_test(t, booleans_are_exact);
	tcase_add_test(t, ranges);
	tcase_add_loop_test(t, binary_forms, 0, sizeof(binaries) / sizeof(binaries[0]));
	tcase_add_test(t, lists);
	tcase_add_test(t, reserved_words);
	suite_add_tcase(s, t);
	return s;
}

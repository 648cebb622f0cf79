/* SPDX-License-Identifier: BSD-2-Clause */
/* The bounded reader and writer, and the text of an error. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../wire/cursor.h"
#include "../wire/err.h"
#include "suites.h"

START_TEST(reads_big_endian_of_every_width)
{
	static const uint8_t bytes[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};
	static const uint64_t expected[] = {
		0x01,	      0x0102,	      0x010203,		0x01020304,
		0x0102030405, 0x010203040506, 0x01020304050607, 0x0102030405060708};

	for (unsigned n = 1; n <= 8; n++) {
		struct cursor c = cursor_of(bytes, sizeof(bytes));
		ck_assert_uint_eq(cursor_be(&c, n), expected[n - 1]);
		ck_assert_uint_eq(cursor_offset(&c), n);
		ck_assert_uint_eq(cursor_left(&c), 8 - n);
		ck_assert(!c.failed);
	}
}
END_TEST

START_TEST(reading_past_the_end_sticks)
{
	static const uint8_t bytes[] = {1, 2, 3};
	struct cursor c = cursor_of(bytes, sizeof(bytes));

	ck_assert_uint_eq(cursor_be(&c, 2), 0x0102);
	ck_assert_uint_eq(cursor_be(&c, 2), 0);
	ck_assert(c.failed);
	/* One byte is left, but a failed cursor gives none of it. */
	ck_assert_uint_eq(cursor_be(&c, 1), 0);
	ck_assert_uint_eq(cursor_left(&c), 0);
	ck_assert_ptr_null(cursor_take(&c, 1));
	ck_assert_ptr_null(cursor_take(&c, 0));
	ck_assert_uint_eq(cursor_offset(&c), 2);
}
END_TEST

START_TEST(huge_steps_do_not_wrap)
{
	static const uint8_t bytes[4];
	struct cursor c = cursor_of(bytes, sizeof(bytes));

	ck_assert_ptr_null(cursor_take(&c, SIZE_MAX));
	ck_assert(c.failed);

	c = cursor_of(bytes, sizeof(bytes));
	ck_assert_ptr_eq(cursor_take(&c, 4), bytes);
	ck_assert_ptr_nonnull(cursor_take(&c, 0));
	ck_assert_ptr_null(cursor_take(&c, SIZE_MAX - 3));
}
END_TEST

START_TEST(widths_that_do_not_exist_fail)
{
	static const uint8_t bytes[16];
	struct cursor c = cursor_of(bytes, sizeof(bytes));
	cursor_be(&c, 0);
	ck_assert(c.failed);
	c = cursor_of(bytes, sizeof(bytes));
	cursor_be(&c, 9);
	ck_assert(c.failed);

	uint8_t out[16] = {0};
	struct writer w = writer_of(out, sizeof(out));
	writer_be(&w, 9, 1);
	ck_assert(w.failed);
}
END_TEST

START_TEST(no_buffer_is_an_empty_one)
{
	struct cursor c = cursor_of(NULL, 7);
	ck_assert_uint_eq(cursor_left(&c), 0);
	ck_assert_uint_eq(cursor_be(&c, 1), 0);
	ck_assert(c.failed);

	struct writer w = writer_of(NULL, 7);
	writer_put(&w, NULL, 0);
	ck_assert(!w.failed);
	writer_zero(&w, 1);
	ck_assert(w.failed);
	ck_assert_uint_eq(writer_len(&w), 0);
}
END_TEST

START_TEST(writes_what_reads_back)
{
	uint8_t *out = malloc(20);
	struct writer w = writer_of(out, 20);
	writer_be(&w, 3, 0xffaabbcc);
	writer_put(&w, "xy", 2);
	writer_zero(&w, 3);
	writer_be(&w, 8, UINT64_C(0x1122334455667788));
	ck_assert(!w.failed);
	ck_assert_uint_eq(writer_len(&w), 16);
	static const uint8_t expected[] = {0xaa, 0xbb, 0xcc, 'x',  'y',	 0,    0,    0,
					   0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
	ck_assert_mem_eq(out, expected, sizeof(expected));

	/* What does not fit is not begun, and nothing smaller slips in behind it. */
	out[16] = 0x5a;
	writer_be(&w, 5, 1);
	ck_assert(w.failed);
	writer_put(&w, "z", 1);
	ck_assert_uint_eq(writer_len(&w), 16);
	ck_assert_uint_eq(out[16], 0x5a);
	free(out);
}
END_TEST

START_TEST(errors_say_what_where_and_why)
{
	struct err e;
	char line[400];

	ck_assert_int_eq(err_wire(&e, 33, "RFC 7143 11.2.1.6", "length %d", 9), -1);
	ck_assert_str_eq(err_text(&e, line, sizeof(line)),
			 "length 9 at byte 33 (RFC 7143 11.2.1.6)");
	ck_assert_int_eq(err_set(&e, ENOENT, "open %s", "x"), -1);
	ck_assert_str_eq(err_text(&e, line, sizeof(line)), "open x: No such file or directory");
	ck_assert_int_eq(err_set(&e, 0, "plain"), -1);
	ck_assert_str_eq(err_text(&e, line, sizeof(line)), "plain");
	ck_assert_int_eq(err_set(NULL, ENOENT, "nobody listens"), -1);
	ck_assert_int_eq(err_wire(NULL, 0, NULL, "nobody listens"), -1);
}
END_TEST

START_TEST(long_errors_are_cut)
{
	struct err e;
	char big[1000];
	memset(big, 'a', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';

	err_set(&e, 0, "%s", big);
	ck_assert_uint_eq(strlen(e.what), sizeof(e.what) - 1);
	char *small = malloc(5);
	ck_assert_str_eq(err_text(&e, small, 5), "aaaa");
	free(small);
}
END_TEST

Suite *cursor_suite(void)
{
	Suite *s = suite_create("cursor");
	TCase *t = tcase_create("cursor");

	tcase_add_test(t, reads_big_endian_of_every_width);
	tcase_add_test(t, reading_past_the_end_sticks);
	tcase_add_test(t, huge_steps_do_not_wrap);
	tcase_add_test(t, widths_that_do_not_exist_fail);
	tcase_add_test(t, no_buffer_is_an_empty_one);
	tcase_add_test(t, writes_what_reads_back);
	tcase_add_test(t, errors_say_what_where_and_why);
	tcase_add_test(t, long_errors_are_cut);
	suite_add_tcase(s, t);
	return s;
}

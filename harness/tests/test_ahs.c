/* SPDX-License-Identifier: BSD-2-Clause */
/* Additional Header Segments: layouts of RFC 7143 11.2.2, walks, and lengths that lie. */
#include <stdlib.h>
#include <string.h>

#include "../wire/ahs.h"
#include "slow.h"
#include "suites.h"

START_TEST(walks_both_assigned_types)
{
	static const uint8_t area[] = {
		0x00, 0x05, 0x02, 0x00, /* AHSLength 5, bidirectional read length, reserved */
		0x00, 0x00, 0x10, 0x00, /* 4096 bytes */
		0x00, 0x06, 0x01, 0x00, /* AHSLength 6: a CDB of 21 bytes, reserved */
		0xc1, 0xc2, 0xc3, 0xc4, /* its bytes 16 to 19 */
		0xc5, 0x00, 0x00, 0x00, /* its byte 20, padding */
	};
	struct cursor c = cursor_of(area, sizeof(area));
	struct ahs a;

	ck_assert_int_eq(ahs_next(&c, &a, NULL), 1);
	ck_assert_uint_eq(a.type, AHS_BIDI_READ_LENGTH);
	ck_assert_uint_eq(a.value.len, 5);
	ck_assert_ptr_eq(a.value.at, area + 3);
	ck_assert_int_eq(ahs_next(&c, &a, NULL), 1);
	ck_assert_uint_eq(a.type, AHS_EXTENDED_CDB);
	ck_assert_uint_eq(a.value.len, 6);
	ck_assert_mem_eq(a.value.at + 1, area + 12, 5);
	ck_assert_int_eq(ahs_next(&c, &a, NULL), 0);
	ck_assert_int_eq(ahs_next(&c, &a, NULL), 0);
	ck_assert(ahs_is_sound((struct bytes){area, sizeof(area)}));
	ck_assert(!ahs_is_sound((struct bytes){area, 12}));
	ck_assert(ahs_is_sound((struct bytes){area, 0}));
}
END_TEST

START_TEST(what_is_put_comes_back)
{
	uint8_t area[AHS_MAX], value[300];
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(i * 7);

	for (size_t len = 0; len < sizeof(value); len++) {
		struct writer w = writer_of(area, sizeof(area));
		ahs_put(&w, 9, value, len);
		ahs_put(&w, 63, value, 1);
		ck_assert(!w.failed);
		ck_assert_uint_eq(writer_len(&w) % 4, 0);

		struct cursor c = cursor_of(area, writer_len(&w));
		struct ahs a;
		ck_assert_int_eq(ahs_next(&c, &a, NULL), 1);
		ck_assert_uint_eq(a.type, 9);
		ck_assert_uint_eq(a.value.len, len);
		ck_assert_mem_eq(a.value.at, value, len);
		ck_assert_int_eq(ahs_next(&c, &a, NULL), 1);
		ck_assert_uint_eq(a.type, 63);
		ck_assert_int_eq(ahs_next(&c, &a, NULL), 0);
	}
}
END_TEST

START_TEST(put_fails_rather_than_lie)
{
	uint8_t area[8];
	struct writer w = writer_of(area, sizeof(area));
	ahs_put(&w, 1, "123456", 6);
	ck_assert(w.failed);

	static uint8_t big[70000];
	w = writer_of(big, sizeof(big));
	ahs_put(&w, 1, big, 65536);
	ck_assert(w.failed);
}
END_TEST

START_TEST(every_lie_about_length)
{
	enum { AREA = 12 };
	unsigned good = 0;

	/* Around the edge each, beyond it one in many where time is dear. */
	const unsigned step = RUNNING_ON_VALGRIND ? 97 : 1;
	for (unsigned len = 0; len < 65536; len += len < 64 ? 1 : step) {
		uint8_t *area = calloc(1, AREA);
		area[0] = (uint8_t)(len >> 8);
		area[1] = (uint8_t)len;
		area[2] = 7;
		struct cursor c = cursor_of(area, AREA);
		struct ahs a;
		struct err e = {0};
		int rc = ahs_next(&c, &a, &e);
		ck_assert_int_eq(rc, len <= AREA - 3 ? 1 : -1);
		good += rc == 1;
		if (rc < 0) {
			ck_assert_str_eq(e.section, "RFC 7143 11.2.2.2");
			ck_assert_uint_eq(e.offset, 0);
		}
		free(area);
	}
	ck_assert_uint_eq(good, AREA - 3 + 1);
}
END_TEST

START_TEST(truncation_at_each_length)
{
	static const uint8_t area[] = {0, 5, 2, 0, 0, 0, 0x10, 0};

	for (size_t cut = 0; cut <= sizeof(area); cut++) {
		uint8_t *exact = malloc(cut ? cut : 1);
		memcpy(exact, area, cut);
		struct cursor c = cursor_of(exact, cut);
		struct ahs a;
		int expected = !cut ? 0 : cut == sizeof(area) ? 1 : -1;
		ck_assert_int_eq(ahs_next(&c, &a, NULL), expected);
		free(exact);
	}
}
END_TEST

START_TEST(assigned_types_have_lengths_of_their_own)
{
	for (unsigned len = 0; len < 10; len++) {
		uint8_t area[12] = {0, (uint8_t)len, AHS_BIDI_READ_LENGTH};
		struct cursor c = cursor_of(area, sizeof(area));
		struct ahs a;
		ck_assert_int_eq(ahs_next(&c, &a, NULL), len == 5 ? 1 : -1);

		area[2] = AHS_EXTENDED_CDB;
		c = cursor_of(area, sizeof(area));
		ck_assert_int_eq(ahs_next(&c, &a, NULL), len >= 2 ? 1 : -1);

		area[2] = 0xc0 | 9; /* two reserved bits beside the type */
		c = cursor_of(area, sizeof(area));
		ck_assert_int_eq(ahs_next(&c, &a, NULL), 1);
		ck_assert_uint_eq(a.type, 9);
	}
}
END_TEST

START_TEST(padding_belongs_to_the_segment)
{
	static const uint8_t area[] = {0, 2, 9, 0, 0xaa, 0, 0, 0};

	for (size_t cut = 5; cut <= sizeof(area); cut++) {
		struct cursor c = cursor_of(area, cut);
		struct ahs a;
		ck_assert_int_eq(ahs_next(&c, &a, NULL), cut == sizeof(area) ? 1 : -1);
	}
}
END_TEST

Suite *ahs_suite(void)
{
	Suite *s = suite_create("ahs");
	TCase *t = tcase_create("ahs");

	tcase_add_test(t, walks_both_assigned_types);
	tcase_add_test(t, what_is_put_comes_back);
	tcase_add_test(t, put_fails_rather_than_lie);
	tcase_add_test(t, every_lie_about_length);
	tcase_add_test(t, truncation_at_each_length);
	tcase_add_test(t, padding_belongs_to_the_segment);
	tcase_add_test(t, assigned_types_have_lengths_of_their_own);
	suite_add_tcase(s, t);
	return s;
}

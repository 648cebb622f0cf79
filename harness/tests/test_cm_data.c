/* SPDX-License-Identifier: BSD-2-Clause */
/* CM private data: flags, absence, and lengths. */
#include <stdlib.h>
#include <string.h>

#include "../wire/cm_data.h"
#include "suites.h"

START_TEST(flags_of_a_linux_initiator)
{
	uint8_t area[CM_PRIVATE_DATA_MAX] = {0xc0};
	struct cm_data d;

	ck_assert_int_eq(cm_data_decode(&d, area, sizeof(area), NULL), 0);
	ck_assert(d.present);
	ck_assert(d.zbva_not_supported);
	ck_assert(d.send_inv_not_supported);
	ck_assert_uint_eq(d.reserved_flags, 0);

	area[0] = 0x80;
	ck_assert_int_eq(cm_data_decode(&d, area, CM_DATA_SIZE, NULL), 0);
	ck_assert(d.zbva_not_supported);
	ck_assert(!d.send_inv_not_supported);
	area[0] = 0x40;
	ck_assert_int_eq(cm_data_decode(&d, area, CM_DATA_SIZE, NULL), 0);
	ck_assert(!d.zbva_not_supported);
	ck_assert(d.send_inv_not_supported);
}
END_TEST

START_TEST(all_zero_is_absent)
{
	static const uint8_t zero[CM_PRIVATE_DATA_MAX];

	for (size_t len = 0; len <= sizeof(zero); len++) {
		struct cm_data d = {.present = true, .reserved_flags = 1};
		ck_assert_int_eq(cm_data_decode(&d, zero, len, NULL), 0);
		ck_assert(!d.present);
		ck_assert(!d.zbva_not_supported && !d.send_inv_not_supported);
		ck_assert_uint_eq(d.reserved_flags, 0);
	}
	struct cm_data d;
	ck_assert_int_eq(cm_data_decode(&d, NULL, 0, NULL), 0);
	ck_assert(!d.present);
}
END_TEST

START_TEST(cut_data_is_refused)
{
	for (size_t len = 1; len <= CM_DATA_SIZE; len++) {
		uint8_t *exact = calloc(1, len);
		exact[len - 1] = 1;
		struct cm_data d;
		struct err e = {0};
		int rc = cm_data_decode(&d, exact, len, &e);
		ck_assert_int_eq(rc, len == CM_DATA_SIZE ? 0 : -1);
		if (rc)
			ck_assert_uint_eq(e.offset, len);
		free(exact);
	}
}
END_TEST

START_TEST(every_flag_byte_comes_back)
{
	for (unsigned flags = 0; flags < 256; flags++) {
		const uint8_t in[CM_DATA_SIZE] = {(uint8_t)flags, 1, 2, 3};
		uint8_t out[CM_DATA_SIZE];
		struct cm_data d;
		ck_assert_int_eq(cm_data_decode(&d, in, sizeof(in), NULL), 0);
		ck_assert_uint_eq(d.reserved_flags, flags & 0x3f);
		cm_data_encode(&d, out);
		ck_assert_mem_eq(in, out, sizeof(in));
	}
}
END_TEST

Suite *cm_data_suite(void)
{
	Suite *s = suite_create("cm_data");
	TCase *t = tcase_create("cm_data");

	tcase_add_test(t, flags_of_a_linux_initiator);
	tcase_add_test(t, all_zero_is_absent);
	tcase_add_test(t, cut_data_is_refused);
	tcase_add_test(t, every_flag_byte_comes_back);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

START_TEST(clean_headers)
{
	say("nop-in", "ITT=none TTT=7 StatSN=2");
	scene_judge("reserved");
	scene_nothing_broken();
	scene_kept("I7145-9.2-6");
	scene_kept("I7145-9.2-10");
	scene_kept("I7143-11-1");
}
END_TEST

START_TEST(fields_without_their_flag)
{
	say("nop-in", "ITT=none TTT=7 WriteSTag=1 WriteBaseOffset=2 ReadSTag=3 ReadBaseOffset=4");
	scene_judge("reserved");
	scene_broke("I7145-9.2-6");
	scene_broke("I7145-9.2-7");
	scene_broke("I7145-9.2-8");
	scene_broke("I7145-9.2-9");
	scene_kept("I7145-9.2-10");
}
END_TEST

START_TEST(a_stag_in_a_scsi_response)
{
	say("scsi-response", "ITT=5 ReadSTag=3");
	scene_judge("reserved");
	scene_nothing_broken();
}
END_TEST

START_TEST(stray_bits)
{
	uint8_t msg[256];
	const size_t len = scene_encode("nop-in", "ITT=none TTT=7", NULL, 0, msg, sizeof(msg));
	msg[1] = 1;
	say_bytes(FROM_TARGET, msg, len);
	msg[1] = 0;
	msg[ISER_HEADER_SIZE + 40] = 1;
	say_bytes(FROM_TARGET, msg, len);
	scene_judge("reserved");
	ck_assert_uint_eq(scene_broke("I7145-9.2-10")->event_count, 1);
	scene_broke("I7143-11-1");
	scene_kept("I7145-9.2-6");
}
END_TEST

START_TEST(the_header_of_a_login_pdu)
{
	uint8_t msg[256];
	scene_close();
	scene_open(FROM_TARGET);
	const size_t len = scene_encode("login-response", "T=0 CSG=1", NULL, 0, msg, sizeof(msg));
	msg[1] = 0xff;
	say_bytes(FROM_TARGET, msg, len);
	scene_judge("reserved");
	scene_nothing_broken();
	scene_kept("I7143-11-1");
}
END_TEST

Suite *mon_reserved_suite(void)
{
	Suite *s = suite_create("mon_reserved");
	TCase *c = tcase_create("reserved");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, clean_headers);
	tcase_add_test(c, fields_without_their_flag);
	tcase_add_test(c, a_stag_in_a_scsi_response);
	tcase_add_test(c, stray_bits);
	tcase_add_test(c, the_header_of_a_login_pdu);
	suite_add_tcase(s, c);
	return s;
}

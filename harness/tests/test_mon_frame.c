/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

START_TEST(whole_messages)
{
	say_data("nop-in", "ITT=5 TTT=none", "abc", 3);
	scene_judge("frame");
	scene_nothing_broken();
	scene_kept("I7145-9.1-1");
	scene_kept("I7145-4.1-3");
	scene_kept("I7143-11.2-1");
	scene_kept("I7143-11.1-1");
	scene_kept("I7143-11.2-2");
}
END_TEST

START_TEST(pads)
{
	uint8_t msg[256];
	const size_t len = scene_encode("nop-in", "ITT=5", "abc", 3, msg, sizeof(msg));
	say_bytes(FROM_TARGET, msg, len - 1);
	msg[len - 1] = 0xee;
	say_bytes(FROM_TARGET, msg, len);
	scene_judge("frame");
	scene_broke("I7143-11.2-1");
	scene_broke("I7143-11.1-1");
}
END_TEST

START_TEST(cut_and_surplus)
{
	uint8_t msg[256] = {0};
	const size_t len = scene_encode("nop-in", "ITT=5", NULL, 0, msg, sizeof(msg));
	say_bytes(FROM_TARGET, msg, len + 4);
	scene_judge("frame");
	scene_broke("I7145-4.1-3");
	scene_kept("I7145-9.1-1");
}
END_TEST

START_TEST(less_than_a_header)
{
	uint8_t msg[ISER_HEADER_SIZE] = {ISER_CONTROL << 4};
	say_bytes(FROM_TARGET, msg, sizeof(msg) - 1);
	scene_judge("frame");
	scene_broke("I7145-9.1-1");
}
END_TEST

START_TEST(lengths_that_lie)
{
	uint8_t msg[256];
	const size_t len = scene_encode("nop-in", "ITT=5", NULL, 0, msg, sizeof(msg));
	msg[ISER_HEADER_SIZE + 7] = 4;
	say_bytes(FROM_TARGET, msg, len);
	msg[ISER_HEADER_SIZE + 4] = 1;
	say_bytes(FROM_TARGET, msg, len);
	scene_judge("frame");
	scene_broke("I7143-11.2.1.6-1");
	scene_broke("I7143-11.2.1.5-1");
}
END_TEST

START_TEST(an_opcode_that_is_none)
{
	uint8_t msg[256];
	const size_t len = scene_encode("nop-in", "ITT=5", NULL, 0, msg, sizeof(msg));
	msg[0] = 4 << 4;
	say_bytes(FROM_TARGET, msg, len);
	scene_judge("frame");
	scene_broke("I7145-9.1-2");
	scene_broke("I7145-9.2-1");
}
END_TEST

START_TEST(ahs_of_a_target)
{
	uint8_t msg[256] = {0};
	const size_t len = scene_encode("nop-in", "ITT=5", NULL, 0, msg, sizeof(msg));
	msg[ISER_HEADER_SIZE + 4] = 1;
	say_bytes(FROM_TARGET, msg, len + 4);
	scene_judge("frame");
	scene_broke("I7143-11.2-2");
}
END_TEST

START_TEST(ahs_of_an_initiator)
{
	uint8_t msg[256] = {0};
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	const size_t len = scene_encode("scsi-command", "F=1 ITT=5", NULL, 0, msg, sizeof(msg));
	const uint8_t bad[] = {0, 1, 1, 0}, good[] = {0, 2, 1, 0, 0x7f, 0, 0, 0};
	msg[ISER_HEADER_SIZE + 4] = 2;
	memcpy(msg + len, good, sizeof(good));
	say_bytes(FROM_INITIATOR, msg, len + sizeof(good));
	msg[ISER_HEADER_SIZE + 4] = 1;
	memcpy(msg + len, bad, sizeof(bad));
	say_bytes(FROM_INITIATOR, msg, len + sizeof(bad));
	scene_judge("frame");
	ck_assert_uint_eq(scene_broke("I7143-11.2.2.3-1")->event_count, 1);
	scene_kept("I7145-4.1-3");
}
END_TEST

Suite *mon_frame_suite(void)
{
	Suite *s = suite_create("mon_frame");
	TCase *c = tcase_create("frame");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, whole_messages);
	tcase_add_test(c, pads);
	tcase_add_test(c, cut_and_surplus);
	tcase_add_test(c, less_than_a_header);
	tcase_add_test(c, lengths_that_lie);
	tcase_add_test(c, an_opcode_that_is_none);
	tcase_add_test(c, ahs_of_a_target);
	tcase_add_test(c, ahs_of_an_initiator);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

START_TEST(comes_back)
{
	say_data("nop-out", "I=1 ITT=5 TTT=none CmdSN=1", "abcd", 4);
	say_data("nop-in", "ITT=5 TTT=none StatSN=2", "abcd", 4);
	scene_judge("echo");
	scene_nothing_broken();
	scene_kept("I7143-11.19-2");
	scene_kept("I7143-11.19-3");
	scene_kept("I7145-8.1.1.1-2");
}
END_TEST

START_TEST(shorter)
{
	say_data("nop-out", "I=1 ITT=5 TTT=none CmdSN=1", "abcd", 4);
	say_data("nop-in", "ITT=5 TTT=none StatSN=2", "abc", 3);
	scene_judge("echo");
	scene_broke("I7143-11.19-2");
}
END_TEST

START_TEST(longer)
{
	say_data("nop-out", "I=1 ITT=5 TTT=none CmdSN=1", "abcd", 4);
	say_data("nop-in", "ITT=5 TTT=none StatSN=2", "abcdef", 6);
	scene_judge("echo");
	scene_broke("I7143-11.19-2");
}
END_TEST

START_TEST(changed)
{
	say_data("nop-out", "I=1 ITT=5 TTT=none CmdSN=1", "abcd", 4);
	say_data("nop-in", "ITT=5 TTT=none StatSN=2", "abxd", 4);
	scene_judge("echo");
	scene_broke("I7143-11.19-2");
}
END_TEST

START_TEST(cut_at_what_the_initiator_receives)
{
	static char data[600];
	scene_close();
	scene_open(FROM_TARGET);
	scene_login("InitiatorRecvDataSegmentLength=512", "InitiatorRecvDataSegmentLength=512");
	say_data("nop-out", "I=1 ITT=5 TTT=none CmdSN=1", data, sizeof(data));
	say_data("nop-in", "ITT=5 TTT=none StatSN=2", data, 512);
	scene_judge("echo");
	scene_nothing_broken();
	scene_kept("I7143-11.19-2");
}
END_TEST

START_TEST(with_a_target_transfer_tag)
{
	say("nop-out", "I=1 ITT=5 TTT=none CmdSN=1");
	say("nop-in", "ITT=5 TTT=0 StatSN=2");
	scene_judge("echo");
	scene_broke("I7143-11.19-3");
	scene_broke("I7145-8.1.1.1-2");
}
END_TEST

START_TEST(data_of_its_own)
{
	say_data("nop-in", "ITT=none TTT=7 StatSN=2", "abcd", 4);
	scene_judge("echo");
	scene_broke("I7143-11.19-5");
}
END_TEST

START_TEST(none_of_its_own)
{
	say("nop-in", "ITT=none TTT=7 StatSN=2");
	scene_judge("echo");
	scene_nothing_broken();
	scene_kept("I7143-11.19-5");
}
END_TEST

Suite *mon_echo_suite(void)
{
	Suite *s = suite_create("mon_echo");
	TCase *c = tcase_create("echo");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, comes_back);
	tcase_add_test(c, shorter);
	tcase_add_test(c, longer);
	tcase_add_test(c, changed);
	tcase_add_test(c, cut_at_what_the_initiator_receives);
	tcase_add_test(c, with_a_target_transfer_tag);
	tcase_add_test(c, data_of_its_own);
	tcase_add_test(c, none_of_its_own);
	suite_add_tcase(s, c);
	return s;
}

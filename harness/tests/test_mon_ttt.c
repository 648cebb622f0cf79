/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

#include <string.h>

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
}

START_TEST(answers_each_ping)
{
	say("nop-in", "ITT=none TTT=7 LUN=0x1000000000000 StatSN=2");
	say("nop-in", "ITT=none TTT=7 StatSN=2");
	say("nop-out", "I=1 ITT=none TTT=7 CmdSN=1");
	say("nop-out", "I=1 ITT=none TTT=7 LUN=0x1000000000000 CmdSN=1");
	scene_judge("ttt");
	scene_nothing_broken();
	scene_kept("I7143-11.18-1");
	scene_kept("I7143-11.18-2");
	scene_kept("I7143-11.18.1-2");
	scene_kept("I7143-11.18.2-1");
}
END_TEST

START_TEST(another_tag)
{
	say("nop-in", "ITT=none TTT=7 StatSN=2");
	say("nop-out", "I=1 ITT=none TTT=8 CmdSN=1");
	scene_judge("ttt");
	scene_broke("I7143-11.18-2");
}
END_TEST

START_TEST(another_lun)
{
	say("nop-in", "ITT=none TTT=7 LUN=0x1000000000000 StatSN=2");
	say("nop-out", "I=1 ITT=none TTT=7 CmdSN=1");
	scene_judge("ttt");
	scene_broke("I7143-11.18.2-1");
}
END_TEST

START_TEST(twice)
{
	say("nop-in", "ITT=none TTT=7 StatSN=2");
	say("nop-out", "I=1 ITT=none TTT=7 CmdSN=1");
	say("nop-out", "I=1 ITT=none TTT=7 CmdSN=1");
	scene_judge("ttt");
	scene_broke("I7143-11.18-1");
}
END_TEST

static void answered_rejected_and_answered(const char *reject)
{
	uint8_t header[48] = {0x40, 0x80};
	memset(header + 16, 0xff, 4);
	header[23] = 7;
	say("nop-in", "ITT=none TTT=7 StatSN=2");
	say("nop-out", "I=1 ITT=none TTT=7 CmdSN=1");
	say_data("reject", reject, header, sizeof(header));
	say("nop-out", "I=1 ITT=none TTT=7 CmdSN=1");
	scene_judge("ttt");
}

START_TEST(again_as_there_were_too_many)
{
	answered_rejected_and_answered("Reason=6 StatSN=2");
	scene_nothing_broken();
}
END_TEST

START_TEST(again_though_it_was_wrong)
{
	answered_rejected_and_answered("Reason=4 StatSN=2");
	scene_broke("I7143-11.18-1");
}
END_TEST

START_TEST(not_immediate)
{
	say("nop-out", "I=0 ITT=none TTT=none CmdSN=1");
	scene_judge("ttt");
	scene_broke("I7143-11.18.1-2");
}
END_TEST

START_TEST(a_ping_with_a_tag)
{
	say("nop-out", "I=1 ITT=5 TTT=0 CmdSN=1");
	scene_judge("ttt");
	scene_broke("I7143-11.18.2-2");
}
END_TEST

Suite *mon_ttt_suite(void)
{
	Suite *s = suite_create("mon_ttt");
	TCase *c = tcase_create("ttt");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, answers_each_ping);
	tcase_add_test(c, another_tag);
	tcase_add_test(c, another_lun);
	tcase_add_test(c, twice);
	tcase_add_test(c, again_as_there_were_too_many);
	tcase_add_test(c, again_though_it_was_wrong);
	tcase_add_test(c, not_immediate);
	tcase_add_test(c, a_ping_with_a_tag);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
}

START_TEST(flags_where_they_are_due)
{
	say("scsi-command", "F=1 R=1 EDTL=512 ITT=5 RSV=1 ReadSTag=9");
	say("scsi-command", "F=1 W=1 EDTL=512 ITT=6 WSV=1 WriteSTag=9");
	say("scsi-command", "F=1 ITT=7");
	say("task-request", "Function=8 ITT=8 WSV=1 RSV=1");
	say("nop-out", "I=1 ITT=9 TTT=none");
	scene_judge("flags");
	scene_nothing_broken();
	scene_kept("I7145-9.2-12");
	scene_kept("I7145-9.2-13");
}
END_TEST

START_TEST(flags_missing)
{
	say("scsi-command", "F=1 R=1 EDTL=512 ITT=5");
	say("scsi-command", "F=1 W=1 EDTL=512 ITT=6");
	scene_judge("flags");
	scene_broke("I7145-9.2-12");
	scene_broke("I7145-9.2-13");
}
END_TEST

START_TEST(all_of_a_write_is_immediate)
{
	uint8_t data[512] = {0};
	say_data("scsi-command", "F=1 W=1 EDTL=512 ITT=5", data, sizeof(data));
	say_data("scsi-command", "F=1 W=1 EDTL=512 ITT=6 WSV=1 WriteSTag=9", data, sizeof(data));
	say("scsi-command", "F=0 W=1 EDTL=4096 ITT=7");
	say("scsi-command", "F=1 R=1 EDTL=0 ITT=8");
	scene_judge("flags");
	scene_nothing_broken();
}
END_TEST

START_TEST(flags_on_what_has_no_data)
{
	say("nop-out", "I=1 ITT=9 TTT=none WSV=1");
	say("logout-request", "ITT=10 RSV=1");
	scene_judge("flags");
	scene_broke("I7145-9.2-12");
	scene_broke("I7145-9.2-13");
}
END_TEST

START_TEST(a_target_sets_one)
{
	scene_close();
	scene_open(FROM_TARGET);
	scene_login("", "");
	say("scsi-response", "ITT=5 RSV=1 ReadSTag=9");
	say("nop-in", "ITT=none TTT=7 RSV=1");
	scene_judge("flags");
	ck_assert_uint_eq(scene_broke("I7145-10.1.3.3-6")->event_count, 1);
}
END_TEST

Suite *mon_flags_suite(void)
{
	Suite *s = suite_create("mon_flags");
	TCase *c = tcase_create("flags");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, flags_where_they_are_due);
	tcase_add_test(c, flags_missing);
	tcase_add_test(c, all_of_a_write_is_immediate);
	tcase_add_test(c, flags_on_what_has_no_data);
	tcase_add_test(c, a_target_sets_one);
	suite_add_tcase(s, c);
	return s;
}

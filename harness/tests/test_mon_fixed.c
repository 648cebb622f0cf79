/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

START_TEST(as_printed)
{
	say("nop-in", "ITT=5 TTT=none");
	say("logout-response", "ITT=6");
	scene_judge("fixed");
	scene_nothing_broken();
	scene_kept("I7143-11-4");
}
END_TEST

START_TEST(another_value)
{
	say("nop-in", "ITT=5 TTT=none F=0");
	scene_judge("fixed");
	scene_broke("I7143-11-4");
}
END_TEST

/* What we send is not the SUT's. */
START_TEST(ours)
{
	say("nop-out", "ITT=5 F=0");
	scene_judge("fixed");
	scene_nothing_broken();
}
END_TEST

Suite *mon_fixed_suite(void)
{
	Suite *s = suite_create("mon_fixed");
	TCase *c = tcase_create("fixed");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, as_printed);
	tcase_add_test(c, another_value);
	tcase_add_test(c, ours);
	suite_add_tcase(s, c);
	return s;
}

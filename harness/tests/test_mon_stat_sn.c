/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

START_TEST(counts_every_response)
{
	say("nop-in", "ITT=5 TTT=none StatSN=2");
	say("nop-in", "ITT=none TTT=7 StatSN=3");
	say("scsi-response", "ITT=6 StatSN=3");
	scene_judge("stat-sn");
	scene_nothing_broken();
	scene_kept("I7143-4.2.2.2-1");
	scene_kept("I7143-11.19.2-1");
	scene_kept("I7143-11.4.9-1");
}
END_TEST

START_TEST(a_response_repeats_a_number)
{
	say("scsi-response", "ITT=5 StatSN=2");
	const struct log_event *bad = say("scsi-response", "ITT=6 StatSN=2");
	scene_judge("stat-sn");
	const struct finding *f = scene_broke("I7143-11.4.9-1");
	ck_assert_uint_eq(f->event_count, 2);
	ck_assert_uint_eq(f->events[1], bad->seq);
}
END_TEST

START_TEST(a_ping_uses_up_a_number)
{
	say("nop-in", "ITT=none TTT=7 StatSN=2");
	say("scsi-response", "ITT=6 StatSN=3");
	scene_judge("stat-sn");
	scene_broke("I7143-11.19.2-1");
}
END_TEST

START_TEST(a_failed_login_has_no_number)
{
	scene_close();
	scene_open(FROM_TARGET);
	say("login-response", "T=0 CSG=1 ITT=1 StatSN=7");
	say("login-response", "T=0 CSG=1 ITT=1 StatSN=0 StatusClass=2");
	scene_judge("stat-sn");
	scene_nothing_broken();
}
END_TEST

START_TEST(wraps_around)
{
	say("scsi-response", "ITT=6 StatSN=2");
	scene_close();
	scene_open(FROM_TARGET);
	say("login-response", "T=0 CSG=1 ITT=1 StatSN=0xffffffff");
	say("login-response", "T=1 CSG=1 NSG=3 ITT=1 StatSN=0");
	scene_judge("stat-sn");
	scene_nothing_broken();
	scene_kept("I7143-4.2.2.2-1");
}
END_TEST

Suite *mon_stat_sn_suite(void)
{
	Suite *s = suite_create("mon_stat_sn");
	TCase *c = tcase_create("stat-sn");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, counts_every_response);
	tcase_add_test(c, a_response_repeats_a_number);
	tcase_add_test(c, a_ping_uses_up_a_number);
	tcase_add_test(c, a_failed_login_has_no_number);
	tcase_add_test(c, wraps_around);
	suite_add_tcase(s, c);
	return s;
}

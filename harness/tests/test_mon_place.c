/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

START_TEST(an_ordinary_read)
{
	say("scsi-command", "F=1 R=1 EDTL=512 ITT=5");
	say("scsi-response", "ITT=5 StatSN=2");
	scene_judge("place");
	scene_nothing_broken();
	scene_kept("I7145-3.3-6");
	scene_kept("I7145-3.3-7");
	scene_kept("I7145-7.1-3");
	scene_kept("I7143-11.2.1.2-1");
}
END_TEST

START_TEST(data_in_with_status)
{
	say("scsi-command", "F=1 R=1 EDTL=512 ITT=5");
	say("data-in", "F=1 S=1 ITT=5");
	scene_judge("place");
	scene_broke("I7145-7.1-3");
	scene_broke("I7145-3.3-6");
	scene_broke("I7145-3.3-7");
	scene_broke("I7145-7.3.5-17");
	scene_broke("I7145-7.3.5-19");
}
END_TEST

START_TEST(a_second_login_response)
{
	say("login-response", "T=1 CSG=1 NSG=3 ITT=1");
	scene_judge("place");
	scene_broke("I7145-7.3.9-1");
}
END_TEST

START_TEST(our_own_login_request_excuses_it)
{
	say("login-request", "T=1 CSG=1 NSG=3 ITT=1");
	say("login-response", "T=1 CSG=1 NSG=3 ITT=1");
	scene_judge("place");
	scene_nothing_broken();
}
END_TEST

START_TEST(the_other_role)
{
	uint8_t msg[256];
	const size_t len = scene_encode("nop-out", "ITT=5", NULL, 0, msg, sizeof(msg));
	say_bytes(FROM_TARGET, msg, len);
	scene_judge("place");
	scene_broke("I7143-11.2.1.2-1");
}
END_TEST

START_TEST(a_second_login)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say("login-request", "T=1 CSG=1 NSG=3 ITT=1");
	scene_judge("place");
	scene_broke("I7143-4.2.4-2");
	scene_broke("I7145-7.3.9-1");
}
END_TEST

START_TEST(a_snack)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say("nop-out", "I=1 ITT=5 TTT=none");
	say("snack", "ITT=none");
	scene_judge("place");
	scene_broke("I7145-3.3-11");
	scene_broke("I7145-7.3.11-1");
	scene_kept("I7145-7.3.9-1");
	scene_kept("I7143-4.2.4-2");
}
END_TEST

START_TEST(a_ping_in_a_discovery_session)
{
	scene_close();
	scene_open(FROM_TARGET);
	scene_login("SessionType=Discovery", "");
	say("text-response", "F=1 ITT=5 TTT=none");
	say("nop-in", "ITT=6 TTT=none");
	say("nop-in", "ITT=none TTT=none");
	scene_judge("place");
	ck_assert_uint_eq(scene_broke("I7143-7.4.3-1")->event_count, 1);
}
END_TEST

Suite *mon_place_suite(void)
{
	Suite *s = suite_create("mon_place");
	TCase *c = tcase_create("place");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, an_ordinary_read);
	tcase_add_test(c, data_in_with_status);
	tcase_add_test(c, a_second_login_response);
	tcase_add_test(c, our_own_login_request_excuses_it);
	tcase_add_test(c, the_other_role);
	tcase_add_test(c, a_second_login);
	tcase_add_test(c, a_snack);
	tcase_add_test(c, a_ping_in_a_discovery_session);
	suite_add_tcase(s, c);
	return s;
}

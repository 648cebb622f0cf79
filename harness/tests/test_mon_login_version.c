/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	say("login-request", "CSG=1 ITT=1 CmdSN=1");
	say("login-response", "CSG=1 ITT=1 StatSN=1 ExpCmdSN=1 MaxCmdSN=32 VersionMax=1");
	say("login-request", "T=1 CSG=1 NSG=3 ITT=1 CmdSN=1 ExpStatSN=2");
}

static void ends(const char *versions)
{
	char fields[128];

	snprintf(fields, sizeof(fields),
		 "T=1 CSG=1 NSG=3 ITT=1 StatSN=2 ExpCmdSN=1 MaxCmdSN=32 TSIH=1 %s", versions);
	say("login-response", fields);
	scene_judge("login-version");
}

START_TEST(the_same)
{
	ends("VersionMax=1");
	scene_nothing_broken();
	scene_kept("I7143-11.13.1-1");
	scene_kept("I7143-11.13.2-2");
}
END_TEST

START_TEST(another_max)
{
	ends("VersionMax=0");
	scene_broke("I7143-11.13.1-1");
	scene_kept("I7143-11.13.2-2");
}
END_TEST

START_TEST(another_active)
{
	ends("VersionMax=1 VersionActive=1");
	scene_broke("I7143-11.13.2-2");
	scene_kept("I7143-11.13.1-1");
}
END_TEST

/* The first one says what holds: whatever it is, nothing stands against it. */
START_TEST(one_response)
{
	scene_judge("login-version");
	scene_nothing_broken();
	ck_assert_uint_eq(scene.result.finding_count, 0);
}
END_TEST

Suite *mon_login_version_suite(void)
{
	Suite *s = suite_create("mon_login_version");
	TCase *c = tcase_create("login-version");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, the_same);
	tcase_add_test(c, another_max);
	tcase_add_test(c, another_active);
	tcase_add_test(c, one_response);
	suite_add_tcase(s, c);
	return s;
}

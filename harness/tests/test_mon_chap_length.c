/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	say_keys("login-request", "CSG=0 ITT=1 CmdSN=1", "AuthMethod=CHAP");
	say_keys("login-response", "CSG=0 ITT=1 StatSN=1 ExpCmdSN=1 MaxCmdSN=32",
		 "AuthMethod=CHAP");
	say_keys("login-request", "CSG=0 ITT=1 CmdSN=1 ExpStatSN=2", "CHAP_A=5");
}

static void challenge(const char *prefix, size_t digits, const char *end)
{
	char text[4096];
	size_t n = (size_t)snprintf(text, sizeof(text), "CHAP_A=5 CHAP_I=1 CHAP_C=%s", prefix);

	memset(text + n, 'a', digits);
	snprintf(text + n + digits, sizeof(text) - n - digits, "%s", end);
	say_keys("login-response", "CSG=0 ITT=1 StatSN=2 ExpCmdSN=1 MaxCmdSN=32", text);
	scene_judge("chap-length");
}

START_TEST(longest_in_hex)
{
	challenge("0x", 2048, "");
	scene_nothing_broken();
	scene_kept("I7143-12.1.3-7");
}
END_TEST

START_TEST(longer_in_hex)
{
	challenge("0X", 2049, "");
	scene_broke("I7143-12.1.3-7");
}
END_TEST

START_TEST(longest_in_base64)
{
	challenge("0b", 1366, "==");
	scene_nothing_broken();
	scene_kept("I7143-12.1.3-7");
}
END_TEST

START_TEST(longer_in_base64)
{
	challenge("0b", 1367, "=");
	scene_broke("I7143-12.1.3-7");
}
END_TEST

START_TEST(no_binary_value)
{
	challenge("abc", 3000, "");
	scene_nothing_broken();
	ck_assert_uint_eq(scene.result.finding_count, 0);
}
END_TEST

Suite *mon_chap_length_suite(void)
{
	Suite *s = suite_create("mon_chap_length");
	TCase *c = tcase_create("chap-length");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, longest_in_hex);
	tcase_add_test(c, longer_in_hex);
	tcase_add_test(c, longest_in_base64);
	tcase_add_test(c, longer_in_base64);
	tcase_add_test(c, no_binary_value);
	suite_add_tcase(s, c);
	return s;
}

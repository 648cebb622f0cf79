/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void rejects(const struct log_event *bad, size_t len, unsigned stat_sn)
{
	char fields[64];
	snprintf(fields, sizeof(fields), "Reason=4 StatSN=%u", stat_sn);
	say_data("reject", fields, bad->bytes.at + ISER_HEADER_SIZE, len);
}

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

START_TEST(holds_what_was_sent)
{
	const struct log_event *bad = say("snack", "Type=1 ITT=none BegRun=77");
	rejects(bad, BHS_SIZE, 2);
	say("nop-in", "ITT=none TTT=7 StatSN=3");
	scene_judge("reject");
	scene_nothing_broken();
	scene_kept("I7143-11.17.4-1");
	scene_kept("I7143-11.17.3-1");
}
END_TEST

START_TEST(holds_less)
{
	rejects(say("snack", "Type=1 ITT=none BegRun=77"), BHS_SIZE - 1, 2);
	scene_judge("reject");
	scene_broke("I7143-11.17.4-1");
}
END_TEST

START_TEST(holds_something_else)
{
	uint8_t other[BHS_SIZE] = {0x77};
	say("snack", "Type=1 ITT=none BegRun=77");
	say_data("reject", "Reason=4 StatSN=2", other, sizeof(other));
	scene_judge("reject");
	scene_broke("I7143-11.17.4-1");
}
END_TEST

START_TEST(of_a_message_that_was_cut)
{
	uint8_t cut[40] = {ISER_CONTROL << 4}, other[BHS_SIZE] = {0x77};
	say_bytes(FROM_INITIATOR, cut, sizeof(cut));
	say_data("reject", "Reason=4 StatSN=2", other, sizeof(other));
	scene_judge("reject");
	scene_nothing_broken();
}
END_TEST

START_TEST(takes_no_number)
{
	rejects(say("snack", "Type=1 ITT=none"), BHS_SIZE, 2);
	say("nop-in", "ITT=none TTT=7 StatSN=2");
	scene_judge("reject");
	ck_assert_uint_eq(scene_broke("I7143-11.17.3-1")->event_count, 2);
}
END_TEST

Suite *mon_reject_suite(void)
{
	Suite *s = suite_create("mon_reject");
	TCase *c = tcase_create("reject");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, holds_what_was_sent);
	tcase_add_test(c, holds_less);
	tcase_add_test(c, holds_something_else);
	tcase_add_test(c, of_a_message_that_was_cut);
	tcase_add_test(c, takes_no_number);
	suite_add_tcase(s, c);
	return s;
}

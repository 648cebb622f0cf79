/* SPDX-License-Identifier: BSD-2-Clause */
/* What counts as another situation, and that looks are counted apart from it. */
#include "scene.h"
#include "suites.h"

static uint32_t ping(const char *fields, size_t len, enum dialogue_phase phase)
{
	static const uint8_t data[2048];
	return stimulus_situation(say_data("nop-in", fields, data, len), phase);
}

START_TEST(situations)
{
	const uint32_t one = ping("ITT=7 TTT=none StatSN=5", 513, DIALOGUE_FULL);
	/* Other tags, numbers and sizes of the same class say nothing new. */
	ck_assert_uint_eq(one, ping("ITT=8 TTT=none StatSN=6", 515, DIALOGUE_FULL));
	ck_assert_uint_ne(one, ping("ITT=7 TTT=none StatSN=5", 516, DIALOGUE_FULL));
	ck_assert_uint_ne(one, ping("ITT=7 TTT=none StatSN=5", 1025, DIALOGUE_FULL));
	ck_assert_uint_ne(one, ping("ITT=7 TTT=none StatSN=5", 0, DIALOGUE_FULL));
	ck_assert_uint_ne(one, ping("ITT=none TTT=7 StatSN=5", 513, DIALOGUE_FULL));
	ck_assert_uint_ne(one, ping("ITT=7 TTT=none StatSN=5", 513, DIALOGUE_LOGOUT));
	const struct log_event *text = say("text-response", "ITT=7 TTT=none StatSN=5 F=1");
	const struct log_event *more = say("text-response", "ITT=7 TTT=9 StatSN=5 F=0");
	ck_assert_uint_ne(stimulus_situation(text, DIALOGUE_FULL),
			  stimulus_situation(more, DIALOGUE_FULL));
	const uint8_t cut[30] = {0x10};
	stimulus_situation(say_bytes(FROM_TARGET, cut, sizeof(cut)), DIALOGUE_FULL);
	stimulus_situation(NULL, DIALOGUE_FULL);
}
END_TEST

static const struct stimulated *row(const struct stimulus *s, const char *monitor, const char *rule)
{
	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(s->at[i].monitor, monitor) && !strcmp(s->at[i].rule, rule))
			return &s->at[i];
	return NULL;
}

START_TEST(counted)
{
	struct stimulus s = {0};
	scene_login("", "");
	for (unsigned i = 0; i < 6; i++) {
		static const uint8_t data[64];
		char ask[80], answer[80];
		snprintf(ask, sizeof(ask), "I=1 ITT=%u TTT=none CmdSN=1 ExpStatSN=%u", 10 + i,
			 2 + i);
		snprintf(answer, sizeof(answer), "ITT=%u TTT=none StatSN=%u ExpCmdSN=1 MaxCmdSN=32",
			 10 + i, 2 + i);
		say_data("nop-out", ask, data, i < 4 ? 8 : 5);
		say_data("nop-in", answer, data, i < 4 ? 8 : 5);
	}
	watch_stimulus(scene.log, true, monitor_by_name("echo"), &s);
	const struct stimulated *echo = row(&s, "echo", "I7143-11.19-2");
	ck_assert_ptr_nonnull(echo);
	ck_assert_uint_eq(echo->looks, 12); /* its length, and its bytes */
	ck_assert_uint_eq(echo->count, 2);
	stimulus_free(&s);
}
END_TEST

static void open_target(void)
{
	scene_open(FROM_TARGET);
}

Suite *stimulus_suite(void)
{
	Suite *s = suite_create("stimulus");
	TCase *t = tcase_create("stimulus");
	tcase_add_checked_fixture(t, open_target, scene_close);
	tcase_add_test(t, situations);
	tcase_add_test(t, counted);
	suite_add_tcase(s, t);
	return s;
}

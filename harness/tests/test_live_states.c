/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a session has been, as the fuzzer counts it. */
#include "../fuzz/live/states.h"
#include "scene.h"
#include "suites.h"

static struct places places;

static void begin(void)
{
	scene_open(FROM_TARGET);
	places = (struct places){0};
}

static void end(void)
{
	places_free(&places);
	scene_close();
}

static bool visited(const char *name)
{
	for (size_t i = 0; i < places.count; i++) {
		char *got = place_name(places.at[i]);
		const bool same = !strcmp(got, name);
		free(got);
		if (same)
			return true;
	}
	return false;
}

START_TEST(phases)
{
	scene_login("", "");
	say("nop-out", "ITT=2 CmdSN=1 ExpStatSN=2");
	say("nop-in", "ITT=2 StatSN=2");
	states_visit(scene.log, true, &places);
	ck_assert(visited("login: - / -"));
	ck_assert(visited("login: login-request / -"));
	ck_assert(visited("full: login-request / login-response"));
	ck_assert(visited("full: nop-out / nop-in"));
	ck_assert(visited("full: nop-out / login-response -> full: nop-out / nop-in"));
	ck_assert(!visited("login: login-request / login-response"));
}
END_TEST

START_TEST(details)
{
	scene_login("", "");
	say("scsi-command", "ITT=2");
	say("scsi-response", "ITT=2 Status=2");
	say("reject", "Reason=4");
	states_visit(scene.log, true, &places);
	ck_assert(visited("full: scsi-command / scsi-response 2"));
	ck_assert(visited("full: scsi-command / reject 4"));
}
END_TEST

/* The phase and the cause of an end count, and it ends once. */
START_TEST(ends)
{
	scene_login("", "");
	scene_add((struct log_event){.kind = LOG_CM, .name = "end", .text = "closed"});
	scene_add((struct log_event){.kind = LOG_CM, .name = "disconnected"});
	scene_add((struct log_event){.kind = LOG_CM, .name = "end", .text = "ours"});
	states_visit(scene.log, true, &places);
	ck_assert(visited("full: login-request / end closed"));
	ck_assert(!visited("over: login-request / end ours"));
}
END_TEST

START_TEST(connections)
{
	scene_login("", "");
	scene_add((struct log_event){.kind = LOG_CM, .conn = 3, .name = "rejected"});
	states_visit(scene.log, true, &places);
	ck_assert(visited("over: - / end rejected"));
	/* One connection's last state and another's first are no transition. */
	for (size_t i = 0; i < places.count; i++)
		if (place_kind(places.at[i]) == PLACE_TRANSITION) {
			char *name = place_name(places.at[i]);
			ck_assert_ptr_null(strstr(name, "rejected"));
			free(name);
		}
}
END_TEST

START_TEST(bytes_that_are_no_message)
{
	const uint8_t junk[] = {1, 2, 3};
	say_bytes(FROM_TARGET, junk, sizeof(junk));
	say_bytes(FROM_INITIATOR, junk, 0);
	states_visit(scene.log, true, &places);
	ck_assert(visited("login: unreadable / unreadable"));
}
END_TEST

START_TEST(each_once)
{
	scene_login("", "");
	for (int i = 0; i < 50; i++) {
		say("nop-out", "ITT=2");
		say("nop-in", "ITT=2");
	}
	states_visit(scene.log, true, &places);
	const size_t before = places.count;
	states_visit(scene.log, true, &places);
	ck_assert_uint_eq(places.count, before);
	ck_assert_uint_lt(before, 12);
}
END_TEST

START_TEST(code)
{
	const uint64_t a = place_of_code("a", 1), b = place_of_code("b", 1);
	ck_assert_uint_ne(a, b);
	ck_assert_int_eq(place_kind(a), PLACE_CODE);
	char *name = place_name(a);
	ck_assert_ptr_nonnull(strstr(name, "code "));
	free(name);
}
END_TEST

Suite *live_states_suite(void)
{
	Suite *s = suite_create("live_states");
	TCase *t = tcase_create("states");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, phases);
	tcase_add_test(t, details);
	tcase_add_test(t, ends);
	tcase_add_test(t, connections);
	tcase_add_test(t, bytes_that_are_no_message);
	tcase_add_test(t, each_once);
	tcase_add_test(t, code);
	suite_add_tcase(s, t);
	return s;
}

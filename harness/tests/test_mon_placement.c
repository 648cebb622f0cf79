/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("", "");
}

static void command(const char *more)
{
	char text[200];
	snprintf(text, sizeof(text),
		 "F=1 R=1 ITT=5 CmdSN=1 EDTL=4096 RSV=1 ReadSTag=0x700 ReadBaseOffset=0x1000 %s",
		 more);
	say("scsi-command", text);
}

/* Bytes a to b of 4096 at 0x1000 are written. */
static const struct log_event *look(const char *when, int64_t a, int64_t b, uint64_t hash,
				    const char *damage)
{
	return scene_add((struct log_event){.kind = LOG_MEMORY,
					    .name = "look",
					    .status = when,
					    .key = 0x700,
					    .addr = 0x1000,
					    .len = 4096,
					    .a = a,
					    .b = b,
					    .c = -1,
					    .id = hash,
					    .number = 1,
					    .text = damage});
}

START_TEST(all_is_there)
{
	command("");
	say("scsi-response", "ITT=5 StatSN=2");
	look("response", 0, 4096, 1, NULL);
	look("leave", 0, 4096, 1, NULL);
	scene_judge("placement");
	scene_nothing_broken();
	scene_kept("I7145-9.5.2-6");
	scene_kept("I7145-7.3.2-9");
	scene_kept("I7145-7.3.5-6");
	scene_kept("I7145-7.3.5-7");
}
END_TEST

START_TEST(less_with_a_residual)
{
	command("");
	say("scsi-response", "ITT=5 StatSN=2 U=1 ResidualCount=4060");
	look("response", 0, 36, 1, NULL);
	scene_judge("placement");
	scene_nothing_broken();
	scene_kept("I7145-9.5.2-6");
}
END_TEST

START_TEST(nothing_with_an_error)
{
	command("");
	say("scsi-response", "ITT=5 StatSN=2 Status=2");
	look("response", 0, 0, 1, NULL);
	scene_judge("placement");
	scene_nothing_broken();
}
END_TEST

static const struct {
	int64_t a, b, c;
	const char *rule;
} wrong[] = {
	{0, 0, -1, "I7145-9.5.2-6"},
	{0, 4088, -1, "I7145-9.5.2-6"},
	{8, 4096, -1, "I7145-9.5.2-6"},
	{0, 4096, 512, "I7145-9.5.2-6"},
};

START_TEST(bytes_missing)
{
	command("");
	say("scsi-response", "ITT=5 StatSN=2");
	scene_add((struct log_event){.kind = LOG_MEMORY,
				     .name = "look",
				     .status = "response",
				     .key = 0x700,
				     .addr = 0x1000,
				     .len = 4096,
				     .a = wrong[_i].a,
				     .b = wrong[_i].b,
				     .c = wrong[_i].c,
				     .number = 1});
	scene_judge("placement");
	scene_broke(wrong[_i].rule);
}
END_TEST

START_TEST(more_than_the_residual_says)
{
	command("");
	say("scsi-response", "ITT=5 StatSN=2 U=1 ResidualCount=4061");
	look("response", 0, 36, 1, NULL);
	scene_judge("placement");
	scene_broke("I7143-11.4.5.2-2");
}
END_TEST

START_TEST(beside_its_place)
{
	say("scsi-command",
	    "F=1 R=1 ITT=5 CmdSN=1 EDTL=512 RSV=1 ReadSTag=0x700 ReadBaseOffset=0x1010");
	say("scsi-response", "ITT=5 StatSN=2");
	look("response", 15, 0x10 + 513, 1, NULL);
	scene_judge("placement");
	scene_broke("I7145-7.3.5-6");
	scene_broke("I7145-7.3.5-7");
}
END_TEST

START_TEST(guards_fell)
{
	command("");
	say("scsi-response", "ITT=5 StatSN=2");
	look("response", 0, 4096, 1, "bytes before and after the buffer were written");
	look("leave", 0, 4096, 1, "bytes before and after the buffer were written");
	scene_judge("placement");
	ck_assert_ptr_null(strstr(scene_broke("I7145-7.3.5-6")->reason, "more like it"));
	scene_broke("I7145-7.3.5-7");
}
END_TEST

/* Who is told of more room than there is may use it. */
START_TEST(guards_that_were_promised)
{
	command("EDTL=4100");
	say("scsi-response", "ITT=5 StatSN=2");
	look("response", 0, 4096, 1, "bytes after the buffer were written");
	scene_judge("placement");
	scene_nothing_broken();
}
END_TEST

START_TEST(written_after_the_response)
{
	command("");
	const struct log_event *response = say("scsi-response", "ITT=5 StatSN=2");
	look("response", 0, 4096, 1, NULL);
	const struct log_event *late = look("leave", 0, 4096, 2, NULL);
	scene_judge("placement");
	const struct finding *f = scene_broke("I7145-7.3.2-9");
	ck_assert_uint_eq(f->events[0], response->seq);
	ck_assert_uint_eq(f->events[1], late->seq);
}
END_TEST

START_TEST(memory_used_again)
{
	command("");
	say("scsi-response", "ITT=5 StatSN=2");
	look("response", 0, 4096, 1, NULL);
	command("ITT=6 CmdSN=2");
	look("response", 0, 4096, 2, NULL); /* of another command, while this one is open */
	say("scsi-response", "ITT=6 StatSN=3");
	look("response", 0, 4096, 3, NULL);
	scene_judge("placement");
	scene_nothing_broken();
}
END_TEST

START_TEST(written_after_an_abort)
{
	command("");
	say("task-request", "I=1 ITT=9 CmdSN=2 Function=1 ReferencedTaskTag=5");
	say("task-response", "ITT=9 StatSN=2 Response=0");
	look("abort", 0, 0, 1, NULL);
	look("leave", 0, 512, 2, NULL);
	scene_judge("placement");
	scene_broke("I7145-8.3.2-7");
}
END_TEST

Suite *mon_placement_suite(void)
{
	Suite *s = suite_create("mon_placement");
	TCase *c = tcase_create("placement");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, all_is_there);
	tcase_add_test(c, less_with_a_residual);
	tcase_add_test(c, nothing_with_an_error);
	tcase_add_loop_test(c, bytes_missing, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(c, more_than_the_residual_says);
	tcase_add_test(c, beside_its_place);
	tcase_add_test(c, guards_fell);
	tcase_add_test(c, guards_that_were_promised);
	tcase_add_test(c, written_after_the_response);
	tcase_add_test(c, memory_used_again);
	tcase_add_test(c, written_after_an_abort);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static const char writes[] = "I7145-1.5.3-1", reads[] = "I7145-1.5.4-1";

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say("scsi-command", "ITT=5 CmdSN=1");
}

static void cm(const char *name)
{
	scene_add((struct log_event){.kind = LOG_CM, .name = name});
}

static void flushed(void)
{
	scene_add((struct log_event){.kind = LOG_DONE, .name = "recv", .status = "flushed"});
}

START_TEST(none_to_the_end)
{
	cm("disconnected");
	flushed();
	scene_judge("initiator-rdma");
	scene_nothing_broken();
	scene_kept(writes);
	scene_kept(reads);
}
END_TEST

static const struct {
	const char *name, *rule;
} operations[] = {{"remote-write", writes}, {"remote-read", reads}};

START_TEST(one_of_its_own)
{
	scene_add((struct log_event){.kind = LOG_MEMORY,
				     .name = operations[_i].name,
				     .status = "remote-access",
				     .key = 7,
				     .len = 4});
	flushed();
	scene_judge("initiator-rdma");
	scene_broke(operations[_i].rule);
}
END_TEST

/* A device: something of the initiator's broke our queue pair, and which it was is not told. */
START_TEST(one_of_either)
{
	flushed();
	cm("disconnected");
	scene_judge("initiator-rdma");
	scene_nothing_broken();
	ck_assert_uint_eq(scene.result.finding_count, 0);
}
END_TEST

Suite *mon_initiator_rdma_suite(void)
{
	Suite *s = suite_create("mon_initiator_rdma");
	TCase *c = tcase_create("initiator-rdma");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, none_to_the_end);
	tcase_add_loop_test(c, one_of_its_own, 0, 2);
	tcase_add_test(c, one_of_either);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_add((struct log_event){.kind = LOG_CM, .name = "connect", .a = 4, .b = 4});
}

static void rdma_read(int64_t under_way, int64_t of_key, uint64_t len)
{
	scene_add((struct log_event){.kind = LOG_MEMORY,
				     .name = "remote-read",
				     .status = "ok",
				     .key = 7,
				     .len = len,
				     .a = under_way,
				     .b = of_key});
}

static void write_command(const char *itt)
{
	char text[200];
	snprintf(text, sizeof(text),
		 "F=1 W=1 ITT=%s CmdSN=1 EDTL=524288 WSV=1 WriteSTag=7 WriteBaseOffset=0x1000",
		 itt);
	say("scsi-command", text);
}

START_TEST(within_all_limits)
{
	scene_login("MaxBurstLength=8192 MaxOutstandingR2T=2",
		    "MaxBurstLength=8192 MaxOutstandingR2T=2");
	write_command("5");
	rdma_read(1, 1, 8192);
	rdma_read(4, 2, 512);
	/* Commands whose memory is the same: which of them a read is for, nobody can tell. */
	write_command("6");
	rdma_read(4, 4, 512);
	scene_judge("read-depth");
	scene_nothing_broken();
	scene_kept("I7145-7.3.6-8");
	scene_kept("I7145-8.2-4");
	scene_kept("I7143-11.8.4-1");
	scene_kept("I7143-11.8-2");
}
END_TEST

START_TEST(more_than_the_cm_said)
{
	scene_login("", "");
	rdma_read(5, 1, 512);
	scene_judge("read-depth");
	scene_broke("I7145-8.2-4");
	scene_broke("I7145-7.3.6-8");
}
END_TEST

START_TEST(more_than_hello_said)
{
	scene_login("iSERHelloRequired=Yes", "iSERHelloRequired=Yes");
	say("hello", "iSERIRD=2");
	say("hello-reply", "iSERORD=1");
	rdma_read(1, 1, 512);
	rdma_read(2, 1, 512);
	scene_judge("read-depth");
	scene_broke("I7145-8.2-2");
	scene_broke("I7145-7.3.6-8");
}
END_TEST

START_TEST(long_and_many_for_one_command)
{
	scene_login("", "");
	write_command("5");
	rdma_read(2, 2, 262145);
	scene_judge("read-depth");
	scene_broke("I7143-11.8-2");
	scene_broke("I7143-11.8.4-1");
}
END_TEST

Suite *mon_read_depth_suite(void)
{
	Suite *s = suite_create("mon_read_depth");
	TCase *c = tcase_create("read-depth");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, within_all_limits);
	tcase_add_test(c, more_than_the_cm_said);
	tcase_add_test(c, more_than_hello_said);
	tcase_add_test(c, long_and_many_for_one_command);
	suite_add_tcase(s, c);
	return s;
}

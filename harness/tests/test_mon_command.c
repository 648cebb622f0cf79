/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static uint8_t data[1024];

static void setup(void)
{
	scene_open(FROM_INITIATOR);
	scene_login("InitialR2T=No FirstBurstLength=512", "InitialR2T=No FirstBurstLength=512");
}

START_TEST(lawful)
{
	say("scsi-command", "ITT=5 F=1 CmdSN=1");
	say("scsi-command", "ITT=6 R=1 F=1 EDTL=512 RSV=1 ReadSTag=7 CmdSN=2");
	say_data("scsi-command", "ITT=7 W=1 F=1 EDTL=100 CmdSN=3", data, 99 + 1);
	say_data("scsi-command", "ITT=8 W=1 F=1 EDTL=101 WSV=1 WriteSTag=7 CmdSN=4", data, 99);
	say("scsi-command", "ITT=9 W=1 F=0 EDTL=512 CmdSN=5"); /* Data-Outs bring all of it */
	say("scsi-command", "ITT=10 R=1 F=1 EDTL=0 CmdSN=6");
	scene_judge("command");
	scene_nothing_broken();
	static const char *const kept[] = {
		"I7143-11.3.1-1", "I7143-11.3.1-2", "I7145-7.3.1-1",  "I7145-7.3.1-5",
		"I7145-7.3.1-8",  "I7145-7.3.1-10", "I7145-9.5.1-2",  "I7145-9.5.1-3",
		"I7145-9.5.2-2",  "I7145-9.5.2-3",  "I7145-7.3.1-13",
	};
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		scene_kept(kept[i]);
}
END_TEST

static const struct {
	const char *fields;
	size_t data;
	const char *rule;
} breaks[] = {
	{"R=1 F=0 EDTL=512 RSV=1", 0, "I7143-11.3.1-1"},
	{"F=1 EDTL=512 RSV=1", 0, "I7143-11.3.1-2"},
	{"R=1 F=1 EDTL=512", 0, "I7145-7.3.1-10"},
	{"R=1 F=1 EDTL=512", 0, "I7145-9.5.2-3"},
	{"W=1 F=1 EDTL=512", 0, "I7145-7.3.1-5"},
	{"W=1 F=1 EDTL=512", 100, "I7145-7.3.1-8"},
	{"W=1 F=0 EDTL=513", 100, "I7145-9.5.1-3"},
	{"R=1 W=1 F=1 EDTL=4 WSV=1 RSV=1", 0, "I7143-11.3.4-1"},
};

START_TEST(broken)
{
	char fields[200];
	snprintf(fields, sizeof(fields), "ITT=5 CmdSN=1 %s", breaks[_i].fields);
	say_data("scsi-command", fields, data, breaks[_i].data);
	scene_judge("command");
	scene_broke(breaks[_i].rule);
}
END_TEST

START_TEST(announced_data_is_missing)
{
	uint8_t msg[2048];
	size_t len = scene_encode("scsi-command", "ITT=5 W=1 F=1 EDTL=100 CmdSN=1", data, 100, msg,
				  sizeof(msg));
	say_bytes(FROM_INITIATOR, msg, len - 100);
	scene_judge("command");
	scene_broke("I7145-9.5.1-2");
}
END_TEST

START_TEST(a_read_with_a_tail)
{
	uint8_t msg[2048] = {0};
	size_t len = scene_encode("scsi-command", "ITT=5 R=1 F=1 EDTL=8 RSV=1 CmdSN=1", NULL, 0,
				  msg, sizeof(msg));
	say_bytes(FROM_INITIATOR, msg, len + 4);
	scene_judge("command");
	scene_broke("I7145-9.5.2-2");
}
END_TEST

START_TEST(with_immediate)
{
	uint8_t msg[256];
	size_t len = scene_encode("scsi-command", "ITT=5 F=1 CmdSN=1", NULL, 0, msg, sizeof(msg));
	scene_add((struct log_event){
		.kind = LOG_RECV, .name = "recv", .has_imm = true, .bytes = {msg, len}});
	scene_judge("command");
	scene_broke("I7145-7.3.1-1");
}
END_TEST

Suite *mon_command_suite(void)
{
	Suite *s = suite_create("mon_command");
	TCase *c = tcase_create("command");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, lawful);
	tcase_add_loop_test(c, broken, 0, (int)(sizeof(breaks) / sizeof(breaks[0])));
	tcase_add_test(c, announced_data_is_missing);
	tcase_add_test(c, a_read_with_a_tail);
	tcase_add_test(c, with_immediate);
	suite_add_tcase(s, c);
	return s;
}

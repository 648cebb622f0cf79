/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static uint8_t data[8192];

static void write_command(const char *fields, size_t immediate)
{
	say_data("scsi-command", fields, data, immediate);
}

static void data_out(const char *fields, size_t len)
{
	say_data("data-out", fields, data, len);
}

#define BURSTS "InitialR2T=No TargetRecvDataSegmentLength=512 FirstBurstLength=2048"

START_TEST(full_burst)
{
	scene_open(FROM_INITIATOR);
	scene_login(BURSTS, BURSTS);
	write_command("ITT=5 W=1 F=0 EDTL=4096 CmdSN=1", 512);
	write_command("ITT=6 W=1 F=0 EDTL=700 CmdSN=2", 0);
	data_out("ITT=5 TTT=none DataSN=0 BufferOffset=512", 512);
	data_out("ITT=5 TTT=none DataSN=1 BufferOffset=1024", 512);
	data_out("ITT=5 TTT=none DataSN=2 BufferOffset=1536 F=1", 512);
	data_out("ITT=6 TTT=none DataSN=0 BufferOffset=0", 512);
	data_out("ITT=6 TTT=none DataSN=1 BufferOffset=512 F=1", 188);
	scene_judge("unsolicited-data");
	scene_nothing_broken();
	static const char *const kept[] = {
		"I7143-4.2.5.2-1", "I7143-4.2.5.2-2", "I7143-4.2.5.2-5", "I7143-11.3.1-3",
		"I7143-11.3.4-3",  "I7143-11.7.5-1",  "I7143-11.7.6-1",	 "I7143-11.8-1",
		"I7145-6.4-1",	   "I7145-7.3.1-14",  "I7145-7.3.4-2",	 "I7145-7.3.4-4",
		"I7145-7.3.4-5",
	};
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		scene_kept(kept[i]);
}
END_TEST

START_TEST(immediate_alone_is_no_burst)
{
	scene_open(FROM_INITIATOR);
	scene_login(BURSTS, BURSTS);
	write_command("ITT=5 W=1 F=1 EDTL=4096 CmdSN=1", 100);
	write_command("ITT=6 W=1 F=1 EDTL=100 CmdSN=2", 100);
	write_command("ITT=7 W=1 F=1 EDTL=0 CmdSN=3", 0);
	scene_judge("unsolicited-data");
	scene_nothing_broken();
	scene_kept("I7143-11.3.4-2");
}
END_TEST

START_TEST(a_short_sequence_need_not_be_full)
{
	scene_open(FROM_INITIATOR);
	scene_login("InitialR2T=No", "InitialR2T=No");
	write_command("ITT=5 W=1 F=0 EDTL=700 CmdSN=1", 100);
	data_out("ITT=5 TTT=none DataSN=0 BufferOffset=100", 300);
	data_out("ITT=5 TTT=none DataSN=1 BufferOffset=400 F=1", 300);
	scene_judge("unsolicited-data");
	scene_nothing_broken();
}
END_TEST

static const struct {
	const char *keys, *command;
	size_t immediate;
	struct {
		const char *fields;
		size_t len;
	} outs[4];
	const char *rule;
} breaks[] = {
	{"ImmediateData=No", "F=1 EDTL=512", 512, {{0}}, "I7143-13.11-1"},
	{"FirstBurstLength=512", "F=1 EDTL=4096", 1024, {{0}}, "I7143-4.2.5.2-1"},
	{"", "F=0 EDTL=512", 512, {{0}}, "I7143-11.3.4-2"},
	{BURSTS, "F=1 EDTL=1024", 512, {{"BufferOffset=512 F=1", 512}}, "I7143-11.3.1-3"},
	{"InitialR2T=Yes", "F=0 EDTL=512", 0, {{"BufferOffset=0 F=1", 512}}, "I7143-11.8-1"},
	{BURSTS,
	 "F=0 EDTL=4096",
	 512,
	 {{"BufferOffset=512", 512},
	  {"DataSN=1 BufferOffset=1024", 512},
	  {"DataSN=2 BufferOffset=1536 F=1", 511}},
	 "I7143-11.3.4-3"},
	{BURSTS,
	 "F=0 EDTL=2000",
	 512,
	 {{"BufferOffset=512", 512}, {"DataSN=1 BufferOffset=1024 F=1", 512}},
	 "I7143-4.2.5.2-2"},
	{BURSTS,
	 "F=0 EDTL=1100",
	 256,
	 {{"BufferOffset=256", 512}, {"DataSN=1 BufferOffset=768 F=1", 332}},
	 "I7145-7.3.1-14"},
	{BURSTS,
	 "F=0 EDTL=1100",
	 0,
	 {{"BufferOffset=0", 500},
	  {"DataSN=1 BufferOffset=500", 512},
	  {"DataSN=2 BufferOffset=1012 F=1", 88}},
	 "I7145-7.3.4-2"},
	{BURSTS,
	 "F=0 EDTL=1100",
	 0,
	 {{"BufferOffset=0", 512},
	  {"DataSN=1 BufferOffset=512", 76},
	  {"DataSN=2 BufferOffset=588 F=1", 512}},
	 "I7145-6.4-1"},
	{BURSTS,
	 "F=0 EDTL=700",
	 0,
	 {{"BufferOffset=0", 512}, {"DataSN=0 BufferOffset=512 F=1", 188}},
	 "I7143-11.7.5-1"},
	{BURSTS,
	 "F=0 EDTL=700",
	 0,
	 {{"BufferOffset=0", 512}, {"DataSN=1 BufferOffset=500 F=1", 188}},
	 "I7143-11.7.6-1"},
	{BURSTS, "F=0 EDTL=700", 0, {{"TTT=9 F=1", 512}}, "I7145-7.3.4-5"},
};

START_TEST(broken)
{
	char fields[200];
	scene_open(FROM_INITIATOR);
	scene_login(breaks[_i].keys, breaks[_i].keys);
	snprintf(fields, sizeof(fields), "ITT=5 W=1 CmdSN=1 %s", breaks[_i].command);
	write_command(fields, breaks[_i].immediate);
	for (size_t i = 0; i < 4 && breaks[_i].outs[i].fields; i++) {
		snprintf(fields, sizeof(fields), "ITT=5 TTT=none %s", breaks[_i].outs[i].fields);
		data_out(fields, breaks[_i].outs[i].len);
	}
	scene_judge("unsolicited-data");
	scene_broke(breaks[_i].rule);
}
END_TEST

START_TEST(bursts_out_of_order)
{
	scene_open(FROM_INITIATOR);
	scene_login(BURSTS, BURSTS);
	write_command("ITT=5 W=1 F=0 EDTL=512 CmdSN=1", 0);
	write_command("ITT=6 W=1 F=0 EDTL=512 CmdSN=2", 0);
	data_out("ITT=6 TTT=none F=1", 512);
	data_out("ITT=5 TTT=none F=1", 512);
	scene_judge("unsolicited-data");
	scene_broke("I7143-4.2.5.2-5");
}
END_TEST

Suite *mon_unsolicited_data_suite(void)
{
	Suite *s = suite_create("mon_unsolicited_data");
	TCase *c = tcase_create("unsolicited-data");
	tcase_add_checked_fixture(c, NULL, scene_close);
	tcase_add_test(c, full_burst);
	tcase_add_test(c, immediate_alone_is_no_burst);
	tcase_add_test(c, a_short_sequence_need_not_be_full);
	tcase_add_loop_test(c, broken, 0, (int)(sizeof(breaks) / sizeof(breaks[0])));
	tcase_add_test(c, bursts_out_of_order);
	suite_add_tcase(s, c);
	return s;
}

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
	snprintf(text, sizeof(text), "F=1 R=1 ITT=5 CmdSN=1 EDTL=512 RSV=1 ReadSTag=0x700 %s",
		 more);
	say("scsi-command", text);
}

static void response(const char *more)
{
	char text[200];
	snprintf(text, sizeof(text), "ITT=5 StatSN=2 %s", more);
	say("scsi-response", text);
}

/* An INQUIRY that asks for `most` bytes. */
static void inquiry(uint8_t most, uint32_t edtl)
{
	uint8_t buf[ISER_HEADER_SIZE + BHS_SIZE];
	char text[120];
	snprintf(text, sizeof(text), "F=1 R=1 ITT=5 CmdSN=1 EDTL=%u RSV=1 ReadSTag=0x700", edtl);
	const size_t n = scene_encode("scsi-command", text, NULL, 0, buf, sizeof(buf));
	buf[ISER_HEADER_SIZE + 32] = 0x12;
	buf[ISER_HEADER_SIZE + 36] = most;
	say_bytes(FROM_INITIATOR, buf, n);
}

START_TEST(one_for_each_command)
{
	command("");
	response("");
	say("scsi-command", "F=1 W=1 ITT=6 CmdSN=2 EDTL=512 WSV=1 WriteSTag=0x800");
	say("scsi-response", "ITT=6 StatSN=3 U=1 ResidualCount=512");
	scene_judge("scsi-response");
	scene_nothing_broken();
	scene_kept("I7145-7.3.2-2");
	scene_kept("I7145-7.3.2-3");
	scene_kept("I7145-7.3.2-5");
	scene_kept("I7145-7.3.2-7");
	scene_kept("I7143-11.4.1-1");
	scene_kept("I7143-11.4.5.2-2");
}
END_TEST

START_TEST(not_with_immediate)
{
	uint8_t msg[256];
	command("");
	const size_t len =
		scene_encode("scsi-response", "ITT=5 StatSN=2", NULL, 0, msg, sizeof(msg));
	scene_add((struct log_event){
		.kind = LOG_RECV, .name = "recv", .has_imm = true, .bytes = {msg, len}});
	scene_judge("scsi-response");
	scene_broke("I7145-7.3.2-5");
}
END_TEST

START_TEST(answered_twice)
{
	command("");
	response("");
	response("");
	scene_judge("scsi-response");
	scene_broke("I7145-7.3.2-2");
}
END_TEST

START_TEST(of_no_command)
{
	command("");
	say("scsi-response", "ITT=0x10005 StatSN=2");
	scene_judge("scsi-response");
	scene_broke("I7145-7.3.2-2");
}
END_TEST

/* What we sent cannot be read, and may have been a command all the same. */
START_TEST(of_a_command_that_cannot_be_read)
{
	uint8_t buf[ISER_HEADER_SIZE + BHS_SIZE + 1];
	size_t n = scene_encode("scsi-command", "F=1 ITT=5 CmdSN=1", NULL, 0, buf, sizeof(buf));
	buf[n++] = 0;
	say_bytes(FROM_INITIATOR, buf, n);
	response("");
	scene_judge("scsi-response");
	scene_nothing_broken();
}
END_TEST

START_TEST(status_in_data_in)
{
	command("");
	say("data-in", "F=1 S=1 ITT=5 TTT=none StatSN=2");
	scene_judge("scsi-response");
	scene_broke("I7145-7.3.2-3");
	scene_broke("I7145-7.3.2-5");
	scene_broke("I7145-7.3.5-17");
	scene_broke("I7145-7.3.5-19");
}
END_TEST

START_TEST(overflow_and_underflow)
{
	command("");
	response("O=1 U=1 ResidualCount=4");
	scene_judge("scsi-response");
	scene_broke("I7143-11.4.1-1");
}
END_TEST

START_TEST(more_missing_than_expected)
{
	command("");
	response("U=1 ResidualCount=513");
	scene_judge("scsi-response");
	scene_broke("I7143-11.4.5.2-2");
}
END_TEST

static const struct {
	uint8_t most;
	uint32_t edtl;
	const char *response, *broken;
} by_cdb[] = {
	{36, 100, "U=1 ResidualCount=64", NULL},
	{36, 100, "U=1 ResidualCount=70", NULL},
	{36, 100, "", "I7143-11.4.5.2-2"},
	{36, 100, "U=1 ResidualCount=63", "I7143-11.4.5.2-2"},
	{36, 100, "Status=8", NULL},
	{36, 36, "", NULL},
	{36, 36, "O=1 ResidualCount=1", "I7143-11.4.5.2-1"},
	{36, 30, "O=1 ResidualCount=6", NULL},
	{36, 30, "O=1 ResidualCount=7", "I7143-11.4.5.2-1"},
};

START_TEST(what_the_cdb_asks_for)
{
	inquiry(by_cdb[_i].most, by_cdb[_i].edtl);
	response(by_cdb[_i].response);
	scene_judge("scsi-response");
	if (by_cdb[_i].broken)
		scene_broke(by_cdb[_i].broken);
	else
		scene_nothing_broken();
}
END_TEST

START_TEST(sense_data)
{
	uint8_t data[20] = {0, 18, 0x70, 0, 5};
	command("");
	say_data("scsi-response", "ITT=5 StatSN=2 Status=2", data, sizeof(data));
	scene_judge("scsi-response");
	scene_nothing_broken();
	scene_kept("I7143-11.4.7-1");
}
END_TEST

static const struct {
	uint8_t sense_len;
	size_t len;
} bad_sense[] = {{0, 0}, {0, 20}, {19, 20}, {18, 1}};

START_TEST(no_sense_data)
{
	uint8_t data[20] = {0, bad_sense[_i].sense_len, 0x70, 0, 5};
	command("");
	say_data("scsi-response", "ITT=5 StatSN=2 Status=2", data, bad_sense[_i].len);
	scene_judge("scsi-response");
	scene_broke("I7143-11.4.7-1");
}
END_TEST

Suite *mon_scsi_response_suite(void)
{
	Suite *s = suite_create("mon_scsi_response");
	TCase *c = tcase_create("scsi-response");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, one_for_each_command);
	tcase_add_test(c, not_with_immediate);
	tcase_add_test(c, answered_twice);
	tcase_add_test(c, of_no_command);
	tcase_add_test(c, of_a_command_that_cannot_be_read);
	tcase_add_test(c, status_in_data_in);
	tcase_add_test(c, overflow_and_underflow);
	tcase_add_test(c, more_missing_than_expected);
	tcase_add_loop_test(c, what_the_cdb_asks_for, 0, sizeof(by_cdb) / sizeof(by_cdb[0]));
	tcase_add_test(c, sense_data);
	tcase_add_loop_test(c, no_sense_data, 0, sizeof(bad_sense) / sizeof(bad_sense[0]));
	suite_add_tcase(s, c);
	return s;
}

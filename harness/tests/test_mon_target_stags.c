/* SPDX-License-Identifier: BSD-2-Clause */
#include "scene.h"
#include "suites.h"

static const uint8_t offer[] = {0x80, 0, 0, 0}, refusal[] = {0xc0, 0, 0, 0};

static void begin(const uint8_t *data, size_t len)
{
	scene_add((struct log_event){.kind = LOG_CM, .name = "connect", .bytes = {data, len}});
	scene_login("", "");
	say("scsi-command", "F=1 R=1 ITT=5 CmdSN=1 EDTL=512 RSV=1 ReadSTag=0x700 "
			    "ReadBaseOffset=0x1000");
	say("scsi-command", "F=1 W=1 ITT=6 CmdSN=2 EDTL=512 WSV=1 WriteSTag=0x800 "
			    "WriteBaseOffset=0x2000");
	say("scsi-command", "F=1 ITT=7 CmdSN=3");
}

static void setup(void)
{
	scene_open(FROM_TARGET);
}

/* What was received last came as Send with Invalidate. */
static void invalidating(const char *type, const char *fields, uint32_t key)
{
	uint8_t buf[200];
	const size_t n = scene_encode(type, fields, NULL, 0, buf, sizeof(buf));
	scene_add((struct log_event){.kind = LOG_RECV,
				     .name = "recv",
				     .bytes = {buf, n},
				     .invalidated = true,
				     .invalidated_key = key});
}

static void remote(const char *name, const char *status, uint32_t key, uint64_t addr)
{
	scene_add((struct log_event){.kind = LOG_MEMORY,
				     .name = name,
				     .status = status,
				     .key = key,
				     .addr = addr,
				     .len = 512,
				     .a = 1});
}

static void registered(uint32_t key, uint64_t addr, uint64_t len)
{
	scene_add((struct log_event){
		.kind = LOG_MEMORY, .name = "register", .key = key, .addr = addr, .len = len});
}

START_TEST(its_own_stags)
{
	begin(offer, sizeof(offer));
	remote("remote-write", "ok", 0x700, 0x1000);
	remote("remote-read", "ok", 0x800, 0x2000);
	remote("remote-read-end", "ok", 0x800, 0x2000);
	invalidating("scsi-response", "ITT=5 StatSN=2", 0x700);
	invalidating("scsi-response", "ITT=6 StatSN=3", 0x800);
	say("scsi-response", "ITT=7 StatSN=4");
	say("nop-in", "ITT=8 TTT=none StatSN=5");
	scene_judge("target-stags");
	scene_nothing_broken();
	scene_kept("I7145-7.3.2-6");
	scene_kept("I7145-7.3.2-8");
	scene_kept("I7145-7.3.2-4");
	scene_kept("I7145-1.5.2-3");
	scene_kept("I7145-7.3.5-5");
	scene_kept("I7145-7.3.6-13");
	scene_kept("I7143-4.2.3.3-3");
}
END_TEST

START_TEST(not_offered)
{
	begin(refusal, sizeof(refusal));
	invalidating("scsi-response", "ITT=5 StatSN=2", 0x700);
	scene_judge("target-stags");
	scene_broke("I7145-1.5.2-3");
	ck_assert_ptr_null(scene_finding("I7145-1.5.2-4", true));
}
END_TEST

START_TEST(nothing_said)
{
	begin(NULL, 0);
	invalidating("scsi-response", "ITT=5 StatSN=2", 0x700);
	scene_judge("target-stags");
	scene_broke("I7145-1.5.2-4");
}
END_TEST

static const struct {
	const char *type, *fields;
	uint32_t key;
	const char *rule;
} foreign[] = {
	{"scsi-response", "ITT=5 StatSN=2", 0x800, "I7145-7.3.2-6"},
	{"scsi-response", "ITT=6 StatSN=2", 0x700, "I7145-7.3.2-8"},
	{"scsi-response", "ITT=7 StatSN=2", 0x700, "I7145-7.3.2-4"},
};

START_TEST(out_of_place)
{
	begin(offer, sizeof(offer));
	invalidating(foreign[_i].type, foreign[_i].fields, foreign[_i].key);
	scene_judge("target-stags");
	scene_broke(foreign[_i].rule);
}
END_TEST

START_TEST(named_in_the_header)
{
	begin(offer, sizeof(offer));
	say("scsi-response", "ITT=5 StatSN=2 RSV=1 ReadSTag=0x800");
	scene_judge("target-stags");
	scene_broke("I7145-7.3.2-6");
}
END_TEST

START_TEST(used_too_late)
{
	begin(offer, sizeof(offer));
	say("scsi-response", "ITT=5 StatSN=2");
	remote("remote-write", "ok", 0x700, 0x1000);
	scene_judge("target-stags");
	scene_broke("I7145-7.3.2-9");
}
END_TEST

START_TEST(used_after_an_abort)
{
	begin(offer, sizeof(offer));
	remote("remote-read", "ok", 0x800, 0x2000);
	say("task-request", "I=1 ITT=9 CmdSN=4 Function=2 ReferencedTaskTag=none");
	say("task-response", "ITT=9 StatSN=2 Response=0");
	remote("remote-read-end", "ok", 0x800, 0x2000);
	remote("remote-read", "ok", 0x800, 0x2000);
	scene_judge("target-stags");
	scene_broke("I7143-4.2.3.3-3");
	scene_broke("I7145-8.3.2-7");
}
END_TEST

static const struct {
	const char *name;
	uint32_t key;
	uint64_t addr;
	const char *rule;
} refused[] = {
	{"remote-write", 0x900, 0x1000, "I7145-7.3.5-5"},
	{"remote-read", 0x900, 0x2000, "I7145-7.3.6-13"},
	{"remote-write", 0x700, 0xff0, "I7145-7.3.5-6"},
	{"remote-write", 0x700, 0x1010, "I7145-7.3.5-7"},
	{"remote-read", 0x800, 0x1ff0, "I7145-7.3.6-14"},
	{"remote-read", 0x800, 0x2010, "I7145-7.3.6-12"},
};

START_TEST(was_refused)
{
	begin(offer, sizeof(offer));
	registered(0x700, 0x1000, 512);
	registered(0x800, 0x2000, 512);
	remote(refused[_i].name, "remote-access", refused[_i].key, refused[_i].addr);
	scene_judge("target-stags");
	scene_broke(refused[_i].rule);
}
END_TEST

/* We took the STag away ourselves while the command was open. */
START_TEST(withdrawn_by_us)
{
	begin(offer, sizeof(offer));
	scene_add((struct log_event){.kind = LOG_MEMORY, .name = "invalidate", .key = 0x700});
	remote("remote-write", "remote-access", 0x700, 0x1000);
	scene_judge("target-stags");
	scene_nothing_broken();
}
END_TEST

/* The target does what the command says, and the STag or its Base Offset was not what we have. */
START_TEST(offered_wrongly)
{
	begin(offer, sizeof(offer));
	remote("remote-write", "remote-access", 0x700, 0x1000);
	scene_judge("target-stags");
	scene_nothing_broken();
}
END_TEST

START_TEST(brought_by_a_reassignment)
{
	begin(offer, sizeof(offer));
	say("task-request", "I=1 ITT=90 Function=8 ReferencedTaskTag=91 CmdSN=2 RSV=1 "
			    "ReadSTag=0x910 ReadBaseOffset=0x1000");
	say("task-response", "ITT=90 StatSN=2");
	remote("remote-write", "ok", 0x910, 0x1000);
	scene_judge("target-stags");
	scene_nothing_broken();
}
END_TEST

Suite *mon_target_stags_suite(void)
{
	Suite *s = suite_create("mon_target_stags");
	TCase *c = tcase_create("target-stags");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, its_own_stags);
	tcase_add_test(c, not_offered);
	tcase_add_test(c, nothing_said);
	tcase_add_loop_test(c, out_of_place, 0, sizeof(foreign) / sizeof(foreign[0]));
	tcase_add_test(c, named_in_the_header);
	tcase_add_test(c, used_too_late);
	tcase_add_test(c, used_after_an_abort);
	tcase_add_loop_test(c, was_refused, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(c, withdrawn_by_us);
	tcase_add_test(c, offered_wrongly);
	tcase_add_test(c, brought_by_a_reassignment);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitors of a connection's way: login, session, hello, early-unexpected, limits, logout. */
#include "scene.h"
#include "suites.h"

static void setup_target(void)
{
	scene_open(FROM_TARGET);
}

static void setup_initiator(void)
{
	scene_open(FROM_INITIATOR);
}

#define NAMES	 "InitiatorName=i TargetName=t RDMAExtensions=Yes"
#define ANSWERS	 "TargetPortalGroupTag=1 RDMAExtensions=Yes"
#define REQUEST	 "T=1 CSG=1 NSG=3 ITT=1 CmdSN=1"
#define RESPONSE "T=1 CSG=1 NSG=3 ITT=1 StatSN=1 ExpCmdSN=1 MaxCmdSN=32 TSIH=1"

/* ---- login ---- */

START_TEST(login_in_stages_and_pieces)
{
	say_keys("login-request", "T=1 CSG=0 NSG=1 ITT=1", "InitiatorName=i TargetName=t");
	say_keys("login-response", "T=1 CSG=0 NSG=1 ITT=1", "TargetPortalGroupTag=1");
	say_data("login-request", "C=1 CSG=1 ITT=1", "RDMAExten", 9);
	say("login-response", "CSG=1 ITT=1");
	say_data("login-request", "CSG=1 ITT=1", "sions=Yes", 10);
	say_data("login-response", "C=1 CSG=1 ITT=1", "RDMAExtensions", 14);
	say("login-request", "CSG=1 ITT=1");
	say_data("login-response", "CSG=1 ITT=1", "=Yes", 5);
	say("login-request", REQUEST);
	say("login-response", RESPONSE);
	scene_judge("login");
	scene_nothing_broken();
	scene_kept("I7143-6.3-1");
}
END_TEST

static const struct {
	const char *request, *text, *rule;
} requests[] = {
	{"T=1 C=1 CSG=1 NSG=3 ITT=1", NAMES, "I7143-6.2-1"},
	{"T=1 CSG=1 NSG=2 ITT=1", NAMES, "I7143-6.3-9"},
	{"T=1 CSG=1 NSG=3 ITT=1 VersionMax=1", NAMES, "I7143-11.12.4-1"},
	{REQUEST, "InitiatorName=i", "I7143-6.3-3"},
	{REQUEST, "TargetName=t", "I7143-6.3-2"},
};
enum { REQUESTS = sizeof(requests) / sizeof(requests[0]) };

START_TEST(bad_first_request)
{
	say_keys("login-request", requests[_i].request, requests[_i].text);
	scene_judge("login");
	scene_broke(requests[_i].rule);
}
END_TEST

static const struct {
	const char *response, *text, *rule;
} responses[] = {
	{RESPONSE, "RDMAExtensions=Yes", "I7143-6.3.1-1"},
	{"T=1 CSG=1 NSG=3 ITT=1", ANSWERS, "I7143-11.13.3-1"},
	{"CSG=1 ITT=1 TSIH=5", ANSWERS, "I7143-11.13.3-1"},
	{"T=1 C=1 CSG=1 NSG=3 ITT=1 TSIH=1", ANSWERS, "I7143-6.2-1"},
};
enum { RESPONSES = sizeof(responses) / sizeof(responses[0]) };

START_TEST(bad_response)
{
	say_keys("login-request", REQUEST, NAMES);
	say_keys("login-response", responses[_i].response, responses[_i].text);
	scene_judge("login");
	scene_broke(responses[_i].rule);
}
END_TEST

/* Whatever the target makes of a request that cannot be read, its answer answers something. */
START_TEST(answer_to_what_cannot_be_read)
{
	uint8_t msg[256];
	const size_t len = scene_encode("login-request", REQUEST, "cut", 3, msg, sizeof(msg));
	say_bytes(FROM_INITIATOR, msg, len - 8);
	say("login-response", "StatusClass=2 CSG=1 ITT=1");
	scene_judge("login");
	scene_nothing_broken();
}
END_TEST

START_TEST(transit_unasked)
{
	say_keys("login-request", "CSG=1 ITT=1", NAMES);
	say_keys("login-response", RESPONSE, ANSWERS);
	scene_judge("login");
	scene_broke("I7143-11.13.6-1");
}
END_TEST

START_TEST(stage_too_far)
{
	say_keys("login-request", "T=1 CSG=0 NSG=1 ITT=1", NAMES);
	say_keys("login-response", "T=1 CSG=0 NSG=3 ITT=1 TSIH=1", ANSWERS);
	scene_judge("login");
	scene_broke("I7143-6.3-6");
}
END_TEST

START_TEST(two_responses)
{
	say_keys("login-request", "CSG=1 ITT=1", NAMES);
	say_keys("login-response", "CSG=1 ITT=1", ANSWERS);
	say_keys("login-response", "CSG=1 ITT=1", "");
	scene_judge("login");
	scene_broke("I7143-6.3-1");
}
END_TEST

START_TEST(continued_text_is_answered_by_text)
{
	say_data("login-request", "C=1 CSG=1 ITT=1", "Init", 4);
	say_keys("login-response", "CSG=1 ITT=1", "TargetAlias=x");
	scene_judge("login");
	scene_broke("I7143-6.2-2");
}
END_TEST

START_TEST(two_requests)
{
	say_keys("login-request", "CSG=1 ITT=1", NAMES);
	say_keys("login-request", "CSG=1 ITT=1", "");
	scene_judge("login");
	scene_broke("I7143-6.3-1");
}
END_TEST

START_TEST(initiator_changes_its_cid)
{
	say_keys("login-request", "CSG=1 ITT=1", NAMES);
	say_keys("login-response", "CSG=1 ITT=1", ANSWERS);
	say("login-request", REQUEST " CID=1");
	scene_judge("login");
	scene_broke("I7143-11.12.6-1");
}
END_TEST

START_TEST(a_command_during_login)
{
	say_keys("login-request", REQUEST, NAMES);
	say("scsi-command", "ITT=2 CmdSN=1");
	scene_judge("login");
	scene_broke("I7143-4.2.4-1");
}
END_TEST

START_TEST(login_again)
{
	scene_login("", "");
	say_keys("login-request", REQUEST, NAMES);
	scene_judge("login");
	scene_broke("I7143-4.2.4-2");
}
END_TEST

START_TEST(last_response_is_framed_otherwise)
{
	uint8_t buf[256];
	say_keys("login-request", "CSG=1 ITT=1", NAMES);
	say_keys("login-response", "CSG=1 ITT=1", ANSWERS);
	say("login-request", REQUEST);
	const size_t n = scene_encode("login-response", RESPONSE, NULL, 0, buf, sizeof(buf));
	say_bytes(FROM_TARGET, buf + ISER_HEADER_SIZE, n - ISER_HEADER_SIZE);
	scene_judge("login");
	scene_broke("I7145-5.1.2-9");
}
END_TEST

/* ---- session ---- */

START_TEST(assisted_after_yes_and_yes)
{
	scene_login("", "");
	say("scsi-command", "ITT=2 CmdSN=1");
	say("scsi-response", "ITT=2 StatSN=2");
	scene_judge("session");
	scene_nothing_broken();
}
END_TEST

static const struct {
	const char *offer, *answer, *rule;
} extensions[] = {
	{"MaxConnections=1", "MaxConnections=1", "I7145-3.3-1"},
	{"RDMAExtensions=No", "", "I7145-6.3-1"},
	{"RDMAExtensions=Yes", "RDMAExtensions=No", "I7145-5.1-3"},
	{"RDMAExtensions=Yes", "", "I7145-5.1-3"},
};
enum { EXTENSIONS = sizeof(extensions) / sizeof(extensions[0]) };

START_TEST(assisted_without_agreement)
{
	say_keys("login-request", REQUEST, extensions[_i].offer);
	say_keys("login-response", RESPONSE, extensions[_i].answer);
	say("scsi-command", "ITT=2 CmdSN=1");
	scene_judge("session");
	scene_broke(extensions[_i].rule);
}
END_TEST

START_TEST(command_without_a_login)
{
	say("scsi-command", "ITT=2 CmdSN=1");
	scene_judge("session");
	scene_broke("I7145-5.1-1");
}
END_TEST

START_TEST(ping_without_a_login)
{
	say("nop-in", "ITT=none TTT=none");
	scene_judge("session");
	scene_broke("I7145-5.1-1");
}
END_TEST

/* RFC 7145 5.1: not before the operational stage. */
START_TEST(assisted_by_the_security_stage)
{
	say_keys("login-request", "T=1 CSG=0 NSG=1 ITT=1", NAMES);
	say_keys("login-response", "T=1 CSG=0 NSG=1 ITT=1", ANSWERS);
	say("login-request", REQUEST);
	say("login-response", RESPONSE);
	say("scsi-command", "ITT=2 CmdSN=1");
	scene_judge("session");
	scene_broke("I7145-5.1-2");
}
END_TEST

START_TEST(command_behind_a_login_request)
{
	say_keys("login-request", REQUEST, NAMES);
	say("scsi-command", "ITT=2 CmdSN=1");
	scene_judge("session");
	scene_nothing_broken();
}
END_TEST

/* ---- hello ---- */

START_TEST(hello_where_it_is_due)
{
	scene_login("iSERHelloRequired=Yes", "");
	say("hello", "iSERIRD=4");
	say("hello-reply", "iSERORD=2");
	say("scsi-command", "ITT=2 CmdSN=1");
	scene_judge("hello");
	scene_nothing_broken();
}
END_TEST

START_TEST(no_hello_where_it_is_due)
{
	scene_login("iSERHelloRequired=Yes", "");
	say("nop-out", "ITT=2 CmdSN=1");
	scene_judge("hello");
	scene_broke("I7145-5.1.3-1");
}
END_TEST

/* Nothing says that an initiator waits for the HelloReply. */
START_TEST(command_behind_hello)
{
	scene_login("iSERHelloRequired=Yes", "");
	say("hello", "iSERIRD=4");
	say("scsi-command", "ITT=2 CmdSN=1");
	scene_judge("hello");
	scene_nothing_broken();
}
END_TEST

static const struct {
	const char *initiator, *target, *rule;
} unasked[] = {
	{"iSERHelloRequired=No", "", "I7145-5.1.3-2"},
	{"iSERHelloRequired=Yes", "iSERHelloRequired=No", "I7145-5.1.3-2"},
	{"", "", "I7145-5.1.1-9"},
	{"iSERHelloRequired=Yes", "iSERHelloRequired=NotUnderstood", NULL},
};
enum { UNASKED = sizeof(unasked) / sizeof(unasked[0]) };

START_TEST(hello_unasked)
{
	scene_login(unasked[_i].initiator, unasked[_i].target);
	say("hello", "iSERIRD=4");
	scene_judge("hello");
	if (unasked[_i].rule)
		scene_broke(unasked[_i].rule);
	else
		scene_nothing_broken();
}
END_TEST

START_TEST(read_depth_is_granted)
{
	scene_add((struct log_event){.kind = LOG_CM, .name = "connect-request", .a = 2});
	scene_login("iSERHelloRequired=Yes", "");
	say("hello", "iSERIRD=4");
	scene_judge("hello");
	scene_broke("I7145-5.1.1-5");
}
END_TEST

START_TEST(write_stag_without_reads)
{
	scene_add((struct log_event){.kind = LOG_CM, .name = "connect-request", .a = 0});
	scene_login("", "");
	say("scsi-command", "ITT=2 CmdSN=1 WSV=1 WriteSTag=5 W=1 F=1 EDTL=512");
	scene_judge("hello");
	scene_broke("I7145-5.1.1-2");
}
END_TEST

static const struct {
	const char *fields, *rule;
} replies[] = {
	{"iSERORD=5", "I7145-5.1.3-5"},
	{"iSERORD=0", "I7145-5.1.3-8"},
	{"CurVer=2", "I7145-9.4-4"},
	{"MaxVer=11", "I7145-9.4-3"},
	{"iSERORD=0 REJ=1", NULL},
	{"iSERORD=4", NULL},
	{"iSERORD=1 CurVer=1", "I7145-9.4-4"},
	{"iSERORD=1 MaxVer=1", "I7145-9.4-3"},
};
enum { REPLIES = sizeof(replies) / sizeof(replies[0]) };

START_TEST(hello_reply_of_any_kind)
{
	scene_login("iSERHelloRequired=Yes", "");
	say("hello", "iSERIRD=4");
	say("hello-reply", replies[_i].fields);
	scene_judge("hello");
	if (replies[_i].rule)
		scene_broke(replies[_i].rule);
	else
		scene_nothing_broken();
}
END_TEST

START_TEST(hello_reply_of_wrong_length)
{
	const uint8_t bytes[20] = {0x30, 0xaa};
	scene_login("iSERHelloRequired=Yes", "");
	say("hello", "iSERIRD=4");
	say_bytes(FROM_TARGET, bytes, sizeof(bytes));
	scene_judge("hello");
	scene_broke("I7145-9.4-1");
}
END_TEST

START_TEST(ping_before_hello_reply)
{
	scene_login("iSERHelloRequired=Yes", "");
	say("nop-in", "ITT=none TTT=5 StatSN=2");
	scene_judge("hello");
	scene_broke("I7145-5.1.3-3");
}
END_TEST

/* ---- early-unexpected ---- */

static void ping_after(uint64_t ns, const char *initiator, const char *target)
{
	scene_login(initiator, target);
	scene_wait(ns);
	say("nop-in", "ITT=none TTT=5 StatSN=2");
	scene_judge("early-unexpected");
}

START_TEST(ping_too_early)
{
	ping_after(100000000, "iSERHelloRequired=No", "");
	scene_broke("I7145-5.1.3-14");
}
END_TEST

START_TEST(ping_late_or_of_an_old_target)
{
	ping_after(1000000000, "iSERHelloRequired=No", "");
	scene_nothing_broken();
	scene_close();
	scene_open(FROM_TARGET);
	ping_after(100, "iSERHelloRequired=Yes", "iSERHelloRequired=NotUnderstood");
	scene_nothing_broken();
	scene_close();
	scene_open(FROM_TARGET);
	ping_after(100, "", "");
	scene_nothing_broken();
}
END_TEST

START_TEST(ping_after_a_word_of_the_initiator)
{
	scene_login("iSERHelloRequired=No", "");
	say("nop-out", "I=1 ITT=none TTT=none CmdSN=1");
	say("nop-in", "ITT=none TTT=5 StatSN=2");
	scene_judge("early-unexpected");
	scene_nothing_broken();
}
END_TEST

/* ---- limits ---- */

static const uint8_t kilobyte[1024];

START_TEST(echo_too_long)
{
	scene_login("InitiatorRecvDataSegmentLength=512", "InitiatorRecvDataSegmentLength=512");
	say_data("nop-in", "ITT=2 TTT=none StatSN=2", kilobyte, 1024);
	scene_judge("limits");
	scene_broke("I7145-6.2-3");
}
END_TEST

START_TEST(immediate_data_too_long)
{
	scene_login("TargetRecvDataSegmentLength=512", "TargetRecvDataSegmentLength=512");
	say_data("scsi-command", "ITT=2 CmdSN=1 W=1 F=1 EDTL=1024", kilobyte, 1024);
	scene_judge("limits");
	scene_broke("I7145-6.2-2");
}
END_TEST

START_TEST(data_out_too_long)
{
	scene_login("TargetRecvDataSegmentLength=512 InitialR2T=No",
		    "TargetRecvDataSegmentLength=512 InitialR2T=No");
	say("scsi-command", "ITT=2 CmdSN=1 W=1 F=0 EDTL=1536");
	say_data("data-out", "ITT=2 TTT=none F=0", kilobyte, 512);
	say_data("data-out", "ITT=2 TTT=none F=1 DataSN=1 BufferOffset=512", kilobyte, 1024);
	scene_judge("limits");
	scene_broke("I7143-11.7.1-1");
}
END_TEST

START_TEST(max_recv_is_nothing)
{
	scene_login("MaxRecvDataSegmentLength=512", "MaxRecvDataSegmentLength=512");
	say_data("nop-in", "ITT=2 TTT=none StatSN=2", kilobyte, 1024);
	scene_judge("limits");
	scene_nothing_broken();
	scene_kept("I7145-6.2-3");
}
END_TEST

/* ---- logout ---- */

START_TEST(logout_and_answers_to_pings)
{
	scene_login("", "");
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	say("nop-out", "I=1 ITT=none TTT=5 CmdSN=2");
	say("logout-response", "ITT=2 StatSN=2");
	scene_judge("logout");
	scene_nothing_broken();
}
END_TEST

START_TEST(request_after_logout)
{
	scene_login("", "");
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	say("logout-response", "ITT=2 StatSN=2");
	say("nop-out", "I=1 ITT=3 TTT=none CmdSN=2");
	scene_judge("logout");
	scene_broke("I7143-11.14-1");
}
END_TEST

START_TEST(request_after_a_logout_that_failed)
{
	scene_login("", "");
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	say("logout-response", "Response=3 ITT=2 StatSN=2");
	say("nop-out", "I=1 ITT=3 TTT=none CmdSN=2");
	scene_judge("logout");
	scene_nothing_broken();
}
END_TEST

START_TEST(response_after_the_end)
{
	scene_login("", "");
	say("scsi-command", "ITT=3 CmdSN=1");
	say("logout-request", "Reason=0 ITT=2 CmdSN=2");
	say("logout-response", "ITT=2 StatSN=2");
	say("scsi-response", "ITT=3 StatSN=3");
	scene_judge("logout");
	scene_broke("I7143-11.14-2");
}
END_TEST

START_TEST(logout_is_dropped)
{
	scene_login("", "");
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	scene_add((struct log_event){.kind = LOG_CM, .name = "disconnected"});
	scene_judge("logout");
	scene_broke("I7143-11.14-3");
}
END_TEST

START_TEST(target_speaks_on_after_refusing)
{
	say_keys("login-request", REQUEST, NAMES);
	say("login-response", "CSG=1 ITT=1 StatusClass=2");
	say("nop-in", "ITT=none TTT=5 StatSN=2");
	scene_judge("logout");
	scene_broke("I7143-11.13.5-1");
}
END_TEST

static void add_target_tests(TCase *t)
{
	tcase_add_loop_test(t, bad_response, 0, RESPONSES);
	tcase_add_test(t, ping_without_a_login);
	tcase_add_test(t, answer_to_what_cannot_be_read);
	tcase_add_test(t, transit_unasked);
	tcase_add_test(t, stage_too_far);
	tcase_add_test(t, two_responses);
	tcase_add_test(t, continued_text_is_answered_by_text);
	tcase_add_test(t, last_response_is_framed_otherwise);
	tcase_add_loop_test(t, hello_reply_of_any_kind, 0, REPLIES);
	tcase_add_test(t, hello_reply_of_wrong_length);
	tcase_add_test(t, ping_before_hello_reply);
	tcase_add_test(t, ping_too_early);
	tcase_add_test(t, ping_late_or_of_an_old_target);
	tcase_add_test(t, ping_after_a_word_of_the_initiator);
	tcase_add_test(t, echo_too_long);
	tcase_add_test(t, max_recv_is_nothing);
	tcase_add_test(t, response_after_the_end);
	tcase_add_test(t, logout_is_dropped);
	tcase_add_test(t, target_speaks_on_after_refusing);
}

static void add_initiator_tests(TCase *t)
{
	tcase_add_loop_test(t, bad_first_request, 0, REQUESTS);
	tcase_add_test(t, two_requests);
	tcase_add_test(t, initiator_changes_its_cid);
	tcase_add_test(t, a_command_during_login);
	tcase_add_test(t, login_again);
	tcase_add_loop_test(t, assisted_without_agreement, 0, EXTENSIONS);
	tcase_add_test(t, command_without_a_login);
	tcase_add_test(t, assisted_by_the_security_stage);
	tcase_add_test(t, command_behind_a_login_request);
	tcase_add_test(t, no_hello_where_it_is_due);
	tcase_add_test(t, command_behind_hello);
	tcase_add_loop_test(t, hello_unasked, 0, UNASKED);
	tcase_add_test(t, read_depth_is_granted);
	tcase_add_test(t, write_stag_without_reads);
	tcase_add_test(t, immediate_data_too_long);
	tcase_add_test(t, data_out_too_long);
	tcase_add_test(t, request_after_logout);
	tcase_add_test(t, request_after_a_logout_that_failed);
}

Suite *mon_session_suite(void)
{
	Suite *s = suite_create("mon_session");
	TCase *const cases[] = {tcase_create("target"), tcase_create("initiator")};

	tcase_add_checked_fixture(cases[0], setup_target, scene_close);
	tcase_add_checked_fixture(cases[1], setup_initiator, scene_close);
	for (size_t i = 0; i < 2; i++) {
		tcase_add_test(cases[i], login_in_stages_and_pieces);
		tcase_add_test(cases[i], assisted_after_yes_and_yes);
		tcase_add_test(cases[i], hello_where_it_is_due);
		tcase_add_test(cases[i], logout_and_answers_to_pings);
	}
	add_target_tests(cases[0]);
	add_initiator_tests(cases[1]);
	for (size_t i = 0; i < 2; i++)
		suite_add_tcase(s, cases[i]);
	return s;
}

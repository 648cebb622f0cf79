/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitor logout where another connection has taken the place of the one that is logged out. */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
}

static void log_in(unsigned isid)
{
	char fields[80];

	snprintf(fields, sizeof(fields), "T=1 CSG=1 NSG=3 ITT=1 CmdSN=1 ISID=%u", isid);
	say_keys("login-request", fields, "InitiatorName=i TargetName=t");
	snprintf(fields, sizeof(fields), "T=1 CSG=1 NSG=3 ITT=1 StatSN=1 TSIH=1 ISID=%u", isid);
	say_keys("login-response", fields, "TargetPortalGroupTag=1");
}

/* A Login Request of ours on connection 2. */
static void log_in_beside(const char *fields)
{
	uint8_t msg[512];
	char text[64] = "InitiatorName=i";
	const size_t len =
		scene_encode("login-request", fields, text, strlen(text) + 1, msg, sizeof(msg));
	scene_add((struct log_event){
		.kind = LOG_POST, .conn = 2, .name = "send", .id = 99, .bytes = {msg, len}});
	scene_add((struct log_event){
		.kind = LOG_DONE, .conn = 2, .name = "send", .id = 99, .status = "ok"});
}

static const struct {
	const char *login;
	bool replaces;
} beside[] = {
	{"T=1 CSG=1 NSG=3 ITT=1 ISID=7", true},		      /* the session, RFC 7143 6.3.5 */
	{"T=1 CSG=1 NSG=3 ITT=1 ISID=7 TSIH=1", true},	      /* the connection, 6.3.4 */
	{"T=1 CSG=1 NSG=3 ITT=1 ISID=7 TSIH=1 CID=4", false}, /* one more of the session */
	{"T=1 CSG=1 NSG=3 ITT=1 ISID=8", false},
	{"CSG=1 ITT=1 ISID=7", false}, /* it does not ask for full feature phase yet */
};
enum { BESIDE = sizeof(beside) / sizeof(beside[0]) };

/* An operation of the target's own broke the connection; or it closed by itself. */
START_TEST(logout_of_what_is_broken)
{
	static const char *const ends[] = {"operation", "access", "closed"};

	log_in(7);
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	scene_add((struct log_event){.kind = LOG_CM, .name = "end", .text = ends[_i]});
	scene_add((struct log_event){.kind = LOG_CM, .name = "disconnected"});
	scene_judge("logout");
	if (_i < 2)
		scene_nothing_broken();
	else
		scene_broke("I7143-11.14-3");
}
END_TEST

/* The logout met a session that another login has replaced: the target has nobody to answer. */
START_TEST(logout_of_what_was_replaced)
{
	log_in(7);
	log_in_beside(beside[_i].login);
	say("logout-request", "Reason=0 ITT=2 CmdSN=1");
	scene_add((struct log_event){.kind = LOG_CM, .name = "disconnected"});
	scene_judge("logout");
	if (beside[_i].replaces)
		scene_nothing_broken();
	else
		scene_broke("I7143-11.14-3");
}
END_TEST

/* The session's other connection asks for the end of this one, or of both, or of itself. */
START_TEST(logout_from_beside)
{
	static const char *const logouts[] = {"Reason=1 CID=0 ITT=3 CmdSN=1",
					      "Reason=0 ITT=3 CmdSN=1",
					      "Reason=1 CID=1 ITT=3 CmdSN=1"};

	log_in(0);
	scene_join("1", "InitiatorName=i TargetName=t");
	say("logout-request", logouts[_i]);
	scene_on(1);
	say("logout-request", "Reason=1 CID=0 ITT=2 CmdSN=2");
	scene_add((struct log_event){.kind = LOG_CM, .name = "disconnected"});
	scene_judge("logout");
	if (_i < 2)
		scene_nothing_broken();
	else
		scene_broke("I7143-11.14-3");
}
END_TEST

Suite *mon_logout_suite(void)
{
	Suite *s = suite_create("mon_logout");
	TCase *t = tcase_create("logout");
	tcase_add_checked_fixture(t, setup, scene_close);
	tcase_add_loop_test(t, logout_of_what_is_broken, 0, 3);
	tcase_add_loop_test(t, logout_of_what_was_replaced, 0, BESIDE);
	tcase_add_loop_test(t, logout_from_beside, 0, 3);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Knobs that no case names yet: each turns a script that the honest model passes into one that
 * fails. */
#include "case_text.h"
#include "pair.h"
#include "suites.h"

#define TARGET	  "title t\nsut target\nrules I7145-5.1.2-1\ngrade MUST\n"
#define INITIATOR "title t\nsut initiator\nrules I7145-5.1.3-1\ngrade MUST\n"
#define WORKLOAD(login)                       \
	INITIATOR "workload io\nlogin " login \
		  "\nserve until scsi-command within 5s\nserve until idle 700ms within 20s\n"
#define LOGGED_IN TARGET "login until logged-in iSERHelloRequired=Yes\n"

static const struct {
	const char *knob, *settings, *text;
} knobs[] = {
	{"rounds-eat-receives", "moup=8",
	 INITIATOR "login until final login-rounds=3\nchain\n    send login-response\n"
		   "    send nop-in TTT=fresh * 8\nexpect delivered all within 1s\n"},
	{"dies-on-nop-without-ttt", "",
	 INITIATOR "login\nsend nop-in TTT=none\nwait 10ms\nexpect alive within 1s\n"},
	{"hello-ird-too-high", "ask-hello=yes",
	 INITIATOR "login until final iSERHelloRequired=Yes\nquiet hello\nsend login-response\n"
		   "expect hello within 1s\ncheck $got.iSERIRD <= $cm.responder_resources\n"},
	{"cmd-sn-skipped", "", WORKLOAD("") "check $served.commands >= 100\n"},
	{"exp-stat-sn-stuck", "",
	 WORKLOAD("") "send nop-in TTT=0x77\nexpect nop-out TTT=0x77 within 1s\n"
		      "check $got.ExpStatSN == $StatSN\n"},
	{"itt-reused", "",
	 WORKLOAD("") "expect scsi-command within 1s\n"
		      "expect none scsi-command ITT=$got.ITT for 10ms\n"},
	{"wsv-missing", "", WORKLOAD("ImmediateData=No") "check $violation == none\n"},
	{"first-burst-overrun", "InitialR2T=No",
	 WORKLOAD("InitialR2T=No FirstBurstLength=512") "expect none data-out BufferOffset>=512 "
							"for 10ms\n"},
	{"immediate-against-no", "",
	 WORKLOAD("ImmediateData=No") "check $served.writes > 0\n"
				      "expect none scsi-command length>76 for 10ms\n"},
	{"not-understood-for-section-6", "",
	 TARGET "login until logged-in MaxAHSLength=128\n"
		"check $sut.MaxAHSLength != NotUnderstood\n"},
	{"rdma-extensions-answered-late", "login-rounds=1",
	 TARGET "login until first login-rounds=1\nsend login-request\n"
		"expect login-response within 1s\ncheck $sut.RDMAExtensions == Yes\n"},
	{"answers-yes-to-no", "",
	 TARGET "login until final RDMAExtensions=No\nsend login-request\nwait 100ms\n"
		"check $sut.RDMAExtensions != Yes\n"},
	{"ignores-pdu-during-login", "",
	 TARGET "login until first\nsend nop-out\nexpect closed within 2s\n"},
	{"accepts-security-rdma-extensions", "",
	 TARGET "login until first security-stage=yes\n"
		"send login-request data=keys:\"InitiatorName=iqn.2026-01.net.iserspec:i "
		"TargetName=iqn.2026-01.net.iserspec:target SessionType=Normal AuthMethod=None "
		"RDMAExtensions=Yes\"\n"
		"expect one of within 2s\n    login-response StatusClass=0 => fail\n"
		"    login-response => pass\n    closed => pass\n"},
	{"rdsl-above-offer", "",
	 TARGET "login until logged-in TargetRecvDataSegmentLength=4096\n"
		"check $sut.TargetRecvDataSegmentLength <= 4096\n"},
	{"login-stat-sn-fixed", "",
	 TARGET "login until logged-in login-rounds=2\ncheck $violation == none\n"},
	{"single-login-receive", "",
	 TARGET "login until final\nchain\n    send login-request\n"
		"    send nop-out ITT=none TTT=none I=1 * 2\nexpect delivered all within 1s\n"},
	{"rej-without-close", "",
	 LOGGED_IN "send hello MaxVer=15 MinVer=15\nexpect hello-reply REJ=1 within 1s\n"
		   "expect closed within 1s\n"},
	{"ord-zero-accepted", "read-depth=0",
	 LOGGED_IN "send hello\nexpect hello-reply REJ=1 within 1s\n"},
};
enum { KNOBS = sizeof(knobs) / sizeof(knobs[0]) };

START_TEST(knob_shows)
{
	char with_knob[400];
	const enum verdict honest = case_text_run(knobs[_i].settings, knobs[_i].text);
	ck_assert_msg(honest == VERDICT_PASS, "%s, honest: %s: %s", knobs[_i].knob,
		      verdict_name(honest), result.reason);
	for (size_t i = 0; i < result.finding_count; i++)
		ck_assert_msg(!result.findings[i].besides, "%s", result.findings[i].reason);
	snprintf(with_knob, sizeof(with_knob), "%s %s", knobs[_i].settings, knobs[_i].knob);
	const enum verdict mutant = case_text_run(with_knob, knobs[_i].text);
	ck_assert_msg(mutant == VERDICT_FAIL || mutant == VERDICT_WARN, "%s: %s: %s",
		      knobs[_i].knob, verdict_name(mutant), result.reason);
}
END_TEST

/* What stands posted at an initiator when it has sent its final Login Request. */
static unsigned posted_at_final(const char *knob)
{
	struct pair *p = pair_new(1);
	if (knob)
		p->initiator_cfg.knob[knob_by_name(knob)] = true;
	pair_set(&p->initiator_cfg, "moup=8");
	pair_set(&p->target_cfg, "login-rounds=2");
	pair_login(p);
	const unsigned posted = fab_recv_posted(p->initiator->conn);
	pair_free(p);
	return posted;
}

START_TEST(double_post_shows)
{
	ck_assert_uint_gt(posted_at_final("double-post"), posted_at_final(NULL));
}
END_TEST

/* How many of twenty commands leave at once through a window of four. */
static uint32_t sent_at_once(const char *knob)
{
	const struct scsi_request ready = {0};
	struct pair *p = pair_new(1);
	if (knob)
		p->initiator_cfg.knob[knob_by_name(knob)] = true;
	pair_set(&p->target_cfg, "window=4");
	pair_login(p);
	const uint32_t before = p->initiator->cmd_sn;
	for (unsigned i = 0; i < 20; i++)
		ck_assert_ptr_nonnull(peer_scsi(p->initiator, &ready, NULL));
	const uint32_t sent = p->initiator->cmd_sn - before;
	pair_free(p);
	return sent;
}

START_TEST(ignored_window_shows)
{
	ck_assert_uint_eq(sent_at_once(NULL), 4);
	ck_assert_uint_eq(sent_at_once("ignores-window"), 20);
}
END_TEST

static enum peer_phase login_with_wrong_secret(const char *knob)
{
	struct pair *p = pair_new(1);
	if (knob)
		p->target_cfg.knob[knob_by_name(knob)] = true;
	struct peer_config *both[] = {&p->initiator_cfg, &p->target_cfg};
	for (size_t i = 0; i < 2; i++) {
		snprintf(both[i]->chap_user, sizeof(both[i]->chap_user), "alice");
		snprintf(both[i]->chap_secret, sizeof(both[i]->chap_secret), "twelve-bytes-%zu", i);
	}
	pair_connect(p);
	pair_run(p, NS_PER_S);
	const enum peer_phase phase = p->initiator->phase;
	pair_free(p);
	return phase;
}

START_TEST(unchecked_chap_shows)
{
	ck_assert_int_ne(login_with_wrong_secret(NULL), PEER_FULL);
	ck_assert_int_eq(login_with_wrong_secret("chap-not-checked"), PEER_FULL);
}
END_TEST

Suite *knobs_suite(void)
{
	Suite *s = suite_create("knobs");
	TCase *t = tcase_create("scripts"), *pairs = tcase_create("pairs");

	tcase_add_checked_fixture(t, case_text_begin, case_text_end);
	tcase_add_loop_test(t, knob_shows, 0, KNOBS);
	tcase_set_timeout(t, 60);
	tcase_add_test(pairs, double_post_shows);
	tcase_add_test(pairs, ignored_window_shows);
	tcase_add_test(pairs, unchecked_chap_shows);
	suite_add_tcase(s, t);
	suite_add_tcase(s, pairs);
	return s;
}

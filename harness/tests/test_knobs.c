/* SPDX-License-Identifier: BSD-2-Clause */
/* Knobs that no case names: each turns a script that the honest model passes into one that
 * fails. */
#include "case_text.h"
#include "pair.h"
#include "suites.h"

#define TARGET	  "title t\nsut target\nrules I7145-5.1.2-1\ngrade MUST\n"
#define INITIATOR "title t\nsut initiator\nrules I7145-5.1.3-1\ngrade MUST\n"
#define WORKLOAD(login)                       \
	INITIATOR "workload io\nlogin " login \
		  "\nserve until scsi-command within 5s\nserve until idle 700ms within 20s\n"

static const struct {
	const char *knob, *settings, *text;
} knobs[] = {
	{"dies-on-nop-without-ttt", "",
	 INITIATOR "login\nsend nop-in TTT=none\nwait 10ms\nexpect alive within 1s\n"},
	{"hello-ird-too-high", "ask-hello=yes",
	 INITIATOR "login until final iSERHelloRequired=Yes\nquiet hello\nsend login-response\n"
		   "expect hello within 1s\ncheck $got.iSERIRD <= $cm.responder_resources\n"},
	{"wsv-missing", "", WORKLOAD("ImmediateData=No") "check $violation == none\n"},
	{"first-burst-overrun", "InitialR2T=No",
	 WORKLOAD("InitialR2T=No FirstBurstLength=512") "expect none data-out BufferOffset>=512 "
							"for 10ms\n"},
	{"rdma-extensions-answered-late", "login-rounds=1",
	 TARGET "login until first login-rounds=1\nsend login-request\n"
		"expect login-response within 1s\ncheck $sut.RDMAExtensions == Yes\n"},
	{"answers-yes-to-no", "",
	 TARGET "login until final RDMAExtensions=No\nsend login-request\nwait 100ms\n"
		"check $sut.RDMAExtensions != Yes\n"},
	{"rdsl-above-offer", "",
	 TARGET "login until logged-in TargetRecvDataSegmentLength=4096\n"
		"check $sut.TargetRecvDataSegmentLength <= 4096\n"},
	{"login-stat-sn-fixed", "",
	 TARGET "login until logged-in login-rounds=2\ncheck $violation == none\n"},
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
	tcase_add_test(pairs, unchecked_chap_shows);
	suite_add_tcase(s, t);
	suite_add_tcase(s, pairs);
	return s;
}

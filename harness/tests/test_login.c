/* SPDX-License-Identifier: BSD-2-Clause */
/* Login of both peers against each other: stages, CHAP, C bit, rounds, failures, holds. */
#include "pair.h"
#include "suites.h"

#include <stdio.h>

static struct pair *p;

static void setup(void)
{
	p = pair_new(1);
}

static void teardown(void)
{
	pair_free(p);
}

/* Connects and runs until something ends it or a second has passed. */
static void try_login(void)
{
	pair_connect(p);
	uint64_t until = fab_now(p->initiator_fab) + NS_PER_S;
	while (p->initiator->phase != PEER_FULL && p->initiator->phase != PEER_CLOSED &&
	       pair_step(p, until))
		;
	pair_run(p, 10 * NS_PER_MS);
}

static void expect_failure(unsigned class, unsigned detail)
{
	try_login();
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert_int_eq(p->target->phase, PEER_CLOSED);
	ck_assert_uint_eq(p->initiator->login_status_class, class);
	ck_assert_uint_eq(p->initiator->login_status_detail, detail);
}

START_TEST(test_plain)
{
	pair_login(p);
	pair_clean(p);
	const struct peer_terms *t = &p->initiator->terms;
	ck_assert(t->rdma_extensions);
	ck_assert(p->target->terms.rdma_extensions);
	ck_assert(!t->initial_r2t);
	ck_assert(t->immediate_data);
	ck_assert_uint_eq(t->their_moup, 8);
	ck_assert_uint_eq(p->target->terms.their_moup, 8);
	ck_assert(t->they_declared_moup && t->we_declared_moup);
	ck_assert_uint_eq(t->initiator_rdsl, 8192);
	ck_assert_uint_eq(p->initiator->login_pdus_heard, 1);
	ck_assert_uint_ne(p->initiator->tsih, 0);
	ck_assert_str_eq(peer_heard(p->initiator, "TargetPortalGroupTag"), "1");
	ck_assert_str_eq(peer_heard(p->initiator, "HeaderDigest"), "None");
	ck_assert_str_eq(peer_heard(p->target, "RDMAExtensions"), "Yes");
	/* The login's CmdSN is that of the first command: RFC 7143 11.12.8. */
	ck_assert_uint_eq(p->initiator->session->cmd_sn, p->initiator_cfg.first_cmd_sn);
	ck_assert_uint_eq(p->target->session->exp_cmd_sn, p->initiator->session->cmd_sn);
	ck_assert_uint_eq(p->initiator->exp_stat_sn, p->target->stat_sn);
	ck_assert_uint_eq(peer_window(p->initiator), p->target_cfg.window);
}
END_TEST

/* settings of both, and what must come of them */
static const struct {
	const char *initiator, *target;
	const char *key, *heard; /* by the initiator */
} negotiations[] = {
	{"InitialR2T=Yes", "InitialR2T=No", "InitialR2T", "Yes"},
	{"ImmediateData=Yes", "ImmediateData=No", "ImmediateData", "No"},
	{"MaxBurstLength=65536", "MaxBurstLength=16384", "MaxBurstLength", "16384"},
	{"InitiatorRecvDataSegmentLength=512", "moup=8", "InitiatorRecvDataSegmentLength", "512"},
	{"TargetRecvDataSegmentLength=65536", "moup=8", "TargetRecvDataSegmentLength", "8192"},
	{"HeaderDigest=CRC32C,None", "moup=8", "HeaderDigest", "None"},
	{"IFMarker=Yes", "moup=8", "IFMarker", "No"},
	{"X-net.iserspec.test=1", "moup=8", "X-net.iserspec.test", "NotUnderstood"},
	{"moup=2", "moup=77", "MaxOutstandingUnexpectedPDUs", "77"},
};

START_TEST(test_negotiation)
{
	pair_set(&p->initiator_cfg, negotiations[_i].initiator);
	pair_set(&p->target_cfg, negotiations[_i].target);
	pair_login(p);
	pair_clean(p);
	ck_assert_ptr_nonnull(peer_heard(p->initiator, negotiations[_i].key));
	ck_assert_str_eq(peer_heard(p->initiator, negotiations[_i].key), negotiations[_i].heard);
	ck_assert_uint_eq(p->initiator->terms.initiator_rdsl, p->target->terms.initiator_rdsl);
	ck_assert_uint_eq(p->initiator->terms.target_rdsl, p->target->terms.target_rdsl);
	ck_assert_uint_eq(p->initiator->terms.first_burst, p->target->terms.first_burst);
	ck_assert_int_eq(p->initiator->terms.initial_r2t, p->target->terms.initial_r2t);
	ck_assert_int_eq(p->initiator->terms.immediate_data, p->target->terms.immediate_data);
}
END_TEST

START_TEST(test_security_stage_without_chap)
{
	pair_set(&p->initiator_cfg, "security-stage=yes");
	pair_login(p);
	pair_clean(p);
	ck_assert_str_eq(peer_heard(p->initiator, "AuthMethod"), "None");
	ck_assert_uint_eq(p->initiator->login_pdus_heard, 2);
}
END_TEST

static void set_chap(struct peer_config *c, const char *secret)
{
	strcpy(c->chap_user, "alice");
	strcpy(c->chap_secret, secret);
}

static void set_mutual(struct peer_config *c, const char *secret)
{
	strcpy(c->mutual_user, "disk");
	strcpy(c->mutual_secret, secret);
}

/* No log line and no heard key shows a secret or the answer computed from it. */
static void no_secret_in_log(const char *secret)
{
	for (size_t i = 0; i < log_count(p->log); i++) {
		const struct log_event *ev = log_at(p->log, i);
		ck_assert(!ev->text || !strstr(ev->text, secret));
		ck_assert(!ev->bytes.len ||
			  !memmem(ev->bytes.at, ev->bytes.len, secret, strlen(secret)));
	}
	ck_assert_str_eq(peer_heard(p->target, "CHAP_R"), "(hidden)");
}

START_TEST(test_chap)
{
	set_chap(&p->initiator_cfg, "a secret of 22 letters");
	set_chap(&p->target_cfg, "a secret of 22 letters");
	pair_login(p);
	pair_clean(p);
	ck_assert_str_eq(peer_heard(p->target, "CHAP_N"), "alice");
	no_secret_in_log("a secret of 22 letters");
}
END_TEST

START_TEST(test_chap_mutual)
{
	set_chap(&p->initiator_cfg, "a secret of 22 letters");
	set_chap(&p->target_cfg, "a secret of 22 letters");
	set_mutual(&p->initiator_cfg, "another secret, longer");
	set_mutual(&p->target_cfg, "another secret, longer");
	pair_login(p);
	pair_clean(p);
	ck_assert_str_eq(peer_heard(p->initiator, "CHAP_N"), "disk");
	no_secret_in_log("another secret, longer");
}
END_TEST

START_TEST(test_chap_wrong_secret)
{
	set_chap(&p->initiator_cfg, "a secret of 22 letters");
	set_chap(&p->target_cfg, "a secret of 22 letterz");
	expect_failure(2, 1);
}
END_TEST

START_TEST(test_chap_wrong_secret_of_target)
{
	set_chap(&p->initiator_cfg, "a secret of 22 letters");
	set_chap(&p->target_cfg, "a secret of 22 letters");
	set_mutual(&p->initiator_cfg, "another secret, longer");
	set_mutual(&p->target_cfg, "another secret, wronger");
	try_login();
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert_ptr_nonnull(strstr(p->initiator->violation.what, "prove"));
}
END_TEST

START_TEST(test_chap_missing)
{
	set_chap(&p->target_cfg, "a secret of 22 letters");
	expect_failure(2, 1);
}
END_TEST

START_TEST(test_chap_not_offered)
{
	set_chap(&p->target_cfg, "a secret of 22 letters");
	pair_set(&p->initiator_cfg, "security-stage=yes");
	expect_failure(2, 1);
}
END_TEST

/* Text in pieces of this many bytes: the C bit both ways. */
static const char *const chunks[] = {"login-chunk=1", "login-chunk=17", "login-chunk=100"};

START_TEST(test_continue_bit)
{
	pair_set(&p->initiator_cfg, chunks[_i]);
	pair_set(&p->target_cfg, chunks[_i]);
	pair_login(p);
	pair_clean(p);
	ck_assert_uint_gt(p->initiator->login_pdus_heard, 4);
	ck_assert_uint_eq(p->target->terms.their_moup, 8);
	ck_assert_uint_eq(p->initiator->terms.their_moup, 8);
}
END_TEST

START_TEST(test_rounds)
{
	char text[32];
	snprintf(text, sizeof(text), "login-rounds=%d", _i);
	pair_set(&p->target_cfg, text);
	pair_login(p);
	pair_clean(p);
	ck_assert_uint_eq(p->initiator->login_pdus_heard, 1 + (unsigned)_i);
	/* However often full feature phase was asked for: no buffers twice. The answers' own is not
	 * kept. */
	ck_assert_uint_eq(fab_recv_posted(p->initiator->conn), p->initiator_cfg.moup);
}
END_TEST

START_TEST(test_initiator_rounds)
{
	pair_set(&p->initiator_cfg, "login-rounds=3");
	pair_login(p);
	pair_clean(p);
	ck_assert_uint_eq(p->initiator->login_pdus_heard, 4);
}
END_TEST

START_TEST(test_key_in_later_round)
{
	pair_set(&p->initiator_cfg, "MaxBurstLength@2=4096");
	pair_set(&p->target_cfg, "RDMAExtensions@2=Yes");
	pair_login(p);
	pair_clean(p);
	ck_assert_uint_eq(p->target->terms.max_burst, 4096);
	ck_assert_uint_eq(p->initiator->heard[p->initiator->heard_count - 1].pdu, 2);
}
END_TEST

START_TEST(test_discovery)
{
	struct err e = {0};

	p->initiator_cfg.discovery = true;
	pair_login(p);
	pair_clean(p);
	ck_assert_ptr_null(peer_heard(p->target, "TargetName"));
	ck_assert_ptr_null(peer_heard(p->target, "RDMAExtensions"));
	ck_assert(!p->target->terms.rdma_extensions);
	ck_assert(!peer_text(p->initiator, "SendTargets", "All", &e));
	pair_run(p, NS_PER_MS);
	ck_assert_ptr_nonnull(peer_heard(p->initiator, "TargetName"));
	ck_assert_str_eq(peer_heard(p->initiator, "TargetName"), p->target_cfg.target_name);
}
END_TEST

START_TEST(test_discovery_with_extensions)
{
	p->initiator_cfg.discovery = true;
	pair_set(&p->initiator_cfg, "RDMAExtensions=Yes");
	pair_login(p);
	ck_assert_str_eq(peer_heard(p->initiator, "RDMAExtensions"), "Irrelevant");
	ck_assert(!p->initiator->terms.rdma_extensions);
}
END_TEST

static const struct {
	const char *setting;
	unsigned class, detail;
} statuses[] = {{"login-status=0x0101", 1, 1}, {"login-status=0x0102", 1, 2},
		{"login-status=0x0202", 2, 2}, {"login-status=0x0206", 2, 6},
		{"login-status=0x0300", 3, 0}, {"login-status=0x0302", 3, 2}};

START_TEST(test_status)
{
	pair_set(&p->target_cfg, statuses[_i].setting);
	pair_set(&p->target_cfg, "redirect-to=192.0.2.7:3260,1");
	expect_failure(statuses[_i].class, statuses[_i].detail);
	if (statuses[_i].class == 1)
		ck_assert_str_eq(peer_heard(p->initiator, "TargetAddress"), "192.0.2.7:3260,1");
	else
		ck_assert_ptr_null(peer_heard(p->initiator, "TargetAddress"));
}
END_TEST

/* What the initiator says wrong, and the status that the target ends the login with. */
static const struct {
	const char *setting;
	unsigned detail;
} mistakes[] = {
	{"omit=InitiatorName", 7},
	{"omit=TargetName", 7},
	{"TargetName=iqn.2026-01.net.iserspec:nobody", 3},
	{"SessionType=Party", 9},
	{"raw:MaxBurstLength=4096", 0}, /* said twice */
	{"omit=RDMAExtensions", 0},	/* nothing but iSER here */
	{"RDMAExtensions=No", 0},
	{"raw:CHAP_A=5", 0}, /* not of this stage */
};

START_TEST(test_mistake)
{
	pair_set(&p->initiator_cfg, mistakes[_i].setting);
	knob_at(&p->initiator_cfg, "ignores-refused-extensions");
	expect_failure(2, mistakes[_i].detail);
	ck_assert_str_eq(p->initiator->violation.what, "");
}
END_TEST

START_TEST(test_extensions_refused)
{
	pair_set(&p->target_cfg, "RDMAExtensions=No");
	p->target_cfg.tolerant = true;
	try_login();
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert_str_eq(p->initiator->violation.section, "RFC 7145 5.1");
}
END_TEST

/* ---- holds ---- */

static const enum peer_point points[] = {PEER_POINT_CONNECTED, PEER_POINT_FIRST,
					 PEER_POINT_OPERATIONAL, PEER_POINT_FINAL,
					 PEER_POINT_LOGGED_IN};

static void run_to(struct peer *who)
{
	uint64_t until = fab_now(p->initiator_fab) + NS_PER_S;
	while (!who->holding && pair_step(p, until))
		;
	ck_assert(who->holding);
}

START_TEST(test_hold_initiator)
{
	struct err e = {0};

	pair_set(&p->initiator_cfg, "security-stage=yes");
	pair_connect(p);
	peer_hold(p->initiator, points[_i]);
	run_to(p->initiator);
	ck_assert_int_eq(p->initiator->reached, points[_i]);
	unsigned heard = p->target->login_pdus_heard;
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_uint_eq(p->target->login_pdus_heard, heard); /* it really waits */
	switch (points[_i]) {
	case PEER_POINT_CONNECTED:
	case PEER_POINT_FIRST:
		ck_assert_uint_eq(heard, 0);
		ck_assert_uint_eq(p->initiator->held.pdu.csg, 0);
		break;
	case PEER_POINT_LOGGED_IN:
		ck_assert_uint_eq(heard, 2);
		ck_assert_int_eq(p->initiator->phase, PEER_FULL);
		break;
	default:
		ck_assert_uint_eq(heard, 1);
		ck_assert_uint_eq(p->initiator->held.pdu.csg, 1);
		ck_assert_uint_eq(p->initiator->held.pdu.t, 1);
		/* RFC 7145 5.1.1: all receive buffers stand before the final request leaves. */
		ck_assert_uint_eq(fab_recv_posted(p->initiator->conn), 1 + p->initiator_cfg.moup);
		break;
	}
	ck_assert(!peer_release(p->initiator, &e));
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_int_eq(p->initiator->phase, PEER_FULL);
	ck_assert_int_eq(p->target->phase, PEER_FULL);
	ck_assert_int_eq(p->initiator->reached, PEER_POINT_DONE);
	pair_clean(p);
}
END_TEST

START_TEST(test_hold_target)
{
	struct err e = {0};

	if (points[_i] == PEER_POINT_LOGGED_IN)
		return;
	pair_set(&p->initiator_cfg, "security-stage=yes");
	pair_connect(p);
	peer_hold(p->target, points[_i]);
	run_to(p->target);
	ck_assert_int_eq(p->target->reached, points[_i]);
	unsigned heard = p->initiator->login_pdus_heard;
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_uint_eq(p->initiator->login_pdus_heard, heard);
	ck_assert_uint_eq(heard, points[_i] >= PEER_POINT_OPERATIONAL ? 1 : 0);
	ck_assert(!peer_release(p->target, &e));
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_int_eq(p->initiator->phase, PEER_FULL);
	pair_clean(p);
}
END_TEST

START_TEST(test_hold_several)
{
	struct err e = {0};

	pair_connect(p); /* one PDU is first, operational and final at once */
	peer_hold(p->initiator, PEER_POINT_FIRST);
	run_to(p->initiator);
	peer_hold(p->initiator, PEER_POINT_FINAL);
	ck_assert(!peer_release(p->initiator, &e));
	ck_assert(p->initiator->holding);
	ck_assert_int_eq(p->initiator->reached, PEER_POINT_FINAL);
	ck_assert(!peer_release(p->initiator, &e));
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_int_eq(p->initiator->reached, PEER_POINT_DONE);
}
END_TEST

/* The seed's scenario: the final Login Response and a burst of pings in one chain. How many pings
 * arrive. */
static size_t burst(unsigned pings)
{
	struct err e = {0};
	struct peer_msg msgs[65] = {0};
	static uint8_t text[TEXT_VALUE_LIMIT];

	p->target_cfg.tolerant = true;
	pair_connect(p);
	peer_hold(p->target, PEER_POINT_FINAL);
	run_to(p->target);
	ck_assert(!peer_template(p->target, pdu_type_by_name("login-response"), &msgs[0].pdu, text,
				 sizeof(text), &e));
	peer_ahead(p->target, &msgs[0].pdu);
	for (unsigned i = 1; i <= pings; i++) {
		struct pdu *pdu = &msgs[i].pdu;
		pdu_init(pdu, pdu_type_by_name("nop-in"));
		ck_assert(!peer_template(p->target, pdu->type, pdu, text + 4096, 4096, &e));
		pdu->itt = TAG_NONE;
		pdu->ttt = 0x100 + i;
		ck_assert_uint_eq(pdu->stat_sn, msgs[0].pdu.stat_sn + 1);
		peer_ahead(p->target, pdu);
	}
	ck_assert_msg(!peer_post(p->target, msgs, 1 + pings, 5000, &e), "%s", e.what);
	ck_assert(!p->target->holding);
	pair_run(p, 100 * NS_PER_MS);
	return pair_count(p, "nop-in");
}

START_TEST(test_burst_honest)
{
	ck_assert_uint_eq(burst(8), 8);
	ck_assert_str_eq(p->initiator->violation.what, "");
	ck_assert_str_eq(p->target->violation.what, "");
}
END_TEST

START_TEST(test_burst_late)
{
	knob_at(&p->initiator_cfg, "late-receives");
	ck_assert_uint_eq(burst(2), 0);
}
END_TEST

START_TEST(test_burst_short_by_one)
{
	knob_at(&p->initiator_cfg, "receives-short-by-one");
	ck_assert_uint_eq(burst(8), 7);
}
END_TEST

START_TEST(test_burst_one_spare)
{
	knob_at(&p->initiator_cfg, "one-spare-receive");
	ck_assert_uint_eq(burst(2), 1);
}
END_TEST

START_TEST(test_burst_one_spare_one_ping)
{
	knob_at(&p->initiator_cfg, "one-spare-receive");
	ck_assert_uint_eq(burst(1), 1);
}
END_TEST

/* A message that is no Login Response between two of them: RFC 7143 4.2.4. */
static void nop_in_login(void)
{
	struct err e = {0};
	struct peer_msg m = {0};
	uint8_t buf[64];

	p->target_cfg.tolerant = true;
	pair_set(&p->initiator_cfg, "security-stage=yes");
	pair_connect(p);
	peer_hold(p->target, PEER_POINT_FINAL);
	run_to(p->target);
	ck_assert(!peer_template(p->target, pdu_type_by_name("nop-in"), &m.pdu, buf, sizeof(buf),
				 &e));
	m.pdu.itt = TAG_NONE;
	m.pdu.ttt = 7;
	ck_assert(!peer_post(p->target, &m, 1, 5000, &e));
	pair_run(p, 10 * NS_PER_MS);
}

START_TEST(test_nop_in_during_login)
{
	nop_in_login();
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert_str_eq(p->initiator->violation.section, "RFC 7143 4.2.4");
}
END_TEST

START_TEST(test_nop_in_during_login_ignored)
{
	knob_at(&p->initiator_cfg, "accepts-nop-in-during-login");
	nop_in_login();
	ck_assert_int_ne(p->initiator->phase, PEER_CLOSED);
}
END_TEST

START_TEST(test_command_during_login)
{
	struct err e = {0};
	struct peer_msg m = {0};
	uint8_t buf[64];

	p->initiator_cfg.tolerant = true;
	pair_set(&p->initiator_cfg, "security-stage=yes");
	pair_connect(p);
	peer_hold(p->initiator, PEER_POINT_OPERATIONAL);
	run_to(p->initiator);
	ck_assert(!peer_template(p->initiator, pdu_type_by_name("scsi-command"), &m.pdu, buf,
				 sizeof(buf), &e));
	ck_assert(!peer_post(p->initiator, &m, 1, 5000, &e));
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_int_eq(p->target->phase, PEER_CLOSED);
	ck_assert_str_eq(p->target->violation.section, "RFC 7143 4.2.4");
	ck_assert_uint_eq(p->count, 2); /* of the security stage, then the refusal */
	ck_assert_uint_eq(p->msgs[1].status_class << 8 | p->msgs[1].status_detail, 0x020b);
}
END_TEST

START_TEST(test_command_first)
{
	struct err e = {0};
	struct peer_msg m = {0};
	uint8_t buf[64];

	p->initiator_cfg.tolerant = true;
	pair_connect(p);
	peer_hold(p->initiator, PEER_POINT_CONNECTED);
	run_to(p->initiator);
	ck_assert(!peer_template(p->initiator, pdu_type_by_name("scsi-command"), &m.pdu, buf,
				 sizeof(buf), &e));
	ck_assert(!peer_post(p->initiator, &m, 1, 5000, &e));
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_int_eq(p->target->phase, PEER_CLOSED);
	ck_assert_uint_eq(p->count, 0); /* no response, just the end */
}
END_TEST

/* Each initiator login knob is seen by the honest target, or by what was said. */
static const struct {
	const char *knob, *key, *value;
} said[] = {
	{"moup-one", "MaxOutstandingUnexpectedPDUs", "1"},
	{"rdsl-too-small", "InitiatorRecvDataSegmentLength", "256"},
	{"rdma-extensions-no", "RDMAExtensions", "No"},
	{"no-rdma-extensions-key", "RDMAExtensions", NULL},
	{"no-target-name", "TargetName", NULL},
};

START_TEST(test_knob_says)
{
	p->target_cfg.tolerant = true;
	knob_at(&p->initiator_cfg, said[_i].knob);
	try_login();
	const char *heard = peer_heard(p->target, said[_i].key);
	if (said[_i].value)
		ck_assert_str_eq(heard, said[_i].value);
	else
		ck_assert_ptr_null(heard);
}
END_TEST

START_TEST(test_knob_late_key)
{
	p->target_cfg.tolerant = true;
	knob_at(&p->initiator_cfg, "rdma-extensions-in-second-pdu");
	try_login();
	for (size_t i = 0; i < p->target->heard_count; i++)
		if (!strcmp(p->target->heard[i].key, "RDMAExtensions"))
			ck_assert_uint_eq(p->target->heard[i].pdu, 2);
	ck_assert_ptr_nonnull(peer_heard(p->target, "RDMAExtensions"));
}
END_TEST

START_TEST(test_knob_key_twice)
{
	knob_at(&p->initiator_cfg, "key-twice");
	expect_failure(2, 0);
}
END_TEST

START_TEST(test_knob_dies_on_rounds)
{
	knob_at(&p->initiator_cfg, "dies-on-extra-rounds");
	pair_set(&p->target_cfg, "login-rounds=1");
	try_login();
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
}
END_TEST

Suite *login_suite(void)
{
	Suite *s = suite_create("login");
	TCase *t = tcase_create("login");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, test_plain);
	tcase_add_loop_test(t, test_negotiation, 0, sizeof(negotiations) / sizeof(negotiations[0]));
	tcase_add_test(t, test_security_stage_without_chap);
	tcase_add_test(t, test_chap);
	tcase_add_test(t, test_chap_mutual);
	tcase_add_test(t, test_chap_wrong_secret);
	tcase_add_test(t, test_chap_wrong_secret_of_target);
	tcase_add_test(t, test_chap_missing);
	tcase_add_test(t, test_chap_not_offered);
	tcase_add_loop_test(t, test_continue_bit, 0, sizeof(chunks) / sizeof(chunks[0]));
	tcase_add_loop_test(t, test_rounds, 0, 4);
	tcase_add_test(t, test_initiator_rounds);
	tcase_add_test(t, test_key_in_later_round);
	tcase_add_test(t, test_discovery);
	tcase_add_test(t, test_discovery_with_extensions);
	tcase_add_loop_test(t, test_status, 0, sizeof(statuses) / sizeof(statuses[0]));
	tcase_add_loop_test(t, test_mistake, 0, sizeof(mistakes) / sizeof(mistakes[0]));
	tcase_add_test(t, test_extensions_refused);
	suite_add_tcase(s, t);

	t = tcase_create("holds");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_hold_initiator, 0, sizeof(points) / sizeof(points[0]));
	tcase_add_loop_test(t, test_hold_target, 0, sizeof(points) / sizeof(points[0]));
	tcase_add_test(t, test_hold_several);
	tcase_add_test(t, test_burst_honest);
	tcase_add_test(t, test_burst_late);
	tcase_add_test(t, test_burst_short_by_one);
	tcase_add_test(t, test_burst_one_spare);
	tcase_add_test(t, test_burst_one_spare_one_ping);
	tcase_add_test(t, test_nop_in_during_login);
	tcase_add_test(t, test_nop_in_during_login_ignored);
	tcase_add_test(t, test_command_during_login);
	tcase_add_test(t, test_command_first);
	suite_add_tcase(s, t);

	t = tcase_create("knobs");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_knob_says, 0, sizeof(said) / sizeof(said[0]));
	tcase_add_test(t, test_knob_late_key);
	tcase_add_test(t, test_knob_key_twice);
	tcase_add_test(t, test_knob_dies_on_rounds);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A model initiator's scan and workload against the model target, over all ways that data can take.
 */
#include "pair.h"
#include "slow.h"
#include "suites.h"

enum { WRITES = 64 }; /* of the workload */

static struct pair *p;

static void setup(void)
{
	p = pair_new(3);
	p->initiator_cfg.autopilot = true;
	p->initiator_cfg.workload_io = true;
}

static void teardown(void)
{
	pair_free(p);
}

static bool run_until_idle(uint64_t ns)
{
	uint64_t until = fab_now(p->initiator_fab) + ns;
	while (p->initiator->phase == PEER_FULL && !autopilot_idle(p->initiator))
		if (!pair_step(p, until))
			return false;
	return p->initiator->phase == PEER_FULL;
}

/* Settings of both sides that decide which way written data goes. */
static const char *const ways[][4] = {
	{"ImmediateData=Yes", "InitialR2T=Yes"},
	{"ImmediateData=No", "InitialR2T=Yes"},
	{"ImmediateData=Yes", "InitialR2T=No"},
	{"ImmediateData=No", "InitialR2T=No"},
	{"ImmediateData=Yes", "InitialR2T=No", "FirstBurstLength=1024"},
	{"ImmediateData=No", "InitialR2T=No", "FirstBurstLength=4096"},
	{"ImmediateData=Yes", "InitialR2T=Yes", "FirstBurstLength=512", "MaxBurstLength=4096"},
	{"ImmediateData=Yes", "InitialR2T=No", "write-base=whole"},
	{"ImmediateData=No", "InitialR2T=No", "write-base=whole", "MaxBurstLength=8192"},
	{"ImmediateData=Yes", "InitialR2T=Yes", "write-base=whole", "MaxOutstandingR2T=4"},
	{"TargetRecvDataSegmentLength=512", "InitialR2T=No"},
};
enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

START_TEST(test_data_comes_back)
{
	for (size_t i = 0; i < 4 && ways[_i][i]; i++) {
		pair_set(&p->initiator_cfg, ways[_i][i]);
		pair_set(&p->target_cfg, ways[_i][i]);
	}
	pair_login(p);
	ck_assert_msg(run_until_idle(20 * NS_PER_S), "%s: %s / %s", ways[_i][0],
		      p->initiator->violation.what, p->target->violation.what);
	pair_clean(p);
	unsigned same = 0;
	ck_assert(peer_workload_over(p->initiator, &same));
	ck_assert_uint_eq(same, WRITES);
	ck_assert_uint_eq(p->target->served.writes, WRITES);
	ck_assert_uint_eq(p->target->served.reads, WRITES + 11);
	for (const struct peer_task *t = p->initiator->tasks; t; t = t->next) {
		ck_assert(t->done);
		ck_assert_ptr_null(guarded_damage(&t->read));
		ck_assert_uint_eq(t->status, 0);
	}

	ck_assert_int_eq(peer_logout(p->initiator, NULL), 0);
	pair_run(p, NS_PER_S);
	ck_assert(p->initiator->closed_by_peer);
	pair_clean(p);
}
END_TEST

/* Our target has nothing there, so nothing is written, and that is told. */
START_TEST(test_another_lun)
{
	unsigned same = 1;

	pair_set(&p->initiator_cfg, "lun=3");
	pair_login(p);
	ck_assert(run_until_idle(20 * NS_PER_S));
	ck_assert_uint_eq(p->target->served.writes, 0);
	ck_assert(peer_workload_over(p->initiator, &same));
	ck_assert_uint_eq(same, 0);
	ck_assert_uint_eq(p->initiator->tasks->request.lun, UINT64_C(3) << 48);
}
END_TEST

START_TEST(test_send_with_invalidate)
{
	size_t invalidated = 0;

	pair_set(&p->initiator_cfg, "windows=yes");
	pair_set(&p->target_cfg, _i ? "send-inv=yes" : "send-inv=no");
	pair_login(p);
	ck_assert_msg(run_until_idle(20 * NS_PER_S), "%s / %s", p->initiator->violation.what,
		      p->target->violation.what);
	pair_clean(p);
	for (const struct peer_task *t = p->initiator->tasks; t; t = t->next)
		invalidated += t->invalidated;
	if (_i)
		ck_assert_uint_ge(invalidated, WRITES);
	else
		ck_assert_uint_eq(invalidated, 0);
}
END_TEST

START_TEST(test_narrow)
{
	/* One command at a time, one RDMA Read at a time, responses that take a while. */
	pair_set(&p->target_cfg, "window=1");
	pair_set(&p->target_cfg, "response-delay=2ms");
	pair_set(&p->target_cfg, "nop-interval=50ms");
	p->target_cfg.fab.initiator_depth = 1;
	p->initiator_cfg.fab.responder_resources = 1;
	pair_login(p);
	ck_assert_msg(run_until_idle(60 * NS_PER_S), "%s / %s", p->initiator->violation.what,
		      p->target->violation.what);
	pair_clean(p);
	ck_assert_uint_eq(p->target->served.writes, WRITES);
}
END_TEST

START_TEST(test_scan_only)
{
	p->initiator_cfg.workload_io = false;
	pair_login(p);
	ck_assert(run_until_idle(NS_PER_S));
	ck_assert_uint_eq(p->target->served.commands, 12);
	ck_assert_uint_eq(p->target->served.writes, 0);
	pair_run(p, 5 * NS_PER_S); /* and it stays */
	ck_assert_uint_eq(p->initiator->phase, PEER_FULL);
	pair_clean(p);
}
END_TEST

START_TEST(test_seeds)
{
	pair_free(p);
	p = pair_new(100 + (uint64_t)_i);
	p->initiator_cfg.autopilot = p->initiator_cfg.workload_io = true;
	p->initiator_cfg.seed = (uint64_t)_i;
	pair_set(&p->target_cfg, "InitialR2T=No");
	pair_set(&p->initiator_cfg, "InitialR2T=No");
	pair_login(p);
	ck_assert_msg(run_until_idle(20 * NS_PER_S), "%s / %s", p->initiator->violation.what,
		      p->target->violation.what);
	pair_clean(p);
}
END_TEST

/* Mutants of the target that a mere scan with I/O must expose. */
static const char *const exposed[] = {
	"read-data-corrupt",	      "read-data-short",	"read-data-shifted",
	"read-data-beyond-buffer",    "response-before-data",	"data-in-pdu",
	"write-data-dropped",	      "write-data-corrupt",	"write-offset-wrong",
	"write-response-before-data", "stat-sn-stuck",		"stat-sn-skipped",
	"response-wrong-itt",	      "response-twice",		"send-inv-not-offered",
	"send-inv-wrong-key",	      "immediate-data-dropped",
};
enum { EXPOSED = sizeof(exposed) / sizeof(exposed[0]) };

START_TEST(test_mutants_show)
{
	bool damage = false;

	if (!strcmp(exposed[_i], "send-inv-wrong-key")) {
		pair_set(&p->initiator_cfg, "windows=yes");
		pair_set(&p->target_cfg, "send-inv=yes");
	}
	pair_set(&p->initiator_cfg, "InitialR2T=Yes");
	pair_knob(p, exposed[_i]);
	pair_login(p);
	bool idle = run_until_idle(10 * NS_PER_S);
	for (const struct peer_task *t = p->initiator->tasks; t; t = t->next)
		damage |= guarded_damage(&t->read) != NULL;
	ck_assert_msg(!idle || damage || p->initiator->violation.what[0], "%s went unnoticed",
		      exposed[_i]);
}
END_TEST

START_TEST(test_unsolicited_data_dropped)
{
	pair_set(&p->initiator_cfg, "InitialR2T=No");
	pair_set(&p->target_cfg, "InitialR2T=No");
	pair_set(&p->initiator_cfg, "ImmediateData=No");
	pair_knob(p, "unsolicited-data-dropped");
	pair_login(p);
	ck_assert(!run_until_idle(10 * NS_PER_S));
	ck_assert_str_ne(p->initiator->violation.what, "");
}
END_TEST

/* ABORT TASK and LOGICAL UNIT RESET end the command that waits, with its STag. */
START_TEST(test_gives_up)
{
	unsigned aborted = 0;

	pair_set(&p->target_cfg, "response-delay=1s");
	pair_set(&p->initiator_cfg, "task-timeout=100ms");
	pair_set(&p->initiator_cfg, _i ? "task-timeout-function=5" : "task-timeout-function=1");
	pair_login(p);
	pair_run(p, 990 * NS_PER_MS);
	pair_clean(p);
	for (const struct peer_task *t = p->initiator->tasks; t; t = t->next) {
		aborted += t->aborted;
		ck_assert(!t->aborted || (t->done && !t->read.region));
	}
	ck_assert_uint_ge(aborted, 8);
	ck_assert_uint_eq(p->target->served.tmfs, aborted);
	ck_assert_uint_eq(p->initiator->phase, PEER_FULL);
}
END_TEST

Suite *autopilot_suite(void)
{
	Suite *s = suite_create("autopilot");
	TCase *c = tcase_create("autopilot");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 30);
	tcase_add_loop_test(c, test_data_comes_back, 0, WAYS);
	tcase_add_test(c, test_another_lun);
	tcase_add_loop_test(c, test_send_with_invalidate, 0, 2);
	tcase_add_test(c, test_narrow);
	tcase_add_test(c, test_scan_only);
	tcase_add_loop_test(c, test_seeds, 0, SLOW_ROUNDS(10));
	tcase_add_loop_test(c, test_mutants_show, 0, EXPOSED);
	tcase_add_test(c, test_unsolicited_data_dropped);
	tcase_add_loop_test(c, test_gives_up, 0, 2);
	suite_add_tcase(s, c);
	return s;
}

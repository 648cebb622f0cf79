/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine behind the monitors: whom it accuses, and what it keeps count of. */
#include "scene.h"
#include "suites.h"

static void setup(void)
{
	scene_open(FROM_TARGET);
	scene_login("MaxOutstandingUnexpectedPDUs=4 InitialR2T=No",
		    "InitialR2T=No ImmediateData=No");
}

static struct dialogue seen;

static void look(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	(void)w, (void)state, (void)t;
	seen = *d;
}

START_TEST(more_breaks_are_counted)
{
	say("scsi-response", "ITT=5 StatSN=9");
	say("scsi-response", "ITT=6 StatSN=9");
	say("scsi-response", "ITT=7 StatSN=9");
	scene_judge("stat-sn");
	const struct finding *f = scene_broke("I7143-11.4.9-1");
	ck_assert_ptr_nonnull(strstr(f->reason, "StatSN 9 where 2 is next (and 2 more like it)"));
	ck_assert_str_eq(f->monitor, "stat-sn");
}
END_TEST

START_TEST(a_finding_of_a_monitor_decides_no_case)
{
	result_add(&scene.result, VERDICT_PASS, 1, "", "", NULL, 0);
	say("scsi-response", "ITT=5 StatSN=9");
	scene_judge("stat-sn");
	result_decide(&scene.result);
	ck_assert_int_eq(scene.result.verdict, VERDICT_PASS);
}
END_TEST

START_TEST(the_verdict_follows_the_ledger)
{
	struct err e;
	struct ledger *l = ledger_load("cases/rules", &e);
	ck_assert_ptr_nonnull(l);
	const struct rule *rule = ledger_find(l, "I7143-11.19.2-1");
	ck_assert(rule && rule->our_level);
	say("nop-in", "ITT=none TTT=7 StatSN=9");
	watch_log(scene.log, true, l, monitor_by_name("stat-sn"), &scene.result);
	scene.judged = true;
	ck_assert_int_eq(scene_broke("I7143-11.19.2-1")->verdict, VERDICT_WARN);
	ledger_free(l);
}
END_TEST

/* We are the target here, and lie: what an initiator does after that may be our doing. */
START_TEST(our_own_breaks_accuse_nobody)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say("scsi-response", "ITT=5 StatSN=9");
	scene_judge("stat-sn");
	ck_assert_uint_eq(scene.result.finding_count, 0);
}
END_TEST

/* An initiator never invalidates; what becomes of the target's queue pair by it is our doing. */
START_TEST(our_own_invalidation_accuses_nobody)
{
	static uint8_t buf[256];
	const size_t len =
		scene_encode("logout-request", "Reason=0 ITT=2 CmdSN=1", NULL, 0, buf, sizeof(buf));

	scene_add((struct log_event){.kind = LOG_POST,
				     .name = _i ? "send-inv" : "send",
				     .id = 77,
				     .bytes = {buf, len},
				     .invalidated = _i,
				     .invalidated_key = 5});
	scene_add((struct log_event){
		.kind = LOG_DONE, .name = _i ? "send-inv" : "send", .id = 77, .status = "ok"});
	scene_add((struct log_event){.kind = LOG_CM, .name = "disconnected"});
	scene_judge("logout");
	if (_i)
		scene_nothing_broken();
	else
		scene_broke("I7143-11.14-3");
}
END_TEST

/* The same log, read as that of the one under test. */
START_TEST(an_own_log_accuses_its_writer)
{
	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	say("scsi-response", "ITT=5 StatSN=9");
	watch_own_log(scene.log, true, NULL, monitor_by_name("stat-sn"), &scene.result);
	scene.judged = true;
	ck_assert_ptr_nonnull(strstr(scene_broke("I7143-11.4.9-1")->reason, "StatSN 9"));
}
END_TEST

/*
 * StatSN 2 and 3 from us, in Sends that share an id as all of the honest peer do, with what became
 * of them; the initiator acknowledges both.
 */
static void both_acknowledged(const char *first, const char *second)
{
	const char *const status[] = {first, second};
	static const char *const fields[] = {"AsyncEvent=255 StatSN=2", "AsyncEvent=255 StatSN=3"};
	static uint8_t buf[2][256];

	scene_close();
	scene_open(FROM_INITIATOR);
	scene_login("", "");
	for (size_t i = 0; i < 2; i++)
		scene_add((struct log_event){
			.kind = LOG_POST,
			.name = "send",
			.bytes = {buf[i], scene_encode("async", fields[i], NULL, 0, buf[i],
						       sizeof(buf[i]))},
		});
	say("nop-out", "ITT=9 TTT=none CmdSN=2 ExpStatSN=4");
	for (size_t i = 0; i < 2; i++)
		scene_add(
			(struct log_event){.kind = LOG_DONE, .name = "send", .status = status[i]});
	scene_judge("exp-stat-sn");
}

START_TEST(completions_come_in_order)
{
	both_acknowledged("ok", "rnr-retry-exceeded");
	scene_broke("I7143-4.2.2.2-1");
}
END_TEST

START_TEST(a_flushed_send_may_have_arrived)
{
	both_acknowledged("ok", "flushed");
	scene_nothing_broken();
}
END_TEST

START_TEST(the_digest_follows_the_login)
{
	static const struct monitor spy = {.name = "spy", .doc = "", .rules = "", .message = look};
	struct dialogue d;
	say("nop-out", "I=1 ITT=5 TTT=none CmdSN=2");
	dialogue_init(&d, 1, true);
	for (size_t i = 0; i < log_count(scene.log); i++) {
		const struct log_event *ev = log_at(scene.log, i);
		struct traffic t = {.ev = ev, .phase = d.phase, .delivery = DELIVERED};
		if (ev->kind != LOG_RECV && ev->kind != LOG_POST) {
			dialogue_event(&d, ev);
			continue;
		}
		t.from = ev->kind == LOG_RECV ? FROM_TARGET : FROM_INITIATOR;
		ck_assert_int_eq(pdu_decode(&t.pdu, ev->bytes.at, ev->bytes.len, NULL), 0);
		spy.message(NULL, &d, NULL, &t);
		dialogue_message(&d, &t);
	}
	ck_assert_int_eq(seen.phase, DIALOGUE_FULL);
	ck_assert(d.terms.rdma_extensions && !d.terms.initial_r2t && !d.terms.immediate_data);
	ck_assert_uint_eq(d.terms.initiator_moup, 4);
	ck_assert(d.terms.initiator_moup_said && !d.terms.target_moup_said);
	ck_assert_ptr_nonnull(dialogue_task(&d, 5));
	ck_assert_ptr_null(dialogue_task(&d, 5)->answered);
	dialogue_free(&d);
}
END_TEST

START_TEST(every_monitor_explains_itself)
{
	size_t n;
	struct err e;
	struct ledger *l = ledger_load("cases/rules", &e);
	const struct monitor *const *all = monitors(&n);
	ck_assert_uint_gt(n, 0);
	for (size_t i = 0; i < n; i++) {
		const char *rules = all[i]->rules;
		char id[RULE_ID_SIZE];
		ck_assert(all[i]->name[0] && all[i]->doc[0] && all[i]->rules[0]);
		ck_assert_ptr_eq(monitor_by_name(all[i]->name), all[i]);
		while (rules_next(&rules, id))
			ck_assert_msg(ledger_find(l, id), "%s cites %s", all[i]->name, id);
	}
	ledger_free(l);
}
END_TEST

Suite *watch_suite(void)
{
	Suite *s = suite_create("watch");
	TCase *c = tcase_create("watch");
	tcase_add_checked_fixture(c, setup, scene_close);
	tcase_add_test(c, more_breaks_are_counted);
	tcase_add_test(c, a_finding_of_a_monitor_decides_no_case);
	tcase_add_test(c, the_verdict_follows_the_ledger);
	tcase_add_test(c, our_own_breaks_accuse_nobody);
	tcase_add_loop_test(c, our_own_invalidation_accuses_nobody, 0, 2);
	tcase_add_test(c, an_own_log_accuses_its_writer);
	tcase_add_test(c, completions_come_in_order);
	tcase_add_test(c, a_flushed_send_may_have_arrived);
	tcase_add_test(c, the_digest_follows_the_login);
	tcase_add_test(c, every_monitor_explains_itself);
	suite_add_tcase(s, c);
	return s;
}

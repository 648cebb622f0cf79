/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator keeps fabric.h's promises, with and without a log, in quiet and in rough weather;
 * and so does the device with the address ISERSPEC_DEVICE_ADDRESS, where that is set
 * (harness/tests/softverbs.sh).
 */
#include "fabric_contract.h"

#include "../fabric/log.h"
#include "../fabric/sim/sim.h"
#include "suites.h"

static void run_one(const struct contract_check *check, const struct sim_options *o, bool logged)
{
	struct contract k = {.host = "passive"};
	struct log *log = logged ? log_new(NULL, NULL) : NULL;
	struct sim *s = sim_new(o);
	struct err e;
	enum contract_verdict verdict;

	k.active.f = sim_endpoint(s, "active", NULL, NULL, log);
	k.passive.f = sim_endpoint(s, "passive", NULL, NULL, log);
	ck_assert_int_eq(fab_listen(k.passive.f, NULL, 3260, NULL, &e), 0);
	verdict = contract_run(&k, check);
	ck_assert_msg(verdict == CONTRACT_PASSED || (verdict == CONTRACT_NOT_APPLICABLE &&
						     (check->needs & (o->iwarp ? RC : IWARP))),
		      "%s (seed %llu): %s", check->name, (unsigned long long)o->seed, k.failure);
	sim_free(s);
	log_free(log);
}

START_TEST(kept)
{
	struct sim_options o;

	sim_options_default(&o);
	run_one(&contract_checks[_i], &o, true);
	run_one(&contract_checks[_i], &o, false);
	o.jitter_ns = 50 * NS_PER_US;
	o.poll_delay_ns = 20 * NS_PER_US;
	for (o.seed = 2; o.seed < 8; o.seed++)
		run_one(&contract_checks[_i], &o, o.seed & 1);
	o.iwarp = true;
	for (o.seed = 1; o.seed < 8; o.seed++)
		run_one(&contract_checks[_i], &o, o.seed & 1);
}
END_TEST

static const char *device_address(void)
{
	return getenv("ISERSPEC_DEVICE_ADDRESS");
}

START_TEST(kept_by_the_device)
{
	const struct contract_check *check = &contract_checks[_i];
	struct contract k = {.host = device_address()};
	struct log *logs[2] = {log_new(NULL, NULL), log_new(NULL, NULL)};
	char text[400];
	struct err e;

	k.active.f = verbs_open(logs[0], &e);
	ck_assert_msg(k.active.f != NULL, "%s", err_text(&e, text, sizeof(text)));
	k.passive.f = verbs_open(logs[1], &e);
	ck_assert_msg(k.passive.f != NULL, "%s", err_text(&e, text, sizeof(text)));
	ck_assert_int_eq(fab_listen(k.passive.f, k.host, 0, NULL, &e), 0);
	ck_assert_msg(contract_run(&k, check) != CONTRACT_FAILED, "%s: %s", check->name, k.failure);
	fab_close(k.active.f);
	fab_close(k.passive.f);
	log_free(logs[0]);
	log_free(logs[1]);
}
END_TEST

Suite *contract_suite(void)
{
	Suite *s = suite_create("contract");
	TCase *t = tcase_create("simulator");

	tcase_set_timeout(t, 60);
	tcase_add_loop_test(t, kept, 0, CONTRACT_CHECKS);
	suite_add_tcase(s, t);
	if (device_address()) {
		t = tcase_create("device");
		tcase_set_timeout(t, 60);
		tcase_add_loop_test(t, kept_by_the_device, 0, CONTRACT_CHECKS);
		suite_add_tcase(s, t);
	}
	return s;
}

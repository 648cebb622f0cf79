/* SPDX-License-Identifier: BSD-2-Clause */
/* A target with several sessions: what ISID, TSIH and CID of a login come to (RFC 7143 6.3.1), and
 * that all sessions have one disk. */
#include <check.h>
#include <string.h>

#include "../fabric/log.h"
#include "../fabric/sim/sim.h"
#include "../peer/internal.h"
#include "../peer/model.h"
#include "suites.h"

enum { SESSIONS = 3 };

static struct sim *sim;
static struct log *events;
static struct fabric *fab;
static struct model target;
static struct peer *initiators[SESSIONS];
static struct peer_config cfg;

static void on_event(void *ctx, const struct fab_event *ev)
{
	model_event(ctx, ev);
}

static void setup(void)
{
	struct sim_options o;
	struct peer_config c;

	sim_options_default(&o);
	sim = sim_new(&o);
	events = log_new(NULL, NULL);
	fab = sim_endpoint(sim, "sim-initiator", NULL, NULL, events);
	struct fabric *theirs = sim_endpoint(sim, "sim-target", on_event, &target, NULL);
	peer_config_default(&c, PEER_TARGET);
	model_init(&target, &c);
	target.fab = theirs;
	ck_assert_int_eq(model_listen(&target, "sim-target", c.port, NULL), 0);
	peer_config_default(&cfg, PEER_INITIATOR);
	strcpy(cfg.host, "sim-target");
	strcpy(cfg.target_name, c.target_name);
	cfg.isid = 7;
}

static void teardown(void)
{
	for (size_t i = 0; i < SESSIONS; i++) {
		if (initiators[i])
			peer_free(initiators[i]);
		initiators[i] = NULL;
	}
	model_end(&target);
	sim_free(sim);
	log_free(events);
}

static void run(uint64_t ns)
{
	struct fab_event ev;

	for (uint64_t until = fab_now(fab) + ns;;) {
		fab_wait(fab, until, &ev);
		if (ev.kind == FAB_TIMEOUT)
			return;
		for (size_t i = 0; i < SESSIONS; i++)
			if (initiators[i])
				peer_event(initiators[i], &ev);
	}
}

/* The i-th initiator logs in, or tries to. */
static struct peer *login(size_t i, uint16_t tsih, uint16_t cid)
{
	struct err e = {0};

	struct peer *p = initiators[i] = peer_new(fab, &cfg);
	ck_assert_ptr_nonnull(p);
	p->tsih = tsih;
	p->cid = cid;
	ck_assert_msg(!peer_connect(p, &e), "%s", e.what);
	run(20 * NS_PER_MS);
	return p;
}

static void expect_status(const struct peer *p, unsigned status)
{
	ck_assert_uint_eq(p->login_status_class * 256u + p->login_status_detail, status);
	ck_assert_int_eq(p->phase, status ? PEER_CLOSED : PEER_FULL);
}

static struct peer_task *io(struct peer *p, uint8_t opcode, uint8_t *data)
{
	struct scsi_request r = {.cdb = {opcode, 0, 0, 0, 0, 9, 0, 0, 1}};
	if (data)
		r.write = (struct bytes){data, 512};
	else
		r.read_len = 512;
	struct peer_task *t = peer_scsi(p, &r, NULL);
	ck_assert_ptr_nonnull(t);
	run(20 * NS_PER_MS);
	ck_assert(t->done);
	ck_assert_uint_eq(t->status, 0);
	return t;
}

START_TEST(another_isid_is_another_session)
{
	struct peer *a = login(0, 0, 0);
	cfg.isid = 8;
	struct peer *b = login(1, 0, 0);
	expect_status(a, 0);
	expect_status(b, 0);
}
END_TEST

START_TEST(another_initiator_is_another_session)
{
	struct peer *a = login(0, 0, 0);
	strcpy(cfg.initiator_name, "iqn.2026-01.net.iserspec:other");
	struct peer *b = login(1, 0, 0);
	expect_status(a, 0);
	expect_status(b, 0);
	struct peer *c = login(2, a->tsih + 1, 0);
	expect_status(c, 0x020a);
}
END_TEST

START_TEST(tsih_zero_takes_the_place)
{
	struct peer *a = login(0, 0, 0);
	const uint16_t old = a->tsih;
	struct peer *b = login(1, 0, 0);
	expect_status(b, 0);
	ck_assert(a->closed_by_peer);
	ck_assert_uint_ne(b->tsih, old);
	/* The old name means nobody now. */
	expect_status(login(2, old, 1), 0x020a);
	expect_status(b, 0);
}
END_TEST

START_TEST(a_login_that_fails_takes_nobodys_place)
{
	struct peer *a = login(0, 0, 0);
	struct err e = {0};
	ck_assert(!peer_config_set(&cfg, "omit=RDMAExtensions", &e));
	cfg.knob[knob_by_name("ignores-refused-extensions")] = true;
	struct peer *b = login(1, 0, 0);
	expect_status(b, 0x0200);
	expect_status(a, 0);
}
END_TEST

START_TEST(a_second_connection_is_one_too_many)
{
	struct peer *a = login(0, 0, 0);
	expect_status(login(1, a->tsih, 1), 0x0206);
	expect_status(a, 0);
	target.cfg.knob[knob_by_name("existing-tsih-unknown")] = true;
	expect_status(login(2, a->tsih, 1), 0x020a);
}
END_TEST

START_TEST(a_connection_is_reinstated)
{
	static uint8_t data[512];

	struct peer *a = login(0, 0, 3);
	io(a, 0x2a, data);
	cfg.first_cmd_sn = a->session->cmd_sn;
	struct peer *b = login(1, a->tsih, 3);
	expect_status(b, 0);
	ck_assert(a->closed_by_peer);
	ck_assert_uint_eq(b->tsih, a->tsih);
	ck_assert_uint_eq(b->session->exp_cmd_sn, a->session->cmd_sn);
	io(b, 0x28, NULL);
}
END_TEST

START_TEST(a_session_is_over_with_its_logout)
{
	struct peer *a = login(0, 0, 0);
	const uint16_t old = a->tsih;
	ck_assert_int_eq(peer_logout(a, NULL), 0);
	run(20 * NS_PER_MS);
	expect_status(login(1, old, 0), 0x020a);
	struct peer *c = login(2, 0, 0);
	expect_status(c, 0);
}
END_TEST

START_TEST(sessions_share_the_disk)
{
	static uint8_t data[512];

	memset(data, 0xd5, sizeof(data));
	struct peer *a = login(0, 0, 0);
	io(a, 0x2a, data);
	cfg.isid = 8;
	const struct peer_task *t = io(login(1, 0, 0), 0x28, NULL);
	ck_assert_mem_eq(t->read.at, data, sizeof(data));
}
END_TEST

Suite *sessions_suite(void)
{
	Suite *s = suite_create("sessions");
	TCase *c = tcase_create("sessions");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_add_test(c, another_isid_is_another_session);
	tcase_add_test(c, another_initiator_is_another_session);
	tcase_add_test(c, tsih_zero_takes_the_place);
	tcase_add_test(c, a_login_that_fails_takes_nobodys_place);
	tcase_add_test(c, a_second_connection_is_one_too_many);
	tcase_add_test(c, a_connection_is_reinstated);
	tcase_add_test(c, a_session_is_over_with_its_logout);
	tcase_add_test(c, sessions_share_the_disk);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The initiator in full feature phase, against the honest target and against messages made by hand.
 */
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

/* The n-th message of this type that the initiator posted, decoded; false past the last. */
static bool posted(const char *name, size_t n, struct pdu *out)
{
	for (size_t i = 0; i < log_count(p->log); i++) {
		const struct log_event *ev = log_at(p->log, i);
		if (ev->kind == LOG_POST && ev->bytes.len &&
		    !pdu_decode(out, ev->bytes.at, ev->bytes.len, NULL) &&
		    !strcmp(out->type->name, name) && !n--)
			return true;
	}
	return false;
}

static size_t posted_count(const char *name)
{
	struct pdu pdu;
	size_t n = 0;
	while (posted(name, n, &pdu))
		n++;
	return n;
}

static struct peer_task *scsi(uint8_t opcode, uint32_t lba, uint16_t blocks, uint32_t read_len,
			      struct bytes write)
{
	struct scsi_request r = {.read_len = read_len, .write = write};
	struct err e = {0};

	r.cdb[0] = opcode;
	r.cdb[2] = (uint8_t)(lba >> 24);
	r.cdb[3] = (uint8_t)(lba >> 16);
	r.cdb[4] = (uint8_t)(lba >> 8);
	r.cdb[5] = (uint8_t)lba;
	r.cdb[7] = (uint8_t)(blocks >> 8);
	r.cdb[8] = (uint8_t)blocks;
	struct peer_task *t = peer_scsi(p->initiator, &r, &e);
	ck_assert_msg(t != NULL, "%s", e.what);
	return t;
}

static void target_sends(struct pdu *pdu)
{
	struct peer_msg m = {.pdu = *pdu};
	struct err e = {0};
	ck_assert_msg(!peer_post(p->target, &m, 1, 100, &e), "%s", e.what);
}

static struct pdu from_target(const char *type)
{
	struct pdu pdu;
	uint8_t buf[64];
	struct err e = {0};

	ck_assert(!peer_template(p->target, pdu_type_by_name(type), &pdu, buf, sizeof(buf), &e));
	pdu.data = (struct bytes){0};
	return pdu;
}

static void ping(uint32_t ttt, uint64_t lun)
{
	struct pdu pdu = from_target("nop-in");
	pdu.itt = TAG_NONE;
	pdu.ttt = ttt;
	pdu.lun = lun;
	target_sends(&pdu);
	pair_run(p, NS_PER_MS);
}

/* ---- writes in all their forms, read back ---- */

static const struct {
	const char *a, *b, *c;
	size_t len;
	size_t immediate, outs; /* bytes in the command, Data-Out PDUs */
	bool solicited;
} writes[] = {
	{"ImmediateData=Yes", "InitialR2T=Yes", "moup=8", 512, 512, 0, false},
	{"ImmediateData=Yes", "InitialR2T=Yes", "moup=8", 65536, 8192, 0, true},
	{"ImmediateData=No", "InitialR2T=Yes", "moup=8", 4096, 0, 0, true},
	{"ImmediateData=No", "InitialR2T=No", "FirstBurstLength=16384", 16384, 0, 2, false},
	{"ImmediateData=No", "InitialR2T=No", "FirstBurstLength=16384", 65536, 0, 2, true},
	{"ImmediateData=Yes", "InitialR2T=No", "FirstBurstLength=20480", 65536, 8192, 2, true},
	{"ImmediateData=Yes", "InitialR2T=No", "TargetRecvDataSegmentLength=512", 2048, 512, 3,
	 false},
	{"ImmediateData=Yes", "InitialR2T=No", "write-base=whole", 131072, 8192, 7, true},
	{"ImmediateData=Yes", "InitialR2T=No", "FirstBurstLength=1024", 4096, 1024, 0, true},
};

START_TEST(test_write)
{
	static uint8_t data[131072];
	struct pdu pdu;
	size_t len = writes[_i].len;

	pair_set(&p->initiator_cfg, writes[_i].a);
	pair_set(&p->initiator_cfg, writes[_i].b);
	pair_set(&p->initiator_cfg, writes[_i].c);
	pair_login(p);
	pattern_fill(data, len, 77, 0);
	struct peer_task *w = scsi(0x2a, 64, (uint16_t)(len / 512), 0, (struct bytes){data, len});
	pair_run(p, 20 * NS_PER_MS);
	ck_assert(w->done);
	ck_assert_uint_eq(w->status, 0);
	ck_assert_uint_eq(w->response, 0);
	ck_assert_ptr_null(guarded_damage(&w->write));
	ck_assert(posted("scsi-command", 0, &pdu));
	ck_assert_uint_eq(pdu.data.len, writes[_i].immediate);
	ck_assert_uint_eq(pdu.wsv, writes[_i].solicited);
	ck_assert_uint_eq(pdu.f, writes[_i].outs == 0);
	ck_assert_uint_eq(posted_count("data-out"), writes[_i].outs);
	for (size_t i = 0; i < writes[_i].outs; i++) {
		ck_assert(posted("data-out", i, &pdu));
		ck_assert_uint_eq(pdu.data_sn, i);
		ck_assert_uint_eq(pdu.ttt, TAG_NONE);
		ck_assert_uint_eq(pdu.f, i + 1 == writes[_i].outs);
	}

	struct peer_task *r =
		scsi(0x28, 64, (uint16_t)(len / 512), (uint32_t)len, (struct bytes){0});
	pair_run(p, 20 * NS_PER_MS);
	ck_assert(r->done);
	ck_assert_uint_eq(r->status, 0);
	ck_assert_uint_eq(pattern_compare(r->read.at, len, 77, 0), len);
	ck_assert_ptr_null(guarded_damage(&r->read));
	ck_assert_ptr_null(r->read.region); /* its STag is dead: RFC 7145 7.3.2 */
	ck_assert_ptr_null(w->write.region);
	pair_clean(p);
}
END_TEST

START_TEST(test_send_with_invalidate)
{
	pair_set(&p->initiator_cfg, "windows=yes");
	pair_set(&p->target_cfg, "send-inv=yes");
	pair_login(p);
	struct peer_task *r = scsi(0x28, 0, 8, 4096, (struct bytes){0});
	pair_run(p, 20 * NS_PER_MS);
	ck_assert(r->done);
	ck_assert(r->invalidated);
	pair_clean(p);
}
END_TEST

START_TEST(test_no_invalidate_unless_offered)
{
	pair_set(&p->target_cfg, "send-inv=yes");
	pair_login(p);
	struct peer_task *r = scsi(0x28, 0, 8, 4096, (struct bytes){0});
	pair_run(p, 20 * NS_PER_MS);
	ck_assert(r->done);
	ck_assert(!r->invalidated);
	pair_clean(p);
}
END_TEST

/* RFC 7145 6.8: data in both directions takes an AHS, for which the target has to have room. */
START_TEST(test_no_room_for_an_ahs)
{
	static const uint8_t data[512];
	struct scsi_request r = {.read_len = 512, .write = {data, sizeof(data)}};
	struct err e = {0};

	pair_login(p);
	p->initiator->terms.their_max_ahs = 2;
	ck_assert_ptr_null(peer_scsi(p->initiator, &r, &e));
	ck_assert_ptr_nonnull(strstr(e.what, "the target takes 2"));
	r.read_len = 0;
	r.cdb[0] = 0x2a;
	r.cdb[8] = 1;
	ck_assert_ptr_nonnull(peer_scsi(p->initiator, &r, &e));
	pair_run(p, 20 * NS_PER_MS);
	pair_clean(p);
}
END_TEST

START_TEST(test_check_condition)
{
	pair_login(p);
	struct peer_task *r =
		scsi(0x28, 0x7fffffff, 1, 512, (struct bytes){0}); /* beyond the disk */
	pair_run(p, 20 * NS_PER_MS);
	ck_assert(r->done);
	ck_assert_uint_eq(r->status, 2);
	ck_assert_uint_ge(r->sense_len, 18);
	ck_assert_uint_eq(r->sense[2] & 0xf, 5); /* ILLEGAL REQUEST */
	pair_clean(p);
}
END_TEST

/* More commands than the window holds: the rest waits, none is lost. */
START_TEST(test_window)
{
	struct peer_task *tasks[40];

	pair_set(&p->target_cfg, "window=4");
	pair_set(&p->target_cfg, "response-delay=1ms");
	pair_login(p);
	for (size_t i = 0; i < 40; i++)
		tasks[i] = scsi(0x28, (uint32_t)i, 1, 512, (struct bytes){0});
	ck_assert_uint_eq(posted_count("scsi-command"), 4);
	pair_run(p, 200 * NS_PER_MS);
	for (size_t i = 0; i < 40; i++) {
		ck_assert(tasks[i]->done);
		ck_assert_uint_eq(tasks[i]->status, 0);
		ck_assert_uint_eq(tasks[i]->cmd_sn, p->initiator_cfg.first_cmd_sn + i);
	}
	pair_clean(p);
}
END_TEST

START_TEST(test_serial_wrap)
{
	pair_set(&p->initiator_cfg, "first-cmd-sn=0xfffffffe");
	pair_set(&p->target_cfg, "first-stat-sn=0xfffffffd");
	pair_login(p);
	for (size_t i = 0; i < 8; i++) {
		struct peer_task *t = scsi(0x28, 0, 1, 512, (struct bytes){0});
		pair_run(p, 5 * NS_PER_MS);
		ck_assert(t->done);
	}
	ck_assert_uint_eq(p->initiator->session->cmd_sn, 6);
	pair_clean(p);
}
END_TEST

/* ---- pings ---- */

START_TEST(test_ping)
{
	struct pdu pdu;

	pair_login(p);
	uint32_t cmd_sn = p->initiator->session->cmd_sn;
	ping(0x77, 0x0003000000000000);
	ck_assert_uint_eq(posted_count("nop-out"), 1);
	ck_assert(posted("nop-out", 0, &pdu));
	ck_assert_uint_eq(pdu.ttt, 0x77);
	ck_assert_uint_eq(pdu.itt, TAG_NONE);
	ck_assert_uint_eq(pdu.i, 1);
	ck_assert_uint_eq(pdu.lun, 0x0003000000000000);
	ck_assert_uint_eq(p->initiator->session->cmd_sn, cmd_sn); /* immediate: RFC 7143 4.2.2.1 */
	ck_assert_uint_eq(fab_recv_posted(p->initiator->conn), p->initiator_cfg.moup);
	pair_clean(p);
}
END_TEST

START_TEST(test_nop_in_that_asks_nothing)
{
	pair_login(p);
	ping(TAG_NONE, 0);
	ping(TAG_NONE, 0);
	ck_assert_uint_eq(posted_count("nop-out"), 0);
	ck_assert_int_eq(p->initiator->phase, PEER_FULL);
	pair_clean(p);
}
END_TEST

START_TEST(test_own_pings)
{
	pair_set(&p->initiator_cfg, "nop-interval=100ms");
	pair_login(p);
	pair_run(p, NS_PER_S);
	ck_assert_uint_ge(pair_count(p, "nop-in"), 5);
	pair_clean(p);
}
END_TEST

/* An idle connection never retires an immediate PDU: RFC 7145 8.1.1.3. So pings become
 * non-immediate. */
START_TEST(test_own_pings_within_credit)
{
	struct pdu pdu;
	unsigned immediate = 0;

	pair_set(&p->target_cfg, "moup=2");
	pair_set(&p->initiator_cfg, "nop-interval=10ms");
	pair_login(p);
	pair_run(p, NS_PER_S);
	size_t n = posted_count("nop-out");
	ck_assert_uint_ge(n, 50);
	for (size_t i = 0; i < n; i++) {
		ck_assert(posted("nop-out", i, &pdu));
		immediate =
			pdu.i ? immediate + 1 : 0; /* a non-immediate one retires those before it */
		ck_assert_uint_le(immediate, 2);
	}
	pair_clean(p);
}
END_TEST

static const struct {
	const char *knob;
	size_t answers;
	uint32_t ttt;
	bool open;
} ping_knobs[] = {
	{"ping-not-answered", 0, 0, true},	{"ping-wrong-ttt", 2, 0x77 ^ 0x5a5a, true},
	{"ping-answered-twice", 4, 0x77, true}, {"ping-late", 0, 0, true},
	{"ping-lun-zero", 2, 0x77, true},	{"dies-on-second-nop", 1, 0x77, false},
};

START_TEST(test_ping_knob)
{
	struct pdu pdu;

	knob_at(&p->initiator_cfg, ping_knobs[_i].knob);
	pair_login(p);
	ping(0x77, 0x0003000000000000);
	ping(0x77, 0x0003000000000000);
	ck_assert_uint_eq(posted_count("nop-out"), ping_knobs[_i].answers);
	ck_assert_int_eq(p->initiator->phase == PEER_FULL, ping_knobs[_i].open);
	if (ping_knobs[_i].answers) {
		ck_assert(posted("nop-out", 0, &pdu));
		ck_assert_uint_eq(pdu.ttt, ping_knobs[_i].ttt);
		ck_assert_int_eq(pdu.lun == 0, !strcmp(ping_knobs[_i].knob, "ping-lun-zero"));
	}
	if (!strcmp(ping_knobs[_i].knob, "ping-late")) {
		pair_run(p, 11 * NS_PER_S);
		ck_assert_uint_eq(posted_count("nop-out"), 2);
	}
}
END_TEST

START_TEST(test_knob_answers_without_ttt)
{
	knob_at(&p->initiator_cfg, "answers-nop-in-without-ttt");
	pair_login(p);
	ping(TAG_NONE, 0);
	ck_assert_uint_eq(posted_count("nop-out"), 1);
}
END_TEST

START_TEST(test_knob_dropped_under_io)
{
	knob_at(&p->initiator_cfg, "ping-dropped-under-io");
	pair_set(&p->target_cfg, "response-delay=100ms");
	pair_login(p);
	ping(1, 0);
	ck_assert_uint_eq(posted_count("nop-out"), 1);
	scsi(0x28, 0, 1, 512, (struct bytes){0});
	ping(2, 0);
	ck_assert_uint_eq(posted_count("nop-out"), 1);
}
END_TEST

/* Each consumed NOP-In costs such an initiator a buffer: the last ones find none. */
START_TEST(test_knob_leak)
{
	knob_at(&p->initiator_cfg, "leak-receive");
	p->target_cfg.tolerant = true;
	pair_login(p);
	for (uint32_t i = 1; i <= 20; i++)
		ping(i, 0);
	ck_assert_uint_eq(pair_count(p, "nop-in"), p->initiator_cfg.moup);
}
END_TEST

/* ---- Async, Reject, logout, text, task management ---- */

static void send_async(unsigned event)
{
	struct pdu pdu = from_target("async");
	pdu.async_event = event;
	pdu.parameter3 = 1;
	target_sends(&pdu);
	pair_run(p, 10 * NS_PER_MS);
}

START_TEST(test_async_logout)
{
	pair_login(p);
	send_async(1);
	ck_assert_uint_eq(posted_count("logout-request"), 1);
	pair_run(p, NS_PER_S);
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert(p->initiator->closed_by_peer); /* RFC 7145 5.2.2: the target closes */
	pair_clean(p);
}
END_TEST

START_TEST(test_async_other)
{
	pair_login(p);
	send_async(255);
	ck_assert_int_eq(p->initiator->phase, PEER_FULL);
	ck_assert_uint_eq(p->initiator->exp_stat_sn, p->target->stat_sn);
	pair_clean(p);
}
END_TEST

START_TEST(test_knob_async)
{
	knob_at(&p->initiator_cfg, "dies-on-async");
	pair_login(p);
	send_async(255);
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
}
END_TEST

START_TEST(test_logout)
{
	struct err e = {0};

	pair_login(p);
	ck_assert(!peer_logout(p->initiator, &e));
	pair_run(p, NS_PER_S);
	ck_assert_uint_eq(pair_count(p, "logout-response"), 1);
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert_int_eq(p->target->phase, PEER_CLOSED);
	pair_clean(p);
}
END_TEST

START_TEST(test_send_targets)
{
	struct err e = {0};

	pair_login(p);
	ck_assert(!peer_text(p->initiator, "SendTargets", "", &e));
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_str_eq(peer_heard(p->initiator, "TargetName"), p->target_cfg.target_name);
	pair_clean(p);
}
END_TEST

START_TEST(test_abort)
{
	struct err e = {0};

	pair_set(&p->target_cfg, "response-delay=1s");
	pair_login(p);
	struct peer_task *t = scsi(0x28, 0, 1, 512, (struct bytes){0});
	pair_run(p, 10 * NS_PER_MS);
	ck_assert(!t->done);
	ck_assert(!peer_task_management(p->initiator, 1, t->itt, &e));
	pair_run(p, 3 * NS_PER_S);
	ck_assert_uint_eq(pair_find(p, "task-response", 0)->response, 0);
	ck_assert_uint_eq(pair_count(p, "scsi-response"), 0);
	ck_assert(t->done && t->aborted);
	ck_assert_ptr_null(t->read.region); /* RFC 7145 8.3.2 */
	pair_clean(p);
}
END_TEST

START_TEST(test_closed_with_task)
{
	pair_set(&p->target_cfg, "response-delay=1s");
	pair_login(p);
	struct peer_task *t = scsi(0x28, 0, 1, 512, (struct bytes){0});
	pair_run(p, 10 * NS_PER_MS);
	peer_close(p->target);
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert(t->done);
	ck_assert_uint_eq(t->response, 0xff);
	ck_assert_ptr_null(t->read.region);
}
END_TEST

/* ---- what an honest initiator does not bear ---- */

static const char *const illegal[] = {"data-in", "r2t", "login-response", "nop-out",
				      "scsi-command"};

START_TEST(test_illegal_type)
{
	p->target_cfg.tolerant = true;
	pair_login(p);
	struct pdu pdu = from_target(illegal[_i]);
	target_sends(&pdu);
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert_uint_gt(strlen(p->initiator->violation.what), 0);
}
END_TEST

START_TEST(test_illegal_type_borne_by_harness)
{
	p->target_cfg.tolerant = true;
	p->initiator_cfg.tolerant = true;
	pair_login(p);
	struct pdu pdu = from_target(illegal[_i]);
	target_sends(&pdu);
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_int_eq(p->initiator->phase, PEER_FULL);
	ck_assert_uint_gt(strlen(p->initiator->violation.what), 0);
}
END_TEST

START_TEST(test_stray_response)
{
	pair_login(p);
	struct pdu pdu = from_target("scsi-response");
	pdu.itt = 0x4711;
	target_sends(&pdu);
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert_str_eq(p->initiator->violation.section, "RFC 7143 11.4");
}
END_TEST

/* ---- knobs of commands ---- */

static const struct {
	const char *knob, *type;
	size_t count;
} sends[] = {
	{"sends-snack", "snack", 1},
	{"login-in-full", "login-request", 2},
};

START_TEST(test_knob_sends)
{
	p->target_cfg.tolerant = true;
	knob_at(&p->initiator_cfg, sends[_i].knob);
	pair_login(p);
	for (unsigned i = 0; i < 5 && p->initiator->phase == PEER_FULL; i++) {
		scsi(0x28, 0, 1, 512, (struct bytes){0});
		pair_run(p, 5 * NS_PER_MS);
	}
	ck_assert_uint_eq(posted_count(sends[_i].type), sends[_i].count);
}
END_TEST

static const char *const breaks_data[] = {"rsv-missing", "read-buffer-short"};

START_TEST(test_knob_breaks_read)
{
	knob_at(&p->initiator_cfg, breaks_data[_i]);
	pair_login(p);
	struct peer_task *t = scsi(0x28, 0, 8, 4096, (struct bytes){0});
	pair_run(p, 20 * NS_PER_MS);
	ck_assert(!t->done || t->status || t->response); /* never a good read */
}
END_TEST

START_TEST(test_knob_stag_stays)
{
	knob_at(&p->initiator_cfg, "stag-not-invalidated");
	pair_login(p);
	struct peer_task *t = scsi(0x28, 0, 1, 512, (struct bytes){0});
	pair_run(p, 20 * NS_PER_MS);
	ck_assert(t->done);
	ck_assert_ptr_nonnull(t->read.region);
}
END_TEST

START_TEST(test_knob_no_logout)
{
	struct err e = {0};

	knob_at(&p->initiator_cfg, "never-logs-out");
	pair_login(p);
	ck_assert(!peer_logout(p->initiator, &e));
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_uint_eq(posted_count("logout-request"), 0);
	ck_assert_int_eq(p->target->phase, PEER_CLOSED);
}
END_TEST

Suite *initiator_suite(void)
{
	Suite *s = suite_create("initiator");
	TCase *t = tcase_create("honest");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_write, 0, sizeof(writes) / sizeof(writes[0]));
	tcase_add_test(t, test_send_with_invalidate);
	tcase_add_test(t, test_no_invalidate_unless_offered);
	tcase_add_test(t, test_no_room_for_an_ahs);
	tcase_add_test(t, test_check_condition);
	tcase_add_test(t, test_window);
	tcase_add_test(t, test_serial_wrap);
	tcase_add_test(t, test_ping);
	tcase_add_test(t, test_nop_in_that_asks_nothing);
	tcase_add_test(t, test_own_pings);
	tcase_add_test(t, test_own_pings_within_credit);
	tcase_add_test(t, test_async_logout);
	tcase_add_test(t, test_async_other);
	tcase_add_test(t, test_logout);
	tcase_add_test(t, test_send_targets);
	tcase_add_test(t, test_abort);
	tcase_add_test(t, test_closed_with_task);
	tcase_add_loop_test(t, test_illegal_type, 0, 5);
	tcase_add_loop_test(t, test_illegal_type_borne_by_harness, 0, 5);
	tcase_add_test(t, test_stray_response);
	suite_add_tcase(s, t);

	t = tcase_create("knobs");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_ping_knob, 0, sizeof(ping_knobs) / sizeof(ping_knobs[0]));
	tcase_add_test(t, test_knob_answers_without_ttt);
	tcase_add_test(t, test_knob_dropped_under_io);
	tcase_add_test(t, test_knob_leak);
	tcase_add_test(t, test_knob_async);
	tcase_add_loop_test(t, test_knob_sends, 0, 2);
	tcase_add_loop_test(t, test_knob_breaks_read, 0, 2);
	tcase_add_test(t, test_knob_stag_stays);
	tcase_add_test(t, test_knob_no_logout);
	suite_add_tcase(s, t);
	return s;
}

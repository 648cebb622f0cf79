/* SPDX-License-Identifier: BSD-2-Clause */
/* The target in full feature phase: order, echoes, credits, task management, text, refusals, data.
 */
#include <stdio.h>

#include "pair.h"
#include "suites.h"

static struct pair *p;

static void setup(void)
{
	p = pair_new(1);
	p->initiator_cfg.tolerant = true;
}

static void teardown(void)
{
	pair_free(p);
}

static void login_quiet(void)
{
	pair_login(p);
	p->initiator->quiet = true;
}

static struct peer_msg command(uint8_t opcode)
{
	struct peer_msg m = pair_template(p, "scsi-command");
	m.pdu.f = 1;
	memset(m.pdu.cdb, 0, sizeof(m.pdu.cdb));
	m.pdu.cdb[0] = opcode;
	return m;
}

/* ---- NOP ---- */

static const size_t echo_sizes[] = {0, 1, 7, 128, 600};

START_TEST(test_echo)
{
	static uint8_t data[600];
	size_t len = echo_sizes[_i];

	pair_set(&p->initiator_cfg, "InitiatorRecvDataSegmentLength=512");
	login_quiet();
	pattern_fill(data, len, 9, 0);
	struct peer_msg m = pair_template(p, "nop-out");
	m.pdu.i = 1;
	m.pdu.itt = 0x1234;
	m.pdu.ttt = TAG_NONE;
	m.pdu.data = (struct bytes){data, len};
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	ck_assert_uint_eq(p->count, 1);
	const struct pdu *in = pair_find(p, "nop-in", 0);
	ck_assert_ptr_nonnull(in);
	ck_assert_uint_eq(in->itt, 0x1234);
	ck_assert_uint_eq(in->ttt, TAG_NONE);
	ck_assert_uint_eq(in->data.len,
			  len < 512 ? len : 512); /* RFC 7143 11.19: up to its limit */
	ck_assert_uint_eq(pattern_compare(in->data.at, in->data.len, 9, 0), in->data.len);
	pair_clean(p);
}
END_TEST

START_TEST(test_no_answer_without_itt)
{
	login_quiet();
	struct peer_msg m = pair_template(p, "nop-out");
	m.pdu.i = 1;
	m.pdu.itt = m.pdu.ttt = TAG_NONE;
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_S);
	ck_assert_uint_eq(p->count, 0);
}
END_TEST

/* ---- order ---- */

START_TEST(test_out_of_order)
{
	struct peer_msg m[3];

	login_quiet();
	uint32_t first = p->initiator->session->cmd_sn;
	for (unsigned i = 0; i < 3; i++) {
		m[i] = command(0);
		m[i].pdu.itt = 100 + i;
	}
	m[0].pdu.cmd_sn = first + 2;
	m[1].pdu.cmd_sn = first + 1;
	m[2].pdu.cmd_sn = first;
	pair_post(p, m, 2);
	pair_run(p, NS_PER_MS);
	ck_assert_uint_eq(p->count, 0);
	pair_post(p, &m[2], 1);
	pair_run(p, NS_PER_MS);
	ck_assert_uint_eq(pair_count(p, "scsi-response"), 3);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_uint_eq(p->msgs[i].itt, 102 - i);
	ck_assert_uint_eq(p->msgs[2].exp_cmd_sn, first + 3);
}
END_TEST

START_TEST(test_duplicates_and_outside)
{
	login_quiet();
	struct peer_msg m = command(0);
	uint32_t first = m.pdu.cmd_sn;
	m.pdu.itt = 7;
	pair_post(p, &m, 1);
	m.pdu.itt = 8;
	pair_post(p, &m, 1); /* the same CmdSN again */
	m.pdu.itt = 9;
	m.pdu.cmd_sn = first + 1 + p->target_cfg.window; /* beyond MaxCmdSN */
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_S);
	ck_assert_uint_eq(p->count, 1);
	ck_assert_uint_eq(p->msgs[0].itt, 7);
	ck_assert_uint_eq(p->target->phase, PEER_FULL);
}
END_TEST

START_TEST(test_window_never_backward)
{
	enum { N = 32 };
	struct peer_msg m[N];
	uint32_t max;

	pair_set(&p->target_cfg, "response-delay=1ms");
	login_quiet();
	max = p->initiator->session->max_cmd_sn;
	ck_assert_uint_eq(peer_window(p->initiator), p->target_cfg.window);
	uint32_t first = p->initiator->session->cmd_sn;
	for (unsigned i = 0; i < N; i++) {
		m[i] = command(0);
		m[i].pdu.itt = 1000 + i;
		m[i].pdu.cmd_sn = first + i;
	}
	pair_post(p, m, N);
	pair_run(p, NS_PER_S);
	ck_assert_uint_eq(pair_count(p, "scsi-response"), N);
	for (size_t i = 0; i < N; i++) {
		ck_assert(!serial_before(p->msgs[i].max_cmd_sn, max));
		max = p->msgs[i].max_cmd_sn;
		if (i)
			ck_assert_uint_eq(p->msgs[i].stat_sn, p->msgs[i - 1].stat_sn + 1);
	}
	ck_assert_uint_eq(max, first + N - 1 + p->target_cfg.window);
}
END_TEST

/* ---- residuals and sense ---- */

START_TEST(test_residual)
{
	static const struct {
		uint32_t edtl;
		bool o, u;
		uint32_t residual;
	} rows[] = {{36, false, false, 0}, {100, false, true, 64}, {30, true, false, 6}};

	pair_login(p);
	struct scsi_request r = {.cdb = {0x12, 0, 0, 0, 36}, .read_len = rows[_i].edtl};
	struct peer_task *task = peer_scsi(p->initiator, &r, NULL);
	ck_assert_ptr_nonnull(task);
	pair_run(p, NS_PER_MS);
	ck_assert(task->done);
	ck_assert_uint_eq(task->status, 0);
	ck_assert(task->overflow == rows[_i].o);
	ck_assert(task->underflow == rows[_i].u);
	ck_assert_uint_eq(task->residual, rows[_i].residual);
	ck_assert_ptr_null(guarded_damage(&task->read));
	ck_assert_mem_eq(task->read.at + 8, "iserspec", 8);
	pair_clean(p);
}
END_TEST

START_TEST(test_sense)
{
	pair_login(p);
	struct scsi_request r = {.cdb = {0x28, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 1},
				 .read_len = 512};
	struct peer_task *task = peer_scsi(p->initiator, &r, NULL);
	ck_assert_ptr_nonnull(task);
	pair_run(p, NS_PER_MS);
	ck_assert(task->done);
	ck_assert_uint_eq(task->status, 2);
	ck_assert_uint_eq(task->sense_len, 18);
	ck_assert_uint_eq(task->sense[2], 5);
	ck_assert_uint_eq(task->sense[12], 0x21);
	ck_assert(task->underflow);
	ck_assert_uint_eq(task->residual, 512);
	pair_clean(p);
}
END_TEST

START_TEST(test_unasked_immediate_data)
{
	static uint8_t data[512];

	pair_set(&p->initiator_cfg, "ImmediateData=No");
	login_quiet();
	struct peer_msg m = command(0x2a);
	m.pdu.w = 1;
	m.pdu.edtl = 512;
	m.pdu.cdb[8] = 1;
	m.pdu.data = (struct bytes){data, sizeof(data)};
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	const struct pdu *in = pair_find(p, "scsi-response", 0);
	ck_assert_ptr_nonnull(in);
	ck_assert_uint_eq(in->status, 2);
	ck_assert_uint_eq(in->data.len, 20);
	ck_assert_uint_eq(in->data.at[1], 18);
	ck_assert_uint_eq(in->data.at[2 + 12], 0x0c);
}
END_TEST

START_TEST(test_missing_stag_ends_connection)
{
	login_quiet();
	struct peer_msg m = command(_i ? 0x2a : 0x28);
	m.pdu.r = !_i;
	m.pdu.w = _i != 0;
	m.pdu.wsv = m.pdu.rsv = m.pdu.write_stag = m.pdu.read_stag = 0;
	m.pdu.edtl = 512;
	m.pdu.cdb[8] = 1;
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_S);
	ck_assert_uint_eq(p->count, 0);
	ck_assert(p->initiator->closed_by_peer);
	ck_assert_str_eq(p->target->violation.section, "RFC 7145 9.2");
}
END_TEST

/* ---- credits ---- */

START_TEST(test_credits)
{
	struct peer_msg m;

	pair_set(&p->target_cfg, "nop-interval=1s");
	pair_set(&p->initiator_cfg, "moup=2");
	login_quiet();
	uint32_t stale = p->initiator->exp_stat_sn;
	for (unsigned i = 0; i < 5; i++) {
		m = pair_template(p, "snack");
		m.pdu.exp_stat_sn = stale;
		pair_post(p, &m, 1);
		pair_run(p, NS_PER_S);
	}
	pair_run(p, 10 * NS_PER_S);
	/* One Reject, and the last credit for a ping that asks: 8.1.2. */
	ck_assert_uint_eq(p->count, 2);
	ck_assert_uint_eq(pair_count(p, "reject"), 1);
	const struct pdu *ping = pair_find(p, "nop-in", 0);
	ck_assert_ptr_nonnull(ping);
	ck_assert_uint_ne(ping->ttt, TAG_NONE);

	/* Its answer retires it, even with the same ExpStatSN, and the pings go on. */
	for (unsigned i = 0; i < 3; i++) {
		uint32_t ttt = pair_find(p, "nop-in", i)->ttt;
		m = pair_template(p, "nop-out");
		m.pdu.i = 1;
		m.pdu.itt = TAG_NONE;
		m.pdu.ttt = ttt;
		m.pdu.exp_stat_sn = stale;
		pair_post(p, &m, 1);
		pair_run(p, 3 * NS_PER_S);
		ck_assert_uint_eq(pair_count(p, "nop-in"), i + 2);
	}
	ck_assert_uint_eq(pair_count(p, "reject"), 1);

	/* ExpStatSN retires the Reject: room for one again. */
	m = pair_template(p, "nop-out");
	m.pdu.i = 1;
	m.pdu.itt = TAG_NONE;
	m.pdu.ttt = pair_find(p, "nop-in", 3)->ttt;
	m.pdu.exp_stat_sn = stale + 1;
	pair_post(p, &m, 1);
	m = pair_template(p, "snack");
	m.pdu.exp_stat_sn = stale + 1;
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	ck_assert_uint_eq(pair_count(p, "reject"), 2);
}
END_TEST

START_TEST(test_quiet_after_login)
{
	pair_set(&p->target_cfg, "nop-interval=100ms");
	uint64_t begin;
	login_quiet();
	begin = fab_now(p->initiator_fab);
	if (_i) { /* one message ends the silence */
		struct peer_msg m = pair_template(p, "nop-out");
		m.pdu.i = 1;
		m.pdu.itt = m.pdu.ttt = TAG_NONE;
		pair_post(p, &m, 1);
	}
	pair_run(p, 3 * NS_PER_S);
	ck_assert_uint_ge(p->count, 2);
	if (_i)
		ck_assert_uint_le(p->times[0] - begin, 1200 * NS_PER_MS);
	else
		ck_assert_uint_ge(p->times[0] - begin, 999 * NS_PER_MS);
	ck_assert_uint_ge(p->times[1] - p->times[0], 99 * NS_PER_MS);
}
END_TEST

/* ---- task management, text, refusals, logout ---- */

static const struct pdu *tmf(unsigned function, uint32_t ref_itt, uint32_t ref_cmd_sn, uint64_t lun)
{
	size_t before = pair_count(p, "task-response");
	struct peer_msg m = pair_template(p, "task-request");
	m.pdu.i = 1;
	m.pdu.itt = 0x7700 + (uint32_t)before;
	m.pdu.function = function;
	m.pdu.ref_task_tag = ref_itt;
	m.pdu.ref_cmd_sn = ref_cmd_sn;
	m.pdu.lun = lun;
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	const struct pdu *in = pair_find(p, "task-response", before);
	ck_assert_ptr_nonnull(in);
	ck_assert_uint_eq(in->itt, 0x7700 + before);
	return in;
}

START_TEST(test_tmf)
{
	pair_set(&p->target_cfg, "response-delay=1s");
	login_quiet();
	struct peer_msg m = command(0);
	uint32_t sn = m.pdu.cmd_sn;
	m.pdu.itt = 50;
	pair_post(p, &m, 1);
	ck_assert_uint_eq(tmf(1, 50, sn, 0)->response, 0);
	ck_assert_uint_eq(tmf(1, 50, sn, 0)->response, 1);	 /* it is gone */
	ck_assert_uint_eq(tmf(1, 60, sn + 500, 0)->response, 1); /* outside the window */
	ck_assert_uint_eq(tmf(1, 60, sn + 1, 0)->response,
			  0); /* not here yet: counts as received */
	ck_assert_uint_eq(p->target->session->exp_cmd_sn, sn + 2);
	ck_assert_uint_eq(tmf(5, TAG_NONE, 0, 0)->response, 0);
	ck_assert_uint_eq(tmf(5, TAG_NONE, 0, UINT64_C(1) << 48)->response, 2);
	ck_assert_uint_eq(tmf(3, TAG_NONE, 0, 0)->response, 5);
	ck_assert_uint_eq(tmf(8, 50, sn, 0)->response, 4);
	ck_assert_uint_eq(tmf(99, 50, sn, 0)->response, 255);
	pair_run(p, 3 * NS_PER_S);
	ck_assert_uint_eq(pair_count(p, "scsi-response"), 0);
	ck_assert_uint_eq(tmf(7, TAG_NONE, 0, 0)->response, 0);
	pair_run(p, NS_PER_S);
	ck_assert(p->initiator->closed_by_peer); /* cold reset */
}
END_TEST

static const struct pdu *text(const char *request, size_t len)
{
	struct peer_msg m = pair_template(p, "text-request");
	m.pdu.f = 1;
	m.pdu.itt = 0x66;
	m.pdu.ttt = TAG_NONE;
	m.pdu.data = (struct bytes){(const uint8_t *)request, len};
	p->count = 0;
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	/* A rejected request is followed by the ping that fills its gap. */
	ck_assert_uint_eq(p->count, strcmp(p->msgs[0].type->name, "reject") ? 1 : 2);
	return &p->msgs[0];
}

START_TEST(test_text)
{
	char expected[300], own[300];

	login_quiet();
	const struct pdu *in = text("SendTargets=", 13);
	int len =
		snprintf(expected, sizeof(expected), "TargetName=%s%cTargetAddress=sim-target:%u,1",
			 p->target_cfg.target_name, 0, (unsigned)p->target_cfg.port);
	ck_assert_uint_eq(in->f, 1);
	ck_assert_uint_eq(in->ttt, TAG_NONE);
	ck_assert_uint_eq(in->data.len, (size_t)len + 1);
	ck_assert_mem_eq(in->data.at, expected, in->data.len);

	len = snprintf(own, sizeof(own), "SendTargets=%s", p->target_cfg.target_name);
	ck_assert_uint_gt(text(own, (size_t)len + 1)->data.len, 0);

	in = text("SendTargets=All", 16);
	ck_assert_uint_eq(in->data.len, 19);
	ck_assert_mem_eq(in->data.at, "SendTargets=Reject", 19);
	in = text("X-com.example.what=1", 21);
	ck_assert_mem_eq(in->data.at, "X-com.example.what=NotUnderstood", 33);
	in = text("broken", 7);
	ck_assert_str_eq(in->type->name, "reject");
}
END_TEST

START_TEST(test_text_in_pieces)
{
	login_quiet();
	struct peer_msg m = pair_template(p, "text-request");
	m.pdu.itt = 0x66;
	m.pdu.ttt = TAG_NONE;
	m.pdu.f = 0;
	m.pdu.c = 1;
	m.pdu.data = (struct bytes){(const uint8_t *)"SendTar", 7};
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	ck_assert_uint_eq(p->count, 1);
	ck_assert_uint_eq(p->msgs[0].data.len, 0);
	ck_assert_uint_eq(p->msgs[0].f, 0);
	ck_assert_uint_ne(p->msgs[0].ttt, TAG_NONE);

	m = pair_template(p, "text-request");
	m.pdu.itt = 0x66;
	m.pdu.ttt = p->msgs[0].ttt;
	m.pdu.f = 1;
	m.pdu.c = 0;
	m.pdu.data = (struct bytes){(const uint8_t *)"gets=All", 9};
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	ck_assert_uint_eq(p->count, 2);
	ck_assert_mem_eq(p->msgs[1].data.at, "SendTargets=Reject", 19);
}
END_TEST

static const char *const refused[] = {"snack", "login-request"};

START_TEST(test_refused)
{
	login_quiet();
	struct peer_msg m = pair_template(p, refused[_i]);
	uint8_t sent[1024];
	m.pdu.data.len = 0;
	m.pdu.itt = 0x31337;
	ck_assert_uint_eq(pdu_encode(&m.pdu, sent, sizeof(sent), NULL),
			  ISER_HEADER_SIZE + BHS_SIZE);
	m.no_commit = true;
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	const struct pdu *in = pair_find(p, "reject", 0);
	ck_assert_ptr_nonnull(in);
	ck_assert_uint_eq(in->reason, 4);
	ck_assert_uint_eq(in->itt, TAG_NONE);
	ck_assert_uint_eq(in->data.len, BHS_SIZE);
	ck_assert_mem_eq(in->data.at, sent + ISER_HEADER_SIZE, BHS_SIZE);
	ck_assert_uint_eq(p->target->phase, PEER_FULL);
}
END_TEST

START_TEST(test_unknown_iscsi_opcode)
{
	login_quiet();
	struct peer_msg m = pair_template(p, "nop-out");
	uint8_t msg[ISER_HEADER_SIZE + BHS_SIZE];
	m.pdu.data.len = 0;
	ck_assert_uint_eq(pdu_encode(&m.pdu, msg, sizeof(msg), NULL), sizeof(msg));
	msg[ISER_HEADER_SIZE] = 0x4a;
	m.raw = msg;
	m.raw_len = sizeof(msg);
	m.no_commit = true;
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	const struct pdu *in = pair_find(p, "reject", 0);
	ck_assert_ptr_nonnull(in);
	ck_assert_uint_eq(in->reason, 5);
	ck_assert_mem_eq(in->data.at, msg + ISER_HEADER_SIZE, BHS_SIZE);
}
END_TEST

START_TEST(test_reserved_bits_ignored)
{
	login_quiet();
	struct peer_msg m = pair_template(p, "nop-out");
	uint8_t msg[ISER_HEADER_SIZE + BHS_SIZE];
	m.pdu.i = 1;
	m.pdu.itt = 77;
	m.pdu.ttt = TAG_NONE;
	m.pdu.data.len = 0;
	ck_assert_uint_eq(pdu_encode(&m.pdu, msg, sizeof(msg), NULL), sizeof(msg));
	msg[0] |= 3;
	msg[1] = msg[2] = msg[3] = msg[30] = msg[75] = 0xff;
	m.raw = msg;
	m.raw_len = sizeof(msg);
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	ck_assert_uint_eq(pair_count(p, "nop-in"), 1);
	ck_assert_str_eq(p->target->violation.what, "");
}
END_TEST

START_TEST(test_logout)
{
	pair_login(p);
	ck_assert_int_eq(peer_logout(p->initiator, NULL), 0);
	pair_run(p, NS_PER_S);
	ck_assert_uint_eq(pair_count(p, "logout-response"), 1);
	ck_assert(p->initiator->closed_by_peer); /* RFC 7145 5.2.2: it is the target that closes */
	ck_assert_uint_eq(p->target->phase, PEER_CLOSED);
	ck_assert_uint_eq(p->target->served.logouts, 1);
	pair_clean(p);
}
END_TEST

/* A target that answers nothing leaves it to the script, with the right tags. */
START_TEST(test_script_answers)
{
	struct peer_msg m;
	struct pdu out;

	login_quiet();
	p->target->quiet = true;
	m = command(0);
	m.pdu.itt = 0x55;
	pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
	ck_assert_uint_eq(p->count, 0);

	target_template(p->target, pdu_type_by_name("scsi-response"), &out);
	ck_assert_uint_eq(out.itt, 0x55);
	ck_assert_uint_eq(out.stat_sn, p->target->stat_sn);
	struct peer_msg answer = {.pdu = out, .op = FAB_SEND};
	ck_assert_int_eq(peer_post(p->target, &answer, 1, 1, NULL), 0);
	pair_run(p, NS_PER_MS);
	ck_assert_uint_eq(pair_count(p, "scsi-response"), 1);
	target_template(p->target, pdu_type_by_name("scsi-response"), &out);
	ck_assert_uint_ne(out.itt, 0x55); /* that task is over */
	ck_assert_uint_eq(out.stat_sn, answer.pdu.stat_sn + 1);
	ck_assert_uint_eq(out.max_cmd_sn, answer.pdu.max_cmd_sn + 1);
}
END_TEST

Suite *target_suite(void)
{
	Suite *s = suite_create("target");
	TCase *c = tcase_create("target");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 30);
	tcase_add_loop_test(c, test_echo, 0, 5);
	tcase_add_test(c, test_no_answer_without_itt);
	tcase_add_test(c, test_out_of_order);
	tcase_add_test(c, test_duplicates_and_outside);
	tcase_add_test(c, test_window_never_backward);
	tcase_add_loop_test(c, test_residual, 0, 3);
	tcase_add_test(c, test_sense);
	tcase_add_test(c, test_unasked_immediate_data);
	tcase_add_loop_test(c, test_missing_stag_ends_connection, 0, 2);
	tcase_add_test(c, test_credits);
	tcase_add_loop_test(c, test_quiet_after_login, 0, 2);
	tcase_add_test(c, test_tmf);
	tcase_add_test(c, test_text);
	tcase_add_test(c, test_text_in_pieces);
	tcase_add_loop_test(c, test_refused, 0, 2);
	tcase_add_test(c, test_unknown_iscsi_opcode);
	tcase_add_test(c, test_reserved_bits_ignored);
	tcase_add_test(c, test_logout);
	tcase_add_test(c, test_script_answers);
	suite_add_tcase(s, c);
	return s;
}

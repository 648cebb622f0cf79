/* SPDX-License-Identifier: BSD-2-Clause */
/* Each knob of the target in full feature phase changes what an initiator sees in a scenario made
 * for it. */
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

/* What the initiator sees, as text: each message with its time, and the end. */
static void transcript(const struct pair *from, char *out, size_t size)
{
	char line[600];
	size_t at = 0, events = log_count(from->log);

	for (size_t i = 0; i < events; i++) {
		const struct log_event *ev = log_at(from->log, i);
		if (ev->kind != LOG_RECV)
			continue;
		pdu_describe(ev->bytes.at, ev->bytes.len, line, sizeof(line));
		at += (size_t)snprintf(out + at, size - at, "%llu %s\n",
				       (unsigned long long)ev->time, line);
		ck_assert_uint_lt(at, size);
	}
	snprintf(out + at, size - at, "closed %d", (int)from->initiator->closed_by_peer);
}

static struct peer_msg with(const char *type, uint32_t itt, unsigned immediate)
{
	struct peer_msg m = pair_template(p, type);
	m.pdu.itt = itt;
	m.pdu.i = immediate;
	m.pdu.data.len = 0;
	return m;
}

static void post(struct peer_msg m)
{
	if (p->initiator->phase == PEER_FULL)
		pair_post(p, &m, 1);
	pair_run(p, NS_PER_MS);
}

static void pings(void)
{
	struct peer_msg m = with("nop-out", 1, 1);
	m.pdu.ttt = TAG_NONE;
	m.pdu.data = (struct bytes){(const uint8_t *)"nine byte", 9};
	post(m);
	m = with("nop-out", TAG_NONE, 1);
	m.pdu.ttt = TAG_NONE;
	post(m);
	for (uint32_t i = 0; i < 300; i++) { /* more than there are receive buffers to lose */
		m = with("nop-out", 100 + i, 1);
		m.pdu.ttt = TAG_NONE;
		if (p->initiator->phase == PEER_FULL)
			peer_post(p->initiator, &m, 1, 1, NULL);
		pair_run(p, 10 * NS_PER_US);
	}
}

static void own_pings(void)
{
	pair_run(p, 3 * NS_PER_S);
	post(command(0));
}

static void order(void)
{
	struct peer_msg m = command(0);
	uint32_t first = m.pdu.cmd_sn;
	static const uint32_t steps[] = {0, 0, 200, 2, 1};
	for (uint32_t i = 0; i < 5; i++) {
		m.pdu.itt = 10 + i;
		m.pdu.cmd_sn = first + steps[i];
		post(m);
	}
}

static void commands(void)
{
	static const struct scsi_request rows[] = {
		{.cdb = {0x12, 0, 0, 0, 36}, .read_len = 100},
		{.cdb = {0x28, 0, 0xff, 0, 0, 0, 0, 0, 1}, .read_len = 512},
	};
	for (size_t i = 0; i < 2; i++) {
		peer_scsi(p->initiator, &rows[i], NULL);
		pair_run(p, NS_PER_MS);
	}
}

static void refusals(void)
{
	struct peer_msg m = with("snack", 5, 0);
	post(m);
	m = with("login-request", 6, 1);
	m.no_commit = true;
	post(m);
}

static void management(void)
{
	static const unsigned functions[] = {8, 5};
	struct peer_msg m = command(0);
	m.pdu.itt = 20;
	post(m);
	for (uint32_t i = 0; i < 2; i++) {
		m = with("task-request", 30 + i, 1);
		m.pdu.function = functions[i];
		post(m);
	}
	pair_run(p, 2 * NS_PER_S);
}

static void texts(void)
{
	static const char *const lines[] = {"SendTargets=", "SendTargets=All"};
	for (uint32_t i = 0; i < 2; i++) {
		struct peer_msg m = with("text-request", 40 + i, 0);
		m.pdu.f = 1;
		m.pdu.ttt = TAG_NONE;
		m.pdu.data = (struct bytes){(const uint8_t *)lines[i], strlen(lines[i]) + 1};
		post(m);
	}
}

static void leave(void)
{
	peer_logout(p->initiator, NULL);
	pair_run(p, NS_PER_S);
}

static void no_read_stag(void)
{
	struct peer_msg m = command(0x28);
	m.pdu.r = 1;
	m.pdu.edtl = 512;
	m.pdu.cdb[8] = 1;
	post(m);
}

static struct peer_msg block_write(void)
{
	struct peer_msg m = command(0x2a);
	m.pdu.w = 1;
	m.pdu.edtl = 512;
	m.pdu.cdb[8] = 1;
	return m;
}

static void no_write_stag(void)
{
	post(block_write());
}

static void unasked_data(void)
{
	static const uint8_t data[512] = {1};
	struct peer_msg m = block_write();
	m.pdu.data = (struct bytes){data, sizeof(data)};
	post(m);
}

static void answer_to_no_r2t(void)
{
	struct peer_msg m = block_write();
	m.pdu.itt = 77;
	m.pdu.f = 0;
	post(m);
	m = with("data-out", 77, 0);
	m.pdu.ttt = 5;
	m.pdu.f = 1;
	post(m);
}

static void malformed(void)
{
	struct peer_msg m = with("nop-out", 1, 1);
	uint8_t msg[ISER_HEADER_SIZE + BHS_SIZE];
	ck_assert_uint_eq(pdu_encode(&m.pdu, msg, sizeof(msg), NULL), sizeof(msg));
	msg[ISER_HEADER_SIZE + 7] = 200; /* DataSegmentLength of bytes that are not there */
	m.raw = msg;
	m.raw_len = sizeof(msg);
	post(m);
}

static void reset_under_reads(void)
{
	static const uint8_t data[4096];
	const struct scsi_request r = {.cdb = {0x2a, 0, 0, 0, 0, 0, 0, 0, 8},
				       .write = {data, sizeof(data)}};
	struct peer_msg m = with("task-request", 50, 1);
	m.pdu.function = 5;
	ck_assert_ptr_nonnull(peer_scsi(p->initiator, &r, NULL));
	post(m);
}

static void large_writes(void)
{
	static const uint8_t data[16384];
	for (uint32_t i = 0; i < 3; i++) {
		const struct scsi_request r = {.cdb = {0x2a, 0, 0, 0, 0, 0, 0, 0, 32},
					       .write = {data, sizeof(data)}};
		ck_assert_ptr_nonnull(peer_scsi(p->initiator, &r, NULL));
	}
	pair_run(p, NS_PER_S);
}

static const struct {
	const char *knob;
	void (*scenario)(void);
	const char *target, *initiator; /* settings */
} knobs[] = {
	{"nop-echo-missing", pings, NULL, NULL},
	{"nop-echo-twice", pings, NULL, NULL},
	{"nop-echo-wrong-itt", pings, NULL, NULL},
	{"nop-echo-truncated", pings, NULL, NULL},
	{"nop-echo-stale-bytes", pings, NULL, NULL},
	{"nop-echo-longer", pings, NULL, NULL},
	{"nop-echo-zero-ttt", pings, NULL, NULL},
	{"nop-answer-for-itt-none", pings, NULL, NULL},
	{"target-leak-receive", pings, "window=8", "moup=8"},
	{"nop-in-with-data", own_pings, "nop-interval=500ms", NULL},
	{"nop-in-counts-stat-sn", own_pings, "nop-interval=500ms", NULL},
	{"unexpected-at-once", own_pings, "nop-interval=500ms", NULL},
	{"two-unexpected-at-once", own_pings, "nop-interval=500ms", NULL},
	{"unexpected-over-moup", own_pings, "nop-interval=500ms", "moup=2"},
	{"max-cmd-sn-backward", order, NULL, NULL},
	{"window-too-large", order, NULL, NULL},
	{"exp-cmd-sn-ahead", order, NULL, NULL},
	{"executes-duplicates", order, NULL, NULL},
	{"executes-outside-window", order, NULL, NULL},
	{"executes-out-of-order", order, NULL, NULL},
	{"target-sets-reserved-stag", order, NULL, NULL},
	{"stat-sn-stuck", order, NULL, NULL},
	{"stat-sn-skipped", order, NULL, NULL},
	{"response-twice", order, NULL, NULL},
	{"response-wrong-itt", order, NULL, NULL},
	{"residual-missing", commands, NULL, NULL},
	{"residual-wrong", commands, NULL, NULL},
	{"residual-both-flags", commands, NULL, NULL},
	{"sense-missing", commands, NULL, NULL},
	{"rejects-nothing", refusals, NULL, NULL},
	{"snack-ignored", refusals, NULL, NULL},
	{"login-in-full-ignored", refusals, NULL, NULL},
	{"reject-without-header", refusals, NULL, NULL},
	{"tmf-not-answered", management, "response-delay=1s", NULL},
	{"reassign-accepted", management, "response-delay=1s", NULL},
	{"response-after-abort", management, "response-delay=1s", NULL},
	{"tmf-before-reads-end", reset_under_reads, "ImmediateData=No", "InitialR2T=Yes"},
	{"text-not-answered", texts, NULL, NULL},
	{"text-final-with-ttt", texts, NULL, NULL},
	{"send-targets-all-served", texts, NULL, NULL},
	{"ignores-logout", leave, NULL, NULL},
	{"logout-without-close", leave, NULL, NULL},
	{"logout-wrong-itt", leave, NULL, NULL},
	{"read-without-stag-ok", no_read_stag, NULL, NULL},
	{"write-without-stag-ok", no_write_stag, NULL, NULL},
	{"first-burst-unchecked", unasked_data, NULL, "ImmediateData=No"},
	{"data-out-with-ttt-ok", answer_to_no_r2t, NULL, "InitialR2T=No"},
	{"malformed-ignored", malformed, NULL, NULL},
	{"too-many-reads", large_writes, "read-depth=1", "MaxBurstLength=1024"},
};
enum { KNOBS = sizeof(knobs) / sizeof(knobs[0]), TRANSCRIPT = 1 << 18 };

static void play(int row, bool mutant, char *out)
{
	pair_free(p);
	setup();
	if (knobs[row].target)
		pair_set(&p->target_cfg, knobs[row].target);
	if (knobs[row].initiator)
		pair_set(&p->initiator_cfg, knobs[row].initiator);
	if (mutant)
		pair_knob(p, knobs[row].knob);
	login_quiet();
	knobs[row].scenario();
	transcript(p, out, TRANSCRIPT);
}

START_TEST(test_knob_shows)
{
	static char honest[TRANSCRIPT], again[TRANSCRIPT], mutant[TRANSCRIPT];

	play(_i, false, honest);
	play(_i, false, again);
	ck_assert_str_eq(honest, again); /* the difference is the knob's, not chance */
	play(_i, true, mutant);
	ck_assert_msg(strcmp(honest, mutant), "%s changes nothing that the initiator can see",
		      knobs[_i].knob);
}
END_TEST

Suite *target_knobs_suite(void)
{
	Suite *s = suite_create("target_knobs");
	TCase *c = tcase_create("target_knobs");

	tcase_add_checked_fixture(c, setup, teardown);
	tcase_set_timeout(c, 30);
	tcase_add_loop_test(c, test_knob_shows, 0, KNOBS);
	suite_add_tcase(s, c);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The Hello exchange: all outcomes of iSERHelloRequired (RFC 7145 5.1.3, 6.10), malformed ones, and
 * the knobs. */
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

static void run_until_quiet(void)
{
	pair_connect(p);
	pair_run(p, 20 * NS_PER_MS);
}

/* How many messages of this type the initiator's side sent. */
static size_t sent(const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < log_count(p->log); i++) {
		const struct log_event *ev = log_at(p->log, i);
		struct pdu pdu;
		if (ev->kind == LOG_POST && ev->bytes.len &&
		    !pdu_decode(&pdu, ev->bytes.at, ev->bytes.len, NULL) &&
		    !strcmp(pdu.type->name, name))
			n++;
	}
	return n;
}

/* ---- outcomes of the key ---- */

static const struct {
	const char *initiator, *target;
	size_t hellos; /* sent, and answered */
} outcomes[] = {
	{"ask-hello=no", "hello=silent", 0},  /* absent: both may do without */
	{"ask-hello=yes", "hello=silent", 1}, /* silence accepts */
	{"ask-hello=yes", "hello=yes", 1},
	{"ask-hello=yes", "hello=no", 0},
	{"ask-hello=yes", "hello=not-understood", 0},
	{"iSERHelloRequired=No", "hello=yes", 0},
	{"ask-hello=yes", "iSERHelloRequired=Yes", 1},
	{"ask-hello=yes", "iSERHelloRequired=No", 0},
	{"ask-hello=yes", "omit=iSERHelloRequired", 1},
};

START_TEST(test_outcome)
{
	pair_set(&p->initiator_cfg, outcomes[_i].initiator);
	pair_set(&p->target_cfg, outcomes[_i].target);
	run_until_quiet();
	ck_assert_int_eq(p->initiator->phase, PEER_FULL);
	ck_assert_int_eq(p->target->phase, PEER_FULL);
	ck_assert_uint_eq(sent("hello"), outcomes[_i].hellos);
	ck_assert_uint_eq(pair_count(p, "hello-reply"), outcomes[_i].hellos);
	ck_assert_int_eq(p->initiator->reached, PEER_POINT_DONE);
	pair_clean(p);
}
END_TEST

START_TEST(test_depths)
{
	pair_set(&p->initiator_cfg, "ask-hello=yes");
	pair_set(&p->initiator_cfg, "read-grant=3");
	pair_set(&p->target_cfg, "read-depth=7");
	run_until_quiet();
	ck_assert_uint_eq(pair_find(p, "hello-reply", 0)->iser_ord, 3);
	ck_assert_uint_eq(p->target->terms.our_ord, 3);
	pair_clean(p);
}
END_TEST

START_TEST(test_no_depth)
{
	pair_set(&p->initiator_cfg, "ask-hello=yes");
	pair_set(&p->target_cfg, "read-depth=0");
	run_until_quiet();
	ck_assert_uint_eq(pair_find(p, "hello-reply", 0)->rej, 1);
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert_int_eq(p->target->phase, PEER_CLOSED);
}
END_TEST

/* ---- a target and Hellos made by hand ---- */

static void hold_before_hello(const char *setting)
{
	p->initiator_cfg.tolerant = true;
	pair_set(&p->initiator_cfg, setting);
	pair_connect(p);
	peer_hold(p->initiator, PEER_POINT_LOGGED_IN);
	uint64_t until = fab_now(p->initiator_fab) + NS_PER_S;
	while (!p->initiator->holding && pair_step(p, until))
		;
	ck_assert(p->initiator->holding);
	p->count = 0;
}

static void post(struct peer_msg *m)
{
	struct err e = {0};
	ck_assert_msg(!peer_post(p->initiator, m, 1, 100, &e), "%s", e.what);
	pair_run(p, 5 * NS_PER_MS);
}

static void send_hello(unsigned max, unsigned min, unsigned ird)
{
	struct peer_msg m = {0};
	pdu_init(&m.pdu, pdu_hello_type());
	m.pdu.max_ver = max;
	m.pdu.min_ver = min;
	m.pdu.iser_ird = ird;
	post(&m);
}

static void send_hello_bytes(size_t len)
{
	uint8_t raw[128] = {0x20, 0xaa, 0, 16};
	struct peer_msg m = {.raw = raw, .raw_len = len};
	pdu_init(&m.pdu, pdu_hello_type());
	post(&m);
}

static void send_command(void)
{
	struct peer_msg m = pair_template(p, "scsi-command");
	post(&m);
}

static bool target_closed(void)
{
	return p->target->phase == PEER_CLOSED;
}

static const struct {
	unsigned max, min, ird;
	bool rejected;
	unsigned ord;
} hellos[] = {
	{10, 10, 16, false, 16}, {15, 1, 16, false, 16}, {10, 1, 16, false, 16},
	{15, 15, 16, true, 0},	 {1, 1, 16, true, 0},	 {0, 0, 16, true, 0},
	{10, 10, 0, false, 0},	 {10, 10, 1, false, 1},	 {10, 10, 65535, false, 16},
};

START_TEST(test_hello_values)
{
	hold_before_hello("ask-hello=yes");
	send_hello(hellos[_i].max, hellos[_i].min, hellos[_i].ird);
	const struct pdu *reply = pair_find(p, "hello-reply", 0);
	ck_assert_ptr_nonnull(reply);
	ck_assert_uint_eq(reply->rej, hellos[_i].rejected);
	ck_assert_int_eq(target_closed(), hellos[_i].rejected);
	ck_assert_uint_eq(reply->max_ver, 10);
	if (!hellos[_i].rejected)
		ck_assert_uint_eq(reply->iser_ord, hellos[_i].ord);
}
END_TEST

static const size_t lengths[] = {27, 29, 76};

START_TEST(test_hello_length)
{
	hold_before_hello("ask-hello=yes");
	send_hello_bytes(lengths[_i]);
	ck_assert_uint_eq(p->count, 0);
	ck_assert(target_closed());
}
END_TEST

START_TEST(test_hello_missing)
{
	hold_before_hello("ask-hello=yes");
	send_command();
	ck_assert_uint_eq(p->count, 0);
	ck_assert(target_closed());
	ck_assert_str_eq(p->target->violation.section, "RFC 7145 10.1.3.4");
}
END_TEST

START_TEST(test_hello_twice)
{
	hold_before_hello("ask-hello=yes");
	send_hello(10, 10, 16);
	ck_assert(!target_closed());
	send_hello(10, 10, 16);
	ck_assert_uint_eq(pair_count(p, "hello-reply"), 1);
	ck_assert(target_closed());
}
END_TEST

START_TEST(test_hello_under_absent_key)
{
	hold_before_hello("ask-hello=no");
	send_hello(10, 10, 16);
	ck_assert_uint_eq(pair_count(p, "hello-reply"), 1); /* RFC 7145 5.1.3: MUST still respond */
	ck_assert(!target_closed());
	send_command();
	ck_assert_uint_eq(pair_count(p, "scsi-response"), 1);
}
END_TEST

START_TEST(test_hello_under_no)
{
	hold_before_hello("iSERHelloRequired=No");
	send_hello(10, 10, 16);
	ck_assert_uint_eq(p->count, 0);
	ck_assert(target_closed());
}
END_TEST

START_TEST(test_hello_late)
{
	hold_before_hello("ask-hello=no");
	send_command();
	ck_assert_uint_eq(pair_count(p, "scsi-response"), 1);
	send_hello(10, 10, 16);
	ck_assert(target_closed());
}
END_TEST

/* ---- what each knob of the target makes of the same ---- */

START_TEST(test_target_knob_reply)
{
	static const char *const knobs[] = {"hello-reply-short", "hello-reply-long",
					    "hello-reply-wrong-version",
					    "hello-reply-ord-above-ird"};
	knob_at(&p->target_cfg, knobs[_i]);
	pair_set(&p->initiator_cfg, "ask-hello=yes");
	run_until_quiet();
	ck_assert_int_eq(p->initiator->phase,
			 PEER_CLOSED); /* an honest initiator does not bear it */
	ck_assert_uint_gt(strlen(p->initiator->violation.what), 0);
}
END_TEST

START_TEST(test_target_knob_missing)
{
	knob_at(&p->target_cfg, "hello-reply-missing");
	pair_set(&p->initiator_cfg, "ask-hello=yes");
	run_until_quiet();
	ck_assert_int_eq(p->initiator->phase, PEER_HELLO);
	ck_assert_uint_eq(pair_count(p, "hello-reply"), 0);
}
END_TEST

START_TEST(test_target_knob_reserved)
{
	knob_at(&p->target_cfg, "hello-reply-reserved");
	pair_set(&p->initiator_cfg, "ask-hello=yes");
	run_until_quiet();
	ck_assert_int_eq(p->initiator->phase, PEER_FULL); /* RFC 7145 9.4: ignored on receipt */
	pair_clean(p);
}
END_TEST

START_TEST(test_target_knob_early)
{
	knob_at(&p->target_cfg, "unexpected-before-hello");
	hold_before_hello("ask-hello=yes");
	pair_run(p, 5 * NS_PER_MS);
	ck_assert_uint_eq(pair_count(p, "nop-in"), 1);
}
END_TEST

START_TEST(test_target_knob_missing_hello)
{
	knob_at(&p->target_cfg, "accepts-missing-hello");
	hold_before_hello("ask-hello=yes");
	send_command();
	ck_assert_uint_eq(pair_count(p, "scsi-response"), 1);
	ck_assert(!target_closed());
}
END_TEST

START_TEST(test_target_knob_length)
{
	knob_at(&p->target_cfg, "accepts-bad-hello-length");
	hold_before_hello("ask-hello=yes");
	send_hello_bytes(lengths[_i]);
	ck_assert_uint_eq(pair_count(p, "hello-reply"), 1);
}
END_TEST

START_TEST(test_target_knob_version)
{
	knob_at(&p->target_cfg, "accepts-hello-bad-version");
	hold_before_hello("ask-hello=yes");
	send_hello(1, 1, 16);
	ck_assert_uint_eq(pair_find(p, "hello-reply", 0)->rej, 0);
	ck_assert(!target_closed());
}
END_TEST

START_TEST(test_target_knob_second)
{
	static const struct {
		const char *knob;
		size_t replies;
	} knobs[] = {{"second-hello-answered", 2}, {"second-hello-ignored", 1}};

	knob_at(&p->target_cfg, knobs[_i].knob);
	hold_before_hello("ask-hello=yes");
	send_hello(10, 10, 16);
	send_hello(10, 10, 16);
	ck_assert_uint_eq(pair_count(p, "hello-reply"), knobs[_i].replies);
	ck_assert(!target_closed());
}
END_TEST

START_TEST(test_target_knob_ignored)
{
	static const struct {
		const char *knob, *setting;
	} knobs[] = {{"hello-ignored-under-absent-key", "ask-hello=no"},
		     {"hello-ignored-under-no", "iSERHelloRequired=No"}};

	knob_at(&p->target_cfg, knobs[_i].knob);
	hold_before_hello(knobs[_i].setting);
	send_hello(10, 10, 16);
	ck_assert_uint_eq(p->count, 0);
	ck_assert(!target_closed());
}
END_TEST

/* ---- an initiator and HelloReplies made by hand ---- */

static void hold_target_hello(const char *setting)
{
	p->target_cfg.tolerant = true;
	pair_set(&p->initiator_cfg, setting);
	pair_connect(p);
	p->target->quiet = true;
	pair_run(p, 10 * NS_PER_MS);
	ck_assert_int_ne(p->initiator->phase, PEER_CLOSED);
}

static void target_sends(const uint8_t *raw, size_t len, const struct pdu_type *type)
{
	struct peer_msg m = {.raw = (uint8_t *)raw, .raw_len = len};
	struct err e = {0};

	pdu_init(&m.pdu, type);
	ck_assert_msg(!peer_post(p->target, &m, 1, 100, &e), "%s", e.what);
	pair_run(p, 5 * NS_PER_MS);
}

static void target_replies(unsigned first, unsigned versions, unsigned ord, size_t len)
{
	uint8_t raw[128] = {(uint8_t)first, (uint8_t)versions, (uint8_t)(ord >> 8), (uint8_t)ord};
	target_sends(raw, len, pdu_hello_reply_type());
}

static const struct {
	const char *setting, *knob; /* the knob that bears it */
	unsigned first, versions, ord;
	size_t len;
	unsigned times;
} replies[] = {
	{"ask-hello=yes", "accepts-short-hello-reply", 0x30, 0xaa, 16, 27, 1},
	{"ask-hello=yes", "accepts-long-hello-reply", 0x30, 0xaa, 16, 29, 1},
	{"ask-hello=yes", "accepts-long-hello-reply", 0x30, 0xaa, 16, 76, 1},
	{"ask-hello=yes", "accepts-bad-version", 0x30, 0x11, 16, 28, 1},
	{"ask-hello=yes", "accepts-bad-version", 0x30, 0xab, 16, 28, 1},
	{"ask-hello=yes", "ignores-rej", 0x31, 0xaa, 16, 28, 1},
	{"ask-hello=yes", "accepts-ord-above-ird", 0x30, 0xaa, 17, 28, 1},
	{"ask-hello=yes", "accepts-second-hello-reply", 0x30, 0xaa, 16, 28, 2},
	{"ask-hello=no", "accepts-unasked-hello-reply", 0x30, 0xaa, 16, 28, 1},
};

START_TEST(test_reply_refused)
{
	hold_target_hello(replies[_i].setting);
	for (unsigned i = 0; i < replies[_i].times; i++)
		target_replies(replies[_i].first, replies[_i].versions, replies[_i].ord,
			       replies[_i].len);
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
}
END_TEST

START_TEST(test_reply_borne)
{
	knob_at(&p->initiator_cfg, replies[_i].knob);
	hold_target_hello(replies[_i].setting);
	for (unsigned i = 0; i < replies[_i].times; i++)
		target_replies(replies[_i].first, replies[_i].versions, replies[_i].ord,
			       replies[_i].len);
	ck_assert_int_eq(p->initiator->phase, PEER_FULL);
}
END_TEST

static void ping_for_reply(void)
{
	uint8_t raw[ISER_HEADER_SIZE + BHS_SIZE] = {0x10};
	struct pdu pdu;

	hold_target_hello("ask-hello=yes");
	pdu_init(&pdu, pdu_type_by_name("nop-in"));
	target_template(p->target, pdu.type, &pdu);
	ck_assert_uint_gt(pdu_encode(&pdu, raw, sizeof(raw), NULL), 0);
	target_sends(raw, sizeof(raw), pdu.type);
}

START_TEST(test_ping_for_reply)
{
	ping_for_reply();
	ck_assert_int_eq(p->initiator->phase, PEER_CLOSED);
	ck_assert_str_eq(p->initiator->violation.section, "RFC 7145 10.1.3.4");
}
END_TEST

START_TEST(test_ping_for_reply_borne)
{
	knob_at(&p->initiator_cfg, "accepts-missing-hello-reply");
	ping_for_reply();
	ck_assert_int_eq(p->initiator->phase, PEER_FULL);
}
END_TEST

/* Knobs that make the initiator send, and what a target sees of it. */
static const struct {
	const char *knob, *setting, *target;
	const char *type;
} sends[] = {
	{"skips-hello", "ask-hello=yes", "hello=yes", "nop-out"},
	{"hello-under-no", "ask-hello=yes", "hello=no", "hello"},
	{"hello-under-no", "ask-hello=no", "hello=no", "hello"},
	{"hello-after-not-understood", "ask-hello=yes", "hello=not-understood", "hello"},
};

START_TEST(test_initiator_knob_sends)
{
	p->target_cfg.tolerant = true;
	knob_at(&p->initiator_cfg, sends[_i].knob);
	pair_set(&p->initiator_cfg, sends[_i].setting);
	pair_set(&p->target_cfg, sends[_i].target);
	run_until_quiet();
	ck_assert_uint_ge(sent(sends[_i].type), 1);
}
END_TEST

START_TEST(test_initiator_knob_refused)
{
	static const char *const knobs[] = {"skips-hello", "hello-long", "hello-wrong-version"};
	knob_at(&p->initiator_cfg, knobs[_i]);
	pair_set(&p->initiator_cfg, "ask-hello=yes");
	run_until_quiet();
	ck_assert(target_closed());
}
END_TEST

Suite *hello_suite(void)
{
	Suite *s = suite_create("hello");
	TCase *t = tcase_create("honest");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_outcome, 0, sizeof(outcomes) / sizeof(outcomes[0]));
	tcase_add_test(t, test_depths);
	tcase_add_test(t, test_no_depth);
	tcase_add_loop_test(t, test_hello_values, 0, sizeof(hellos) / sizeof(hellos[0]));
	tcase_add_loop_test(t, test_hello_length, 0, 3);
	tcase_add_test(t, test_hello_missing);
	tcase_add_test(t, test_hello_twice);
	tcase_add_test(t, test_hello_under_absent_key);
	tcase_add_test(t, test_hello_under_no);
	tcase_add_test(t, test_hello_late);
	tcase_add_loop_test(t, test_reply_refused, 0, sizeof(replies) / sizeof(replies[0]));
	tcase_add_test(t, test_ping_for_reply);
	suite_add_tcase(s, t);

	t = tcase_create("knobs");
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, test_target_knob_reply, 0, 4);
	tcase_add_test(t, test_target_knob_missing);
	tcase_add_test(t, test_target_knob_reserved);
	tcase_add_test(t, test_target_knob_early);
	tcase_add_test(t, test_target_knob_missing_hello);
	tcase_add_loop_test(t, test_target_knob_length, 0, 3);
	tcase_add_test(t, test_target_knob_version);
	tcase_add_loop_test(t, test_target_knob_second, 0, 2);
	tcase_add_loop_test(t, test_target_knob_ignored, 0, 2);
	tcase_add_loop_test(t, test_reply_borne, 0, sizeof(replies) / sizeof(replies[0]));
	tcase_add_test(t, test_ping_for_reply_borne);
	tcase_add_loop_test(t, test_initiator_knob_sends, 0, sizeof(sends) / sizeof(sends[0]));
	tcase_add_loop_test(t, test_initiator_knob_refused, 0, 3);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions off the event log: both sides' messages, their phases, how and when they came. */
#include "../fuzz/mutate/from_log.h"
#include "../fuzz/mutate/shape.h"
#include "scene.h"
#include "suites.h"

static uint8_t out[4096];

static void add(const char *type, uint8_t csg, const struct log_event *how)
{
	uint8_t msg[256];
	struct pdu p;
	struct log_event ev = how ? *how : (struct log_event){0};

	pdu_init(&p, pdu_type_by_name(type));
	p.csg = csg;
	if (csg == 1) {
		p.t = 1;
		p.nsg = 3;
	}
	ev.bytes = (struct bytes){msg, pdu_encode(&p, msg, sizeof(msg), NULL)};
	ev.kind = scene_is_sut(p.type->sender) ? LOG_RECV : LOG_POST;
	ev.name = ev.kind == LOG_RECV ? "recv" : ev.invalidated ? "send-inv" : "send";
	scene_add(ev);
}

static void a_session(enum pdu_sender sut)
{
	scene_open(sut);
	add("login-request", 0, NULL);
	add("login-response", 0, NULL);
	add("login-request", 1, NULL);
	add("login-response", 1, NULL);
	add("hello", 0, NULL);
	add("hello-reply", 0, NULL);
	scene_wait(UINT64_C(2000000000));
	add("nop-in", 0, &(struct log_event){.a = 0});
	add("nop-in", 0, &(struct log_event){.a = 1});
	add("scsi-response", 0, &(struct log_event){.invalidated = true, .invalidated_key = 0x77});
	add("logout-request", 0, NULL);
	add("logout-response", 0, NULL);
	/* what is no message, and another connection's */
	scene_add((struct log_event){.kind = LOG_NOTE, .name = "note", .text = "x"});
	add("nop-in", 0, &(struct log_event){.conn = 2});
}

START_TEST(a_connection_is_a_session)
{
	static const struct {
		enum pdu_sender sender;
		enum sequence_phase phase;
		uint8_t opcode;
	} expected[] = {
		{FROM_INITIATOR, PHASE_SECURITY, OP_LOGIN_REQUEST},
		{FROM_TARGET, PHASE_SECURITY, OP_LOGIN_RESPONSE},
		{FROM_INITIATOR, PHASE_OPERATIONAL, OP_LOGIN_REQUEST},
		{FROM_TARGET, PHASE_OPERATIONAL, OP_LOGIN_RESPONSE},
		{FROM_INITIATOR, PHASE_HELLO, 0},
		{FROM_TARGET, PHASE_HELLO, 0},
		{FROM_TARGET, PHASE_FULL_FEATURE, OP_NOP_IN},
		{FROM_TARGET, PHASE_FULL_FEATURE, OP_NOP_IN},
		{FROM_TARGET, PHASE_FULL_FEATURE, OP_SCSI_RESPONSE},
		{FROM_INITIATOR, PHASE_FULL_FEATURE, OP_LOGOUT_REQUEST},
		{FROM_TARGET, PHASE_LOGOUT, OP_LOGOUT_RESPONSE},
	};
	size_t count = sizeof(expected) / sizeof(expected[0]);
	struct writer w = writer_of(out, sizeof(out));

	a_session(_i ? FROM_INITIATOR : FROM_TARGET);
	ck_assert_uint_eq(sequence_from_log(&w, scene.log, 1), count);
	struct cursor c = cursor_of(out, writer_len(&w));
	for (size_t i = 0; i < count; i++) {
		struct sequence_message m;
		ck_assert(sequence_next(&c, &m));
		ck_assert_int_eq(m.sender, expected[i].sender);
		ck_assert_int_eq(m.phase, expected[i].phase);
		ck_assert_uint_eq(shape_of(m.bytes.at, m.bytes.len).type->opcode,
				  expected[i].opcode);
		ck_assert_int_eq(m.kind, i == 8 ? KIND_INVALIDATE : KIND_SEND);
		ck_assert_uint_eq(m.key, i == 8 ? 0x77 : 0);
		if (i == 6)
			ck_assert_int_eq(m.delay, DELAY_LONG);
		else if (i == 7) /* chains are told of what we post alone */
			ck_assert_int_eq(m.delay, _i ? DELAY_NONE : DELAY_SHORT);
		else if (i != 8)
			ck_assert_int_eq(m.delay, DELAY_SETTLED);
	}
	ck_assert_uint_eq(cursor_left(&c), 0);
	w = writer_of(out, sizeof(out));
	ck_assert_uint_eq(sequence_from_log(&w, scene.log, 2), 1);
	scene_close();
}
END_TEST

START_TEST(whole_messages_as_many_as_fit)
{
	struct writer w = writer_of(out, 200);

	a_session(FROM_TARGET);
	ck_assert_uint_eq(sequence_from_log(&w, scene.log, 1), 2);
	ck_assert(!w.failed);
	ck_assert_uint_eq(writer_len(&w), 2 * (3 + ISER_HEADER_SIZE + BHS_SIZE));
	scene_close();
}
END_TEST

Suite *mutate_from_log_suite(void)
{
	Suite *s = suite_create("mutate_from_log");
	TCase *t = tcase_create("log");

	tcase_add_loop_test(t, a_connection_is_a_session, 0, 2);
	tcase_add_test(t, whole_messages_as_many_as_fit);
	suite_add_tcase(s, t);
	return s;
}

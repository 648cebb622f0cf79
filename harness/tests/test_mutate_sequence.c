/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions as bytes: what is written comes back, anything can be read, and what ties messages
 * together is kept or broken. */
#include <stdlib.h>
#include <string.h>

#include "../fuzz/mutate/session.h"
#include "../fuzz/mutate/shape.h"
#include "suites.h"

static struct session *session;
static uint8_t room[4096];

static void set_up(void)
{
	session = calloc(1, sizeof(*session));
	ck_assert_ptr_nonnull(session);
	session->bytes = (struct edit){room, 0, sizeof(room)};
	session_index(session);
}

static void tear_down(void)
{
	free(session);
}

static void add(const char *type, enum sequence_phase phase, uint32_t itt, const char *text)
{
	uint8_t msg[512];
	struct pdu p;

	pdu_init(&p, pdu_type_by_name(type));
	p.itt = itt;
	p.data = (struct bytes){(const uint8_t *)text, strlen(text)};
	struct sequence_message m = {
		.phase = phase,
		.sender = p.type->sender,
		.bytes = {msg, pdu_encode(&p, msg, sizeof(msg), NULL)},
	};
	ck_assert_uint_gt(m.bytes.len, 0);
	ck_assert(session_insert(session, session->count, &m));
}

static uint64_t get(size_t i, const char *field)
{
	struct bytes b = session_get(session, i).bytes;

	return shape_get(b.at, b.len, field);
}

START_TEST(what_is_written_comes_back)
{
	static const uint8_t nine[9] = "nine byte", none[1];
	uint8_t out[64];
	const struct sequence_message messages[] = {
		{PHASE_SECURITY, FROM_INITIATOR, KIND_SEND, DELAY_NONE, 0, {nine, 9}},
		{PHASE_LOGOUT, FROM_TARGET, KIND_INVALIDATE, DELAY_LONG, 0x01020304, {none, 0}},
		{PHASE_HELLO, FROM_TARGET, KIND_SOLICITED, DELAY_SHORT, 0, {nine, 1}},
	};
	static const uint8_t expected[] = {
		0x00, 0, 9, 'n', 'i', 'n', 'e', ' ', 'b', 'y', 't', 'e', /* at once */
		0xec, 0, 0, 1,	 2,   3,   4,				 /* no message */
		0x5a, 0, 1, 'n',
	};
	struct writer w = writer_of(out, sizeof(out));

	for (size_t i = 0; i < 3; i++)
		sequence_put(&w, &messages[i]);
	ck_assert(!w.failed);
	ck_assert_uint_eq(writer_len(&w), sizeof(expected));
	ck_assert_mem_eq(out, expected, sizeof(expected));

	struct cursor c = cursor_of(out, writer_len(&w));
	for (size_t i = 0; i < 3; i++) {
		struct sequence_message m;
		ck_assert(sequence_next(&c, &m));
		ck_assert_int_eq(m.phase, messages[i].phase);
		ck_assert_int_eq(m.sender, messages[i].sender);
		ck_assert_int_eq(m.kind, messages[i].kind);
		ck_assert_int_eq(m.delay, messages[i].delay);
		ck_assert_uint_eq(m.key, messages[i].key);
		ck_assert_uint_eq(m.bytes.len, messages[i].bytes.len);
		ck_assert_mem_eq(m.bytes.at, messages[i].bytes.at, m.bytes.len);
	}
	struct sequence_message none_left;
	ck_assert(!sequence_next(&c, &none_left));
}
END_TEST

START_TEST(too_long_a_message_is_refused)
{
	static uint8_t big[SEQUENCE_MESSAGE_MAX + 1], out[sizeof(big) + SEQUENCE_HEAD_MAX];
	struct sequence_message m = {.sender = FROM_TARGET, .bytes = {big, sizeof(big) - 1}};
	struct writer w = writer_of(out, sizeof(out));

	sequence_put(&w, &m);
	ck_assert(!w.failed);
	m.bytes.len++;
	w = writer_of(out, sizeof(out));
	sequence_put(&w, &m);
	ck_assert(w.failed);
}
END_TEST

START_TEST(any_bytes_are_some_sequence)
{
	struct rng r = rng_of(1);

	for (int n = 0; n < 2000; n++) {
		size_t size = rng_below(&r, 60), used = 0;
		uint8_t *bytes = malloc(size + 1);
		for (size_t i = 0; i < size; i++)
			bytes[i] = rng_one_in(&r, 3) ? (uint8_t)rng_next(&r) : 0;
		struct cursor c = cursor_of(bytes, size);
		struct sequence_message m;
		while (sequence_next(&c, &m)) {
			ck_assert_uint_lt(m.phase, PHASE_COUNT);
			ck_assert(m.bytes.at >= bytes && m.bytes.at + m.bytes.len <= bytes + size);
			used = cursor_offset(&c);
		}
		/* what is left is no record's head */
		ck_assert_uint_lt(size - used, SEQUENCE_HEAD_MAX);
		free(bytes);
	}
}
END_TEST

START_TEST(records_move_and_go)
{
	add("nop-out", PHASE_FULL_FEATURE, 1, "one");
	add("nop-out", PHASE_FULL_FEATURE, 2, "two");
	add("nop-out", PHASE_FULL_FEATURE, 3, "three");
	session_move(session, 0, 1);
	ck_assert_uint_eq(get(0, "ITT"), 2);
	ck_assert_uint_eq(get(1, "ITT"), 1);
	ck_assert_uint_eq(get(2, "ITT"), 3);
	session_move(session, 2, 0);
	ck_assert_uint_eq(get(0, "ITT"), 3);
	session_drop(session, 1);
	ck_assert_uint_eq(session->count, 2);
	ck_assert_uint_eq(get(1, "ITT"), 1);
}
END_TEST

/* A last record that promises more than there is must not swallow what is put behind it. */
START_TEST(a_short_last_record_is_closed)
{
	struct sequence_message m = {.sender = FROM_TARGET, .bytes = {(const uint8_t *)"xy", 2}};

	memcpy(room, "\0\1\0ab", 5);
	session->bytes.len = 5;
	session_index(session);
	ck_assert_uint_eq(session->count, 1);
	ck_assert(session_insert(session, 1, &m));
	ck_assert_uint_eq(session->count, 2);
	ck_assert_uint_eq(session_get(session, 0).bytes.len, 2);
	ck_assert_mem_eq(session_get(session, 1).bytes.at, "xy", 2);
}
END_TEST

START_TEST(no_room_changes_nothing)
{
	uint8_t before[sizeof(room)];
	struct sequence_message m = {.sender = FROM_TARGET, .bytes = {(const uint8_t *)"12345", 5}};

	add("nop-out", PHASE_FULL_FEATURE, 1, "");
	session->bytes.max = session->bytes.len + 7;
	memcpy(before, room, sizeof(room));
	ck_assert(!session_insert(session, 0, &m));
	ck_assert_mem_eq(before, room, session->bytes.len);
	m.bytes.len--;
	ck_assert(session_insert(session, 0, &m));
}
END_TEST

START_TEST(numbers_go_on)
{
	add("login-request", PHASE_SECURITY, 1, ""); /* immediate */
	add("login-response", PHASE_SECURITY, 1, "");
	add("scsi-command", PHASE_FULL_FEATURE, 2, "");
	add("nop-in", PHASE_FULL_FEATURE, TAG_NONE, ""); /* uses no StatSN up */
	add("scsi-response", PHASE_FULL_FEATURE, 2, "");
	add("logout-request", PHASE_FULL_FEATURE, 3, "");
	for (size_t i = 0; i < session->count; i++) {
		struct bytes b = session_get(session, i).bytes;
		shape_set(room + (b.at - room), b.len, "CmdSN", i ? 77 : 0xffffffff);
		shape_set(room + (b.at - room), b.len, "StatSN", 5 - i);
	}
	session_renumber(session);
	ck_assert_uint_eq(get(0, "CmdSN"), 0xffffffff);
	ck_assert_uint_eq(get(2, "CmdSN"), 0xffffffff);
	ck_assert_uint_eq(get(5, "CmdSN"), 0);
	ck_assert_uint_eq(get(1, "StatSN"), 4);
	ck_assert_uint_eq(get(3, "StatSN"), 5);
	ck_assert_uint_eq(get(4, "StatSN"), 5);
	ck_assert_uint_eq(get(5, "ExpStatSN"), 6);
	ck_assert_uint_eq(get(4, "ExpCmdSN"), 0);
}
END_TEST

START_TEST(tags_are_another_messages)
{
	int crossed = 0;
	struct rng r = rng_of(2);

	for (int n = 0; n < 300; n++) {
		session->bytes.len = 0;
		session_index(session);
		add("scsi-command", PHASE_FULL_FEATURE, 0x1111, "");
		add("task-request", PHASE_FULL_FEATURE, 0x2222, "");
		mutate_tags(&r, session);
		ck_assert_uint_eq(session->count, 2);
		crossed += get(1, "ReferencedTaskTag") == 0x1111 || get(1, "ITT") == 0x1111;
	}
	ck_assert_int_gt(crossed, 3);
}
END_TEST

static size_t text_of(size_t i, uint8_t *out)
{
	struct bytes b = session_get(session, i).bytes;
	struct shape s = shape_of(b.at, b.len);

	memcpy(out, b.at + s.data, s.tail - s.data);
	return s.tail - s.data;
}

/* Somewhere among the changes: the text goes over two PDUs, the first of them with C=1, and is the
 * same text. */
START_TEST(text_is_split_by_the_c_bit)
{
	static const char text[] = "MaxBurstLength=8192";
	struct rng r = rng_of(3);
	int splits = 0, inside = 0;

	for (int n = 0; n < 3000; n++) {
		uint8_t both[64];
		session->bytes.len = 0;
		session_index(session);
		add("login-request", PHASE_OPERATIONAL, 1, text);
		mutate_session(&r, session);
		bool split = session->count == 2 && get(0, "ITT") == 1 && get(1, "ITT") == 1 &&
			     get(0, "C") == 1 && get(1, "C") == 0;
		if (!split)
			continue;
		size_t first = text_of(0, both), second = text_of(1, both + first);
		ck_assert_uint_eq(first + second, strlen(text));
		ck_assert_mem_eq(both, text, strlen(text));
		splits++;
		inside += first > 0 && second > 0;
	}
	ck_assert_int_gt(splits, 10);
	ck_assert_int_gt(inside, 5);
}
END_TEST

START_TEST(every_kind_of_change_happens)
{
	struct rng r = rng_of(4);
	int more = 0, fewer = 0, order = 0, phase = 0, kind = 0, other_bytes = 0;

	for (int n = 0; n < 3000; n++) {
		session->bytes.len = 0;
		session_index(session);
		add("login-request", PHASE_SECURITY, 1, "");
		add("nop-out", PHASE_FULL_FEATURE, 2, "");
		add("logout-request", PHASE_LOGOUT, 3, "");
		mutate_session(&r, session);
		more += session->count > 3;
		fewer += session->count < 3;
		if (session->count != 3)
			continue;
		struct sequence_message first = session_get(session, 0),
					last = session_get(session, 2);
		order += get(0, "ITT") != 1 && get(2, "ITT") == 3;
		phase += first.phase != PHASE_SECURITY && last.phase == PHASE_LOGOUT;
		kind += first.kind != KIND_SEND || last.kind != KIND_SEND;
		other_bytes += get(2, "ITT") == 3 && get(2, "Reason") != 0;
	}
	ck_assert_int_gt(more, 100);
	ck_assert_int_gt(fewer, 50);
	ck_assert_int_gt(order, 20);
	ck_assert_int_gt(phase, 20);
	ck_assert_int_gt(kind, 20);
	ck_assert_int_gt(other_bytes, 5);
}
END_TEST

Suite *mutate_sequence_suite(void)
{
	Suite *s = suite_create("mutate_sequence");
	TCase *format = tcase_create("format"), *changes = tcase_create("changes");

	tcase_add_test(format, what_is_written_comes_back);
	tcase_add_test(format, too_long_a_message_is_refused);
	tcase_add_test(format, any_bytes_are_some_sequence);
	suite_add_tcase(s, format);
	tcase_add_checked_fixture(changes, set_up, tear_down);
	tcase_add_test(changes, records_move_and_go);
	tcase_add_test(changes, a_short_last_record_is_closed);
	tcase_add_test(changes, no_room_changes_nothing);
	tcase_add_test(changes, numbers_go_on);
	tcase_add_test(changes, tags_are_another_messages);
	tcase_add_test(changes, text_is_split_by_the_c_bit);
	tcase_add_test(changes, every_kind_of_change_happens);
	suite_add_tcase(s, changes);
	return s;
}

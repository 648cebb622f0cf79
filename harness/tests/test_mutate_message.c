/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of one message: one length of three at a time, AHS, data and keys with the lengths that
 * follow them. */
#include <string.h>

#include "../fuzz/mutate/message.h"
#include "../fuzz/mutate/shape.h"
#include "../wire/ahs.h"
#include "../wire/text.h"
#include "suites.h"

enum { HEADERS = ISER_HEADER_SIZE + BHS_SIZE, TRIES = 2000 };

static uint8_t room[20000];

static struct edit message(const char *type, const char *data, size_t len)
{
	uint8_t area[8];
	struct pdu p;
	struct writer w = writer_of(area, sizeof(area));

	ahs_put(&w, AHS_BIDI_READ_LENGTH, "\0\0\0\2\0", 5);
	pdu_init(&p, pdu_type_by_name(type));
	p.itt = 7;
	p.ahs = (struct bytes){area, sizeof(area)};
	p.data = (struct bytes){(const uint8_t *)data, len};
	struct edit e = {room, pdu_encode(&p, room, sizeof(room), NULL), sizeof(room)};
	ck_assert_uint_gt(e.len, 0);
	return e;
}

static bool decodes(const struct edit *e)
{
	struct pdu p;

	return !pdu_decode(&p, e->at, e->len, NULL);
}

START_TEST(one_length_of_three_breaks)
{
	struct rng r = rng_of(1);
	int received = 0, data = 0, ahs = 0, inner = 0, less = 0, more = 0;

	for (int n = 0; n < TRIES; n++) {
		struct edit e = message("scsi-command", "12345678", 8);
		size_t len = e.len;
		mutate_lengths(&r, &e);
		bool other_received = e.len != len;
		ck_assert_uint_ge(sizeof(room), e.len);
		if (e.len < HEADERS + 2) {
			received++;
			less++;
			continue;
		}
		bool other_data = shape_get(e.at, e.len, "DataSegmentLength") != 8;
		bool other_ahs = shape_get(e.at, e.len, "TotalAHSLength") != 2;
		bool other_inner = e.at[HEADERS] || e.at[HEADERS + 1] != 5;
		ck_assert_int_le(other_received + other_data + other_ahs + other_inner, 1);
		received += other_received;
		data += other_data;
		ahs += other_ahs;
		inner += other_inner;
		less += e.len < len;
		more += e.len > len;
	}
	ck_assert_int_gt(received, TRIES / 20);
	ck_assert_int_gt(data, TRIES / 20);
	ck_assert_int_gt(ahs, TRIES / 20);
	ck_assert_int_gt(inner, TRIES / 20);
	ck_assert_int_gt(less, TRIES / 40);
	ck_assert_int_gt(more, TRIES / 80);
}
END_TEST

START_TEST(lengths_are_repaired)
{
	struct rng r = rng_of(2);
	int repaired = 0;

	for (int n = 0; n < TRIES; n++) {
		struct edit e = message("nop-out", "12345678", 8);
		shape_set(e.at, e.len, "DataSegmentLength", 5000);
		mutate_lengths(&r, &e);
		repaired += decodes(&e);
	}
	ck_assert_int_gt(repaired, TRIES / 20);
}
END_TEST

START_TEST(data_and_their_length_agree)
{
	struct rng r = rng_of(3);
	int empty = 0, long_ones = 0;

	for (int n = 0; n < TRIES; n++) {
		struct edit e = message("nop-out", "12345678", 8);
		mutate_data(&r, &e);
		ck_assert(decodes(&e));
		uint64_t len = shape_get(e.at, e.len, "DataSegmentLength");
		empty += len == 0;
		long_ones += len > 8000;
		ck_assert_uint_eq(e.at[HEADERS + 6], 2); /* the AHS stands where it stood */
	}
	ck_assert_int_gt(empty, 10);
	ck_assert_int_gt(long_ones, 10);
}
END_TEST

START_TEST(the_ahs_area_and_its_length_agree)
{
	struct rng r = rng_of(4);
	int none = 0, full = 0, odd_type = 0;

	for (int n = 0; n < TRIES; n++) {
		struct edit e = message("scsi-command", "12345678", 8);
		mutate_ahs(&r, &e);
		ck_assert(decodes(&e)); /* a walk of the area is another thing */
		uint64_t words = shape_get(e.at, e.len, "TotalAHSLength");
		ck_assert_mem_eq(e.at + HEADERS + 4 * words, "12345678", 8);
		none += words == 0;
		full += words > 200;
		odd_type += words && e.at[HEADERS + 2] > 2;
	}
	ck_assert_int_gt(none, TRIES / 20);
	ck_assert_int_gt(full, 10);
	ck_assert_int_gt(odd_type, TRIES / 40);
}
END_TEST

START_TEST(fields_take_what_another_message_has)
{
	struct rng r = rng_of(5);
	uint8_t other[HEADERS];
	struct pdu p;
	int taken = 0, only_one = 0;

	pdu_init(&p, pdu_type_by_name("nop-in"));
	p.ttt = 0xcafe0001;
	ck_assert_uint_gt(pdu_encode(&p, other, sizeof(other), NULL), 0);
	for (int n = 0; n < TRIES; n++) {
		struct edit e = message("nop-out", "", 0);
		uint8_t before[128];
		memcpy(before, e.at, e.len);
		mutate_fields(&r, &e, (struct bytes){other, sizeof(other)});
		taken += shape_get(e.at, e.len, "TTT") == 0xcafe0001;
		size_t differ = 0;
		for (size_t i = 0; i < e.len; i++)
			differ += before[i] != e.at[i];
		only_one += differ == 1;
	}
	ck_assert_int_gt(taken, 3);
	ck_assert_int_gt(only_one, TRIES / 10);
}
END_TEST

static int count_pairs(const struct edit *text, const char *key)
{
	struct cursor c = cursor_of(text->at, text->len);
	struct text_pair pair;
	int count = 0;

	for (int rc; (rc = text_next(&c, &pair, NULL));)
		count += rc == 1 && bytes_eq(pair.key, key);
	return count;
}

START_TEST(keys_come_go_and_come_twice)
{
	static const char text[] = "MaxBurstLength=8192\0InitialR2T=No"; /* its NUL is the last */
	struct rng r = rng_of(6);
	int gone = 0, twice = 0, added = 0, cut = 0, value = 0;

	for (int n = 0; n < TRIES; n++) {
		uint8_t bytes[4096];
		struct edit e = {bytes, sizeof(text), sizeof(bytes)};
		memcpy(bytes, text, sizeof(text));
		mutate_text(&r, &e);
		int bursts = count_pairs(&e, "MaxBurstLength"),
		    r2ts = count_pairs(&e, "InitialR2T");
		gone += bursts + r2ts == 1 && e.len < sizeof(text);
		twice += bursts == 2;
		added += bursts == 1 && r2ts == 1 && e.len > sizeof(text) + 8;
		cut += e.len == sizeof(text) - 1;
		value += r2ts == 1 && bursts == 1 && !memcmp(bytes, text, 15) &&
			 memcmp(bytes, text, 20) != 0;
	}
	ck_assert_int_gt(gone, 20);
	ck_assert_int_gt(twice, 20);
	ck_assert_int_gt(added, 50);
	ck_assert_int_gt(cut, 5);
	ck_assert_int_gt(value, 50);
}
END_TEST

START_TEST(fresh_ones_are_their_senders)
{
	struct rng r = rng_of(7);

	for (int n = 0; n < TRIES; n++) {
		struct edit e = {room, 0, sizeof(room)};
		enum pdu_sender sender = n % 2 ? FROM_TARGET : FROM_INITIATOR;
		mutate_into_fresh(&r, &e, sender);
		struct pdu p;
		ck_assert(!pdu_decode(&p, e.at, e.len, NULL));
		ck_assert_int_eq(p.type->sender, sender);
	}
}
END_TEST

START_TEST(the_parts_of_a_message)
{
	struct edit e = message("nop-out", "12345", 5);
	struct shape s = shape_of(e.at, e.len);

	ck_assert(s.whole);
	ck_assert_uint_eq(s.ahs, HEADERS);
	ck_assert_uint_eq(s.data, HEADERS + 8);
	ck_assert_uint_eq(s.tail, HEADERS + 13);
	shape_set(e.at, e.len, "TotalAHSLength", 255); /* more than there is */
	s = shape_of(e.at, e.len);
	ck_assert_uint_eq(s.data, e.len);
	ck_assert_uint_eq(s.tail, e.len);
	ck_assert(!shape_of(e.at, HEADERS - 1).whole);
	ck_assert_ptr_null(shape_of(e.at, ISER_HEADER_SIZE).type);
	ck_assert_ptr_null(shape_of(e.at, 0).type);
}
END_TEST

Suite *mutate_message_suite(void)
{
	Suite *s = suite_create("mutate_message");
	TCase *t = tcase_create("message");

	tcase_add_test(t, one_length_of_three_breaks);
	tcase_add_test(t, lengths_are_repaired);
	tcase_add_test(t, data_and_their_length_agree);
	tcase_add_test(t, the_ahs_area_and_its_length_agree);
	tcase_add_test(t, fields_take_what_another_message_has);
	tcase_add_test(t, keys_come_go_and_come_twice);
	tcase_add_test(t, fresh_ones_are_their_senders);
	tcase_add_test(t, the_parts_of_a_message);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The mutator as an engine has it: never past its room, the same for the same seed, crossing and
 * trimming by parts. */
#include <stdlib.h>
#include <string.h>

#include "../fuzz/mutate/mutate.h"
#include "../fuzz/mutate/rng.h"
#include "../fuzz/mutate/sequence.h"
#include "../wire/pdu.h"
#include "slow.h"
#include "suites.h"

enum { HEADERS = ISER_HEADER_SIZE + BHS_SIZE };

static const enum mutate_shape shapes[] = {MUTATE_SEQUENCE, MUTATE_MESSAGE, MUTATE_TEXT};

static void put(struct writer *w, const char *type, const char *data)
{
	uint8_t msg[512];
	struct pdu p;

	pdu_init(&p, pdu_type_by_name(type));
	p.data = (struct bytes){(const uint8_t *)data, strlen(data)};
	struct sequence_message m = {
		.phase = PHASE_FULL_FEATURE,
		.sender = p.type->sender,
		.bytes = {msg, pdu_encode(&p, msg, sizeof(msg), NULL)},
	};
	sequence_put(w, &m);
}

/* An input of the shape to begin with. */
static size_t honest(enum mutate_shape shape, uint8_t *out, size_t size)
{
	static const char text[] = "InitialR2T=No\0MaxBurstLength=512";
	struct writer w = writer_of(out, size);

	if (shape == MUTATE_TEXT) {
		writer_put(&w, text, sizeof(text));
		return writer_len(&w);
	}
	put(&w, "login-request", "InitiatorName=iqn.2001-04.com.example:host");
	if (shape == MUTATE_MESSAGE) {
		memmove(out, out + 3, writer_len(&w) - 3);
		return writer_len(&w) - 3;
	}
	put(&w, "nop-out", "ping");
	put(&w, "logout-request", "");
	return writer_len(&w);
}

static size_t chain(struct mutator *m, enum mutate_shape shape, uint8_t *at, size_t max, int times)
{
	uint8_t first[1024];
	size_t len = honest(shape, first, sizeof(first));

	len = len < max ? len : max;
	if (len)
		memcpy(at, first, len);
	while (times--) {
		len = mutator_mutate(m, at, len, max);
		ck_assert_uint_le(len, max);
	}
	return len;
}

/* The sanitizer watches the end of the room. */
START_TEST(never_past_its_room)
{
	enum mutate_shape shape = shapes[_i];
	struct mutator *m = mutator_new(shape);

	for (size_t max = 0; max < 300; max++) {
		uint8_t *at = malloc(max ? max : 1);
		mutator_seed(m, max);
		(void)chain(m, shape, at, max, 60);
		free(at);
	}
	uint8_t *big = malloc(100000);
	mutator_seed(m, 1);
	(void)chain(m, shape, big, 100000, SLOW_ROUNDS(3000));
	free(big);
	mutator_free(m);
}
END_TEST

START_TEST(any_input_will_do)
{
	enum mutate_shape shape = shapes[_i];
	struct mutator *m = mutator_new(shape);
	struct rng r = rng_of(9);

	for (int n = 0; n < SLOW_ROUNDS(3000); n++) {
		size_t size = rng_below(&r, 200), max = size + rng_below(&r, 100);
		uint8_t *at = malloc(max ? max : 1);
		for (size_t i = 0; i < size; i++)
			at[i] = rng_one_in(&r, 2) ? (uint8_t)rng_next(&r) : 0x10;
		ck_assert_uint_le(mutator_mutate(m, at, size, max), max);
		free(at);
	}
	mutator_free(m);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_input)
{
	enum mutate_shape shape = shapes[_i];
	uint8_t a[2048], b[2048];
	struct mutator *one = mutator_new(shape), *two = mutator_new(shape);

	mutator_seed(one, 42);
	mutator_seed(two, 42);
	size_t len = chain(one, shape, a, sizeof(a), 50);
	ck_assert_uint_eq(chain(two, shape, b, sizeof(b), 50), len);
	ck_assert_mem_eq(a, b, len);
	mutator_seed(two, 43);
	size_t other = chain(two, shape, b, sizeof(b), 50);
	ck_assert(other != len || memcmp(a, b, len) != 0);
	mutator_free(one);
	mutator_free(two);
}
END_TEST

static unsigned asked;

static size_t to_zeros(uint8_t *data, size_t size, size_t max)
{
	(void)max;
	asked++;
	if (size)
		memset(data, 0, size);
	return size;
}

START_TEST(the_engines_bytes_get_a_share)
{
	struct mutator *m = mutator_new(shapes[_i]);
	uint8_t at[2048];

	asked = 0;
	mutator_set_bytes(m, to_zeros);
	(void)chain(m, shapes[_i], at, sizeof(at), 400);
	ck_assert_uint_gt(asked, 50);
	ck_assert_uint_lt(asked, 400);
	mutator_free(m);
}
END_TEST

static bool holds(const uint8_t *in, size_t len, const char *what)
{
	return memmem(in, len, what, strlen(what)) != NULL;
}

START_TEST(two_become_one)
{
	enum mutate_shape shape = shapes[_i];
	struct mutator *m = mutator_new(shape);
	uint8_t a[512], b[512];
	size_t a_len = honest(shape, a, sizeof(a)), b_len = a_len;
	int both = 0;

	memcpy(b, a, a_len);
	/* what tells them apart: the first value of each */
	for (uint8_t *at = b; (at = memmem(at, (size_t)(b + b_len - at), "=", 1)); at++)
		at[1] = 'Z';
	for (int n = 0; n < 2000; n++) {
		size_t max = n % 2 ? 400 : a_len;
		uint8_t *out = malloc(max);
		size_t len = mutator_cross(m, a, a_len, b, b_len, out, max);
		ck_assert_uint_le(len, max);
		both += holds(out, len, "=Z");
		free(out);
	}
	ck_assert_int_gt(both, 50);
	ck_assert_uint_eq(mutator_cross(m, a, a_len, b, 0, a, a_len), a_len);
	mutator_free(m);
}
END_TEST

/* As an engine does it, with what must stay in the input. */
static size_t trimmed(struct mutator *m, const char *kept, uint8_t *at, size_t len)
{
	size_t tries = mutator_trim_begin(m, at, len), candidate_len, count = 0;
	const uint8_t *candidate;

	while ((candidate = mutator_trim_next(m, &candidate_len))) {
		bool same = holds(candidate, candidate_len, kept);
		ck_assert_uint_lt(candidate_len, len);
		ck_assert_uint_le(++count, tries);
		if (same) {
			len = candidate_len;
			memcpy(at, candidate, len);
		}
		mutator_trim_judge(m, same);
	}
	return len;
}

START_TEST(trimming_leaves_what_matters)
{
	uint8_t at[1024];
	struct mutator *m = mutator_new(MUTATE_SEQUENCE);
	size_t len = honest(MUTATE_SEQUENCE, at, sizeof(at));

	len = trimmed(m, "ping", at, len);
	ck_assert_uint_eq(len, 3 + HEADERS + 4); /* the one message that has it */
	mutator_free(m);

	m = mutator_new(MUTATE_MESSAGE);
	len = honest(MUTATE_MESSAGE, at, sizeof(at));
	ck_assert_uint_eq(trimmed(m, "\x10", at, len), HEADERS);
	mutator_free(m);

	m = mutator_new(MUTATE_TEXT);
	len = honest(MUTATE_TEXT, at, sizeof(at));
	len = trimmed(m, "Max", at, len);
	ck_assert_uint_eq(len, sizeof("MaxBurstLength=512"));
	ck_assert_str_eq((const char *)at, "MaxBurstLength=512");
	mutator_free(m);
}
END_TEST

Suite *mutate_suite(void)
{
	Suite *s = suite_create("mutate");
	TCase *t = tcase_create("mutate");
	int count = sizeof(shapes) / sizeof(shapes[0]);

	tcase_add_loop_test(t, never_past_its_room, 0, count);
	tcase_add_loop_test(t, any_input_will_do, 0, count);
	tcase_add_loop_test(t, the_same_seed_gives_the_same_input, 0, count);
	tcase_add_loop_test(t, the_engines_bytes_get_a_share, 0, count);
	tcase_add_loop_test(t, two_become_one, 0, count);
	tcase_add_test(t, trimming_leaves_what_matters);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Interesting values: inside the field, another one than before, the edges reached, and the same
 * for the same seed. */
#include <string.h>

#include "../fuzz/mutate/value.h"
#include "slow.h"
#include "suites.h"

static const struct pdu_field *field_of(const char *type, const char *name)
{
	return pdu_field_by_name(pdu_type_by_name(type), name);
}

static uint64_t another(struct rng *r, const char *type, const char *name, uint64_t current)
{
	return mutate_field_value(r, pdu_type_by_name(type), field_of(type, name), current,
				  (struct value_pool){0});
}

/* Is `wanted` among what n tries give? */
static bool comes(const char *type, const char *name, uint64_t current, uint64_t wanted)
{
	struct rng r = rng_of(1);

	for (int i = 0; i < 3000; i++)
		if (another(&r, type, name, current) == wanted)
			return true;
	return false;
}

START_TEST(a_value_fits_its_field_and_is_another)
{
	struct rng r = rng_of(7);
	size_t count;
	const struct pdu_type *types = pdu_types(&count);

	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < types[i].field_count; j++) {
			const struct pdu_field *f = &types[i].fields[j];
			if (f->bytes > 8)
				continue;
			uint64_t now = 0;
			for (int n = 0; n < SLOW_ROUNDS(200); n++) {
				uint64_t next = mutate_field_value(&r, &types[i], f, now,
								   (struct value_pool){0});
				ck_assert_msg(next != now, "%s.%s", types[i].name, f->name);
				if (f->width < 64)
					ck_assert_uint_eq(next >> f->width, 0);
				now = next;
			}
		}
}
END_TEST

START_TEST(edges_are_reached)
{
	ck_assert(comes("nop-out", "DataSegmentLength", 100, 101));
	ck_assert(comes("nop-out", "DataSegmentLength", 100, 0xffffff));
	ck_assert(comes("nop-out", "DataSegmentLength", 100, 8193));
	ck_assert(comes("nop-out", "TTT", 5, TAG_NONE));
	ck_assert(comes("nop-out", "CmdSN", 5, 0x80000005));
	ck_assert(comes("nop-out", "CmdSN", 5, 4));
	ck_assert(comes("nop-out", "ReadBaseOffset", 0, UINT64_MAX));
	ck_assert(comes("login-request", "CSG", 1, 2));
	ck_assert(comes("login-request", "NSG", 1, 3));
	ck_assert(comes("hello", "MaxVer", 10, 11));
	ck_assert(comes("nop-in", "iSEROpcode", 1, 4));
	ck_assert(comes("nop-in", "F", 1, 0));
}
END_TEST

START_TEST(what_a_field_is_for)
{
	struct value_facts facts = value_facts_of(pdu_type_by_name("logout-request"),
						  field_of("logout-request", "Reason"));
	ck_assert_uint_eq(facts.assigned[0].hi, 2);
	facts = value_facts_of(pdu_type_by_name("reject"), field_of("reject", "Reason"));
	ck_assert_uint_eq(facts.assigned[0].hi, 0x0c);
	facts = value_facts_of(pdu_type_by_name("scsi-command"), field_of("scsi-command", "CDB"));
	ck_assert_int_eq(facts.class, VALUE_BYTES);
	facts = value_facts_of(pdu_type_by_name("r2t"), field_of("r2t", "TTT"));
	ck_assert_int_eq(facts.class, VALUE_TAG);
}
END_TEST

START_TEST(numbers_of_the_session_are_taken)
{
	static const uint64_t seen[] = {0x12345678};
	struct rng r = rng_of(3);
	int same = 0, near = 0;

	for (int i = 0; i < 1000; i++) {
		uint64_t v = mutate_field_value(&r, pdu_type_by_name("nop-out"),
						field_of("nop-out", "TTT"), 9,
						(struct value_pool){seen, 1});
		same += v == seen[0];
		near += v == seen[0] + 1 || v == seen[0] - 1;
	}
	ck_assert_int_gt(same, 50);
	ck_assert_int_gt(near, 5);
}
END_TEST

START_TEST(the_same_seed_gives_the_same)
{
	struct rng a = rng_of(11), b = rng_of(11), c = rng_of(12);
	int differ = 0;

	for (int i = 0; i < 100; i++) {
		uint64_t one = another(&a, "nop-out", "ITT", 77);
		ck_assert_uint_eq(one, another(&b, "nop-out", "ITT", 77));
		differ += one != another(&c, "nop-out", "ITT", 77);
	}
	ck_assert_int_gt(differ, 20);
}
END_TEST

START_TEST(values_of_keys_fit_and_end)
{
	struct rng r = rng_of(5);
	size_t count;
	const struct text_key *keys = text_keys(&count);

	for (size_t i = 0; i <= count; i++)
		for (size_t n = 0; n < SLOW_ROUNDS(400); n++) {
			char out[600];
			size_t size = 1 + n % sizeof(out);
			size_t len = mutate_key_value(&r, i < count ? &keys[i] : NULL, out, size);
			ck_assert_uint_lt(len, size);
			ck_assert_uint_eq(strlen(out), len);
		}
}
END_TEST

/* The negotiation itself says what a legal offer is. */
START_TEST(legal_values_are_legal)
{
	struct rng r = rng_of(6);
	size_t count;
	const struct text_key *keys = text_keys(&count);

	for (size_t i = 0; i < count; i++)
		for (int n = 0; n < 100; n++) {
			char value[TEXT_VALUE_LIMIT], answer[TEXT_VALUE_LIMIT];
			struct err e = {0};
			size_t len = mutate_key_legal_value(&r, &keys[i], value, sizeof(value));
			struct bytes offer = {(const uint8_t *)value, len};
			if (keys[i].kind == KEY_SECURITY || keys[i].obsolete)
				continue;
			ck_assert_msg(text_negotiate(&keys[i], offer, NULL, answer, sizeof(answer),
						     &e) >= 0,
				      "%s=%s: %s", keys[i].name, value, e.what);
		}
}
END_TEST

static bool key_value_comes(const char *name, const char *wanted)
{
	struct rng r = rng_of(8);
	char out[600];

	for (int i = 0; i < 5000; i++) {
		(void)mutate_key_value(&r, text_key_by_name(name, strlen(name)), out, sizeof(out));
		if (!strcmp(out, wanted))
			return true;
	}
	return false;
}

START_TEST(values_of_keys_reach_the_edges)
{
	ck_assert(key_value_comes("MaxBurstLength", "16777215"));
	ck_assert(key_value_comes("MaxBurstLength", "16777216"));
	ck_assert(key_value_comes("MaxBurstLength", "511"));
	ck_assert(key_value_comes("MaxBurstLength", "0x200"));
	ck_assert(key_value_comes("MaxOutstandingUnexpectedPDUs", "1"));
	ck_assert(key_value_comes("RDMAExtensions", "Yes"));
	ck_assert(key_value_comes("RDMAExtensions", "yes"));
	ck_assert(key_value_comes("RDMAExtensions", "NotUnderstood"));
	ck_assert(key_value_comes("HeaderDigest", "None,CRC32C"));
	ck_assert(key_value_comes("HeaderDigest", ""));
}
END_TEST

Suite *mutate_value_suite(void)
{
	Suite *s = suite_create("mutate_value");
	TCase *fields = tcase_create("fields"), *keys = tcase_create("keys");

	tcase_add_test(fields, a_value_fits_its_field_and_is_another);
	tcase_add_test(fields, edges_are_reached);
	tcase_add_test(fields, what_a_field_is_for);
	tcase_add_test(fields, numbers_of_the_session_are_taken);
	tcase_add_test(fields, the_same_seed_gives_the_same);
	suite_add_tcase(s, fields);
	tcase_add_test(keys, values_of_keys_fit_and_end);
	tcase_add_test(keys, legal_values_are_legal);
	tcase_add_test(keys, values_of_keys_reach_the_edges);
	suite_add_tcase(s, keys);
	return s;
}

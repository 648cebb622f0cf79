/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of text keys in one login: who said what first, and which answers are admissible. */
#include "../peer/login/negotiate.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

static struct nego n;

static void setup(void)
{
	memset(&n, 0, sizeof(n));
}

static struct bytes of(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

START_TEST(test_offer_and_answer)
{
	ck_assert(nego_offer(&n, "InitialR2T", "No"));
	ck_assert_ptr_null(nego_result(&n, "InitialR2T"));
	ck_assert_int_eq(nego_hear(&n, of("InitialR2T"), of("Yes")), NEGO_ANSWER);
	ck_assert_str_eq(nego_result(&n, "InitialR2T"), "Yes");
	ck_assert_int_eq(nego_hear(&n, of("InitialR2T"), of("Yes")), NEGO_REPEATED);
	ck_assert_ptr_null(nego_find(&n, "ImmediateData"));
}
END_TEST

START_TEST(test_their_offer)
{
	ck_assert_int_eq(nego_hear(&n, of("MaxBurstLength"), of("65536")), NEGO_OFFER);
	nego_answer(&n, of("MaxBurstLength"), "4096");
	ck_assert_str_eq(nego_result(&n, "MaxBurstLength"), "4096");
	ck_assert_int_eq(nego_hear(&n, of("MaxBurstLength"), of("1")), NEGO_REPEATED);
}
END_TEST

static const struct {
	const char *key, *offer, *answer;
	bool legal;
} answers[] = {
	{"RDMAExtensions", "Yes", "Yes", true},
	{"RDMAExtensions", "Yes", "No", true},
	{"RDMAExtensions", "No", "Yes", false},
	{"RDMAExtensions", "Yes", "Maybe", false},
	{"RDMAExtensions", "Yes", "yes", false},
	{"RDMAExtensions", "Yes", "NotUnderstood", true},
	{"InitialR2T", "Yes", "No", false},
	{"InitialR2T", "No", "Yes", true},
	{"MaxBurstLength", "8192", "8192", true},
	{"MaxBurstLength", "8192", "0x1000", true},
	{"MaxBurstLength", "8192", "8193", false},
	{"MaxBurstLength", "8192", "511", false},
	{"MaxBurstLength", "8192", "", false},
	{"TargetRecvDataSegmentLength", "512", "1024", false},
	{"DefaultTime2Wait", "2", "5", true},
	{"DefaultTime2Wait", "2", "1", false},
	{"DefaultTime2Wait", "2", "\n", false},
	{"HeaderDigest", "CRC32C,None", "None", true},
	{"HeaderDigest", "None", "CRC32C", false},
	{"MaxOutstandingUnexpectedPDUs", "8", "3", true}, /* both declare: no answer at all */
	{"X-own.key", "1", "anything", true},
};

START_TEST(test_answer)
{
	struct err e = {0};

	ck_assert(nego_offer(&n, answers[_i].key, answers[_i].offer));
	ck_assert_int_eq(nego_hear(&n, of(answers[_i].key), of(answers[_i].answer)), NEGO_ANSWER);
	int rc = nego_check_answer(nego_find(&n, answers[_i].key), &e);
	ck_assert_msg((rc == 0) == answers[_i].legal, "%s: %s answers %s: %s", answers[_i].key,
		      answers[_i].answer, answers[_i].offer, e.what);
	ck_assert(answers[_i].legal || (e.section && e.what[0] && !strchr(e.what, '\n')));
}
END_TEST

START_TEST(test_full)
{
	char name[16] = "Key-aa";

	for (int i = 0; i < NEGO_KEYS; i++) {
		name[4] = (char)('a' + i / 26);
		name[5] = (char)('a' + i % 26);
		ck_assert_int_eq(nego_hear(&n, of(name), of("1")), NEGO_OFFER);
	}
	ck_assert_int_eq(nego_hear(&n, of("One-more"), of("1")), NEGO_FULL);
	ck_assert(!nego_offer(&n, "One-more", "1"));
}
END_TEST

START_TEST(test_long_values)
{
	char value[400];

	memset(value, 'x', sizeof(value));
	ck_assert_int_eq(
		nego_hear(&n, of("TargetAlias"), (struct bytes){(const uint8_t *)value, 400}),
		NEGO_OFFER);
	ck_assert_uint_eq(strlen(nego_result(&n, "TargetAlias")), TEXT_VALUE_MAX);
	char name[100];
	memset(name, 'N', sizeof(name));
	ck_assert_int_eq(nego_hear(&n, (struct bytes){(const uint8_t *)name, 100}, of("1")),
			 NEGO_FULL);
}
END_TEST

Suite *negotiate_peer_suite(void)
{
	Suite *s = suite_create("negotiate_peer");
	TCase *t = tcase_create("negotiate_peer");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, test_offer_and_answer);
	tcase_add_test(t, test_their_offer);
	tcase_add_loop_test(t, test_answer, 0, sizeof(answers) / sizeof(answers[0]));
	tcase_add_test(t, test_full);
	tcase_add_test(t, test_long_values);
	suite_add_tcase(s, t);
	return s;
}

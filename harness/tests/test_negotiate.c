/* SPDX-License-Identifier: BSD-2-Clause */
/* What an honest responder answers, kind by kind (RFC 7143 6.2.1, 6.2.2, 13; RFC 7145 6). */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../wire/text.h"
#include "suites.h"

static const struct {
	const char *key, *offer, *want;
	int rc;
	const char *answer;
} table[] = {
	/* AND: No decides alone, and so does a No of ours */
	{"ImmediateData", "Yes", "Yes", 1, "Yes"},
	{"ImmediateData", "Yes", "No", 1, "No"},
	{"ImmediateData", "No", "Yes", 1, "No"},
	{"ImmediateData", "No", "No", 1, "No"},
	{"RDMAExtensions", "Yes", "Yes", 1, "Yes"},
	{"RDMAExtensions", "Yes", NULL, 1, "Yes"},
	{"RDMAExtensions", "Maybe", "Yes", -1, "Reject"},
	{"RDMAExtensions", "yes", "Yes", -1, "Reject"},
	{"RDMAExtensions", "", "Yes", -1, "Reject"},
	/* OR */
	{"InitialR2T", "No", "No", 1, "No"},
	{"InitialR2T", "No", "Yes", 1, "Yes"},
	{"InitialR2T", "Yes", "No", 1, "Yes"},
	{"DataPDUInOrder", "Yes", "Yes", 1, "Yes"},
	/* minimum: never above the offer */
	{"MaxBurstLength", "262144", "65536", 1, "65536"},
	{"MaxBurstLength", "4096", "65536", 1, "4096"},
	{"MaxBurstLength", "0x1000", "65536", 1, "4096"},
	{"MaxBurstLength", "512", NULL, 1, "512"},
	{"MaxBurstLength", "511", "65536", -1, "Reject"},
	{"MaxBurstLength", "16777215", "16777215", 1, "16777215"},
	{"MaxBurstLength", "16777216", "65536", -1, "Reject"},
	{"MaxBurstLength", "0", "65536", -1, "Reject"},
	{"ErrorRecoveryLevel", "2", "0", 1, "0"},
	{"ErrorRecoveryLevel", "3", "0", -1, "Reject"},
	{"iSCSIProtocolLevel", "31", "1", 1, "1"},
	{"TargetRecvDataSegmentLength", "8192", "262144", 1, "8192"},
	/* maximum: never below it */
	{"DefaultTime2Wait", "5", "2", 1, "5"},
	{"DefaultTime2Wait", "1", "2", 1, "2"},
	{"DefaultTime2Wait", "3601", "2", -1, "Reject"},
	/* lists: the proposer's order decides */
	{"HeaderDigest", "CRC32C,None", "None,CRC32C", 1, "CRC32C"},
	{"HeaderDigest", "CRC32C,None", "None", 1, "None"},
	{"HeaderDigest", "CRC32C", "None", 1, "Reject"}, /* None only when proposed */
	{"HeaderDigest", "None", "None", 1, "None"},
	{"HeaderDigest", "Y-org.example.sum,None", "None", 1, "None"},
	{"HeaderDigest", "", "None", -1, "Reject"},
	{"HeaderDigest", "CRC32C,Irrelevant", "None,CRC32C", -1, "Reject"},
	{"HeaderDigest", "crc32c", "CRC32C", 1, "Reject"},
	{"HeaderDigest", "CRC32", "CRC32C", 1, "Reject"},
	{"HeaderDigest", ",None", "None", 1, "None"},
	{"HeaderDigest", "C\x01,a b,None", NULL, 1, "None"}, /* no text-values */
	{"HeaderDigest", "C\x01", NULL, 1, "Reject"},
	{"AuthMethod", "CHAP,None", "None", 1, "None"},
	{"AuthMethod", "CHAP,None", "None,CHAP", 1, "CHAP"},
	{"TaskReporting", "FastAbort,ResponseFence,RFC3720", "RFC3720,ResponseFence", 1,
	 "ResponseFence"},
	/* declarations: no answer, but bounds */
	{"MaxOutstandingUnexpectedPDUs", "0", NULL, 0, ""},
	{"MaxOutstandingUnexpectedPDUs", "1", NULL, -1, "Reject"},
	{"MaxOutstandingUnexpectedPDUs", "2", NULL, 0, ""},
	{"MaxOutstandingUnexpectedPDUs", "4294967295", NULL, 0, ""},
	{"MaxOutstandingUnexpectedPDUs", "4294967296", NULL, -1, "Reject"},
	{"MaxAHSLength", "0", NULL, 0, ""},
	{"MaxAHSLength", "1", NULL, -1, "Reject"},
	{"MaxRecvDataSegmentLength", "0", NULL, -1, "Reject"},
	{"MaxRecvDataSegmentLength", "8192", "whatever", 0, ""},
	{"iSERHelloRequired", "Yes", NULL, 0, ""},
	{"iSERHelloRequired", "Maybe", NULL, -1, "Reject"},
	{"SessionType", "Discovery", NULL, 0, ""},
	{"SessionType", "Strange", NULL, -1, "Reject"},
	{"InitiatorName", "iqn.2001-04.com.example:host", NULL, 0, ""},
	{"X#NodeArchitecture", "None", NULL, 0, ""},
	{"TargetPortalGroupTag", "0", NULL, 0, ""},
	{"TargetPortalGroupTag", "65536", NULL, -1, "Reject"},
	{"SendTargets", "", NULL, 0, ""},
	{"CHAP_C", "0x0123", NULL, 0, ""},
	/* words that answer, offered */
	{"ImmediateData", "Reject", "Yes", -1, "Reject"},
	{"MaxBurstLength", "Irrelevant", "512", -1, "Reject"},
	{"InitiatorName", "NotUnderstood", NULL, -1, "Reject"},
	/* words that answer, wanted */
	{"FirstBurstLength", "65536", "Irrelevant", 1, "Irrelevant"},
	{"iSERHelloRequired", "Yes", "NotUnderstood", 1, "NotUnderstood"},
	{"HeaderDigest", "CRC32C", "Reject", 1, "Reject"},
	/* RFC 7143 13.25 */
	{"IFMarker", "No", NULL, 1, "Reject"},
	{"IFMarker", "Yes", "No", 1, "No"},
	{"OFMarker", "Yes", "Yes", 1, "Reject"},
	{"OFMarkInt", "1~65535", "2048", 1, "Reject"},
	{"IFMarkInt", "2048", "No", 1, "Reject"},
};

START_TEST(answers)
{
	const struct text_key *key = text_key_by_name(table[_i].key, strlen(table[_i].key));
	ck_assert_ptr_nonnull(key);
	struct bytes offer = {(const uint8_t *)table[_i].offer, strlen(table[_i].offer)};
	char out[64] = "untouched";
	struct err e = {0};
	int rc = text_negotiate(key, offer, table[_i].want, out, sizeof(out), &e);

	ck_assert_msg(rc == table[_i].rc && !strcmp(out, table[_i].answer),
		      "%s=%s, wanting %s: %d %s (%s)", table[_i].key, table[_i].offer,
		      table[_i].want ? table[_i].want : "nothing", rc, out, e.what);
	if (rc < 0) {
		ck_assert_int_eq(e.errnum, 0);
		ck_assert_ptr_nonnull(e.section);
	}
}
END_TEST

START_TEST(wanting_the_impossible_is_our_own_mistake)
{
	static const char *const wants[][2] = {
		{"ImmediateData", "maybe"}, {"MaxBurstLength", "511"}, {"MaxBurstLength", "x"}};
	static const char *const offers[] = {"Yes", "1024", "1024"};

	for (size_t i = 0; i < 3; i++) {
		const struct text_key *key = text_key_by_name(wants[i][0], strlen(wants[i][0]));
		struct bytes offer = {(const uint8_t *)offers[i], strlen(offers[i])};
		char out[64];
		struct err e = {0};
		ck_assert_int_eq(text_negotiate(key, offer, wants[i][1], out, sizeof(out), &e), -1);
		ck_assert_int_eq(e.errnum, EINVAL);
	}
}
END_TEST

START_TEST(numbers_hold_the_result_function_everywhere)
{
	const struct text_key *min = text_key_by_name("ErrorRecoveryLevel", 18);
	const struct text_key *max = text_key_by_name("DefaultTime2Wait", 16);

	for (int offer = 0; offer <= 2; offer++) {
		for (int want = 0; want <= 2; want++) {
			char theirs[12], ours[12], out[12];
			snprintf(theirs, sizeof(theirs), "%d", offer);
			snprintf(ours, sizeof(ours), "%d", want);
			struct bytes o = {(const uint8_t *)theirs, 1};
			ck_assert_int_eq(text_negotiate(min, o, ours, out, sizeof(out), NULL), 1);
			ck_assert_int_eq(strtol(out, NULL, 10), offer < want ? offer : want);
			ck_assert_int_eq(text_negotiate(max, o, ours, out, sizeof(out), NULL), 1);
			ck_assert_int_eq(strtol(out, NULL, 10), offer > want ? offer : want);
		}
	}
}
END_TEST

START_TEST(range_answers_lie_in_the_range)
{
	/* No key in force has a range; the rule is checked on one made up. */
	const struct text_key key = {.name = "Interval",
				     .section = "RFC 7143 6.2.2",
				     .kind = KEY_RANGE_MIN,
				     .min = 1,
				     .max = 100};
	static const char *const cases[][3] = {{"10~20", "15", "15"},
					       {"10~20", "5", "10"},
					       {"10~20", "50", "20"},
					       {"7~7", "9", "7"}};
	char out[16];

	for (size_t i = 0; i < 4; i++) {
		struct bytes offer = {(const uint8_t *)cases[i][0], strlen(cases[i][0])};
		ck_assert_int_eq(text_negotiate(&key, offer, cases[i][1], out, sizeof(out), NULL),
				 1);
		ck_assert_str_eq(out, cases[i][2]);
	}
	static const char *const wrong[] = {"0~5", "5~101", "9~3", "5"};
	for (size_t i = 0; i < 4; i++) {
		struct bytes offer = {(const uint8_t *)wrong[i], strlen(wrong[i])};
		ck_assert_int_eq(text_negotiate(&key, offer, "5", out, sizeof(out), NULL), -1);
		ck_assert_str_eq(out, "Reject");
	}
}
END_TEST

START_TEST(answers_never_leave_their_buffer)
{
	const struct text_key *key = text_key_by_name("HeaderDigest", 12);
	struct bytes offer = {(const uint8_t *)"CRC32C", 6};

	for (size_t size = 1; size <= 8; size++) {
		char *out = malloc(size);
		struct err e = {0};
		int rc = text_negotiate(key, offer, "CRC32C", out, size, &e);
		ck_assert_int_eq(rc, size > 6 ? 1 : -1);
		ck_assert_uint_lt(strlen(out), size);
		if (rc < 0)
			ck_assert_int_eq(e.errnum, ENOBUFS);
		free(out);
	}
}
END_TEST

START_TEST(names_have_a_longest_length)
{
	const struct text_key *key = text_key_by_name("InitiatorName", 13);
	char name[225];
	memset(name, 'n', sizeof(name));
	char out[16];

	struct bytes longest = {(const uint8_t *)name, 223}, longer = {(const uint8_t *)name, 224};
	ck_assert_int_eq(text_negotiate(key, longest, NULL, out, sizeof(out), NULL), 0);
	ck_assert_int_eq(text_negotiate(key, longer, NULL, out, sizeof(out), NULL), -1);
}
END_TEST

Suite *negotiate_suite(void)
{
	Suite *s = suite_create("negotiate");
	TCase *t = tcase_create("negotiate");

	tcase_add_loop_test(t, answers, 0, sizeof(table) / sizeof(table[0]));
	tcase_add_test(t, wanting_the_impossible_is_our_own_mistake);
	tcase_add_test(t, numbers_hold_the_result_function_everywhere);
	tcase_add_test(t, range_answers_lie_in_the_range);
	tcase_add_test(t, answers_never_leave_their_buffer);
	tcase_add_test(t, names_have_a_longest_length);
	suite_add_tcase(s, t);
	return s;
}

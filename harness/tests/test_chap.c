/* SPDX-License-Identifier: BSD-2-Clause */
/* CHAP against values computed elsewhere (md5sum), and what must be refused. */
#include "../peer/login/chap.h"
#include "suites.h"

#include <stdlib.h>
#include <string.h>

static struct bytes of(const char *s)
{
	return (struct bytes){(const uint8_t *)s, strlen(s)};
}

/* MD5 of the byte 0x01, "secret", and the bytes 00 01 02 .. 0f */
static const char known[] = "0x740e86463bda3a4d7017d6e0fba0699d";

static struct chap known_chap(void)
{
	struct chap c = {.ours = {.id = 1, .len = CHAP_CHALLENGE_SIZE}};
	for (unsigned i = 0; i < CHAP_CHALLENGE_SIZE; i++)
		c.ours.at[i] = (uint8_t)i;
	return c;
}

/* Of the same bytes, by sha1sum, sha256sum and openssl's sha3-256. */
static const struct {
	unsigned algorithm;
	const char *response;
} by_algorithm[] = {
	{0, known},
	{CHAP_MD5, known},
	{CHAP_SHA1, "0x3890198f5112376188a9742805758384545583a6"},
	{CHAP_SHA256, "0x28b96c916cf784528bbfaa6ad7e012cab293437604aae8d66a3295b319132cef"},
	{CHAP_SHA3_256, "0xbdceca071be509f41acf88309bb6d12e51526c23a2d18f22c2bb8ed199c36fd8"},
};

START_TEST(test_known_answer)
{
	struct chap c = known_chap();
	uint8_t out[CHAP_RESPONSE_MAX];
	char hex[2 * CHAP_RESPONSE_MAX + 3];

	c.algorithm = by_algorithm[_i].algorithm;
	chap_hex(out, chap_response(c.algorithm, &c.ours, "secret", out), hex);
	ck_assert_str_eq(hex, by_algorithm[_i].response);
	ck_assert(chap_verify(&c, "secret", of(by_algorithm[_i].response)));
}
END_TEST

START_TEST(test_unknown_algorithm)
{
	struct chap c = known_chap();
	uint8_t out[CHAP_RESPONSE_MAX];

	c.algorithm = 9;
	ck_assert_uint_eq(chap_response(c.algorithm, &c.ours, "secret", out), 0);
	ck_assert(!chap_verify(&c, "secret", of("0x")));
}
END_TEST

static const char *const wrong[] = {"",		"0x",
				    "0x00",	"0x00000000000000000000000000000000",
				    "nonsense", "0x0000000000000000000000000000000000"};

START_TEST(test_wrong_answer)
{
	struct chap c = known_chap();
	ck_assert(!chap_verify(&c, "secret", of(wrong[_i])));
}
END_TEST

START_TEST(test_wrong_secret)
{
	struct chap c = known_chap();
	ck_assert(!chap_verify(&c, "Secret", of(known)));
}
END_TEST

START_TEST(test_nothing_asked)
{
	struct chap c = known_chap();
	c.ours.len = 0; /* an answer to a challenge that was never sent */
	ck_assert(!chap_verify(&c, "secret", of(known)));
}
END_TEST

START_TEST(test_answer_text)
{
	struct chap chap = {0};
	uint8_t buf[256];
	struct writer w = writer_of(buf, sizeof(buf));
	struct cursor c;
	struct text_pair pair;
	struct err e = {0};

	ck_assert(!chap_read_challenge(&chap.theirs, of("1"),
				       of("0x000102030405060708090a0b0c0d0e0f"), &e));
	ck_assert(!chap_answer(&w, &chap, "alice", "secret", &e));
	c = cursor_of(buf, writer_len(&w));
	ck_assert_int_eq(text_next(&c, &pair, &e), 1);
	ck_assert(bytes_eq(pair.key, "CHAP_N") && bytes_eq(pair.value, "alice"));
	ck_assert_int_eq(text_next(&c, &pair, &e), 1);
	ck_assert(bytes_eq(pair.key, "CHAP_R") && bytes_eq(pair.value, known));
	ck_assert_int_eq(text_next(&c, &pair, &e), 0);
}
END_TEST

static const struct {
	const char *id, *challenge;
} malformed[] = {{"256", "0x00"}, {"-1", "0x00"}, {"", "0x00"},
		 {"1", ""},	  {"1", "0x"},	  {"1", "0xzz"}};

START_TEST(test_malformed)
{
	struct chap_challenge c = {.len = 3};
	struct err e = {0};

	ck_assert(chap_read_challenge(&c, of(malformed[_i].id), of(malformed[_i].challenge), &e));
	ck_assert_uint_eq(c.len, 3);
	ck_assert_uint_gt(strlen(e.what), 0);
}
END_TEST

START_TEST(test_reflection)
{
	struct chap c = known_chap();
	struct err e = {0};

	/* Another encoding and another identifier hide nothing. */
	ck_assert(!chap_reflected(&c));
	ck_assert(!chap_read_challenge(&c.theirs, of("2"), of("0bAAECAwQFBgcICQoLDA0ODw=="), &e));
	ck_assert(chap_reflected(&c));
	c.theirs.at[15]++;
	ck_assert(!chap_reflected(&c));
}
END_TEST

START_TEST(test_challenges)
{
	struct chap_challenge a = {0}, b = {0}, c = {0};

	chap_new_challenge(&a, true, 1);
	chap_new_challenge(&b, true, 1);
	chap_new_challenge(&c, true, 2);
	ck_assert_mem_eq(a.at, b.at, CHAP_CHALLENGE_SIZE);
	ck_assert_mem_ne(a.at, c.at, CHAP_CHALLENGE_SIZE);
	chap_new_challenge(&a, false, 1);
	chap_new_challenge(&b, false, 1);
	ck_assert_mem_ne(a.at, b.at, CHAP_CHALLENGE_SIZE);
}
END_TEST

Suite *chap_suite(void)
{
	Suite *s = suite_create("chap");
	TCase *t = tcase_create("chap");

	tcase_add_loop_test(t, test_known_answer, 0,
			    sizeof(by_algorithm) / sizeof(by_algorithm[0]));
	tcase_add_test(t, test_unknown_algorithm);
	tcase_add_loop_test(t, test_wrong_answer, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(t, test_wrong_secret);
	tcase_add_test(t, test_nothing_asked);
	tcase_add_test(t, test_answer_text);
	tcase_add_loop_test(t, test_malformed, 0, sizeof(malformed) / sizeof(malformed[0]));
	tcase_add_test(t, test_reflection);
	tcase_add_test(t, test_challenges);
	suite_add_tcase(s, t);
	return s;
}

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
	struct chap c = {.id = 1, .challenged = true};
	for (unsigned i = 0; i < CHAP_CHALLENGE_SIZE; i++)
		c.challenge[i] = (uint8_t)i;
	return c;
}

START_TEST(test_known_answer)
{
	struct chap c = known_chap();
	uint8_t out[CHAP_RESPONSE_SIZE];
	char hex[2 * CHAP_RESPONSE_SIZE + 3];

	chap_response(1, "secret", (struct bytes){c.challenge, CHAP_CHALLENGE_SIZE}, out);
	chap_hex(out, sizeof(out), hex);
	ck_assert_str_eq(hex, known);
	ck_assert(chap_verify(&c, "secret", of(known)));
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
	c.challenged = false; /* an answer to a challenge that was never sent */
	ck_assert(!chap_verify(&c, "secret", of(known)));
}
END_TEST

START_TEST(test_answer_text)
{
	struct chap ours = {0};
	uint8_t buf[256];
	struct writer w = writer_of(buf, sizeof(buf));
	struct cursor c;
	struct text_pair pair;
	struct err e = {0};

	ck_assert(!chap_answer(&w, of("1"), of("0x000102030405060708090a0b0c0d0e0f"), "alice",
			       "secret", &ours, &e));
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
	uint8_t buf[256];
	struct writer w = writer_of(buf, sizeof(buf));
	struct err e = {0};

	ck_assert(chap_answer(&w, of(malformed[_i].id), of(malformed[_i].challenge), "alice",
			      "secret", NULL, &e));
	ck_assert_uint_eq(writer_len(&w), 0);
	ck_assert_uint_gt(strlen(e.what), 0);
}
END_TEST

START_TEST(test_reflection)
{
	struct chap ours = known_chap();
	uint8_t buf[256];
	struct writer w = writer_of(buf, sizeof(buf));
	struct err e = {0};

	ck_assert(chap_answer(&w, of("1"), of("0x000102030405060708090a0b0c0d0e0f"), "alice",
			      "secret", &ours, &e));
	ck_assert_ptr_nonnull(strstr(e.what, "came back"));
}
END_TEST

START_TEST(test_challenges)
{
	struct chap a = {0}, b = {0}, c = {0};

	chap_new_challenge(&a, true, 1);
	chap_new_challenge(&b, true, 1);
	chap_new_challenge(&c, true, 2);
	ck_assert_mem_eq(a.challenge, b.challenge, CHAP_CHALLENGE_SIZE);
	ck_assert_mem_ne(a.challenge, c.challenge, CHAP_CHALLENGE_SIZE);
	chap_new_challenge(&a, false, 1);
	chap_new_challenge(&b, false, 1);
	ck_assert_mem_ne(a.challenge, b.challenge, CHAP_CHALLENGE_SIZE);
}
END_TEST

Suite *chap_suite(void)
{
	Suite *s = suite_create("chap");
	TCase *t = tcase_create("chap");

	tcase_add_test(t, test_known_answer);
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

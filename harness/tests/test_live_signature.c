/* SPDX-License-Identifier: BSD-2-Clause */
/* By what two findings of the fuzzer are the same. */
#include "../fuzz/live/signature.h"
#include "scene.h"
#include "suites.h"

static const struct {
	enum found_kind kind;
	const char *words, *signature;
} said[] = {
	/* Kernels: addresses, offsets, process ids and line numbers differ from time to time. */
	{FOUND_CRASH,
	 "the SUT died: kernel: WARNING: CPU: 0 PID: 54 at "
	 "drivers/infiniband/ulp/isert/x_isert.c:123 "
	 "x_put_cmd+0x1f/0x30 [ib_isert]",
	 "crash WARNING at x_isert.c x_put_cmd"},
	{FOUND_CRASH, "the SUT died: kernel: BUG: KASAN: use-after-free in x_get+0x12/0x40",
	 "crash KASAN use-after-free in x_get"},
	{FOUND_CRASH,
	 "the SUT died: kernel: BUG: kernel NULL pointer dereference, address: 0000000000000008;"
	 "kernel: Oops: 0000 [#1];kernel: RIP: 0010:x_cmd_done+0x5/0x20 [x]",
	 "crash kernel NULL pointer dereference in x_cmd_done"},
	{FOUND_CRASH,
	 "kernel: list_add corruption. prev->next should be next (ffff8880, but was "
	 "0000000000000000). (prev=ffff88801234).",
	 "crash list_add corruption prev->next should be next but was (prev=ffff#)"},
	{FOUND_HANG, "the SUT died: x_trx (77) hangs in x_wait_for_cmds",
	 "hang x_trx hangs in x_wait_for_cmds"},
	{FOUND_HANG, "session", "hang session"},
	/* A program's, whose object may lie elsewhere the next time. */
	{FOUND_CRASH,
	 "the SUT died: kernel: xd[314]: segfault at 8 ip 00007f1000001f10 sp 00007ffe error 4 in "
	 "libx.so.7.0.0[7f1000001000+1a000]",
	 "crash xd segfault in libx.so.#.#.#+0xf10"},
	{FOUND_CRASH, "xd[2]: segfault at 8 ip 0000000000000000 sp 00007ffe error 14",
	 "crash xd[#] segfault"},
	{FOUND_NO_LOGIN, NULL, "no-login"},
	{FOUND_OWN, "the case's own process died of signal 11 (Segmentation fault)",
	 "own the case's own process died of signal (Segmentation fault)"},
};

START_TEST(words)
{
	char *got = signature_of_words(said[_i].kind, said[_i].words);
	ck_assert_str_eq(got, said[_i].signature);
	free(got);
}
END_TEST

START_TEST(the_same_twice)
{
	char *a = signature_of_words(
		FOUND_CRASH, "the SUT died: kernel: WARNING: CPU: 1 PID: 9 at a/b.c:7 f+0x1/0x2");
	char *b = signature_of_words(FOUND_CRASH,
				     "kernel: WARNING: CPU: 0 PID: 12345 at b.c:9 f+0xab/0xcd [m]");
	char *c = signature_of_words(FOUND_CRASH,
				     "kernel: WARNING: CPU: 0 PID: 12345 at b.c:9 g+0xab/0xcd [m]");
	ck_assert_str_eq(a, b);
	ck_assert_str_ne(b, c);
	free(a);
	free(b);
	free(c);
}
END_TEST

START_TEST(a_line_is_bounded)
{
	char text[4096];
	memset(text, 'a', sizeof(text) - 1);
	for (size_t i = 1; i < sizeof(text) - 1; i += 2)
		text[i] = ' ';
	text[sizeof(text) - 1] = '\0';
	char *got = signature_of_words(FOUND_CRASH, text);
	ck_assert_uint_lt(strlen(got), 64);
	free(got);
	got = signature_of_words(FOUND_CRASH, "kernel: BUG: \x1b[31m\xff");
	for (const char *at = got; *at; at++)
		ck_assert(*at >= ' ' && *at < 0x7f);
	free(got);
}
END_TEST

START_TEST(rules)
{
	scene_open(FROM_TARGET);
	const uint64_t ping = say("nop-out", "ITT=1")->seq;
	const uint64_t answer = say("nop-in", "ITT=1")->seq;
	const uint8_t junk[] = {0xff};
	const uint64_t unreadable = say_bytes(FROM_TARGET, junk, sizeof(junk))->seq;
	struct {
		uint64_t events[2];
		size_t count;
		const char *signature;
	} of[] = {
		{{ping, answer}, 2, "rule I7143-11.19-2 of nop-in"},
		{{answer, ping}, 2, "rule I7143-11.19-2 of nop-out"},
		{{unreadable, 1}, 2, "rule I7143-11.19-2 of unreadable"}, /* 1: no message */
		{{1}, 1, "rule I7143-11.19-2"},
		{{99}, 1, "rule I7143-11.19-2"},
		{{0}, 0, "rule I7143-11.19-2"},
	};
	for (size_t i = 0; i < sizeof(of) / sizeof(*of); i++) {
		char rule[] = "I7143-11.19-2 I7143-11.19-1";
		struct finding f = {.rules = rule, .event_count = of[i].count};
		memcpy(f.events, of[i].events, sizeof(of[i].events));
		char *got = signature_of_rule(&f, scene.log);
		ck_assert_str_eq(got, of[i].signature);
		free(got);
	}
	scene_close();
}
END_TEST

START_TEST(files)
{
	char *name = signature_file("rule I7143-11.19-2 of nop-in");
	ck_assert_str_eq(name, "rule-I7143-11.19-2-of-nop-in");
	free(name);
	name = signature_file("crash ../../etc/x");
	ck_assert_ptr_null(strchr(name, '/'));
	free(name);
	/* Two long ones that differ at their end have two files. */
	char a[300], b[300];
	memset(a, 'a', sizeof(a));
	a[299] = '\0';
	memcpy(b, a, sizeof(b));
	b[298] = 'b';
	char *x = signature_file(a), *y = signature_file(b);
	ck_assert_str_ne(x, y);
	ck_assert_uint_le(strlen(x), 96);
	free(x);
	free(y);
}
END_TEST

START_TEST(kinds)
{
	for (int k = 0; k < FOUND_COUNT; k++)
		ck_assert_int_eq(found_kind_by_name(found_kind_name((enum found_kind)k)), k);
	ck_assert_int_eq(found_kind_by_name("bug"), -1);
}
END_TEST

Suite *live_signature_suite(void)
{
	Suite *s = suite_create("live_signature");
	TCase *t = tcase_create("signature");
	tcase_add_loop_test(t, words, 0, sizeof(said) / sizeof(*said));
	tcase_add_test(t, the_same_twice);
	tcase_add_test(t, a_line_is_bounded);
	tcase_add_test(t, rules);
	tcase_add_test(t, files);
	tcase_add_test(t, kinds);
	suite_add_tcase(s, t);
	return s;
}

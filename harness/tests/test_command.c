/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands end alike, whether a shell was wanted for them or not. */
#include <check.h>
#include <string.h>

#include "../cli/command.h"
#include "suites.h"

static const struct {
	const char *line;
	int status;
	const char *said; /* its last line, or what is in it */
} ends[] = {
	{"printenv NAME", 0, "a value"},
	{"  echo   one two  ", 0, "one two"},
	{"sh -c :", 0, ""},
	{"false", 1, ""},
	{"/bin/sh /no/such/file", 2, "/no/such/file"},
	{"no-such-program with words", 127, "not found"},
	{"/", 126, "ermission denied"},
	/* Words of the shell's own. */
	{"exit 3", 3, ""},
	{":", 0, ""},
	{"", 0, ""},
	{"   ", 0, ""},
	/* What only a shell takes apart. */
	{"echo \"$NAME\" | tr a A", 0, "A vAlue"},
	{"NAME=other printenv NAME", 0, "other"},
	{"echo first; echo last; exit 4", 4, "last"},
	{"echo 'one  two'", 0, "one  two"},
	{"echo one \\\n two", 0, "one two"},
	{"kill -9 $$", 128 + 9, ""},
};

START_TEST(ends_as_in_a_shell)
{
	char name[] = "NAME=a value", *env[] = {name, NULL};
	struct command c = {0};
	struct err e;
	ck_assert_int_eq(command_start(&c, ends[_i].line, env, &e), 0);
	ck_assert_int_eq(command_wait(&c, 20, -1), COMMAND_ENDED);
	ck_assert_msg(c.status == ends[_i].status, "%s: status %d", ends[_i].line, c.status);
	if (c.status < 126 && *ends[_i].said && *ends[_i].said != '/')
		ck_assert_str_eq(c.last_line, ends[_i].said);
	else
		ck_assert_ptr_nonnull(strstr(c.last_line, ends[_i].said));
	command_free(&c);
}
END_TEST

/* The process that is waited for is the program. */
START_TEST(is_ended_by_a_signal)
{
	static const char *const lines[] = {"sleep 100", "sleep 100; :"};
	struct command c = {0};
	ck_assert_int_eq(command_start(&c, lines[_i], NULL, NULL), 0);
	ck_assert_int_eq(command_wait(&c, 0.1, -1), COMMAND_TIMED_OUT);
	ck_assert(c.reaped);
	ck_assert_int_eq(c.status, 128 + 15);
	command_free(&c);
}
END_TEST

Suite *command_suite(void)
{
	Suite *s = suite_create("command");
	TCase *t = tcase_create("command");
	tcase_add_loop_test(t, ends_as_in_a_shell, 0, sizeof(ends) / sizeof(*ends));
	tcase_add_loop_test(t, is_ended_by_a_signal, 0, 2);
	suite_add_tcase(s, t);
	return s;
}

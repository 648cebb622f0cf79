/* SPDX-License-Identifier: BSD-2-Clause */
/* Scripts made smaller. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../fuzz/live/minimise.h"
#include "suites.h"

static const char text[] = "# why it was kept\n"
			   "title    A session\n"
			   "sut      target\n"
			   "rules    I7143-11-1\n"
			   "grade    INFO\n"
			   "model    x=1\n"
			   "lenient\n"
			   "\n"
			   "login InitialR2T=No\n"
			   "send nop-out ITT=fresh TTT=none\n"
			   "chain\n"
			   "    send scsi-command R=1 data=pattern:5:8192 * 7\n"
			   "    send nop-out I=1 data=text:\"a 9 b\"\n"
			   "wait 64ms\n"
			   "logout\n";

struct probe {
	const char *needs[4]; /* must all be in the text */
	unsigned runs, stop_after;
	unsigned wait;	     /* ms that it must wait at least */
	const char *refuses; /* a text with this does not parse */
};

static bool parses(void *ctx, const char *t)
{
	const struct probe *p = ctx;
	return !p->refuses || !strstr(t, p->refuses);
}

static enum minimise_answer holds(void *ctx, const char *t)
{
	struct probe *p = ctx;
	p->runs++;
	if (p->stop_after && p->runs > p->stop_after)
		return MINIMISE_STOP;
	ck_assert(parses(ctx, t));
	for (size_t i = 0; i < 4 && p->needs[i]; i++)
		if (!strstr(t, p->needs[i]))
			return MINIMISE_NO;
	const char *wait = strstr(t, "wait ");
	return p->wait && (!wait || strtoul(wait + 5, NULL, 10) < p->wait) ? MINIMISE_NO
									   : MINIMISE_YES;
}

static char *small(struct probe *p, unsigned tries)
{
	struct minimiser m = {.ctx = p, .parses = parses, .holds = holds, .tries = tries};
	char *out = minimise(&m, text);
	ck_assert_uint_le(p->runs, tries);
	return out;
}

START_TEST(one_statement_is_left)
{
	struct probe p = {.needs = {"scsi-command"}};
	char *out = small(&p, 500);
	/* The block's head stays: nothing says that the statement means the same without it. */
	ck_assert_str_eq(strstr(out, "grade"), "grade    INFO\n"
					       "model    x=1\n"
					       "lenient\n"
					       "\n"
					       "chain\n"
					       "    send scsi-command\n");
	ck_assert_uint_eq(minimise_statements(out), 2);
	free(out);
}
END_TEST

START_TEST(words_that_matter_stay)
{
	struct probe p = {.needs = {"login", "I=1", "* "}};
	char *out = small(&p, 500);
	ck_assert_ptr_nonnull(strstr(out, "* 1\n"));
	ck_assert_ptr_null(strstr(out, "InitialR2T"));
	ck_assert_ptr_null(strstr(out, "wait"));
	free(out);
}
END_TEST

START_TEST(numbers)
{
	struct probe p = {.needs = {"ms\n", "data=pattern:"}, .refuses = "pattern:\n"};
	char *out = small(&p, 500);
	ck_assert_ptr_nonnull(strstr(out, "wait 1ms\n"));
	ck_assert_ptr_nonnull(strstr(out, "data=pattern:1:1\n"));
	free(out);
}
END_TEST

/* Halves: what has to be large stays within twice of what it has to be. */
START_TEST(numbers_with_a_bound)
{
	struct probe p = {.wait = 9};
	char *out = small(&p, 500);
	ck_assert_ptr_nonnull(strstr(out, "wait 16ms\n"));
	free(out);
}
END_TEST

START_TEST(strings_are_no_numbers)
{
	struct probe p = {.needs = {"text:\"a 9 b\""}};
	char *out = small(&p, 500);
	ck_assert_ptr_nonnull(strstr(out, "data=text:\"a 9 b\"\n"));
	free(out);
}
END_TEST

START_TEST(what_does_not_parse_is_not_run)
{
	struct probe p = {.needs = {"chain"}, .refuses = "chain\nlogout"};
	char *out = small(&p, 500);
	ck_assert_ptr_null(strstr(out, "chain\nlogout"));
	free(out);
}
END_TEST

START_TEST(effort_is_bounded)
{
	struct probe p = {.needs = {"logout", "login"}};
	char *out = small(&p, 3);
	ck_assert_uint_eq(p.runs, 3);
	ck_assert_ptr_nonnull(strstr(out, "logout"));
	free(out);
	p = (struct probe){.needs = {"logout"}, .stop_after = 1};
	out = small(&p, 500);
	ck_assert_uint_eq(p.runs, 2);
	free(out);
	p = (struct probe){0};
	out = small(&p, 0);
	ck_assert_uint_eq(minimise_statements(out), 7);
	free(out);
}
END_TEST

START_TEST(statements)
{
	ck_assert_uint_eq(minimise_statements(text), 7);
	ck_assert_uint_eq(minimise_statements(""), 0);
	ck_assert_uint_eq(minimise_statements("title x\n# c\n\n"), 0);
}
END_TEST

Suite *live_minimise_suite(void)
{
	Suite *s = suite_create("live_minimise");
	TCase *t = tcase_create("minimise");
	tcase_add_test(t, one_statement_is_left);
	tcase_add_test(t, words_that_matter_stay);
	tcase_add_test(t, numbers);
	tcase_add_test(t, numbers_with_a_bound);
	tcase_add_test(t, strings_are_no_numbers);
	tcase_add_test(t, what_does_not_parse_is_not_run);
	tcase_add_test(t, effort_is_bounded);
	tcase_add_test(t, statements);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Judged again: verdicts from outside a case, and what cannot be judged again. */
#include "judge_folder.h"
#include "suites.h"

START_TEST(what_the_run_saw)
{
	struct err e;
	struct case_result r, again;
	const struct script *s = cat.cases[0];
	char *path = log_path(s->id, 1), *text, *closed;
	const struct aftermath after = {.path = path};
	size_t len;

	record(s, NULL, 1, &r);
	text = read_log(s->id, &len);
	closed = strstr(text, "\"name\":\"closed\"");
	while (closed[-1] != '\n')
		closed--;
	/* The SUT died behind the case. */
	ck_assert_int_eq(file_replace(path, text, (size_t)(closed - text), &e), 0);
	ck_assert_int_eq(aftermath_add(&after, "watch", VERDICT_CRASH, "the SUT died: BUG", &r, &e),
			 0);
	ck_assert_int_eq(aftermath_close(&after, &r, &e), 0);
	result_init(&again, s->id);
	ck_assert_msg(!judge_log(path, s, cat.ledger, NULL, &again, &e), "%s", e.what);
	ck_assert_int_eq(again.verdict, VERDICT_CRASH);
	ck_assert_str_eq(again.reason, r.reason);
	ck_assert_uint_eq(again.finding_count, r.finding_count);
	result_free(&again);
	/* The case's process died in the middle of a line. */
	ck_assert_int_eq(file_replace(path, text, (size_t)(closed - text) / 2, &e), 0);
	ck_assert_int_eq(aftermath_add(&after, "process", VERDICT_INCONCLUSIVE, "it died", &r, &e),
			 0);
	ck_assert_int_eq(aftermath_close(&after, &r, &e), 0);
	result_init(&again, s->id);
	ck_assert_msg(!judge_log(path, s, cat.ledger, NULL, &again, &e), "%s", e.what);
	ck_assert_int_eq(again.verdict, VERDICT_INCONCLUSIVE);
	ck_assert_uint_eq(again.finding_count, 1);
	result_free(&again);
	result_free(&r);
	free(text);
	free(path);
}
END_TEST

Suite *judge_outside_suite(void)
{
	Suite *suite = suite_create("judge_outside");
	TCase *t = tcase_create("judge_outside");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, what_the_run_saw);
	suite_add_tcase(suite, t);
	return suite;
}

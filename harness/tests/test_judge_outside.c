/* SPDX-License-Identifier: BSD-2-Clause */
/* Judged again: verdicts from outside a case, and what cannot be judged again. */
#include <unistd.h>

#include "../cli/run_facts.h"
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

/* Into a log without its last line, which closed it. */
static void open_again(const struct script *s)
{
	struct err e;
	size_t len;
	char *path = log_path(s->id, 1), *text = read_log(s->id, &len);
	char *closed = strstr(text, "\"name\":\"closed\"");
	ck_assert_ptr_nonnull(closed);
	while (closed[-1] != '\n')
		closed--;
	ck_assert_int_eq(file_replace(path, text, (size_t)(closed - text), &e), 0);
	free(text);
	free(path);
}

static void same_again(const struct script *s, const struct case_result *was)
{
	struct err e;
	struct case_result again;
	char *path = log_path(s->id, 1);
	result_init(&again, s->id);
	ck_assert_msg(!judge_log(path, s, cat.ledger, NULL, &again, &e), "%s", e.what);
	ck_assert_int_eq(again.verdict, was->verdict);
	ck_assert_str_eq(again.reason, was->reason);
	ck_assert_uint_eq(again.finding_count, was->finding_count);
	result_free(&again);
	free(path);
}

START_TEST(a_driver_in_trouble)
{
	struct err e;
	struct case_result r;
	const struct script *s = cat.cases[0];
	char *path = log_path(s->id, 1);
	const struct aftermath after = {.path = path};

	record(s, NULL, 1, &r);
	open_again(s);
	ck_assert_int_eq(aftermath_add(&after, "driver", VERDICT_INCONCLUSIVE,
				       "driver: the logout command: no daemon", &r, &e),
			 0);
	ck_assert_int_eq(aftermath_close(&after, &r, &e), 0);
	ck_assert_uint_eq(r.finding_count, 1);
	same_again(s, &r);
	result_free(&r);
	free(path);
}
END_TEST

START_TEST(no_process_at_all)
{
	static const struct {
		const char *name;
		enum verdict verdict;
	} rows[] = {{"machine", VERDICT_CRASH}, {"by-hand", VERDICT_NOT_APPLICABLE}};
	struct err e;
	const struct script *s = cat.cases[0];
	char *path = log_path(s->id, 1);
	const struct aftermath after = {.path = path};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct case_result r;
		result_init(&r, s->id);
		ck_assert_int_eq(
			aftermath_add(&after, rows[i].name, rows[i].verdict, "of it", &r, &e), 0);
		ck_assert_int_eq(aftermath_close(&after, &r, &e), 0);
		same_again(s, &r);
		result_free(&r);
		ck_assert_int_eq(unlink(path), 0);
	}
	free(path);
}
END_TEST

/* What is known of the LUN decides what may be sent to it. */
START_TEST(what_was_known_of_the_lun)
{
	struct log *l = log_new(NULL, NULL);
	struct run_env env = {.lun = 3,
			      .lun_blocks = 7,
			      .lun_protected = true,
			      .read_only = true,
			      .timeout_scale = 2,
			      .sut = {.login_time = 9}},
		       *read = calloc(1, sizeof(*read));
	struct run_facts facts;

	peer_config_default(&env.base, PEER_INITIATOR);
	run_facts_log(l, cat.cases[0], &env, false, 1, 1);
	ck_assert_uint_eq(run_facts_read(l, &facts, read), log_count(l));
	ck_assert_uint_eq(read->lun, 3);
	ck_assert_uint_eq(read->lun_blocks, 7);
	ck_assert(read->lun_protected && read->read_only);
	ck_assert_uint_eq(read->sut.login_time, 9);
	free(read);
	log_free(l);
}
END_TEST

/* ---- apart ---- */

static void cut_log(const char *id)
{
	struct err e;
	size_t len;
	char *path = log_path(id, 1), *text = read_log(id, &len), *at = text;
	unsigned n = 0;
	for (; n < 40; n++)
		at = strchr(at, '\n') + 1;
	char *cut =
		text_format("%.*s{\"seq\":%u,\"time\":1,\"kind\":\"note\",\"name\":\"log-cut\"}\n",
			    (int)(at - text), text, n + 1);
	ck_assert_int_eq(file_replace(path, cut, strlen(cut), &e), 0);
	free(cut);
	free(text);
	free(path);
}

START_TEST(a_log_that_was_cut)
{
	struct judged whole, j;
	report(NULL, NULL);
	char *text = judge(&whole);
	free(text);
	cut_log(echo);
	text = judge(&j);
	ck_assert_ptr_nonnull(
		strstr(text, "target/a/echo: pass, not judged again: its log was cut"));
	ck_assert_uint_eq(j.logs_apart, 1);
	ck_assert_uint_gt(j.rows_apart, 0);
	ck_assert_uint_eq(j.same, j.verdicts);
	ck_assert_uint_eq(j.verdicts + j.logs_apart + j.rows_apart, whole.verdicts);
	free(text);
	/* Nothing is added to it: its end says that it was cut. */
	struct err e;
	struct case_result r;
	char *path = log_path(echo, 1);
	const struct aftermath after = {.path = path};
	result_init(&r, echo);
	ck_assert_int_eq(aftermath_add(&after, "watch", VERDICT_CRASH, "it died", &r, &e), 0);
	ck_assert_int_eq(r.verdict, VERDICT_CRASH);
	ck_assert(event_log_is_cut(path));
	result_free(&r);
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
	tcase_add_test(t, a_driver_in_trouble);
	tcase_add_test(t, no_process_at_all);
	tcase_add_test(t, what_was_known_of_the_lun);
	tcase_add_test(t, a_log_that_was_cut);
	suite_add_tcase(suite, t);
	return suite;
}

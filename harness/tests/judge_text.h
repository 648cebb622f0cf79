/* SPDX-License-Identifier: BSD-2-Clause */
/* A case as text, run on a model and judged again from its log alone: both come to the same. */
#ifndef TESTS_JUDGE_TEXT_H
#define TESTS_JUDGE_TEXT_H

#include "judge_folder.h"

/* knob may be NULL. */
static inline void judged_alike(const char *text, char *knob, enum verdict want)
{
	struct err e;
	struct case_result was, again;

	begin();
	catalogue_free(&cat);
	const char *id = strstr(text, "sut initiator") ? "initiator/a" : "target/a/echo";
	write_case(id, text);
	char *all = text_format("%s/cases", dir);
	ck_assert_msg(!catalogue_open(&cat, all, NULL, 0, &e), "%s", e.what);
	const struct script *s = NULL;
	for (size_t i = 0; i < cat.count; i++)
		s = strcmp(cat.cases[i]->id, id) ? s : cat.cases[i];
	ck_assert_ptr_nonnull(s);
	record(s, knob, 1, &was);
	ck_assert_msg(was.verdict == want, "%s: %s", verdict_name(was.verdict), was.reason);
	char *path = log_path(id, 1);
	result_init(&again, id);
	ck_assert_msg(!judge_log(path, s, cat.ledger, NULL, &again, &e), "%s", e.what);
	ck_assert_int_eq(again.verdict, was.verdict);
	ck_assert_str_eq(again.reason, was.reason);
	ck_assert_uint_eq(again.finding_count, was.finding_count);
	ck_assert_uint_eq(again.measurement_count, was.measurement_count);
	for (size_t i = 0; i < was.measurement_count; i++)
		ck_assert_double_eq(again.measurements[i].value, was.measurements[i].value);
	result_free(&again);
	result_free(&was);
	free(path);
	free(all);
	end();
}

#endif

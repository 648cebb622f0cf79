/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiles: what is legal under which, in a result and in a report; and places with two readings.
 */
#include <unistd.h>

#include "../report/report.h"
#include "judge_folder.h"
#include "suites.h"

#define HEAD "rule\tprofile\tabout\twhy\n"

static struct profiles *load(const char *text, struct err *e)
{
	char name[] = "/tmp/iserspec-profiles-XXXXXX";
	ck_assert_ptr_nonnull(mkdtemp(name));
	char *path = text_format("%s/profiles.list", name);
	ck_assert_int_eq(file_replace(path, text, strlen(text), e), 0);
	struct profiles *p = profiles_load(name, e);
	unlink(path);
	rmdir(name);
	free(path);
	return p;
}

START_TEST(what_is_permitted)
{
	struct err e;
	struct profiles *p = load(HEAD "R-1\told\t\tit was so\nR-2\told\tkey A\tnew\n"
				       "R-1\tother\t\twhy not\n",
				  &e);
	ck_assert_msg(p, "%s", e.what);
	ck_assert_uint_eq(profiles_count(p), 3);
	ck_assert_str_eq(profiles_name(p, 0), PROFILE_DEFAULT);
	ck_assert_str_eq(profiles_name(p, 2), "other");
	ck_assert_ptr_null(profiles_name(p, 3));
	static const struct {
		enum verdict verdict;
		const char *rules, *reason;
		bool legal;
	} rows[] = {
		{VERDICT_FAIL, "R-1", "x", true},	  {VERDICT_WARN, "R-1", "x", true},
		{VERDICT_PASS, "R-1", "x", false},	  {VERDICT_INFO, "R-1", "x", false},
		{VERDICT_FAIL, "R-1 R-2", "x", false},	  {VERDICT_FAIL, "R-2", "key B", false},
		{VERDICT_FAIL, "R-1 R-2", "key A", true}, {VERDICT_FAIL, "R-10", "x", false},
	};
	struct case_result r;
	result_init(&r, "x");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct finding *f =
			result_add(&r, rows[i].verdict, 1, rows[i].rules, rows[i].reason, NULL, 0);
		ck_assert_msg(rows[i].legal == !!profile_permits(p, "old", f), "row %zu", i);
		ck_assert_ptr_null(profile_permits(p, PROFILE_DEFAULT, f));
	}
	profile_apply(p, "old", &r);
	ck_assert_int_eq(r.findings[0].verdict, VERDICT_INFO);
	ck_assert_str_eq(r.findings[0].reason, "legal under old (it was so): x");
	ck_assert_int_eq(r.findings[5].verdict, VERDICT_FAIL);
	ck_assert_int_eq(r.verdict, VERDICT_FAIL);
	result_free(&r);
	profiles_free(p);
}
END_TEST

START_TEST(what_is_no_list)
{
	static const char *const texts[] = {"a\n", HEAD "R-1\told\n", HEAD "R-1\told\t\t\n",
					    HEAD "\told\t\twhy\n", HEAD "R-1\told\t\twhy\tmore\n"};
	struct err e;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ck_assert_ptr_null(load(texts[i], &e));
		ck_assert_ptr_nonnull(strstr(e.what, "profiles.list:"));
	}
}
END_TEST

/* Each row of the ledger's own lists means something that is there. */
START_TEST(own_lists)
{
	struct err e;
	struct ledger *l = ledger_load("cases/rules", &e);
	ck_assert_msg(l, "%s", e.what);
	ck_assert(profiles_has(ledger_profiles(l), "linux"));
	ck_assert(profiles_has(ledger_profiles(l), "rfc5046"));
	ledger_free(l);
	size_t len;
	char *text = file_read("cases/rules/ambiguous.list", 1 << 20, &len, &e), *save = NULL;
	ck_assert_msg(text, "%s", e.what);
	char *line = strtok_r(text, "\n", &save);
	ck_assert_str_eq(line, "place\tone reading\tthe other\tcases");
	size_t places = 0;
	for (; (line = strtok_r(NULL, "\n", &save)); places++) {
		char *ids = strrchr(line, '\t'), *end = NULL;
		ck_assert_ptr_nonnull(ids);
		char *id = strtok_r(ids, "\t ", &end);
		ck_assert_msg(id, "%s: no case", line);
		for (; id; id = strtok_r(NULL, " ", &end)) {
			char *path = text_format("cases/%s.iser", id);
			ck_assert_msg(!access(path, R_OK), "no %s", path);
			free(path);
		}
	}
	ck_assert_uint_ge(places, 15);
	free(text);
}
END_TEST

/* A case judged by a profile, and judged again from its log, which says by which. */
START_TEST(judged_by_one)
{
	static char knob[] = "not-understood-for-section-6";
	char *knobs[] = {knob};
	struct err e;
	begin();
	catalogue_free(&cat);
	write_case(echo, "title t\npurpose p\nsut target\nrules I7145-3.3-9\ngrade MUST\n"
			 "login until logged-in MaxAHSLength=256\n"
			 "check $sut.MaxAHSLength != NotUnderstood "
			 "\"MaxAHSLength is answered NotUnderstood\"\n");
	char *all = text_format("%s/cases", dir), *path = log_path(echo, 1);
	ck_assert_msg(!catalogue_open(&cat, all, NULL, 0, &e), "%s", e.what);
	const struct script *s = cat.cases[1];
	ck_assert_str_eq(s->id, echo);
	static const char *const names[] = {NULL, "linux", "rfc5046"};
	for (size_t i = 0; i < 3; i++) {
		const struct run_options o = {
			.access = ACCESS_MODEL, .role = s->sut, .repeat = 1, .profile = names[i]};
		struct case_setup setup = {.options = &o,
					   .script = s,
					   .ledger = cat.ledger,
					   .knobs = {knobs, 1},
					   .seed = 1,
					   .timeout_scale = 1,
					   .repetition = 1,
					   .log_path = path};
		const struct aftermath after = {.path = path};
		struct case_result r, again;
		result_init(&r, s->id);
		result_init(&again, s->id);
		ck_assert_int_eq(run_case(&setup, NULL, &r, &e), 0);
		ck_assert_int_eq(aftermath_close(&after, &r, &e), 0);
		ck_assert_int_eq(r.verdict, i ? VERDICT_INFO : VERDICT_FAIL);
		ck_assert_msg(!judge_log(path, s, cat.ledger, NULL, &again, &e), "%s", e.what);
		ck_assert_int_eq(again.verdict, r.verdict);
		ck_assert_str_eq(again.reason, r.reason);
		result_free(&r);
		result_free(&again);
		unlink(path);
	}
	free(path);
	free(all);
	end();
}
END_TEST

Suite *profile_suite(void)
{
	Suite *s = suite_create("profile");
	TCase *t = tcase_create("profile");
	tcase_add_test(t, what_is_permitted);
	tcase_add_test(t, what_is_no_list);
	tcase_add_test(t, own_lists);
	tcase_add_test(t, judged_by_one);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A folder with a report to be judged again, of cases of the test's own on a model. */
#ifndef TESTS_JUDGE_FOLDER_H
#define TESTS_JUDGE_FOLDER_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/aftermath.h"
#include "../cli/judge.h"
#include "../cli/report_folder.h"
#include "../cli/run_case.h"
#include "../report/digest.h"
#include "../report/events.h"
#include "../report/explain.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "folder_remove.h"

static char dir[64];
static struct catalogue cat;
static const char session[] = "target/a/session", burst[] = "target/a/burst",
		  echo[] = "target/a/echo";

/* Cases of our own: what is judged here is not what they are about. */
static const struct {
	const char *id, *text;
} cases[] = {
	{burst, "title    A burst\n"
		"purpose  Of the test.\n"
		"sut      target\n"
		"rules    I7143-11.18.1-1\n"
		"grade    MUST\n"
		"login\n"
		"chain\n"
		"    send scsi-command command=test-unit-ready * 4\n"
		"expect delivered all within 5s\n"
		"expect alive within 5s\n"},
	{echo, "title    A ping\n"
	       "purpose  Of the test.\n"
	       "sut      target\n"
	       "rules    I7143-11.19-2\n"
	       "grade    MUST\n"
	       "login\n"
	       "send nop-out I=1 ITT=fresh TTT=none data=pattern:5:7\n"
	       "expect nop-in ITT=$sent.ITT within 5s\n"
	       "check $got.data == $sent.data\n"},
	{session, "title    A session\n"
		  "purpose  Of the test.\n"
		  "sut      target\n"
		  "rules    I7143-11.18.1-1\n"
		  "grade    MUST\n"
		  "login\n"
		  "scsi inquiry within 10s\n"
		  "scsi write lba=0 blocks=2 pattern=3 within 10s\n"
		  "scsi read lba=0 blocks=2 pattern=3 within 10s\n"
		  "expect alive within 5s\n"},
};

static inline void write_case(const char *id, const char *text)
{
	struct err e;
	char *path = text_format("%s/cases/%s.iser", dir, id);
	ck_assert_int_eq(file_replace(path, text, strlen(text), &e), 0);
	free(path);
}

static inline void make_folder(const char *name)
{
	struct err e;
	char *path = text_format("%s/%s", dir, name);
	ck_assert_int_eq(folder_make(path, &e), 0);
	free(path);
}

static inline void begin(void)
{
	struct err e;
	char name[] = "/tmp/iserspec-judge-XXXXXX", *rules = realpath("cases/rules", NULL);
	ck_assert_ptr_nonnull(mkdtemp(name));
	snprintf(dir, sizeof(dir), "%s", name);
	make_folder("logs");
	make_folder("cases/target/a");
	make_folder("cases/initiator");
	char *here = text_format("%s/cases/rules", dir), *all = text_format("%s/cases", dir);
	ck_assert_int_eq(symlink(rules, here), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		write_case(cases[i].id, cases[i].text);
	ck_assert_msg(!catalogue_open(&cat, all, NULL, 0, &e), "%s", e.what);
	ck_assert_uint_eq(cat.count, sizeof(cases) / sizeof(cases[0]));
	free(here);
	free(all);
	free(rules);
}

static inline void end(void)
{
	catalogue_free(&cat);
	folder_remove(dir);
}

static inline char *log_path(const char *id, unsigned n)
{
	char *name = report_folder_log(id, n), *path = text_format("%s/%s", dir, name);
	free(name);
	return path;
}

/* The N-th run of a case, as `run` leaves its log. */
static inline void record(const struct script *s, char *knob, unsigned n, struct case_result *r)
{
	const struct run_options o = {.access = ACCESS_MODEL, .role = s->sut, .repeat = n};
	struct err e;
	char *path = log_path(s->id, n), *knobs[1] = {knob};
	const struct aftermath after = {.path = path};
	struct case_setup setup = {
		.options = &o,
		.script = s,
		.ledger = cat.ledger,
		.knobs = {knobs, knob ? 1 : 0},
		.model = {s->model_count ? s->models[0].at : NULL,
			  s->model_count ? s->models[0].count : 0},
		.seed = n,
		.timeout_scale = 1,
		.repetition = n,
		.log_path = path,
	};
	result_init(r, s->id);
	ck_assert_int_eq(run_case(&setup, NULL, r, &e), 0);
	ck_assert_int_eq(aftermath_close(&after, r, &e), 0);
	free(path);
}

/* A report about all cases, as `run` leaves it. */
static inline void report(char *knob, void (*change)(struct report *r))
{
	struct report r = {0};
	struct err e;
	for (size_t i = 0; i < cat.count; i++) {
		struct report_case *c = report_add(&r, cat.cases[i]->id);
		result_free(&c->result);
		record(cat.cases[i], knob, 1, &c->result);
		const struct word_list *rules = &cat.cases[i]->rules;
		c->title = strdup(cat.cases[i]->title);
		c->purpose = strdup(cat.cases[i]->purpose);
		c->rules = strdup("");
		for (size_t n = 0; n < rules->count; n++) {
			char *longer = text_format("%s%s%s", c->rules, n ? " " : "", rules->at[n]);
			free(c->rules);
			c->rules = longer;
		}
	}
	report_join(&r, cat.ledger);
	report_explain(&r, cat.ledger);
	if (change)
		change(&r);
	char *path = text_format("%s/report.json", dir);
	ck_assert_msg(!report_write_json(&r, path, &e), "%s", e.what);
	free(path);
	report_free(&r);
}

/* What is printed, to be freed; *j is the count. */
static inline char *judge(struct judged *j)
{
	struct err e;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	ck_assert_msg(!judge_report(dir, &cat, NULL, out, j, &e), "%s", e.what);
	fclose(out);
	return text;
}

static inline void is_true(void)
{
	struct judged j;
	char *text = judge(&j);
	ck_assert_str_eq(text, "");
	ck_assert_uint_gt(j.verdicts, cat.count);
	ck_assert_uint_eq(j.same, j.verdicts);
	free(text);
}

static inline void is_forged(const char *how)
{
	struct judged j;
	char *text = judge(&j);
	ck_assert_msg(strstr(text, how), "'%s' and not '%s'", text, how);
	ck_assert_uint_lt(j.same, j.verdicts);
	free(text);
}

static inline char *read_log(const char *id, size_t *len)
{
	struct err e;
	char *path = log_path(id, 1), *text = file_read(path, 1 << 26, len, &e);
	ck_assert_msg(text, "%s", e.what);
	free(path);
	return text;
}

/* Numbers anew and closes anew whatever is in `lines`: the work of somebody who knows how. */
static inline void write_log(const char *id, const char *text, bool close_anew)
{
	struct err e;
	char *path = log_path(id, 1), *out = NULL, *copy = strdup(text), *save = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);
	unsigned seq = 0;
	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (close_anew && strstr(line, "\"name\":\"closed\""))
			break;
		fprintf(f, "{\"seq\":%u%s\n", ++seq, strchr(line, ','));
	}
	fclose(f);
	ck_assert_int_eq(file_replace(path, out, len, &e), 0);
	if (close_anew) {
		const struct aftermath after = {.path = path};
		const struct case_result r = {.verdict = VERDICT_PASS};
		ck_assert_int_eq(aftermath_close(&after, &r, &e), 0);
	}
	free(out);
	free(copy);
	free(path);
}

#endif

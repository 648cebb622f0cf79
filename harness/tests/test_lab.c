/* SPDX-License-Identifier: BSD-2-Clause */
/* What a lab tells of itself, and how what is wrong with it is told. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/file.h"
#include "../report/lab.h"
#include "suites.h"

static char dir[64], path[96];

static void make_dir(void)
{
	snprintf(dir, sizeof(dir), "/tmp/iserspec-lab-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/lab.json", dir);
}

static void drop_dir(void)
{
	unlink(path);
	ck_assert_int_eq(rmdir(dir), 0);
}

static int read_text(struct report *r, const char *text, const struct secrets *secrets,
		     struct err *e)
{
	ck_assert_int_eq(file_replace(path, text, strlen(text), NULL), 0);
	return lab_read(r, path, secrets, e);
}

START_TEST(a_lab_is_kept_as_told)
{
	static const char text[] = "{\"host\": {\"load\": [1, 2]},\n \"lab\": {\"name\": \"uml\", "
				   "\"clock\": \"inf-cpu\", \"fabric\": \"siw\", \"jitter_ns\": 5, "
				   "\"kernel\": {\"release\": \"6.12.9\"}}, \"more\": 1}";
	struct report r = {0};
	ck_assert_int_eq(read_text(&r, text, NULL, NULL), 0);
	ck_assert_str_eq(lab_text(&r, "name"), "uml");
	ck_assert_str_eq(lab_text(&r, "fabric"), "siw");
	ck_assert_str_eq(lab_text(&r, "kernel.release"), "6.12.9");
	ck_assert_str_eq(lab_text(&r, "kernel.config"), "");
	ck_assert_str_eq(lab_text(&r, "jitter_ns"), "");
	ck_assert_str_eq(lab_text(&r, "name.release"), "");
	ck_assert(!lab_clock_is_real(&r));
	ck_assert_int_eq(json_integer_value(json_object_get(r.lab, "jitter_ns")), 5);
	ck_assert_uint_eq(json_array_size(json_object_get(r.host, "load")), 2);

	/* Another one takes its place, and has nothing to tell of the host. */
	ck_assert_int_eq(
		read_text(&r, "{\"lab\":{\"name\":\"qemu\",\"clock\":\"real\"}}", NULL, NULL), 0);
	ck_assert_str_eq(lab_text(&r, "name"), "qemu");
	ck_assert(lab_clock_is_real(&r));
	ck_assert_ptr_null(r.host);
	report_free(&r);
}
END_TEST

START_TEST(what_is_wrong_is_told_by_place)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"", ":1:0: "},
		{"{\"lab\": {}\n", ":2:0: "},
		{"{\"lab\": {}, \"lab\": {}}", "duplicate"},
		{"\n  []", ":2:3: not a JSON object"},
		{"{}", ":1:1: there is no lab"},
		{"{\"host\": {}}", ":1:1: there is no lab"},
		{"{\"host\": {\"lab\": {}}}", ":1:1: there is no lab"},
		{"{\"lab\": null}", ":1:9: lab is no object"},
		{"{\"a\": \"lab\", \"b\": [{\"lab\": 1}],\n\t\"lab\" :\t[]}", ":2:10: lab is"},
		{"{\"c\\\"\\\\\": 1, \"lab\": 2}", ":1:21: lab is no object"},
		{"{\"lab\": {}}", ":1:9: the lab has no name"},
		{"{\"lab\": {\"name\": 1}}", ":1:9: the lab has no name"},
		{"{\"lab\": {\"name\": \"x\"}}", ":1:9: the lab's clock is not told"},
		{"{\"lab\": {\"name\": \"x\", \"clock\": \"real\"},\n \"host\": \"me\"}",
		 ":2:10: host is no object"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct report r = {0};
		struct err e = {0};
		ck_assert_int_eq(read_text(&r, rows[i].text, NULL, &e), -1);
		ck_assert_msg(strstr(e.what, rows[i].want) != NULL, "%s", e.what);
		ck_assert_ptr_nonnull(strstr(e.what, path));
		ck_assert_ptr_null(r.lab);
		report_free(&r);
	}
	struct report r = {0};
	struct err e = {0};
	unlink(path);
	ck_assert_int_eq(lab_read(&r, path, NULL, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.what, "cannot read"));
}
END_TEST

/* The command line of the host is likely to hold the target's URL. */
START_TEST(no_secret_and_no_control_byte)
{
	struct secrets secrets = {0};
	struct report r = {0};
	secrets_add(&secrets, "sesame-open");
	ck_assert_int_eq(read_text(&r,
				   "{\"lab\":{\"name\":\"a\\u001bb\",\"clock\":\"real\"},\"host\":"
				   "{\"command\":[\"run\",{\"url\":\"joe%sesame-open@h\"}]}}",
				   &secrets, NULL),
			 0);
	ck_assert_str_eq(lab_text(&r, "name"), "a\\x1bb");
	char *text = json_dumps(r.host, JSON_COMPACT);
	ck_assert_str_eq(text, "{\"command\":[\"run\",{\"url\":\"joe%***********@h\"}]}");
	free(text);
	report_free(&r);
	secrets_free(&secrets);
}
END_TEST

Suite *lab_suite(void)
{
	Suite *s = suite_create("lab");
	TCase *t = tcase_create("lab");
	tcase_add_checked_fixture(t, make_dir, drop_dir);
	tcase_add_test(t, a_lab_is_kept_as_told);
	tcase_add_test(t, what_is_wrong_is_told_by_place);
	tcase_add_test(t, no_secret_and_no_control_byte);
	suite_add_tcase(s, t);
	return s;
}

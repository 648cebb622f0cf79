/* SPDX-License-Identifier: BSD-2-Clause */
/* The runs of a certificate once more: by which command, and when not. No run takes place here. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cli/cli.h"
#include "../cli/verify_rerun.h"
#include "suites.h"

/* One run of two cases, of which there are three; a test changes what it is about. */
static struct script scripts[] = {{.id = (char[]){"target/a"}, .sut = PEER_TARGET},
				  {.id = (char[]){"target/b"}, .sut = PEER_TARGET},
				  {.id = (char[]){"target/c"}, .sut = PEER_TARGET}};
static struct script *cases[] = {&scripts[0], &scripts[1], &scripts[2]};
static struct report report;
static struct certificate_folder folder;
static struct rerun rerun;

static void host(const char *command, const char *system)
{
	json_decref(report.host);
	report.host = json_pack("{s:s*,s:s*}", "command", command, "system", system);
}

static void lab(const char *member, json_t *value)
{
	json_object_set_new(report.lab, member, value);
}

static void commit(const char *text)
{
	json_object_set_new(report.provenance, "commit", json_string(text));
}

static void begin(void)
{
	report = (struct report){.seed = 7, .planned = 2, .sut_role = strdup("target")};
	report_add(&report, "target/a");
	report_add(&report, "target/c");
	report.lab = json_pack("{s:s,s:s,s:b,s:i}", "name", "uml", "clock", "inf-cpu",
			       "fixed_addresses", 1, "parts", 4);
	report.provenance = json_pack("{s:s}", "commit", tool_commit());
	host("tools/conformance --sut lio,tgt --jobs 2", "lio");
	folder = (struct certificate_folder){.dir = "/w/certificate",
					     .cat = {.cases = cases, .count = 3},
					     .runs = &report,
					     .n = 1};
	rerun = (struct rerun){.folder = &folder, .work = "/w", .reports = "/w/again"};
}

static void end(void)
{
	report_free(&report);
}

/* The words behind the program's name. */
static void words_are(bool prepare, const char *want)
{
	struct command_words w = {0};
	struct err e = {0};
	char *line = NULL;
	size_t size;
	ck_assert_msg(!rerun_possible(&rerun, 1, &e), "%s", e.what);
	ck_assert_int_eq(rerun_words(&rerun, 1, prepare, &w, &e), 0);
	FILE *out = open_memstream(&line, &size);
	for (size_t i = 1; w.at[i]; i++)
		fprintf(out, "[%s]", w.at[i]);
	fclose(out);
	ck_assert_str_eq(line, want);
	free(line);
	command_words_free(&w);
}

static void refused(const char *why)
{
	struct err e = {0};
	ck_assert_int_eq(rerun_possible(&rerun, 1, &e), -1);
	ck_assert_msg(strstr(e.what, why), "%s", e.what);
}

#define HEAD "[--sut][lio][--no-variants][--no-setup]"
#define RUN                                                                              \
	"[--as][/w/run-1/report.json][--seed][7][--parts][4][--reports][/w/again/run-1]" \
	"[--cases][target/a target/c]"

START_TEST(the_cases_and_the_seed_are_the_reports)
{
	words_are(false, HEAD "[--lab][uml]" RUN);
	words_are(true, HEAD "[--lab][uml]" RUN "[--prepare]");
	/* What the line says of them, somebody may have written into it. */
	host("tools/conformance --cases target --seed 9 --parts 2 --reports /etc --as x", "lio");
	words_are(false, HEAD "[--lab][uml]" RUN);
}
END_TEST

#define RUN_OF(cases)                                                          \
	HEAD "[--lab][uml][--as][/w/run-1/report.json][--seed][7][--parts][4]" \
	     "[--reports][/w/again/run-1]" cases

START_TEST(patterns_that_mean_the_same_are_taken_as_they_were)
{
	host("tools/conformance --cases 'target/c\n  target/a' -- --long", "lio");
	words_are(false, RUN_OF("[--cases][target/c target/a][--][--long]"));
	/* The last one counts; what is behind -- is another program's. */
	host("tools/conformance --cases target --cases target/[ac]", "lio");
	words_are(false, RUN_OF("[--cases][target/a target/c]"));
	host("tools/conformance --cases target --cases 'target/a ?arget/c'", "lio");
	words_are(false, RUN_OF("[--cases][target/a ?arget/c]"));
	/* A file of this machine, or an option. */
	host("tools/conformance --cases 'target/a target/c /x.iser'", "lio");
	words_are(false, RUN_OF("[--cases][target/a target/c]"));
	host("tools/conformance --cases 'target/c target/a --sut'", "lio");
	words_are(false, RUN_OF("[--cases][target/a target/c]"));
	/* All there are. */
	report_add(&report, "target/b");
	report.planned = 3;
	host("tools/conformance", "lio");
	words_are(false, RUN_OF(""));
}
END_TEST

START_TEST(the_lab_that_was_named)
{
	host("tools/conformance --lab uml --kernel debug --fabric siw --link delay=20ms\\,loss=1% "
	     "--memory 2048 --jitter 500",
	     "lio:CHAP=mutual");
	words_are(false, "[--sut][lio:CHAP=mutual][--no-variants][--no-setup][--lab][uml]"
			 "[--kernel][debug][--fabric][siw][--link][delay=20ms,loss=1%]"
			 "[--memory][2048][--jitter][500]" RUN);
}
END_TEST

START_TEST(what_run_was_told)
{
	host("tools/conformance --lab uml -- --long --repeat 3 --profile linux", "lio");
	words_are(true,
		  HEAD "[--lab][uml]" RUN "[--prepare][--][--long][--repeat][3][--profile][linux]");
	host("tools/conformance -- --restart 'rm -rf /'", "lio");
	refused("what it was told behind -- is not taken from a report: --restart");
	host("tools/conformance -- --long extra", "lio");
	refused("is not taken from a report: extra");
	host("tools/conformance -- --profile ../x", "lio");
	refused("is not taken from a report: --profile ../x");
	host("tools/conformance -- --repeat", "lio");
	refused("is not taken from a report: --repeat");
}
END_TEST

START_TEST(a_kernel_of_ones_own)
{
	host("tools/conformance --lab uml --kernel /home/a/linux", "lio");
	refused("is not taken from a certificate: --kernel '/home/a/linux' (a kernel: say it by "
		"--kernel)");
	rerun.kernel = "/there/linux";
	words_are(false, HEAD "[--kernel][/there/linux][--lab][uml]" RUN);
}
END_TEST

START_TEST(what_no_stranger_may_say)
{
	host("tools/conformance --append ubd0=/etc/shadow", "lio");
	refused("is not taken from a certificate: --append 'ubd0=/etc/shadow'");
	host("tools/conformance --modules lib", "lio");
	refused("is not taken from a certificate: --modules 'lib'");
	host("tools/conformance", "../../evil");
	refused("does not say which driver's system it was");
	host("tools/conformance", NULL);
	refused("does not say which driver's system it was");
	host(NULL, "lio");
	refused("run 1 was not made by tools/conformance");
}
END_TEST

START_TEST(a_case_that_is_none_of_ours)
{
	report_add(&report, "--sut");
	refused("run 1 has a case that there is not here: --sut");
}
END_TEST

START_TEST(another_lab)
{
	lab("clock", json_string("real"));
	refused("the lab uml (clock: real): only the uml lab in virtual time");
	lab("name", json_string("qemu"));
	refused("the lab qemu (clock: real)");
	json_object_clear(report.lab);
	refused("the lab of nobody (clock: not told)");
}
END_TEST

START_TEST(what_its_bytes_hung_on)
{
	lab("fixed_addresses", json_false());
	refused("no fixed addresses");
	lab("fixed_addresses", json_true());
	lab("parts", json_integer(100));
	refused("does not say in how many parts");
	lab("parts", json_string("4"));
	refused("does not say in how many parts");
}
END_TEST

START_TEST(another_commit)
{
	struct err e = {0};
	commit("0123456789ab");
	ck_assert_int_eq(rerun_is_of_us(&rerun, 1, &e), -1);
	ck_assert_msg(strstr(e.what, "run 1 is of commit 0123456789ab, this iserspec of "), "%s",
		      e.what);
	json_object_del(report.provenance, "commit");
	ck_assert_int_eq(rerun_is_of_us(&rerun, 1, &e), -1);
	ck_assert_msg(strstr(e.what, "run 1 is of commit nobody knows, "), "%s", e.what);
}
END_TEST

START_TEST(half_a_run)
{
	report.planned = 3;
	refused("run 1 did not end");
	report.planned = 2;
	report.has_baseline = true;
	refused("held against a baseline");
}
END_TEST

START_TEST(a_place_that_is_taken)
{
	static char dir[] = "/tmp/iserspec-rerun-XXXXXX";
	char place[64];
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(place, sizeof(place), "%s/run-1", dir);
	rerun.reports = dir;
	ck_assert_int_eq(mkdir(place, 0700), 0);
	refused("there is something in /tmp/iserspec-rerun-");
	rmdir(place);
	rmdir(dir);
}
END_TEST

Suite *rerun_suite(void)
{
	Suite *s = suite_create("rerun");
	TCase *t = tcase_create("rerun");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, the_cases_and_the_seed_are_the_reports);
	tcase_add_test(t, patterns_that_mean_the_same_are_taken_as_they_were);
	tcase_add_test(t, the_lab_that_was_named);
	tcase_add_test(t, what_run_was_told);
	tcase_add_test(t, a_kernel_of_ones_own);
	tcase_add_test(t, what_no_stranger_may_say);
	tcase_add_test(t, a_case_that_is_none_of_ours);
	tcase_add_test(t, another_lab);
	tcase_add_test(t, what_its_bytes_hung_on);
	tcase_add_test(t, another_commit);
	tcase_add_test(t, half_a_run);
	tcase_add_test(t, a_place_that_is_taken);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a certificate, each for itself; whole ones, true and forged: test_verify.c. */
#include <archive.h>
#include <archive_entry.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../certificate/archive.h"
#include "../certificate/certificate.h"
#include "../certificate/manifest.h"
#include "../certificate/packed.h"
#include "../cli/catalogue.h"
#include "../report/file.h"
#include "../report/memory.h"
#include "folder_remove.h"
#include "suites.h"

static char dir[64];

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/iserspec-certificate-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
}

static void end(void)
{
	folder_remove(dir);
}

static char *at(const char *name)
{
	static char paths[4][128];
	static unsigned next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *text)
{
	struct err e;
	char *path = must(strdup(at(name)));
	*strrchr(path, '/') = '\0';
	ck_assert_int_eq(folder_make(path, &e), 0);
	free(path);
	ck_assert_int_eq(file_replace(at(name), text, strlen(text), &e), 0);
}

/* ---- the archive ---- */

START_TEST(a_folder_comes_back)
{
	struct err e;
	bool same = false;
	put("in/a", "one");
	put("in/b/c", "two");
	put("in/b/empty", "");
	ck_assert_int_eq(archive_pack(at("in"), at("x.tar"), &e), 0);
	ck_assert_int_eq(archive_unpack(at("x.tar"), at("out"), &e), 0);
	char *text = file_read(at("out/b/c"), 100, NULL, &e);
	ck_assert_str_eq(text, "two");
	free(text);
	ck_assert_int_eq(archive_is_of(at("x.tar"), at("out"), at("y.tar"), &same, &e), 0);
	ck_assert(same);
	put("out/b/c", "twO");
	ck_assert_int_eq(archive_is_of(at("x.tar"), at("out"), at("y.tar"), &same, &e), 0);
	ck_assert(!same);
}
END_TEST

static const struct {
	const char *name;
	unsigned type;
	bool twice;
} members[] = {
	{"/etc/passwd", AE_IFREG, false},
	{"elsewhere/a", AE_IFREG, false},
	{ARCHIVE_TOP, AE_IFREG, false},
	{ARCHIVE_TOP "/../a", AE_IFREG, false},
	{ARCHIVE_TOP "/b/../../a", AE_IFREG, false},
	{ARCHIVE_TOP "//a", AE_IFREG, false},
	{ARCHIVE_TOP "/.hidden", AE_IFREG, false},
	{ARCHIVE_TOP "/a\x1b[31m", AE_IFREG, false},
	{ARCHIVE_TOP "/a", AE_IFLNK, false},
	{ARCHIVE_TOP "/a", AE_IFDIR, false},
	{ARCHIVE_TOP "/a", AE_IFIFO, false},
	{ARCHIVE_TOP "/a", AE_IFREG, true},
};

/* What somebody packed who means harm. */
START_TEST(a_member_that_does_not_belong)
{
	struct archive *a = archive_write_new();
	struct err e = {0};
	archive_write_set_format_ustar(a);
	ck_assert_int_eq(archive_write_open_filename(a, at("x.tar")), ARCHIVE_OK);
	for (unsigned n = 0; n <= members[_i].twice; n++) {
		struct archive_entry *entry = archive_entry_new();
		archive_entry_set_pathname(entry, members[_i].name);
		archive_entry_set_filetype(entry, members[_i].type);
		archive_entry_set_perm(entry, 0644);
		if (members[_i].type == AE_IFLNK)
			archive_entry_set_symlink(entry, "/etc/passwd");
		archive_entry_set_size(entry, 0);
		ck_assert_int_eq(archive_write_header(a, entry), ARCHIVE_OK);
		archive_entry_free(entry);
	}
	ck_assert_int_eq(archive_write_free(a), ARCHIVE_OK);
	ck_assert_int_eq(archive_unpack(at("x.tar"), at("out"), &e), -1);
	ck_assert_ptr_nonnull(
		strstr(e.what, members[_i].twice ? "cannot write" : "does not belong"));
	ck_assert_ptr_null(strchr(e.what, '\x1b'));
}
END_TEST

START_TEST(no_archive)
{
	struct err e = {0};
	put("text", "not a tar at all, but long enough to be looked at as one");
	ck_assert_int_eq(archive_unpack(at("text"), at("out"), &e), -1);
	ck_assert_int_eq(archive_unpack(at("none"), at("out"), &e), -1);
	ck_assert_ptr_nonnull(strstr(e.what, "none"));
}
END_TEST

/* ---- compressed ---- */

START_TEST(a_log_that_is_cut_or_is_none)
{
	struct err e = {0};
	char *text = malloc(20001);
	for (size_t i = 0; i < 20000; i++)
		text[i] = (char)('a' + i * i % 26);
	text[20000] = '\0';
	put("log", text);
	ck_assert_int_eq(packed_write(at("log"), at("log.gz"), &e), 0);
	ck_assert_int_eq(packed_expand(at("log.gz"), at("again"), 20000, &e), 0);
	char *back = file_read(at("again"), 30000, NULL, &e);
	ck_assert_str_eq(back, text);
	free(back);
	ck_assert_int_eq(packed_expand(at("log.gz"), at("short"), 19999, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.what, "longer than it may be"));
	ck_assert_int_eq(packed_expand(at("log"), at("plain"), 20000, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.what, "not compressed"));
	bool same;
	ck_assert_int_eq(packed_put(text, 20000, at("put.gz"), &e), 0);
	ck_assert_int_eq(packed_is_of(at("put.gz"), text, 20000, &same, &e), 0);
	ck_assert(same);
	ck_assert_int_eq(packed_is_of(at("log"), text, 20000, &same, &e), 0);
	ck_assert(!same); /* not compressed */
	ck_assert_int_eq(packed_is_of(at("log.gz"), text, 19999, &same, &e), 0);
	ck_assert(!same);
	ck_assert_int_eq(packed_is_of(at("none"), text, 20000, &same, &e), -1);
	struct stat st;
	ck_assert_int_eq(stat(at("log.gz"), &st), 0);
	ck_assert_int_eq(truncate(at("log.gz"), st.st_size - 12), 0);
	ck_assert_int_eq(packed_expand(at("log.gz"), at("cut"), 20000, &e), -1);
	ck_assert_int_eq(packed_is_of(at("log.gz"), text, 20000, &same, &e), 0);
	ck_assert(!same);
	free(text);
}
END_TEST

/* ---- the manifest ---- */

static int differences(const char **said)
{
	static char text[2048];
	static struct err e;
	FILE *out = fmemopen(text, sizeof(text), "w");
	const int n = manifest_check(at("m"), out, &e);
	fclose(out);
	*said = n < 0 ? e.what : text;
	return n;
}

START_TEST(a_manifest_knows_each_file)
{
	struct err e;
	const char *said;
	put("m/a", "one");
	put("m/b/c", "two");
	char *manifest = manifest_of(at("m"), &e);
	ck_assert_ptr_nonnull(strstr(manifest, "  a\n"));
	ck_assert_ptr_nonnull(strstr(manifest, "  b/c\n"));
	put("m/" MANIFEST, manifest);
	put("m/" MANIFEST_SIGNATURE, "s");
	ck_assert_int_eq(differences(&said), 0);
	put("m/a", "onE");
	ck_assert_int_eq(differences(&said), 1);
	ck_assert_str_eq(said, "a: is not as the manifest says\n");
	unlink(at("m/a"));
	ck_assert_int_eq(differences(&said), 1);
	ck_assert_str_eq(said, "a: is in the manifest and not in the archive\n");
	put("m/a", "one");
	put("m/b/d", "three");
	ck_assert_int_eq(differences(&said), 1);
	ck_assert_str_eq(said, "b/d: is in the archive and not in the manifest\n");
	put("m/" MANIFEST, "abc  a\n");
	ck_assert_int_eq(differences(&said), -1);
	ck_assert_ptr_nonnull(strstr(said, "manifest:1: not a line"));
	char *twice = text_format("%s%s", manifest, manifest);
	put("m/" MANIFEST, twice);
	ck_assert_int_eq(differences(&said), -1);
	ck_assert_ptr_nonnull(strstr(said, "manifest:3: not in the order"));
	free(twice);
	free(manifest);
}
END_TEST

/* ---- claims ---- */

static struct claims claims;

static int claim(const char *text, struct err *e)
{
	claims_free(&claims);
	ck_assert_int_eq(claims_options(&claims, "cases/rules/claims.list", e), 0);
	return claims_parse(&claims, "file", text, strlen(text), e);
}

START_TEST(what_a_vendor_says)
{
	struct err e;
	ck_assert_int_eq(
		claim("# ours\n\n system  Acme\t7000 \nversion 4\nvendor \x1b[1m\nhas hello\n", &e),
		0);
	ck_assert_str_eq(claims.system, "Acme\\x097000");
	ck_assert_str_eq(claims.vendor, "\\x1b[1m");
	ck_assert(claims.made);
	size_t claimed = 0;
	for (size_t i = 0; i < claims.count; i++)
		claimed += claims.options[i].claimed;
	ck_assert_uint_eq(claimed, 1);
	claims_free(&claims);
}
END_TEST

static const struct {
	const char *text, *error;
} bad_claims[] = {
	{"has hell\n", "file:1: there is no option 'hell'"},
	{"system a\nsystem b\n", "file:2: a second 'system'"},
	{"\nlacks hello\n", "file:2: 'lacks' is not one of"},
	{"vendor\n", "file:1: 'vendor' and nothing behind it"},
};

START_TEST(a_claim_file_that_is_wrong)
{
	struct err e;
	ck_assert_int_eq(claim(bad_claims[_i].text, &e), -1);
	ck_assert_msg(!strncmp(e.what, bad_claims[_i].error, strlen(bad_claims[_i].error)), "%s",
		      e.what);
	claims_free(&claims);
}
END_TEST

START_TEST(which_cases_hang_on_an_option)
{
	static char needs[] = "title x\nneeds $sut.iSERHelloRequired == Yes \"no\"\n",
		    other[] = "title x\nneeds $sut.iSERHelloRequired == Yess\n",
		    inside[] = "title x\nif $a == 1\n    needs $sut.iSERHelloRequired == Yes\n";
	struct err e;
	struct script s = {.text = needs};
	ck_assert_int_eq(claim("", &e), 0);
	ck_assert_str_eq(claims.options[0].name, "hello");
	ck_assert(claim_is_of(&claims.options[0], &s));
	ck_assert(!claim_is_of(&claims.options[1], &s));
	s.text = other;
	ck_assert(!claim_is_of(&claims.options[0], &s));
	s.text = inside;
	ck_assert(!claim_is_of(&claims.options[0], &s));
	claims_free(&claims);
}
END_TEST

/* A row on which nothing hangs would claim nothing, and say nothing of it. */
START_TEST(each_option_has_its_cases)
{
	struct catalogue cat;
	struct err e;
	ck_assert_int_eq(catalogue_open(&cat, "cases", NULL, 0, &e), 0);
	ck_assert_int_eq(claim("", &e), 0);
	for (size_t i = 0; i < claims.count; i++) {
		const struct claim_option *o = &claims.options[i];
		for (size_t c = 0; c < o->conditions.count; c++) {
			const struct claim_option one = {.conditions = {&o->conditions.at[c], 1}};
			size_t n = 0;
			for (size_t k = 0; k < cat.count; k++)
				n += claim_is_of(&one, cat.cases[k]);
			ck_assert_msg(n > 0, "%s: %s", o->name, o->conditions.at[c]);
		}
	}
	claims_free(&claims);
	catalogue_free(&cat);
}
END_TEST

/* A limit that the initiator declares binds every target, whatever its vendor claims (RFC 7145
 * 8.1.2). */
START_TEST(what_is_no_option_hangs_on_no_claim)
{
	static const char *const ids[] = {"target/unexpected/moup-two-idle",
					  "target/unexpected/moup-two-rejects",
					  "target/keys/section-6", "target/session/honest"};
	struct catalogue cat;
	struct err e;
	size_t found = 0;
	ck_assert_int_eq(catalogue_open(&cat, "cases", NULL, 0, &e), 0);
	ck_assert_int_eq(claim("", &e), 0);
	for (size_t k = 0; k < cat.count; k++) {
		for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++) {
			if (strcmp(cat.cases[k]->id, ids[i]) != 0)
				continue;
			found++;
			for (size_t o = 0; o < claims.count; o++)
				ck_assert_msg(!claim_is_of(&claims.options[o], cat.cases[k]),
					      "%s: %s", ids[i], claims.options[o].name);
		}
	}
	ck_assert_uint_eq(found, sizeof(ids) / sizeof(*ids));
	claims_free(&claims);
	catalogue_free(&cat);
}
END_TEST

/* ---- runs put together ---- */

enum { RUNS = 2 };
static struct report runs[RUNS];
static struct ledger *ledger;

static void add_run(struct report *r, const char *options, enum verdict plain, enum verdict hello)
{
	struct report_case *c;
	*r = (struct report){
		.sut_name = strdup("Acme"),
		.sut_version = strdup("1"),
		.sut_role = strdup("target"),
		.tool_version = strdup("0"),
		.provenance =
			json_pack("{s:{s:s}, s:s}", "ledger", "sha256", "1", "options", options),
		.planned = 2,
	};
	c = report_add(r, "target/x/plain");
	result_add(&c->result, plain, 3, "I7143-11.19-2", "a reason", NULL, 0);
	result_decide(&c->result);
	c = report_add(r, "target/x/hello");
	result_add(&c->result, hello, 3, "I7143-11.19-3", "no Hello", NULL, 0);
	result_decide(&c->result);
	report_join(r, ledger);
}

static char plain_text[] = "title x\nlogin\n",
	    hello_text[] = "title x\nneeds $sut.iSERHelloRequired == Yes\n";
static char plain_id[] = "target/x/plain", hello_id[] = "target/x/hello";
static const struct script plain_case = {.id = plain_id, .text = plain_text, .sut = PEER_TARGET};
static const struct script hello_case = {.id = hello_id, .text = hello_text, .sut = PEER_TARGET};
static const struct script *const both[] = {&hello_case, &plain_case};

static json_t *facts_of_runs(const char *claim_text)
{
	struct err e;
	if (claim_text) {
		ck_assert_int_eq(claim(claim_text, &e), 0);
	} else {
		claims_free(&claims);
		ck_assert_int_eq(claims_options(&claims, "cases/rules/claims.list", &e), 0);
	}
	const struct certificate c = {
		.runs = runs,
		.n = RUNS,
		.claims = &claims,
		.cases = both,
		.case_count = 2,
		.ledger = ledger,
	};
	ck_assert_msg(!certificate_fits(&c, &e), "%s", e.what);
	json_t *facts = certificate_make(&c);
	for (size_t i = 0; i < RUNS; i++)
		report_free(&runs[i]);
	claims_free(&claims);
	return facts;
}

static const struct {
	enum verdict plain[RUNS], hello[RUNS];
	const char *other_options; /* of the second run */
	const char *claims;
	const char *result, *why; /* why: in against or open */
	size_t deviations;
} together[] = {
	{{VERDICT_PASS, VERDICT_PASS},
	 {VERDICT_PASS, VERDICT_PASS},
	 "a",
	 NULL,
	 "conforms",
	 NULL,
	 0},
	{{VERDICT_PASS, VERDICT_PASS},
	 {VERDICT_NOT_APPLICABLE, VERDICT_NOT_APPLICABLE},
	 "a",
	 NULL,
	 "conforms",
	 NULL,
	 0},
	{{VERDICT_WARN, VERDICT_WARN},
	 {VERDICT_PASS, VERDICT_PASS},
	 "a",
	 NULL,
	 "conforms",
	 NULL,
	 1},
	{{VERDICT_FAIL, VERDICT_FAIL},
	 {VERDICT_PASS, VERDICT_PASS},
	 "a",
	 NULL,
	 "deviates",
	 "1 cases fail or crash",
	 1},
	/* Two that should be the same are not. */
	{{VERDICT_PASS, VERDICT_FAIL},
	 {VERDICT_PASS, VERDICT_PASS},
	 "a",
	 NULL,
	 "deviates",
	 "1 rules that say MUST are broken",
	 1},
	{{VERDICT_PASS, VERDICT_INFO},
	 {VERDICT_PASS, VERDICT_PASS},
	 "a",
	 NULL,
	 "not established",
	 "1 cases are inconclusive or unstable",
	 0},
	/* A variant may be otherwise. */
	{{VERDICT_PASS, VERDICT_INFO},
	 {VERDICT_PASS, VERDICT_PASS},
	 "b",
	 NULL,
	 "conforms",
	 NULL,
	 0},
	{{VERDICT_PASS, VERDICT_PASS},
	 {VERDICT_NOT_APPLICABLE, VERDICT_FAIL},
	 "b",
	 NULL,
	 "deviates",
	 "1 cases fail or crash",
	 1},
	/* Claimed, and there; claimed, and not there; there, and not claimed. */
	{{VERDICT_PASS, VERDICT_PASS},
	 {VERDICT_PASS, VERDICT_PASS},
	 "a",
	 "has hello\n",
	 "conforms",
	 NULL,
	 0},
	{{VERDICT_PASS, VERDICT_PASS},
	 {VERDICT_NOT_APPLICABLE, VERDICT_NOT_APPLICABLE},
	 "a",
	 "has hello\n",
	 "deviates",
	 "1 claims are not kept",
	 0},
	{{VERDICT_PASS, VERDICT_PASS},
	 {VERDICT_FAIL, VERDICT_FAIL},
	 "a",
	 "system Acme\n",
	 "conforms",
	 NULL,
	 0},
	{{VERDICT_INCONCLUSIVE, VERDICT_INCONCLUSIVE},
	 {VERDICT_PASS, VERDICT_PASS},
	 "a",
	 NULL,
	 "not established",
	 "1 cases are inconclusive or unstable",
	 0},
};

START_TEST(runs_put_together)
{
	add_run(&runs[0], "a", together[_i].plain[0], together[_i].hello[0]);
	add_run(&runs[1], together[_i].other_options, together[_i].plain[1], together[_i].hello[1]);
	json_t *facts = facts_of_runs(together[_i].claims);
	const json_t *result = json_object_get(facts, "result");
	ck_assert_str_eq(json_string_value(json_object_get(result, "verdict")),
			 together[_i].result);
	char *text = json_dumps(result, JSON_COMPACT);
	ck_assert_msg(!together[_i].why || strstr(text, together[_i].why), "%s", text);
	free(text);
	ck_assert_uint_eq(json_array_size(json_object_get(facts, "deviations")),
			  together[_i].deviations);
	json_decref(facts);
}
END_TEST

/* It is said, with what it was in which run. */
START_TEST(runs_that_differ)
{
	add_run(&runs[0], "a", VERDICT_FAIL, VERDICT_PASS);
	add_run(&runs[1], "a", VERDICT_PASS, VERDICT_PASS);
	json_t *facts = facts_of_runs(NULL);
	const json_t *row = json_array_get(json_object_get(facts, "undecided"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "case")), "target/x/plain");
	ck_assert(json_is_true(json_object_get(row, "unstable")));
	ck_assert_str_eq(json_string_value(json_object_get(row, "reason")),
			 "unstable: pass in run 2; fail in run 1: a reason");
	ck_assert_uint_eq(json_array_size(json_object_get(facts, "undecided")), 1);
	json_decref(facts);
}
END_TEST

/* What was not tried is not missing. */
START_TEST(a_claim_that_was_not_tried)
{
	add_run(&runs[0], "a", VERDICT_PASS, VERDICT_PASS);
	add_run(&runs[1], "a", VERDICT_PASS, VERDICT_PASS);
	for (size_t i = 0; i < RUNS; i++)
		report_case_free(&runs[i].cases[--runs[i].count]);
	json_t *facts = facts_of_runs("has hello\n");
	const json_t *row = json_array_get(json_object_get(facts, "claims"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(row, "option")), "hello");
	ck_assert_ptr_null(json_object_get(row, "kept"));
	ck_assert_str_eq(
		json_string_value(json_object_get(json_object_get(facts, "result"), "verdict")),
		"not established");
	json_decref(facts);
}
END_TEST

START_TEST(a_run_that_did_not_end)
{
	add_run(&runs[0], "a", VERDICT_PASS, VERDICT_PASS);
	add_run(&runs[1], "a", VERDICT_PASS, VERDICT_PASS);
	runs[1].planned = 3;
	json_t *facts = facts_of_runs(NULL);
	ck_assert_str_eq(
		json_string_value(json_object_get(json_object_get(facts, "result"), "verdict")),
		"not established");
	json_decref(facts);
}
END_TEST

START_TEST(runs_that_do_not_belong_together)
{
	struct err e;
	const struct certificate c = {.runs = runs, .n = RUNS};
	add_run(&runs[0], "a", VERDICT_PASS, VERDICT_PASS);
	add_run(&runs[1], "a", VERDICT_PASS, VERDICT_PASS);
	strcpy(runs[1].sut_name, "Acne");
	ck_assert_int_eq(certificate_fits(&c, &e), -1);
	ck_assert_str_eq(e.what, "report 2 is of 'Acne', the first of 'Acme'");
	strcpy(runs[1].sut_name, "Acme");
	json_object_set_new(json_object_get(runs[1].provenance, "ledger"), "sha256",
			    json_string("2"));
	ck_assert_int_eq(certificate_fits(&c, &e), -1);
	ck_assert_str_eq(e.what, "report 2 was judged by other rules than the first");
	report_free(&runs[0]);
	report_free(&runs[1]);
}
END_TEST

static void open_ledger(void)
{
	struct err e;
	ledger = ledger_load("cases/rules", &e);
	ck_assert_ptr_nonnull(ledger);
}

static void close_ledger(void)
{
	ledger_free(ledger);
}

Suite *certificate_suite(void)
{
	Suite *s = suite_create("certificate");
	TCase *t = tcase_create("files");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_folder_comes_back);
	tcase_add_loop_test(t, a_member_that_does_not_belong, 0,
			    sizeof(members) / sizeof(*members));
	tcase_add_test(t, no_archive);
	tcase_add_test(t, a_log_that_is_cut_or_is_none);
	tcase_add_test(t, a_manifest_knows_each_file);
	suite_add_tcase(s, t);
	t = tcase_create("claims");
	tcase_add_test(t, what_a_vendor_says);
	tcase_add_loop_test(t, a_claim_file_that_is_wrong, 0,
			    sizeof(bad_claims) / sizeof(*bad_claims));
	tcase_add_test(t, which_cases_hang_on_an_option);
	tcase_add_test(t, each_option_has_its_cases);
	tcase_add_test(t, what_is_no_option_hangs_on_no_claim);
	suite_add_tcase(s, t);
	t = tcase_create("runs");
	tcase_add_checked_fixture(t, open_ledger, close_ledger);
	tcase_add_loop_test(t, runs_put_together, 0, sizeof(together) / sizeof(*together));
	tcase_add_test(t, runs_that_differ);
	tcase_add_test(t, a_claim_that_was_not_tried);
	tcase_add_test(t, a_run_that_did_not_end);
	tcase_add_test(t, runs_that_do_not_belong_together);
	suite_add_tcase(s, t);
	return s;
}

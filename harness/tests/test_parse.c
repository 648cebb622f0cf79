/* SPDX-License-Identifier: BSD-2-Clause */
/* Every statement parses; every kind of mistake is named with its line and column. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../script/ast.h"
#include "suites.h"

#define TARGET	  "title t\nsut target\nrules I7145-5.1.2-1\ngrade MUST\n"
#define INITIATOR "title t\nsut initiator\nrules I7145-5.1.1-1\ngrade SHOULD\n"

static struct script_errors errors;
#define error (errors.at[0])

static struct script *parse(const char *text)
{
	memset(&errors, 0, sizeof(errors));
	return script_parse(NULL, text, strlen(text), NULL, &errors);
}

static struct script *good(const char *text)
{
	struct script *s = parse(text);
	ck_assert_msg(s, "%u:%u: %s in\n%s", error.line, error.column, error.what, text);
	return s;
}

START_TEST(head)
{
	struct script *s =
		good("title  A burst # not this\npurpose one\npurpose two\nsut initiator\n"
		     "rules I7145-5.1.1-1 I7145-6.7-3\ngrade SHOULD\ntags a b\nworkload io\n"
		     "model moup=4 iSERHelloRequired=No\nmodel moup=8\nmutant late-receives\n"
		     "deadline 90s\nlogin\n");
	ck_assert_str_eq(s->title, "A burst");
	ck_assert_str_eq(s->purpose, "one two");
	ck_assert_int_eq(s->sut, PEER_INITIATOR);
	ck_assert_uint_eq(s->rules.count, 2);
	ck_assert_str_eq(s->rules.at[1], "I7145-6.7-3");
	ck_assert_int_eq(s->grade, GRADE_SHOULD);
	ck_assert_uint_eq(s->tags.count, 2);
	ck_assert_int_eq(s->workload, WORKLOAD_IO);
	ck_assert_uint_eq(s->model_count, 2);
	ck_assert_str_eq(s->models[0].at[1], "iSERHelloRequired=No");
	ck_assert_str_eq(s->mutants.at[0], "late-receives");
	ck_assert_uint_eq(s->deadline, 90 * NS_PER_S);
	ck_assert_uint_eq(s->body->line, 13);
	script_free(s);
}
END_TEST

START_TEST(each_statement_of_a_target_case)
{
	static const char *const lines[] = {
		"login until final MaxBurstLength=1024 receives=2 rnr-retry=7 private-data=8000",
		"connect",
		"new connection",
		"release",
		"send nop-out ITT=fresh TTT=none data=pattern:1:7 byte@1=0xff length=40",
		"send nop-out as=send-se",
		"send scsi-command command=read cdb=hex:2800 as=send-inv:$cmd.ReadSTag * 3",
		"send hello raw=hex:20aa",
		"send login-request skip=28 data=part:$CmdSN:16:$held.data",
		"scsi test-unit-ready within 5s",
		"scsi read lba=0 blocks=4 pattern=7 within 5s grade SHOULD \"why\"",
		"scsi write lba=$CmdSN blocks=1 pattern=1 immediate=1",
		"logout within 5s",
		"text SendTargets=All",
		"task-management function=1 itt=$sent.ITT",
		"rdma-read addr=0 key=$cmd.ReadSTag length=4KiB",
		"rdma-write addr=$cmd.ReadBaseOffset+8 key=1 data=fill:0xaa:16",
		"rdma-write addr=0 key=1 data=hex: imm=$CmdSN",
		"post receives 4",
		"quiet",
		"quiet nop-in reject",
		"honest",
		"wait 10ms",
		"vanish",
		"disconnect",
		"break",
		"serve for 1s",
		"serve until nop-in within 1s",
		"serve until idle 100ms within 1s",
		"expect nop-in ITT=$sent.ITT TTT!=none data=$sent.data within 1s",
		"expect nop-in StatSN>=$ExpStatSN-1 within 1s",
		"expect nop-in for each nop-out matching ITT within 1s",
		"expect none any for 3s",
		"expect delivered all within 1s",
		"expect delivered 3 within 1s grade INFO rules I7145-8.1-1 \"r\"",
		"expect completion remote-access within 1s",
		"expect closed within 1s",
		"expect open for 1s",
		"expect alive within 1s",
		"check $delivered-1 >= $MaxOutstandingUnexpectedPDUs and $sut.X-key != none",
		"check defined $sut.MaxBurstLength",
		"needs $count.nop-in+$count.reject == 0 \"because\"",
		"measure a_b = $got.time ms",
		"measure n = $delivered",
		"note \"$delivered of $window.\"",
		"keep stag = $cmd.ReadSTag",
		"mark",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char text[400];
		snprintf(text, sizeof(text), TARGET "%s\n", lines[i]);
		struct script *s = parse(text);
		ck_assert_msg(s, "%s: %u: %s", lines[i], error.column, error.what);
		ck_assert_str_eq(s->body->text, lines[i]);
		ck_assert_ptr_null(s->body->next);
		script_free(s);
	}
}
END_TEST

START_TEST(blocks)
{
	struct script *s =
		good(INITIATOR "sweep N in 1 2 $window until broken\n"
			       "    login until final\n"
			       "    chain\n"
			       "        send login-response\n"
			       "        send nop-in TTT=fresh * $N\n"
			       "    when $rnr == 0\n"
			       "        expect delivered all within 1s\n"
			       "check $N.good != none\n"
			       "expect one of within 2s\n"
			       "    nop-out TTT=1 => pass\n"
			       "    closed => warn \"gone\" rules I7145-5.1.1-1 I7145-6.7-3\n"
			       "    nothing => go on\n"
			       "memory buf length=4096 access=write window=1\n"
			       "send nop-in as=send-inv:$buf.STag\n"
			       "invalidate buf\nreject private-data=00\nsut logout\n");
	const struct statement *sweep = s->body;
	ck_assert_int_eq(sweep->verb, VERB_SWEEP);
	ck_assert_uint_eq(sweep->value_count, 3);
	ck_assert(!sweep->until_holds);
	const struct statement *chain = sweep->body->next;
	ck_assert_uint_eq(chain->send_count, 2);
	ck_assert_uint_eq(chain->sends[1].count.count, 1);
	ck_assert_int_eq(chain->next->verb, VERB_WHEN);
	ck_assert_ptr_nonnull(chain->next->body);
	const struct statement *one_of = sweep->next->next;
	ck_assert_uint_eq(one_of->expect->outcome_count, 3);
	ck_assert_int_eq(one_of->expect->outcomes[1].verdict, VERDICT_WARN);
	ck_assert_str_eq(one_of->expect->outcomes[1].judgement.rules, "I7145-5.1.1-1 I7145-6.7-3");
	ck_assert(one_of->expect->outcomes[2].go_on);
	ck_assert_uint_eq(s->rules.count, 1);
	ck_assert_uint_eq(s->cited.count, 2);
	script_free(s);
}
END_TEST

START_TEST(mistakes)
{
	static const struct {
		const char *text;
		unsigned line, column;
		const char *what;
	} rows[] = {
		/* head */
		{"", 1, 1, "no statement"},
		{"login\n", 1, 1, "title is missing"},
		{"title t\nsut tarjet\n", 2, 5, "initiator or target"},
		{"title t\nsut target\ngrade MUST\nlogin\n", 4, 1, "rules are missing"},
		{"title t\nsut target\nrules x\n", 3, 7, "no rule id"},
		{"title t\nsut target\nrules I7145-5.1.2-1\nlogin\n", 4, 1, "grade is missing"},
		{"title t\ntitle u\n", 2, 1, "a second title"},
		{"title\n", 1, 6, "text is missing"},
		{"model moup=4\n", 1, 1, "needs the sut line"},
		{"title t\nsut target\nmutant late-receives\n", 3, 8, "not one of a target"},
		{"title t\nsut initiator\nmutant late-receivs\n", 3, 8,
		 "did you mean late-receives?"},
		{"title t\nsut target\nworkload io\n", 3, 10, "only an initiator"},
		{"title t\nsut target\nmodel moupp=1\n", 3, 7, "did you mean moup?"},
		{TARGET "login\ntags a\n", 6, 1, "before the first statement"},
		/* statements */
		{TARGET "logn\n", 5, 1, "did you mean login?"},
		{TARGET "login until finl\n", 5, 13, "connected, first"},
		{TARGET "login moupp=4\n", 5, 7, "did you mean moup?"},
		{TARGET "login receives=many\n", 5, 16, "no number"},
		{TARGET "login rnr-retry=8\n", 5, 17, "at most 7"},
		{TARGET "reject\n", 5, 1, "an initiator under test"},
		{INITIATOR "scsi inquiry\n", 5, 1, "a target under test"},
		{INITIATOR "login until logged-in\n", 5, 13, "only a target"},
		{TARGET "send nop-uot\n", 5, 6, "did you mean nop-out?"},
		{TARGET "send nop-in StatSNN=1\n", 5, 13, "did you mean StatSN?"},
		{TARGET "send nop-in StatSN=0x100000000\n", 5, 20, "only 32 bits"},
		{TARGET "send nop-in StatSN=5s\n", 5, 20, "number, fresh or none"},
		{TARGET "send nop-in StatSN=1x\n", 5, 20, "1x has an unknown unit"},
		{TARGET "send nop-in data=hex:123\n", 5, 22, "odd number"},
		{TARGET "send nop-in data=hex:12g3\n", 5, 24, "hex digit"},
		{TARGET "send nop-in data=what\n", 5, 18, "data expected"},
		{TARGET "send nop-in data=part:1:what\n", 5, 23, "FROM:LENGTH:$VALUE expected"},
		{TARGET "send nop-in skip=1 raw=hex:00\n", 5, 1, "skip and byte@ beside it"},
		{TARGET "send nop-in data=fill:1\n", 5, 23, "BYTE:LENGTH"},
		{TARGET "send nop-in TTT\n", 5, 13, "FIELD=VALUE"},
		{TARGET "send nop-in * 901\n", 5, 15, "more than 900"},
		{TARGET "send nop-in TTT=$TTTT\n", 5, 17, "did you mean TTT?"},
		{TARGET "send nop-in TTT=$TTT^2\n", 5, 21, "+ - * / or % expected"},
		{TARGET "send nop-in TTT=$sent.Nope\n", 5, 23, "no message has a field"},
		{TARGET "send nop-in CDB=1\n", 5, 13, "unknown field"},
		{TARGET "chain\nlogin\n", 5, 6, "block is missing"},
		{TARGET "chain\n  login\n", 6, 3, "only send"},
		{TARGET "chain\n  send nop-out\n    send nop-out\n", 7, 5, "not aligned"},
		{TARGET "login\n  send nop-out\n", 6, 3, "indented without a block"},
		{TARGET "  login\n", 5, 3, "indented without a block"},
		{TARGET "keep a = $b\n", 5, 10, "unknown value"},
		{TARGET "keep 1 = 2\n", 5, 6, "a name is a letter"},
		{TARGET "sweep a in 1 2 until broken\n  keep a = 1\n", 6, 8, "a sweep's"},
		{TARGET "wait 10\n", 5, 6, "time expected"},
		{TARGET "wait\n", 5, 5, "time is missing"},
		{TARGET "wait 1s 2s\n", 5, 9, "unexpected 2s"},
		{TARGET "expect nop-in\n", 5, 14, "within TIME expected"},
		{TARGET "expect nop-in Stat=1 within 1s\n", 5, 15, "unknown field Stat"},
		{TARGET "expect delivered within 1s\n", 5, 18, "number expected"},
		{TARGET "expect completion okay within 1s\n", 5, 19, "unknown completion status"},
		{TARGET "expect one of within 1s\n", 5, 24, "outcomes are missing"},
		{TARGET "expect one of within 1s\n  nop-in\n", 6, 9, "=> expected"},
		{TARGET "expect one of within 1s\n  nop-in => passed\n", 6, 13, "unknown verdict"},
		{TARGET "expect one of within 1s\n  nop-in => crash\n", 6, 13, "unknown verdict"},
		{TARGET "expect nop-in for each nop-out within 1s\n", 5, 32, "matching FIELD"},
		{TARGET "expect nop-in for each nop-out matching StatSN within 1s\n", 5, 41,
		 "no field StatSN in both"},
		{TARGET "expect closed within 1s grade BAD\n", 5, 31, "MUST, SHOULD, MAY or INFO"},
		{TARGET "expect closed within 1s rules\n", 5, 30, "rule id or none is missing"},
		{TARGET "check 1 == 1\n", 5, 7, "between constants"},
		{TARGET "check $rnr = 1\n", 5, 12, "== != < <= > or >="},
		{TARGET "check $rnr == \n", 5, 14, "value is missing"},
		{TARGET "needs $rnr == 0\n", 5, 16, "\"reason\" is missing"},
		{TARGET "note text\n", 5, 6, "text in quotes"},
		{TARGET "note \"a $nope\"\n", 5, 9, "unknown value $nope"},
		{TARGET "login\nwhen $StatSN == 0\n    login\nelse \001\nlogin\n", 8, 6,
		 "control character 0x01"},
		{TARGET "send text-request data=keys:\"A=$nope\"\n", 5, 32, "unknown value $nope"},
		{TARGET "send text-request data=keys:\"{A*99}=$nope\"\n", 5, 30,
		 "unknown value $nope"},
		{TARGET "sweep n in until broken\n  login\n", 5, 12, "value is missing"},
		{TARGET "sweep n in 1 2\n  login\n", 5, 15, "until broken or until holds"},
		{TARGET "invalidate m\n", 5, 12, "no memory m"},
		{TARGET "memory m length=1 access=all\n", 5, 26, "none, read, write"},
		{TARGET "memory m\n", 5, 9, "either length=N or data=DATA"},
		{TARGET "memory m length=1 data=hex:00\n", 5, 30, "either length=N or data=DATA"},
		{TARGET "compare m data=hex:00\n", 5, 9, "no memory m"},
		{TARGET "memory m length=1\ncompare m at=1\n", 6, 15, "data=DATA expected"},
		{TARGET "send scsi-command command=read memory=m\n", 5, 39, "no memory m"},
		{TARGET "scsi read lba=0\n", 5, 16, "blocks=N expected"},
		{TARGET "rdma-read addr=1 key=1\n", 5, 23, "length=N"},
		/* What a newcomer writes. */
		{"title t\nsut target\nrules I7145-5.1.2-1\ngrad MUST\nlogin\n", 4, 1,
		 "unknown statement grad; did you mean grade?"},
		{"\xef\xbb\xbf" TARGET "login\n", 1, 1, "byte order mark"},
		{TARGET "memory m length=1 window=abc\n", 5, 26, "window is 0 or 1, not abc"},
		{TARGET "memory m length=1 exact=2\n", 5, 25, "exact is 0 or 1, not 2"},
		{TARGET "wait 5sec\n", 5, 6, "5sec has an unknown unit; there are us, ms"},
		{TARGET "wait 5seconds\n", 5, 6, "unknown unit"},
		{TARGET "memory m length=4KB\n", 5, 17, "4KB has an unknown unit"},
		{TARGET "sweep D in 5 7 until holds\n  wait $D\n", 6, 8,
		 "$D is a number without a unit; times 1ms"},
		{TARGET "sweep D in 5 7ms until holds\n  login\n", 5, 14, "numbers and times"},
		{TARGET "keep d = 5\nwait $d\n", 6, 6, "number without a unit"},
		{TARGET "wait $window\n", 5, 6, "number without a unit"},
		{TARGET "check $elapsed < 5\n", 5, 7, "a time and a number"},
		{TARGET "send nop-out * $elapsed\n", 5, 16, "and that is a time"},
		{TARGET "send nop-out * 1KiB\n", 5, 16, "that is no size"},
		{TARGET "scsi read lba=1KiB blocks=1\n", 5, 15, "that is no size"},
		{TARGET "send nop-out I=1KiB\n", 5, 16, "I is no size"},
		{TARGET "keep window = 5\n", 5, 6, "$window means something else already"},
		{TARGET "keep MaxBurstLength = 5\n", 5, 6, "means something else already"},
		{TARGET "sweep ITT in 1 2 until holds\n  login\n", 5, 7, "something else already"},
		{TARGET "send nop-out ITT=1 ITT=2\n", 5, 20, "a second ITT"},
		{TARGET "send nop-out data=hex:00 data=hex:01\n", 5, 26, "a second data"},
		{TARGET "send nop-out byte@1=1 byte@1=2\n", 5, 23, "a second byte@1"},
		{TARGET "expect nop-in ITT=1 ITT=2 within 1s\n", 5, 21, "a second ITT="},
		{TARGET "login MaxBurstLength=512 MaxBurstLength=1024\n", 5, 26,
		 "a second MaxBurstLength"},
		{TARGET "scsi read lba=0 lba=1 blocks=1\n", 5, 17, "a second lba"},
		{TARGET "memory m length=1 length=2\n", 5, 19, "a second length"},
		{TARGET "send nop-out * 0\n", 5, 16, "no message at all"},
		{TARGET "send scsi-command lba=0 blocks=1\n", 5, 1, "belong to command=read"},
		{TARGET "send nop-out raw=hex:20 length=7\n", 5, 1, "raw is the whole message"},
		{TARGET "send text-request data=keys:\"A=$nothing\"\n", 5, 32,
		 "unknown value $nothing"},
		{TARGET "send text-request data=keys:\"A{1..2}={1..3}\"\n", 5, 30,
		 "a second range"},
		{TARGET "send text-request data=keys:\"A={b}\"\n", 5, 32, "{TEXT*9}"},
		{TARGET "send text-request data=keys:\"A={2..1}\"\n", 5, 32, "{TEXT*9}"},
		{TARGET "login until CHAP_X\n", 5, 13, "next or a text key"},
		{TARGET "hold text-response\n", 5, 6, "text-request expected"},
		{TARGET "\"log\\nin\"\n", 5, 1, "unknown statement log?in"},
		{TARGET "scsi raed lba=0 blocks=1\n", 5, 6,
		 "unknown command raed; did you mean read"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script *s = parse(rows[i].text);
		ck_assert_msg(!s, "parsed: %s", rows[i].text);
		ck_assert_msg(strstr(error.what, rows[i].what), "row %zu: \"%s\" in\n%s", i,
			      error.what, rows[i].text);
		ck_assert_msg(error.line == rows[i].line && error.column == rows[i].column,
			      "row %zu: %u:%u: %s in\n%s", i, error.line, error.column, error.what,
			      rows[i].text);
	}
}
END_TEST

/* Each mistake by itself, in the order of the lines; nothing that only follows from another. */
START_TEST(all_mistakes_at_once)
{
	static const char text[] = "title t\n"
				   "sut target\n"
				   "rules I7145-5.1.2-1\n"
				   "grad MUST\n"
				   "login until nowhere\n"
				   "keep a = oops-\n"
				   "sweep N in 1 two until holds\n"
				   "    wait 5\n"
				   "    chain\n"
				   "        send nop-out Bogus=1\n"
				   "        send nop-out ITT=1 ITT=2\n"
				   "    check $N == 1\n"
				   "\tlogin\n"
				   "expect one of within 1s\n"
				   "    nop-in TTT=x => pass\n"
				   "    closed => maybe\n"
				   "frobnicate\n"
				   "    wait 1\n"
				   "check $a == $nope\n";
	static const unsigned lines[] = {4, 5, 8, 10, 11, 13, 15, 16, 17, 19};
	ck_assert_ptr_null(parse(text));
	for (size_t i = 0; i < errors.count; i++)
		ck_assert_msg(i < sizeof(lines) / sizeof(lines[0]) && errors.at[i].line == lines[i],
			      "error %zu is %u:%u: %s", i, errors.at[i].line, errors.at[i].column,
			      errors.at[i].what);
	ck_assert_uint_eq(errors.count, sizeof(lines) / sizeof(lines[0]));
	ck_assert(!errors.more);
}
END_TEST

START_TEST(many_mistakes_have_a_bound)
{
	char text[2000] = TARGET;
	for (unsigned i = 0; i < 2 * SCRIPT_ERRORS_MAX; i++)
		strcat(text, "wait 5\n");
	ck_assert_ptr_null(parse(text));
	ck_assert_uint_eq(errors.count, SCRIPT_ERRORS_MAX);
	ck_assert_uint_eq(errors.at[SCRIPT_ERRORS_MAX - 1].line, 4 + SCRIPT_ERRORS_MAX);
	ck_assert(errors.more);
}
END_TEST

START_TEST(folder_and_role_agree)
{
	static const char text[] = TARGET "login\n";
	ck_assert_ptr_null(script_parse("initiator/x/y", text, sizeof(text) - 1, NULL, &errors));
	ck_assert_uint_eq(error.line, 2);
	ck_assert_uint_eq(error.column, 5);
	struct script *s = script_parse("target/x/y", text, sizeof(text) - 1, NULL, &errors);
	ck_assert_ptr_nonnull(s);
	ck_assert_str_eq(s->id, "target/x/y");
	script_free(s);
}
END_TEST

START_TEST(a_fail_needs_a_must)
{
	struct err e;
	struct ledger *l = ledger_load("cases/rules", &e);
	ck_assert_msg(l, "%s", e.what);
	static const struct {
		const char *text;
		unsigned line, column;
		const char *what; /* NULL: parses */
	} rows[] = {
		{TARGET "expect alive within 1s\n", 0, 0, NULL},
		/* I7145-5.1.1-1 is a SHOULD */
		{"title t\nsut target\nrules I7145-5.1.1-1\ngrade MUST\nlogin\n", 5, 1,
		 "upper-case MUST"},
		{INITIATOR "expect closed within 1s grade MUST\n", 5, 25, "upper-case MUST"},
		{INITIATOR "expect one of within 1s\n  closed => fail\n", 6, 13, "upper-case MUST"},
		{TARGET "expect one of within 1s\n  closed => fail rules I7145-5.1.2-1\n", 0, 0,
		 NULL},
		{TARGET "expect closed within 1s rules I7145-5.1.2-99\n", 5, 31, "unknown rule"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct script *s =
			script_parse(NULL, rows[i].text, strlen(rows[i].text), l, &errors);
		ck_assert_msg(!s == !!rows[i].what, "row %zu: %s", i, error.what);
		if (!s) {
			ck_assert_msg(strstr(error.what, rows[i].what), "%s", error.what);
			ck_assert_uint_eq(error.line, rows[i].line);
			ck_assert_uint_eq(error.column, rows[i].column);
		}
		script_free(s);
	}
	ledger_free(l);
}
END_TEST

/* Cut anywhere, and with any byte changed, a case parses or says where it does not. */
START_TEST(cut_and_changed)
{
	static const char text[] = TARGET
		"sweep n in 1 2 until broken\n  chain\n    send nop-out data=keys:\"A=1\" * $n\n"
		"expect one of within 1s\n  nop-in TTT=$sent.TTT-1 => fail \"x $n.good\"\n";
	for (size_t i = 0; i < sizeof(text); i++) {
		char *copy =
			malloc(i ? i : 1); /* exact, so that the sanitizer sees one byte too far */
		memcpy(copy, text, i);
		struct script *s = script_parse(NULL, copy, i, NULL, &errors);
		ck_assert(s || (error.line && error.column && error.what[0]));
		script_free(s);
		free(copy);
	}
	char changed[sizeof(text)];
	static const char bytes[] = "$\"\\ \n=*:@#\x80.-0";
	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		for (size_t k = 0; k + 1 < sizeof(bytes); k++) {
			memcpy(changed, text, sizeof(text));
			changed[i] = bytes[k];
			struct script *s =
				script_parse(NULL, changed, sizeof(text) - 1, NULL, &errors);
			ck_assert(s || (error.line && error.column && error.what[0]));
			script_free(s);
		}
	}
}
END_TEST

Suite *parse_suite(void)
{
	Suite *s = suite_create("parse");
	TCase *t = tcase_create("parse");
	tcase_add_test(t, head);
	tcase_add_test(t, each_statement_of_a_target_case);
	tcase_add_test(t, blocks);
	tcase_add_test(t, mistakes);
	tcase_add_test(t, all_mistakes_at_once);
	tcase_add_test(t, many_mistakes_have_a_bound);
	tcase_add_test(t, folder_and_role_agree);
	tcase_add_test(t, a_fail_needs_a_must);
	tcase_add_test(t, cut_and_changed);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A case once more: what a report may say about how, and what counts as the same. */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../cli/replay.h"
#include "../report/events.h"
#include "suites.h"

/* ---- the lab's command ---- */

static char *lab_line(const char *command, const char *system)
{
	struct run_env env = {0};
	struct replay p = {.has_report = true,
			   .env = &env,
			   .facts = {.case_id = "target/nop/echo-7"},
			   .report = {.seed = 7}};
	struct err e = {0};
	char *line = NULL;
	size_t size;
	p.report.lab = json_pack("{s:s}", "name", "uml");
	p.report.host = json_pack("{s:s*,s:s*}", "command", command, "system", system);
	ck_assert_int_eq(replay_was_in_lab(&p), command != NULL);
	struct command_words words = {0};
	const int status = command ? replay_lab_words(&p, "/tmp/new", NULL, &words, &e) : -1;
	FILE *out = open_memstream(&line, &size);
	/* The first is where this program is. */
	for (size_t i = 1; !status && words.at[i]; i++)
		fprintf(out, "[%s]", words.at[i]);
	fclose(out);
	command_words_free(&words);
	json_decref(p.report.lab);
	json_decref(p.report.host);
	return line;
}

static void same(char *got, const char *want)
{
	ck_assert_str_eq(got, want);
	free(got);
}

#define END "[--seed][7][--cases][target/nop/echo-7][--reports][/tmp/new]"

START_TEST(the_lab_that_was_named)
{
	same(lab_line("tools/conformance --sut lio,tgt --cases target/nop\\ target/text --kernel "
		      "debug "
		      "--link delay=20ms\\,loss=1% --seeds 20 --jobs 2",
		      "lio"),
	     "[--sut][lio][--no-variants][--no-setup][--kernel][debug][--link][delay=20ms,loss=1%]"
	     "[--lab][uml]" END);
	same(lab_line("tools/conformance --lab qemu --kernel '/a b/linux'",
		      "tgt:ImmediateData=Yes"),
	     "[--sut][tgt:ImmediateData=Yes][--no-variants][--no-setup][--lab][qemu]" END);
}
END_TEST

START_TEST(no_command_of_a_stranger)
{
	same(lab_line("sh -c evil --lab uml --reports /etc -- --restart 'rm -rf /' --lab x", "lio"),
	     "[--sut][lio][--no-variants][--no-setup][--lab][uml]" END);
	/* Files of this machine, and what a kernel is told. */
	same(lab_line("tools/conformance --lab uml --append ubd0=/etc/shadow --modules lib "
		      "--kernel ../x "
		      "--link --reports --jitter 5",
		      "lio"),
	     "[--sut][lio][--no-variants][--no-setup][--lab][uml][--jitter][5]" END);
	same(lab_line("tools/conformance --lab uml", "../../evil"), "");
	/* Cut off in the middle. */
	same(lab_line("tools/conformance --kernel", "lio"),
	     "[--sut][lio][--no-variants][--no-setup][--lab][uml]" END);
}
END_TEST

START_TEST(not_of_a_lab)
{
	same(lab_line(NULL, NULL), "");
	same(lab_line("tools/conformance --sut lio", NULL), "");
}
END_TEST

/* ---- the same or not ---- */

static char path[] = "/tmp/iserspec-replay-test.XXXXXX";
static struct log *then;

static void fact(struct log *l, const char *name)
{
	log_add(l, &(struct log_event){.kind = LOG_ANSWER, .name = name, .status = "run"});
}

static void message(struct log *l, enum log_kind kind, const char *type, uint32_t itt,
		    uint64_t time)
{
	struct pdu pdu;
	uint8_t bytes[256];
	pdu_init(&pdu, pdu_type_by_name(type));
	pdu.itt = itt;
	const size_t len = pdu_encode(&pdu, bytes, sizeof(bytes), NULL);
	log_add(l, &(struct log_event){.kind = kind,
				       .name = kind == LOG_RECV ? "recv" : "send",
				       .time = time,
				       .conn = 1,
				       .bytes = {bytes, len}});
}

static struct log *made(uint32_t itt, uint64_t time)
{
	struct log *l = log_new(NULL, NULL);
	fact(l, "case");
	message(l, LOG_POST, "nop-out", itt, time);
	message(l, LOG_RECV, "nop-in", itt, time + 5);
	return l;
}

static void finish(struct log *l)
{
	log_add(l, &(struct log_event){.kind = LOG_SUT, .name = "end", .status = "pass"});
	/* Of the run, which sees it from outside. */
	log_add(l, &(struct log_event){.kind = LOG_SUT, .name = "closed", .status = "pass"});
}

static void begin(void)
{
	strcpy(path, "/tmp/iserspec-replay-test.XXXXXX");
	close(mkstemp(path));
	then = made(5, 100);
	finish(then);
}

static void end(void)
{
	log_free(then);
	unlink(path);
}

/* Writes `now`, which it frees. */
static int compared(struct log *now, bool exact, enum verdict verdict, char **said)
{
	struct script script = {.id = (char[]){"x"}};
	struct replay p = {.log = then,
			   .facts = {.simulated = exact},
			   .script = &script,
			   .verdict = VERDICT_PASS};
	struct err e = {0};
	size_t size;
	FILE *file = fopen(path, "w"), *out = open_memstream(said, &size);
	for (size_t i = 0; i < log_count(now); i++) {
		char *line = event_to_line(log_at(now, i), NULL);
		fputs(line, file);
		free(line);
	}
	fclose(file);
	const int status = replay_compare(&p, path, verdict, out, &e);
	fclose(out);
	log_free(now);
	return status;
}

static void expect(struct log *now, bool exact, enum verdict verdict, int want, const char *text)
{
	char *said = NULL;
	const int status = compared(now, exact, verdict, &said);
	ck_assert_msg(status == want && strstr(said, text), "%d: %s", status, said);
	free(said);
}

START_TEST(to_the_byte_on_the_simulator)
{
	expect(made(5, 100), true, VERDICT_PASS, 0, "the same: 2 events, to the byte");
	expect(made(5, 101), true, VERDICT_PASS, 1, "0 events alike");
	expect(made(6, 100), true, VERDICT_PASS, 1, "was  event 2");
}
END_TEST

START_TEST(of_the_same_kind_elsewhere)
{
	expect(made(9, 777), false, VERDICT_PASS, 0, "the same: 2 events of the same kinds");
	struct log *other = made(5, 100);
	message(other, LOG_RECV, "reject", TAG_NONE, 200);
	expect(other, false, VERDICT_PASS, 1, "was  nothing more");
}
END_TEST

START_TEST(who_is_first_is_a_matter_of_microseconds)
{
	struct log *now = log_new(NULL, NULL);
	fact(now, "case");
	message(now, LOG_RECV, "nop-in", 5, 90);
	log_add(now, &(struct log_event){.kind = LOG_CM, .name = "established-again", .conn = 1});
	message(now, LOG_POST, "nop-out", 5, 105);
	expect(now, false, VERDICT_PASS, 0, "the same");
	/* On another connection it is another matter. */
	now = made(5, 100);
	log_add(now, &(struct log_event){.kind = LOG_CM, .name = "established", .conn = 2});
	expect(now, false, VERDICT_PASS, 1, "now  event 4, 0.000000 ms, it: established");
}
END_TEST

START_TEST(facts_and_numbers_of_events_are_not_compared)
{
	struct log *now = log_new(NULL, NULL);
	fact(now, "case");
	fact(now, "wall-clock");
	message(now, LOG_POST, "nop-out", 5, 100);
	message(now, LOG_RECV, "nop-in", 5, 105);
	expect(now, true, VERDICT_PASS, 0, "to the byte");
}
END_TEST

START_TEST(another_verdict_is_not_the_same)
{
	expect(made(5, 100), true, VERDICT_FAIL, 1, "x: fail now, was pass");
}
END_TEST

Suite *replay_case_suite(void)
{
	Suite *s = suite_create("replay_case");
	TCase *lab = tcase_create("lab"), *compare = tcase_create("compare");
	tcase_add_test(lab, the_lab_that_was_named);
	tcase_add_test(lab, no_command_of_a_stranger);
	tcase_add_test(lab, not_of_a_lab);
	suite_add_tcase(s, lab);
	tcase_add_checked_fixture(compare, begin, end);
	tcase_add_test(compare, to_the_byte_on_the_simulator);
	tcase_add_test(compare, of_the_same_kind_elsewhere);
	tcase_add_test(compare, who_is_first_is_a_matter_of_microseconds);
	tcase_add_test(compare, facts_and_numbers_of_events_are_not_compared);
	tcase_add_test(compare, another_verdict_is_not_the_same);
	suite_add_tcase(s, compare);
	return s;
}

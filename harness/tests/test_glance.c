/* SPDX-License-Identifier: BSD-2-Clause */
/* What a log tells of a finding, and how it is printed. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../report/glance.h"
#include "suites.h"

static struct log *events;
static struct case_result result;

static void begin(void)
{
	events = log_new(NULL, NULL);
	result_init(&result, "target/a/b");
}

static void end(void)
{
	result_free(&result);
	log_free(events);
}

/* Its number. */
static uint64_t message(enum log_kind kind, unsigned conn, const char *type, uint32_t itt)
{
	struct pdu pdu;
	uint8_t bytes[256];
	pdu_init(&pdu, pdu_type_by_name(type));
	pdu.itt = itt;
	const size_t len = pdu_encode(&pdu, bytes, sizeof(bytes), NULL);
	ck_assert_uint_gt(len, 0);
	return log_add(events,
		       &(struct log_event){.kind = kind, .conn = conn, .bytes = {bytes, len}})
		->seq;
}

static const struct finding *judge(enum verdict v, unsigned line, uint64_t event)
{
	result_add(&result, v, line, "", "why", &event, event ? 1 : 0);
	glance_find(&result, events);
	return &result.findings[result.finding_count - 1];
}

START_TEST(the_one_with_its_tag)
{
	const uint64_t ping = message(LOG_POST, 1, "nop-out", 5);
	message(LOG_POST, 1, "nop-out", 6);
	const uint64_t answer = message(LOG_RECV, 1, "nop-in", 5);
	message(LOG_POST, 1, "nop-out", 5);
	const struct finding *f = judge(VERDICT_FAIL, 3, answer);
	ck_assert_uint_eq(f->request_event, ping);
	ck_assert_ptr_nonnull(strstr(f->request, "NOP-Out"));
}
END_TEST

START_TEST(else_the_last_one_of_the_connection)
{
	const uint64_t ping = message(LOG_POST, 1, "nop-out", 6);
	message(LOG_POST, 2, "nop-out", 7);
	const uint64_t answer = message(LOG_RECV, 1, "nop-in", 9);
	ck_assert_uint_eq(judge(VERDICT_WARN, 3, answer)->request_event, ping);
	const uint64_t reject = message(LOG_RECV, 1, "reject", TAG_NONE);
	ck_assert_uint_eq(judge(VERDICT_WARN, 3, reject)->request_event, ping);
}
END_TEST

/* Nothing came: what was sent before the statement was judged. */
START_TEST(where_nothing_came)
{
	const uint64_t ping = message(LOG_POST, 1, "nop-out", 6);
	log_add(events,
		&(struct log_event){.kind = LOG_CHECK, .conn = 1, .line = 9, .name = "fail"});
	message(LOG_POST, 1, "logout-request", 7);
	ck_assert_uint_eq(judge(VERDICT_FAIL, 9, 0)->request_event, ping);
	ck_assert_ptr_null(judge(VERDICT_FAIL, 10, 0)->request);
}
END_TEST

START_TEST(no_pass_and_nothing_that_is_not_there)
{
	const uint64_t answer = message(LOG_RECV, 1, "nop-in", 5);
	ck_assert_ptr_null(judge(VERDICT_FAIL, 1, answer)->request);
	message(LOG_POST, 1, "nop-out", 6);
	ck_assert_ptr_null(judge(VERDICT_PASS, 1, answer + 1)->request);
	ck_assert_ptr_null(judge(VERDICT_FAIL, 1, 4711)->request);
}
END_TEST

/* ---- and all else ---- */

START_TEST(the_response_is_what_came)
{
	message(LOG_POST, 1, "nop-out", 5);
	const uint64_t answer = message(LOG_RECV, 1, "nop-in", 5);
	const struct finding *f = judge(VERDICT_FAIL, 3, answer);
	ck_assert_uint_eq(f->glance.response_event, answer);
	ck_assert_ptr_nonnull(strstr(f->glance.response, "NOP-In ITT=0x5"));
}
END_TEST

START_TEST(what_the_judge_has_told_stays)
{
	const uint64_t one = message(LOG_RECV, 1, "nop-in", 5);
	const uint64_t two = message(LOG_RECV, 1, "reject", 6);
	result_add(&result, VERDICT_FAIL, 1, "", "why", &two, 1)->glance.response_event = one;
	glance_find(&result, events);
	ck_assert_ptr_nonnull(strstr(result.findings[0].glance.response, "NOP-In"));
}
END_TEST

START_TEST(the_request_that_the_judge_has_named)
{
	const uint64_t one = message(LOG_POST, 1, "nop-in", 5);
	message(LOG_POST, 1, "nop-in", 6);
	result_add(&result, VERDICT_FAIL, 1, "", "why", NULL, 0)->request_event = one;
	const uint64_t over =
		log_add(events, &(struct log_event){.kind = LOG_CM, .name = "end"})->seq;
	result.findings[0].events[0] = over;
	result.findings[0].event_count = 1;
	glance_find(&result, events);
	ck_assert_uint_eq(result.findings[0].request_event, one);
	ck_assert_ptr_nonnull(strstr(result.findings[0].request, "ITT=0x5"));
}
END_TEST

static const struct finding *monitor_says(const char *reason, uint64_t event)
{
	result_add_monitor(&result, "itt", VERDICT_FAIL, "", reason, &event, 1);
	glance_find(&result, events);
	return &result.findings[result.finding_count - 1];
}

START_TEST(a_monitor_names_the_field)
{
	const uint64_t answer = message(LOG_RECV, 1, "nop-in", 6);
	ck_assert_str_eq(
		monitor_says("the NOP-In has ITT 0x6, which no request has", answer)->glance.field,
		"ITT");
	ck_assert_ptr_null(result.findings[0].glance.due);
	const struct finding *f = monitor_says("the NOP-In has ITT 0x6 where 0x8 is next", answer);
	ck_assert_str_eq(f->glance.had, "0x6");
	ck_assert_str_eq(f->glance.due, "0x8");
	/* Another value is of another message. */
	ck_assert_ptr_null(monitor_says("the request has ITT 0x7", answer)->glance.field);
	ck_assert_ptr_null(monitor_says("its StatSN jumps", answer)->glance.field);
}
END_TEST

static uint64_t cm(unsigned conn, uint64_t time, const char *name, const char *text)
{
	return log_add(events, &(struct log_event){.kind = LOG_CM,
						   .time = time,
						   .conn = conn,
						   .name = name,
						   .text = text})
		->seq;
}

START_TEST(who_ended_it)
{
	cm(1, 1000000, "established", NULL);
	const uint64_t ping = message(LOG_POST, 1, "nop-out", 5);
	cm(2, 2000000, "end", "ours");
	const uint64_t over = cm(1, 3500000, "end", "no-buffer");
	const struct finding *f = judge(VERDICT_FAIL, 3, ping);
	ck_assert_uint_eq(f->glance.end_event, over);
	ck_assert_ptr_nonnull(strstr(f->glance.end, "met no receive buffer"));
	ck_assert_ptr_nonnull(strstr(f->glance.end, ", 2.500 ms after it was connected"));
	/* What a monitor judges at the end is not about the end. */
	ck_assert_ptr_null(monitor_says("its ITT 0x5", ping)->glance.end);
	ck_assert_ptr_nonnull(monitor_says("it left", over)->glance.end);
}
END_TEST

static char *printed(const struct finding *f, struct glance_style style)
{
	const struct report r = {0};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	glance_print(out, &r, f, &style);
	fclose(out);
	return text;
}

START_TEST(printed_side_by_side)
{
	message(LOG_POST, 1, "nop-out", 5);
	const uint64_t answer = message(LOG_RECV, 1, "nop-in", 6);
	struct finding *f =
		result_add(&result, VERDICT_FAIL, 3, "I7143-11.19-1", "why", &answer, 1);
	f->glance.field = strdup("ITT");
	f->glance.due = strdup("0x5");
	f->glance.had = strdup("0x6");
	glance_find(&result, events);
	f = &result.findings[0];
	char *text = printed(f, (struct glance_style){.columns = 100});
	ck_assert_ptr_nonnull(strstr(text, "decides   ITT is 0x6 where 0x5 is due\n"));
	ck_assert_ptr_nonnull(strstr(text, "messages  sent, event 1 "));
	ck_assert_ptr_nonnull(strstr(text, " | came, event 2\n"));
	ck_assert_ptr_nonnull(strstr(text, " | NOP-In >ITT=0x6< TTT="));
	ck_assert_ptr_nonnull(strstr(text, "NOP-Out ITT=0x5"));
	free(text);
	text = printed(f, (struct glance_style){.columns = 100, .color = true});
	ck_assert_ptr_nonnull(strstr(text, "NOP-In \033[1;31mITT=0x6\033[0m TTT="));
	free(text);
	text = printed(f, (struct glance_style){.columns = 100, .brief = true});
	ck_assert_ptr_null(strstr(text, "messages"));
	ck_assert_ptr_nonnull(strstr(text, "decides"));
	free(text);
}
END_TEST

/* Of memory that holds the wrong byte no message is to blame, and "nothing came" would be untrue.
 */
START_TEST(printed_without_a_message)
{
	message(LOG_POST, 1, "nop-out", 5);
	log_add(events,
		&(struct log_event){.kind = LOG_CHECK, .conn = 1, .line = 3, .name = "fail"});
	result_add(&result, VERDICT_FAIL, 3, "I7143-11.19-1", "why", NULL, 0);
	glance_find(&result, events);
	struct finding *f = &result.findings[0];
	char *text = printed(f, (struct glance_style){.columns = 100});
	ck_assert_ptr_nonnull(strstr(text, " | nothing came\n"));
	free(text);
	f->glance.field = strdup("byte 7 of answer");
	f->glance.due = strdup("0xa5");
	f->glance.had = strdup("0x00");
	text = printed(f, (struct glance_style){.columns = 100});
	ck_assert_ptr_nonnull(strstr(text, "byte 7 of answer is 0x00 where 0xa5 is due\n"));
	ck_assert_ptr_nonnull(strstr(text, " | no one message decides\n"));
	free(text);
}
END_TEST

START_TEST(alike_but_for_values)
{
	struct finding a = {.line = 3, .verdict = VERDICT_FAIL, .rules = (char[]){"R"}}, b = a;
	a.reason = (char[]){"LEN=1 is short"};
	b.reason = (char[]){"LEN=3 is short"};
	ck_assert(!glance_alike(&a, &b));
	a.glance.expected = b.glance.expected = (char[]){"data"};
	a.glance.came = (char[]){"one"};
	b.glance.came = (char[]){"three"};
	ck_assert(glance_alike(&a, &b));
	b.line = 4;
	ck_assert(!glance_alike(&a, &b));
}
END_TEST

Suite *glance_suite(void)
{
	Suite *s = suite_create("glance");
	TCase *t = tcase_create("glance");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, the_one_with_its_tag);
	tcase_add_test(t, else_the_last_one_of_the_connection);
	tcase_add_test(t, where_nothing_came);
	tcase_add_test(t, no_pass_and_nothing_that_is_not_there);
	tcase_add_test(t, the_response_is_what_came);
	tcase_add_test(t, what_the_judge_has_told_stays);
	tcase_add_test(t, the_request_that_the_judge_has_named);
	tcase_add_test(t, a_monitor_names_the_field);
	tcase_add_test(t, who_ended_it);
	tcase_add_test(t, printed_side_by_side);
	tcase_add_test(t, printed_without_a_message);
	tcase_add_test(t, alike_but_for_values);
	suite_add_tcase(s, t);
	return s;
}

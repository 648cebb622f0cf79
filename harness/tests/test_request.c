/* SPDX-License-Identifier: BSD-2-Clause */
/* Which message of ours a finding names as the request. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../report/request.h"
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
	result_name_requests(&result, events);
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

Suite *request_suite(void)
{
	Suite *s = suite_create("request");
	TCase *t = tcase_create("request");
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, the_one_with_its_tag);
	tcase_add_test(t, else_the_last_one_of_the_connection);
	tcase_add_test(t, where_nothing_came);
	tcase_add_test(t, no_pass_and_nothing_that_is_not_there);
	suite_add_tcase(s, t);
	return s;
}

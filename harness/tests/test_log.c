/* SPDX-License-Identifier: BSD-2-Clause */
/* The event log: what is added stays as it was, where it was. */
#include <stdlib.h>
#include <string.h>

#include "../fabric/fabric.h"
#include "../fabric/log.h"
#include "suites.h"

START_TEST(copies_and_numbers)
{
	struct log *l = log_new(NULL, NULL);
	char name[] = "send", status[] = "ok", text[] = "success", rules[] = "R-1 R-2";
	uint8_t data[] = {1, 2, 3};
	struct log_event ev = {
		.seq = 77,
		.time = 5,
		.kind = LOG_DONE,
		.conn = 2,
		.name = name,
		.status = status,
		.text = text,
		.rules = rules,
		.id = 9,
		.bytes = {data, sizeof(data)},
	};
	const struct log_event *one = log_add(l, &ev), *two = log_add(l, &ev);

	/* The caller's own strings and bytes may change at once. */
	memset(name, 'x', sizeof(name) - 1);
	memset(status, 'x', sizeof(status) - 1);
	memset(text, 'x', sizeof(text) - 1);
	memset(rules, 'x', sizeof(rules) - 1);
	memset(data, 0xff, sizeof(data));
	ck_assert_uint_eq(one->seq, 1);
	ck_assert_uint_eq(two->seq, 2);
	ck_assert_uint_eq(log_count(l), 2);
	ck_assert_ptr_eq(log_at(l, 0), one);
	ck_assert_ptr_eq(log_at(l, 1), two);
	ck_assert_ptr_null(log_at(l, 2));
	ck_assert_uint_eq(one->time, 5);
	ck_assert_uint_eq(one->id, 9);
	ck_assert_uint_eq(one->conn, 2);
	ck_assert_str_eq(one->name, "send");
	ck_assert_str_eq(one->status, "ok");
	ck_assert_str_eq(one->text, "success");
	ck_assert_str_eq(one->rules, "R-1 R-2");
	ck_assert_uint_eq(one->bytes.len, 3);
	ck_assert_int_eq(memcmp(one->bytes.at, "\1\2\3", 3), 0);
	log_free(l);
}
END_TEST

/* One copy may stand for many events; not for what is another text by now. */
START_TEST(a_text_that_changes_in_its_place)
{
	struct log *l = log_new(NULL, NULL);
	char name[] = "one";
	const struct log_event ev = {.kind = LOG_NOTE, .name = name};

	const struct log_event *one = log_add(l, &ev);
	memcpy(name, "two", 3);
	const struct log_event *two = log_add(l, &ev), *again = log_add(l, &ev);
	ck_assert_str_eq(one->name, "one");
	ck_assert_str_eq(two->name, "two");
	ck_assert_str_eq(again->name, "two");
	log_clear(l);
	ck_assert_str_eq(log_add(l, &ev)->name, "two");
	log_free(l);
}
END_TEST

START_TEST(nothing_moves_while_it_grows)
{
	enum { EVENTS = 5000 };
	struct log *l = log_new(NULL, NULL);
	const struct log_event **kept = calloc(EVENTS, sizeof(struct log_event *));
	uint8_t *big = malloc(200000);

	ck_assert_ptr_nonnull(kept);
	ck_assert_ptr_nonnull(big);
	for (size_t i = 0; i < EVENTS; i++) {
		/* Now and then more than any chunk of the arena holds. */
		size_t len = i % 1000 == 999 ? 200000 : i % 97;
		struct log_event ev = {.kind = LOG_RECV, .id = i, .bytes = {big, len}};

		memset(big, (int)(i & 0xff), len);
		kept[i] = log_add(l, &ev);
	}
	for (size_t i = 0; i < EVENTS; i++) {
		const struct log_event *ev = log_at(l, i);

		ck_assert_ptr_eq(ev, kept[i]);
		ck_assert_uint_eq(ev->seq, i + 1);
		ck_assert_uint_eq(ev->id, i);
		ck_assert_uint_eq(ev->bytes.len, i % 1000 == 999 ? 200000 : i % 97);
		if (ev->bytes.len) {
			memset(big, (int)(i & 0xff), ev->bytes.len);
			ck_assert_int_eq(memcmp(ev->bytes.at, big, ev->bytes.len), 0);
		}
	}
	free(big);
	free(kept);
	log_free(l);
}
END_TEST

struct sunk {
	size_t count;
	uint64_t last_seq;
	const struct log_event *last;
};

static void sink(void *ctx, const struct log_event *ev)
{
	struct sunk *s = ctx;

	s->count++;
	ck_assert_uint_eq(ev->seq, s->last_seq + 1);
	s->last_seq = ev->seq;
	s->last = ev;
}

START_TEST(sink_sees_each_event_once)
{
	struct sunk s = {0};
	struct log *l = log_new(sink, &s);
	const struct log_event *ev;

	for (int i = 0; i < 300; i++) {
		ev = log_text(l, LOG_NOTE, (uint64_t)i, "n", "%d of %s", i, "many");
		ck_assert_ptr_eq(ev, s.last);
	}
	ck_assert_uint_eq(s.count, 300);
	ck_assert_str_eq(log_at(l, 299)->text, "299 of many");
	ck_assert_str_eq(log_at(l, 299)->name, "n");
	ck_assert_int_eq(log_at(l, 299)->kind, LOG_NOTE);
	ck_assert_uint_eq(log_at(l, 299)->time, 299);
	log_free(l);
}
END_TEST

START_TEST(absent_parts_stay_absent)
{
	struct log *l = log_new(NULL, NULL);
	const struct log_event *ev = log_add(l, &(struct log_event){.kind = LOG_TIMER});

	ck_assert_ptr_null(ev->name);
	ck_assert_ptr_null(ev->status);
	ck_assert_ptr_null(ev->text);
	ck_assert_ptr_null(ev->rules);
	ck_assert_ptr_null(ev->bytes.at);
	ck_assert_uint_eq(ev->bytes.len, 0);
	log_free(l);
	log_free(NULL);
}
END_TEST

START_TEST(kinds_have_names_both_ways)
{
	for (int k = LOG_CM; k <= LOG_NOTE; k++) {
		const char *name = log_kind_name((enum log_kind)k);

		ck_assert_str_ne(name, "unknown");
		ck_assert_int_eq(log_kind_by_name(name), k);
	}
	ck_assert_int_eq(log_kind_by_name("no such kind"), -1);
	ck_assert_str_eq(log_kind_name((enum log_kind)999), "unknown");
}
END_TEST

/* Reports and scripts spell these: two that are alike could not be told apart. */
START_TEST(fabric_names_are_distinct)
{
	for (int i = FAB_TIMEOUT; i <= FAB_DEVICE_GONE; i++)
		for (int j = FAB_TIMEOUT; j < i; j++)
			ck_assert_str_ne(fab_event_name((enum fab_event_kind)i),
					 fab_event_name((enum fab_event_kind)j));
	for (int i = FAB_OK; i <= FAB_OTHER; i++)
		for (int j = FAB_OK; j < i; j++)
			ck_assert_str_ne(fab_status_name((enum fab_status)i),
					 fab_status_name((enum fab_status)j));
	for (int i = FAB_SEND; i <= FAB_INVALIDATE; i++)
		for (int j = FAB_SEND; j < i; j++)
			ck_assert_str_ne(fab_op_name((enum fab_op)i), fab_op_name((enum fab_op)j));
	ck_assert_str_eq(fab_status_name(FAB_RNR_EXCEEDED), "rnr-retry-exceeded");
	ck_assert_str_eq(fab_event_name(FAB_CONNECT_REQUEST), "connect-request");
	ck_assert_str_eq(fab_op_name(FAB_SEND_INV), "send-inv");
}
END_TEST

Suite *log_suite(void)
{
	Suite *s = suite_create("log");
	TCase *t = tcase_create("log");

	tcase_set_timeout(t, 60);
	tcase_add_test(t, copies_and_numbers);
	tcase_add_test(t, a_text_that_changes_in_its_place);
	tcase_add_test(t, nothing_moves_while_it_grows);
	tcase_add_test(t, sink_sees_each_event_once);
	tcase_add_test(t, absent_parts_stay_absent);
	tcase_add_test(t, kinds_have_names_both_ways);
	tcase_add_test(t, fabric_names_are_distinct);
	suite_add_tcase(s, t);
	return s;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports judged again: true ones, and forged ones. */
#include <string.h>
#include <unistd.h>

#include "judge_folder.h"
#include "slow.h"
#include "suites.h"

START_TEST(what_is_true_stays_so)
{
	char liar[] = "nop-echo-truncated";
	report(NULL, NULL);
	is_true();
	report(liar, NULL);
	is_true();
}
END_TEST

static void flip_case(struct report *r)
{
	struct case_result *c = &r->cases[0].result;
	ck_assert_int_eq(c->verdict, VERDICT_PASS);
	c->verdict = VERDICT_FAIL;
}

static void flip_rule(struct report *r)
{
	r->rules[0].verdict = VERDICT_FAIL;
}

static void flip_monitor(struct report *r)
{
	for (size_t i = 0; i < r->monitor_count; i++)
		if (r->monitors[i].result.verdict == VERDICT_PASS) {
			r->monitors[i].result.verdict = VERDICT_WARN;
			return;
		}
	ck_abort_msg("no monitor passed");
}

static void other_reason(struct report *r)
{
	free(r->cases[0].result.reason);
	r->cases[0].result.reason = strdup("all is well");
}

static void drop_rule(struct report *r)
{
	r->rule_count--;
	free(r->rules[r->rule_count].id);
	free(r->rules[r->rule_count].level);
	free(r->rules[r->rule_count].section);
	free(r->rules[r->rule_count].summary);
	free(r->rules[r->rule_count].cases);
	free(r->rules[r->rule_count].monitors);
}

static void drop_case(struct report *r)
{
	report_case_free(&r->cases[--r->count]);
	report_join(r, cat.ledger);
	report_explain(r, cat.ledger);
}

static void other_title(struct report *r)
{
	*r->cases[0].title = '?';
}

START_TEST(a_changed_report)
{
	static const struct {
		void (*change)(struct report *r);
		const char *how;
	} rows[] = {
		{flip_case, "fail, judged again pass"},
		{flip_rule, "rule "},
		{flip_monitor, "warn, judged again pass"},
		{other_reason, "all is well"},
		{drop_rule, "nothing, judged again"},
		{drop_case, "its case is not in the report"},
		{other_title, "?"},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		report(NULL, rows[i].change);
		is_forged(rows[i].how);
	}
}
END_TEST

/* ---- changed logs ---- */

/* `text` without its line that begins at `at`. */
static char *without(const char *text, const char *at)
{
	const char *next = strchr(at, '\n') + 1;
	return text_format("%.*s%s", (int)(at - text), text, next);
}

static void replace(char *text, const char *from, const char *to)
{
	char *at = strstr(text, from);
	ck_assert_msg(at && strlen(from) == strlen(to), "no %s", from);
	memcpy(at, to, strlen(to));
}

START_TEST(a_dropped_event)
{
	static const char *const kinds[] = {"\"kind\":\"recv\"",  "\"kind\":\"post\"",
					    "\"kind\":\"cm\"",	  "\"kind\":\"step\"",
					    "\"kind\":\"check\"", "\"kind\":\"memory\""};
	report(NULL, NULL);
	const size_t step = RUNNING_ON_VALGRIND ? 8 : 1;
	size_t len, met = 0, dropped = 0;
	char *text = read_log(session, &len);
	for (char *at = text, *next; *at; at = next) {
		bool wanted = false;
		next = strchr(at, '\n') + 1;
		char *line = strndup(at, (size_t)(next - at));
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
			wanted |= strstr(line, kinds[k]) != NULL;
		free(line);
		if (!wanted || met++ % step)
			continue;
		char *less = without(text, at);
		write_log(session, less, true);
		/* It does not fit, or what is cited as proof stands elsewhere. */
		is_forged(session);
		free(less);
		dropped++;
	}
	ck_assert_uint_gt(dropped, 30 / step);
	free(text);
}
END_TEST

/* Where nothing hangs on an event, the log's own digest tells. */
START_TEST(a_log_that_was_opened)
{
	report(NULL, NULL);
	size_t len;
	char *text = read_log(burst, &len), *at = strstr(text, "\"kind\":\"done\"");
	while (at > text && at[-1] != '\n')
		at--;
	char *less = without(text, at);
	write_log(burst, less, false);
	is_forged("");
	free(less);
	/* Its end is missing. */
	at = strstr(text, "\"name\":\"closed\"");
	while (at[-1] != '\n')
		at--;
	*at = '\0';
	write_log(burst, text, false);
	is_forged("its last event is missing");
	free(text);
}
END_TEST

START_TEST(a_changed_message)
{
	report(NULL, NULL);
	size_t len;
	char *text = read_log(echo, &len);
	/* The ping's data, in the answer alone. */
	char *answer = strstr(text, "\"message\":\"NOP-In");
	ck_assert_ptr_nonnull(answer);
	char *bytes = strstr(answer, "\"bytes\":\"") + 9, *last = strchr(bytes, '"') - 1;
	*last = *last == '0' ? '1' : '0';
	write_log(echo, text, true);
	is_forged("cannot be");
	free(text);
}
END_TEST

START_TEST(swapped_events)
{
	report(NULL, NULL);
	size_t len;
	char *text = read_log(session, &len), *a = strstr(text, "\"kind\":\"recv\"");
	while (a[-1] != '\n')
		a--;
	char *b = strchr(a, '\n') + 1, *c = strchr(b, '\n') + 1;
	char *swapped = text_format("%.*s%.*s%.*s%s", (int)(a - text), text, (int)(c - b), b,
				    (int)(b - a), a, c);
	write_log(session, swapped, true);
	is_forged("does not fit");
	free(swapped);
	free(text);
}
END_TEST

/* The case's text of now is another one than was run: `from` becomes `to`, both as long. */
static void swap_text(const char *id, const char *from, const char *to)
{
	struct script_errors se;
	for (size_t i = 0; i < cat.count; i++) {
		if (strcmp(cat.cases[i]->id, id) != 0)
			continue;
		char *text = strdup(cat.cases[i]->text);
		replace(text, from, to);
		script_free(cat.cases[i]);
		cat.cases[i] = script_parse(id, text, strlen(text), cat.ledger, &se);
		ck_assert_msg(cat.cases[i], "%s", se.at[0].what);
		free(text);
	}
}

START_TEST(a_swapped_case)
{
	report(NULL, NULL);
	char was[DIGEST_TEXT], is[DIGEST_TEXT];
	const char *old = cat.cases[0]->text;
	ck_assert_str_eq(cat.cases[0]->id, burst);
	digest_bytes(old, strlen(old), was);
	swap_text(burst, "grade    MUST", "grade    INFO");
	is_forged("another one than was run");
	/* And then the log says that it was this one that ran. */
	swap_text(burst, "delivered all within 5s", "delivered all within 6s");
	digest_bytes(cat.cases[0]->text, strlen(cat.cases[0]->text), is);
	size_t len;
	char *text = read_log(burst, &len);
	replace(text, was, is);
	write_log(burst, text, true);
	is_forged("does not fit");
	free(text);
}
END_TEST

START_TEST(a_log_of_before)
{
	report(NULL, NULL);
	size_t len;
	char *text = read_log(session, &len), *at = text;
	while (strstr(at, "\"status\":\"run\"") && strncmp(at, "{\"seq\"", 6) == 0 &&
	       strstr(at, "\"status\":\"run\"") < strchr(at, '\n'))
		at = strchr(at, '\n') + 1;
	write_log(session, at, true);
	is_forged("from before logs could be judged again");
	free(text);
}
END_TEST

Suite *judge_suite(void)
{
	Suite *suite = suite_create("judge");
	TCase *t = tcase_create("judge");

	tcase_set_timeout(t, 120);
	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, what_is_true_stays_so);
	tcase_add_test(t, a_changed_report);
	tcase_add_test(t, a_dropped_event);
	tcase_add_test(t, a_log_that_was_opened);
	tcase_add_test(t, a_changed_message);
	tcase_add_test(t, swapped_events);
	tcase_add_test(t, a_swapped_case);
	tcase_add_test(t, a_log_of_before);
	suite_add_tcase(suite, t);
	return suite;
}

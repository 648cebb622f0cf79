/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as an event log that the monitors look at, as `iserspec audit` has them do: each
 * finding cites rules that there are and events that the log has, and looking twice finds the same.
 */
#include "../harness/oracle/watch.h"
#include "../harness/report/events.h"
#include "place.h"

static void check_finding(const struct finding *f, const struct log *l)
{
	REQUIRE(f->monitor && monitor_by_name(f->monitor));
	REQUIRE(f->rules[0]);
	REQUIRE(f->verdict <= VERDICT_FAIL);
	for (size_t i = 0; i < f->event_count; i++)
		REQUIRE(f->events[i] >= 1 && f->events[i] <= log_count(l));
	const char *at = f->rules;
	char id[RULE_ID_SIZE];

	while (rules_next(&at, id))
		REQUIRE(rules_cite(monitor_by_name(f->monitor)->rules, id));
}

static void check_watch(const struct log *l, bool sut_is_target)
{
	struct case_result r, again;
	result_init(&r, "audit");
	result_init(&again, "audit");
	watch_log(l, sut_is_target, NULL, NULL, &r);
	watch_log(l, sut_is_target, NULL, NULL, &again);
	REQUIRE(r.finding_count == again.finding_count);
	for (size_t i = 0; i < r.finding_count; i++) {
		check_finding(&r.findings[i], l);
		REQUIRE(!strcmp(r.findings[i].reason, again.findings[i].reason));
		REQUIRE(!strcmp(r.findings[i].rules, again.findings[i].rules));
	}
	result_free(&again);
	result_free(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = input_of(data, size);
	struct err e;
	struct log *l = events_parse("log", (const char *)text, size, &e);
	if (l) {
		check_watch(l, true);
		check_watch(l, false);
	}
	log_free(l);
	input_done(text);
	return 0;
}

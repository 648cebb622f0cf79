/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the journal of a run that was cut off: each case is there once and comes back from
 * its own JSON, and a journal that is cut anywhere is one as well. */
#include "../harness/cli/journal.h"
#include "../harness/report/json.h"
#include "place.h"

static const char name[] = "journal", boot[] = "boot-1";

static char *case_text(const struct report_case *c)
{
	json_t *o = report_case_to_json(c);
	char *text = json_dumps(o, JSON_LAYOUT);
	REQUIRE(text);
	json_decref(o);
	return text;
}

static void check_case(const struct report_case *c)
{
	struct report_case back = {0};
	struct err e;
	char *text = case_text(c);
	json_t *o = json_loads(text, 0, NULL);
	REQUIRE(o);
	REQUIRE(!report_case_from_json(&back, o, &e));
	REQUIRE(back.result.verdict == c->result.verdict && back.result.close == c->result.close);
	REQUIRE(back.result.finding_count == c->result.finding_count);
	char *again = case_text(&back);
	REQUIRE(!strcmp(text, again));
	free(again);
	report_case_free(&back);
	json_decref(o);
	free(text);
}

static void check_past(const struct journal_past *p)
{
	REQUIRE(!p->other_boot || p->running);
	for (size_t i = 0; i < p->ended_count; i++) {
		const char *id = p->ended[i].result.id;
		REQUIRE(journal_past_find(p, id) == &p->ended[i]);
		check_case(&p->ended[i]);
	}
}

/* The machine died here. */
static void check_cut(const uint8_t *text, size_t size)
{
	const size_t cut = size / 2;
	const uint8_t *newline = memrchr(text, '\n', cut);
	struct journal_past p = {0};
	const ssize_t whole = journal_parse(&p, name, (const char *)text, cut, boot, NULL);
	REQUIRE(whole == (newline ? newline - text + 1 : 0));
	journal_past_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = input_of(data, size);
	struct journal_past p = {0};
	struct err e;
	const ssize_t whole = journal_parse(&p, name, (const char *)text, size, boot, &e);

	if (whole < 0) {
		check_place(&e, name, false, text, size);
	} else {
		REQUIRE((size_t)whole <= size && (!whole || text[whole - 1] == '\n'));
		REQUIRE(!memchr(text + whole, '\n', size - (size_t)whole));
		check_past(&p);
		check_cut(text, size);
	}
	journal_past_free(&p);
	input_done(text);
	return 0;
}

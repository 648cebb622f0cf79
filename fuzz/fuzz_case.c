/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any text as a case that is run on the model: honest, in a legal variation and in another order of
 * independent steps, and with each lie that it names, as `iserspec mutants` does. What is found
 * cites rules that there are and events of the log, and the same case gives the same log again.
 * What the model did is no property: a case may ask anything.
 */
#include <ctype.h>

#include "../harness/cli/run_case.h"
#include "../harness/cli/trial.h"
#include "../harness/report/memory.h"
#include "../harness/script/variation.h"
#include "cases.h"
#include "fuzz.h"

enum { LOOPS = 3, AGAIN_ONE_IN = 8 };

/* One run, and what is to be the same in the next. */
struct seen {
	size_t events;
	uint64_t last;
	enum verdict verdict;
};

static const struct ledger *rules(void)
{
	static struct ledger *ledger;
	char path[4200];

	if (!ledger) {
		keep_memory();
		snprintf(path, sizeof(path), "%s/rules", cases_folder());
		ledger = ledger_load(path, NULL);
		REQUIRE(ledger);
	}
	return ledger;
}

static void check_rules(const struct finding *f)
{
	const char *at = f->rules;
	char id[RULE_ID_SIZE];

	while (rules_next(&at, id))
		REQUIRE(ledger_find(rules(), id));
}

static void look(void *ctx, const struct log *log, const struct case_result *r)
{
	struct seen *seen = ctx;

	for (size_t i = 0; i < r->finding_count; i++) {
		const struct finding *f = &r->findings[i];
		check_rules(f);
		for (size_t k = 0; k < f->event_count; k++)
			REQUIRE(f->events[k] >= 1 && f->events[k] <= log_count(log));
	}
	REQUIRE(r->verdict < VERDICT_COUNT && r->close < CLOSE_COUNT);
	seen->verdict = r->verdict;
	seen->events = log_count(log);
	seen->last = log_count(log) ? log_at(log, log_count(log) - 1)->time : 0;
}

static struct seen run(const struct script *s, struct text_list model, char *knob,
		       struct order_follower *follow)
{
	struct seen seen = {0};
	struct run_options options = {.access = ACCESS_MODEL, .role = s->sut};
	struct case_setup setup = {
		.options = &options,
		.script = s,
		.ledger = rules(),
		.seed = 1,
		.timeout_scale = 1,
		.model = model,
		.follow = follow,
		.knobs = {&knob, knob ? 1 : 0},
		.seen = look,
		.seen_ctx = &seen,
	};
	struct case_result r;
	struct err e;

	result_init(&r, s->id);
	run_case(&setup, NULL, &r, &e);
	result_free(&r);
	return seen;
}

/* Of the honest model, drawn by a number that the case gives. */
static void vary(const struct script *s, uint64_t draw)
{
	struct word_list drawn = variation_draw(s, 0, 1 + draw % 64);
	struct order_follower follow = {.window = draw % ORDER_WINDOWS};

	run(s, (struct text_list){drawn.at, drawn.count}, NULL, NULL);
	variation_free(&drawn);
	follow.run.order.departures[0] = (struct departure){(unsigned short)(draw % 7), 1};
	follow.run.order.count = 1;
	run(s, trial_model(s, 0), NULL, &follow);
}

/* "on P*200": that many connections. */
static bool has_crowd(const uint8_t *text, size_t size)
{
	for (size_t i = 1; i + 4 < size; i++)
		if (text[i] == '*' && isalnum(text[i - 1]) && isdigit(text[i + 1]) &&
		    isdigit(text[i + 2]) && isdigit(text[i + 3]))
			return true;
	return false;
}

/* How long a case runs is its own affair: loops in loops, and crowds, are left to who writes them.
 */
static bool is_short(const uint8_t *text, size_t size)
{
	static const char *const loops[] = {"repeat", "sweep", "points"};
	size_t count = 0;

	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		const uint8_t *at = text;
		while ((at = memmem(at, size - (size_t)(at - text), loops[i], strlen(loops[i])))) {
			at++;
			count++;
		}
	}
	return count <= LOOPS && !has_crowd(text, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct script_errors e = {0};
	if (!is_short(data, size))
		return -1;
	struct script *s = script_parse(case_id(data, size), (const char *)data, size, rules(), &e);
	if (!s)
		return -1;
	const struct text_list honest = trial_model(s, 0);
	const struct seen first = run(s, honest, NULL, NULL);
	if (first.events % AGAIN_ONE_IN == 0) {
		const struct seen again = run(s, honest, NULL, NULL);
		REQUIRE(first.events == again.events && first.last == again.last &&
			first.verdict == again.verdict);
	}
	for (size_t i = 0; i < s->mutants.count; i++)
		run(s, honest, s->mutants.at[i], NULL);
	vary(s, first.events);
	script_free(s);
	return 0;
}

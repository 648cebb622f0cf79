/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a case file: the parser and checker point at a place that exists, give one line, and
 * free all; what is right by the ledger of rules is right without it. */
#include "../harness/script/script.h"
#include "cases.h"
#include "fuzz.h"

static unsigned count_lines(const uint8_t *text, size_t size)
{
	unsigned lines = 1;
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

static void check_error(const struct script_error *e, const uint8_t *text, size_t size)
{
	REQUIRE(e->line >= 1 && e->line <= count_lines(text, size));
	REQUIRE(e->column >= 1 && e->column <= size + 1);
	REQUIRE(memchr(e->what, 0, sizeof(e->what)));
	REQUIRE(e->what[0] && !strchr(e->what, '\n'));
}

static void check_errors(const struct script_errors *all, const uint8_t *text, size_t size)
{
	REQUIRE(all->count >= 1 && all->count <= SCRIPT_ERRORS_MAX);
	for (size_t i = 0; i < all->count; i++)
		check_error(&all->at[i], text, size);
	for (size_t i = 1; i < all->count; i++)
		REQUIRE(all->at[i - 1].line <= all->at[i].line);
}

static void check_script(const struct script *s, const char *id)
{
	REQUIRE(!strcmp(s->id, id));
	REQUIRE(s->title && s->title[0]);
	for (size_t i = 0; i < s->rules.count; i++)
		REQUIRE(s->rules.at[i] && s->rules.at[i][0]);
}

/* NULL: there are none. */
static const struct ledger *rules(void)
{
	static struct ledger *ledger;
	static bool looked;
	char path[4200];

	if (!looked) {
		snprintf(path, sizeof(path), "%s/rules", cases_folder());
		ledger = ledger_load(path, NULL);
	}
	looked = true;
	return ledger;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = input_of(data, size);
	const char *id = case_id(data, size);
	struct script_errors first = {0}, second = {0}, by_rules = {0};

	struct script *s = script_parse(id, (const char *)text, size, NULL, &first);
	if (s)
		check_script(s, id);
	else
		check_errors(&first, text, size);

	struct script *strict = script_parse(id, (const char *)text, size, rules(), &by_rules);
	if (strict)
		check_script(strict, id);
	else
		check_errors(&by_rules, text, size);
	REQUIRE(s || !strict);
	script_free(strict);

	/* Nothing of the first time is left over to change the second. */
	struct script *again = script_parse(id, (const char *)text, size, NULL, &second);
	REQUIRE(!s == !again);
	if (!s)
		REQUIRE(first.count == second.count && first.at[0].line == second.at[0].line &&
			first.at[0].column == second.at[0].column &&
			!strcmp(first.at[0].what, second.at[0].what));
	script_free(again);
	script_free(s);
	input_done(text);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Names in a case against the tables they come from: settings, knobs, rules. */
#include "parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COMPARED = 48 };

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;
	return m < c ? m : c;
}

/* Edit distance of two short names, as far as it is no more than `most`; long ones are not near
 * anything. */
static size_t distance(const char *a, size_t n, const char *b, size_t m, size_t most)
{
	size_t row[NAME_COMPARED + 1];
	if (n > NAME_COMPARED || m > NAME_COMPARED)
		return SIZE_MAX;
	for (size_t j = 0; j <= m; j++)
		row[j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t diagonal = row[0], least = row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t above = row[j];
			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			least = least < row[j] ? least : row[j];
			diagonal = above;
		}
		/* What follows makes it no less. */
		if (least > most)
			return SIZE_MAX;
	}
	return row[m];
}

void nearest_offer(struct nearest *n, const char *candidate)
{
	/* At most every third letter wrong: else it is another word. */
	const size_t len = strlen(n->name), other = strlen(candidate), most = 1 + len / 3;
	if (len > other + most || other > len + most)
		return;
	const size_t d = distance(n->name, len, candidate, other, most);
	if (d <= most && (!n->best || d < n->distance)) {
		n->best = candidate;
		n->distance = d;
	}
}

const char *nearest_text(const struct nearest *n, char *buf, size_t size)
{
	buf[0] = '\0';
	if (n->best)
		snprintf(buf, size, "; did you mean %s?", n->best);
	return buf;
}

static int unknown_setting(struct parser *p, const struct setting *s)
{
	struct nearest n = {.name = s->name};
	size_t count;
	const struct peer_option_info *options = peer_options(&count);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&n, options[i].name);
	const struct text_key *keys = text_keys(&count);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&n, keys[i].name);
	char hint[64];
	return parse_fail(p, s->column, "unknown setting %.60s%s", s->name,
			  nearest_text(&n, hint, sizeof(hint)));
}

static bool is_option(const char *name)
{
	size_t count;
	const struct peer_option_info *options = peer_options(&count);
	for (size_t i = 0; i < count; i++)
		if (word_is(options[i].name, name))
			return true;
	return false;
}

/* "KEY" and "KEY@2" name a text key; raw: and omit= take any. */
static bool is_key(const char *name)
{
	size_t len = strcspn(name, "@");
	return text_key_by_name(name, len) || !strncmp(name, "X-", 2) || !strncmp(name, "X#", 2);
}

int check_setting(struct parser *p, enum peer_role role, const struct setting *s, const char *whole)
{
	if (!is_option(s->name) && strcmp(s->name, "omit") != 0 &&
	    strncmp(s->name, "raw:", 4) != 0 && strncmp(s->name, "security:", 9) != 0 &&
	    !is_key(s->name))
		return unknown_setting(p, s);
	for (size_t i = 0; i < s->value.count; i++)
		if (s->value.parts[i].value.count)
			return 0; /* known only when the case runs */
	struct peer_config *scratch = malloc(sizeof(*scratch));
	if (!scratch)
		return parse_fail(p, s->column, "out of memory");
	peer_config_default(scratch, role);
	struct err e;
	int rc = peer_config_set(scratch, whole, &e);
	free(scratch);
	return rc ? parse_fail(p, s->column, "%s", e.what) : 0;
}

int check_knob(struct parser *p, const struct word *w)
{
	const struct knob_info *infos = knob_infos();
	int i = knob_by_name(w->text);
	if (i >= 0 && infos[i].role == p->script->sut)
		return 0;
	if (i >= 0)
		return parse_fail(p, w->column, "knob %s is not one of a%s", w->text,
				  p->script->sut == PEER_TARGET ? " target" : "n initiator");
	struct nearest n = {.name = w->text};
	for (int k = 0; k < KNOB_COUNT; k++)
		nearest_offer(&n, infos[k].name);
	char hint[64];
	return parse_fail(p, w->column, "unknown knob %.60s%s", w->text,
			  nearest_text(&n, hint, sizeof(hint)));
}

int check_rule(struct parser *p, const struct word *w)
{
	if (strncmp(w->text, "I7", 2) != 0 || strlen(w->text) != w->len || strchr(w->text, '"'))
		return parse_fail(p, w->column, "%.60s is no rule id; they look like I7145-5.1.1-1",
				  w->text);
	if (!p->ledger || ledger_find(p->ledger, w->text))
		return 0;
	struct nearest n = {.name = w->text};
	for (size_t i = 0; i < ledger_count(p->ledger); i++)
		nearest_offer(&n, ledger_at(p->ledger, i)->id);
	char hint[64];
	return parse_fail(p, w->column, "unknown rule %.60s%s", w->text,
			  nearest_text(&n, hint, sizeof(hint)));
}

static bool must_among(const struct ledger *l, const char *rules)
{
	char id[RULE_ID_SIZE];

	while (rules_next(&rules, id)) {
		const struct rule *r = ledger_find(l, id);
		if (r && rule_grade(r) == GRADE_MUST)
			return true;
	}
	return false;
}

int check_grade(struct parser *p, unsigned column, enum grade g, const char *rules)
{
	if (g != GRADE_MUST || !p->ledger)
		return 0;
	bool found = rules && must_among(p->ledger, rules);
	for (size_t i = 0; !rules && !found && i < p->script->rules.count; i++)
		found = must_among(p->ledger, p->script->rules.at[i]);
	if (found)
		return 0;
	return parse_fail(p, column, "a fail needs an upper-case MUST among the rules cited");
}

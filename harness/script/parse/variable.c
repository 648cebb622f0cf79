/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements that give something a name: measure, keep, sweep. */
#include "parse.h"

#include <string.h>

/* NAME = VALUE; *name is the word of the name, for messages about it. */
static int parse_assignment(struct parser *p, struct statement *s, const struct word **name)
{
	const struct word *w = *name = parse_take(p, "name");
	if (!w)
		return -1;
	if (!parse_is_name(w->text))
		return parse_fail(p, w->column, "a name is a letter, then letters, digits and _");
	s->name = w->text;
	if (!parse_accept(p, "="))
		return parse_fail_here(p, "= expected");
	return parse_word_expr(p, "value", &s->number);
}

int parse_measure(struct parser *p, struct statement *s)
{
	const struct word *w;
	s->verb = VERB_MEASURE;
	if (parse_assignment(p, s, &w))
		return -1;
	s->unit = "";
	if (parse_peek(p)) {
		w = parse_take(p, "unit");
		if (w->len >= sizeof(((struct measurement *)0)->unit))
			return parse_fail(p, w->column, "unit too long");
		s->unit = w->text;
	}
	return 0;
}

/* Its own place among the variables; a name kept before is kept anew. */
static int keep_index(struct parser *p, const struct word *w, uint64_t *index)
{
	for (size_t i = 0; i < p->var_count; i++) {
		if (strcmp(p->vars[i], w->text) != 0)
			continue;
		*index = i;
		return p->kept >> i & 1 ? 0 : parse_fail(p, w->column, "%s is a sweep's", w->text);
	}
	if (p->var_count == VARS_MAX)
		return parse_fail(p, w->column, "more than %d variables", VARS_MAX);
	*index = p->var_count;
	p->kept |= 1u << p->var_count;
	p->vars[p->var_count++] = w->text;
	return 0;
}

int parse_keep(struct parser *p, struct statement *s)
{
	const struct word *w;
	const size_t before = p->var_count;
	s->verb = VERB_KEEP;
	/* Its old value may be part of the new one, so the name comes second. */
	if (parse_assignment(p, s, &w) || parse_free_name(p, w) || keep_index(p, w, &s->index))
		return -1;
	/* Kept anew in a block that may be left out, it may be either. */
	const enum value_kind kind = parse_kind(p, &s->number);
	p->var_kinds[s->index] =
		p->var_count > before || p->var_kinds[s->index] == kind ? kind : VALUE_NONE;
	return 0;
}

/* A sweep is over numbers or over times, so that it is known what its variable is. */
static int sweep_kind(struct parser *p, const struct statement *s, size_t first)
{
	enum value_kind kind = parse_kind(p, &s->values[0]);
	for (size_t i = 1; i < s->value_count; i++) {
		const enum value_kind next = parse_kind(p, &s->values[i]);
		const bool mixed = (kind == VALUE_TIME && next == VALUE_NUMBER) ||
				   (kind == VALUE_NUMBER && next == VALUE_TIME);
		if (mixed)
			return parse_fail(
				p, p->line->words[first + i].column,
				"numbers and times in one sweep: us, ms or s at each or at none");
		kind = kind == next ? kind : VALUE_NONE;
	}
	p->var_kinds[p->var_count] = kind;
	return 0;
}

static int sweep_values(struct parser *p, struct statement *s)
{
	const struct word *w = parse_peek(p);
	const size_t first = p->word;
	for (; w && (w->quoted || strcmp(w->text, "until") != 0); w = parse_peek(p)) {
		s->values = arena_grow(p->arena, s->values, s->value_count, sizeof(*s->values));
		if (parse_word_expr(p, "value", &s->values[s->value_count]))
			return -1;
		s->value_count++;
	}
	if (!s->value_count)
		return parse_fail_here(p, "value is missing");
	if (sweep_kind(p, s, first))
		return -1;
	bool until = parse_accept(p, "until");
	s->until_holds = until && parse_accept(p, "holds");
	if (!s->until_holds && (!until || !parse_accept(p, "broken")))
		return parse_fail_here(p, "until broken or until holds expected");
	return parse_end(p);
}

int parse_sweep(struct parser *p, struct statement *s)
{
	s->verb = VERB_SWEEP;
	const struct word *w = parse_new_name(p, "variable");
	if (!w)
		return -1;
	if (p->var_count == VARS_MAX)
		return parse_fail(p, w->column, "more than %d variables", VARS_MAX);
	if (p->sweeps)
		return parse_fail(p, s->column, "a sweep within a sweep");
	s->name = w->text;
	if (!parse_accept(p, "in"))
		return parse_fail_here(p, "in expected");
	if (sweep_values(p, s))
		return -1;
	s->index = p->var_count;
	p->vars[p->var_count++] = s->name;
	p->sweeps++;
	int rc = parse_block(p, p->line, &s->body);
	p->sweeps--;
	return rc;
}

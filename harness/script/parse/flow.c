/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements that decide which others are done, and how often: when with its else, repeat. */
#include "parse.h"

#include <string.h>

enum { ROUNDS_MAX = 100000 };

bool parse_else_follows(const struct parser *p, const struct line *head)
{
	if (p->next == p->lines->count)
		return false;
	const struct line *line = &p->lines->at[p->next];
	return line->indent == head->indent && line->count && !line->words[0].quoted &&
	       !strcmp(line->words[0].text, "else");
}

int parse_when(struct parser *p, struct statement *s)
{
	const struct line *head = p->line;
	s->verb = VERB_WHEN;
	if (parse_conditions(p, &s->conditions) || parse_end(p) || parse_block(p, head, &s->body))
		return -1;
	if (!parse_else_follows(p, head))
		return 0;
	p->line = &p->lines->at[p->next++];
	if (parse_skip_broken(p, p->line))
		return 0;
	p->word = 1;
	return parse_end(p) || parse_block(p, p->line, &s->otherwise) ? -1 : 0;
}

int parse_stray_else(struct parser *p, struct statement *s)
{
	return parse_fail(p, s->column, "else without a when above it, equally indented");
}

static int rounds(struct parser *p, struct expr *out)
{
	const struct word *w = parse_take(p, "how often");
	if (!w || parse_count(p, w->text, w->len, w->column, out))
		return -1;
	const struct operand *o = &out->operands[0];
	const bool fixed = out->count == 1 && o->kind == OPERAND_VALUE;
	if (fixed && (!o->value.number || o->value.number > ROUNDS_MAX))
		return parse_fail(p, w->column, "1 to %d rounds", ROUNDS_MAX);
	return 0;
}

int parse_repeat(struct parser *p, struct statement *s)
{
	s->verb = VERB_REPEAT;
	if (rounds(p, &s->number))
		return -1;
	if (parse_accept(p, "long")) {
		p->script->has_long = true;
		if (rounds(p, &s->long_number))
			return -1;
	}
	if (parse_end(p))
		return -1;
	p->repeats++;
	const int rc = parse_block(p, p->line, &s->body);
	p->repeats--;
	return rc;
}

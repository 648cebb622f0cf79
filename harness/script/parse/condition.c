/* SPDX-License-Identifier: BSD-2-Clause */
/* What a value is before the case runs, and conditions, which compare what is of one kind. */
#include "parse.h"

#include <string.h>

/* ---- kinds ---- */

bool parse_is_live(const struct expr *x)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->operands[i].kind == OPERAND_LIVE)
			return true;
	return false;
}

static bool is_number(enum live live)
{
	static const enum live numbers[] = {LIVE_SEQUENCE,
					    LIVE_WINDOW,
					    LIVE_CMD,
					    LIVE_DELIVERED,
					    LIVE_RNR,
					    LIVE_COUNT,
					    LIVE_STATUS_CLASS,
					    LIVE_STATUS_DETAIL,
					    LIVE_RNR_SENT,
					    LIVE_IWARP,
					    LIVE_SERVED,
					    LIVE_ROUND,
					    LIVE_COMMAND_STATUS,
					    LIVE_MEMORY_STAG,
					    LIVE_MEMORY_ADDR,
					    LIVE_MEMORY_CHANGED,
					    LIVE_MEMORY_FIRST,
					    LIVE_MEMORY_LAST,
					    LIVE_MEMORY_READS,
					    LIVE_MEMORY_WRITES,
					    LIVE_SUT_READS,
					    LIVE_KEY,
					    LIVE_SUT_KEY,
					    LIVE_RESOURCE,
					    LIVE_DID};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i] == live)
			return true;
	return false;
}

static enum value_kind operand_kind(const struct parser *p, const struct operand *o)
{
	if (o->kind == OPERAND_FRESH)
		return VALUE_NUMBER;
	if (o->kind == OPERAND_VALUE)
		return o->value.kind;
	if (o->live == LIVE_VAR || o->live == LIVE_VAR_GOOD || o->live == LIVE_VAR_BAD)
		return p->var_kinds[o->number];
	if (o->live == LIVE_ELAPSED || o->live == LIVE_GOT_TIME)
		return VALUE_TIME;
	if (o->live == LIVE_SENT || o->live == LIVE_GOT || o->live == LIVE_HELD)
		return strcmp(o->name, "data") ? VALUE_NUMBER : VALUE_TEXT;
	return is_number(o->live) ? VALUE_NUMBER : VALUE_NONE;
}

enum value_kind parse_kind(const struct parser *p, const struct expr *x)
{
	enum value_kind kind = x->count ? operand_kind(p, &x->operands[0]) : VALUE_NONE;
	for (size_t i = 1; i < x->count; i++) {
		const enum value_kind next = operand_kind(p, &x->operands[i]);
		if (kind == VALUE_TIME && next == VALUE_TIME && x->ops[i] == '/')
			kind = VALUE_NUMBER; /* how often it goes into the other */
		else if (kind == VALUE_TIME || next == VALUE_TIME)
			kind = VALUE_TIME;
		else if (kind != next)
			kind = VALUE_NONE;
	}
	return kind;
}

bool parse_has_size(const struct expr *x)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->operands[i].kind == OPERAND_VALUE && x->operands[i].value.size)
			return true;
	return false;
}

/* ---- conditions ---- */

static int compare_word(const char *text)
{
	static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(ops[i], text))
			return (int)i;
	return -1;
}

/* Nothing is nothing in any unit. */
static enum value_kind kind_to_compare(const struct parser *p, const struct expr *x)
{
	const bool zero = x->count == 1 && x->operands[0].kind == OPERAND_VALUE &&
			  x->operands[0].value.kind == VALUE_NUMBER && !x->operands[0].value.number;
	return zero ? VALUE_NONE : parse_kind(p, x);
}

static int parse_condition(struct parser *p, struct condition *c)
{
	*c = (struct condition){0};
	c->defined = parse_accept(p, "defined");
	const struct word *first = parse_peek(p);
	if (parse_word_expr(p, c->defined ? "$ value" : "condition", &c->a))
		return -1;
	if (c->defined)
		return parse_is_live(&c->a) ? 0 : parse_fail(p, first->column, "$ value expected");
	const struct word *op = parse_take(p, "== != < <= > or >=");
	if (!op)
		return -1;
	int cmp = op->quoted ? -1 : compare_word(op->text);
	if (cmp < 0)
		return parse_fail(p, op->column, "== != < <= > or >= expected, not %.60s",
				  op->text);
	c->op = (enum compare)cmp;
	if (parse_word_expr(p, "value", &c->b))
		return -1;
	/* In a family, one side may be a word of this wording. */
	if (!parse_is_live(&c->a) && !parse_is_live(&c->b) && !p->points)
		return parse_fail(p, first->column, "a condition between constants says nothing");
	const enum value_kind a = kind_to_compare(p, &c->a), b = kind_to_compare(p, &c->b);
	if ((a == VALUE_TIME && b == VALUE_NUMBER) || (a == VALUE_NUMBER && b == VALUE_TIME))
		return parse_fail(p, first->column,
				  "a time and a number without us, ms or s cannot be compared");
	return 0;
}

int parse_conditions(struct parser *p, struct condition_list *out)
{
	for (bool other = false;; other = true) {
		do {
			out->at = arena_grow(p->arena, out->at, out->count, sizeof(*out->at));
			if (parse_condition(p, &out->at[out->count]))
				return -1;
			out->at[out->count++].other = other;
			other = false;
		} while (parse_accept(p, "and"));
		if (!parse_accept(p, "or"))
			return 0;
	}
}

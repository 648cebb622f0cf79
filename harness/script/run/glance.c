/* SPDX-License-Identifier: BSD-2-Clause */
/* What a check that does not hold says at a glance: the one condition that fails, and its values.
 */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set(char **to, const char *text)
{
	free(*to);
	*to = text ? strdup(text) : NULL;
	if (text && !*to)
		abort();
}

void run_glance_says(struct run *r, const char *own)
{
	set(&r->told.says, own);
}

void run_glance(struct run *r, const char *expected, const char *came)
{
	static const char verb[] = "expect ";
	if (expected && !strncmp(expected, verb, sizeof(verb) - 1))
		expected += sizeof(verb) - 1;
	set(&r->told.expected, expected);
	set(&r->told.came, came);
}

void run_glance_field(struct run *r, const char *field, const char *due, const char *had)
{
	set(&r->told.field, field);
	set(&r->told.due, due);
	set(&r->told.had, had);
}

static void tell_swept(struct run *r)
{
	if (!r->swept.fails || !r->swept.passes)
		return;
	set(&r->told.fails, r->swept.fails);
	set(&r->told.why, r->swept.why);
	set(&r->told.passes, r->swept.passes);
	set(&r->told.decides, r->swept.decides);
}

/* In which point or round it is. */
void run_glance_where(struct run *r)
{
	char round[40];
	snprintf(round, sizeof(round), "round %llu", (unsigned long long)r->round);
	if (r->point.in)
		set(&r->told.fails, r->point.name);
	else if (r->round)
		set(&r->told.fails, round);
}

/* The pair of values between which a sweep turns is what its case is about in the end. */
void run_note_swept(struct run *r, const char *name, const char *value)
{
	char *pair = NULL;
	if (asprintf(&pair, "%s=%s", name, value) < 0)
		abort();
	struct glance *g = &r->swept;
	char **to = r->broken ? &g->fails : &g->passes;
	free(*to);
	*to = pair;
	if (!r->broken)
		return;
	set(&g->why, r->broken_why);
	set(&g->decides, name);
}

/* ---- a check: the one condition that fails, and its values ---- */

static const char *const ops[] = {" == ", " != ", " < ", " <= ", " > ", " >= "};
static const char *const dues[] = {"", "not ", "less than ", "at most ", "more than ", "at least "};

/* The first that fails, and its text in the case. NULL: they are joined by `or`, and so it is all
 * of them. */
static const struct condition *failing(struct run *r, const struct condition_list *l,
				       const char *said, int *len, const char **text)
{
	for (size_t i = 0; i < l->count; i++) {
		const char *end = strstr(said, " and ");
		*text = said;
		*len = (int)(end && i + 1 < l->count ? (size_t)(end - said) : strlen(said));
		if (l->at[i].other)
			return NULL;
		if (!run_conditions(r, &(struct condition_list){&l->at[i], 1}))
			return &l->at[i];
		if (!end)
			return NULL;
		said = end + strlen(" and ");
	}
	return NULL;
}

/* `$got.TTT == 5`: the field of the message that it is about. */
static const char *field_asked(const struct condition *c)
{
	const struct operand *o = c->a.operands;
	return c->a.count == 1 && o->kind == OPERAND_LIVE && o->live == LIVE_GOT ? o->name : NULL;
}

/* As the message's own description has it. */
static const char *as_field(const struct run *r, const char *name, const struct value *v, char *buf,
			    size_t size)
{
	const struct pdu_type *type = r->talk->has_got ? r->talk->got.pdu.type : NULL;
	const struct pdu_field *f = name && type ? pdu_field_by_name(type, name) : NULL;
	if (f && v->kind == VALUE_NUMBER)
		return run_field_text(f, v->number, buf, size);
	run_value_text(v, buf, size);
	if (v->kind != VALUE_TEXT || !v->text.len)
		return *buf ? buf : "nothing";
	/* A text that people can read could be taken for a number or a word of ours. */
	for (size_t i = 0; i < v->text.len; i++)
		if (v->text.at[i] < 0x20 || v->text.at[i] > 0x7e)
			return buf;
	snprintf(buf, size, "\"%.*s\"", (int)(v->text.len < size - 3 ? v->text.len : size - 3),
		 (const char *)v->text.at);
	return buf;
}

void run_glance_check(struct run *r, const struct statement *s, const char *values)
{
	static const char verb[] = "check ";
	const char *want =
		s->said + (strncmp(s->said, verb, sizeof(verb) - 1) ? 0 : sizeof(verb) - 1);
	char came[1200], a[200], b[200], due[260];
	const char *text = want;
	int len = 0;
	const struct condition *c = failing(r, &s->conditions, want, &len, &text);
	const char *op = c && !c->defined ? strstr(text, ops[c->op]) : NULL;

	snprintf(came, sizeof(came), "%s, which does not hold", *values ? values : "nothing");
	if (op && op < text + len) {
		const char *name = field_asked(c), *other = op + strlen(ops[c->op]);
		const struct value x = run_eval(r, &c->a), y = run_eval(r, &c->b);
		const char *have = as_field(r, name, &x, a, sizeof(a));
		const char *wanted = as_field(r, name, &y, b, sizeof(b));
		if (*other == '$')
			snprintf(came, sizeof(came), "%.*s is %s, %.*s is %s", (int)(op - text),
				 text, have, (int)(text + len - other), other, wanted);
		else
			snprintf(came, sizeof(came), "%.*s is %s", (int)(op - text), text, have);
		snprintf(due, sizeof(due), "%s%s", dues[c->op], wanted);
		if (name)
			run_glance_field(r, name, due, have);
	}
	run_glance(r, want, came);
	tell_swept(r);
}

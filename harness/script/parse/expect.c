/* SPDX-License-Identifier: BSD-2-Clause */
/* The expect statement, and the grade, reason and rules that judgements carry. */
#include "parse.h"

#include <stdio.h>
#include <string.h>

const struct pdu_type *parse_type(struct parser *p, const struct word *w)
{
	const struct pdu_type *type = w->quoted ? NULL : pdu_type_by_name(w->text);
	if (type)
		return type;
	struct nearest n = {.name = w->text};
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&n, types[i].name);
	char hint[64];
	parse_fail(p, w->column, "unknown message type %.60s%s", w->text,
		   nearest_text(&n, hint, sizeof(hint)));
	return NULL;
}

/* ---- judgements ---- */

static int parse_rules(struct parser *p, struct judgement *j)
{
	const struct word *w = parse_peek(p);
	char *all = NULL;
	size_t len = 0;
	if (!w)
		return parse_fail_here(p, "rule id or none is missing");
	j->none = parse_accept(p, "none");
	if (j->none)
		return 0;
	for (; w && !w->quoted && strcmp(w->text, "grade") != 0; w = parse_peek(p)) {
		if (parse_rule(p, w))
			return -1;
		char *more = arena_alloc(p->arena, len + w->len + 2);
		int n = snprintf(more, len + w->len + 2, "%s%s%s", all ? all : "", all ? " " : "",
				 w->text);
		all = more;
		len = (size_t)n;
		p->word++;
	}
	j->rules = all;
	return all ? 0 : parse_fail_here(p, "rule id is missing");
}

static int parse_reason(struct parser *p, struct judgement *j)
{
	const struct word *w = parse_take(p, "reason");
	return parse_template(p, w->text, w->len, w->column + 1, true, &j->reason);
}

static int parse_grade(struct parser *p, struct judgement *j)
{
	const struct word *w = parse_take(p, "grade");
	if (!w)
		return -1;
	int g = grade_by_name(w->text);
	if (g < 0)
		return parse_fail(p, w->column, "MUST, SHOULD, MAY or INFO expected");
	j->has_grade = true;
	j->grade = (enum grade)g;
	return 0;
}

char *parse_said(struct parser *p)
{
	const struct word *w = parse_peek(p);
	size_t len = w ? w->column - 1 - p->line->indent : strlen(p->line->raw);
	while (len > p->said_from && p->line->raw[len - 1] == ' ')
		len--;
	return arena_copy(p->arena, p->line->raw + p->said_from, len - p->said_from);
}

int parse_judgement(struct parser *p, struct judgement *j)
{
	unsigned grade_column = 0;
	for (const struct word *w = parse_peek(p); w; w = parse_peek(p)) {
		if (w->quoted && !j->reason.count) {
			if (parse_reason(p, j))
				return -1;
		} else if (!j->has_grade && parse_accept(p, "grade")) {
			grade_column = w->column;
			if (parse_grade(p, j))
				return -1;
		} else if (!j->rules && !j->none && parse_accept(p, "rules")) {
			if (parse_rules(p, j))
				return -1;
		} else {
			return parse_end(p);
		}
	}
	if (j->none && j->has_grade)
		return parse_fail(p, grade_column, "what judges no rule has no grade");
	return j->has_grade ? check_grade(p, grade_column, j->grade, j->rules) : 0;
}

/* ---- patterns ---- */

/* Where FIELD ends and which comparison follows; 0 = none. */
static size_t split_test(const struct word *w, enum compare *op, size_t *from)
{
	for (size_t i = 1; i < w->plain; i++) {
		char c = w->text[i], d = '\0';
		if (i + 1 < w->plain)
			d = w->text[i + 1];
		*from = i + (d == '=' ? 2 : 1);
		if (c == '=')
			*op = CMP_EQ;
		else if (c == '!' && d == '=')
			*op = CMP_NE;
		else if (c == '<')
			*op = d == '=' ? CMP_LE : CMP_LT;
		else if (c == '>')
			*op = d == '=' ? CMP_GE : CMP_GT;
		else
			continue;
		return i;
	}
	return 0;
}

/* type NULL: of any message. */
static int unknown_field(struct parser *p, const struct word *w, const char *name,
			 const struct pdu_type *type)
{
	struct nearest n = {.name = name};
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; (!type || type == &types[i]) && k < types[i].field_count; k++)
			nearest_offer(&n, types[i].fields[k].name);
	char hint[64];
	return parse_fail(p, w->column, "unknown field %.60s of %s%s", name,
			  type ? type->name : "any message", nearest_text(&n, hint, sizeof(hint)));
}

static int test_field(struct parser *p, const struct word *w, size_t len, struct pattern *out,
		      struct field_test *t)
{
	char *name = arena_copy(p->arena, w->text, len);
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	for (size_t i = 0; i < count && !t->field; i++)
		if (!out->type || out->type == &types[i])
			t->field = pdu_field_by_name(&types[i], name);
	if (!t->field)
		return unknown_field(p, w, name, out->type);
	if (!out->type) {
		t->field = NULL;
		t->any_field = name;
	} else if (t->field->bytes > sizeof(uint64_t)) {
		return parse_fail(p, w->column, "%s cannot be compared", name);
	}
	return 0;
}

/* FIELD>=1 FIELD<=5 says something, FIELD=1 FIELD=2 does not. */
static bool same_test(const struct field_test *a, const struct field_test *b)
{
	if (a->kind != b->kind || a->op != b->op || a->field != b->field || a->op == CMP_NE)
		return false;
	return !a->any_field || !strcmp(a->any_field, b->any_field);
}

static int test_as(struct parser *p, const struct word *w, size_t from, struct field_test *t)
{
	struct how how;
	t->kind = TEST_AS;
	if (t->op > CMP_NE)
		return parse_fail(p, w->column, "how it came is compared by = or !=");
	if (parse_as(p, w, from, &how))
		return -1;
	t->how = how.op;
	t->value = how.key;
	t->solicited = how.solicited;
	return 0;
}

static int parse_test(struct parser *p, const struct word *w, struct pattern *out)
{
	struct field_test t = {0};
	size_t from, len = split_test(w, &t.op, &from);
	if (!len)
		return parse_fail(p, w->column, "FIELD=VALUE expected, not %.60s", w->text);
	unsigned column = w->column + (unsigned)from;
	if (len == 2 && !memcmp(w->text, "as", 2)) {
		if (test_as(p, w, from, &t))
			return -1;
	} else if (len == 4 && !memcmp(w->text, "data", 4)) {
		t.kind = TEST_DATA;
		if (t.op > CMP_NE)
			return parse_fail(p, w->column, "data is compared by = or !=");
		if (parse_data(p, w, from, &t.data))
			return -1;
	} else {
		t.kind = TEST_LENGTH;
		if (len != 6 || memcmp(w->text, "length", 6) != 0) {
			t.kind = TEST_FIELD;
			if (test_field(p, w, len, out, &t))
				return -1;
		}
		if (parse_expr(p, w->text + from, w->len - from, column, &t.value))
			return -1;
		const struct operand *o = &t.value.operands[0];
		if (o->kind == OPERAND_FRESH ||
		    (o->kind == OPERAND_VALUE &&
		     (o->value.kind == VALUE_TEXT || o->value.kind == VALUE_TIME)))
			return parse_fail(p, column, "number or none expected");
		if (parse_kind(p, &t.value) == VALUE_TIME)
			return parse_fail(p, column, "number expected, and that is a time");
		if (parse_has_size(&t.value) && t.field && t.field->width < 24)
			return parse_fail(p, column, "%s is no size: a number without KiB or MiB",
					  t.field->name);
	}
	for (size_t i = 0; i < out->test_count; i++)
		if (same_test(&out->tests[i], &t))
			return parse_fail(p, w->column, "a second %.*s", (int)from, w->text);
	out->tests = arena_grow(p->arena, out->tests, out->test_count, sizeof(*out->tests));
	out->tests[out->test_count++] = t;
	return 0;
}

/* Conditions up to one of the words that may follow. */
static int parse_pattern(struct parser *p, const struct word *type, struct pattern *out)
{
	*out = (struct pattern){0};
	if (strcmp(type->text, "any") != 0 || type->quoted) {
		out->type = parse_type(p, type);
		if (!out->type)
			return -1;
	}
	static const char *const ends[] = {"within", "for", "=>"};
	for (const struct word *w = parse_peek(p); w; w = parse_peek(p)) {
		for (size_t i = 0; i < 3; i++)
			if (!w->quoted && !strcmp(w->text, ends[i]))
				return 0;
		if (w->quoted)
			return 0;
		p->word++;
		if (parse_test(p, w, out))
			return -1;
	}
	return 0;
}

/* ---- one of ---- */

static int parse_outcome_kind(struct parser *p, struct outcome *o)
{
	static const struct {
		const char *name;
		enum outcome_kind kind;
	} kinds[] = {{"closed", OUTCOME_CLOSED},       {"broken", OUTCOME_BROKEN},
		     {"refused", OUTCOME_REFUSED},     {"lost", OUTCOME_LOST},
		     {"rejected", OUTCOME_REJECTED},   {"nothing", OUTCOME_NOTHING},
		     {"delivered", OUTCOME_DELIVERED}, {"rnr", OUTCOME_RNR}};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!parse_accept(p, kinds[i].name))
			continue;
		o->kind = kinds[i].kind;
		return 0;
	}
	o->kind = OUTCOME_MESSAGE;
	const struct word *w = parse_take(p, "outcome");
	return w ? parse_pattern(p, w, &o->pattern) : -1;
}

static int parse_outcome(struct parser *p, struct outcome *o)
{
	*o = (struct outcome){.line = p->line->number, .text = p->line->raw};
	if (parse_outcome_kind(p, o))
		return -1;
	if (!parse_accept(p, "=>"))
		return parse_fail_here(p, "=> expected");
	const struct word *w = parse_take(p, "verdict");
	if (!w)
		return -1;
	if (!w->quoted && !strcmp(w->text, "go")) {
		if (!parse_accept(p, "on"))
			return parse_fail_here(p, "on expected: => go on");
		o->go_on = true;
		return parse_end(p);
	}
	int v = verdict_by_name(w->text);
	if (v < 0 || v == VERDICT_CRASH)
		return parse_fail(p, w->column, "unknown verdict %.60s", w->text);
	o->verdict = (enum verdict)v;
	if (parse_judgement(p, &o->judgement))
		return -1;
	if (o->judgement.has_grade)
		return parse_fail(p, w->column, "an outcome has a verdict, not a grade");
	return v == VERDICT_FAIL ? check_grade(p, w->column, GRADE_MUST, o->judgement.rules) : 0;
}

static int parse_one_of(struct parser *p, struct statement *s)
{
	struct expect *x = s->expect;
	x->kind = EXPECT_ONE_OF;
	if (!parse_accept(p, "within"))
		return parse_fail_here(p, "within TIME expected");
	if (parse_time(p, &s->time) || parse_judgement(p, &s->judgement) || parse_end(p))
		return -1;
	const struct line *head = p->line;
	unsigned indent = 0;
	bool any = false;
	while (p->next < p->lines->count && p->lines->at[p->next].indent > head->indent) {
		const struct line *line = p->line = &p->lines->at[p->next++];
		any = true;
		if (parse_skip_broken(p, line))
			continue;
		indent = indent ? indent : line->indent;
		p->word = 0;
		x->outcomes =
			arena_grow(p->arena, x->outcomes, x->outcome_count, sizeof(*x->outcomes));
		if (line->indent != indent
			    ? parse_fail(p, line->indent + 1, "outcomes are not aligned")
			    : parse_outcome(p, &x->outcomes[x->outcome_count]))
			parse_recover(p, line);
		else
			x->outcome_count++;
	}
	p->line = head;
	p->word = head->count;
	return any ? 0 : parse_fail_here(p, "outcomes are missing below");
}

/* ---- the other forms ---- */

/* within TIME (or for TIME) and the judgement. */
static int parse_tail(struct parser *p, struct statement *s, const char *preposition)
{
	if (!parse_accept(p, preposition))
		return parse_fail_here(p, "%s TIME expected", preposition);
	if (parse_time(p, &s->time))
		return -1;
	s->said = parse_said(p);
	return parse_judgement(p, &s->judgement);
}

static int parse_delivered(struct parser *p, struct statement *s)
{
	s->expect->kind = EXPECT_DELIVERED;
	s->expect->all = parse_accept(p, "all");
	const struct word *w = s->expect->all ? NULL : parse_take(p, "all or a number");
	if (!s->expect->all &&
	    (!w || parse_count(p, w->text, w->len, w->column, &s->expect->number)))
		return -1;
	return parse_tail(p, s, "within");
}

static int parse_completion(struct parser *p, struct statement *s)
{
	s->expect->kind = EXPECT_COMPLETION;
	const struct word *w = parse_take(p, "completion status");
	if (!w)
		return -1;
	struct nearest n = {.name = w->text};
	for (int i = FAB_OK; i <= FAB_OTHER; i++) {
		const char *name = fab_status_name((enum fab_status)i);
		if (!strcmp(name, w->text)) {
			s->expect->status = (enum fab_status)i;
			return parse_tail(p, s, "within");
		}
		nearest_offer(&n, name);
	}
	char hint[64];
	return parse_fail(p, w->column, "unknown completion status %.60s%s", w->text,
			  nearest_text(&n, hint, sizeof(hint)));
}

static int parse_each(struct parser *p, struct statement *s)
{
	struct expect *x = s->expect;
	x->kind = EXPECT_EACH;
	if (!parse_accept(p, "each"))
		return parse_fail_here(p, "each expected");
	const struct word *w = parse_take(p, "message type");
	x->each = w ? parse_type(p, w) : NULL;
	if (!x->each)
		return -1;
	if (!x->pattern.type)
		return parse_fail(p, w->column, "for each needs a type of answer");
	if (!parse_accept(p, "matching"))
		return parse_fail_here(p, "matching FIELD expected");
	while ((w = parse_peek(p)) && strcmp(w->text, "within") != 0) {
		const struct pdu_field *f = pdu_field_by_name(x->each, w->text);
		if (!f || f->bytes > sizeof(uint64_t) ||
		    !pdu_field_by_name(x->pattern.type, w->text))
			return parse_fail(p, w->column, "no field %.60s in both %s and %s", w->text,
					  x->each->name, x->pattern.type->name);
		x->matching = arena_grow(p->arena, x->matching, x->matching_count,
					 sizeof(const struct pdu_field *));
		x->matching[x->matching_count++] = f;
		p->word++;
	}
	if (!x->matching_count)
		return parse_fail_here(p, "FIELD is missing");
	return parse_tail(p, s, "within");
}

static int parse_message(struct parser *p, struct statement *s)
{
	const struct word *w = parse_take(p, "what is expected");
	if (!w || parse_pattern(p, w, &s->expect->pattern))
		return -1;
	if (parse_accept(p, "for"))
		return parse_each(p, s);
	s->expect->kind = EXPECT_MESSAGE;
	return parse_tail(p, s, "within");
}

int parse_expect(struct parser *p, struct statement *s)
{
	struct expect *x = s->expect = arena_alloc(p->arena, sizeof(*s->expect));
	if (parse_accept(p, "none")) {
		const struct word *w = parse_take(p, "message type");
		if (!w || parse_pattern(p, w, &x->pattern))
			return -1;
		x->kind = EXPECT_NONE;
		return parse_tail(p, s, "for");
	}
	if (parse_accept(p, "delivered"))
		return parse_delivered(p, s);
	if (parse_accept(p, "completion"))
		return parse_completion(p, s);
	if (parse_accept(p, "closed")) {
		x->kind = EXPECT_CLOSED;
		return parse_tail(p, s, "within");
	}
	if (parse_accept(p, "open")) {
		x->kind = EXPECT_OPEN;
		return parse_tail(p, s, "for");
	}
	if (parse_accept(p, "alive")) {
		x->kind = EXPECT_ALIVE;
		return parse_tail(p, s, "within");
	}
	if (parse_accept(p, "one")) {
		if (!parse_accept(p, "of"))
			return parse_fail_here(p, "of expected: expect one of");
		return parse_one_of(p, s);
	}
	return parse_message(p, s);
}

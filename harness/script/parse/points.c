/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A generated family: `points VAR in VALUE... and VAR in VALUE...` with a block. An axis of numbers
 * or times is a variable of the block; one of words is put into the text of the block, which is
 * parsed once for each combination of words, so that all that can be written can be varied.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

enum { AXIS_VALUES_MAX = 64, WORDINGS_MAX = 256, WORDING_BYTES_MAX = 1 << 20 };

/* ---- tables ---- */

static int find_table(struct parser *p, const struct word *w, struct line *out)
{
	struct line_list lines;
	struct script_errors errors = {0};
	const char *name = w->text + 1;
	if (!p->tables)
		return parse_fail(p, w->column,
				  "there is no file of tables beside the roles' folders");
	lex(p->arena, p->tables, strlen(p->tables), &lines, &errors);
	if (errors.count)
		return parse_fail(p, w->column, "tables:%u:%u: %.150s", errors.at[0].line,
				  errors.at[0].column, errors.at[0].what);
	struct nearest n = {.name = name};
	for (size_t i = 0; i < lines.count; i++) {
		*out = lines.at[i];
		if (!strcmp(out->words[0].text, name) && out->count > 1)
			return 0;
		nearest_offer(&n, lines.at[i].words[0].text);
	}
	char hint[64];
	return parse_fail(p, w->column, "no table %.60s%s", name,
			  nearest_text(&n, hint, sizeof(hint)));
}

/* Its line becomes part of the case's text, so that who has the text knows the values. */
static void note_table(struct parser *p, const struct word *w, const struct line *table)
{
	char *old = p->used_tables;
	const size_t size = (old ? strlen(old) : 0) + w->len + strlen(table->raw) + 16;
	if (old && strstr(old, table->raw))
		return;
	p->used_tables = arena_alloc(p->arena, size);
	snprintf(p->used_tables, size, "%s# @%s\n", old ? old : "", table->raw);
}

/* ---- axes ---- */

static bool is_word(const struct word *w)
{
	return w->quoted || !(isdigit((unsigned char)w->text[0]) || w->text[0] == '$');
}

static int add_value(struct parser *p, struct axis *a, const struct word *w, unsigned column)
{
	const bool word = is_word(w);
	if (a->count == AXIS_VALUES_MAX)
		return parse_fail(p, column, "more than %d values", AXIS_VALUES_MAX);
	if (a->count && word != !a->values)
		return parse_fail(p, column, "numbers and words on one axis: quote them all");
	if (word) {
		a->words = arena_grow(p->arena, a->words, a->count, sizeof(*a->words));
		a->words[a->count++] = w->text;
		return 0;
	}
	a->values = arena_grow(p->arena, a->values, a->count, sizeof(*a->values));
	struct expr *x = &a->values[a->count];
	if (parse_expr(p, w->text, w->len, column, x))
		return -1;
	const enum value_kind kind = parse_kind(p, x);
	if (a->count && (kind == VALUE_TIME) != (p->var_kinds[a->index] == VALUE_TIME))
		return parse_fail(p, column,
				  "numbers and times on one axis: us, ms or s at each or at none");
	p->var_kinds[a->index] = kind;
	a->live |= parse_is_live(x);
	a->count++;
	return 0;
}

static bool ends_values(const struct word *w)
{
	static const char *const next[] = {"and", "strength", "long", "fresh"};
	for (size_t i = 0; !w->quoted && i < sizeof(next) / sizeof(next[0]); i++)
		if (!strcmp(w->text, next[i]))
			return true;
	return false;
}

static int axis_values(struct parser *p, struct axis *a)
{
	for (const struct word *w; (w = parse_peek(p)) && !ends_values(w); p->word++) {
		const bool named = !w->quoted && w->text[0] == '@';
		struct line table = {0};
		if (named && find_table(p, w, &table))
			return -1;
		if (table.raw)
			note_table(p, w, &table);
		else if (add_value(p, a, w, w->column))
			return -1;
		for (size_t i = 1; i < table.count; i++)
			if (add_value(p, a, &table.words[i], w->column))
				return -1;
	}
	return a->count ? 0 : parse_fail_here(p, "value is missing");
}

static int parse_axis(struct parser *p, struct points *f)
{
	struct axis *a = &f->axes[f->axis_count];
	const struct word *w = parse_new_name(p, "variable");
	if (!w)
		return -1;
	if (f->axis_count == COVER_AXES_MAX)
		return parse_fail(p, w->column, "more than %d axes", COVER_AXES_MAX);
	if (p->var_count == VARS_MAX)
		return parse_fail(p, w->column, "more than %d variables", VARS_MAX);
	for (size_t i = 0; i < p->var_count; i++)
		if (!strcmp(p->vars[i], w->text))
			return parse_fail(p, w->column, "$%s is a variable already", w->text);
	*a = (struct axis){.name = w->text, .index = p->var_count};
	if (!parse_accept(p, "in"))
		return parse_fail_here(p, "in expected");
	if (axis_values(p, a))
		return -1;
	p->vars[p->var_count++] = a->name;
	f->axis_count++;
	return 0;
}

static int parse_strength(struct parser *p, const char *word, unsigned *out)
{
	uint64_t n = 0;
	if (!parse_accept(p, word))
		return 0;
	if (parse_accept(p, "all"))
		return 0;
	const struct word *w = parse_take(p, "1, 2, 3 or all");
	if (!w || parse_number(p, w->text, w->len, w->column, &n))
		return -1;
	if (n < 1 || n > 3)
		return parse_fail(p, w->column, "1, 2, 3 or all expected");
	*out = (unsigned)n;
	return 0;
}

/* ---- the block, once for each combination of words ---- */

/* `$NAME` for each axis of words, by its word of this wording. */
static const char *word_at(const struct points *f, const size_t *row, const char *at, size_t *len)
{
	size_t n = 1;
	while (isalnum((unsigned char)at[n]) || at[n] == '_')
		n++;
	for (size_t i = 0; i < f->axis_count; i++) {
		const struct axis *a = &f->axes[i];
		if (!a->words || strlen(a->name) != n - 1 || memcmp(a->name, at + 1, n - 1) != 0)
			continue;
		*len = n;
		return a->words[row[i]];
	}
	return NULL;
}

static void put_line(FILE *out, const struct points *f, const size_t *row, const struct line *l)
{
	fprintf(out, "%*s", (int)l->indent, "");
	for (const char *c = l->raw; *c;) {
		size_t len = 1;
		const char *word = *c == '$' ? word_at(f, row, c, &len) : NULL;
		if (word)
			fputs(word, out);
		else
			fputc(*c, out);
		c += len;
	}
	fputc('\n', out);
}

/* The lines of the block in this wording, with the numbers that they have in the file. */
static int reword(struct parser *p, const struct points *f, const size_t *row,
		  const struct line *lines, size_t count, struct line_list *out, size_t *bytes)
{
	char *text = NULL;
	size_t size = 0, k = 0;
	FILE *m = open_memstream(&text, &size);
	if (!m)
		abort();
	for (size_t i = 0; i < count; i++)
		if (!lines[i].broken)
			put_line(m, f, row, &lines[i]);
	if (fclose(m))
		abort();
	*bytes += size;
	const bool fits = *bytes <= WORDING_BYTES_MAX;
	if (fits)
		lex(p->arena, text, size, out, p->errors);
	free(text);
	for (size_t i = 0; fits && i < count && k < out->count; i++)
		if (!lines[i].broken)
			out->at[k++].number = lines[i].number;
	return fits ? 0 : parse_fail_here(p, "the block has too many wordings");
}

/* The block as it is with these words; a statement of its own, whose body it is. */
static struct statement *wording(struct parser *p, const struct line *head, int *rc)
{
	struct statement *one = arena_alloc(p->arena, sizeof(*one));
	*one = (struct statement){
		.verb = VERB_WORDING, .line = head->number, .text = head->raw, .said = head->raw};
	*rc = parse_block(p, head, &one->body);
	return one;
}

static size_t wordings(const struct points *f)
{
	size_t n = 1;
	for (size_t i = 0; i < f->axis_count; i++)
		n *= f->axes[i].words ? f->axes[i].count : 1;
	return n;
}

static int parse_wordings(struct parser *p, struct statement *s)
{
	const struct points *f = s->points;
	const struct line *head = p->line;
	const struct line_list *all = p->lines;
	const size_t first = p->next, memories = p->memory_count, told = p->errors->count;
	size_t end = first, bytes = 0;
	struct statement **tail = &s->body;
	int rc = 0;
	while (end < all->count && all->at[end].indent > head->indent)
		end++;
	if (wordings(f) > WORDINGS_MAX)
		return parse_fail_here(p, "more than %d combinations of words", WORDINGS_MAX);
	for (size_t n = 0; !rc && n < wordings(f) && p->errors->count == told; n++) {
		size_t row[COVER_AXES_MAX] = {0}, rest = n;
		struct line_list lines = {0};
		for (size_t i = f->axis_count; i-- > 0;) {
			row[i] = f->axes[i].words ? rest % f->axes[i].count : 0;
			rest /= f->axes[i].words ? f->axes[i].count : 1;
		}
		p->memory_count = memories;
		p->next = first;
		if (wordings(f) > 1) {
			rc = reword(p, f, row, &all->at[first], end - first, &lines, &bytes);
			p->lines = &lines;
			p->next = 0;
		}
		if (!rc)
			*tail = wording(p, head, &rc);
		p->lines = all;
		tail = *tail ? &(*tail)->next : tail;
	}
	p->next = end;
	p->line = head;
	p->word = head->count;
	return rc;
}

int parse_points(struct parser *p, struct statement *s)
{
	struct points *f = s->points = arena_alloc(p->arena, sizeof(*f));
	s->verb = VERB_POINTS;
	if (p->sweeps || p->repeats || p->points)
		return parse_fail(p, s->column, "points within a sweep, a repeat or other points");
	if (p->script->points)
		return parse_fail(p, s->column, "a case has one family of points");
	p->script->points = true;
	do {
		if (parse_axis(p, f))
			return -1;
	} while (parse_accept(p, "and"));
	if (parse_strength(p, "strength", &f->strength))
		return -1;
	f->has_long = parse_peek(p) && !strcmp(parse_peek(p)->text, "long");
	if (parse_strength(p, "long", &f->long_strength))
		return -1;
	p->script->has_long |= f->has_long;
	f->fresh = parse_accept(p, "fresh");
	if (parse_end(p))
		return -1;
	p->points = true;
	const int rc = parse_wordings(p, s);
	p->points = false;
	return rc;
}

int parse_skip(struct parser *p, struct statement *s)
{
	s->verb = VERB_SKIP;
	if (!p->points)
		return parse_fail(p, s->column, "skip belongs into the block of points");
	if (!parse_accept(p, "when"))
		return parse_fail_here(p, "when CONDITION expected");
	return parse_conditions(p, &s->conditions);
}

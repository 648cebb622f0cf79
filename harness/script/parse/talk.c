/* SPDX-License-Identifier: BSD-2-Clause */
/* Several connections in one case: `on NAME`, `on NAME*N`, and values of another one. */
#include "parse.h"

#include <stdio.h>
#include <string.h>

/* `$got.x` is of the connection in hand, so no other one is called that. */
static int check_name(struct parser *p, const struct word *w, const char *name)
{
	const struct word word = {.text = (char *)name, .len = strlen(name), .column = w->column};
	bool taken = parse_is_prefix(name);
	if (!parse_is_name(name))
		return parse_fail(p, w->column,
				  "a name is a letter, then letters, digits and _; NAME*N for N "
				  "connections");
	for (size_t i = 0; i < p->var_count; i++)
		taken |= !strcmp(p->vars[i], name);
	for (size_t i = 0; i < p->memory_count; i++)
		taken |= !strcmp(p->memories[i], name);
	for (size_t i = 0; i < p->snapshot_count; i++)
		taken |= !strcmp(p->snapshots[i], name);
	if (taken)
		return parse_fail(p, w->column, "$%s means something else already; another name",
				  name);
	return parse_free_name(p, &word);
}

static const struct named_talk *find(const struct parser *p, const char *name, size_t len)
{
	for (size_t i = 0; i < p->talk_count; i++)
		if (strlen(p->talks[i].name) == len && !memcmp(p->talks[i].name, name, len))
			return &p->talks[i];
	return NULL;
}

bool parse_is_talk(const struct parser *p, const char *name)
{
	return find(p, name, strlen(name)) != NULL;
}

static void add_name(struct parser *p, const char *name, size_t i, size_t count)
{
	struct word_list *all = &p->script->talks;
	char each[64];
	snprintf(each, sizeof(each), count > 1 ? "%s %zu" : "%s", name, i + 1);
	all->at = arena_grow(p->arena, all->at, all->count, sizeof(*all->at));
	all->at[all->count++] = arena_copy(p->arena, each, strlen(each));
}

static const struct named_talk *declare(struct parser *p, const struct word *w, const char *name,
					size_t count)
{
	if (check_name(p, w, name))
		return NULL;
	if (p->talk_count == TALK_NAMES_MAX || p->script->talks.count + count > TALKS_MAX) {
		parse_fail(p, w->column, "more than %d names or %d connections", TALK_NAMES_MAX,
			   TALKS_MAX);
		return NULL;
	}
	struct named_talk *t = &p->talks[p->talk_count++];
	*t = (struct named_talk){name, p->script->talks.count + 1, count};
	for (size_t i = 0; i < count; i++)
		add_name(p, name, i, count);
	return t;
}

/* NAME or NAME*N. */
static const struct named_talk *parse_name(struct parser *p, const struct word *w, size_t *count)
{
	const char *star = w->quoted ? NULL : strchr(w->text, '*');
	size_t len = star ? (size_t)(star - w->text) : w->len;
	uint64_t n = 1;
	if (star && parse_number(p, star + 1, strlen(star + 1), w->column + (unsigned)len + 1, &n))
		return NULL;
	if (!n || n > TALKS_MAX) {
		parse_fail(p, w->column, "1 to %d connections", TALKS_MAX);
		return NULL;
	}
	const char *name = arena_copy(p->arena, w->text, len);
	const struct named_talk *t = find(p, name, len);
	*count = (size_t)n;
	if (!t)
		return declare(p, w, name, *count);
	if (n <= t->count)
		return t;
	parse_fail(p, w->column, "there are %zu connections %s, as they were first named", t->count,
		   name);
	return NULL;
}

int parse_on(struct parser *p, struct statement *s)
{
	s->verb = VERB_ON;
	const struct word *w = parse_take(p, "name of a connection");
	const struct named_talk *t = w ? parse_name(p, w, &s->count) : NULL;
	if (!t)
		return -1;
	s->index = t->first;
	w = parse_peek(p);
	if (!w)
		return parse_block(p, p->line, &s->body);
	if (!w->quoted && !strcmp(w->text, "on"))
		return parse_fail(p, w->column, "one name a statement");
	s->body = arena_alloc(p->arena, sizeof(*s->body));
	return parse_statement_here(p, s->body);
}

size_t parse_talk_prefix(const struct parser *p, const char *text, size_t len, size_t *talk)
{
	const char *dot = len ? memchr(text, '.', len) : NULL;
	const struct named_talk *t = dot ? find(p, text, (size_t)(dot - text)) : NULL;
	if (!t)
		return 0;
	if (talk)
		*talk = t->first;
	return (size_t)(dot - text) + 1;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A case file: the tree of its statements. */
#include "parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE_DEFAULT (60 * NS_PER_S)

int parse_fail(struct parser *p, unsigned column, const char *fmt, ...)
{
	struct script_error *e = p->error;
	if (e) {
		e->line = p->line ? p->line->number : 1;
		e->column = column;
		va_list args;
		va_start(args, fmt);
		vsnprintf(e->what, sizeof(e->what), fmt, args);
		va_end(args);
	}
	return -1;
}

int parse_fail_here(struct parser *p, const char *fmt, ...)
{
	char what[sizeof(p->error->what)];
	va_list args;
	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	const struct word *w = parse_peek(p);
	unsigned end = p->line->indent + (unsigned)strlen(p->line->raw) + 1;
	return parse_fail(p, w ? w->column : end, "%s", what);
}

const struct word *parse_peek(const struct parser *p)
{
	return p->word < p->line->count ? &p->line->words[p->word] : NULL;
}

bool parse_accept(struct parser *p, const char *word)
{
	const struct word *w = parse_peek(p);
	if (!w || w->quoted || !word_is(w->text, word))
		return false;
	p->word++;
	return true;
}

const struct word *parse_take(struct parser *p, const char *what)
{
	const struct word *w = parse_peek(p);
	if (w)
		p->word++;
	else
		parse_fail_here(p, "%s is missing", what);
	return w;
}

int parse_end(struct parser *p)
{
	const struct word *w = parse_peek(p);
	return w ? parse_fail(p, w->column, "unexpected %.60s", w->text) : 0;
}

/* ---- the tree ---- */

/* The block of a line, and with a when its else. */
static void skip_below(struct parser *p, const struct line *line)
{
	do {
		while (p->next < p->lines->count && p->lines->at[p->next].indent > line->indent)
			p->next++;
	} while (line->count && !strcmp(line->words[0].text, "when") &&
		 parse_else_follows(p, line) && ++p->next);
}

/* keep, memory and resources make a name, sweep makes one for what comes behind it. */
static void declare_anyway(struct parser *p, const struct line *line)
{
	const size_t at = line->count && !strcmp(line->words[0].text, "on") ? 2 : 0;
	if (line->count < at + 2 || !parse_is_name(line->words[at + 1].text))
		return;
	const char *verb = line->words[at].text, *name = line->words[at + 1].text;
	if ((!strcmp(verb, "keep") || !strcmp(verb, "sweep")) && p->var_count < VARS_MAX) {
		p->kept |= 1u << p->var_count;
		p->var_kinds[p->var_count] = VALUE_NONE;
		p->vars[p->var_count++] = name;
	} else if (!strcmp(verb, "memory") && p->memory_count < MEMORIES_MAX) {
		p->memories[p->memory_count++] = name;
	} else if (!strcmp(verb, "resources") && p->snapshot_count < SNAPSHOTS_MAX) {
		p->snapshots[p->snapshot_count++] = name;
	}
}

void parse_recover(struct parser *p, const struct line *line)
{
	script_errors_add(p->errors, p->error);
	skip_below(p, line);
	declare_anyway(p, line);
}

bool parse_skip_broken(struct parser *p, const struct line *line)
{
	if (!line->broken)
		return false;
	skip_below(p, line);
	declare_anyway(p, line);
	if (line->count)
		parse_note_told(p, line->words[0].text);
	return true;
}

int parse_block(struct parser *p, const struct line *head, struct statement **out)
{
	struct statement **tail = out;
	unsigned indent = 0;
	bool any = false;
	if (p->depth == DEPTH_MAX)
		return parse_fail(p, 1, "blocks nested deeper than %d", DEPTH_MAX);
	p->depth++;
	while (p->next < p->lines->count && p->lines->at[p->next].indent > head->indent) {
		const struct line *line = p->line = &p->lines->at[p->next++];
		any = true;
		if (parse_skip_broken(p, line))
			continue;
		indent = indent ? indent : line->indent;
		struct statement *s = arena_alloc(p->arena, sizeof(*s));
		if (line->indent != indent
			    ? parse_fail(p, line->indent + 1, "not aligned with the block")
			    : parse_statement(p, s)) {
			parse_recover(p, line);
			continue;
		}
		*tail = s;
		tail = &s->next;
	}
	p->depth--;
	p->line = head;
	p->word = head->count;
	return any ? 0 : parse_fail_here(p, "block is missing below");
}

/* A word that begins no line: before the first statement it may be one of the head. */
static int parse_stray(struct parser *p, const struct word *w)
{
	const char *meant = NULL;
	parse_unknown_statement(p, w, &meant);
	parse_note_told(p, meant);
	return -1;
}

/* What stands at the margin; *tail is where the next statement goes. */
static int parse_top(struct parser *p, struct statement ***tail)
{
	const struct word *w = &p->line->words[0];
	const int head = parse_head(p);
	if (head < 0)
		parse_note_told(p, w->text);
	if (head)
		return head < 0 ? -1 : 0;
	if (p->line->indent)
		return parse_fail(p, p->line->indent + 1, "indented without a block");
	if (!parse_is_verb(w))
		return parse_stray(p, w);
	if (!p->statements)
		parse_check_head(p);
	p->statements = true;
	/* Which statements there are depends on the role. */
	if (!p->has_sut) {
		p->next = p->lines->count;
		return 0;
	}
	struct statement *s = arena_alloc(p->arena, sizeof(*s));
	if (parse_statement(p, s))
		return -1;
	**tail = s;
	*tail = &s->next;
	return 0;
}

static void parse_all(struct parser *p)
{
	struct statement **tail = &p->script->body;
	while (p->next < p->lines->count) {
		const struct line *line = p->line = &p->lines->at[p->next++];
		if (!parse_skip_broken(p, line) && parse_top(p, &tail))
			parse_recover(p, line);
	}
	if (p->script->body || p->errors->count)
		return;
	if (p->line)
		parse_check_head(p);
	if (p->errors->count)
		return;
	parse_fail(p, 1, "no statement");
	script_errors_add(p->errors, p->error);
}

/* The text, and what it takes from elsewhere. */
static char *whole_text(struct arena *a, const char *text, size_t len, const char *tables)
{
	const size_t more = tables ? strlen(tables) : 0;
	char *all = arena_alloc(a, len + more + 1);
	memcpy(all, text, len);
	if (more)
		memcpy(all + len, tables, more);
	return all;
}

static struct script *parse_with(const char *tables, const char *id, const char *text, size_t len,
				 const struct ledger *ledger, struct script_errors *e)
{
	struct arena *a = arena_new();
	struct script *s = arena_alloc(a, sizeof(*s));
	struct script_error error = {0};
	s->arena = a;
	s->id = arena_copy(a, id ? id : "", id ? strlen(id) : 0);
	s->path = s->id;
	s->deadline = DEADLINE_DEFAULT;
	struct line_list lines;
	struct parser p = {.arena = a,
			   .script = s,
			   .ledger = ledger,
			   .error = &error,
			   .errors = e,
			   .lines = &lines,
			   .tables = tables};
	e->count = 0;
	e->more = false;
	lex(a, text, len, &lines, e);
	parse_all(&p);
	if (!e->count)
		check_rules(&p);
	if (e->count) {
		arena_free(a);
		return NULL;
	}
	s->text = whole_text(a, text, len, p.used_tables);
	if (!s->purpose)
		s->purpose = arena_copy(a, "", 0);
	return s;
}

struct script *script_parse(const char *id, const char *text, size_t len,
			    const struct ledger *ledger, struct script_errors *e)
{
	return parse_with(NULL, id, text, len, ledger, e);
}

static int read_whole(const char *path, char **text, size_t *len)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return -1;
	char *buf = malloc(CASE_TEXT_MAX + 2);
	int saved = 0;
	if (buf) {
		*len = fread(buf, 1, CASE_TEXT_MAX + 1, f);
		if (ferror(f))
			saved = errno ? errno : EIO;
	} else {
		saved = ENOMEM;
	}
	fclose(f);
	if (saved) {
		free(buf);
		errno = saved;
		return -1;
	}
	*text = buf;
	return 0;
}

/* The file `tables` beside the roles' folders: FOLDER/ROLE/GROUP/NAME.iser. NULL: there is none. */
static char *read_tables(const char *path, const char *id)
{
	const size_t tail = strlen(id) + strlen(".iser"), len = strlen(path);
	char *name = NULL, *text = NULL;
	size_t size = 0;
	if (len < tail)
		return NULL;
	if (asprintf(&name, "%.*stables", (int)(len - tail), path) < 0)
		abort();
	if (!read_whole(name, &text, &size))
		text[size] = '\0';
	free(name);
	return text;
}

struct script *script_load(const char *path, const char *id, const struct ledger *ledger,
			   struct script_errors *e)
{
	char *text;
	size_t len;
	if (read_whole(path, &text, &len)) {
		*e = (struct script_errors){.count = 1};
		script_error_set(&e->at[0], 0, 0, "%s", strerror(errno));
		return NULL;
	}
	char *tables = read_tables(path, id);
	struct script *s = parse_with(tables, id, text, len, ledger, e);
	free(tables);
	free(text);
	if (s)
		s->path = arena_copy(s->arena, path, strlen(path));
	return s;
}

bool word_list_has(const struct word_list *l, const char *word)
{
	for (size_t i = 0; i < l->count; i++)
		if (!strcmp(l->at[i], word))
			return true;
	return false;
}

char *word_list_join(const struct word_list *l)
{
	char *out = NULL;
	size_t size;
	FILE *f = open_memstream(&out, &size);
	if (!f)
		abort();
	for (size_t i = 0; i < l->count; i++)
		fprintf(f, "%s%s", i ? " " : "", l->at[i]);
	if (fclose(f))
		abort();
	return out;
}

void script_free(struct script *s)
{
	if (s)
		arena_free(s->arena);
}

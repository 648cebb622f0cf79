/* SPDX-License-Identifier: BSD-2-Clause */
/* Case text to lines of words. */
#include "lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct lexer {
	struct arena *arena;
	char *scratch;	    /* room for any word */
	struct word *words; /* room for those of any line */
	const char *at, *end, *line_start;
	unsigned number;
	struct script_error *error;
};

int script_error_set(struct script_error *e, unsigned line, unsigned column, const char *fmt, ...)
{
	if (!e)
		return -1;
	e->line = line;
	e->column = column;
	va_list args;
	va_start(args, fmt);
	vsnprintf(e->what, sizeof(e->what), fmt, args);
	va_end(args);
	return -1;
}

static bool control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool is_before(const struct script_error *a, const struct script_error *b)
{
	return a->line < b->line || (a->line == b->line && a->column < b->column);
}

void script_errors_add(struct script_errors *all, const struct script_error *e)
{
	size_t at = all->count;
	while (at && is_before(e, &all->at[at - 1]))
		at--;
	all->more |= all->count == SCRIPT_ERRORS_MAX;
	if (at == SCRIPT_ERRORS_MAX)
		return;
	if (all->count < SCRIPT_ERRORS_MAX)
		all->count++;
	memmove(&all->at[at + 1], &all->at[at], (all->count - 1 - at) * sizeof(*e));
	all->at[at] = *e;
	/* A word of the script that it quotes may have been written with \n. */
	for (char *c = all->at[at].what; *c; c++)
		if (control(*c))
			*c = '?';
}

static unsigned column(const struct lexer *x)
{
	return (unsigned)(x->at - x->line_start) + 1;
}

#define FAIL(x, ...) script_error_set((x)->error, (x)->number, column(x), __VA_ARGS__)

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte behind a backslash, which x->at points at; steps over it. */
static int escape(struct lexer *x, char *out)
{
	const char *p = x->at + 1;
	char kind = '\0';
	if (p < x->end)
		kind = *p;
	switch (kind) {
	case '"':
	case '\\':
		*out = kind;
		x->at += 2;
		return 0;
	case 'n':
		*out = '\n';
		x->at += 2;
		return 0;
	case 'x':
		if (x->end - p >= 3 && hex_digit(p[1]) >= 0 && hex_digit(p[2]) >= 0) {
			*out = (char)(hex_digit(p[1]) * 16 + hex_digit(p[2]));
			x->at += 4;
			return 0;
		}
		return FAIL(x, "\\x needs two hex digits");
	default:
		return FAIL(x, "unknown escape; there are \\\" \\\\ \\n \\xHH");
	}
}

static int illegal(struct lexer *x)
{
	if (*x->at == '\t')
		return FAIL(x, "tab; use blanks");
	if (*x->at == '\r')
		return FAIL(x, "carriage return; lines end in a newline alone");
	return FAIL(x, "control character 0x%02x", (unsigned)(unsigned char)*x->at);
}

static int quoted_part(struct lexer *x, char *to, size_t *len)
{
	unsigned start = column(x);
	x->at++;
	while (x->at < x->end && *x->at != '\n') {
		if (*x->at == '"') {
			x->at++;
			return 0;
		}
		if (*x->at == '\\') {
			if (escape(x, &to[(*len)++]))
				return -1;
			continue;
		}
		if (control(*x->at))
			return illegal(x);
		to[(*len)++] = *x->at++;
	}
	return script_error_set(x->error, x->number, start, "no closing quote on this line");
}

static int read_word(struct lexer *x, struct word *w)
{
	*w = (struct word){.column = column(x)};
	bool opened = false;
	const char *start = x->at, *close = NULL;
	while (x->at < x->end && *x->at != ' ' && *x->at != '\n' && *x->at != '#') {
		if (*x->at == '"') {
			if (!opened)
				w->plain = w->len;
			opened = true;
			if (quoted_part(x, x->scratch, &w->len))
				return -1;
			close = close ? x->end : x->at;
			continue;
		}
		if (control(*x->at))
			return illegal(x);
		x->scratch[w->len++] = *x->at++;
	}
	if (!opened)
		w->plain = w->len;
	w->text = arena_copy(x->arena, x->scratch, w->len);
	w->quoted = *start == '"' && close == x->at;
	return 0;
}

static int read_words(struct lexer *x, struct line *l)
{
	x->line_start = x->at;
	const char *first = NULL, *last = NULL;
	while (x->at < x->end && *x->at != '\n') {
		if (*x->at == ' ') {
			x->at++;
			continue;
		}
		if (*x->at == '#') {
			while (x->at < x->end && *x->at != '\n') {
				if (control(*x->at))
					return illegal(x);
				x->at++;
			}
			break;
		}
		if (l->count == LINE_WORDS_MAX)
			return FAIL(x, "more than %d words on a line", LINE_WORDS_MAX);
		if (!first) {
			first = x->at;
			l->indent = column(x) - 1;
		}
		if (read_word(x, &x->words[l->count]))
			return -1;
		l->count++;
		last = x->at;
	}
	if (first)
		l->raw = arena_copy(x->arena, first, (size_t)(last - first));
	return 0;
}

/* The words of a line that is wrong are those in front of what is. */
static int read_line(struct lexer *x, struct line *l)
{
	*l = (struct line){.number = x->number};
	const int rc = read_words(x, l);
	if (l->count)
		l->words = memcpy(arena_alloc(x->arena, l->count * sizeof(*l->words)), x->words,
				  l->count * sizeof(*l->words));
	return rc;
}

static const char *past_bom(struct lexer *x)
{
	static const char bom[] = "\xef\xbb\xbf";
	const size_t len = sizeof(bom) - 1;
	if ((size_t)(x->end - x->at) < len || memcmp(x->at, bom, len) != 0)
		return x->at;
	FAIL(x, "byte order mark; save the file without one");
	return x->at + len;
}

void lex(struct arena *a, const char *text, size_t len, struct line_list *out,
	 struct script_errors *e)
{
	struct script_error error;
	struct word words[LINE_WORDS_MAX];
	*out = (struct line_list){0};
	if (len > CASE_TEXT_MAX) {
		script_error_set(&error, 1, 1, "longer than %d KiB", CASE_TEXT_MAX / 1024);
		script_errors_add(e, &error);
		return;
	}
	if (!len)
		return;
	struct lexer x = {.arena = a,
			  .at = text,
			  .end = text + len,
			  .line_start = text,
			  .number = 1,
			  .error = &error,
			  .scratch = arena_alloc(a, len + 1),
			  .words = words};
	const char *first = past_bom(&x);
	if (first != x.at)
		script_errors_add(e, &error);
	x.at = first;
	while (x.at < x.end) {
		struct line l;
		if (read_line(&x, &l)) {
			script_errors_add(e, &error);
			l.broken = true;
			l.raw = NULL;
			const char *newline = memchr(x.at, '\n', (size_t)(x.end - x.at));
			x.at = newline ? newline : x.end;
		}
		if (l.count || l.broken) {
			out->at = arena_grow(a, out->at, out->count, sizeof(*out->at));
			out->at[out->count++] = l;
		}
		if (x.at < x.end)
			x.at++; /* the newline */
		x.number++;
	}
}

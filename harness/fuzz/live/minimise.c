/* SPDX-License-Identifier: BSD-2-Clause */
#include "minimise.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"

struct lines {
	char **at;
	size_t count, head; /* the first `head` of them stay */
};

static const char *const head_words[] = {"title",  "sut",      "rules",	   "grade",
					 "tags",   "purpose",  "workload", "model",
					 "mutant", "deadline", "lenient"};

static bool is_head(const char *line)
{
	const size_t len = strcspn(line, " ");
	for (size_t i = 0; i < sizeof(head_words) / sizeof(*head_words); i++)
		if (strlen(head_words[i]) == len && !strncmp(line, head_words[i], len))
			return true;
	return false;
}

static bool is_empty(const char *line)
{
	line += strspn(line, " ");
	return !*line || *line == '#';
}

static size_t indent(const char *line)
{
	return strspn(line, " ");
}

/* Comments and blank lines say nothing to who replays it. */
static struct lines split(const char *text)
{
	struct lines l = {0};
	bool in_head = true;
	while (*text) {
		const size_t len = strcspn(text, "\n");
		char *line = must(strndup(text, len));
		text += len + (text[len] == '\n');
		if (is_empty(line)) {
			free(line);
			continue;
		}
		in_head = in_head && is_head(line);
		l.at = grow(l.at, l.count, sizeof(*l.at));
		l.at[l.count++] = line;
		l.head += in_head;
	}
	return l;
}

static void lines_free(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->at[i]);
	free(l->at);
	*l = (struct lines){0};
}

/* Without `n` lines from `from` on, and with `instead` (NULL: nothing) in their place. */
static char *join(const struct lines *l, size_t from, size_t n, const char *instead)
{
	char *text = NULL;
	size_t len;
	FILE *out = must(open_memstream(&text, &len));
	for (size_t i = 0; i < l->count; i++) {
		if (i == l->head && i)
			fputc('\n', out);
		if (i == from && instead)
			fprintf(out, "%s\n", instead);
		if (i < from || i >= from + n)
			fprintf(out, "%s\n", l->at[i]);
	}
	fclose(out);
	return text;
}

unsigned minimise_statements(const char *text)
{
	struct lines l = split(text);
	const size_t n = l.count - l.head;
	lines_free(&l);
	return (unsigned)n;
}

struct work {
	struct minimiser *m;
	struct lines lines;
	bool stopped, smaller; /* in this pass */
};

static bool is_over(const struct work *w)
{
	return w->stopped || !w->m->tries;
}

/* Takes the change over when it still happens with it. */
static bool try(struct work *w, size_t from, size_t n, const char *instead)
{
	if (is_over(w))
		return false;
	char *text = join(&w->lines, from, n, instead);
	bool good = w->m->parses(w->m->ctx, text);
	if (good) {
		w->m->tries--;
		const enum minimise_answer answer = w->m->holds(w->m->ctx, text);
		w->stopped = answer == MINIMISE_STOP;
		good = answer == MINIMISE_YES;
	}
	if (good) {
		lines_free(&w->lines);
		w->lines = split(text);
		w->smaller = true;
	}
	free(text);
	return good;
}

/* ---- statements ---- */

/* Lines of the statement that begins at i, with its block. */
static size_t extent(const struct lines *l, size_t i)
{
	size_t n = 1;
	while (i + n < l->count && indent(l->at[i + n]) > indent(l->at[i]))
		n++;
	return n;
}

/* Where the statements of the outermost level begin, and the end behind them; the caller frees. */
static size_t *outermost(const struct lines *l, size_t *count)
{
	size_t *at = must(calloc(l->count + 1, sizeof(*at)));
	*count = 0;
	for (size_t i = l->head; i < l->count; i += extent(l, i))
		at[(*count)++] = i;
	at[*count] = l->count;
	return at;
}

/* Runs of statements, half of all at first, from the end to the beginning: what comes behind the
 * deciding message is the most likely to be of no use. */
static void drop_runs(struct work *w)
{
	size_t count;
	free(outermost(&w->lines, &count));
	for (size_t size = count / 2; size && !is_over(w); size /= 2) {
		size_t *at = outermost(&w->lines, &count);
		for (size_t end = count; end && !is_over(w);) {
			const size_t begin = end > size ? end - size : 0;
			if (try(w, at[begin], at[end] - at[begin], NULL)) {
				free(at);
				at = outermost(&w->lines, &count);
			}
			end = begin < count ? begin : count;
		}
		free(at);
	}
}

/* One statement at a time, those within blocks too; and a block's own lines without its head. */
static void drop_lines(struct work *w)
{
	for (size_t i = w->lines.count; i-- > w->lines.head && !is_over(w);) {
		if (i >= w->lines.count)
			continue;
		try(w, i, extent(&w->lines, i), NULL);
	}
}

/* ---- words ---- */

/* The word that begins at `at`: quotes hold blanks. */
static size_t word_length(const char *at)
{
	size_t n = 0;
	bool quoted = false;
	for (; at[n] && (quoted || at[n] != ' '); n++) {
		if (at[n] == '\\' && at[n + 1])
			n++;
		else if (at[n] == '"')
			quoted = !quoted;
	}
	return n;
}

static char *without(const char *line, size_t from, size_t n)
{
	while (from && line[from - 1] == ' ')
		from--, n++;
	return text_format("%.*s%s", (int)from, line, line + from + n);
}

/* Words from the last to the first, but the first, which says what it is; "* N" is one. */
static void drop_words(struct work *w)
{
	for (size_t i = w->lines.count; i-- > w->lines.head && !is_over(w);) {
		for (size_t behind = SIZE_MAX; !is_over(w) && i < w->lines.count;) {
			const char *line = w->lines.at[i];
			size_t last = 0, len = 0;
			for (size_t at = indent(line); line[at]; at += strspn(line + at, " ")) {
				const size_t n = word_length(line + at);
				const bool star = line[at] == '*' && n == 1 && line[at + 1];
				const size_t whole = star ? 2 + word_length(line + at + 2) : n;
				if (at > indent(line) && at < behind) {
					last = at;
					len = whole;
				}
				at += whole;
			}
			if (!last)
				break;
			char *shorter = without(line, last, len);
			try(w, i, 1, shorter);
			free(shorter);
			behind = last;
		}
	}
}

/* ---- numbers ---- */

/* A decimal number that is a value: not of a name, a hex number, an escape or a string. */
static size_t number_length(const char *line, size_t at)
{
	const size_t n = strspn(line + at, "0123456789");
	const int before = at ? (unsigned char)line[at - 1] : ' ';
	if (!n || n > 18 || isalnum(before) || strchr("_$.-@", before))
		return 0;
	return line[at + n] == 'x' ? 0 : n;
}

static char *with_number(const char *line, size_t at, size_t n, uint64_t value)
{
	return text_format("%.*s%" PRIu64 "%s", (int)at, line, value, line + at + n);
}

static bool try_number(struct work *w, size_t i, size_t at, uint64_t value)
{
	const char *line = w->lines.at[i];
	char *changed = with_number(line, at, number_length(line, at), value);
	const bool good = try(w, i, 1, changed);
	free(changed);
	return good;
}

/* One, then halves: a number that is nearly a power of two stays near it. */
static void lower_numbers(struct work *w)
{
	for (size_t i = w->lines.head; i < w->lines.count && !is_over(w); i++) {
		bool quoted = false;
		for (size_t at = 0; w->lines.at[i][at] && !is_over(w); at++) {
			quoted ^= w->lines.at[i][at] == '"';
			if (quoted || !number_length(w->lines.at[i], at))
				continue;
			uint64_t value = strtoull(w->lines.at[i] + at, NULL, 10);
			if (value > 1 && try_number(w, i, at, 1))
				value = 1;
			while (value > 3 && try_number(w, i, at, value / 2))
				value /= 2;
			at += number_length(w->lines.at[i], at) - 1;
		}
	}
}

char *minimise(struct minimiser *m, const char *text)
{
	struct work w = {.m = m, .lines = split(text)};
	do {
		w.smaller = false;
		drop_runs(&w);
		drop_lines(&w);
		drop_words(&w);
		lower_numbers(&w);
	} while (w.smaller && !is_over(&w));
	char *smallest = join(&w.lines, w.lines.count, 0, NULL);
	lines_free(&w.lines);
	return smallest;
}

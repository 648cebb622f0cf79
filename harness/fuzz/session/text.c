/* SPDX-License-Identifier: BSD-2-Clause */
/* A session as lines: read, written, cut and pasted. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "internal.h"

/* Monitors judge it, whatever the session does; a head has to name one. Either side is bound. */
#define SESSION_RULE "I7143-11-1"

/* ---- words ---- */

size_t session_words(const char *line, struct session_word out[SESSION_WORDS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; line[i] && n < SESSION_WORDS_MAX;) {
		bool quoted = false;
		if (line[i] == ' ') {
			i++;
			continue;
		}
		out[n].from = i;
		for (; line[i] && (quoted || line[i] != ' '); i++) {
			if (line[i] == '"')
				quoted = !quoted;
			else if (quoted && line[i] == '\\' && line[i + 1])
				i++;
		}
		out[n].len = i - out[n].from;
		n++;
	}
	return n;
}

bool session_word_is(const char *line, const struct session_word *w, const char *text)
{
	return strlen(text) == w->len && !memcmp(line + w->from, text, w->len);
}

bool session_begins(const char *line, const char *words)
{
	if (line[0] != words[0])
		return false;
	const size_t len = strlen(words);

	return !strncmp(line, words, len) && (!line[len] || line[len] == ' ');
}

char *session_word_set(const char *line, size_t n, const char *text)
{
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(line, w);

	if (n >= count)
		return text_format("%s %s", line, text);
	const char *rest = line + w[n].from + w[n].len;
	size_t head = w[n].from;
	if (!*text && head)
		head--; /* the blank in front of it */
	return text_format("%.*s%s%s", (int)head, line, text, rest);
}

/* ---- lines ---- */

void session_put(struct session_text *t, size_t at, unsigned indent, char *text)
{
	t->at = grow(t->at, t->count, sizeof(*t->at));
	memmove(&t->at[at + 1], &t->at[at], (t->count - at) * sizeof(*t->at));
	t->at[at] = (struct session_line){indent, text};
	t->count++;
}

void session_add(struct session_text *t, unsigned indent, const char *fmt, ...)
{
	char *text;
	va_list args;

	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = must(NULL);
	va_end(args);
	session_put(t, t->count, indent, text);
}

void session_put_all(struct session_text *t, size_t at, const struct session_text *of, size_t from,
		     size_t n, int by)
{
	for (size_t i = 0; i < n; i++) {
		const struct session_line *l = &of->at[from + i];
		const int indent = (int)l->indent + by;
		session_put(t, at + i, indent > 0 ? (unsigned)indent : 0, must(strdup(l->text)));
	}
}

void session_cut(struct session_text *t, size_t at, size_t n)
{
	/* The room of an array grows as its count passes powers of two: it must not shrink. */
	struct session_text left = {.model = t->model, .workload = t->workload};

	for (size_t i = 0; i < t->count; i++) {
		if (i >= at && i < at + n)
			free(t->at[i].text);
		else
			session_put(&left, left.count, t->at[i].indent, t->at[i].text);
	}
	free(t->at);
	*t = left;
}

void session_set(struct session_line *l, char *text)
{
	free(l->text);
	l->text = text;
}

size_t session_unit(const struct session_text *t, size_t i)
{
	size_t n = 1;

	while (i + n < t->count && t->at[i + n].indent > t->at[i].indent)
		n++;
	return n;
}

void session_text_free(struct session_text *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->at[i].text);
	free(t->at);
	free(t->model);
	free(t->workload);
	*t = (struct session_text){0};
}

/* ---- reading and writing ---- */

/* Without the comment and the blanks at its end. */
static size_t bare(const char *line, size_t len)
{
	bool quoted = false;
	size_t end = 0;

	for (size_t i = 0; i < len; i++) {
		if (line[i] == '#' && !quoted)
			break;
		if (line[i] == '"')
			quoted = !quoted;
		else if (quoted && line[i] == '\\' && i + 1 < len)
			i++;
		if (line[i] != ' ' && line[i] != '\r')
			end = i + 1;
	}
	return end;
}

static bool of_head(const char *line)
{
	static const char *const words[] = {"title", "rules",  "grade",	   "tags",     "purpose",
					    "model", "mutant", "workload", "deadline", "lenient"};
	struct session_word w[SESSION_WORDS_MAX];

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (session_begins(line, words[i]))
			return true;
	return session_words(line, w) == 2 && session_word_is(line, &w[0], "sut") &&
	       (session_word_is(line, &w[1], "target") ||
		session_word_is(line, &w[1], "initiator"));
}

/* The rest of the line behind its word; of several such lines each. */
static void keep(char **to, const char *line, const char *word)
{
	if (!session_begins(line, word))
		return;
	line += strlen(word);
	line += strspn(line, " ");
	char *all = *to ? text_format("%s\n%s", *to, line) : must(strdup(line));
	free(*to);
	*to = all;
}

void session_text_read(struct session_text *t, const char *text, size_t len)
{
	bool head = true;

	*t = (struct session_text){0};
	for (size_t i = 0, next; i < len; i = next) {
		const char *end = memchr(text + i, '\n', len - i);
		const size_t size = end ? (size_t)(end - text) - i : len - i;
		size_t indent = 0;
		next = i + size + 1;
		while (indent < size && text[i + indent] == ' ')
			indent++;
		const size_t kept = bare(text + i + indent, size - indent);
		if (!kept)
			continue;
		char *line = must(strndup(text + i + indent, kept));
		head = head && !indent && of_head(line);
		if (!head) {
			session_put(t, t->count, (unsigned)indent, line);
			continue;
		}
		keep(&t->model, line, "model");
		keep(&t->workload, line, "workload");
		free(line);
	}
}

char *session_text_write(const struct session_text *t, enum peer_role sut)
{
	static const char head[] = "title    A fuzz session\nsut      %s\nrules    " SESSION_RULE
				   "\ngrade    INFO\nlenient\n";
	const size_t model = t->model ? strcspn(t->model, "\n") : 0;
	size_t size = sizeof(head) + 64 + model + (t->workload ? strlen(t->workload) : 0);

	for (size_t i = 0; i < t->count; i++)
		size += t->at[i].indent + strlen(t->at[i].text) + 1;
	char *text = must(malloc(size)), *to = text;
	to += sprintf(to, head, sut == PEER_TARGET ? "target" : "initiator");
	if (t->workload && sut == PEER_INITIATOR)
		to += sprintf(to, "workload %s\n", t->workload);
	if (t->model)
		to += sprintf(to, "model    %.*s\n", (int)model, t->model);
	*to++ = '\n';
	for (size_t i = 0; i < t->count; i++) {
		const size_t len = strlen(t->at[i].text);
		memset(to, ' ', t->at[i].indent);
		memcpy(to + t->at[i].indent, t->at[i].text, len);
		to += t->at[i].indent + len;
		*to++ = '\n';
	}
	*to = '\0';
	return text;
}

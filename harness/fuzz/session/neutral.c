/* SPDX-License-Identifier: BSD-2-Clause */
/* What a case does, without what it judges: expectations become waits, checks go, and of families,
 * sweeps and branches one is taken. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "internal.h"

enum { DEPTH_MAX_NEUTRAL = 8, CHOICES_MAX = 64, COPIES_MAX = 12, TALKS_MOST = 3 };

struct neutral {
	const struct session_text *of;
	struct session_text *out;
	enum peer_role sut;
	struct rng *dice;
	const char *const *names; /* variables that have become values */
	const char *const *values;
	size_t name_count;
	unsigned depth;
};

static void block(struct neutral *n, size_t from, size_t to, unsigned indent);

/* ---- words ---- */

/* Every `$NAME` that has become a value, by that; malloc'd. */
static char *filled(const struct neutral *n, const char *line)
{
	char *text = NULL;
	size_t size = 0;

	if (!n->name_count || !strchr(line, '$'))
		return must(strdup(line));
	FILE *out = must(open_memstream(&text, &size));
	for (const char *c = line; *c;) {
		size_t len = 1, k = 0;
		if (*c == '$')
			while (isalnum((unsigned char)c[len]) || c[len] == '_')
				len++;
		while (k < n->name_count && !(*c == '$' && strlen(n->names[k]) == len - 1 &&
					      !memcmp(n->names[k], c + 1, len - 1)))
			k++;
		if (*c == '$' && len > 1 && k < n->name_count)
			fputs(n->values[k], out);
		else
			fwrite(c, 1, len, out);
		c += len;
	}
	if (fclose(out))
		must(NULL);
	return text;
}

/* Up to grade, reason and rules; of a line that may have them. */
static size_t said(const char *line, const struct session_word *w, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (line[w[i].from] == '"' || session_word_is(line, &w[i], "rules") ||
		    session_word_is(line, &w[i], "grade"))
			return i;
	return count;
}

static bool is_number(const char *line, const struct session_word *w)
{
	for (size_t i = 0; i < w->len; i++)
		if (!isdigit((unsigned char)line[w->from + i]))
			return false;
	return w->len > 0;
}

/* "* 900" to a number that a session bears. */
static char *fewer_copies(const char *line)
{
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(line, w);
	char number[24];

	for (size_t i = 1; i + 1 < count; i++)
		if (session_word_is(line, &w[i], "*") && is_number(line, &w[i + 1]) &&
		    strtoul(line + w[i + 1].from, NULL, 10) > COPIES_MAX) {
			snprintf(number, sizeof(number), "%d", COPIES_MAX);
			return session_word_set(line, i + 1, number);
		}
	return must(strdup(line));
}

/* In virtual time a long wait costs what the other side does meanwhile; most do as well shorter. */
static char *shorter_waits(char *line, struct rng *dice)
{
	static const char *const before[] = {"within", "for", "wait", "idle"};
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(line, w);

	for (size_t i = 0; i + 1 < count; i++) {
		bool time = false;
		char *end;
		for (size_t k = 0; k < sizeof(before) / sizeof(before[0]); k++)
			time |= session_word_is(line, &w[i], before[k]);
		const unsigned long n = strtoul(line + w[i + 1].from, &end, 10);
		if (!time || strcspn(end, " ") != 1 || *end != 's' || n < 2 || rng_one_in(dice, 8))
			continue;
		char *cut = session_word_set(line, i + 1, rng_one_in(dice, 3) ? "2s" : "500ms");
		free(line);
		return cut;
	}
	return line;
}

/* ---- statements ---- */

/* What may end a wait beside what it waits for, so that the session goes on whatever comes. */
static const char *const ends[] = {"closed", "broken", "refused", "lost", "rejected", "nothing"};

static bool has_outcome(const struct session_text *t, size_t from, const char *word)
{
	for (size_t i = from; i < t->count; i++)
		if (session_begins(t->at[i].text, word))
			return true;
	return false;
}

static void add_ends(struct neutral *n, size_t from, unsigned indent)
{
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (!has_outcome(n->out, from, ends[i]))
			session_add(n->out, indent, "%s => go on", ends[i]);
}

/* The words from `from` to `to` of the line, as written. */
static int span(const char *line, const struct session_word *w, size_t from, size_t to,
		const char **at)
{
	*at = from < to ? line + w[from].from : "";
	return from < to ? (int)(w[to - 1].from + w[to - 1].len - w[from].from) : 0;
}

static size_t find(const char *line, const struct session_word *w, size_t count, const char *word)
{
	size_t i = 0;

	while (i < count && !session_word_is(line, &w[i], word))
		i++;
	return i;
}

/* expect one of: its lines, and then on. */
static void one_of(struct neutral *n, const char *line, size_t from, size_t to, unsigned indent)
{
	struct session_word w[SESSION_WORDS_MAX];
	size_t count = session_words(line, w);
	count = said(line, w, count);
	const char *at;
	int len = span(line, w, 0, count, &at);
	session_add(n->out, indent, "%.*s", len, at);
	const size_t first = n->out->count;

	for (size_t i = from; i < to; i++) {
		char *outcome = filled(n, n->of->at[i].text);
		count = session_words(outcome, w);
		len = span(outcome, w, 0, find(outcome, w, count, "=>"), &at);
		if (len)
			session_add(n->out, indent + 4, "%.*s => go on", len, at);
		free(outcome);
	}
	add_ends(n, first, indent + 4);
}

static void expect(struct neutral *n, const char *line, size_t from, size_t to, unsigned indent)
{
	struct session_word w[SESSION_WORDS_MAX];
	size_t count = session_words(line, w);
	count = said(line, w, count);
	const size_t within = find(line, w, count, "within"), time = find(line, w, count, "for");
	const char *at, *limit;

	if (session_begins(line, "expect one of")) {
		one_of(n, line, from, to, indent);
		return;
	}
	if (session_begins(line, "expect alive")) {
		session_add(n->out, indent, "%s",
			    n->sut == PEER_TARGET ? "send nop-out I=1 ITT=fresh TTT=none"
						  : "send nop-in TTT=fresh");
		session_add(n->out, indent, "wait 1ms");
		return;
	}
	if (within + 1 >= count) {
		/* expect none, expect open */
		const int len = span(line, w, time + 1, time + 2 <= count ? time + 2 : count, &at);
		if (len && time + 1 < count)
			session_add(n->out, indent, "wait %.*s", len, at);
		return;
	}
	const int limit_len = span(line, w, within + 1, within + 2, &limit);
	int len = span(line, w, 1, time < within ? time : within, &at);
	session_add(n->out, indent, "expect one of within %.*s", limit_len, limit);
	const size_t first = n->out->count;
	if (session_begins(line, "expect delivered") || session_begins(line, "expect completion")) {
		session_add(n->out, indent + 4, "delivered => go on");
		session_add(n->out, indent + 4, "rnr => go on");
	} else if (!session_begins(line, "expect closed")) {
		session_add(n->out, indent + 4, "%.*s => go on", len, at);
	}
	add_ends(n, first, indent + 4);
}

/* One of the values of `sweep VAR in V1 V2 ... until`, or of each axis of `points`. */
static size_t choose(const char *line, struct rng *dice, char *names[], char *values[], size_t max)
{
	static const char *const over[] = {"until", "strength", "long", "fresh", "and"};
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(line, w);
	size_t found = 0;

	for (size_t i = 1;
	     i + 2 < count && found < max && session_word_is(line, &w[i + 1], "in");) {
		const size_t name = i, first = i + 2;
		bool end = false;
		for (i = first; i < count && !end; i += !end)
			for (size_t k = 0; k < sizeof(over) / sizeof(over[0]); k++)
				end |= session_word_is(line, &w[i], over[k]);
		if (i == first)
			break;
		const struct session_word *v = &w[first + rng_below(dice, i - first)];
		const bool quoted = line[v->from] == '"' && v->len > 1;
		names[found] = must(strndup(line + w[name].from, w[name].len));
		values[found++] =
			must(strndup(line + v->from + (quoted ? 1 : 0), v->len - (quoted ? 2 : 0)));
		if (i >= count || !session_word_is(line, &w[i], "and"))
			break;
		i++;
	}
	return found;
}

static void family(struct neutral *n, const char *line, size_t from, size_t to, unsigned indent)
{
	char *names[CHOICES_MAX] = {0}, *values[CHOICES_MAX] = {0};
	const size_t have = n->name_count;
	struct neutral inner = *n;

	for (size_t i = 0; i < have; i++) {
		names[i] = must(strdup(n->names[i]));
		values[i] = must(strdup(n->values[i]));
	}
	inner.name_count =
		have + choose(line, n->dice, names + have, values + have, CHOICES_MAX - have);
	inner.names = (const char *const *)names;
	inner.values = (const char *const *)values;
	block(&inner, from, to, indent);
	for (size_t i = 0; i < inner.name_count; i++) {
		free(names[i]);
		free(values[i]);
	}
}

/* A head and the block below it, or nothing where nothing is left of the block. */
static void with_block(struct neutral *n, const char *head, size_t from, size_t to, unsigned indent)
{
	const size_t at = n->out->count;

	session_add(n->out, indent, "%s", head);
	block(n, from, to, indent + 4);
	if (n->out->count == at + 1)
		session_cut(n->out, at, 1);
}

static void statement(struct neutral *n, const char *line, size_t from, size_t to, unsigned indent);

/* on NAME STATEMENT, or with a block. `on NAME*20` to a few. */
static void on(struct neutral *n, const char *line, size_t from, size_t to, unsigned indent)
{
	struct session_word w[SESSION_WORDS_MAX];
	const size_t count = session_words(line, w), at = n->out->count;
	const char *name, *rest;

	if (count < 2)
		return;
	int len = span(line, w, 1, 2, &name);
	const char *star = memchr(name, '*', (size_t)len);
	if (star && strtoul(star + 1, NULL, 10) > TALKS_MOST)
		session_add(n->out, indent, "on %.*s*%d", (int)(star - name), name, TALKS_MOST);
	else
		session_add(n->out, indent, "on %.*s", len, name);
	len = span(line, w, 2, count, &rest);
	if (len) {
		char *inner = must(strndup(rest, (size_t)len));
		statement(n, inner, from, to, indent + 4);
		free(inner);
	} else {
		block(n, from, to, indent + 4);
	}
	if (n->out->count == at + 1)
		session_cut(n->out, at, 1);
}

static void plain(struct neutral *n, const char *line, size_t from, size_t to, unsigned indent)
{
	static const char *const judging[] = {"login",	"connect", "release", "scsi",
					      "logout", "accept",  "reject",  "sut"};
	struct session_word w[SESSION_WORDS_MAX];
	size_t count = session_words(line, w);

	for (size_t i = 0; i < sizeof(judging) / sizeof(judging[0]); i++)
		if (session_begins(line, judging[i]))
			count = said(line, w, count);
	const char *at;
	const int len = span(line, w, 0, count, &at);
	char *kept = must(strndup(at, (size_t)len)), *fewer = fewer_copies(kept);
	free(kept);
	if (to > from)
		with_block(n, fewer, from, to, indent);
	else if (!session_begins(line, "chain"))
		session_add(n->out, indent, "%s", fewer);
	free(fewer);
}

static void statement(struct neutral *n, const char *line, size_t from, size_t to, unsigned indent)
{
	static const char *const dropped[] = {"check", "compare",   "needs", "measure",
					      "note",  "resources", "skip",  "else"};

	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		if (session_begins(line, dropped[i]))
			return;
	if (session_begins(line, "expect")) {
		expect(n, line, from, to, indent);
	} else if (session_begins(line, "points") || session_begins(line, "sweep")) {
		family(n, line, from, to, indent);
	} else if (session_begins(line, "when")) {
		block(n, from, to, indent);
	} else if (session_begins(line, "repeat")) {
		with_block(n, rng_one_in(n->dice, 2) ? "repeat 2" : "repeat 3", from, to, indent);
	} else if (session_begins(line, "on")) {
		on(n, line, from, to, indent);
	} else {
		plain(n, line, from, to, indent);
	}
}

static void block(struct neutral *n, size_t from, size_t to, unsigned indent)
{
	const struct session_text *t = n->of;

	if (n->depth == DEPTH_MAX_NEUTRAL)
		return;
	n->depth++;
	for (size_t i = from, size; i < to; i += size) {
		size = session_unit(t, i);
		char *line = shorter_waits(filled(n, t->at[i].text), n->dice);
		const size_t next = i + size;
		if (session_begins(line, "when") && next < to &&
		    session_begins(t->at[next].text, "else") && rng_one_in(n->dice, 2))
			block(n, next + 1, next + session_unit(t, next), indent);
		else
			statement(n, line, i + 1, next, indent);
		free(line);
	}
	n->depth--;
}

static char *any_line(const char *text, struct rng *dice)
{
	size_t lines = 1;

	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	for (size_t n = rng_below(dice, lines); n; n--)
		text = strchr(text, '\n') + 1;
	return must(strndup(text, strcspn(text, "\n")));
}

void session_neutral(const struct session_text *of, enum peer_role sut, struct session_text *out,
		     struct rng *dice)
{
	struct neutral n = {.of = of, .out = out, .sut = sut, .dice = dice};

	if (of->model && !out->model)
		out->model = any_line(of->model, dice);
	if (of->workload && !out->workload)
		out->workload = must(strdup(of->workload));
	block(&n, 0, of->count, 0);
}

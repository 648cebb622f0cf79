/* SPDX-License-Identifier: BSD-2-Clause */
#include "same_bytes.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../report/columns.h"
#include "../report/escape.h"
#include "../report/events.h"
#include "../report/file.h"
#include "../report/ladder_text.h"
#include "../report/memory.h"

enum { FILE_MAX = 1 << 30, CONTEXT = 60, VALUE_MAX = 60 };

/* ---- which logs there are ---- */

struct names {
	char **at;
	size_t count;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int add_names(struct names *n, const char *folder, struct err *e)
{
	char *logs = text_format("%s/logs", folder);
	DIR *d = opendir(logs);
	const int status = d ? 0 : err_set(e, errno, "cannot read %s", logs);

	for (const struct dirent *entry; d && (entry = readdir(d));) {
		const char *dot = strrchr(entry->d_name, '.');
		if (!dot || strcmp(dot, ".jsonl") != 0)
			continue;
		n->at = grow(n->at, n->count, sizeof(*n->at));
		n->at[n->count++] = text_format("logs/%s", entry->d_name);
	}
	if (d)
		closedir(d);
	free(logs);
	return status;
}

/* In order, each once. */
static void sort_names(struct names *n)
{
	size_t kept = 0;
	if (n->count)
		qsort(n->at, n->count, sizeof(*n->at), by_name);
	for (size_t i = 0; i < n->count; i++) {
		if (kept && !strcmp(n->at[kept - 1], n->at[i]))
			free(n->at[i]);
		else
			n->at[kept++] = n->at[i];
	}
	n->count = kept;
}

static void free_names(struct names *n)
{
	for (size_t i = 0; i < n->count; i++)
		free(n->at[i]);
	free(n->at);
}

/* ---- two files ---- */

struct text {
	char *at; /* NULL: there is no such file */
	size_t len;
};

struct two {
	const char *name;
	struct text was, now;
};

static int read_one(struct text *t, const char *folder, const char *name, struct err *e)
{
	char *path = text_format("%s/%s", folder, name);
	int status = 0;
	if (!access(path, F_OK)) {
		t->at = file_read(path, FILE_MAX, &t->len, e);
		status = t->at ? 0 : -1;
	}
	free(path);
	return status;
}

static int read_two(struct two *t, const char *was, const char *now, const char *name,
		    struct err *e)
{
	*t = (struct two){.name = name};
	return read_one(&t->was, was, name, e) || read_one(&t->now, now, name, e) ? -1 : 0;
}

static void free_two(struct two *t)
{
	free(t->was.at);
	free(t->now.at);
}

static bool equal(const struct two *t)
{
	return t->was.at && t->now.at && t->was.len == t->now.len &&
	       !memcmp(t->was.at, t->now.at, t->was.len);
}

/* The first byte that is not the same. */
static size_t place_of(const struct two *t)
{
	size_t i = 0;
	while (i < t->was.len && i < t->now.len && t->was.at[i] == t->now.at[i])
		i++;
	return i;
}

/* Its line, from 1. */
static size_t line_of(const struct two *t)
{
	size_t line = 1;
	const size_t place = place_of(t);
	for (size_t i = 0; i < place; i++)
		line += t->was.at[i] == '\n';
	return line;
}

/* True where one of the two is not there; it has been said then. */
static bool is_missing(const struct two *t, FILE *out)
{
	char *name = escape_text(t->name);
	const bool missing = !t->was.at || !t->now.at;
	if (missing)
		fprintf(out, "differs: %s: there is none %s\n", name, t->was.at ? "now" : "then");
	free(name);
	return missing;
}

/* Some bytes around the place. */
static void put_context(FILE *out, const char *which, const struct text *t, size_t place)
{
	size_t from = place, to = place;
	while (from > 0 && place - from < CONTEXT && t->at[from - 1] != '\n')
		from--;
	while (to < t->len && to - place < CONTEXT && t->at[to] != '\n')
		to++;
	char *clean = escape_bytes(t->at + from, to - from);
	fprintf(out, "  %s  %s\n", which, to > from || place < t->len ? clean : "nothing more");
	free(clean);
}

static void put_contexts(FILE *out, const struct two *t)
{
	put_context(out, "was", &t->was, place_of(t));
	put_context(out, "now", &t->now, place_of(t));
}

/* ---- logs ---- */

static void put_event(FILE *out, const char *which, const struct log *log, size_t line)
{
	struct ladder l;
	ladder_make(&l, log);
	ladder_print_event(out, which, &l, line <= log_count(log) ? log_at(log, line - 1) : NULL);
	ladder_free(&l);
}

/* Every line is an event, whose number is the line's. */
static void put_events(FILE *out, const struct two *t)
{
	struct log *was = events_parse(t->name, t->was.at, t->was.len, NULL);
	struct log *now = events_parse(t->name, t->now.at, t->now.len, NULL);
	if (was && now) {
		put_event(out, "was", was, line_of(t));
		put_event(out, "now", now, line_of(t));
	}
	/* Events that read the same may differ in what no ladder shows. */
	put_contexts(out, t);
	log_free(was);
	log_free(now);
}

/* shown: were both events of one told already? */
static int compare_log(const char *was, const char *now, const char *name, FILE *out, bool *shown,
		       struct same_bytes *s, struct err *e)
{
	struct two t;
	const int status = read_two(&t, was, now, name, e);
	if (!status && equal(&t)) {
		s->same++;
	} else if (!status && !is_missing(&t, out)) {
		char *clean = escape_text(name);
		fprintf(out, "differs: %s, event %zu\n", clean, line_of(&t));
		if (!*shown)
			put_events(out, &t);
		*shown = true;
		free(clean);
	}
	s->logs++;
	free_two(&t);
	return status;
}

/* ---- journal and report ---- */

static int compare_journal(const char *was, const char *now, FILE *out, struct same_bytes *s,
			   struct err *e)
{
	struct two t;
	const int status = read_two(&t, was, now, "journal.jsonl", e);
	s->journal = !status && equal(&t);
	if (!status && !s->journal && !is_missing(&t, out)) {
		fprintf(out, "differs: %s, line %zu\n", t.name, line_of(&t));
		put_contexts(out, &t);
	}
	free_two(&t);
	return status;
}

/* ".cases[3].seconds" of the first member that differs; the caller frees. */
static char *member_of(const json_t **was, const json_t **now)
{
	const json_t *a = *was, *b = *now;
	char *step = NULL;

	if (json_is_object(a) && json_is_object(b)) {
		/* By their places, as the order of members is a matter of bytes, too. */
		void *i = json_object_iter((json_t *)a), *k = json_object_iter((json_t *)b);
		while (i && k && !strcmp(json_object_iter_key(i), json_object_iter_key(k)) &&
		       json_equal(json_object_iter_value(i), json_object_iter_value(k))) {
			i = json_object_iter_next((json_t *)a, i);
			k = json_object_iter_next((json_t *)b, k);
		}
		const char *key = json_object_iter_key(i ? i : k);
		*was = json_object_get(a, key);
		*now = json_object_get(b, key);
		step = text_format(".%s", key);
	} else if (json_is_array(a) && json_is_array(b)) {
		size_t i = 0;
		while (json_equal(json_array_get(a, i), json_array_get(b, i)))
			i++;
		*was = json_array_get(a, i);
		*now = json_array_get(b, i);
		step = text_format("[%zu]", i);
	}
	if (!step || json_equal(*was, *now))
		return step ? step : must(strdup(""));
	char *rest = member_of(was, now), *all = text_format("%s%s", step, rest);
	free(rest);
	free(step);
	return all;
}

static void put_value(FILE *out, const json_t *value)
{
	char *text = value ? must(json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT))
			   : must(strdup("not there"));
	char *clean = escape_text(text);
	columns_cut(out, clean, VALUE_MAX);
	free(clean);
	free(text);
}

static void put_member(FILE *out, const char *name, const json_t *was, const json_t *now)
{
	char *member = member_of(&was, &now), *clean = escape_text(member);
	fprintf(out, "differs: %s: %s was ", name, *clean ? clean + 1 : "it");
	put_value(out, was);
	fputs(", is ", out);
	put_value(out, now);
	fputs(" now\n", out);
	free(clean);
	free(member);
}

static json_t *without_host(const struct text *t, const char *name, struct err *e)
{
	json_error_t je;
	json_t *o = json_loadb(t->at, t->len, JSON_REJECT_DUPLICATES, &je);
	if (!o)
		err_set(e, 0, "%s:%d:%d: %s", name, je.line, je.column, je.text);
	json_object_del(o, "host");
	return o;
}

static int compare_report(const char *was, const char *now, FILE *out, struct same_bytes *s,
			  struct err *e)
{
	struct two t;
	json_t *a = NULL, *b = NULL;
	int status = read_two(&t, was, now, "report.json", e);

	if (status || is_missing(&t, out))
		goto out;
	a = without_host(&t.was, t.name, e);
	b = a ? without_host(&t.now, t.name, e) : NULL;
	status = b ? 0 : -1;
	if (!status) {
		/* In the order in which they stand. */
		char *x = must(json_dumps(a, JSON_ENCODE_ANY | JSON_COMPACT));
		char *y = must(json_dumps(b, JSON_ENCODE_ANY | JSON_COMPACT));
		s->report = !strcmp(x, y);
		free(x);
		free(y);
		if (!s->report)
			put_member(out, t.name, a, b);
	}
out:
	json_decref(a);
	json_decref(b);
	free_two(&t);
	return status;
}

/* ---- all ---- */

int same_bytes(const char *was, const char *now, FILE *out, struct same_bytes *s, struct err *e)
{
	struct names names = {0};
	bool shown = false;
	int status = add_names(&names, was, e) || add_names(&names, now, e) ? -1 : 0;

	*s = (struct same_bytes){0};
	sort_names(&names);
	for (size_t i = 0; !status && i < names.count; i++)
		status = compare_log(was, now, names.at[i], out, &shown, s, e);
	free_names(&names);
	if (!status)
		status = compare_journal(was, now, out, s, e);
	return status ? status : compare_report(was, now, out, s, e);
}

bool same_bytes_all(const struct same_bytes *s)
{
	return s->logs && s->same == s->logs && s->journal && s->report;
}

void same_bytes_put(FILE *out, const struct same_bytes *s)
{
	fprintf(out, "%zu of %zu logs the same; journal %s; report %s", s->same, s->logs,
		s->journal ? "the same" : "differs", s->report ? "the same" : "differs");
}

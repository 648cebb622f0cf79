/* SPDX-License-Identifier: BSD-2-Clause */
/* A finding at a glance, as lines of text. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../oracle/ledger.h"
#include "columns.h"
#include "escape.h"
#include "explain.h"
#include "glance.h"
#include "memory.h"

enum {
	HEAD = 10,	   /* "expected  " */
	LEAST = 72,	   /* columns: below that two messages do not stand side by side */
	GAP = 3,	   /* between them */
	MESSAGE_LINES = 8, /* of each */
	ALIKE = 40,	   /* by so many characters a message is known */
};

static const char bad[] = "\033[1;31m", dim[] = "\033[2m", plain[] = "\033[0m";

static unsigned width_of(const struct glance_style *s)
{
	const unsigned columns = s->columns > LEAST ? s->columns : LEAST;
	return columns - s->indent - HEAD;
}

static void put_head(FILE *out, const struct glance_style *s, const char *head)
{
	fprintf(out, "%*s%s%-*s%s", (int)s->indent, "", s->color ? dim : "", HEAD, head,
		s->color ? plain : "");
}

/* "came      the text, wrapped" */
static void put_row(FILE *out, const struct glance_style *s, const char *head, const char *text)
{
	if (!text || !*text)
		return;
	char *clean = escape_text(text);
	put_head(out, s, head);
	columns_wrap(out, clean, width_of(s), s->indent + HEAD, 0, MESSAGE_LINES);
	fputc('\n', out);
	free(clean);
}

static void put_rules(FILE *out, const struct report *r, const struct finding *f,
		      const struct glance_style *s)
{
	const char *rules = f->rules;
	char id[RULE_ID_SIZE];
	while (rules_next(&rules, id)) {
		char *text = report_rule_text(r, id);
		put_row(out, s, "rule", text);
		free(text);
	}
}

/* "StatSN is 7 where 8 is due" */
static void put_field(FILE *out, const struct glance *g, const struct glance_style *s)
{
	if (!g->field)
		return;
	char *text =
		text_format("%s is %s%s%s%s", g->field, g->had ? g->had : "not told",
			    g->due ? " where " : "", g->due ? g->due : "", g->due ? " is due" : "");
	put_head(out, s, "decides");
	char *clean = escape_text(text);
	fputs(s->color ? bad : "", out);
	columns_wrap(out, clean, width_of(s), s->indent + HEAD, 0, MESSAGE_LINES);
	fprintf(out, "%s\n", s->color ? plain : "");
	free(clean);
	free(text);
}

/* ---- request and response ---- */

/* A text that goes into a column line by line. */
struct column {
	char **lines;
	size_t count;
};

static void column_make(struct column *c, const char *text, unsigned width)
{
	char *wrapped = NULL, *save = NULL, *clean = escape_text(text ? text : "");
	size_t size;
	FILE *out = must(open_memstream(&wrapped, &size));
	columns_wrap(out, clean, width, 0, 0, MESSAGE_LINES);
	fclose(out);
	*c = (struct column){0};
	for (char *line = strtok_r(wrapped, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		c->lines = grow(c->lines, c->count, sizeof(*c->lines));
		c->lines[c->count++] = must(strdup(line));
	}
	free(wrapped);
	free(clean);
}

static void column_free(struct column *c)
{
	for (size_t i = 0; i < c->count; i++)
		free(c->lines[i]);
	free(c->lines);
}

static unsigned wide(const char *text)
{
	unsigned n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* Where "FIELD=" begins in a line; NULL: it is not there. */
static const char *find_field(const char *line, const char *field)
{
	const size_t len = field ? strlen(field) : 0;
	for (const char *at = line; len && (at = strstr(at, field)); at += len)
		if ((at == line || at[-1] == ' ') && at[len] == '=')
			return at;
	return NULL;
}

/* The line, with the field that decides marked. */
static void put_marked(FILE *out, const char *line, const char *field, bool color)
{
	const char *at = find_field(line, field);
	if (!at) {
		fputs(line, out);
		return;
	}
	const size_t len = strcspn(at, " ");
	fprintf(out, "%.*s%s%.*s%s%s", (int)(at - line), line, color ? bad : ">", (int)len, at,
		color ? plain : "<", at + len);
}

static void put_cell(FILE *out, const struct column *c, size_t i, unsigned width)
{
	const char *line = i < c->count ? c->lines[i] : "";
	fprintf(out, "%s%*s", line, (int)(width > wide(line) ? width - wide(line) : 0), "");
}

static char *title(const char *what, uint64_t event)
{
	return text_format("%s, event %" PRIu64, what, event);
}

/* "sent, event 28          | came, event 30", and below each the message. */
static void put_sides(FILE *out, const struct finding *f, const struct glance_style *s)
{
	const struct glance *g = &f->glance;
	if (!f->request && !g->response)
		return;
	const unsigned half = (width_of(s) - GAP) / 2;
	char *sent =
		f->request ? title("sent", f->request_event) : must(strdup("nothing was sent"));
	/* Memory, or a value that the script has kept, is wrong whatever came. */
	char *came = g->response ? title("came", g->response_event)
				 : must(strdup(g->had ? "no one message decides" : "nothing came"));
	struct column left, right;
	column_make(&left, f->request, half);
	/* Two marks have to fit, too. */
	column_make(&right, g->response, half - 2);
	put_head(out, s, "messages");
	fprintf(out, "%-*s | %s\n", (int)half, sent, came);
	for (size_t i = 0; i < left.count || i < right.count; i++) {
		fprintf(out, "%*s", (int)(s->indent + HEAD), "");
		put_cell(out, &left, i, half);
		fputs(i < right.count ? " | " : " |", out);
		if (i < right.count)
			put_marked(out, right.lines[i], g->field, s->color);
		fputc('\n', out);
	}
	column_free(&left);
	column_free(&right);
	free(came);
	free(sent);
}

/* ---- the rest ---- */

static void put_inner(FILE *out, const struct glance *g, const struct glance_style *s)
{
	if (!g->fails)
		return;
	if (!g->passes) {
		put_row(out, s, "at", g->fails);
		return;
	}
	char *text = text_format("%s fails%s%s%s%s%s%s%s", g->fails, g->why ? " (" : "",
				 g->why ? g->why : "", g->why ? ")" : "", g->passes ? "; " : "",
				 g->passes ? g->passes : "", g->passes ? " passes: " : "",
				 g->passes && g->decides ? g->decides : "");
	char *whole = text_format("%s%s", text, g->passes && g->decides ? " decides" : "");
	put_row(out, s, "smallest", whole);
	free(whole);
	free(text);
}

/* An end that came when all was judged is no news. */
static void put_end(FILE *out, const struct glance *g, const struct glance_style *s)
{
	if (!g->end || g->end_event > g->judged_event)
		return;
	char *text = text_format("%s (event %" PRIu64 ")", g->end, g->end_event);
	put_row(out, s, "ended", text);
	free(text);
}

static void put_proof(FILE *out, const struct finding *f, const struct glance_style *s)
{
	if (!f->event_count)
		return;
	put_head(out, s, "events");
	for (size_t i = 0; i < f->event_count; i++)
		fprintf(out, "%s%" PRIu64, i ? " " : "", f->events[i]);
	fputc('\n', out);
}

/* Expected and came: all that its reason has. */
static bool tells(const struct finding *f)
{
	return f->glance.expected && f->glance.came;
}

static bool same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

bool glance_alike(const struct finding *a, const struct finding *b)
{
	if (a->line != b->line || a->verdict != b->verdict || a->besides != b->besides ||
	    !same(a->rules, b->rules) || !same(a->monitor, b->monitor))
		return false;
	return tells(a) ? same(a->glance.expected, b->glance.expected) : same(a->reason, b->reason);
}

char *glance_again(const struct report *r, const struct report_case *c, const char *folder)
{
	const json_t *options = json_object_get(r->provenance, "options");
	const char *address = json_string_value(
		json_object_get(json_object_get(r->provenance, "sut"), "address"));
	const char *writes = json_string_value(json_object_get(options, "allow_writes"));
	const char *more = "";

	if (!c->log || !strchr(c->result.id, '/') || !strncmp(c->result.id, "monitor/", 8))
		return NULL;
	if (!r->lab_told && writes)
		more = strcmp(writes, "everything") != 0 ? " -- --allow-writes"
							 : " -- --allow-writes=everything";
	else if (!r->lab_told && address && strcmp(address, "model") != 0 && r->sut_role &&
		 !strcmp(r->sut_role, "initiator"))
		more = " -- --login CMD";
	return text_format("iserspec replay %s %s%s", folder, c->result.id, more);
}

char *glance_headline(const struct finding *f)
{
	const bool accused = f->verdict == VERDICT_FAIL || f->verdict == VERDICT_WARN ||
			     f->verdict == VERDICT_CRASH;
	if (!accused || !tells(f))
		return must(strdup(f->reason ? f->reason : ""));
	return f->glance.says ? must(strdup(f->glance.says))
			      : text_format("expected %s", f->glance.expected);
}

void glance_print(FILE *out, const struct report *r, const struct finding *f,
		  const struct glance_style *style)
{
	const struct glance *g = &f->glance;
	if (!style->brief)
		put_rules(out, r, f, style);
	/* Without words of its own the finding's line has it. */
	if (!style->brief && (g->says || !g->came))
		put_row(out, style, "expected", g->expected);
	/* Nor is told twice what the messages show. */
	if (!g->response || (!g->field && (!g->came || strncmp(g->came, g->response, ALIKE) != 0)))
		put_row(out, style, "came", g->came);
	put_field(out, g, style);
	put_inner(out, g, style);
	put_end(out, g, style);
	if (!style->brief)
		put_sides(out, f, style);
	put_proof(out, f, style);
}

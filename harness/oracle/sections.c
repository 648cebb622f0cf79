/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the tables of contents, a tab-separated row a section. */
#include "sections.h"

#include <stdlib.h>
#include <string.h>

#include "rows.h"

enum { RFC_MAX = 99999 };

struct sections {
	struct section *rows;
	char **lines; /* that the rows point into */
	size_t count;
};

static void *need(void *p)
{
	if (!p)
		abort();
	return p;
}

/* Takes the line over. False: it is not RFC, number, title. */
static bool add_row(void *ctx, char *line)
{
	struct sections *s = ctx;
	char *next = line, *end;
	const char *rfc = strsep(&next, "\t"), *number = strsep(&next, "\t"), *title = next;
	s->rows = need(reallocarray(s->rows, s->count + 1, sizeof(*s->rows)));
	s->lines = need(reallocarray(s->lines, s->count + 1, sizeof(*s->lines)));
	s->lines[s->count] = line;
	const long n = strtol(rfc, &end, 10);
	s->rows[s->count++] = (struct section){.rfc = (int)n, .number = number, .title = title};
	return end != rfc && !*end && n > 0 && n <= RFC_MAX && number && *number && title && *title;
}

struct sections *sections_load(const char *dir, struct err *e)
{
	static const struct rows_form form = {.file = "sections.list",
					      .head = "rfc\tsection\ttitle",
					      .expected = "rfc, section, title"};
	struct sections *s = need(calloc(1, sizeof(*s)));
	if (!rows_read(dir, &form, add_row, s, e))
		return s;
	sections_free(s);
	return NULL;
}

void sections_free(struct sections *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		free(s->lines[i]);
	free(s->lines);
	free(s->rows);
	free(s);
}

size_t sections_count(const struct sections *s)
{
	return s->count;
}

const struct section *sections_at(const struct sections *s, size_t i)
{
	return i < s->count ? &s->rows[i] : NULL;
}

const struct section *sections_find(const struct sections *s, int rfc, const char *number)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->rows[i].rfc == rfc && !strcmp(s->rows[i].number, number))
			return &s->rows[i];
	return NULL;
}

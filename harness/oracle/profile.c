/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the profiles, a tab-separated row a permission, and judges by one. */
#include "profile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "rows.h"

enum { COLUMNS = 4 };

struct profiles {
	struct permit *rows;
	char **lines; /* that the rows point into */
	size_t count;
	const char **names;
	size_t name_count;
};

static void *need(void *p)
{
	if (!p)
		abort();
	return p;
}

static void add_name(struct profiles *p, const char *name)
{
	if (profiles_has(p, name))
		return;
	p->names = need(reallocarray(p->names, p->name_count + 1, sizeof(*p->names)));
	p->names[p->name_count++] = name;
}

/* Takes the line over. False: it has not that many columns, or an empty one where none may be. */
static bool add_row(void *ctx, char *line)
{
	struct profiles *p = ctx;
	char *at[COLUMNS], *next = line;
	size_t n = 0;
	p->lines = need(reallocarray(p->lines, p->count + 1, sizeof(*p->lines)));
	p->rows = need(reallocarray(p->rows, p->count + 1, sizeof(*p->rows)));
	p->lines[p->count] = line;
	for (; next && n < COLUMNS; n++)
		at[n] = strsep(&next, "\t");
	if (n < COLUMNS || next || !*at[0] || !*at[1] || !*at[3]) {
		p->rows[p->count++] = (struct permit){0};
		return false;
	}
	p->rows[p->count++] =
		(struct permit){.rule = at[0], .profile = at[1], .about = at[2], .why = at[3]};
	add_name(p, at[1]);
	return true;
}

struct profiles *profiles_load(const char *dir, struct err *e)
{
	static const struct rows_form form = {.file = "profiles.list",
					      .head = "rule\tprofile\tabout\twhy",
					      .expected = "rule, profile, about, why"};
	struct profiles *p = need(calloc(1, sizeof(*p)));
	add_name(p, PROFILE_DEFAULT);
	if (!rows_read(dir, &form, add_row, p, e))
		return p;
	profiles_free(p);
	return NULL;
}

void profiles_free(struct profiles *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++)
		free(p->lines[i]);
	free(p->lines);
	free(p->rows);
	free(p->names);
	free(p);
}

size_t profiles_count(const struct profiles *p)
{
	return p->count;
}

const struct permit *profiles_at(const struct profiles *p, size_t i)
{
	return &p->rows[i];
}

const char *profiles_name(const struct profiles *p, size_t i)
{
	return i < p->name_count ? p->names[i] : NULL;
}

bool profiles_has(const struct profiles *p, const char *name)
{
	for (size_t i = 0; i < p->name_count; i++)
		if (!strcmp(p->names[i], name))
			return true;
	return false;
}

/* The first row that permits breaking this rule so. */
static const struct permit *permit_of(const struct profiles *p, const char *name, const char *rule,
				      const char *reason)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct permit *row = &p->rows[i];
		if (!strcmp(row->profile, name) && !strcmp(row->rule, rule) &&
		    strstr(reason, row->about))
			return row;
	}
	return NULL;
}

const char *profile_permits(const struct profiles *p, const char *name, const struct finding *f)
{
	const char *why = NULL, *rules = f->rules;
	char id[RULE_ID_SIZE];
	if (f->besides || (f->verdict != VERDICT_FAIL && f->verdict != VERDICT_WARN))
		return NULL;
	while (rules_next(&rules, id)) {
		const struct permit *row = permit_of(p, name, id, f->reason);
		if (!row)
			return NULL;
		why = why ? why : row->why;
	}
	return why;
}

void profile_apply(const struct profiles *p, const char *name, struct case_result *r)
{
	bool any = false;
	for (size_t i = 0; i < r->finding_count; i++) {
		struct finding *f = &r->findings[i];
		const char *why = profile_permits(p, name, f);
		if (!why)
			continue;
		char *reason = NULL;
		if (asprintf(&reason, "legal under %s (%s): %s", name, why, f->reason) < 0)
			abort();
		free(f->reason);
		f->reason = reason;
		f->verdict = VERDICT_INFO;
		any = true;
	}
	if (any)
		result_decide(r);
}

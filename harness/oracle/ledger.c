/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the ledger: one tab-separated row a rule, columns named by the first line of each file. The
 * last two columns may be missing, in the whole file or in a row.
 */
#include "ledger.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 12, REQUIRED = COLUMNS - 2, RULES_MAX = 1 << 16 };

static const char *const column_names[COLUMNS] = {
	"id",	      "rfc",	  "section", "level",	 "role",   "summary",
	"observable", "stimulus", "verdict", "priority", "reason", "no_knob",
};

struct ledger {
	struct rule *rules; /* sorted by id */
	char **lines;	    /* the text that each rule points into, in order of reading */
	size_t count, size;
	struct profiles *profiles;
	struct sections *sections;
};

static int is_tsv(const struct dirent *d)
{
	size_t n = strlen(d->d_name);
	return n > 4 && !strcmp(d->d_name + n - 4, ".tsv");
}

/* Cuts `line` at its tabs. Returns how many columns there are; keeps the first COLUMNS, "" where
 * there are less. */
static size_t split(char *line, char *at[COLUMNS])
{
	static char empty[1];
	size_t n = 0;
	for (char *p = line; p; n++) {
		char *tab = strchr(p, '\t');
		if (tab)
			*tab = '\0';
		if (n < COLUMNS)
			at[n] = p;
		p = tab ? tab + 1 : NULL;
	}
	for (size_t i = n; i < COLUMNS; i++)
		at[i] = empty;
	return n;
}

static int place_error(struct err *e, const char *path, unsigned line, unsigned column,
		       const char *what)
{
	return err_set(e, 0, "%s:%u:%u: %s", path, line, column, what);
}

static bool level_known(const char *level)
{
	static const char *const levels[] = {"MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY"};
	for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++)
		if (!strcmp(levels[i], level))
			return true;
	return false;
}

static bool role_known(const char *role)
{
	return !strcmp(role, "initiator") || !strcmp(role, "target") || !strcmp(role, "both");
}

/* What the column may say, and whether such a rule shows to the other end of a connection. */
static const struct view {
	const char *word;
	bool shows;
} views[] = {
	{"wire", true},	     {"rdma", true},	    {"config", true},
	{"internal", false}, {"permission", false}, {"elsewhere", false},
};

static const struct view *view_of(const char *word)
{
	for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++)
		if (!strcmp(views[i].word, word))
			return &views[i];
	return NULL;
}

/* What is wrong with a row and the index of the column at fault, or NULL. */
static const char *row_fault(char *const at[COLUMNS], size_t *column)
{
	*column = 0;
	if (!at[0][0])
		return "empty id";
	*column = 1;
	if (strspn(at[1], "0123456789") != strlen(at[1]) || !at[1][0] || strlen(at[1]) > 6)
		return "rfc is not a number";
	*column = 3;
	if (!level_known(at[3]))
		return "unknown level";
	*column = 4;
	if (!role_known(at[4]))
		return "unknown role";
	*column = 6;
	if (!view_of(at[6]))
		return "unknown word for how the rule shows";
	*column = 9;
	if (!strchr("123", at[9][0]) || !at[9][0] || at[9][1])
		return "priority is not 1, 2 or 3";
	return NULL;
}

/*
 * A reason that begins with a role and a colon is about that side alone of a rule that binds both:
 * it goes to where `sides` has that side, and the rule as a whole has none. Returns what it has.
 */
static const char *part_sides(const struct rule *r, const char *reason,
			      const char *sides[FROM_TARGET + 1])
{
	const char *whole = reason;

	for (enum pdu_sender side = FROM_INITIATOR; side <= FROM_TARGET; side++) {
		const size_t len = strlen(side_name(side));
		const bool alone = !strcmp(r->role, "both") &&
				   !strncmp(reason, side_name(side), len) &&
				   !strncmp(reason + len, ": ", 2);
		sides[side] = alone ? reason + len + 2 : "";
		if (alone)
			whole = "";
	}
	return whole;
}

/* columns: how many the file's first line names. */
static int add_row(struct ledger *l, char *text, size_t columns, const char *path, unsigned line,
		   struct err *e)
{
	char *at[COLUMNS];
	const char *start = text;
	size_t n = split(text, at), bad;
	if (n < REQUIRED || n > columns)
		return err_set(e, 0, "%s:%u:1: %zu columns instead of %zu", path, line, n, columns);
	const char *fault = row_fault(at, &bad);
	if (fault)
		return place_error(e, path, line, (unsigned)(at[bad] - start) + 1, fault);

	if (l->count == l->size) {
		size_t size = l->size ? l->size * 2 : 256;
		if (size > RULES_MAX)
			return place_error(e, path, line, 1, "too many rules");
		struct rule *rules = realloc(l->rules, size * sizeof(*rules));
		if (rules)
			l->rules = rules;
		char **lines = realloc(l->lines, size * sizeof(*lines));
		if (lines)
			l->lines = lines;
		if (!rules || !lines)
			return err_set(e, ENOMEM, "ledger %s", path);
		l->size = size;
	}
	l->lines[l->count] = text;
	struct rule *r = &l->rules[l->count++];
	*r = (struct rule){
		.id = at[0],
		.rfc = (int)strtol(at[1], NULL, 10),
		.section = at[2],
		.level = at[3],
		.role = at[4],
		.summary = at[5],
		.observable = at[6],
		.stimulus = at[7],
		.verdict = at[8],
		.priority = at[9][0] - '0',
		.our_level = strstr(at[5], "[def]") || strstr(at[5], "[lc]"),
	};
	r->reason = part_sides(r, at[10], r->side_reason);
	r->no_knob = part_sides(r, at[11], r->side_no_knob);
	return 0;
}

/* *columns: how many it names. */
static int check_header(char *text, const char *path, size_t *columns, struct err *e)
{
	char *at[COLUMNS];
	const char *start = text;
	size_t n = split(text, at);
	if (n < REQUIRED)
		return place_error(e, path, 1, 1, "the first line lacks a column");
	*columns = n < COLUMNS ? n : COLUMNS;
	for (size_t i = 0; i < *columns; i++) {
		if (strcmp(at[i], column_names[i]) != 0)
			return err_set(e, 0, "%s:1:%u: column \"%s\" should be \"%s\"", path,
				       (unsigned)(at[i] - start) + 1, at[i], column_names[i]);
	}
	return 0;
}

static int read_file(struct ledger *l, const char *path, struct err *e)
{
	FILE *f = fopen(path, "re");
	if (!f)
		return err_set(e, errno, "%s", path);
	int rc = 0;
	unsigned number = 0;
	char *line = NULL;
	size_t size = 0, columns = 0;
	ssize_t len;
	while (!rc && (len = getline(&line, &size, f)) >= 0) {
		number++;
		if (memchr(line, '\0', (size_t)len)) {
			rc = place_error(e, path, number, 1, "NUL byte");
			break;
		}
		line[strcspn(line, "\r\n")] = '\0';
		if (number == 1) {
			rc = check_header(line, path, &columns, e);
			continue;
		}
		if (!line[0])
			continue;
		char *own = strdup(line);
		size_t before = l->count;
		rc = own ? add_row(l, own, columns, path, number, e)
			 : err_set(e, ENOMEM, "%s", path);
		if (l->count == before)
			free(own);
	}
	if (!rc && ferror(f))
		rc = err_set(e, errno, "%s", path);
	free(line);
	fclose(f);
	return rc;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct rule *)a)->id, ((const struct rule *)b)->id);
}

struct ledger *ledger_load(const char *dir, struct err *e)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, is_tsv, alphasort);
	if (n < 0) {
		err_set(e, errno, "%s", dir);
		return NULL;
	}
	int rc = 0;
	struct ledger *l = calloc(1, sizeof(*l));
	for (int i = 0; i < n; i++) {
		char path[4096];
		if (snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name) >=
		    (int)sizeof(path))
			rc = err_set(e, ENAMETOOLONG, "%s", dir);
		if (l && !rc)
			rc = read_file(l, path, e);
		free(names[i]);
	}
	free(names);
	if (!l) {
		err_set(e, ENOMEM, "ledger");
		return NULL;
	}
	if (!rc && !l->count)
		rc = err_set(e, 0, "%s: no rules", dir);
	if (l->rules)
		qsort(l->rules, l->count, sizeof(*l->rules), by_id);
	for (size_t i = 1; !rc && l->rules && i < l->count; i++)
		if (!strcmp(l->rules[i - 1].id, l->rules[i].id))
			rc = err_set(e, 0, "%s: rule %s is there twice", dir, l->rules[i].id);
	if (!rc)
		l->profiles = profiles_load(dir, e);
	for (size_t i = 0; l->profiles && !rc && i < profiles_count(l->profiles); i++) {
		const struct permit *row = profiles_at(l->profiles, i);
		if (!ledger_find(l, row->rule))
			rc = err_set(e, 0, "%s/profiles.list: no rule %s", dir, row->rule);
	}
	if (l->profiles && !rc)
		l->sections = sections_load(dir, e);
	if (rc || !l->profiles || !l->sections) {
		ledger_free(l);
		return NULL;
	}
	return l;
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->count; i++)
		free(l->lines[i]);
	profiles_free(l->profiles);
	sections_free(l->sections);
	free(l->lines);
	free(l->rules);
	free(l);
}

const struct profiles *ledger_profiles(const struct ledger *l)
{
	return l->profiles;
}

const struct sections *ledger_sections(const struct ledger *l)
{
	return l->sections;
}

size_t ledger_count(const struct ledger *l)
{
	return l->count;
}

const struct rule *ledger_at(const struct ledger *l, size_t i)
{
	return i < l->count ? &l->rules[i] : NULL;
}

const struct rule *ledger_find(const struct ledger *l, const char *id)
{
	struct rule key = {.id = id};
	return l->rules ? bsearch(&key, l->rules, l->count, sizeof(*l->rules), by_id) : NULL;
}

bool rule_shows(const struct rule *r)
{
	const struct view *v = view_of(r->observable);
	return v && v->shows;
}

const char *side_name(enum pdu_sender side)
{
	return side == FROM_TARGET ? "target" : "initiator";
}

bool rule_binds(const struct rule *r, enum pdu_sender side)
{
	return !strcmp(r->role, "both") || !strcmp(r->role, side_name(side));
}

enum grade rule_grade(const struct rule *r)
{
	if (!strncmp(r->level, "MUST", 4))
		return r->our_level ? GRADE_SHOULD : GRADE_MUST;
	if (!strncmp(r->level, "SHOULD", 6))
		return GRADE_SHOULD;
	return GRADE_MAY;
}

bool rules_cite(const char *rules, const char *id)
{
	const size_t len = strlen(id);
	for (const char *at = rules; len && (at = strstr(at, id)); at += len)
		if ((at == rules || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
	return false;
}

bool rules_next(const char **rules, char id[RULE_ID_SIZE])
{
	const char *at = *rules + strspn(*rules, " ");
	const size_t len = strcspn(at, " ");

	snprintf(id, RULE_ID_SIZE, "%.*s", (int)len, at);
	*rules = at + len;
	return len != 0;
}

bool rules_meet(const char *a, const char *b)
{
	char id[RULE_ID_SIZE];

	while (rules_next(&b, id))
		if (rules_cite(a, id))
			return true;
	return false;
}

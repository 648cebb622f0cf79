/* SPDX-License-Identifier: BSD-2-Clause */
#include "claims.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../report/escape.h"
#include "../report/file.h"
#include "../report/memory.h"

enum { LIST_MAX = 1 << 20 };

static char *trim(char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	for (size_t n = strlen(s); n && isspace((unsigned char)s[n - 1]);)
		s[--n] = '\0';
	return s;
}

/* ---- the options that there are ---- */

static int add_option(struct claims *c, char *line)
{
	char *name = strsep(&line, "\t"), *conditions = strsep(&line, "\t");
	if (!conditions || !line || !*name || !*line || strchr(line, '\t'))
		return -1;
	c->options = grow(c->options, c->count, sizeof(*c->options));
	struct claim_option *o = &c->options[c->count++];
	*o = (struct claim_option){.name = must(strdup(name)), .says = must(strdup(line))};
	for (char *one; (one = strsep(&conditions, "|"));) {
		one = trim(one);
		if (!*one)
			return -1;
		o->conditions.at =
			grow(o->conditions.at, o->conditions.count, sizeof(*o->conditions.at));
		o->conditions.at[o->conditions.count++] = must(strdup(one));
	}
	return 0;
}

int claims_options(struct claims *c, const char *path, struct err *e)
{
	static const char head[] = "option\tconditions\tsays";
	char *text = file_read(path, LIST_MAX, NULL, e), *rest = text;
	int status = text ? 0 : -1;

	*c = (struct claims){0};
	for (unsigned number = 1; !status && rest; number++) {
		char *line = strsep(&rest, "\n");
		if (number == 1 && strcmp(line, head) != 0)
			status = err_set(e, 0, "%s:1: not \"%s\"", path, head);
		else if (number > 1 && *line && add_option(c, line))
			status = err_set(e, 0, "%s:%u: option, conditions, says expected", path,
					 number);
	}
	free(text);
	return status;
}

/* ---- what is claimed ---- */

static struct claim_option *find(struct claims *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (!strcmp(c->options[i].name, name))
			return &c->options[i];
	return NULL;
}

static int take_line(struct claims *c, char *line, const char *name, unsigned number, struct err *e)
{
	const struct {
		const char *key;
		char **to;
	} texts[] = {
		{"system", &c->system},
		{"version", &c->version},
		{"vendor", &c->vendor},
		{"contact", &c->contact},
	};
	line = trim(line);
	if (!*line || *line == '#')
		return 0;
	const size_t n = strcspn(line, " \t");
	char *value = line[n] ? trim(line + n) : line + n;
	line[n] = '\0';
	if (!*value)
		return err_set(e, 0, "%s:%u: '%.40s' and nothing behind it", name, number, line);
	if (!strcmp(line, "has")) {
		struct claim_option *o = find(c, value);
		if (!o)
			return err_set(
				e, 0,
				"%s:%u: there is no option '%.60s'; see cases/rules/claims.list",
				name, number, value);
		o->claimed = true;
		return 0;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (strcmp(texts[i].key, line) != 0)
			continue;
		if (*texts[i].to)
			return err_set(e, 0, "%s:%u: a second '%s'", name, number, line);
		*texts[i].to = escape_text(value);
		return 0;
	}
	return err_set(e, 0, "%s:%u: '%.40s' is not one of system, version, vendor, contact, has",
		       name, number, line);
}

int claims_parse(struct claims *c, const char *name, const char *text, size_t len, struct err *e)
{
	if (memchr(text, '\0', len))
		return err_set(e, 0, "%s: not a text", name);
	char *copy = must(strndup(text, len)), *rest = copy;
	int status = 0;
	c->made = true;
	for (unsigned number = 1; !status && rest; number++)
		status = take_line(c, strsep(&rest, "\n"), name, number, e);
	free(copy);
	return status;
}

void claims_free(struct claims *c)
{
	for (size_t i = 0; i < c->count; i++) {
		struct claim_option *o = &c->options[i];
		for (size_t k = 0; k < o->conditions.count; k++)
			free(o->conditions.at[k]);
		free(o->conditions.at);
		free(o->name);
		free(o->says);
	}
	free(c->options);
	free(c->system);
	free(c->version);
	free(c->vendor);
	free(c->contact);
	*c = (struct claims){0};
}

/* Is it the whole condition, and not the beginning of a longer one? */
static bool is_condition(const char *at, const char *condition)
{
	const size_t n = strlen(condition);
	if (strncmp(at, condition, n) != 0)
		return false;
	at += n + strspn(at + n, " \t");
	return *at == '"' || *at == '\n' || !*at;
}

/* The case as a whole: a `needs` inside a block ends the case as well, but not from its start. */
bool claim_is_of(const struct claim_option *o, const struct script *s)
{
	for (const char *line = s->text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "needs ", 6) != 0)
			continue;
		for (size_t k = 0; k < o->conditions.count; k++)
			if (is_condition(line + 6 + strspn(line + 6, " \t"), o->conditions.at[k]))
				return true;
	}
	return false;
}

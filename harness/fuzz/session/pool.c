/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases that sessions are grown from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/memory.h"
#include "internal.h"

struct source {
	char *id;
	struct session_text text;
};

struct session_pool {
	enum peer_role sut;
	struct source *at;
	size_t count;
};

struct session_pool *session_pool_new(enum peer_role sut)
{
	struct session_pool *p = must(calloc(1, sizeof(*p)));

	p->sut = sut;
	return p;
}

void session_pool_free(struct session_pool *p)
{
	for (size_t i = 0; p && i < p->count; i++) {
		free(p->at[i].id);
		session_text_free(&p->at[i].text);
	}
	if (p)
		free(p->at);
	free(p);
}

/* Does anything of it end up in a session that parses? */
static bool of_use(const struct session_pool *p, size_t i)
{
	enum { TRIES = 4 };
	bool found = false;

	for (uint64_t seed = 0; !found && seed < TRIES; seed++) {
		struct session_text t = {0};
		struct rng dice = rng_of(seed);
		session_neutral(&p->at[i].text, p->sut, &t, &dice);
		found = t.count > 0;
		session_text_free(&t);
	}
	return found;
}

/* A script's text ends in the tables that it names, "# @NAME VALUE...": the values in place of the
 * names. */
static char *without_tables(const char *text)
{
	char *out = NULL;
	size_t size = 0;
	FILE *to = must(open_memstream(&out, &size));

	for (const char *c = text; *c;) {
		const size_t len = *c == '@' ? 1 + strspn(c + 1, "abcdefghijklmnopqrstuvwxyz-") : 1;
		char *name = len > 1 ? text_format("# %.*s ", (int)len, c) : NULL;
		const char *table = name && c > text && c[-1] == ' ' ? strstr(text, name) : NULL;
		if (table && table + 2 != c) {
			table += len + 3;
			fwrite(table, 1, strcspn(table, "\n"), to);
		} else {
			fwrite(c, 1, len, to);
		}
		free(name);
		c += len;
	}
	if (fclose(to))
		must(NULL);
	return out;
}

bool session_pool_add(struct session_pool *p, const struct script *s)
{
	if (s->sut != p->sut)
		return false;
	p->at = grow(p->at, p->count, sizeof(*p->at));
	struct source *to = &p->at[p->count++];
	*to = (struct source){.id = must(strdup(s->id))};
	char *text = without_tables(s->text);
	session_text_read(&to->text, text, strlen(text));
	free(text);
	if (of_use(p, p->count - 1))
		return true;
	p->count--;
	free(to->id);
	session_text_free(&to->text);
	return false;
}

size_t session_pool_count(const struct session_pool *p)
{
	return p->count;
}

const char *session_pool_case(const struct session_pool *p, size_t i)
{
	return p->at[i].id;
}

const struct session_text *session_pool_text(const struct session_pool *p, size_t i)
{
	return &p->at[i].text;
}

enum peer_role session_pool_role(const struct session_pool *p)
{
	return p->sut;
}

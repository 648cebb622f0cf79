/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds and loads cases and rules. */
#include "catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../report/memory.h"
#include "cli.h"
#include "select.h"

enum { MAX_DEPTH = 16 }; /* of folders; a link that leads in circles ends here */

static bool is_folder(const char *path)
{
	struct stat st;
	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

/* The folder of cases that belongs to this program; NULL when there is none. */
static char *default_dir(void)
{
	const char *from_env = getenv("ISERSPEC_CASES");
	if (from_env && *from_env)
		return must(strdup(from_env));

	char self[4096];
	const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return NULL;
	self[n] = '\0';
	for (int up = 0; up < 2; up++) {
		char *slash = strrchr(self, '/');
		if (slash)
			*slash = '\0';
	}
	static const char *const places[] = {"cases", "share/iserspec/cases"};
	for (size_t i = 0; i < 2; i++) {
		char *dir = text_format("%s/%s", self, places[i]);
		if (is_folder(dir))
			return dir;
		free(dir);
	}
	return NULL;
}

static int not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* Adds the id of every *.iser below dir/rel. */
static int find_cases(struct catalogue *c, const char *rel, unsigned depth, struct err *e)
{
	struct dirent **list = NULL;
	char *path = text_format("%s/%s", c->dir, rel);
	const int n = scandir(path, &list, not_hidden, alphasort);
	int status = 0;

	if (n < 0)
		status = errno == ENOENT && !depth ? 0 : err_set(e, errno, "cannot read %s", path);
	for (int i = 0; i < n; i++) {
		char *below = text_format("%s/%s", rel, list[i]->d_name);
		char *full = text_format("%s/%s", c->dir, below);
		const size_t len = strlen(below);
		if (status) {
			/* only freeing what is left */
		} else if (is_folder(full)) {
			status = depth < MAX_DEPTH ? find_cases(c, below, depth + 1, e)
						   : err_set(e, ELOOP, "%s", full);
		} else if (len > 5 && !strcmp(below + len - 5, ".iser")) {
			c->ids = grow(c->ids, c->id_count, sizeof(*c->ids));
			c->ids[c->id_count++] = must(strndup(below, len - 5));
		}
		free(full);
		free(below);
		free(list[i]);
	}
	free(list);
	free(path);
	return status;
}

/* Can this id be meant? Patterns by tag or rule need the file itself. */
static bool may_be_meant(const char *id, char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!select_is_id(patterns[i]) || select_matches_id(patterns[i], id))
			return true;
	return !n;
}

static bool is_meant(const struct script *s, char *const *patterns, size_t n, bool *used)
{
	bool meant = !n;
	for (size_t i = 0; i < n; i++) {
		if (!select_matches(patterns[i], s))
			continue;
		used[i] = true;
		meant = true;
	}
	return meant;
}

/* NULL: it is wrong, and that was told. */
static struct script *load_file(struct catalogue *c, const char *path, const char *id)
{
	struct script_errors errors;
	struct script *s = script_load(path, id, c->ledger, &errors);
	for (size_t i = 0; !s && i < errors.count; i++) {
		const struct script_error *e = &errors.at[i];
		if (e->line)
			complain("%s:%u:%u: %s", path, e->line, e->column, e->what);
		else
			complain("%s: %s", path, e->what);
	}
	if (!s && errors.more)
		complain("%s: there is more that is wrong", path);
	return s;
}

static struct script *load_case(struct catalogue *c, const char *id)
{
	char *path = text_format("%s/%s.iser", c->dir, id);
	struct script *s = load_file(c, path, id);
	free(path);
	return s;
}

/* The name of a file that a pattern is, without folder and ending; NULL: it is none. */
static char *name_of_file(const char *pattern)
{
	static const char ending[] = ".iser";
	const size_t len = strlen(pattern), end = sizeof(ending) - 1;
	const char *slash = strrchr(pattern, '/'), *name = slash ? slash + 1 : pattern;
	return len > end && !strcmp(pattern + len - end, ending) && pattern + len - end > name
		       ? must(strndup(name, len - end - (size_t)(name - pattern)))
		       : NULL;
}

/* Scripts that are no cases of the catalogue, as a fuzzer's findings: their id is their file's
 * name. */
static void load_files(struct catalogue *c, char *const *patterns, size_t n, bool *used)
{
	for (size_t i = 0; i < n; i++) {
		char *id = name_of_file(patterns[i]);
		struct script *s = id ? load_file(c, patterns[i], id) : NULL;
		used[i] |= id != NULL;
		c->broken += id && !s;
		free(id);
		if (!s)
			continue;
		c->cases = grow(c->cases, c->count, sizeof(struct script *));
		c->cases[c->count++] = s;
	}
}

static void note_used(const char *id, char *const *patterns, size_t n, bool *used)
{
	for (size_t i = 0; i < n; i++)
		used[i] |= !select_is_id(patterns[i]) || select_matches_id(patterns[i], id);
}

static int load_cases(struct catalogue *c, char *const *patterns, size_t n, struct err *e)
{
	bool *used = must(calloc(n + 1, sizeof(*used)));
	int status = 0;

	for (size_t i = 0; i < c->id_count; i++) {
		if (!may_be_meant(c->ids[i], patterns, n))
			continue;
		struct script *s = load_case(c, c->ids[i]);
		if (!s) {
			c->broken++;
			note_used(c->ids[i], patterns, n, used);
		} else if (is_meant(s, patterns, n, used)) {
			c->cases = grow(c->cases, c->count, sizeof(struct script *));
			c->cases[c->count++] = s;
		} else {
			script_free(s);
		}
	}
	load_files(c, patterns, n, used);
	for (size_t i = 0; !status && i < n; i++)
		if (!used[i])
			status = err_set(e, 0, "no case matches '%s'", patterns[i]);
	free(used);
	return status;
}

static int compare_ids(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int open_at(struct catalogue *c, char *const *patterns, size_t n, struct err *e)
{
	if (!c->dir)
		return err_set(e, 0, "the folder of cases was not found; name it with --cases DIR");
	if (!is_folder(c->dir))
		return err_set(e, ENOTDIR, "%s", c->dir);
	char *rules = text_format("%s/rules", c->dir);
	c->ledger = ledger_load(rules, e);
	free(rules);
	if (!c->ledger || find_cases(c, "initiator", 0, e) || find_cases(c, "target", 0, e))
		return -1;
	if (!c->id_count)
		return err_set(e, 0, "there are no cases in %s", c->dir);
	qsort(c->ids, c->id_count, sizeof(*c->ids), compare_ids);
	return load_cases(c, patterns, n, e);
}

int catalogue_open(struct catalogue *c, const char *dir, char *const *patterns, size_t n,
		   struct err *e)
{
	*c = (struct catalogue){.dir = dir ? must(strdup(dir)) : default_dir()};
	if (!open_at(c, patterns, n, e))
		return 0;
	catalogue_free(c);
	return -1;
}

void catalogue_free(struct catalogue *c)
{
	for (size_t i = 0; i < c->count; i++)
		script_free(c->cases[i]);
	for (size_t i = 0; i < c->id_count; i++)
		free(c->ids[i]);
	free(c->cases);
	free(c->ids);
	free(c->dir);
	if (c->ledger)
		ledger_free(c->ledger);
	*c = (struct catalogue){0};
}

bool catalogue_has_id(const struct catalogue *c, const char *id)
{
	for (size_t i = 0; i < c->id_count; i++)
		if (!strcmp(c->ids[i], id))
			return true;
	return false;
}

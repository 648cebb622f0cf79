/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifest.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>

#include "../report/digest.h"
#include "../report/escape.h"
#include "../report/file.h"
#include "../report/memory.h"

enum { FILE_MAX = 1 << 30, HEX = DIGEST_TEXT - 1 };

struct lines {
	char **at;
	size_t count;
};

static void lines_free(struct lines *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->at[i]);
	free(l->at);
}

/* Behind the digest and two blanks. */
static const char *path_of(const char *line)
{
	return line + HEX + 2;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(path_of(*(char *const *)a), path_of(*(char *const *)b));
}

static int add_file(struct lines *l, const char *file, const char *path, struct err *e)
{
	char digest[DIGEST_TEXT];
	size_t len;
	char *text = file_read(file, FILE_MAX, &len, e);
	if (!text)
		return -1;
	digest_bytes(text, len, digest);
	free(text);
	l->at = grow(l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = text_format("%s  %s", digest, path);
	return 0;
}

static int collect(struct lines *l, const char *folder, struct err *e)
{
	char *roots[] = {must(strdup(folder)), NULL};
	FTS *tree = must(fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL));
	int status = 0;

	for (const FTSENT *f; !status && (f = fts_read(tree));) {
		const char *path = f->fts_path + strlen(folder);
		path += *path == '/';
		if (f->fts_info != FTS_F || !strcmp(path, MANIFEST) ||
		    !strcmp(path, MANIFEST_SIGNATURE))
			continue;
		status = add_file(l, f->fts_path, path, e);
	}
	fts_close(tree);
	free(roots[0]);
	if (l->count)
		qsort(l->at, l->count, sizeof(*l->at), by_path);
	return status;
}

char *manifest_of(const char *folder, struct err *e)
{
	struct lines l = {0};
	char *text = NULL;
	size_t len;

	if (!collect(&l, folder, e)) {
		FILE *out = must(open_memstream(&text, &len));
		for (size_t i = 0; i < l.count; i++)
			fprintf(out, "%s\n", l.at[i]);
		fclose(out);
		must(text);
	}
	lines_free(&l);
	return text;
}

static int take_line(struct lines *l, const char *line, size_t number, struct err *e)
{
	if (strlen(line) < HEX + 3 || strspn(line, "0123456789abcdef") != HEX || line[HEX] != ' ' ||
	    line[HEX + 1] != ' ')
		return err_set(e, 0, MANIFEST ":%zu: not a line of SHA-256 and path", number);
	if (l->count && strcmp(path_of(l->at[l->count - 1]), path_of(line)) >= 0)
		return err_set(e, 0, MANIFEST ":%zu: not in the order of paths", number);
	l->at = grow(l->at, l->count, sizeof(*l->at));
	l->at[l->count++] = must(strdup(line));
	return 0;
}

static int read_lines(struct lines *l, const char *folder, struct err *e)
{
	char *path = text_format("%s/" MANIFEST, folder);
	char *text = file_read(path, FILE_MAX, NULL, e), *rest = text;
	int status = text ? 0 : -1;

	for (char *line; !status && (line = strsep(&rest, "\n"));)
		if (*line || rest)
			status = take_line(l, line, l->count + 1, e);
	free(text);
	free(path);
	return status;
}

static void tell(FILE *out, const char *what, const char *path)
{
	char *safe = escape_text(path);
	fprintf(out, "%s: %s\n", safe, what);
	free(safe);
}

int manifest_check(const char *folder, FILE *out, struct err *e)
{
	struct lines said = {0}, are = {0};
	int differences = -1;

	if (read_lines(&said, folder, e) || collect(&are, folder, e))
		goto out;
	differences = 0;
	for (size_t i = 0, k = 0; i < said.count || k < are.count;) {
		const int order = i == said.count ? 1
				  : k == are.count
					  ? -1
					  : strcmp(path_of(said.at[i]), path_of(are.at[k]));
		if (order < 0)
			tell(out, "is in the manifest and not in the archive", path_of(said.at[i]));
		else if (order > 0)
			tell(out, "is in the archive and not in the manifest", path_of(are.at[k]));
		else if (strcmp(said.at[i], are.at[k]) != 0)
			tell(out, "is not as the manifest says", path_of(are.at[k]));
		differences += order || strcmp(said.at[i], are.at[k]) != 0;
		i += order <= 0;
		k += order >= 0;
	}
out:
	lines_free(&said);
	lines_free(&are);
	return differences;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "manifest.h"

#include <errno.h>
#include <fts.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../report/digest.h"
#include "../report/escape.h"
#include "../report/file.h"
#include "../report/memory.h"

enum { FILE_MAX = 1 << 30, HEX = DIGEST_TEXT - 1 };

void manifest_free(struct manifest *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->lines[i]);
	free(m->lines);
	*m = (struct manifest){0};
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

static int add_file(struct manifest *m, const char *file, const char *path, struct err *e)
{
	char digest[DIGEST_TEXT];
	size_t len;
	char *text = file_read(file, FILE_MAX, &len, e);
	if (!text)
		return -1;
	digest_bytes(text, len, digest);
	free(text);
	m->lines = grow(m->lines, m->count, sizeof(*m->lines));
	m->lines[m->count++] = text_format("%s  %s", digest, path);
	return 0;
}

static int collect(struct manifest *m, const char *folder, struct err *e)
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
		status = add_file(m, f->fts_path, path, e);
	}
	fts_close(tree);
	free(roots[0]);
	if (m->count)
		qsort(m->lines, m->count, sizeof(*m->lines), by_path);
	return status;
}

char *manifest_of(const char *folder, struct err *e)
{
	struct manifest m = {0};
	char *text = NULL;
	size_t len;

	if (!collect(&m, folder, e)) {
		FILE *out = must(open_memstream(&text, &len));
		for (size_t i = 0; i < m.count; i++)
			fprintf(out, "%s\n", m.lines[i]);
		fclose(out);
		must(text);
	}
	manifest_free(&m);
	return text;
}

static int take_line(struct manifest *m, const char *line, size_t number, struct err *e)
{
	if (strlen(line) < HEX + 3 || strspn(line, "0123456789abcdef") != HEX || line[HEX] != ' ' ||
	    line[HEX + 1] != ' ')
		return err_set(e, 0, MANIFEST ":%zu: not a line of SHA-256 and path", number);
	if (m->count && strcmp(path_of(m->lines[m->count - 1]), path_of(line)) >= 0)
		return err_set(e, 0, MANIFEST ":%zu: not in the order of paths", number);
	m->lines = grow(m->lines, m->count, sizeof(*m->lines));
	m->lines[m->count++] = must(strdup(line));
	return 0;
}

int manifest_parse(struct manifest *m, const char *text, size_t len, struct err *e)
{
	int status = 0;
	*m = (struct manifest){0};
	for (size_t at = 0; !status && at < len;) {
		const char *end = memchr(text + at, '\n', len - at);
		const size_t n = end ? (size_t)(end - text) - at : len - at;
		char *line = must(strndup(text + at, n));
		if (!end || strlen(line) != n)
			status = err_set(e, 0, MANIFEST ":%zu: %s", m->count + 1,
					 end ? "not a text" : "has no end");
		else
			status = take_line(m, line, m->count + 1, e);
		free(line);
		at += n + 1;
	}
	return status;
}

static int read_file(struct manifest *m, const char *folder, struct err *e)
{
	char *path = text_format("%s/" MANIFEST, folder);
	size_t len;
	char *text = file_read(path, FILE_MAX, &len, e);
	const int status = text ? manifest_parse(m, text, len, e) : -1;
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

int manifest_differences(const struct manifest *said, const struct manifest *are, FILE *out)
{
	int differences = 0;

	for (size_t i = 0, k = 0; i < said->count || k < are->count;) {
		const int order = i == said->count ? 1
				  : k == are->count
					  ? -1
					  : strcmp(path_of(said->lines[i]), path_of(are->lines[k]));
		const bool other = !order && strcmp(said->lines[i], are->lines[k]) != 0;
		if (order < 0)
			tell(out, "is in the manifest and not in the archive",
			     path_of(said->lines[i]));
		else if (order > 0)
			tell(out, "is in the archive and not in the manifest",
			     path_of(are->lines[k]));
		else if (other)
			tell(out, "is not as the manifest says", path_of(are->lines[k]));
		differences += order || other;
		i += order <= 0;
		k += order >= 0;
	}
	return differences;
}

int manifest_check(const char *folder, FILE *out, struct err *e)
{
	struct manifest said = {0}, are = {0};
	int differences = -1;

	if (!read_file(&said, folder, e) && !collect(&are, folder, e))
		differences = manifest_differences(&said, &are, out);
	manifest_free(&said);
	manifest_free(&are);
	return differences;
}

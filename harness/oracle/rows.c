/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a list, line by line. */
#include "rows.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *copy_of(const char *line)
{
	char *copy = strdup(line);
	if (!copy)
		abort();
	return copy;
}

static int read_lines(FILE *f, const char *path, const struct rows_form *form,
		      bool (*take)(void *ctx, char *line), void *ctx, struct err *e)
{
	char *line = NULL;
	size_t size = 0;
	int rc = 0;
	unsigned number = 0;
	while (!rc && getline(&line, &size, f) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (!number++)
			rc = strcmp(line, form->head)
				     ? err_set(e, 0, "%s:1: not \"%s\"", path, form->head)
				     : 0;
		else if (*line && !take(ctx, copy_of(line)))
			rc = err_set(e, 0, "%s:%u: %s expected", path, number, form->expected);
	}
	if (!rc && ferror(f))
		rc = err_set(e, errno, "%s", path);
	free(line);
	return rc;
}

int rows_read(const char *dir, const struct rows_form *form, bool (*take)(void *ctx, char *line),
	      void *ctx, struct err *e)
{
	char path[4096];
	if (snprintf(path, sizeof(path), "%s/%s", dir, form->file) >= (int)sizeof(path))
		return err_set(e, ENAMETOOLONG, "%s", dir);
	FILE *f = fopen(path, "re");
	if (!f)
		return errno == ENOENT ? 0 : err_set(e, errno, "%s", path);
	const int rc = read_lines(f, path, form, take, ctx, e);
	fclose(f);
	return rc;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "known.h"

#include <stdlib.h>
#include <string.h>

#include "../../report/file.h"
#include "../../report/memory.h"

enum { FILE_LIMIT = 1 << 20 };

int known_read(struct known *k, const char *path, struct err *e)
{
	*k = (struct known){0};
	char *text = file_read(path, FILE_LIMIT, NULL, e), *at = text;
	if (!text)
		return -1;
	for (char *line; (line = strsep(&at, "\n"));) {
		size_t len = strlen(line);
		while (len && strchr(" \t\r", line[len - 1]))
			len--;
		if (!len || *line == '#')
			continue;
		k->at = grow(k->at, k->count, sizeof(*k->at));
		k->at[k->count++] = must(strndup(line, len));
	}
	free(text);
	return 0;
}

bool known_has(const struct known *k, const char *signature)
{
	for (size_t i = 0; k && i < k->count; i++) {
		const size_t len = strlen(k->at[i]);
		if (k->at[i][len - 1] == '*' ? !strncmp(k->at[i], signature, len - 1)
					     : !strcmp(k->at[i], signature))
			return true;
	}
	return false;
}

void known_free(struct known *k)
{
	for (size_t i = 0; i < k->count; i++)
		free(k->at[i]);
	free(k->at);
	*k = (struct known){0};
}

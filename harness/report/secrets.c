/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps CHAP secrets out of what is written. */
#include "secrets.h"

#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "file.h"
#include "memory.h"

enum { FILE_LIMIT = 4096 };

void secrets_add(struct secrets *s, const char *secret)
{
	if (!secret || !*secret || s->count == sizeof(s->at) / sizeof(*s->at))
		return;
	s->at[s->count++] = must(strdup(secret));
}

int secrets_read(struct secrets *s, const char *path, struct err *e)
{
	size_t len;
	char *text = file_read(path, FILE_LIMIT, &len, e), *save = NULL;
	if (!text)
		return -1;
	for (char *line = strtok_r(text, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save))
		secrets_add(s, line);
	explicit_bzero(text, len);
	free(text);
	return 0;
}

void secrets_free(struct secrets *s)
{
	for (size_t i = 0; i < s->count; i++) {
		explicit_bzero(s->at[i], strlen(s->at[i]));
		free(s->at[i]);
	}
	s->count = 0;
}

size_t secrets_mask(const struct secrets *s, void *bytes, size_t len)
{
	uint8_t *const start = bytes;
	size_t found = 0;

	for (size_t i = 0; s && i < s->count; i++) {
		const size_t n = strlen(s->at[i]);
		uint8_t *at = start;
		while ((at = memmem(at, len - (size_t)(at - start), s->at[i], n))) {
			memset(at, '*', n);
			at += n;
			found++;
		}
	}
	return found;
}

char *secrets_clean(const struct secrets *s, const char *text)
{
	char *raw = must(strdup(text ? text : ""));
	secrets_mask(s, raw, strlen(raw));
	char *out = escape_text(raw);
	free(raw);
	return out;
}

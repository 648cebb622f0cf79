/* SPDX-License-Identifier: BSD-2-Clause */
/* Matches patterns against cases. */
#include "select.h"

#include <fnmatch.h>
#include <string.h>

static bool has_word(const struct word_list *list, const char *pattern)
{
	for (size_t i = 0; i < list->count; i++)
		if (!fnmatch(pattern, list->at[i], 0))
			return true;
	return false;
}

bool select_is_id(const char *pattern)
{
	return strncmp(pattern, "tag:", 4) != 0 && strncmp(pattern, "rule:", 5) != 0;
}

static bool is_folder_of(const char *folder, size_t len, const char *id)
{
	return !strncmp(folder, id, len) && id[len] == '/';
}

bool select_matches_id(const char *pattern, const char *id)
{
	/* "cases/target/hello/present.iser" is what a shell's completion gives. */
	if (!strncmp(pattern, "cases/", 6))
		pattern += 6;
	size_t len = strlen(pattern);
	if (len > 5 && !strcmp(pattern + len - 5, ".iser"))
		len -= 5;
	while (len && pattern[len - 1] == '/')
		len--;
	if (!len)
		return false;
	const char *group = strchr(id, '/');
	if ((!strncmp(pattern, id, len) && !id[len]) || is_folder_of(pattern, len, id) ||
	    (group && is_folder_of(pattern, len, group + 1)))
		return true;
	return strpbrk(pattern, "*?[") && !fnmatch(pattern, id, 0);
}

bool select_matches(const char *pattern, const struct script *s)
{
	if (!strncmp(pattern, "tag:", 4))
		return has_word(&s->tags, pattern + 4) ||
		       (s->has_long && !strcmp(pattern, "tag:long"));
	if (!strncmp(pattern, "rule:", 5))
		return has_word(&s->cited, pattern + 5);
	return select_matches_id(pattern, s->id);
}

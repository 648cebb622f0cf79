/* SPDX-License-Identifier: BSD-2-Clause */
/* What reports that stand side by side are called. */
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "internal.h"
#include "lab.h"
#include "memory.h"

static bool same_sut(const struct report *a, const struct report *b)
{
	return !strcmp(a->sut_name, b->sut_name) && !strcmp(a->sut_role, b->sut_role);
}

/* Do reports of the same SUT as this one differ in that? */
static bool tells_apart(const struct report *reports, size_t n, size_t which, const char *member)
{
	for (size_t i = 0; i < n; i++)
		if (same_sut(&reports[i], &reports[which]) &&
		    strcmp(lab_text(&reports[i], member), lab_text(&reports[which], member)) != 0)
			return true;
	return false;
}

static char *head(const struct report *reports, size_t n, size_t which)
{
	static const char *const members[] = {"name", "fabric", "kernel.release"};
	char *out = must(strdup(reports[which].sut_name));
	const char *gap = "@";

	for (size_t k = 0; k < sizeof(members) / sizeof(*members); k++) {
		char *text = escape_text(lab_text(&reports[which], members[k]));
		if (*text && tells_apart(reports, n, which, members[k])) {
			char *longer = text_format("%s%s%s", out, gap, text);
			free(out);
			out = longer;
			gap = ",";
		}
		free(text);
	}
	return out;
}

char **matrix_heads(const struct report *reports, size_t n)
{
	char **heads = must(calloc(n ? n : 1, sizeof(*heads)));
	for (size_t i = 0; i < n; i++)
		heads[i] = head(reports, n, i);
	return heads;
}

void matrix_heads_free(char **heads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(heads[i]);
	free(heads);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What reports that stand side by side are called. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "escape.h"
#include "lab.h"
#include "matrix.h"
#include "memory.h"

static bool same_sut(const struct report *a, const struct report *b)
{
	return !strcmp(a->sut_name, b->sut_name) && !strcmp(a->sut_role, b->sut_role);
}

/* Drivers tell the kernel behind the version of what is no part of it; here it stands for itself.
 */
static char *own_version(const struct report *r)
{
	const char *version = r->sut_version ? r->sut_version : "";
	char *kernel = text_format("Linux %s", lab_text(r, "kernel.release"));
	char *own = escape_text(version);
	const size_t len = strlen(own), tail = strlen(kernel);
	if (tail <= len && !strcmp(own + len - tail, kernel)) {
		own[len - tail] = '\0';
		if (len > tail + 1 && !strcmp(own + len - tail - 2, ", "))
			own[len - tail - 2] = '\0';
	}
	free(kernel);
	return own;
}

/* What may tell two reports of one SUT apart; escaped, the caller frees. */
static char *trait(const struct report *r, const char *member)
{
	char seed[32];
	snprintf(seed, sizeof(seed), "seed %" PRIu64, r->seed);
	if (!strcmp(member, "version"))
		return own_version(r);
	return escape_text(!strcmp(member, "seed") ? seed : lab_text(r, member));
}

/* Do reports of the same SUT as this one differ in that? */
static bool tells_apart(const struct report *reports, size_t n, size_t which, const char *member)
{
	bool apart = false;
	char *own = trait(&reports[which], member);
	for (size_t i = 0; i < n && !apart; i++) {
		char *other = trait(&reports[i], member);
		apart = same_sut(&reports[i], &reports[which]) && strcmp(own, other) != 0;
		free(other);
	}
	free(own);
	return apart;
}

static char *head(const struct report *reports, size_t n, size_t which)
{
	static const char *const members[] = {"name", "fabric", "kernel.release", "version",
					      "seed"};
	char *out = must(strdup(reports[which].sut_name));
	const char *gap = "@";

	for (size_t k = 0; k < sizeof(members) / sizeof(*members); k++) {
		char *text = trait(&reports[which], members[k]);
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

/* What nothing tells apart is numbered, in the order of the command line. */
static void number_same(const struct report *reports, char **heads, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t number = 1;
		char *plain = must(strdup(heads[i]));
		for (size_t k = i + 1; k < n; k++) {
			if (strcmp(plain, heads[k]) != 0 || !same_sut(&reports[i], &reports[k]))
				continue;
			free(heads[k]);
			heads[k] = text_format("%s #%zu", plain, ++number);
		}
		if (number > 1) {
			free(heads[i]);
			heads[i] = text_format("%s #1", plain);
		}
		free(plain);
	}
}

char **matrix_heads(const struct report *reports, size_t n)
{
	char **heads = must(calloc(n ? n : 1, sizeof(*heads)));
	for (size_t i = 0; i < n; i++)
		heads[i] = head(reports, n, i);
	number_same(reports, heads, n);
	return heads;
}

void matrix_heads_free(char **heads, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(heads[i]);
	free(heads);
}

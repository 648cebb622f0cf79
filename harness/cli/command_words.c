/* SPDX-License-Identifier: BSD-2-Clause */
#include "command_words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../report/escape.h"
#include "../report/memory.h"

void command_words_add(struct command_words *w, char *word)
{
	w->at = must(realloc(w->at, (w->count + 2) * sizeof(*w->at)));
	w->at[w->count++] = must(word);
	w->at[w->count] = NULL;
}

void command_words_option(struct command_words *w, const char *option, const char *value)
{
	if (!value || !*value)
		return;
	command_words_add(w, strdup(option));
	command_words_add(w, strdup(value));
}

void command_words_free(struct command_words *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->at[i]);
	free(w->at);
	*w = (struct command_words){0};
}

void command_words_put(FILE *out, const char *head, const struct command_words *w)
{
	fputs(head, out);
	for (size_t i = 0; i < w->count; i++) {
		const char *word = w->at[i];
		const bool plain = *word && !strpbrk(word, " \t\n'\"\\$`*?[]{}()<>|&;#~!");
		char *clean = escape_text(word);
		fprintf(out, "%s%s%s%s", i ? " " : "", plain ? "" : "'", clean, plain ? "" : "'");
		free(clean);
	}
	fputc('\n', out);
	fflush(out);
}

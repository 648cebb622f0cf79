/* SPDX-License-Identifier: BSD-2-Clause */
/* A command line that is put together word by word. */
#ifndef CLI_COMMAND_WORDS_H
#define CLI_COMMAND_WORDS_H

#include <stddef.h>
#include <stdio.h>

/* {0} is none. As soon as there is a word, `at` ends with NULL as execv() wants it. */
struct command_words {
	char **at;
	size_t count;
};

/* Takes a malloc'd word; of NULL it aborts, as must() does. */
void command_words_add(struct command_words *w, char *word);
/* An option and its value, both copied; nothing where the value is NULL or "". */
void command_words_option(struct command_words *w, const char *option, const char *value);
void command_words_free(struct command_words *w);
/* As a line that a shell would take, behind `head`. */
void command_words_put(FILE *out, const char *head, const struct command_words *w);

#endif

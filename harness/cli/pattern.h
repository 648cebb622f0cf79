/* SPDX-License-Identifier: BSD-2-Clause */
/* Extended regular expressions that users give. */
#ifndef CLI_PATTERN_H
#define CLI_PATTERN_H

#include <regex.h>
#include <stdbool.h>

#include "../wire/err.h"

/* To be freed by regfree(). -1 with *e naming the text and what is wrong with it. */
int pattern_compile(regex_t *p, const char *text, struct err *e);
bool pattern_matches(const regex_t *p, const char *text);

#endif

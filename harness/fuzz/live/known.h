/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings that somebody knows already: a file of signatures, one a line, with `*` at the end of
 * one that stands for all that begin so; blank lines and those that begin with # say nothing. */
#ifndef FUZZ_LIVE_KNOWN_H
#define FUZZ_LIVE_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

#include "../../wire/err.h"

struct known {
	char **at;
	size_t count;
};

/* -1 with *e. known_free() in any case. */
int known_read(struct known *k, const char *path, struct err *e);
/* k NULL: nothing is known. */
bool known_has(const struct known *k, const char *signature);
void known_free(struct known *k);

#endif

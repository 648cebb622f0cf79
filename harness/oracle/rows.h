/* SPDX-License-Identifier: BSD-2-Clause */
/* The lists beside the ledger: files of tab-separated rows under a head. */
#ifndef ORACLE_ROWS_H
#define ORACLE_ROWS_H

#include <stdbool.h>

#include "../wire/err.h"

struct rows_form {
	const char *file;     /* "profiles.list" */
	const char *head;     /* its first line */
	const char *expected; /* of a row, for people: "rule, profile, about, why" */
};

/*
 * Hands each line of DIR/file behind its head, but for empty ones, to take(), which keeps it (it is
 * malloc'd) and says whether it is a row. A file that is not there has none. -1 with *e naming
 * file:line.
 */
int rows_read(const char *dir, const struct rows_form *form, bool (*take)(void *ctx, char *line),
	      void *ctx, struct err *e);

#endif

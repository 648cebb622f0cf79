/* SPDX-License-Identifier: BSD-2-Clause */
/* The tables of contents of the RFCs whose rules the ledger has: rows of cases/rules/sections.list.
 */
#ifndef ORACLE_SECTIONS_H
#define ORACLE_SECTIONS_H

#include <stddef.h>

#include "../wire/err.h"

struct section {
	int rfc;
	const char *number, *title; /* "5.1.3" */
};

struct sections;
/* DIR/sections.list; where there is none, there are no sections. NULL with *e naming file:line. */
struct sections *sections_load(const char *dir, struct err *e);
void sections_free(struct sections *s);
size_t sections_count(const struct sections *s);
const struct section *sections_at(const struct sections *s, size_t i); /* in the RFCs' order */
const struct section *sections_find(const struct sections *s, int rfc, const char *number);

#endif

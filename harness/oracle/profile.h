/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Under which profile a behaviour is legal. `rfc7145` is what the ledger says; others permit what a
 * rule of it forbids: RFC 5046, which it replaced, and what the Linux implementations do by
 * convention. They are rows of cases/rules/profiles.list.
 */
#ifndef ORACLE_PROFILE_H
#define ORACLE_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "../wire/err.h"
#include "verdict.h"

#define PROFILE_DEFAULT "rfc7145"

/* One rule that a profile does not hold anybody to. */
struct permit {
	const char *rule, *profile;
	const char *about; /* only findings whose reason speaks of it; "": all */
	const char *why;
};

struct profiles;
/* DIR/profiles.list; where there is none, no profile permits anything. NULL with *e naming
 * file:line. */
struct profiles *profiles_load(const char *dir, struct err *e);
void profiles_free(struct profiles *p);
size_t profiles_count(const struct profiles *p); /* rows */
const struct permit *profiles_at(const struct profiles *p, size_t i);
/* The names, PROFILE_DEFAULT first, in the order of the file; NULL behind the last. */
const char *profiles_name(const struct profiles *p, size_t i);
bool profiles_has(const struct profiles *p, const char *name);
/* Why what this finding accuses of is legal there: the profile permits each of its rules. NULL: it
 * is not, or nothing is accused. */
const char *profile_permits(const struct profiles *p, const char *name, const struct finding *f);
/* Judges by that profile: what it permits becomes info, and says so. */
void profile_apply(const struct profiles *p, const char *name, struct case_result *r);

#endif

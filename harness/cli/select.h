/* SPDX-License-Identifier: BSD-2-Clause */
/* Which cases a pattern means. */
#ifndef CLI_SELECT_H
#define CLI_SELECT_H

#include <stdbool.h>

#include "../script/script.h"

/*
 * `tag:WORD`, `rule:ID` (ID may be a glob), or an id: a glob (where an asterisk crosses slashes), a
 * whole id, or a folder ("target/hello", "target", or "hello" for both roles).
 */
bool select_matches(const char *pattern, const struct script *s);
/* Can it be told from the id alone, so that other files need not even be read? */
bool select_is_id(const char *pattern);
bool select_matches_id(const char *pattern, const char *id);

#endif

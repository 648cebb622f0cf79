/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a vendor says of his own system: its name, and which of the options he says it has.
 *
 * A text of lines: `system`, `version`, `vendor` or `contact` and words, or `has OPTION`; `#`
 * comments, blank lines. Options and the conditions in the cases (`needs CONDITION`) by which a
 * case hangs on one are rows of cases/rules/claims.list.
 */
#ifndef CERTIFICATE_CLAIMS_H
#define CERTIFICATE_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>

#include "../script/script.h"
#include "../wire/err.h"

struct claim_option {
	char *name, *says;
	struct word_list conditions; /* as written behind `needs` */
	bool claimed;
};

struct claims {
	struct claim_option *options;
	size_t count;
	bool made; /* there was a claim file; else nothing is claimed, and all is judged */
	char *system, *version, *vendor, *contact; /* escaped; NULL: not told */
};

/* Reads the options; claims_free() in any case. -1 with *e "file:line: what". */
int claims_options(struct claims *c, const char *path, struct err *e);
/* len bytes of a claim file, `name` for messages. -1 with *e "name:line: what". */
int claims_parse(struct claims *c, const char *name, const char *text, size_t len, struct err *e);
void claims_free(struct claims *c);
/* Does the case do nothing on a system that has not this option? */
bool claim_is_of(const struct claim_option *o, const struct script *s);

#endif

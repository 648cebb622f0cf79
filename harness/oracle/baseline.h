/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Known deviations of one SUT: a text of lines `CASE VERDICT DATE REASON...`, `#` comments, blank
 * lines. CASE may be `preflight`, the session that a run begins with, or `monitor/NAME`: all that
 * this monitor finds broken. `monitor/NAME/RULE` is but one rule that it finds broken, and
 * `monitor/NAME@CASES` or `monitor/NAME/RULE@CASES` what it finds in those cases alone. DATE is
 * YYYY-MM-DD, the day it was found; the reason is required. Only what is worse than its entry is
 * red.
 */
#ifndef ORACLE_BASELINE_H
#define ORACLE_BASELINE_H

#include <stddef.h>

#include "../wire/err.h"
#include "verdict.h"

struct baseline_entry {
	char *id;
	char *monitor, *rule, *cases; /* of an id that begins with monitor/; NULL: not said */
	enum verdict verdict;
	char *reason; /* "2026-03-01 the reason" */
	unsigned line;
};

struct baseline {
	struct baseline_entry *entries;
	size_t count;
};

enum baseline_state {
	BASELINE_NONE,	 /* no entry */
	BASELINE_SAME,	 /* as the entry says, or bad in a milder way */
	BASELINE_WORSE,	 /* red */
	BASELINE_BETTER, /* pass or info: the entry wants removing */
};

/* Does no I/O; len bytes of text, `name` for messages. -1 with *e "name:line: what"; *b is empty
 * then. */
int baseline_parse(struct baseline *b, const char *name, const char *text, size_t len,
		   struct err *e);
void baseline_free(struct baseline *b);
const struct baseline_entry *baseline_find(const struct baseline *b, const char *id);
/* entry may be NULL. A case that did not apply or could not be judged is no improvement and no
 * decline: not-applicable is SAME; inconclusive is SAME only under an entry that says so, since it
 * hides what the entry knew. */
enum baseline_state baseline_judge(const struct baseline_entry *entry, enum verdict v);

#endif

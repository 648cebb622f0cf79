/* SPDX-License-Identifier: BSD-2-Clause */
/* Which cases, monitors and mutants look at a rule, and whether that is what the ledger says. */
#ifndef CLI_COVERAGE_H
#define CLI_COVERAGE_H

#include <stdio.h>

#include "catalogue.h"

struct names {
	const char **at; /* borrowed */
	size_t count;
};

/* What looks at one side of a rule. */
struct cover_side {
	size_t cases;	/* those of its role */
	size_t mutants; /* the same */
};

struct cover {
	const struct rule *rule;
	struct names cases;    /* that cite it, on the head line or on a statement */
	struct names monitors; /* that may cite it */
	struct names mutants;  /* knobs that break it */
	struct cover_side sides[FROM_TARGET + 1]; /* by enum pdu_sender */
};

struct coverage {
	struct cover *rules; /* one a rule, in the ledger's order */
	size_t count;
};

/* Of all cases in cat, which must have been opened without patterns. */
void coverage_find(struct coverage *c, const struct catalogue *cat);
void coverage_free(struct coverage *c);
/* Does a case or a monitor look at it? */
bool cover_checked(const struct cover *c);
/* Is it one that can be seen, and grave enough that something has to look? */
enum { COVER_PRIORITY = 2 };
bool cover_wanted(const struct cover *c);
/* Does a case of that role look at it, or a monitor? */
bool cover_side_checked(const struct cover *c, enum pdu_sender side);
/*
 * Is that side done with: something looks at it, and a knob of that role shows that it bites (a
 * permission needs none), or the ledger says why not?
 */
bool cover_side_done(const struct cover *c, enum pdu_sender side);
/*
 * Says in one line each what is wrong: a monitor or a knob cites a rule that is not in the ledger
 * (of a case its parser says so), a rule that nobody checks has no reason, a rule that somebody
 * checks has one, a rule of priority 1 or 2 that can be seen has nothing but a reason, one that is
 * said not to show is checked, a rule that somebody checks has neither a knob nor a reason why not
 * (a MAY needs none), or has both; and of a rule of priority 1 or 2 that binds both roles the same
 * of each side. Returns how many lines.
 */
size_t coverage_check(const struct coverage *c, const struct ledger *ledger, FILE *out);

#endif

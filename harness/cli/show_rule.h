/* SPDX-License-Identifier: BSD-2-Clause */
/* The page of a rule, for `iserspec show`. */
#ifndef CLI_SHOW_RULE_H
#define CLI_SHOW_RULE_H

#include "catalogue.h"

/* Does it look like a rule's id, and so like no case's? */
bool show_is_rule(const char *word);
/* Prints what the rule says, whom it binds, and what judges it, of all cases in cat; -1 with *e
 * when the ledger has no such rule. */
int show_rule(const struct catalogue *cat, const char *id, struct err *e);

#endif

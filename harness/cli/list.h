/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of `iserspec list` only. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include <jansson.h>

#include "catalogue.h"

/* Prints and releases. */
void list_put_json(json_t *array);
/* Each rule with the cases, monitors and mutants that look at it, or the reason why nothing does.
 */
void list_rules(const struct catalogue *cat, bool json);
/* Message types and their fields, as a case names them; names: only these types. The exit status.
 */
int list_fields(char *const *names, size_t n, bool json);
/* What each profile permits. */
void list_profiles(const struct catalogue *cat, bool json);
/* Where the RFCs leave two readings, and the cases that tell which one a system takes. 1: one of
 * them is not there. */
int list_ambiguous(const struct catalogue *cat, bool json);
/* The tags of these cases, and how many have each; all: these are all cases, and the scenarios that
 * none of them has follow, with the reasons. The exit status. */
int list_tags(const struct catalogue *cat, bool all, bool json);
/* Scenarios with neither a case nor a reason, or with both; the exit status. */
int list_tags_check(const struct catalogue *cat);
/* What is wrong between the ledger and those, a line each; the exit status. */
int list_rules_check(const struct catalogue *cat);

/*
 * What none of the reports in these folders (as --report named them) has judged: rules by their
 * rows of rules, cases by their verdicts, with the reasons that the reports give, each once; of the
 * roles that the reports are about. cat must have been opened without patterns. The exit status.
 */
int list_unproved(const struct catalogue *cat, char *const *dirs, size_t n, bool json);
/* --stimulus: for each monitor and each rule that it may cite, in how many distinct situations the
 * logs of these reports let it be judged (oracle/stimulus.h), thinnest first. */
int list_stimulus(const struct catalogue *cat, char *const *dirs, size_t n, bool json);

#endif

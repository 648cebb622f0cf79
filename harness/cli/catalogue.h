/* SPDX-License-Identifier: BSD-2-Clause */
/* The cases and rules there are, found on disk: nothing is registered anywhere. */
#ifndef CLI_CATALOGUE_H
#define CLI_CATALOGUE_H

#include <stdbool.h>

#include "../script/script.h"

struct catalogue {
	char *dir;
	struct ledger *ledger;
	struct script **cases; /* those that the patterns mean, by id */
	size_t count;
	char **ids; /* of every case file, read or not */
	size_t id_count;
	size_t broken; /* files that the patterns may mean, and that are wrong */
};

/*
 * Reads DIR/rules, and from DIR/target and DIR/initiator the cases that the patterns mean (all
 * without one), and the script FILE of each pattern FILE.iser, whose id is the file's name. A
 * pattern that means no case is an error. A script that is wrong is told on stderr, a line
 * "file:line:column: what" for each mistake, counted as broken, and left out: with it the command
 * ends by EXIT_USAGE, whatever the others came to. Files that can be told by their id not to be
 * meant are not read; whether one that is broken has a tag or cites a rule nobody knows, so for
 * `tag:` and `rule:` it may be meant. dir NULL: $ISERSPEC_CASES, ../cases or
 * ../share/iserspec/cases from where the program is. -1 with *e, and *c is empty.
 */
int catalogue_open(struct catalogue *c, const char *dir, char *const *patterns, size_t n,
		   struct err *e);
void catalogue_free(struct catalogue *c);
bool catalogue_has_id(const struct catalogue *c, const char *id);

#endif

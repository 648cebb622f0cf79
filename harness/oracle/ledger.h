/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger of rules: every requirement row of RFC 7145 and RFC 7143, as kept in cases/rules/. */
#ifndef ORACLE_LEDGER_H
#define ORACLE_LEDGER_H

#include <stdbool.h>
#include <stddef.h>

#include "../wire/err.h"
#include "../wire/pdu.h"
#include "profile.h"
#include "sections.h"
#include "verdict.h"

struct rule {
	const char *id, *section, *role, *summary, *observable, *stimulus, *verdict;
	int rfc;
	const char *level; /* "MUST", "MUST NOT", "SHOULD", "MAY", ... as in the text */
	int priority;
	bool our_level; /* marked [def] or [lc]: no upper-case keyword in the RFC, warns at most */
	const char *reason;  /* why nothing checks it, "" where something does */
	const char *no_knob; /* why no knob breaks it though it is checked, else "" */
	/* The same of a rule that binds both roles, for one of them alone; "" there, too. By
	 * enum pdu_sender. */
	const char *side_reason[FROM_TARGET + 1], *side_no_knob[FROM_TARGET + 1];
};

struct ledger;
/* Reads all *.tsv under dir, the profiles and the sections. NULL with *e naming file:line:column.
 */
struct ledger *ledger_load(const char *dir, struct err *e);
void ledger_free(struct ledger *l);
size_t ledger_count(const struct ledger *l);
const struct rule *ledger_at(const struct ledger *l, size_t i);
const struct rule *ledger_find(const struct ledger *l, const char *id);
const struct profiles *ledger_profiles(const struct ledger *l);
const struct sections *ledger_sections(const struct ledger *l);
/* Can the other end of an iSER connection see it kept or broken? What the column `observable` says.
 */
bool rule_shows(const struct rule *r);
/* Whom the rule binds: that role, or both. */
bool rule_binds(const struct rule *r, enum pdu_sender side);
const char *side_name(enum pdu_sender side);
/* The gravest grade that a rule allows: MUST -> GRADE_MUST unless our_level, SHOULD ->
 * GRADE_SHOULD, ... */
enum grade rule_grade(const struct rule *r);
/* Is the id one of these, which are parted by blanks (as in struct finding and struct monitor)? */
bool rules_cite(const char *rules, const char *id);
enum { RULE_ID_SIZE = 64 }; /* of the longest, with its NUL */
/* The next of such a list, cut to what id holds; *rules goes on behind it. False at the end. */
bool rules_next(const char **rules, char id[RULE_ID_SIZE]);
/* Have the two lists an id in common? */
bool rules_meet(const char *a, const char *b);

#endif

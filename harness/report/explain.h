/* SPDX-License-Identifier: BSD-2-Clause */
/* What a reader needs who does not know the rules by heart. */
#ifndef REPORT_EXPLAIN_H
#define REPORT_EXPLAIN_H

#include "report.h"

/* Gives each of the rules that report_join() made its section and summary, and what its rows of
 * monitors tell the request; and holds all against the profiles. */
void report_explain(struct report *r, const struct ledger *ledger);
/* "I7145-5.1.3-1, MUST, RFC 7145 5.1.3: the summary", and the bare id where the report does not
 * know the rule. The caller frees. */
char *report_rule_text(const struct report *r, const char *id);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong, at a glance: the facts of a finding that its case's log has, and those same facts
 * as lines of text, alike in every format that people read.
 */
#ifndef REPORT_GLANCE_H
#define REPORT_GLANCE_H

#include "../fabric/log.h"
#include "report.h"

/*
 * Fills in, for each finding that is no pass, what the log tells of it beside what its judge has
 * told.
 *
 * Request: the one that its judge has named (request_event). Else the last message that we sent, on
 * the same connection, before the last message of the SUT among its events (before the last event,
 * where there is none; before its statement was judged, where it has no events), and of those the
 * one with the same Initiator Task Tag, if there is one.
 *
 * Response: the one that its judge has named; else that message of the SUT.
 *
 * Field, of a monitor's: the first that the reason names with the very value that the response has.
 *
 * End: who ended the connection that all this was on, and how long after it was connected; of a
 * monitor's only where that is its proof.
 */
void glance_find(struct case_result *r, const struct log *l);

struct glance_style {
	unsigned columns, indent;
	bool color;
	bool brief; /* what stands above, of one that is like it, is left out */
};

/*
 * Of a finding that is a fail, a warn or a crash: its rules in words, what was expected and what
 * came, request and response side by side with the field that decides marked, who ended the
 * connection unless we did, the inner failure of a sweep or family, its proof. Lines with an
 * indent, all text escaped.
 */
void glance_print(FILE *out, const struct report *r, const struct finding *f,
		  const struct glance_style *style);
/*
 * The line by which a case is repeated, "iserspec replay FOLDER CASE", with what has to be said
 * again where no lab knows it. NULL where there is nothing to repeat: no log, a monitor's row, the
 * session before the first case. The caller frees.
 */
char *glance_again(const struct report *r, const struct report_case *c, const char *folder);
/* Do they say the same of the same statement, but for values? Families and rounds have many of
 * them.
 */
bool glance_alike(const struct finding *a, const struct finding *b);
/* The line above those lines: the case's own words, or what was expected, where what came stands
 * below it; else the whole reason. The caller frees. */
char *glance_headline(const struct finding *f);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the runs of one system come to, all together: the facts of a certificate's first page. They
 * follow from the reports, the claims, the cases and the ledger alone, so that anybody who has
 * those gets the same again.
 */
#ifndef CERTIFICATE_CERTIFICATE_H
#define CERTIFICATE_CERTIFICATE_H

#include <jansson.h>
#include <stdio.h>

#include "../report/report.h"
#include "claims.h"

enum { CERTIFICATE_SCHEMA = 1 };

struct certificate {
	const struct report *runs;
	size_t n;
	const struct claims *claims;
	const struct script *const *cases; /* all that there are */
	size_t case_count;
	const struct ledger *ledger;
};

/* Are they runs of one system in one role, by the same rules? -1 with *e, which names what they
 * have otherwise. */
int certificate_fits(const struct certificate *c, struct err *e);
/* The members of certificate.json (reports/README.md), a new reference. */
json_t *certificate_make(const struct certificate *c);
/* The same for people, 100 columns. */
void certificate_page(FILE *out, const json_t *facts);

#endif

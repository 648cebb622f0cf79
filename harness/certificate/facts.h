/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the certificate only: what became of each case, and the facts made of it. */
#ifndef CERTIFICATE_FACTS_H
#define CERTIFICATE_FACTS_H

#include "certificate.h"

struct outcome {
	const struct script *script;
	const struct report_case *worst; /* of those that applied, else of all; NULL: none ran */
	const struct claim_option *unclaimed; /* the option that it hangs on and nobody claims */
	bool ran, applies;
	/* What it was in which run, where two that should have come out the same did not; else
	 * NULL.
	 */
	char *unstable;
	enum verdict verdict;
};

struct outcomes {
	struct outcome *at;
	size_t count;
	struct report evidence; /* the rows of rules and monitors of all runs together */
};

json_t *facts_of(const struct certificate *c, const struct outcomes *all);

#endif

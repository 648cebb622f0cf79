/* SPDX-License-Identifier: BSD-2-Clause */
/* All orders of a case on a model, as one case for whoever judges it. */
#ifndef CLI_EXPLORE_H
#define CLI_EXPLORE_H

#include "run_case.h"

struct explore_setup {
	struct case_setup one; /* how each order is run; access is ACCESS_MODEL */
	size_t bound;	       /* orders of each window */
	bool first_bad;	       /* and no more behind the first bad one: enough to catch a mutant */
};

/*
 * A case_body; ctx is a struct explore_setup. The result is that of the first order in which the
 * model did not pass, else that of the simplest; measurements beside its own: "orders" run,
 * "orders-bad" among them, "orders-complete" 1 when there are no others, "orders-bounded" 1 when
 * those are beyond the bound. A bad one also has a
 * finding that names the order (explore_order()).
 */
int explore_case(void *ctx, const struct case_link *link, struct case_result *r, struct err *e);

/* What it measured, or 0. */
double explore_measured(const struct case_result *r, const char *name);
/* The order of a bad result, or NULL. */
const char *explore_order(const struct case_result *r);

#endif

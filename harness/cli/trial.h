/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trials: many runs of cases in the simulator, a lot of them one after another in a process. A
 * trial that ends its process, or does not end, costs only itself: the rest of its lot goes on in a
 * new one.
 */
#ifndef CLI_TRIAL_H
#define CLI_TRIAL_H

#include "../script/script.h"
#include "case_process.h"
#include "run_options.h"

struct trial {
	const struct script *script;
	struct text_list settings; /* of the model; borrowed */
	char *knob;		   /* NULL: the honest model; borrowed */
	uint64_t seed;
	size_t orders;	 /* not 0: so many of each window, as explore_case() does it */
	bool all_orders; /* of them: also those behind the first bad one; takes longer */
};

struct trial_lot {
	struct trial *at; /* borrowed until the lot is over */
	size_t count;
	size_t owner; /* the planner's own mark */
};

enum { TRIAL_LOT = 64 }; /* as many as are worth a process */

/* Who plans the trials and judges them. */
struct trial_planner {
	void *ctx;
	/* The next lot. False: none now, and when no lot is under way any more, none at all. */
	bool (*next)(void *ctx, struct trial_lot *lot);
	/* What became of one, in the order of the lot; findings that passed are left out. False:
	 * the rest of the lot is not wanted any more. */
	bool (*done)(void *ctx, const struct trial_lot *lot, size_t i, const struct case_result *r);
	/* The lot is over. May be NULL. */
	void (*end)(void *ctx, const struct trial_lot *lot);
};

/* Does them all, `jobs` lots at once. -1 with *e when no process can be made. */
int trials_run(const struct trial_planner *planner, const struct ledger *ledger, size_t jobs,
	       struct err *e);

enum { TRIAL_MAX_JOBS = 64 };

/* The honest model, or the rules, would have nothing to say against it. */
bool result_is_good(const struct case_result *r);
/* The settings of a `model` line of the case; none when it has no such line. */
struct text_list trial_model(const struct script *s, size_t model);
/* "ID --knob K --option O ... --seed N": after `iserspec run --model ROLE`, it happens again. */
void trial_print(const struct trial *t);

#endif

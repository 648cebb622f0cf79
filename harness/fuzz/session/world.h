/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions against the honest model, or a mutant of it: in this process, in virtual time, thousands
 * a second. */
#ifndef FUZZ_WORLD_H
#define FUZZ_WORLD_H

#include "../../fabric/log.h"
#include "session.h"

struct session_world;

/* knob NULL: the honest model. ledger is borrowed. NULL with *e. */
struct session_world *session_world_new(enum peer_role sut, const struct ledger *ledger,
					const char *knob, struct err *e);
void session_world_free(struct session_world *w); /* NULL is fine */

struct session_outcome {
	/* What the monitors say: its findings that have a `monitor`, passes left out. */
	struct case_result result;
	bool overdue;	       /* it was not over when its deadline had passed, in virtual time */
	bool alive;	       /* the honest session behind it came to its end */
	char dead[256];	       /* else: what failed there */
	const struct log *log; /* of both, until the world runs the next one */
	uint64_t steps;	       /* that the simulator took for both: sim_steps() */
	size_t session_events; /* the first so many of the log are the session's own */
};

/*
 * Runs the session, then the honest one, in a world of their own: nothing of the session before is
 * left. s is a session, parsed. The outcome is freed by session_outcome_free().
 */
void session_run_model(struct session_world *w, const struct script *s, uint64_t seed,
		       struct session_outcome *o);
void session_outcome_free(struct session_outcome *o);

/*
 * What is wrong, in a few words that are the same whenever it happens again: "RULE MONITOR" of the
 * gravest finding, "dead", or "" when nothing is. Malloc'd.
 */
char *session_signature(const struct session_outcome *o);

#endif

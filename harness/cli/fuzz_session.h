/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One session of the fuzzer on whatever fabric there is, in a process of its own with a deadline,
 * as a case is: nothing that a SUT sends can end the fuzzer. Behind it the SUT is looked at, and
 * has to let an honest session in.
 */
#ifndef CLI_FUZZ_SESSION_H
#define CLI_FUZZ_SESSION_H

#include "../fuzz/live/coverage.h"
#include "../fuzz/live/live.h"
#include "../fuzz/live/own_address.h"
#include "fuzz_options.h"
#include "run_case.h"
#include "sut_care.h"

struct session_notes; /* what the session's process leaves for ours */

struct fuzz_sessions {
	const struct fuzz_options *options;
	const struct ledger *ledger;
	struct sut_care care;
	struct owned_addresses owned;
	struct lun_facts lun;
	struct script *honest; /* liveness_script() */
	bool never_alive;      /* not even before the first session: nobody asks */
	struct session_notes *notes;
	struct coverage *coverage;    /* NULL: none, or */
	const char *coverage_command; /* of --coverage cmd:CMD, NULL */
	struct reached *reached;      /* NULL: it tells of no map, or there is no folder */
	double started;
	uint64_t run;	  /* sessions, the honest ones left out */
	uint64_t earlier; /* in calls before this one */
	bool interrupted;
};

/* The rest is zero, but for options, ledger, owned and care. fuzz_sessions_close() in any case; -1
 * with *e. */
int fuzz_sessions_open(struct fuzz_sessions *f, struct err *e);
void fuzz_sessions_close(struct fuzz_sessions *f);

/*
 * One honest session before all others: whether somebody is there who lets us in, what the LUN is
 * like, and whether it does what is asked behind each session; where not, that is said and not
 * asked. -1 with *e. Not for a model.
 */
int fuzz_sessions_preflight(struct fuzz_sessions *f, struct err *e);

/* For live.h; ctx is a struct fuzz_sessions. */
struct live_runner fuzz_sessions_runner(struct fuzz_sessions *f);

#endif

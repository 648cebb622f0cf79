/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a case was run with, as the first events of its log (LOG_ANSWER, status "run"), so that it
 * can be judged again from there. A secret that has to stay one is masked as everywhere in a log.
 */
#ifndef CLI_RUN_FACTS_H
#define CLI_RUN_FACTS_H

#include "../script/runner.h"

/* Goes up when a log of before cannot be judged as those of now. */
enum { LOG_SCHEMA = 1 };

/* Texts live as long as the log. */
struct run_facts {
	int64_t schema; /* 0: from before there were any */
	const char *case_id, *tool;
	const char *digest;  /* of the case's text, SHA-256 in hex */
	enum peer_role role; /* of the SUT */
	bool simulated;
	unsigned repetition, repetitions;
};

/* env is complete but for `fab`, which may be missing. */
void run_facts_log(struct log *log, const struct script *s, const struct run_env *env,
		   bool simulated, unsigned repetition, unsigned repetitions);
/* The other way; env gets what it had, but for fab, sut and ledger. Returns how many events they
 * are. */
size_t run_facts_read(const struct log *log, struct run_facts *facts, struct run_env *env);

/* Is this the text of the case that was run? -1 with *e, which begins with the log's path. */
int run_facts_fit(const struct run_facts *f, const char *path, const struct script *s,
		  struct err *e);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzzing a living system by sessions: makes them (session.h), has them run, counts where they have
 * been, keeps what is found, and chooses the next parent by that. How a session is run, and on
 * what, is the runner's business; nothing here knows a fabric, a process or a clock.
 */
#ifndef FUZZ_LIVE_LIVE_H
#define FUZZ_LIVE_LIVE_H

#include "../session/session.h"
#include "corpus.h"
#include "found.h"
#include "keep.h"
#include "known.h"

/* What came of one session. */
struct live_outcome {
	struct places places;
	struct faults faults;
	bool dead; /* the SUT wants a restart before it is spoken to again */
};

void live_outcome_free(struct live_outcome *o);

enum live_step {
	LIVE_RAN,
	LIVE_STOPPED, /* interrupted: the outcome says nothing */
	LIVE_BROKEN,  /* our own side cannot go on: *e */
};

struct live_runner {
	void *ctx;
	/* Runs a session that parses; log: where its event log goes, NULL: nowhere. *o is empty. */
	enum live_step (*run)(void *ctx, const char *text, const char *log, struct live_outcome *o,
			      struct err *e);
	/* -1 with *e: it does not come back. NULL: nothing can be done. */
	int (*restart)(void *ctx, struct err *e);
	bool (*is_over)(void *ctx); /* time, an interrupt: begin nothing more */
	/* What differs from run to run (seconds ...), for the report: a new reference. NULL: none.
	 */
	json_t *(*host)(void *ctx);
	void (*told)(void *ctx, const char *line); /* of progress; NULL: nobody listens */
};

struct live_setup {
	enum peer_role sut;
	const struct session_pool *pool; /* not empty */
	const struct ledger *ledger;
	const json_t *about; /* what is fuzzed; a folder is gone on with only where this is same */
	const struct known *known; /* NULL: nothing is */
	const char *how;	   /* words behind `iserspec run` that reach it */
	uint64_t seed;
	uint64_t sessions; /* at most so many in this call, those of trying left out; 0: no bound */
	unsigned tries;	   /* runs to make one finding smaller; 0: none */
};

struct live {
	const struct live_setup *setup;
	const struct live_runner *runner;
	struct keep *keep;
	struct corpus corpus;
	struct findings findings;
	uint64_t next;			    /* number of the next session, from 0 */
	uint64_t sessions, tries, restarts; /* of all calls */
	uint64_t saved;			    /* sessions when the books were written last */
};

enum live_end { LIVE_OVER, LIVE_FAILED, LIVE_LOST };

/* keep may be NULL; an earlier run's books in it are read: -1 with *e when they are wrong or of
 * something else. live_free() in any case. */
int live_open(struct live *l, const struct live_setup *s, const struct live_runner *r,
	      struct keep *keep, struct err *e);
/*
 * The session that was under way when an earlier run ended: how, in the words of who saw its end
 * (NULL: nobody did, and it is no finding). -1 with *e.
 */
int live_take_left_over(struct live *l, enum found_kind kind, const char *words, struct err *e);
/* Until it is over. LIVE_FAILED and LIVE_LOST (it does not come back) with *e. The books are
 * written in any case. */
enum live_end live_go(struct live *l, struct err *e);
void live_free(struct live *l);

/* Findings that nobody knew. */
size_t live_news(const struct live *l);
/* All of it as JSON; a new reference. */
json_t *live_report(const struct live *l);
/* And for people, one page. The caller frees. */
char *live_page(const struct live *l);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* A hunt: sessions against a mutant of the model until something is said against it that is not
 * said against the honest one. */
#ifndef FUZZ_HUNT_H
#define FUZZ_HUNT_H

#include "world.h"

struct hunt {
	const struct session_pool *pool;
	const struct ledger *ledger;
	const char *knob; /* of the pool's role; NULL: the honest model itself */
	uint64_t seed;
	double seconds;	 /* of the processor's time, at most: what else the machine does decides
			    nothing */
	size_t sessions; /* at most; 0: as many as the time allows */
	/* Told of each session before it is run, so that one that ends the process is known. May be
	 * NULL. */
	void (*about_to)(void *ctx, const char *text);
	/* Is what was found known, and no quarry? Then the hunt goes on. May be NULL. */
	bool (*known)(void *ctx, const char *text);
	void *ctx;
};

struct quarry {
	bool found;
	char *signature;       /* session_signature() of what was found; malloc'd, NULL: nothing */
	char *text;	       /* the session; malloc'd, NULL: nothing */
	size_t sessions, kept; /* how many were run; of them parents of others */
	double seconds;
};

/* 0, or -1 with *e when the knob is none of the role. */
int session_hunt(const struct hunt *h, struct quarry *q, struct err *e);
void quarry_free(struct quarry *q);

#endif

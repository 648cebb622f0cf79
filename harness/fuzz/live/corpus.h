/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sessions that led to new places, and how often each place was visited. A parent is chosen the
 * more likely, the rarer its places are and the less often it was chosen.
 */
#ifndef FUZZ_LIVE_CORPUS_H
#define FUZZ_LIVE_CORPUS_H

#include <jansson.h>

#include "../../wire/err.h"
#include "states.h"

struct parent {
	char *text;
	uint64_t session;     /* the number of the one it was */
	struct places places; /* of the protocol all; of code those that were new */
	uint64_t chosen;
};

struct hits; /* place to number of sessions */

struct corpus {
	struct parent *parents;
	size_t count;
	struct hits *hits;
	size_t seen[PLACE_CODE + 1]; /* distinct places, by kind */
	uint64_t *energy; /* of each parent, as of the last time that they were looked at */
	uint64_t stale;	  /* choices until they are looked at again */
};

void corpus_init(struct corpus *c);
void corpus_free(struct corpus *c);

/* Counts a session's places; those that were new (may be NULL) are added to *fresh. How many. */
size_t corpus_visit(struct corpus *c, const struct places *visited, struct places *fresh);
/* Copies text, takes *places. */
void corpus_add(struct corpus *c, const char *text, uint64_t session, struct places *places);
/* One of the parents, of which there must be one; the same for the same random number and books. */
struct parent *corpus_choose(struct corpus *c, uint64_t random);

/* Sessions in which it was visited. */
uint64_t corpus_hits(const struct corpus *c, uint64_t place);
/* All places of a kind, sorted; the caller frees places. */
struct places corpus_places(const struct corpus *c, enum place_kind kind);

/* The books, without the parents' texts, which are files of their own. New references. */
json_t *corpus_to_json(const struct corpus *c);
/* Into an empty corpus; `text` gives a parent's text by its session's number, malloc'd, or NULL:
 * that one is left out. -1 with *e. */
int corpus_from_json(struct corpus *c, const json_t *o, char *(*text)(void *ctx, uint64_t session),
		     void *ctx, struct err *e);

#endif

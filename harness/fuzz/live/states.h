/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a session has been, read off its event log. A state of a connection is its phase, the last
 * message that we sent and the last one that came, with what it came to (a status, a reason), or
 * the way it ended; a transition is one state and the next. Each is a number, so that sets of them
 * are small, and has a name for people.
 */
#ifndef FUZZ_LIVE_STATES_H
#define FUZZ_LIVE_STATES_H

#include "../../fabric/log.h"

/* The upper byte of a place says what it is. */
enum place_kind {
	PLACE_STATE = 1,
	PLACE_TRANSITION = 2,
	PLACE_CODE = 3, /* in the SUT's own code: coverage.h */
};

enum place_kind place_kind(uint64_t place);
/* A place of the SUT's code by its name: kind and a hash of these bytes. */
uint64_t place_of_code(const void *name, size_t len);
/*
 * What it is called: "full: nop-out / reject 4", for a transition that, " -> " and another; a place
 * in code has only its number. The caller frees.
 */
char *place_name(uint64_t place);

struct places {
	uint64_t *at;
	size_t count;
};

/* Unless it is there. */
void places_add(struct places *p, uint64_t place);
/* One that is known not to be there. */
void places_push(struct places *p, uint64_t place);
bool places_have(const struct places *p, uint64_t place);
void places_free(struct places *p);

/* Adds the states and transitions of all connections of the log, in the order of their first visit.
 */
void states_visit(const struct log *l, bool sut_is_target, struct places *out);

#endif

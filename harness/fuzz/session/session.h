/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions for fuzzing: scripts in the language of cases in which no statement judges. They are
 * grown from what the cases of one role consist of, and changed again and again; whatever they do,
 * the monitors look on, and an honest session behind them tells whether the SUT still lives.
 *
 * A session is text, a whole case file that `iserspec run` accepts, from here to every finding. All
 * of it is decided by the seed: the same pool, text and seed give the same session.
 */
#ifndef FUZZ_SESSION_H
#define FUZZ_SESSION_H

#include "../../script/script.h"

enum {
	SESSION_BYTES_MAX = 16 * 1024, /* of a text */
	SESSION_LINES_MAX = 48,	       /* behind its head */
};

/* The id under which a session is parsed: "target/fuzz/session" or "initiator/fuzz/session". */
const char *session_id(enum peer_role sut);

/* ---- the pool: what sessions are grown from ---- */

struct session_pool;

struct session_pool *session_pool_new(enum peer_role sut);
void session_pool_free(struct session_pool *p); /* NULL is fine */
/*
 * Adds what a case consists of: its statements, settings, values and `model` lines, not what it
 * judges. The case is copied. False when nothing in it is of use: it is of the other role, or
 * judgements are all that it has.
 */
bool session_pool_add(struct session_pool *p, const struct script *s);
size_t session_pool_count(const struct session_pool *p); /* cases in it */
/* The id of one, in the order in which they were added. */
const char *session_pool_case(const struct session_pool *p, size_t i);

/* ---- sessions, parsed; their text is `text`, and script_free() frees them ---- */

/* The i-th case as a session: what it does, in its order. The seed picks one point of each family
 * and one value of each sweep. */
struct script *session_from(const struct session_pool *p, size_t i, uint64_t seed);
/* A fresh one: a case as a session, changed now and then, or several cases' parts in a row. */
struct script *session_grow(const struct session_pool *p, uint64_t seed);
/*
 * Changes `text`: drops, doubles, swaps and moves lines, also over the edges of login and logout;
 * puts in lines of other cases; changes fields, lengths, bytes, data, settings, keys, times, counts
 * and how a message goes; crosses tags of one task with those of another. A text that is no session
 * of this role gives a fresh one. Bounded in lines, messages and waiting time.
 */
struct script *session_mutate(const struct session_pool *p, const char *text, uint64_t seed);
/* The beginning of one and the end of the other, or the other's beginning in the midst of the one.
 */
struct script *session_cross(const struct session_pool *p, const char *a, const char *b,
			     uint64_t seed);

/* Parses a session, with the bounds that sessions have (bytes, lines, messages, waiting time); NULL
 * with *e. script_free() frees it. ledger may be NULL: then rule ids are not looked up. */
struct script *session_parse(enum peer_role sut, const char *text, size_t len,
			     const struct ledger *ledger, struct script_errors *e);

/*
 * What an honest session of that role is: a case whose verdict is pass when the SUT lives and
 * serves, to be run behind a session. Not to be freed.
 */
const char *session_honest(enum peer_role sut);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that a peer may touch, between canaries and unmapped guard pages, so that one byte too far
 * shows. */
#ifndef PEER_BUFFER_H
#define PEER_BUFFER_H

#include "../fabric/fabric.h"

struct guarded {
	uint8_t *at; /* the usable bytes; NULL = none */
	size_t len;
	struct fab_region *region; /* NULL until registered */
	uint64_t addr;		   /* where the other side finds at[0], once registered */
	uint32_t key;		   /* of region, also when that is gone; 0: never registered */
	unsigned conn;		   /* the connection's number */
	uint8_t *made; /* what may be written remotely, as it was when it was advertised; NULL
			  where there is no log */
	uint64_t told; /* a hash of what the log knows of it: guarded_tell() */
	bool is_told;  /* else it is `made` that the log implies */
	bool random;   /* and no data is like that by chance: guarded_random() */
	uint8_t *map;  /* with the canaries */
	size_t map_len;
};

/* len usable bytes of zeros, canaries on both sides, guard pages around. */
int guarded_new(struct guarded *g, size_t len, struct err *e);
/* The same with a copy of those bytes. */
int guarded_copy(struct guarded *g, struct bytes from, struct err *e);
/* The same with pattern `seed`. */
int guarded_pattern(struct guarded *g, size_t len, uint64_t seed, struct err *e);
/* The same with what differs from byte to byte and from all other data, from that of another
 * `which`, too. */
int guarded_random(struct guarded *g, size_t len, uint64_t which, struct err *e);
int guarded_register(struct guarded *g, struct fab_conn *c, unsigned access, bool window,
		     struct err *e);
/*
 * The same, but what may be written remotely reaches over the canaries on both sides. A write that
 * goes a little too far then leaves its mark, where the transport would only have broken the
 * connection.
 */
int guarded_advertise(struct guarded *g, struct fab_conn *c, unsigned access, bool window,
		      struct err *e);
enum { GUARD_BEFORE = 1, GUARD_AFTER = 2 };
/* Bits of the sides on which a canary fell. */
unsigned guarded_fallen(const struct guarded *g);
/* How many bytes are not as they were when they were advertised, the first and the last of them
 * (both -1: none). All as they were where the other side may not write. */
struct guarded_change {
	int64_t count, first, last;
};
struct guarded_change guarded_changed(const struct guarded *g);
/* NULL while the canaries stand, else which one fell ("bytes before the buffer were written"),
 * static text. */
const char *guarded_damage(const struct guarded *g);
/*
 * Writes into the log how the memory looks now (log.h, LOG_MEMORY); nothing when it was never
 * registered. `when` is static text.
 */
void guarded_look(const struct guarded *g, struct fabric *f, const char *when);
/* Whoever lets a verdict hang on each of its bytes has them in the log, where they are not as they
 * were told last (LOG_ANSWER "memory"). In a replay they come from there. */
void guarded_tell(struct guarded *g, struct fabric *f);
void guarded_free(struct guarded *g); /* unregisters too */

/* How many bytes are the same, from the front on. */
size_t bytes_alike(const uint8_t *a, const uint8_t *b, size_t len);

/* The byte that pattern `seed` has at `offset`; used to write and compare data. */
uint8_t pattern_byte(uint64_t seed, uint64_t offset);
void pattern_fill(uint8_t *at, size_t len, uint64_t seed, uint64_t offset);
/* Offset of the first byte that differs, or len. */
size_t pattern_compare(const uint8_t *at, size_t len, uint64_t seed, uint64_t offset);

#endif

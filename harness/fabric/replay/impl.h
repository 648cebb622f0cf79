/* SPDX-License-Identifier: BSD-2-Clause */
/* Between replay/replay.c (calls) and replay/wait.c (events) only. */
#ifndef FABRIC_REPLAY_IMPL_H
#define FABRIC_REPLAY_IMPL_H

#include "../impl.h"
#include "replay.h"

struct replay_conn {
	struct fab_conn base;
	struct replay_conn *next;
	uint64_t *posted; /* ids of work requests, in order, that have not completed */
	size_t first, count, room;
	struct replay_region *regions;
	bool drained; /* the device said that the peer closes */
};

struct replay_region {
	struct fab_region base;
	struct replay_region *next;
};

struct replay_timer {
	uint64_t at, id;
	const struct fab_conn *conn;
	struct replay_timer *next; /* in no order */
};

struct replay {
	struct fabric base;
	const struct log *recorded;
	struct replay_conn *conns;
	struct replay_timer *timers;
	uint16_t port; /* where we listen */
	bool strayed;
	uint64_t stray_seq;
	char why[400];
};

static inline struct replay *rp(struct fabric *f)
{
	return (struct replay *)f;
}

/* The recorded event that has to be logged next; NULL: the log is at its end. */
const struct log_event *replay_next(const struct replay *r);
/* It comes from outside, and no wait in vain stands before it any more. */
bool replay_due(const struct replay *r, const struct log_event *ev);
/* Takes over what the device logged by itself, as far as it is due. */
void replay_take_own(struct replay *r);
struct replay_conn *replay_conn_new(struct replay *r);
struct replay_conn *replay_conn_find(const struct replay *r, unsigned number);

/* replay/wait.c */
void replay_wait(struct fabric *f, uint64_t deadline, struct fab_event *ev);
void replay_timer(struct fabric *f, uint64_t at, uint64_t id, struct fab_conn *c);
void replay_timer_cancel(struct fabric *f, uint64_t id, struct fab_conn *c);
void replay_timers_drop(struct replay *r, const struct fab_conn *c); /* NULL: all */

#endif

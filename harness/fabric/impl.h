/* SPDX-License-Identifier: BSD-2-Clause */
/* What verbs/verbs.c and sim/sim.c implement behind fabric.h; nobody else includes this. */
#ifndef FABRIC_IMPL_H
#define FABRIC_IMPL_H

#include "fabric.h"
#include "log.h"

struct fabric_ops {
	void (*close)(struct fabric *f);
	uint64_t (*now)(struct fabric *f);
	bool (*has_windows)(struct fabric *f);
	int (*listen)(struct fabric *f, const char *host, uint16_t port,
		      const struct fab_params *defaults, struct err *e);
	uint16_t (*listen_port)(const struct fabric *f);
	struct fab_conn *(*connect)(struct fabric *f, const char *host, uint16_t port,
				    const struct fab_params *params, struct err *e);
	int (*accept)(struct fab_conn *c, const struct fab_params *params, struct err *e);
	int (*reject)(struct fab_conn *c, const void *private_data, size_t len, struct err *e);
	int (*post_recv)(struct fab_conn *c, unsigned n, struct err *e);
	int (*post)(struct fab_conn *c, const struct fab_wr *wr, size_t n, struct err *e);
	struct fab_region *(*register_memory)(struct fab_conn *c, void *at, size_t len,
					      unsigned access, bool window, struct err *e);
	int (*invalidate)(struct fab_region *r, struct err *e);
	void (*unregister)(struct fab_region *r);
	int (*disconnect)(struct fab_conn *c, struct err *e);
	void (*vanish)(struct fab_conn *c);
	int (*break_)(struct fab_conn *c, struct err *e);
	void (*conn_free)(struct fab_conn *c);
	void (*timer)(struct fabric *f, uint64_t at, uint64_t id, struct fab_conn *c);
	void (*timer_cancel)(struct fabric *f, uint64_t id, struct fab_conn *c);
	void (*watch_fd)(struct fabric *f, int fd);
	void (*wait)(struct fabric *f, uint64_t deadline, struct fab_event *ev);
	int64_t (*counter)(struct fabric *f, enum fab_counter which);
	const char *(*description)(struct fabric *f);
	const char *(*kind)(struct fabric *f);
	/* Of a replay, else NULL: is such an answer recorded here? Puts in what was. */
	bool (*expects)(struct fabric *f, const struct fab_conn *c, const char *name);
	void (*answer)(struct fabric *f, const struct fab_conn *c, struct fab_answer *a);
	void (*look)(struct fabric *f, struct log_event *ev);
};

/* First member of each implementation's own struct. */
struct fabric {
	const struct fabric_ops *ops;
	struct log *log; /* NULL: this endpoint is not logged (a model inside the simulator) */
	bool simulated;
	bool literals; /* what its events are called lasts as long as the program */
	bool (*admit)(void *ctx, const struct sockaddr *from); /* NULL: everybody */
	void *admit_ctx;
	bool iwarp; /* what fab_proves_delivery() says is said there */
	unsigned conn_count;
	/*
	 * A clock that goes by itself is read where the log says what it showed: when a call or
	 * event is logged. Between them fab_now() stands still, so that whoever has the log has
	 * every time that a deadline was counted from. A clock that stands still by itself needs
	 * none of it.
	 */
	bool stepped;
	uint64_t clock;
	/* fab_wait() in vain, or a polled question, since the log had so many events. */
	unsigned waits;
	size_t waits_at;
	struct { /* what the log says so far */
		bool iwarp, no_windows;
		int64_t counter[2];
	} told;
};

struct fab_conn {
	struct fabric *fabric;
	unsigned number;
	unsigned recv_posted;
	enum fab_terminate terminate;
	enum fab_end end;
	bool tagged;   /* we posted an RDMA operation */
	bool accessed; /* the device says that our memory refused an operation of the peer's */
	bool up; /* from FAB_ESTABLISHED until either side ends it or the queue pair leaves RTS */
	struct { /* what a reader of the log takes them for */
		bool up;
		unsigned recv_posted;
		enum fab_terminate terminate;
	} told;
	void *user;
};

/*
 * Who logs what: fabric.c logs every call that succeeded and every event that fab_wait() returns,
 * so that all implementations read the same. What passes neither way is logged by the
 * implementation with these two.
 */

/* Logs an event and points its msg and private_data at the log's copy; without a log the event is
 * left alone. */
void fab_log_event(struct fabric *f, struct fab_event *ev);
/* The peer's TERMINATE, in the log before the end that it brings. */
void fab_terminated(struct fab_conn *c, enum fab_terminate how, unsigned layer, unsigned type,
		    unsigned code);
/* end.c. Decides the connection's end by its first sign: an event that is being told (and is in
 * the log already), or a call of ours. */
void fab_end_event(const struct fab_event *ev);
void fab_end_set(struct fab_conn *c, enum fab_end end);
/* n receives were posted: recv_initial, by whoever posts it. recv_posted counts them already. */
void fab_log_post_recv(struct fab_conn *c, unsigned n);
/* Anything else of the device's own; NULL without a log. */
const struct log_event *fab_log_own(struct fabric *f, struct log_event *le);
const struct log_event *fab_log_note(struct fabric *f, const char *name, const char *text);

/* ---- fabric_told.c: what the log says, and what it has to be told ---- */

/* The time of a call that is about to be logged; fab_now() from then on. */
uint64_t fab_sample(struct fabric *f);
/* The event that fab_wait() is about to return, for the clock and the count of waits. */
void fab_waited(struct fabric *f, uint64_t deadline, struct fab_event *ev);
unsigned fab_waits(const struct fabric *f);
/* Of what was logged just now. */
void fab_told_event(struct fab_conn *c, const struct fab_event *ev);
/* A call failed: the log and the caller's *e are told. Returns -1. */
int fab_failed(struct fabric *f, const struct fab_conn *c, const char *call, const struct err *why,
	       struct err *e);

/* A status as libibverbs spells it, for fab_event.name; a CM event of this kind as librdmacm does.
 */
const char *fab_status_wc_name(enum fab_status s);
const char *fab_event_cm_name(enum fab_event_kind k);

#endif

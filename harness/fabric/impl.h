/* SPDX-License-Identifier: BSD-2-Clause */
/* What verbs.c and sim.c implement behind fabric.h; nobody else includes this. */
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
};

/* First member of each implementation's own struct. */
struct fabric {
	const struct fabric_ops *ops;
	struct log *log; /* NULL: this endpoint is not logged (a model inside the simulator) */
	bool simulated;
	bool iwarp; /* what fab_proves_delivery() says is said there */
	unsigned conn_count;
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

/* A status as libibverbs spells it, for fab_event.name; a CM event of this kind as librdmacm does.
 */
const char *fab_status_wc_name(enum fab_status s);
const char *fab_event_cm_name(enum fab_event_kind k);

#endif

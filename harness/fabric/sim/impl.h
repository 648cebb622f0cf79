/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator's endpoints and connections around the core (sim/core.h): what sim*.c share and
 * nobody else sees. */
#ifndef FABRIC_SIM_IMPL_H
#define FABRIC_SIM_IMPL_H

#include "../impl.h"
#include "sim.h"
#include "core.h"

struct sim_conn;
struct sim_endpoint;

struct sim {
	struct sim_options opt;
	struct sim_clock clock;
	struct sim_link link;
	struct sim_endpoint *endpoints;
	bool in_handler; /* fab_wait() from a handler must not run the world a second time */
	struct sim_chooser chooser;
};

/* Bytes that an event shows: a message received, or private data. As long as these, so that memory
 * checkers see a read beyond them. */
struct sim_buffer {
	struct sim_buffer *next;
	struct sim_payload *bytes;
};

/* An event on its way to its endpoint's user. */
struct sim_pending {
	struct sim_pending *next;
	struct sim_item item; /* until a handler is called */
	struct sim_endpoint *ep;
	struct sim_conn *conn; /* counted; or NULL */
	struct sim_buffer *buffer;
	unsigned times; /* it is told */
	struct fab_event ev;
};

struct sim_timer {
	struct sim_item item;
	struct sim_timer *next;
	struct sim_endpoint *ep;
	struct fab_conn *conn;
	uint64_t id;
};

struct sim_endpoint {
	struct fabric base;
	struct sim *sim;
	struct sim_endpoint *next;
	char *host;
	sim_handler handler;
	void *ctx;
	bool closed, listening;
	uint16_t port;
	struct fab_params listen_params;
	struct sim_conn *conns;
	struct sim_keys keys;
	uint64_t next_addr; /* of registered memory, as peers name it */
	struct sim_qp_counters counters;
	struct sim_timer *timers;
	struct sim_pending *queue, **queue_end;	    /* of an endpoint without a handler */
	struct sim_pending *waiting, *waiting_last; /* of one with a handler */
	uint64_t last_seen;	  /* when its handler is done with the last completion */
	bool passes_flushed;	  /* sim_pass_flushed() */
	struct sim_buffer *kept;  /* shown by events and needed until the endpoint is closed */
	struct sim_buffer *shown; /* by the last event; the log has its own copy */
	char description[64];
};

enum sim_cm_state {
	SIM_CM_IDLE,
	SIM_CM_REQ_SENT,
	SIM_CM_REQ_RECEIVED,
	SIM_CM_REP_SENT,
	SIM_CM_UP,
	SIM_CM_DREQ_SENT,
	SIM_CM_DOWN,
};

struct sim_region {
	struct fab_region base;
	struct sim_region *next;
	uint32_t local_key;
	uint64_t local_addr;
};

struct sim_conn {
	struct fab_conn base;
	struct sim_qp qp;
	struct sim_endpoint *ep;
	struct sim_conn *next;
	enum sim_cm_state cm;
	bool freed;	/* by its user; memory lives while something under way refers to it */
	bool owes_drep; /* vanished, then the peer's DREQ came */
	struct sim_item cm_timer;
	struct sim_region *regions;
};

static inline struct sim_endpoint *sim_ep(struct fabric *f)
{
	return SIM_CONTAINER(f, struct sim_endpoint, base);
}

static inline struct sim_conn *sim_conn(struct fab_conn *c)
{
	return SIM_CONTAINER(c, struct sim_conn, base);
}

/* sim/order.c: as sim_clock_step(), and what else the device does before a handler's call. */
bool sim_order_step(struct sim *s, uint64_t limit);
void sim_order_interrupt(struct sim *s);

/* sim/event.c */
struct sim_buffer *sim_buffer_new(struct sim_payload *bytes); /* takes them */
void sim_buffers_free(struct sim_buffer **list);
/* Hands an event (without time) to the endpoint's user, when due. Takes the buffer. */
void sim_tell(struct sim_endpoint *ep, struct sim_conn *c, const struct fab_event *ev,
	      struct sim_buffer *buffer);
/* The same for n events that are alike, flushed receives. */
void sim_tell_times(struct sim_endpoint *ep, struct sim_conn *c, const struct fab_event *ev,
		    unsigned n);
/* The next event in an endpoint's queue; false when there is none. */
bool sim_next_event(struct sim_endpoint *ep, struct fab_event *ev);
void sim_forget_conn(struct sim_conn *c); /* its queued events and timers */
void sim_forget_all(struct sim_endpoint *ep);
void sim_timer_set(struct fabric *f, uint64_t at, uint64_t id, struct fab_conn *c);
void sim_timer_cancel(struct fabric *f, uint64_t id, struct fab_conn *c);

/* sim/conn.c */
struct sim_conn *sim_conn_new(struct sim_endpoint *ep, const struct fab_params *params);
void sim_conn_free(struct fab_conn *c);
void sim_vanish(struct fab_conn *c);
int sim_break(struct fab_conn *c, struct err *e);
int sim_post_recv(struct fab_conn *c, unsigned n, struct err *e);
int sim_post(struct fab_conn *c, const struct fab_wr *wr, size_t n, struct err *e);
struct fab_region *sim_register(struct fab_conn *c, void *at, size_t len, unsigned access,
				bool window, struct err *e);
int sim_invalidate(struct fab_region *r, struct err *e);
void sim_unregister(struct fab_region *r);

/* sim/cm.c */
void sim_cm_late(struct sim_item *it); /* cm_timer's action */
int sim_listen(struct fabric *f, const char *host, uint16_t port, const struct fab_params *defaults,
	       struct err *e);
struct fab_conn *sim_connect(struct fabric *f, const char *host, uint16_t port,
			     const struct fab_params *params, struct err *e);
int sim_accept(struct fab_conn *c, const struct fab_params *params, struct err *e);
int sim_reject(struct fab_conn *c, const void *private_data, size_t len, struct err *e);
int sim_disconnect(struct fab_conn *c, struct err *e);
void sim_cm_ended(struct sim_conn *c); /* iWARP: the stream is gone, and both sides see it */
void sim_cm_abandon(
	struct sim_conn *c); /* says what a CM says when its user frees the connection */

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verbs*.c files share: one endpoint over rdma-core. Only they include this, or
 * rdma-core. */
#ifndef FABRIC_VERBS_IMPL_H
#define FABRIC_VERBS_IMPL_H

#include <infiniband/verbs.h>
#include <rdma/rdma_cma.h>

#include "../impl.h"

struct vconn;

struct vtimer {
	uint64_t at, id;
	struct fab_conn *conn;
	struct vtimer *next; /* sorted by `at`, equal ones in the order they were set */
};

struct vfabric {
	struct fabric base;
	struct log *own_log; /* when the caller gave none: events point into a log */
	struct rdma_event_channel *cm;
	struct rdma_cm_id *listener;
	struct fab_params listen_params;
	struct ibv_context *verbs; /* of the device below */
	struct vconn *conns;	   /* the one served last goes to the end */
	struct vtimer *timers;
	struct rdma_cm_event
		*held; /* taken from the CM, waits until its queue pair's completions are told */
	uint8_t private_data[UINT8_MAX]; /* of the CM event told last */
	int watched_fd;			 /* -1: none */
	int poison_fd;			 /* -1: none yet; what a new receive buffer is made of */
	size_t poison_size;
	uint64_t epoch; /* CLOCK_MONOTONIC at verbs_open */
	int64_t rnr_sent_at_open, rnr_received_at_open;
	bool device_gone, has_windows, is_rxe, is_siw;
	int kernel_log;	 /* siw: where TERMINATEs are told; -1: cannot be read */
	char device[64]; /* what counters and description are about */
	char description[256];
	char kind[80];
};

/* Registered memory that Sends leave from. */
struct send_block {
	struct send_block *next;
	struct ibv_mr *mr;
	uint8_t *at;
	size_t size, used;
	unsigned in_flight; /* work requests; at none, `used` starts again */
};

struct send_slot {
	uint64_t id;
	enum fab_op op;
	struct send_block *block; /* NULL: inline, or no message */
	uint32_t next_free;
};

/* A run of receive buffers registered together. */
struct recv_chunk {
	struct recv_chunk *next;
	struct ibv_mr *mr;
	uint8_t *at;
	size_t size;
};

struct recv_slot {
	uint8_t *at;
	uint32_t lkey;
	uint32_t next_free;
	bool used; /* something may have landed in it */
};

struct vregion {
	struct fab_region base;
	struct ibv_mr *mr; /* NULL once deregistered by invalidation */
	struct ibv_mw *mw;
	struct vregion *next;
};

enum vconn_state {
	VCONN_RESOLVING,  /* address, route */
	VCONN_CONNECTING, /* REQ sent */
	VCONN_REQUESTED,  /* REQ received, neither accepted nor rejected */
	VCONN_ACCEPTED,	  /* REP sent, RTU awaited */
	VCONN_UP,
	VCONN_DRAINING, /* the peer's DREQ is here; its last messages may still be on the way */
	VCONN_DOWN,	/* disconnected, rejected, failed, broken or vanished */
};

struct vconn {
	struct fab_conn base;
	struct vconn *next;
	enum vconn_state state;
	bool vanished;
	bool rtu_due;	/* up, while for the CM it is not */
	bool close_due; /* until then */
	uint64_t drain_until;
	struct fab_event ended; /* told then */
	bool early_kept;
	struct fab_event
		early; /* a message that came before the RTU: FAB_ESTABLISHED is told first */
	uint8_t *early_bytes;
	struct rdma_cm_id *id;
	struct fab_params params;
	uint8_t peer_responder_resources, peer_initiator_depth; /* of the peer's CM message */

	struct ibv_pd *pd;
	struct ibv_comp_channel *channel;
	struct ibv_cq *cq; /* for both queues, so that their completions have one order */
	struct ibv_qp *qp;
	uint32_t max_inline;
	unsigned cq_events; /* taken, not acknowledged yet */
	bool cq_armed;

	struct send_slot *send_slots;
	uint32_t send_slot_count, send_free;
	uint32_t posted; /* of send_depth, by fab_post */
	struct send_block *send_blocks;
	size_t send_bytes;	/* in all blocks */
	struct ibv_send_wr *wr; /* scratch of fab_post, send_slot_count each */
	struct ibv_sge *sge;

	struct recv_slot *recv_slots;
	uint32_t recv_slot_count; /* made so far, of params.recv_depth */
	uint32_t recv_free;
	struct recv_chunk *recv_chunks;

	struct vregion *regions;
};

#define SLOT_NONE UINT32_MAX
/* Set in the wr_id of receives; the rest is the slot's index. */
#define WR_RECV (1ull << 63)

static inline struct vfabric *vf(struct fabric *f)
{
	return (struct vfabric *)f;
}

static inline struct vconn *vc(struct fab_conn *c)
{
	return (struct vconn *)c;
}

static inline struct vfabric *vc_fabric(struct vconn *c)
{
	return (struct vfabric *)c->base.fabric;
}

/* verbs/verbs.c */
uint64_t v_now(struct fabric *f);
struct vconn *v_conn_new(struct vfabric *f, const struct fab_params *params);
int v_fd_nonblocking(int fd, struct err *e);
/* Fills what every event has; the rest of *ev is left as it is. */
void v_event(struct fab_event *ev, enum fab_event_kind kind, struct vconn *c, const char *name);

/* verbs/cm.c */
int v_listen(struct fabric *f, const char *host, uint16_t port, const struct fab_params *defaults,
	     struct err *e);
uint16_t v_listen_port(const struct fabric *f);
struct fab_conn *v_connect(struct fabric *f, const char *host, uint16_t port,
			   const struct fab_params *params, struct err *e);
int v_accept(struct fab_conn *c, const struct fab_params *params, struct err *e);
int v_reject(struct fab_conn *c, const void *private_data, size_t len, struct err *e);
int v_disconnect(struct fab_conn *c, struct err *e);
/* Handles and acknowledges one CM event; c is NULL for a new request. True: *ev is for the caller.
 */
/* Takes asynchronous events; true: *ev is for the caller, the device is gone. */
bool v_async_event(struct vfabric *f, struct fab_event *ev);
/* The end of the peer's DREQ, told to the caller; always true. */
bool v_drained(struct vconn *c, struct fab_event *ev);
bool v_cm_event(struct vfabric *f, struct vconn *c, struct rdma_cm_event *cm, struct fab_event *ev);

/* verbs/qp.c */
int v_qp_create(struct vconn *c, struct err *e); /* and moves it to INIT, and posts recv_initial */
int v_qp_ready(struct vconn *c, struct err *e);	 /* RTR and RTS with our own parameters */
int v_qp_error(struct vconn *c);   /* ERR, so that everything posted flushes; errno or 0 */
void v_qp_remove(struct vconn *c); /* the queue pair alone; completions and memory stay */
void v_qp_free(struct vconn *c);   /* all that v_qp_create made, and all memory */
int v_post_recv(struct fab_conn *c, unsigned n, struct err *e);
int v_post(struct fab_conn *c, const struct fab_wr *wr, size_t n, struct err *e);
/* A slot for a work request that is not a message; SLOT_NONE when the queue is full. */
uint32_t v_slot_take(struct vconn *c, uint64_t id, enum fab_op op);
void v_slot_give(struct vconn *c, uint32_t slot);
/* verbs/wc.c: the connection's next completion: 1 with *ev, 0 none, negative errno when the device
 * fails. */
int v_completion(struct vconn *c, struct fab_event *ev);

/* verbs/mem.c */
struct fab_region *v_register(struct fab_conn *c, void *at, size_t len, unsigned access,
			      bool window, struct err *e);
int v_invalidate(struct fab_region *r, struct err *e);
void v_unregister(struct fab_region *r);
void v_remote_invalidated(struct vconn *c, uint32_t key); /* by the peer's Send with Invalidate */
void v_regions_free(struct vconn *c);

int v_send_block_get(struct vconn *c, size_t len, struct send_block **block, uint8_t **at,
		     struct err *e);
void v_send_blocks_free(struct vconn *c);
int v_recv_slot_take(struct vconn *c, uint32_t *slot, struct err *e);
void v_recv_chunks_free(struct vconn *c);

/* verbs/term.c: what the kernel's log says of TERMINATEs, when the device is siw's */
void v_terminates_begin(struct vfabric *f);
void v_terminates_end(struct vfabric *f);
void v_terminates_forget(struct vfabric *f); /* those told so far */
/* The connection shows its end: how did the peer's RNIC end it? */
void v_terminates_look(struct vconn *c);

/* verbs/info.c */
/* Makes it the device that the endpoint's name, counters and abilities are about. */
int v_describe(struct vfabric *f, struct ibv_context *verbs, struct err *e);
int64_t v_counter(struct fabric *f, enum fab_counter which);
int64_t v_counter_read(const struct vfabric *f,
		       enum fab_counter which); /* since boot; -1: not told */
const char *v_description(struct fabric *f);
const char *v_kind(struct fabric *f);
bool v_has_windows(struct fabric *f);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection manager's ids, channels and events: what the cm_*.c files share. */
#ifndef SOFTVERBS_CM_H
#define SOFTVERBS_CM_H

#include "softverbs.h"

/* Private data that a message has room for (InfiniBand specification, 12.6; of a REQ's 92 bytes the
 * IP addressing annex A11 takes 36). */
enum { REQ_PRIVATE = 56, REP_PRIVATE = 196, REJ_PRIVATE = 148 };

/* Reasons of rejection (12.6.7.2) */
enum { REJ_TIMEOUT = 4, REJ_NO_SERVICE = 8, REJ_CONSUMER = 28 };

enum id_state {
	ID_IDLE,
	ID_BOUND,
	ID_ADDRESS, /* resolved */
	ID_ROUTE,   /* resolved */
	ID_LISTENS,
	ID_REQ_SENT,
	ID_REQ_RECEIVED,
	ID_REP_SENT,
	ID_REP_RECEIVED,
	ID_UP,
	ID_DREQ_SENT,
	ID_DREQ_RECEIVED,
	ID_TIMEWAIT,
	ID_DOWN,
};

/* What is behind a connection manager's frame. */
struct cm_body {
	struct sockaddr_storage src, dst; /* a request's */
	uint32_t qp_num;
	uint16_t reason;
	uint8_t responder_resources, initiator_depth;
	uint8_t flow_control, retry_count, rnr_retry, srq;
	uint8_t private_data[REP_PRIVATE];
};

struct sv_event {
	struct rdma_cm_event base;
	struct sv_event *next;
	struct sv_id *owner; /* whose event it is: of a request, the listener's */
	uint8_t private_data[REP_PRIVATE];
};

struct sv_channel {
	struct rdma_event_channel base;
	struct sv_event *first, **end;
};

struct sv_id {
	struct rdma_cm_id base;
	struct sv_id *next;
	uint32_t handle;
	enum id_state state;
	bool sync; /* its calls wait for their events, which come to a channel of its own */
	bool only_family;
	struct sv_source port;	 /* the name of its address and port, when bound; else fd -1 */
	struct sv_link *request; /* of who asked, until there is an answer */
	unsigned peer_node;
	uint32_t peer_id, peer_qp, qp_num;
	/* For rdma_init_qp_attr(). */
	uint8_t responder_resources, initiator_depth, retry_count, rnr_retry, ack_timeout;
	struct sim_item timer;
	uint32_t told, acknowledged;	       /* events */
	pthread_cond_t quiet;		       /* all are */
	struct ibv_qp_init_attr *passive_attr; /* of rdma_create_ep(): for those who come */
	struct ibv_pd *passive_pd;
	struct ibv_sa_path_rec path;
	bool has_cqs; /* made by rdma_create_qp() */
};

static inline struct sv_id *sv_id(struct rdma_cm_id *id)
{
	return SV_CONTAINER(id, struct sv_id, base);
}

static inline struct sv_channel *sv_channel(struct rdma_event_channel *c)
{
	return SV_CONTAINER(c, struct sv_channel, base);
}

/* Sets errno; for calls that answer so. */
static inline int cm_fail(int why)
{
	errno = why;
	return -1;
}

/* ---- cm_id.c ---- */
/* All of these between sv_enter() and sv_leave(), where nothing else is said. */
struct sv_id *id_new(struct rdma_event_channel *channel, void *context);
struct sv_id *id_find(uint32_t handle);
void ids_leave_channel(const struct rdma_event_channel *c);
/* One that no event is about. */
void id_free(struct sv_id *id);

/* ---- cm_event.c ---- */
struct sv_event *event_new(struct sv_id *id, enum rdma_cm_event_type type, int status);
void event_push(struct sv_event *e); /* to its owner's channel */
void event_tell(struct sv_id *id, enum rdma_cm_event_type type, int status);
/* Takes back what was not told yet. A request's id goes with it. */
void events_forget(struct sv_id *id);
void events_move(struct sv_id *id, struct sv_channel *to);
/* Not between the two: for ids that wait, takes the event of what was begun; 0 or -1 with errno. */
int event_await(struct rdma_cm_id *id);

/* ---- cm_address.c ---- */
socklen_t address_len(const struct sockaddr *a);
void port_set(struct sockaddr_storage *a, uint16_t port);
uint16_t port_of(const struct sockaddr_storage *a);
/* A link to whoever listens there; NULL: nobody. */
struct sv_link *address_link(const struct sockaddr_storage *to);
void id_use_device(struct sv_id *id); /* once its addresses are known */

/* ---- cm_state.c ---- */
struct cm_body *cm_body_new(struct sim_payload **p); /* all zeros; the caller's */
/* To the peer; false: its process is gone. Takes the body, which may be NULL. */
bool id_say(const struct sv_id *id, enum sv_frame_type type, struct sim_payload *body);
void id_say_rej(const struct sv_id *id, uint16_t reason, const void *data, size_t len);
void id_go_on(struct sv_id *id, enum id_state state); /* what was waited for is here */
void id_await_peer(struct sv_id *id);		      /* as long as Linux does */
void id_timewait(struct sv_id *id);
void id_down(struct sv_id *id);
void id_request_end(struct sv_id *id);
/* Says what a CM says when its user is done with an id, in whatever state. */
void id_leave(struct sv_id *id);

/* ---- cm_connect.c ---- */
int id_establish(struct sv_id *id); /* 0 or an errno */

/* ---- cm_qp.c ---- */
/* Takes the id's queue pair to a state; 0 or an errno. */
int id_qp_move(struct sv_id *id, enum ibv_qp_state to);

#endif

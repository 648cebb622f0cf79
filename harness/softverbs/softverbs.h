/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RDMA between the processes of one machine, without a device: what libibverbs.so.1 and
 * librdmacm.so.1 promise, on the simulator's queue pairs (fabric/sim/core.h), whose messages go
 * over sockets here and whose clock is the machine's.
 *
 * Each process that opens the device is a node: it has a number, a socket under that number, and
 * one thread. Nodes send each other frames over one stream for each direction, so that everything
 * between two processes has one order. One lock guards all that a process has.
 */
#ifndef SOFTVERBS_SOFTVERBS_H
#define SOFTVERBS_SOFTVERBS_H

#include <pthread.h>
#include <sys/socket.h>

#include <infiniband/verbs.h>
#include <rdma/rdma_cma.h>

#include "../fabric/sim/core.h"

/* Everything is hidden but what the ABI names (softverbs.map). */
#define SV_EXPORT __attribute__((visibility("default")))

#define SV_CONTAINER(ptr, type, member) SIM_CONTAINER(ptr, type, member)

enum {
	/* A queue pair's number is its node's and its own within that: who has the number knows
	 * whom to ask. */
	SV_NODE_BITS = 10,
	SV_QP_BITS = 14,
	SV_NODES = 1 << SV_NODE_BITS, /* 0 is nobody */
	SV_QPS = 1 << SV_QP_BITS,
	SV_BUCKETS = 256,
	SV_NAME_MAX = 100,
};

/* ---- what goes between nodes ---- */

enum sv_frame_type {
	SV_FRAME_QP,	/* a queue pair's request or answer */
	SV_FRAME_PROBE, /* has all that was sent before been there? */
	SV_FRAME_ECHO,
	SV_FRAME_REQ,
	SV_FRAME_REP,
	SV_FRAME_RTU,
	SV_FRAME_REJ,
	SV_FRAME_DREQ,
	SV_FRAME_DREP,
	SV_FRAME_HELD, /* from who is no node: what a process holds is asked, and told as sv_held */
	SV_FRAME_TYPES,
};

/* Both ends are on one machine: no byte order. `len` more bytes follow. */
struct sv_frame {
	uint32_t len;
	uint16_t from_node;
	uint8_t type, op;
	uint8_t is_answer, answer, status, rnr_code;
	uint8_t solicited, spare[3];
	uint32_t from, to; /* queue pairs, or the handles of ids */
	uint32_t imm, key;
	uint64_t psn, addr, size;
};

enum { SV_FRAME_MAX = 1 << 30 }; /* bytes behind one */

/* What a process has of the device, as `rdma resource show` would have it. */
struct sv_held {
	int32_t pid;
	uint32_t qp, mr, pd, cq, cm_id;
};

/* ---- name.c ---- */

/* Puts "softverbs/UID/SPACE/" and what the format says into a name. */
void sv_name(char name[SV_NAME_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct sockaddr_un;
socklen_t sv_name_address(const char *name, struct sockaddr_un *a);

/* ---- link.c: streams between nodes ---- */

struct sv_node;
struct sv_source;

/* A descriptor that the node looks at. */
struct sv_source {
	int fd;
	void (*ready)(struct sv_source *s, uint32_t events);
	void (*release)(struct sv_source *s); /* may be NULL */
	struct sv_source *next, **at;
};

struct sv_out;

struct sv_link {
	struct sv_source source;
	struct sv_link *next, **at;
	unsigned node; /* at the other end; 0: not known yet */
	bool incoming, dead;
	/* It carries one connection request, of or to the id of this handle, and its end is that of
	 * who made it. 0: it carries everything else. */
	uint32_t request;
	/* incoming */
	struct sv_frame head;
	size_t have; /* of head and body */
	struct sim_payload *body;
	/* outgoing */
	struct sv_out *first, **end;
	size_t gone; /* bytes of the first */
};

/* To a node, or to whoever has this name; NULL with errno. */
struct sv_link *sv_link_to(unsigned node);
struct sv_link *sv_link_to_name(const char *name);
void sv_link_drop(struct sv_link *l);
/* Sends a frame; its length and its node are filled in. The payload (may be NULL) is counted. */
void sv_link_send(struct sv_link *l, struct sv_frame *f, struct sim_payload *body);
/* The same, to a node; false: there is no such node any more. */
bool sv_send(unsigned node, struct sv_frame *f, struct sim_payload *body);
/* A socket that has this name and may listen; -1 with errno. */
int sv_bind_name(const char *name);
enum { SV_BACKLOG = 4096 };
/* Takes all links that wait at a listening socket; `request`: as above. */
void sv_accept_links(int listener, uint32_t request);

/* ---- node.c: the process; watch.c: its descriptors ---- */

struct sv_qp;
struct sv_id;

struct sv_node {
	unsigned number;
	int epoll;
	struct sv_source accept, timer;
	uint64_t rings; /* when the timer does; UINT64_MAX: not at all */
	struct sv_source *sources, *dead;
	struct sim_clock clock;
	struct sim_link wire;
	struct sim_keys keys;
	struct sim_qp_counters counters;
	struct sv_held held;
	struct ibv_context *cm_context; /* NULL: not yet */
	struct ibv_pd *cm_pd;		/* of ids that name none; NULL: not yet */
	struct sv_link *in, *out;	/* lists */
	struct sv_qp *qps[SV_BUCKETS];
	uint32_t next_qp, next_pd, next_id;
	struct sv_id *ids[SV_BUCKETS];
};

/*
 * Enters what this process has, alone; the first time makes it. NULL with errno. Its clock is
 * right until sv_leave().
 */
struct sv_node *sv_enter(void);
void sv_leave(void);
void sv_wait(pthread_cond_t *c); /* between the two: lets others in until it is signalled */
/* Between the two. */
struct sv_node *sv_here(void);
/* Looks once at all that came, without waiting. Between sv_enter() and sv_leave(). */
void sv_progress(void);
uint64_t sv_now(void);				      /* CLOCK_MONOTONIC, ns */
int sv_watch(struct sv_source *s, uint32_t events);   /* 0, or -1 with errno */
int sv_rewatch(struct sv_source *s, uint32_t events); /* other events than before */
/* Closes the descriptor; releases it when nothing can refer to it any more. */
void sv_unwatch(struct sv_source *s);

/* ---- bell.c: a descriptor that is readable as often as something was put behind it ---- */

int sv_bell_new(void); /* -1 with errno */
void sv_bell_ring(int fd);
/* As read() on it: 0, or -1 with errno, EAGAIN where it was made non-blocking. */
int sv_bell_wait(int fd);
/* Takes back a ring that nobody has waited for yet. */
void sv_bell_take(int fd);

/* ---- device.c ---- */

struct sv_context {
	struct verbs_context v; /* ends with the ibv_context */
};

/* The context that the CM's ids have, once for a process; NULL with errno. */
struct ibv_context *sv_cm_context(void);
enum { SV_MAX_READS = 128, SV_MAX_SGE = 32, SV_MAX_WR = 1 << 20, SV_MAX_INLINE = 4096 };

/* The GID that an address has here: the IPv4 one mapped, or the IPv6 one. */
void sv_gid_of(const struct sockaddr *address, union ibv_gid *gid);

/* ---- memory.c ---- */

/* Beside enum fab_access. */
enum { SV_LOCAL_WRITE = 8, SV_MAY_BIND = 16 };

struct sv_pd {
	struct ibv_pd base;
	uint32_t number, users; /* memory, windows, queue pairs */
};

struct ibv_pd *sv_pd_new(struct ibv_context *context); /* between sv_enter() and sv_leave() */

static inline struct sv_pd *sv_pd(struct ibv_pd *pd)
{
	return SV_CONTAINER(pd, struct sv_pd, base);
}

struct ibv_mw *sv_alloc_mw(struct ibv_pd *pd, enum ibv_mw_type type);
int sv_dealloc_mw(struct ibv_mw *mw);

/* ---- cq.c ---- */

struct sv_cq;

void sv_cq_used(struct ibv_cq *cq, bool used); /* by a queue pair, which keeps it */
void sv_cq_add(struct ibv_cq *cq, const struct ibv_wc *wc, bool solicited);
int sv_poll_cq(struct ibv_cq *cq, int n, struct ibv_wc *wc);
int sv_req_notify_cq(struct ibv_cq *cq, int solicited_only);

/* ---- qp.c, work.c ---- */

struct sv_sges {
	struct ibv_sge *at;
	int count;
};

struct sv_recv {
	uint64_t wr_id;
	struct sv_sges sges;
};

struct sv_send {
	uint64_t wr_id;
	enum ibv_wr_opcode opcode;
	bool signaled;
	struct sv_sges sges;
	struct sim_payload *inlined; /* or NULL */
	/* binds */
	uint32_t window, region;
	struct ibv_mw_bind_info bind;
};

/* Work requests in the order they were posted. */
struct sv_queue {
	void *slots;
	struct ibv_sge *sges; /* max_sge for each slot */
	uint32_t room, first, count, max_sge;
};

struct sv_qp {
	struct ibv_qp base;
	struct sim_qp sim;
	struct sv_qp *next;
	struct sv_queue sends, recvs;
	struct ibv_qp_attr attr;
	struct ibv_qp_init_attr init;
	uint64_t probes; /* sent so far */
	bool sig_all;
};

static inline struct sv_qp *sv_qp(struct ibv_qp *qp)
{
	return SV_CONTAINER(qp, struct sv_qp, base);
}

struct sv_qp *sv_qp_find(uint32_t number);
struct ibv_qp *sv_create_qp(struct ibv_pd *pd, struct ibv_qp_init_attr *attr);
struct ibv_qp *sv_create_qp_ex(struct ibv_context *context, struct ibv_qp_init_attr_ex *attr);
int sv_modify_qp(struct ibv_qp *qp, struct ibv_qp_attr *attr, int mask);
/* A probe of a queue pair's has come back: all that it had sent before has been at the peer, and
 * all that the peer answered is here. */
void sv_qp_echo(const struct sv_frame *f);
/* All that came for a queue pair. */
void sv_qp_frame(const struct sv_frame *f, struct sim_payload *body);

extern const struct sim_qp_ways sv_ways; /* work.c */
void sv_complete(struct sim_qp *qp, const struct sim_cqe *e);
int sv_post_send(struct ibv_qp *qp, struct ibv_send_wr *wr, struct ibv_send_wr **bad);
int sv_post_recv(struct ibv_qp *qp, struct ibv_recv_wr *wr, struct ibv_recv_wr **bad);
int sv_queue_new(struct sv_queue *q, size_t slot, uint32_t room, uint32_t max_sge);
void sv_queue_free(struct sv_queue *q);
void sv_works_drop(struct sv_qp *qp); /* all that is posted; nothing completes */

/* ---- cm*.c ---- */

/* All that came for an id, and the link that it came by. */
void sv_cm_frame(struct sv_link *l, const struct sv_frame *f, const struct sim_payload *body);
/* A process is gone: what its kernel would say for it. */
void sv_cm_node_gone(unsigned node);
/* A link that carries a connection request has ended. */
void sv_cm_request_gone(const struct sv_link *l);

#endif

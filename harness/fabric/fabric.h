/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RDMA reliable connections, seen the same way whether rdma-core (verbs/verbs.c) or the simulator
 * (sim/sim.c) carries them.
 *
 * One thread, one event at a time: post work, then fab_wait() for the next event until a deadline.
 * Times are nanoseconds on the fabric's own clock (fab_now), virtual in the simulator. Every call
 * and event is also written to the fabric's event log (log.h), which owns the bytes of all
 * messages.
 */
#ifndef FABRIC_FABRIC_H
#define FABRIC_FABRIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../wire/cm_data.h"
#include "../wire/err.h"
#include "../wire/pdu.h"

#define NS_PER_US   1000ull
#define NS_PER_MS   1000000ull
#define NS_PER_S    1000000000ull
#define FAB_FOREVER UINT64_MAX

struct fabric;	 /* one endpoint's device, clock and event queue */
struct fab_conn; /* one RC queue pair and its CM id */
struct log;
struct log_event;
struct sockaddr;

/* Fixed when the queue pair is made. Zero-initialise, then fab_params_default(). */
struct fab_params {
	uint8_t rnr_retry;   /* of our queue pair: 0 = the first RNR NAK is a completion status; 7 =
				for ever */
	uint8_t retry_cnt;   /* transport retries, 0..7 */
	uint8_t ack_timeout; /* 4.096 us * 2^n; 0 = never */
	uint8_t min_rnr_timer; /* code that our RNR NAKs carry (IBTA table 45; 1 = 10 us, 12 = 640
				  us, 0 = 655 ms) */
	uint8_t responder_resources; /* RDMA Reads that we serve at once (our IRD), told to the peer
					in the CM message */
	uint8_t initiator_depth;     /* RDMA Reads that we issue at once (our ORD) */
	uint8_t advertised_rnr_retry; /* rnr_retry_count in our CM message: programs the *peer's*
					 queue pair */
	bool exceed_peer_depth; /* issue initiator_depth RDMA Reads even when the peer serves fewer
				 */
	bool one_domain; /* simulator: keys of one connection open memory on all that say so */
	uint32_t send_depth, recv_depth; /* work requests */
	uint32_t recv_size;		 /* bytes of each receive buffer */
	uint32_t recv_initial;		 /* receives posted before the connection exists */
	uint8_t private_data[CM_PRIVATE_DATA_MAX];
	size_t private_data_len;
};

void fab_params_default(struct fab_params *p);

enum fab_event_kind {
	FAB_TIMEOUT,	     /* the deadline passed; nothing happened */
	FAB_CONNECT_REQUEST, /* conn is new: fab_accept() or fab_reject() it */
	FAB_ESTABLISHED,
	FAB_REJECTED,	  /* by the peer or its CM; reason, private_data */
	FAB_UNREACHABLE,  /* address, route or connect error; name says which */
	FAB_DISCONNECTED, /* the connection ended: the peer's DREQ, or the answer to ours */
	FAB_RECV,	  /* a message arrived: msg */
	FAB_DONE,	  /* a posted work request completed: id, op, status */
	FAB_RECV_FAILED,  /* a posted receive completed with an error: status */
	FAB_TIMER,	  /* fab_timer(): id */
	FAB_FD,		  /* fab_watch_fd(): the descriptor became readable or hung up */
	FAB_DEVICE_GONE,
};

enum fab_status {
	FAB_OK,
	FAB_RNR_EXCEEDED,   /* the peer had no receive buffer posted */
	FAB_RETRY_EXCEEDED, /* the peer's queue pair does not answer */
	FAB_REMOTE_ACCESS,  /* bad key, range or permission at the peer */
	FAB_REMOTE_INVALID, /* e.g. our Send was longer than the peer's receive buffer */
	FAB_REMOTE_OP,
	FAB_LOCAL_LENGTH,
	FAB_LOCAL_PROTECTION,
	FAB_LOCAL_QP,
	FAB_MW_BIND,
	FAB_FLUSHED, /* the queue pair was in error before this one's turn */
	FAB_OTHER,
};

enum fab_op {
	FAB_SEND,
	FAB_SEND_INV, /* Send with Invalidate of peer_key */
	FAB_SEND_IMM,
	FAB_WRITE,
	FAB_WRITE_IMM,
	FAB_READ,
	FAB_BIND,	/* memory window bind, posted by fab_register */
	FAB_INVALIDATE, /* local invalidate */
};

struct fab_event {
	enum fab_event_kind kind;
	uint64_t time; /* fab_now() when it happened */
	struct fab_conn *conn;
	const char *name; /* the CM event or status as rdma-core spells it */
	/* FAB_DONE, FAB_TIMER */
	uint64_t id;
	enum fab_op op;
	enum fab_status status;
	int vendor_status; /* as the device gave it */
	/* FAB_RECV; the bytes live in the log for as long as it does */
	struct bytes msg;
	bool has_imm, invalidated; /* came as Send with Immediate / with Invalidate */
	bool solicited;		   /* with Solicited Event; only the simulator tells */
	bool kind_unknown;	   /* the device does not tell one from the other */
	uint32_t imm, invalidated_key;
	/* CM */
	int reason;
	struct bytes private_data;
	uint8_t responder_resources, initiator_depth,
		rnr_retry; /* what the peer's CM message said */
};

/* One work request. Ids are the caller's; a completion event comes for each one. */
struct fab_wr {
	enum fab_op op;
	uint64_t id;
	struct bytes msg;	  /* Send kinds: copied before fab_post returns */
	uint32_t imm;		  /* ..._IMM */
	uint32_t peer_key;	  /* SEND_INV: key to invalidate; READ, WRITE: rkey */
	uint64_t peer_addr;	  /* READ, WRITE */
	struct fab_region *local; /* READ, WRITE */
	size_t local_offset, len;
	bool solicited; /* Send with Solicited Event, RFC 7145 1.5.2 */
};

enum fab_access {
	FAB_LOCAL_ONLY = 0, /* source and sink of our own RDMA operations */
	FAB_REMOTE_READ = 1,
	FAB_REMOTE_WRITE = 2,
};

/* Memory that the peer or our own RDMA operations may touch: caller's memory, registered. */
struct fab_region {
	uint8_t *at;
	size_t len;
	unsigned access;
	uint64_t addr; /* what to advertise as Base Offset */
	uint32_t key;  /* what to advertise as STag; never 0 */
	bool valid;
	bool window; /* a type 2 memory window, or else a key that the peer may invalidate */
	struct fab_conn *conn;
	void *impl;
};

enum fab_counter { FAB_RNR_NAK_SENT, FAB_RNR_NAK_RECEIVED };

/* rdma-core. `log` must outlive it. NULL with *e: ENODEV when there is no RDMA device. */
struct fabric *verbs_open(struct log *log, struct err *e);
/* For who forks processes that open one each: has the RDMA library load its drivers now, some
 * twenty files of it, and not in each of them. Opens no device, so nothing of it is shared. */
void verbs_preload(void);
void fab_close(struct fabric *f); /* and all its connections and regions */

/* Over rdma-core it stands still between what is logged: calls, events, a fab_wait() in vain (which
 * takes it to its deadline). */
uint64_t fab_now(struct fabric *f);
struct log *fab_log(struct fabric *f);
struct log *fab_conn_log(const struct fab_conn *c); /* of its fabric */
bool fab_is_simulated(const struct fabric *f);
/*
 * Does a Send that completes with success prove that the peer had a receive buffer for it? On an RC
 * queue pair it does: what completes is acknowledged. Over iWARP (RFC 5040) a completion says that
 * the message left, and nothing answers but the peer's program. There is no RNR NAK and no second
 * try: a message that meets no buffer makes the peer's RNIC send a TERMINATE, and the connection
 * is over.
 */
bool fab_proves_delivery(struct fabric *f);
/* Send and RDMA Write with Immediate: RFC 5040 has none. */
bool fab_has_immediate(struct fabric *f);
/* Keys that a peer can invalidate (fab_register's `window`): does the device have them? */
bool fab_has_windows(struct fabric *f);

/* host: IPv4, IPv6 (with or without brackets) or a name; port 0: any free one. */
int fab_listen(struct fabric *f, const char *host, uint16_t port, const struct fab_params *defaults,
	       struct err *e);
uint16_t fab_listen_port(const struct fabric *f);
/* Whose connections a listener takes: the others' requests are refused, and nobody but the log sees
 * them. Over rdma-core; the simulator has no strangers. admit NULL: everybody's. */
void fab_admit(struct fabric *f, bool (*admit)(void *ctx, const struct sockaddr *from), void *ctx);
/* Starts a connection; FAB_ESTABLISHED, FAB_REJECTED or FAB_UNREACHABLE follows. */
struct fab_conn *fab_connect(struct fabric *f, const char *host, uint16_t port,
			     const struct fab_params *params, struct err *e);
int fab_accept(struct fab_conn *c, const struct fab_params *params, struct err *e);
int fab_reject(struct fab_conn *c, const void *private_data, size_t len, struct err *e);

/* Posts n receives of recv_size bytes. */
int fab_post_recv(struct fab_conn *c, unsigned n, struct err *e);
unsigned fab_recv_posted(struct fab_conn *c); /* standing posted now */
/* Posts all n with one doorbell: they leave back to back, in order. */
int fab_post(struct fab_conn *c, const struct fab_wr *wr, size_t n, struct err *e);

/*
 * Registers caller's memory for a connection; at..at+len must stay until fab_unregister. With
 * `window` the peer may invalidate the advertised key. It is that of a memory window bound by a
 * work request (its completion comes as FAB_DONE, FAB_BIND, id 0); with siw, which has no windows
 * and lets a peer invalidate any key, it is the region's own.
 */
struct fab_region *fab_register(struct fab_conn *c, void *at, size_t len, unsigned access,
				bool window, struct err *e);
/* Makes the key useless to the peer (local invalidate of a window, deregistration otherwise);
 * memory stays. */
int fab_invalidate(struct fab_region *r, struct err *e);
void fab_unregister(struct fab_region *r);

int fab_disconnect(struct fab_conn *c, struct err *e); /* DREQ */
void fab_vanish(struct fab_conn *c);		  /* the queue pair is destroyed, no DREQ is sent */
int fab_break(struct fab_conn *c, struct err *e); /* the queue pair goes to the error state */
void fab_conn_free(struct fab_conn *c);		  /* disconnects when still up */
unsigned fab_conn_number(const struct fab_conn *c); /* 1, 2, ... in the log */
bool fab_conn_up(struct fab_conn *c);
/*
 * Who ended a connection, and by what, as far as the transport proves it. Known with the event that
 * is its first sign, and then for ever; it stands in the log as the CM event "end".
 */
enum fab_end {
	FAB_END_NONE,
	FAB_END_OURS, /* we disconnected, broke or left it */
	/* The peer did: its DREQ. Over iWARP: no sign of anything else, and without the kernel's
	 * log there is none of an RDMA operation with a key that our device does not know. */
	FAB_END_CLOSED,
	/* An RDMA operation of the peer's was refused by our memory: the device says so (the
	 * asynchronous event QP_ACCESS_ERR, which Soft-RoCE does not raise). */
	FAB_END_ACCESS,
	/* An RDMA operation of the peer's broke our queue pair: memory that it has no right to,
	 * more RDMA Reads than we serve, or a malformed one. */
	FAB_END_OPERATION,
	/* A Send of the peer's was refused: longer than our buffer, or it invalidates a key that
	 * it must not. */
	FAB_END_MESSAGE,
	FAB_END_NO_BUFFER, /* a message of ours met no receive buffer */
	FAB_END_REFUSED,   /* the peer's queue pair refused an operation or a Send of ours */
	FAB_END_LOST,	   /* the peer's queue pair answers no more; the transport gave up */
	FAB_END_LOCAL,	   /* our own side failed */
};
enum fab_end fab_conn_end(const struct fab_conn *c);
const char *fab_end_name(enum fab_end end); /* "closed", "access", ... as logged */

/* How the peer's RNIC ended an iWARP connection. */
enum fab_terminate {
	FAB_TERM_UNKNOWN,   /* by no TERMINATE, or by one that the device keeps to itself */
	FAB_TERM_NO_BUFFER, /* a message of ours met no receive buffer: RFC 5041 8.2, type 2, 2 */
	FAB_TERM_ACCESS,    /* an RDMA operation of ours was refused its memory */
	FAB_TERM_OTHER,
};
/*
 * Known once the end of the connection shows (FAB_RECV_FAILED, FAB_DISCONNECTED). rdma-core hands a
 * TERMINATE on as any other end; only siw tells, and only where the kernel's log can be read. So
 * what it says is proved, and FAB_TERM_UNKNOWN says nothing.
 */
enum fab_terminate fab_conn_terminate(struct fab_conn *c);
/* The caller's pointer, for dispatch; NULL at first. */
void fab_conn_set_user(struct fab_conn *c, void *user);
void *fab_conn_user(const struct fab_conn *c);

/* A FAB_TIMER event with this id and conn (may be NULL) comes when `at` has passed. */
void fab_timer(struct fabric *f, uint64_t at, uint64_t id, struct fab_conn *c);
void fab_timer_cancel(struct fabric *f, uint64_t id, struct fab_conn *c);
/* FAB_FD when fd is readable; -1 stops it. The simulator ignores it. */
void fab_watch_fd(struct fabric *f, int fd);

/* The next event at or before the deadline, else FAB_TIMEOUT. Always returns with ev filled. */
void fab_wait(struct fabric *f, uint64_t deadline, struct fab_event *ev);

/*
 * What the world outside says when it is asked something, that a verdict may hang on and no event
 * tells. It goes into the log (LOG_ANSWER), and in a replay comes from there; so whoever asks hands
 * in what it is and works with what is in *a afterwards.
 */
struct fab_answer {
	const char *name;
	int64_t value, more;
	const char *
		text; /* NULL: none; afterwards it lives as long as the log, or as what was given */
	uint8_t *at;  /* len bytes, NULL: none */
	size_t len;
	bool polled; /* it may be another one a moment later, though nothing happened in between */
};
/* c may be NULL. Without a log, nothing happens. */
void fab_answer(struct fabric *f, const struct fab_conn *c, struct fab_answer *a);
/* The same, but logged only where its value is not what whoever reads the log takes it for. */
void fab_answer_unless(struct fabric *f, const struct fab_conn *c, struct fab_answer *a,
		       int64_t known);
int64_t fab_answer_number(struct fabric *f, const struct fab_conn *c, const char *name,
			  int64_t value, int64_t known);
/* Logs how memory looks (log.h, LOG_MEMORY "look"); in a replay, how it looked. */
void fab_look(struct fabric *f, struct log_event *ev);

/* Count since fab_open, or -1 when this device does not tell. */
int64_t fab_counter(struct fabric *f, enum fab_counter which);
/* "rxe0 (rdma_rxe), fw ..., mtu 4096" or "simulator, seed 7". */
const char *fab_description(struct fabric *f);
/* What carries the connections, in a word: "rxe", "siw", "simulator", else the transport and the
 * driver: "roce/mlx5_core". */
const char *fab_kind(struct fabric *f);

const char *fab_event_name(enum fab_event_kind k); /* "connect-request", ... as logged */
const char *fab_status_name(enum fab_status s);	   /* "rnr-retry-exceeded", ... */
const char *fab_op_name(enum fab_op op);	   /* "send", "send-inv", ... */

#endif

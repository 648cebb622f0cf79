/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator's core: a virtual clock, keys of registered memory, RC queue pairs. It knows
 * nothing of endpoints, connection management or events; whoever embeds a queue pair gets its
 * completions by callback. Behaviour that the InfiniBand specification leaves open, or that
 * Soft-RoCE decides its own way, follows Soft-RoCE.
 */
#ifndef FABRIC_SIM_CORE_H
#define FABRIC_SIM_CORE_H

#include "../fabric.h"

#define SIM_CONTAINER(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* p, or abort: a simulation that lost a message to lack of memory would prove nothing. */
void *sim_need(void *p);

/* ---- sim/clock.c: what is due when, in one order for one seed ---- */

/* What an item does, as far as it matters for what else may come before or after it. */
enum sim_step {
	SIM_STEP_HANDLER, /* calls a handler */
	/* The device alone; `lane` is the queue pair that it reaches. */
	SIM_STEP_ARRIVES, /* a message, a refusal, or a word of the CM */
	SIM_STEP_RDMA,	  /* reaches memory */
	SIM_STEP_ACK,	  /* completes what was sent and does nothing else */
};

struct sim_item {
	uint64_t due, seq;
	size_t place; /* in the heap, 1-based; 0 = not scheduled */
	void (*run)(struct sim_item *it);
	void (*drop)(struct sim_item *it); /* instead of run when the clock is freed; may be NULL */
	/* For who chooses orders (sim/order.c): items of one lane keep theirs, those of different
	 * lanes are independent; NULL: nobody's choice. */
	const void *lane;
	enum sim_step step;
};

struct sim_clock {
	uint64_t now;
	uint64_t seq;
	uint64_t random;
	struct sim_item **heap;
	size_t count, room;
	struct sim_message *spare; /* those that are over, for the next ones (sim/message.c) */
};

void sim_clock_init(struct sim_clock *k, uint64_t seed);
void sim_clock_free(struct sim_clock *k); /* drops everything scheduled, and what is spare */
/* Equal times run in the order they were scheduled. An item already scheduled is moved. */
void sim_clock_at(struct sim_clock *k, struct sim_item *it, uint64_t due);
/* In two steps, for items that wait for one another: its place in the order, which may not be
 * before those that wait already, and then the clock, as one that is scheduled. */
void sim_clock_number(struct sim_clock *k, struct sim_item *it, uint64_t due);
void sim_clock_enter(struct sim_clock *k, struct sim_item *it);
void sim_clock_cancel(struct sim_clock *k, struct sim_item *it);
/* Moves the clock to the next item due at or before `limit` and runs it; false when there is none.
 */
bool sim_clock_step(struct sim_clock *k, uint64_t limit);
/* Runs one that is scheduled, whenever it is due; the clock goes no further back. */
void sim_clock_run(struct sim_clock *k, struct sim_item *it);
uint64_t sim_clock_random(struct sim_clock *k, uint64_t n); /* uniform below n; 0 when n is 0 */

/* ---- sim/memory.c: keys ---- */

struct sim_qp;

struct sim_key {
	uint32_t key; /* index << 8 | a byte of chance: an old key does not fit its neighbour's slot
		       */
	bool valid;
	bool window;	 /* type 2: bound to one queue pair, may be invalidated by its peer */
	unsigned access; /* enum fab_access */
	uint32_t pd;	 /* protection domain */
	uint64_t addr;	 /* of its first byte, as the peer names it */
	uint8_t *at;
	size_t len;
	const struct sim_qp *qp; /* of a bound window */
};

struct sim_keys {
	struct sim_clock *clock; /* for chance */
	struct sim_key **slots;
	uint32_t count, room, base;
};

void sim_keys_init(struct sim_keys *t, struct sim_clock *k);
void sim_keys_free(struct sim_keys *t);
struct sim_key *
sim_key_new(struct sim_keys *t); /* invalid until its owner says otherwise; NULL: no key left */
void sim_key_drop(struct sim_keys *t, uint32_t key);
struct sim_key *sim_key_find(const struct sim_keys *t, uint32_t key); /* NULL: not a key */
/* The one in that key's slot, whatever the last byte of its key is by now; NULL: none. */
struct sim_key *sim_key_of_slot(const struct sim_keys *t, uint32_t key);
/* Where len bytes at addr are, when `key` lets this queue pair's peer touch them so; else NULL. */
uint8_t *sim_key_remote(const struct sim_keys *t, const struct sim_qp *qp, uint32_t key,
			uint64_t addr, size_t len, unsigned access);
/* The same for the queue pair's own work requests: any access, and no window will do. */
uint8_t *sim_key_local(const struct sim_keys *t, const struct sim_qp *qp, uint32_t key,
		       uint64_t addr, size_t len);

/* ---- sim/qp.c, sim/responder.c: queue pairs ---- */

enum sim_qp_state {
	SIM_QP_INIT,  /* receives may be posted, nothing moves */
	SIM_QP_READY, /* RTS */
	SIM_QP_ERROR, /* everything posted flushes, everything arriving is dropped */
	SIM_QP_GONE,  /* destroyed */
};

/* Bytes under way, shared by the work request and the messages that carry it. */
struct sim_payload {
	unsigned refs;
	size_t len;
	uint8_t at[];
};

/* from may be NULL: the caller fills it in. */
struct sim_payload *sim_payload_new(const void *from, size_t len);
struct sim_payload *sim_payload_ref(struct sim_payload *p);
void sim_payload_unref(struct sim_payload *p);

struct sim_send_wr {
	enum fab_op op;
	uint64_t id;
	struct bytes msg;
	bool solicited;
	uint32_t imm;
	uint32_t peer_key; /* BIND, INVALIDATE: the window's key */
	uint64_t peer_addr;
	uint32_t local_key;
	uint64_t local_addr;
	size_t len;
	bool fence; /* leaves when the bytes of all earlier RDMA Reads are here */
};

struct sim_cqe {
	bool recv;
	uint64_t id;
	enum fab_op op; /* of sends */
	enum fab_status status;
	struct bytes msg; /* receives: what the buffer holds; gone when the call is over */
	struct sim_payload *payload; /* that they are, for who wants to keep them; or NULL */
	bool of_write;		     /* receives: of a Write with Immediate, */
	size_t written;		     /* which wrote so many bytes elsewhere */
	bool has_imm, invalidated, solicited;
	uint32_t imm, invalidated_key;
};

struct sim_wqe;
struct sim_message;

/* What every message pays. */
struct sim_link {
	uint64_t latency, jitter, gap;
	bool iwarp;
};

/* A direction of a connection: what enters it first leaves it first. */
struct sim_lane {
	uint64_t last;
};

/*
 * What an embedder does its own way: one whose peers are in other processes and whose receives have
 * buffers. Where a member is NULL the core does it, among the queue pairs of one simulation.
 */
struct sim_qp_ways {
	/* Takes a message to the peer; it is the callee's. */
	void (*carry)(struct sim_qp *qp, struct sim_message *m);
	/* What a Send or an RDMA Write takes along, as it leaves; NULL: its own memory is not
	 * there. */
	struct sim_payload *(*gather)(struct sim_qp *qp, const struct sim_send_wr *wr);
	/* Where the bytes of an RDMA Read go, asked before it leaves (no bytes) and when they are
	 * here; false: there is no such memory. */
	bool (*scatter)(struct sim_qp *qp, const struct sim_send_wr *wr, struct bytes b);
	/* A message for the oldest receive: FAB_OK, or why it does not take it. */
	enum fab_status (*land)(struct sim_qp *qp, struct bytes msg);
	/* Binds and invalidations. */
	enum fab_status (*locally)(struct sim_qp *qp, const struct sim_send_wr *wr);
	/* The time for an answer is over: finds out whether what was sent has been there, and then
	 * calls sim_qp_unanswered(). False: there is nobody to be asked. */
	bool (*ask)(struct sim_qp *qp);
};

struct sim_qp_counters {
	int64_t rnr_sent, rnr_received;
};

struct sim_qp {
	struct sim_clock *clock;
	const struct sim_link *link;
	struct sim_keys *keys;
	struct sim_qp_counters *counters;
	uint32_t pd;
	struct sim_qp *peer; /* counted; NULL: not connected */
	unsigned refs;
	enum sim_qp_state state;
	struct fab_params attr;		/* retries, timers, depths */
	const struct sim_qp_ways *ways; /* NULL: all of them are the core's */

	void (*complete)(struct sim_qp *qp, const struct sim_cqe *e);
	/* So many receives are flushed, n > 0. NULL: each completes by itself. */
	void (*flushed)(struct sim_qp *qp, unsigned n);
	void (*failed)(struct sim_qp *qp); /* it went to the error state; before the flushes. May be
					      NULL */
	/* iWARP: a TERMINATE ends the connection, ours or (with why) the peer's. */
	void (*terminated)(struct sim_qp *qp, enum fab_terminate why);
	void (*release)(struct sim_qp *qp); /* the last reference is gone */
	/* An RDMA operation of the peer was carried out here, or refused. May be NULL. */
	void (*served)(struct sim_qp *qp, const struct sim_message *m, bool ok);
	/* The peer has the bytes of one of its RDMA Reads. May be NULL. */
	void (*read_ended)(struct sim_qp *qp, const struct sim_send_wr *wr);

	/* requester */
	struct sim_wqe *sends, **sends_end; /* not completed, oldest first */
	struct sim_wqe *unsent;		    /* among them, the next to leave */
	struct sim_wqe *spare;		    /* those that are over, for the next ones */
	unsigned send_count, reads_out;
	uint64_t next_psn, next_departure;
	unsigned retries_left, rnr_left;
	bool rnr_wait;
	bool asking; /* since the last answer */
	struct sim_item ack_timer, rnr_timer;
	/* Answers do not queue behind our own requests, as on a wire that carries both. */
	struct sim_lane requests, responses;

	/* responder */
	unsigned recv_count; /* posted, each of attr.recv_size bytes */
	uint64_t expected_psn;
};

/* The embedder has set clock, link, keys, counters, pd, attr and the callbacks. One reference is
 * the caller's. */
void sim_qp_init(struct sim_qp *qp);
struct sim_qp *sim_qp_ref(struct sim_qp *qp);
void sim_qp_unref(struct sim_qp *qp);
void sim_qp_join(struct sim_qp *a, struct sim_qp *b);
void sim_qp_part(struct sim_qp *qp); /* forgets the peer */
void sim_qp_ready(struct sim_qp *qp);
void sim_qp_error(struct sim_qp *qp);
void sim_qp_destroy(struct sim_qp *qp); /* nothing completes any more */
/* Both: 0, or the errno that the verbs call would give. */
int sim_qp_post_recv(struct sim_qp *qp, unsigned n);
int sim_qp_post_send(struct sim_qp *qp, const struct sim_send_wr *wr, size_t n);

/* What had no answer when the embedder was asked has been at the peer, and has none: it is lost. */
void sim_qp_unanswered(struct sim_qp *qp);

/* RDMA Reads under way that name that key of the peer's. */
unsigned sim_qp_reads_of(const struct sim_qp *qp, uint32_t key);

/* When something that enters the lane at `enters` arrives. */
uint64_t sim_lane_arrival(struct sim_qp *qp, struct sim_lane *lane, uint64_t enters);

/* ---- between sim/qp.c and sim/responder.c ---- */

enum sim_answer { SIM_ACK, SIM_READ_DATA, SIM_RNR_NAK, SIM_NAK };

struct sim_message {
	struct sim_message *next; /* of those that are over */
	struct sim_clock *clock;
	struct sim_item item;
	struct sim_qp *to; /* counted; NULL while it is carried */
	bool is_answer;
	uint64_t psn;
	struct sim_payload *payload; /* or NULL */
	/* requests */
	enum fab_op op;
	bool solicited;
	uint32_t imm, key;
	uint64_t addr;
	size_t len;
	/* answers */
	enum sim_answer answer;
	enum fab_status status; /* SIM_NAK; FAB_RNR_EXCEEDED: iWARP's TERMINATE */
	unsigned rnr_code;
};

/* A request or an answer to the peer; NULL when there is nobody to carry it to. */
struct sim_message *sim_message_new(struct sim_qp *from, bool is_answer);
void sim_message_free(struct sim_message *m);
void sim_messages_end(struct sim_clock *k); /* those that are over */
/* Lets it enter the wire now, or when what left before it has gone. */
void sim_message_leaves(struct sim_qp *from, struct sim_message *m, uint64_t enters);
/* What happens when it arrives; frees it. m->to is where. */
void sim_message_arrives(struct sim_message *m);

void sim_request_arrives(struct sim_qp *qp, const struct sim_message *m); /* sim/responder.c */
void sim_answer_arrives(struct sim_qp *qp, const struct sim_message *m);  /* sim/qp.c */

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator: any number of endpoints in one process and one thread, with a virtual clock and a
 * seed.
 *
 * The semantics are those of an RC queue pair: messages of one queue pair stay in order; a Send
 * that finds no receive posted at the far side is answered by an RNR NAK and retried by the
 * sender's rnr_retry and the far side's min_rnr_timer; access checks on keys, ranges and
 * permissions; Send with Invalidate; read depth; after an error the queue flushes in order. No
 * sleeps: time jumps to the next thing due.
 *
 * Choices worth knowing. A chain is on its way once fab_post() returns: ending the connection right
 * after does not call it back. A Send with Invalidate of a key that is not a valid window of the
 * connection is acknowledged, and ends the receiver (as Soft-RoCE; fab_status REMOTE_INVALID
 * there). A Send longer than its receive is REMOTE_INVALID at both ends (the specification's
 * answer; Soft-RoCE 6.1 says REMOTE_OP and LOCAL_QP). initiator_depth 0 lets no RDMA Read leave,
 * ever, nor what is posted behind it. CM messages keep their place among their sender's requests
 * and acknowledgements. Advertised addresses and keys depend on the seed and the order of
 * registration, never on real pointers.
 */
#ifndef FABRIC_SIM_H
#define FABRIC_SIM_H

#include "../fabric.h"

struct sim;

struct sim_options {
	uint64_t seed;
	uint64_t latency_ns;   /* one way; default 2 us */
	uint64_t jitter_ns;    /* added uniformly per message, order within a queue pair kept */
	uint64_t chain_gap_ns; /* between two messages of one chain; default 200 ns */
	/* An iWARP fabric: what is sent completes as it leaves, and a message that meets no receive
	 * buffer, as anything that is refused, ends the connection at both ends. */
	bool iwarp;
	bool mute_kind;	     /* its devices do not tell how a message came, as siw */
	bool mute_terminate; /* and its devices do not tell how it was ended, as most */
	uint64_t
		poll_delay_ns; /* between a completion and the handler seeing it, uniform 0..this */
};

void sim_options_default(struct sim_options *o);
struct sim *sim_new(const struct sim_options *o);
void sim_free(struct sim *s); /* and all its endpoints */

typedef void (*sim_handler)(void *ctx, const struct fab_event *ev);

/*
 * An endpoint. With a handler it is a model: its events are handed to it, when due, while another
 * endpoint waits in fab_wait(). Without one it is driven by fab_wait() itself. `log` may be NULL.
 * `host` is the address that fab_listen/fab_connect find it by ("sim-target"). A handler may call
 * everything of fabric.h except fab_close(); its fab_wait() only reports a timeout. fab_close()
 * ends the endpoint, its memory goes with sim_free(). Without a log, what events show stays until
 * the endpoint is closed.
 */
struct fabric *sim_endpoint(struct sim *s, const char *host, sim_handler handler, void *ctx,
			    struct log *log);

/* The handler of that endpoint makes nothing of receives that are flushed, hundreds at the end of
 * each connection, and is not called for them. */
void sim_pass_flushed(struct fabric *f);

/*
 * Who picks the next of several independent steps, instead of time and chance: messages of
 * different directions, what a handler sees next, its timers; and what arrives before a handler's
 * fab_post() or fab_post_recv(). Only while `open` says so. Steps keep within horizon_ns of each
 * other.
 */
struct sim_chooser {
	void *ctx;
	bool (*open)(void *ctx);
	unsigned (*pick)(void *ctx, unsigned n); /* below n; 0 is what would happen without */
	uint64_t horizon_ns;
};
void sim_choose(struct sim *s, const struct sim_chooser *c);

/* What has been put on the clock so far, a message, a timer or an event each: what a run costs, the
 * same on each machine. */
uint64_t sim_steps(const struct sim *s);

/* Uniform random number below n from the simulator's seed. */
uint64_t sim_random(struct sim *s, uint64_t n);

#endif

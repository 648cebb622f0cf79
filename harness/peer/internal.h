/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of harness/peer only. */
#ifndef PEER_INTERNAL_H
#define PEER_INTERNAL_H

#include "peer.h"

/* Is this knob on? Says so in the log, since taking it is an event. */
bool peer_knob(struct peer *p, enum knob k);

/* The other side broke the protocol: note it; a model (not tolerant) ends the connection. Returns -1. */
int peer_violation(struct peer *p, const char *section, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* send.c: one honest message: template already in *pdu. Obeys holds. */
int peer_send(struct peer *p, const struct pdu *pdu);
int peer_send_inv(struct peer *p, const struct pdu *pdu, uint32_t key);
void peer_commit(struct peer *p, const struct pdu *pdu); /* our state after *pdu was sent */

/* login_*.c and hello.c: each gets decoded messages of its phase. */
void login_initiator_start(struct peer *p);
void login_initiator_input(struct peer *p, const struct pdu *pdu);
void login_target_input(struct peer *p, const struct pdu *pdu);
void login_free(struct peer *p);
void hello_initiator_start(struct peer *p);
void hello_input(struct peer *p, const struct pdu *pdu);

/* Receive buffers that this peer owes at this phase (RFC 7145 5.1.1, 5.1.2, 8.1); posts what is missing. */
void peer_post_receives(struct peer *p);

/* Full feature phase. */
void initiator_input(struct peer *p, const struct pdu *pdu);
void initiator_done(struct peer *p, const struct fab_event *ev); /* FAB_DONE */
void initiator_closed(struct peer *p);
void initiator_template(struct peer *p, const struct pdu_type *type, struct pdu *out);
void autopilot_step(struct peer *p); /* model initiator; called after every event */
void autopilot_timer(struct peer *p, uint64_t id);

void target_start(struct peer *p); /* entering full feature phase */
void target_input(struct peer *p, const struct pdu *pdu, const struct fab_event *ev);
void target_done(struct peer *p, const struct fab_event *ev); /* FAB_DONE of RDMA operations */
void target_timer(struct peer *p, uint64_t id);
void target_free(struct peer *p);
void target_template(struct peer *p, const struct pdu_type *type, struct pdu *out);
/* Sends `type` unasked, within the credits of the initiator's MOUP (8.1.2); false when none is left. */
bool target_unexpected(struct peer *p, const struct pdu *pdu);

/* Timer ids of a peer, all with p->conn. */
enum {
	TIMER_NOP = 0x100,
	TIMER_RESPONSE = 0x200, /* + slot */
	TIMER_AUTOPILOT = 0x300,
	TIMER_UNEXPECTED = 0x400,
	TIMER_KNOB = 0x500, /* late actions of mutants; + n */
};

#endif

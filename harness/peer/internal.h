/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of harness/peer only. */
#ifndef PEER_INTERNAL_H
#define PEER_INTERNAL_H

#include "../wire/serial.h"
#include "peer.h"

/* Is this knob on? Says so in the log, since taking it is an event. Inline: each message asks for
 * dozens, and none is on. */
void peer_note_knob(struct peer *p, enum knob k);
static inline bool peer_knob(struct peer *p, enum knob k)
{
	if (!p->cfg.knob[k])
		return false;
	peer_note_knob(p, k);
	return true;
}

/* The other side broke the protocol: note it; a model (not tolerant) ends the connection. Returns
 * -1. */
int peer_violation(struct peer *p, const char *section, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* peer_close() once all Sends have completed, so that the last one is not lost; handles no input
 * any more. */
void peer_close_when_sent(struct peer *p);

/* send.c: one honest message: template already in *pdu. Obeys holds. */
int peer_send(struct peer *p, const struct pdu *pdu);
int peer_send_inv(struct peer *p, const struct pdu *pdu, uint32_t key);
void peer_commit(struct peer *p, const struct pdu *pdu); /* our state after *pdu was sent */

/* All of them as one chain; obeys no holds. */
int peer_send_chain(struct peer *p, struct peer_msg *msgs, size_t n);
/* Whether to answer a message of this type (script's "quiet"). */
bool peer_answers(const struct peer *p, const struct pdu_type *type);
/* Notes into the log, if there is one. */
void peer_note(struct peer *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void peer_drain_backlog(struct peer *p);

/* members.c: of a session. A new one for p alone; false: no memory. */
bool members_new(struct peer *p);
void members_leave(struct peer *p); /* when p is freed */
/* A mutant's: out of the session that it joined, into one of its own. */
void members_apart(struct peer *p);
/* Those that are not over, p included where it is not. */
unsigned members_alive(const struct peer *p);
/* Another one in full feature phase, or NULL. */
struct peer *members_other(const struct peer *p);
/* Is there another connection in the session, over or not? */
static inline bool members_several(const struct peer *p)
{
	return p->session->members->next_member != NULL;
}

/* neighbours.c: what mutants let other connections of their node do to this one. */
/* Older connections of the node that are in login. */
unsigned neighbours_in_login(const struct peer *p);
unsigned neighbours_in_full(const struct peer *p); /* and in full feature phase */
/* Their numbers move with ours. */
void neighbours_count(struct peer *p, const struct pdu *pdu);
/* Ours has ended, and so does what is older. */
void neighbours_end(struct peer *p);
/* Is nobody served because one of them asks so much? */
bool neighbours_flood(const struct peer *p);
/* The value that one of those in login offered for the key, else `offer`. */
struct bytes neighbours_offer(struct peer *p, const char *key, struct bytes offer);

/* Takes over ExpCmdSN and MaxCmdSN of a message from the target (RFC 7143 4.2.2.1). */
void sequence_window(struct peer *p, const struct pdu *pdu);
/* Takes the StatSN of a message from the target; counts it when it is numbered (RFC 7143 4.2.2.2).
 */
void sequence_status(struct peer *p, const struct pdu *pdu);
/* Does a message of this kind use up a CmdSN or a StatSN? */
bool sequence_uses_cmd_sn(const struct pdu *pdu);
bool sequence_uses_stat_sn(const struct pdu *pdu);

/* The initiator's Write Base Offset addresses the first solicited byte (true) or the whole buffer.
 */
bool peer_base_is_solicited(const struct peer *p);

/* Phase edges; called by login and hello. */
void peer_logged_in(
	struct peer *p); /* final Login Response received (initiator) or sent (target) */
void peer_enter_full(struct peer *p); /* full feature phase, Hello exchange included where due */
/* Points at which sending *pdu stops, as bits 1 << enum peer_point. */
unsigned login_points(const struct peer *p, const struct pdu *pdu);
void login_sent(struct peer *p, const struct pdu *pdu);
/* A script says *said in our place; held: the message of ours that it stands for, or NULL. */
void login_spoken(struct peer *p, const struct pdu *held, const struct pdu *said);
/* initiator: what receive buffers must stand for (RFC 7145 8.1.1) */
unsigned initiator_answers_due(const struct peer *p);
/* initiator/reassign.c: does it come back into its session, and not with a new one? */
bool initiator_resumes(const struct peer *lost);
void initiator_resume(struct peer *p, const struct peer *lost); /* before p logs in */
/* target: the LUNs, a bit each, that have tasks which are not answered */
uint32_t target_waiting_luns(const struct peer *p);
void initiator_sent(struct peer *p, const struct pdu *pdu);

/* login_*.c and hello.c: each gets decoded messages of its phase. */
void login_initiator_start(struct peer *p);
void login_initiator_input(struct peer *p, const struct pdu *pdu);
void login_target_input(struct peer *p, const struct pdu *pdu, const struct fab_event *ev);
/* A message of a login that did not decode; true when a mutant made something of it. */
bool login_cut(struct peer *p, const struct fab_event *ev);
int login_new(struct peer *p);
void login_free(struct peer *p);
bool login_ended(const struct peer *p);
/* Is CRC32C what HeaderDigest came to? */
bool login_chose_digest(const struct peer *p);
/* The buffers of full feature phase are owed from now on, if *pdu is a final Login Request or
 * Response. */
void login_owns_buffers(struct peer *p, const struct pdu *pdu);
bool login_has_buffers(const struct peer *p);
unsigned login_lost_buffers(const struct peer *p); /* by a knob */
void login_lose_buffer(struct peer *p);
/* Do we declare MaxOutstandingUnexpectedPDUs in this login? */
bool login_declares_moup(const struct peer *p);
void login_timer(struct peer *p); /* TIMER_RECEIVES */
/* login/edge.c: what comes is kept for later, as a mutant is on its way into full feature phase. */
void login_edge_begin(struct peer *p);
bool login_edge(const struct peer *p);
void login_edge_timer(struct peer *p); /* TIMER_EDGE */
void login_edge_done(struct peer *p);  /* a Send completed */
void hello_initiator_start(struct peer *p);
void hello_sent(struct peer *p, const struct pdu *pdu); /* initiator, by itself or by a script */
void hello_input(struct peer *p, const struct pdu *pdu, const struct fab_event *ev);
void hello_target_breaks_silence(struct peer *p); /* a mutant's NOP-In before HelloReply */
void hello_reply_unasked(struct peer *p);	  /* a mutant's HelloReply that nobody waits for */
/* target: a control-type PDU came; a Hello that was not asked for is too late after it */
void hello_missed(struct peer *p);
/* A Hello or HelloReply of wrong length or the like; true when a knob let it pass. */
bool hello_malformed(struct peer *p, const struct fab_event *ev);
void hello_template(struct peer *p, const struct pdu_type *type, struct pdu *out);
void login_template(struct peer *p, const struct pdu_type *type, struct pdu *out);

/*
 * Posts what is missing of the receive buffers that this peer owes in this phase (RFC
 * 7145 5.1.1, 5.1.2, 8.1), and `more` for what is about to be sent.
 */
void peer_post_receives(struct peer *p, unsigned more);
void receives_timer(struct peer *p); /* TIMER_REPOST */
/* Messages that came since receive buffers were last posted: the one in hand, if there is one, and
 * those that nobody has looked at yet. */
unsigned receives_taken(const struct peer *p);

/* dies_of.c: a mutant ends the connection over what it should ignore in this message. */
bool peer_dies_of(struct peer *p, const struct pdu *pdu, struct bytes msg);

/*
 * What mutants do to the bytes of a message of ours before it is posted. msg has room for
 * FORM_SPARE bytes behind its *len.
 */
enum { FORM_SPARE = 4 };
bool form_solicits(struct peer *p, const struct pdu *pdu);
void form_spoil(struct peer *p, const struct pdu *pdu, uint8_t *msg, size_t *len, enum fab_op *op);

/* Full feature phase. */
bool initiator_may_send(struct peer *p); /* the CmdSN window has room for one more request */
void initiator_start(struct peer *p);	 /* entering full feature phase */
void initiator_input(struct peer *p, const struct pdu *pdu, const struct fab_event *ev);
/* A message that did not decode, *e says why; true: a mutant puts up with it. */
bool initiator_malformed(struct peer *p, const struct fab_event *ev, const struct err *e);
void initiator_timer(struct peer *p, uint64_t id);
void initiator_free(struct peer *p);
void initiator_done(struct peer *p, const struct fab_event *ev); /* FAB_DONE */
void initiator_closed(struct peer *p);
void initiator_template(struct peer *p, const struct pdu_type *type, struct pdu *out);
void autopilot_step(struct peer *p); /* model initiator; called after every event */
void autopilot_timer(struct peer *p, uint64_t id);
void autopilot_give_up(struct peer *p);	   /* TIMER_TASK */
bool autopilot_idle(const struct peer *p); /* scan and workload are over */
void autopilot_free(struct peer *p);
void initiator_deed_step(struct peer *p); /* called after every event, too */
void initiator_deed_free(struct peer *p);

void target_start(struct peer *p); /* entering full feature phase */
void target_input(struct peer *p, const struct pdu *pdu, const struct fab_event *ev);
void target_done(struct peer *p, const struct fab_event *ev); /* FAB_DONE of RDMA operations */
void target_timer(struct peer *p, uint64_t id);
/* A message of full feature phase that did not decode, *e says why; true: it was dealt with. */
bool target_malformed(struct peer *p, const struct fab_event *ev, const struct err *e);
/* A message to the initiator was posted, by us or by a script. */
void target_sent(struct peer *p, const struct pdu *pdu);
void target_free(struct peer *p);
/* What came over this connection ahead of its CmdSN is discarded: a hole stays (RFC 7143 11.14). */
void target_queue_leave(struct peer *p);
void target_release_held(struct peer *p); /* the responses that `quiet scsi-response` held back */
void target_template(struct peer *p, const struct pdu_type *type, struct pdu *out);
/* Sends `type` unasked, within the credits of the initiator's MOUP (8.1.2); false when none is
 * left. */
bool target_unexpected(struct peer *p, const struct pdu *pdu);

/* Timer ids of a peer, all with p->conn. */
enum {
	TIMER_NOP = 0x100,
	TIMER_NEWS = 0x101,	/* a target's, that waits for RFC 7145 5.1.3 */
	TIMER_RESPONSE = 0x200, /* + slot */
	TIMER_AUTOPILOT = 0x300,
	TIMER_TASK = 0x310, /* a command of the autopilot's has waited long enough */
	TIMER_UNEXPECTED = 0x400,
	TIMER_KNOB = 0x500,	 /* late actions of mutants; + n */
	TIMER_RECEIVES = 0x580,	 /* receive buffers of a mutant that has them late */
	TIMER_EDGE = 0x588,	 /* halves of a mutant's way into full feature phase */
	TIMER_REPOST = 0x590,	 /* receive buffers of a mutant that is slow to post them */
	TIMER_STAG = 0x5a0,	 /* an STag of a mutant that ends them early */
	TIMER_LOGOUT = 0x5b0,	 /* the logout of a mutant that was asked for it */
	TIMER_LATE_DATA = 0x5c0, /* target: the RDMA Reads of a mutant that has answered already */
	TIMER_CLOSE = 0x600,	 /* initiator: the target did not close after the logout */
};

#endif

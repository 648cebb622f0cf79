/* SPDX-License-Identifier: BSD-2-Clause */
/* The initiator half of a peer in full feature phase: what its files share. Nobody else includes
 * this. */
#ifndef PEER_INITIATOR_H
#define PEER_INITIATOR_H

#include "../internal.h"

/* A request of ours to which an answer is due. */
struct outstanding {
	uint32_t itt;
	uint8_t opcode;
	uint8_t function;      /* task management: what, */
	uint32_t ref_task_tag; /* and of which task; */
	bool of_session;       /* a logout: of the session, */
	uint16_t cid;	       /* or of the connection with this CID */
	uint32_t cmd_sn;       /* those before it are meant, */
	unsigned commands;     /* which are among so many first ones */
};

enum { LATE_PINGS = 64 };

struct initiator_state {
	struct outstanding *outstanding;
	size_t outstanding_count, outstanding_room;
	uint32_t *immediates; /* CmdSN of each unexpected PDU of ours not yet retired, RFC
				 7145 8.1.1.3 */
	size_t immediate_count, immediate_room;
	size_t immediates_bound; /* of them, the first: their CmdSN is that of the next PDU which is
				    not immediate and went over this connection */
	uint32_t own_itt;	 /* a mutant's */
	unsigned commands, nop_ins;
	size_t text_len;
	unsigned late_ping_count;
	struct pdu kept_data_out; /* a mutant's; no type: none */
	bool escalated;		  /* a reset of the target followed a function of less */
	bool reset_done;	  /* and was answered */
	bool deaf;		  /* a mutant: to pings */
	struct fab_region *stray; /* a mutant's: of an RDMA operation, */
	uint8_t stray_data[4];	  /* which takes these */
	/* Written before they are read: not zeroed. */
	struct pdu late_pings[LATE_PINGS]; /* a mutant's */
	uint8_t text[TEXT_VALUE_LIMIT];	   /* of a Text Response in pieces */
};

struct initiator_state *initiator_state(struct peer *p); /* made at need; never NULL */
uint32_t initiator_fresh_itt(struct peer *p);
/* pdu_init() and the numbers as they stand now. */
void initiator_new_pdu(struct peer *p, enum iscsi_opcode opcode, struct pdu *out);
/* Takes the request off the list of those that wait. False when there is none with this tag. */
bool initiator_answered(struct peer *p, uint32_t itt);
const struct outstanding *initiator_waiting_for(const struct peer *p, uint32_t itt); /* or NULL */

/* credits.c */
void credits_spend(struct peer *p, const struct pdu *pdu);
void credits_retire(struct peer *p); /* after ExpCmdSN moved */
/* May one more immediate PDU be sent? RFC 7145 8.1.1.3 */
bool credits_left(struct peer *p);

/* initiator/task.c */
void initiator_reassign(struct peer *p); /* initiator/reassign.c: in full feature phase */
void initiator_pump(struct peer *p);	 /* sends tasks that waited for the window */
/* Who asked for a task that is done wants nothing of it any more: its buffers are for the next one,
 * unless they can be reached yet, or have something to tell. */
void initiator_task_over(const struct peer *p, struct peer_task *t);
bool initiator_response(struct peer *p, const struct pdu *pdu, const struct fab_event *ev);
void initiator_task_rejected(struct peer *p, uint32_t itt);
/* The function of this Task Management Request is complete: no response comes for what it ended. */
void initiator_tasks_aborted(struct peer *p, const struct outstanding *request);
/* Such a request is about to be sent. */
void initiator_tasks_threatened(struct peer *p, const struct pdu *request);
struct peer_task *initiator_task_by_itt(struct peer *p, uint32_t itt);
bool initiator_has_tasks(const struct peer *p);
/* Its STags are memory windows, which a Send with Invalidate can end: RFC 7145 1.5.1. */
bool initiator_has_windows(const struct peer *p);
void initiator_stags_expire(struct peer *p); /* TIMER_STAG */
void initiator_tasks_end(struct peer *p);    /* connection gone: no buffer stays open */

/* ---- initiator/mischief.c: mutants' ---- */
enum { BIDI_AHS_SIZE = 8 }; /* room for the AHS of a command */
/* An Extended CDB that has nothing but its reserved byte. */
void initiator_spare_ahs(uint8_t at[BIDI_AHS_SIZE], struct pdu *pdu);
/* Keeps the end of one burst back until that of the next command is out. msgs has room for one
 * more; returns how many are to be sent. */
size_t initiator_shuffle_bursts(struct peer *p, struct peer_msg *msgs, size_t n);
/* What comes before the fourth command. */
void initiator_mischief(struct peer *p);
/* True: what came was taken for the end of a command, or for what is to be answered, and is done.
 */
bool initiator_strays(struct peer *p, const struct pdu *pdu);
bool initiator_takes_data(struct peer *p, const struct pdu *pdu); /* Data-In, R2T */
/* Two PDUs, each with its iSER header, were taken out of one message. */
bool initiator_took_two(struct peer *p, const struct fab_event *ev);
/* There was no room for a TargetName, and the connection is closed. */
bool initiator_name_too_long(struct peer *p, const struct text_pair *pair);
/* The headers say how much data comes with them, and none comes. The bytes of *m, for the caller to
 * free; NULL: out of memory. */
uint8_t *initiator_headers_alone(struct peer_msg *m);

/* ---- initiator/request.c ---- */
/* Non-immediate while the window is open, else immediate if there is credit; -1 when neither is. */
int initiator_choose_immediate(struct peer *p, struct pdu *pdu, bool prefer_immediate,
			       struct err *e);
int initiator_send_request(struct peer *p, const struct pdu *pdu, struct err *e);
void initiator_ping(struct peer *p);

#endif

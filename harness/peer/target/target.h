/* SPDX-License-Identifier: BSD-2-Clause */
/* The target half of a peer in full feature phase: what its files share. Nobody else includes this.
 */
#ifndef PEER_TARGET_H
#define PEER_TARGET_H

#include "../disk/disk.h"
#include "../internal.h"

enum {
	TARGET_TASKS = 256,
	TARGET_TMFS = 16,
	TARGET_RECENT = 8,
	TARGET_ANSWER_MAX = 64 * 1024, /* text of ours, all pieces together */
	/* Reasons of a Reject, RFC 7143 11.17.1 */
	REJECT_SNACK = 0x03,
	REJECT_PROTOCOL_ERROR = 0x04,
	REJECT_NOT_SUPPORTED = 0x05,
	REJECT_IMMEDIATE = 0x06,
	REJECT_TASK_IN_PROGRESS = 0x07,
	REJECT_INVALID_FIELD = 0x09,
	REJECT_OUT_OF_RESOURCES = 0x0a,
};

/* Ids of our RDMA operations: the low bits are the slot of the task. */
#define TARGET_OP_ID	 (UINT64_C(1) << 48)
#define TARGET_LOGOUT_ID (UINT64_C(1) << 49)

/* Registered memory that data passes through; kept for the connection's life and used again. */
struct target_buffer {
	struct target_buffer *next;
	uint8_t *at;
	size_t size;
	size_t made; /* of its bytes: zeros, or what went through them before */
	struct fab_region *region;
};

struct target_task {
	bool used;
	bool quiet;    /* the script took this one over: nothing is done for it */
	bool held;     /* done; its response waits until the script lets it go */
	bool answered; /* SCSI Response sent, or never to be sent */
	bool aborted;
	bool told;	/* a mutant answered it before it had its data */
	bool final;	/* no more unsolicited data will come */
	unsigned slot;	/* its place in target_state.tasks */
	uint64_t order; /* of arrival */
	struct pdu command;
	struct disk_io io;
	struct target_buffer *buffer;
	size_t transfer;	/* bytes that move */
	size_t unsolicited;	/* most bytes that may come without an RDMA Read */
	size_t got;		/* of those that came */
	size_t next_read;	/* first byte that no RDMA Read was issued for */
	unsigned reads, writes; /* in flight */
	uint32_t data_sn;	/* of the next unsolicited Data-Out */
};

struct target_pending { /* a request that came ahead of its CmdSN, with the Data-Outs that belong to
			   it */
	struct target_pending *next;
	struct peer *by; /* the connection that it came over, and is answered on */
	struct pdu pdu;
	struct bytes msg; /* as it came */
	bool dropped;
	uint32_t cmd_sn;
};

struct target_credit { /* an unexpected PDU that is outstanding, RFC 7145 8.1.2 */
	uint32_t stat_sn, ttt;
	bool ping;
};

struct target_task;
/* Of peripheral addressing; there are no more than 16. */
static inline uint32_t target_lun_bit(const struct pdu *command)
{
	return UINT32_C(1) << (command->lun >> 48 & 0x1f);
}

/* target/deed.c: a unit attention that is due goes before the command. */
void target_attention(struct peer *p, struct target_task *task);
void target_news(struct peer *p); /* TIMER_NEWS: what waited for its time is told */

/* Waits for commands that it covers, then for RDMA Reads of the tasks it ended; RFC 7143 4.2.3.3.
 */
struct target_tmf {
	bool used, waits, done;
	struct pdu request;
	uint8_t response;
};

struct target_state {
	struct disk *disk;
	bool luns_changed; /* and this session was not told yet */
	unsigned slots;	   /* of tasks that there are */
	uint64_t order;
	unsigned reads_in_flight;
	bool more_had_come; /* when the last command was looked at */
	bool pong_waits;    /* a mutant's: the answer to a ping, behind which more had come */
	struct pdu pong;
	struct target_buffer *free_buffers;
	struct target_credit *credits;
	size_t credit_count, credit_room;
	uint64_t since; /* full feature phase began */
	bool heard;	/* something came since then */
	struct {	/* a mutant's memory of commands that are over */
		uint32_t read_stag, write_stag, stag;
		uint64_t read_base, write_base;
		uint32_t aborted_itt, aborted_stag;
		uint64_t aborted_base;
	} old;
	bool closing;
	uint64_t quiet_until; /* RFC 7145 5.1.3 */
	unsigned news;	      /* an event that waits until then; 0: none */
	uint32_t told_window; /* MaxCmdSN as last told, where it is told late */
	uint32_t aborts;      /* ABORT TASK that came so far */
	unsigned commands;
	uint64_t recent[TARGET_RECENT];	    /* arrival of the last commands */
	bool sending_expected;		    /* the Reject being sent needs no credit */
	uint8_t sense[2 + DISK_SENSE_SIZE]; /* of a template */
	/* the request that a response template answers: the last of its kind that the script kept
	 * quiet */
	struct pdu quiet_nop_out, quiet_text, quiet_logout, quiet_tmf;
	struct pdu last; /* the last message of full feature phase, for a Reject */
	struct bytes last_msg;
	bool last_solicited; /* it came with Solicited Event */
	/* text that comes or goes in pieces, RFC 7143 6.2 */
	size_t text_len, answer_len, answer_at;
	uint32_t text_ttt;
	/* Written before they are read: not zeroed. */
	/* Most sessions need few: a slot is made when all others are in use, and kept. */
	struct target_task *tasks[TARGET_TASKS];
	struct target_tmf tmfs[TARGET_TMFS]; /* but for `used` */
	uint8_t text[TEXT_VALUE_LIMIT], answer[TARGET_ANSWER_MAX];
};

/* target/target.c */
const struct pdu_type *target_type(enum iscsi_opcode opcode);
/* pdu_init() and the numbers as they stand now. */
void target_new_pdu(struct peer *p, enum iscsi_opcode opcode, struct pdu *out);

/* target/logout.c */
void target_logout(struct peer *p, const struct pdu *pdu);
void target_logged_out(struct peer *p); /* the Logout Response has arrived */
bool target_is_discovery(const struct peer *p);
/* A mutant's, whose answers wait for what came with the ping. It has its StatSN already. */
void target_send_pong(struct peer *p);
void target_dispatch(struct peer *p, const struct pdu *pdu);
/* A Reject of `bad`. `expected`: it is the answer to a request that is not active yet, hence needs
 * no credit. */
void target_reject(struct peer *p, const struct pdu *bad, unsigned reason, bool expected);

/* target/malformed.c */
/* An iSCSI format error in a PDU that decodes (RFC 7143 7.7); true: it was dealt with. */
bool target_format_error(struct peer *p, const struct pdu *pdu);
/* Rejects a request that has the tag of no task, RFC 7143 11.2.1.8; true: it did. SCSI Commands are
 * looked at by target_command(). */
bool target_tagless(struct peer *p, const struct pdu *pdu);

/* target/queue.c */
void target_queue_input(struct peer *p, const struct pdu *pdu);
/* Keeps a Data-Out whose command waits in the queue. */
bool target_queue_data(struct peer *p, const struct pdu *pdu);
/* RFC 7143 7.11: the CmdSN of a command that is aborted before it came counts as received. */
void target_queue_skip(struct peer *p, uint32_t cmd_sn);
void target_window(struct peer *p); /* p->session->max_cmd_sn as it should be told now */
/* The MaxCmdSN that the next message tells. */
uint32_t target_told_window(struct peer *p);
/* A command that waits is never carried out; its CmdSN counts as received all the same. False: none
 * with that tag does. */
bool target_queue_drop(struct peer *p, uint32_t itt);

/* target/task.c */
struct target_task *target_slot_get(struct target_state *t); /* NULL: all are in use */
/* The slot may serve another task once this one is answered and no RDMA operation uses its memory.
 */
void target_slot_release(struct target_state *t, struct target_task *task);
struct target_task *target_task_by_itt(struct target_state *t, uint32_t itt);
/* Registered memory of at least len bytes, or NULL. */
/* written: as many bytes of it the caller writes at once, whatever is in them. */
struct target_buffer *target_buffer_get(struct peer *p, size_t len, size_t written);
/* No response will come for it; its slot is free once its RDMA operations ended. */
void target_task_abort(struct peer *p, struct target_task *task);
/* `sense` is where the data segment goes. */
void target_response_pdu(struct peer *p, const struct target_task *task,
			 uint8_t sense[2 + DISK_SENSE_SIZE], struct pdu *out);
/* Everything is done but the answer: gives it, now or after cfg.response_delay. */
void target_finish(struct peer *p, struct target_task *task);
/* disk_finish(). What was fetched by RDMA Read is in no log; whether the disk is content with it
 * hangs on it, so the log is told. */
void target_disk_finish(struct peer *p, struct disk_io *io, const uint8_t *data, size_t len);
void target_respond(struct peer *p, struct target_task *task);
void target_respond_late(struct peer *p, uint64_t slot);
void target_task_free(struct target_state *t);

/* target/data.c */
void target_command(struct peer *p, const struct pdu *pdu);
void target_data_out(struct peer *p, const struct pdu *pdu);
void target_read_more(struct peer *p);	/* a mutant's RDMA Reads of tasks that it is about to end */
void target_fetch_late(struct peer *p); /* and of tasks that it has answered already */

/* target/data_lies.c: mutants' */
void target_lie_about_read(struct peer *p, struct target_task *task, uint64_t *addr, size_t *len);
void target_lie_about_immediate(struct peer *p, const struct pdu *command);
/* An RDMA Write that nobody asked for. */
void target_lie_touch(struct peer *p, uint32_t stag, uint64_t base);
/* The data as a PDU, as over TCP. */
void target_send_data_in(struct peer *p, struct target_task *task);
/* Its status, too. */
void target_collapse_phases(struct peer *p, struct target_task *task);

/* target/tmf.c */
void target_tmf(struct peer *p, const struct pdu *pdu);
/* Answers those of the session that have nothing to wait for any more. */
void target_tmf_step(struct peer *p);

/* target/text.c */
void target_text(struct peer *p, const struct pdu *pdu);

/* target/unexpected.c */
void target_spend(struct peer *p, const struct pdu *pdu); /* what a message of ours uses up */
void target_ack(struct peer *p,
		const struct pdu *pdu); /* what a message of the initiator retires */
/* Does the initiator take one more unexpected PDU? RFC 7145 8.1.2 */
bool target_may_send_unexpected(struct peer *p, bool ping);
/* A NOP-In that asks for nothing: it only carries numbers. */
void target_tell_numbers(struct peer *p);
void target_ping(struct peer *p);
void target_arm_nop(struct peer *p);
void target_unexpected_start(struct peer *p);

#endif

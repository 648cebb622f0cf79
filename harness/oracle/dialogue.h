/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was said on one connection so far, read off the event log: phase, keys, terms, tasks. Made
 * for monitors (watch.h); keeps nothing that the log does not say.
 */
#ifndef ORACLE_DIALOGUE_H
#define ORACLE_DIALOGUE_H

#include "../fabric/log.h"
#include "../wire/err.h"
#include "../wire/pdu.h"
#include "../wire/text.h"

enum dialogue_phase {
	DIALOGUE_LOGIN, /* until the final Login Response */
	DIALOGUE_HELLO, /* iSERHelloRequired ended as Yes, HelloReply is not here yet (5.1.3) */
	DIALOGUE_FULL,
	DIALOGUE_LOGOUT, /* a Logout Response was sent or received */
	DIALOGUE_OVER,	 /* the connection ended, or the login failed */
};

/* Did a message that we posted reach the other side's receive buffer? */
enum delivery { DELIVERY_UNKNOWN, DELIVERED, NOT_DELIVERED };

struct whole_text;

/* One message, either way, in the order of the log. */
struct traffic {
	const struct log_event *ev; /* LOG_RECV or LOG_POST of a Send */
	enum pdu_sender from;
	bool by_sut;
	struct pdu pdu; /* type NULL: it does not decode, `why` says how */
	struct err why;
	enum dialogue_phase phase;     /* before this message */
	enum delivery delivery;	       /* ours; theirs are always DELIVERED */
	const struct log_event *done;  /* ours: its completion, NULL while there is none */
	const struct whole_text *text; /* that it ends (whole_text.h); NULL: none */
};

/* One key=value as it was said. */
struct said_key {
	enum pdu_sender from;
	char key[TEXT_KEY_MAX + 1];
	char *value;		      /* owned; NUL-terminated, escapes nothing */
	const struct text_key *known; /* NULL: not in any table */
	unsigned csg;		      /* 0, 1; 3 in full feature phase */
	unsigned pdu;		      /* 1: that side's first login PDU */
	uint64_t seq;		      /* of the event of the (last) PDU that held it */
	bool answer;		      /* the other side had said the same key before, unanswered */
};

/* A request of the initiator that has an Initiator Task Tag of its own, from its sending on. */
struct dialogue_task {
	uint32_t itt;
	struct pdu pdu;			  /* the request; ahs and data live in the log */
	const struct log_event *sent;	  /* the request */
	const struct log_event *answered; /* first response with its ITT; NULL: outstanding */
	const struct log_event
		*aborted_by;  /* the Task Management Response that ended it, or NULL */
	uint32_t unsolicited; /* bytes of immediate data and Data-Outs so far */
	uint32_t data_outs;   /* of them */
	bool data_final;      /* F=1 in the command or a Data-Out: no more unsolicited data */
	bool delivered;	      /* ours: it reached the SUT; theirs: true */
	size_t older;	      /* internal: its place + 1 of the next older one of its bucket */
};
enum { DIALOGUE_BUCKETS = 256 };

/* Operational terms in force after login; RFC defaults before (RFC 7143 13, RFC 7145 6). */
struct dialogue_terms {
	bool rdma_extensions, initial_r2t, immediate_data, solicited_only, hello_required;
	bool discovery;
	uint32_t initiator_rdsl, target_rdsl, first_burst, max_burst, max_outstanding_r2t, erl;
	/* MaxOutstandingUnexpectedPDUs and MaxAHSLength as each side declared them: what the
	 * *other* side must keep to. 0: none declared, or 0. */
	uint32_t initiator_moup, target_moup, initiator_max_ahs, target_max_ahs;
	bool initiator_moup_said, target_moup_said;
};

struct dialogue {
	unsigned conn;
	bool sut_is_target;
	enum dialogue_phase phase;
	struct dialogue_terms terms;
	struct said_key *keys;
	size_t key_count;
	struct dialogue_task *tasks; /* in order of sending; answered ones stay */
	size_t task_count;
	const struct log_event *established, *final_request, *final_response, *closed;
	const struct log_event *last_from_initiator, *last_from_target;
	bool closed_by_sut; /* meaningful once `closed` */
	/* The session, once the final Login Response is here: the connection that led it, itself
	 * or another one; and whether it has, or had, more than one. */
	unsigned leading;
	bool several;
	bool names_session; /* its login names a session that there is already: TSIH is not 0 */
	bool joined;	    /* nobody knows what went before: a capture began in the middle */
	bool hello_sent, hello_replied;
	/* That side said a text, or what may have been one, that cannot be read as it stands: what
	 * the other one answers to it follows from no rule. Indexed as partial. */
	bool unreadable[2];
	uint64_t lied_at; /* sequence number of the first event in which we broke a rule; 0: none */
	/* internal */
	size_t newest[DIALOGUE_BUCKETS]; /* places + 1 in tasks, 0: none */
	/* Places + 1 in keys of what each side said last, by the key's place in text_keys(). */
	size_t said[2][TEXT_KEYS_MAX];
	char *partial[2];
	size_t partial_len[2];
	unsigned login_pdus[2];
};

/* The newest task with that tag, answered or not; NULL when there is none. */
struct dialogue_task *dialogue_task(const struct dialogue *d, uint32_t itt);
/* Is any request of that opcode with that tag without an answer, the newest or not? */
bool dialogue_unanswered(const struct dialogue *d, uint32_t itt, unsigned opcode);
/* Did a TASK REASSIGN bring this task here? Its command went over another connection (RFC
 * 7143 7.2.2). */
bool dialogue_reassigned(const struct dialogue *d, uint32_t itt);
/* A Text Request that begins an exchange: what came of an older one is dropped (RFC 7143 11.10.4).
 */
bool dialogue_begins_text(const struct traffic *t);
/* The last value that a side said for a key, or NULL. */
const struct said_key *dialogue_said(const struct dialogue *d, enum pdu_sender from,
				     const char *key);
/* The same of a key that is in the table. */
const struct said_key *dialogue_said_key(const struct dialogue *d, enum pdu_sender from,
					 const struct text_key *key);

/* d, whose login has just succeeded, took the place of that connection in its session (RFC 7143
 * 6.3.4): Hello is due where the session agreed on it and this login says nothing about it. Other
 * keys of a leading login are said again by initiators that come back, and hold then. */
void dialogue_resume(struct dialogue *d, const struct dialogue *before);
/* d, whose login has just succeeded, joined the session of that connection (RFC 7143 6.3.1): keys
 * of the leading login hold for it, too. */
void dialogue_join(struct dialogue *d, struct dialogue *leading);
/* Is it a further connection of its session? */
static inline bool dialogue_is_further(const struct dialogue *d)
{
	return d->several && d->leading != d->conn;
}

void dialogue_init(struct dialogue *d, unsigned conn, bool sut_is_target);
void dialogue_free(struct dialogue *d);
/* Takes a message into the books, after all monitors have seen it. */
void dialogue_message(struct dialogue *d, const struct traffic *t);
/* The same for an event that is no message. */
void dialogue_event(struct dialogue *d, const struct log_event *ev);

#endif

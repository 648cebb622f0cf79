/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the runner only. */
#ifndef SCRIPT_RUN_H
#define SCRIPT_RUN_H

#include "../../fabric/log.h"
#include "../ast.h"
#include "../runner.h"

enum over { /* how a connection came to its end; the fabric decides it (enum fab_end) */
	    OVER_NOT,
	    OVER_BY_SUT,      /* it closed the connection */
	    OVER_BROKEN,      /* by an operation or a Send of the SUT's that our side refused */
	    OVER_REFUSED,     /* its queue pair refused what we sent or did */
	    OVER_RNR,	      /* the SUT had no receive buffer: so says the transport */
	    OVER_LOST,	      /* its queue pair answers no more: it is gone, or the link is */
	    OVER_BY_US,	      /* the script, or our honest peer after a logout */
	    OVER_REJECTED,    /* by the SUT */
	    OVER_UNREACHABLE, /* no address, no route, nobody listens */
	    OVER_LOCAL,	      /* our own side failed */
};

/* One message received. Bytes live in the log. */
struct message {
	struct pdu pdu; /* type NULL: it does not decode */
	struct bytes bytes;
	uint64_t time, seq;
	bool taken;
	enum fab_op op; /* how it came */
	uint32_t key;	/* invalidated, or the Immediate */
	bool kind_unknown, solicited;
};

/* One message sent by the script. */
struct sent {
	struct pdu pdu;
	uint8_t *data; /* what pdu.data points at; owned */
	size_t length;
	uint64_t seq; /* of its completion */
	bool done;
	enum fab_status status;
};

/* The Read STag of a SCSI Command of the script. */
struct advertised {
	uint32_t itt, key;
	bool ended;
};

/* One connection, kept until the next one: values of it can still be asked for. */
struct link {
	struct peer *peer;
	struct fab_conn *conn; /* NULL: the initiator under test has not come yet */
	struct message *messages;
	size_t message_count, message_size;
	uint64_t counts[64]; /* by pdu_types() index */
	bool established, logout;
	bool violation_told; /* the case itself looked at peer->violation */
	uint64_t established_at;
	enum over over;
	uint64_t over_at, over_seq;
	char over_how[200];
	enum fab_end end;	 /* why it is over */
	struct guarded *buffers; /* behind the STags of `send scsi-command` */
	size_t buffer_count;
	struct advertised *advertised; /* what the script's SCSI Commands named */
	size_t advertised_count;
	struct pdu command; /* last SCSI Command either way; type NULL: none */
	uint64_t rnr_before;
	struct { /* the SUT's CM message */
		bool here;
		uint8_t responder_resources, initiator_depth, rnr_retry;
		uint8_t data[256];
		size_t data_len;
	} cm;
};

enum flow {
	FLOW_ON,
	FLOW_ROUND, /* on with the next round of the repeat */
	FLOW_BREAK, /* skip the rest of the body: the case, or this value of a sweep */
	FLOW_STOP,  /* end the case */
};

/* What the script has of one connection, and of those before it under the same name. */
struct talk {
	struct link *link;

	/* the last send or chain */
	struct sent *chain;
	size_t chain_count;
	uint64_t chain_id; /* of chain[0] */
	bool chain_left;   /* it was posted, on a connection that stood */
	/* since the script last waited for anything: what it did, and whether the SUT was there */
	bool acted, acted_in_time;
	/* Where completions do not prove delivery (run/delivery.c) */
	size_t chain_answered; /* messages up to the last one that the SUT answered */
	bool chain_settled;    /* the connection outlived them */
	bool chain_refused;    /* one of them met no receive buffer */
	struct pdu last_sent;  /* data: in chain */
	size_t last_sent_length;
	struct message got; /* what an expectation matched last; or the last message of a login */
	bool has_got;
	struct sent ping, rdma; /* expect alive; the last RDMA operation */
	uint64_t ping_id, rdma_id;
	bool rdma_write;
	struct guarded *sinks; /* local ends of RDMA operations */
	size_t sink_count;

	bool waiting_for_sut, refuse; /* refuse: the next connection request is for `reject` */
	struct fab_conn *asking;      /* refused by `reject` */
};

/* The last `sut DEED`. */
struct did {
	bool begun, has_data, changes;
	int status;	       /* -1: not ended yet */
	uint64_t same, length; /* of what it has read: so many bytes as wanted, and in all */
};

/* The point of a family that is being done. */
struct point_state {
	bool in, extra;	   /* extra: it is not in the plan, and judges nothing */
	bool failed, lost; /* lost: it did not come to its subject */
	size_t before;	   /* findings before the family */
	size_t finding;	   /* of one that failed: the first that says so */
	char name[200], why[256];
};

/* What the SUT held at one moment. */
struct snapshot {
	uint64_t value[RESOURCE_KINDS];
	bool told[RESOURCE_KINDS];
};

struct run {
	unsigned connections; /* made so far */
	const struct script *script;
	struct run_env *env;
	struct case_result *result;
	struct talk *talks; /* the unnamed connection, then those of script->talks */
	size_t talk_count;
	struct talk *talk;	  /* that of the statement or event in hand */
	uint64_t start, deadline; /* of the case */
	unsigned line;		  /* of the statement that is being done */
	bool timed_out;
	char trouble[256];  /* of our own side; ends the case as inconclusive, */
	bool unsupported;   /* or as not applicable: the SUT's driver cannot do what it was told */
	bool most;	    /* `$delivered` is the most that it can be, else the least */
	const char *untold; /* a condition hangs on what this device does not tell: what */
	uint64_t next_id, fresh;

	struct value vars[VARS_MAX], good[VARS_MAX], bad[VARS_MAX];
	struct guarded memory[MEMORIES_MAX];
	struct snapshot snapshots[SNAPSHOTS_MAX];
	struct point_state point;
	struct glance told;    /* of the next judgement: run_glance() */
	uint64_t told_request; /* the message of ours that it is about, if that is known */
	struct glance swept;   /* of the last sweep that broke: what fails, what passes */
	bool in_sweep, broken;
	uint64_t round;	      /* of the innermost repeat; 0: in none */
	size_t repeat_before; /* findings before the outermost repeat */
	char broken_why[256];

	bool marked;
	uint64_t mark;
	bool login_begun, login_ended, login_retried;
	bool asked_out; /* the SUT was told to log out since connections began to be left */
	struct did did;
	bool did_reads;
	unsigned changed; /* deeds after which a target has to be put back */
	uint8_t *wanted;  /* what the last deed writes, or shall read */
	size_t wanted_len;
	uint64_t step_began; /* when the statement that is being done began */
	enum close_kind close;
	uint32_t block_size; /* of the LUN; 0: not asked yet */
	uint64_t blocks;     /* 0: not known */
	/* run/chap.c: each as it was asked for last; not zeroed */
	char chap[CHAP_PARTS][2 * 1024 + 3];
};

/* ---- run/run.c ---- */
enum flow run_block(struct run *r, const struct statement *s);
/* run/points.c */
enum flow run_points(struct run *r, const struct statement *s);

/* ---- run/event.c ---- */
uint64_t run_now(const struct run *r);
/* The script does something to the SUT; an end of the connection before that is none of its
 * effects. */
void run_acted(struct run *r);
uint64_t run_scaled(const struct run *r, uint64_t ns);
/* Handles events until the next one has been handled (true) or the deadline passed (false). */
bool run_step(struct run *r, uint64_t deadline);
void run_let_pass(struct run *r, uint64_t until); /* serves until then */
void run_trouble(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The case is not applicable, since the SUT cannot be told to do its part. */
void run_unsupported(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool run_ended(const struct run *r); /* trouble, or out of time */
/* Does any other connection of the case stand? */
bool run_others_live(const struct run *r);
/* What the script did on any connection is over and done with, as far as it has effects. */
void run_waited(struct run *r);
/* "B" or "C 3"; "" is the unnamed one. */
const char *run_talk_name(const struct run *r);
void run_link_over(struct run *r, enum over how, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
size_t run_type_index(const struct pdu_type *type);

/* ---- run/value.c ---- */
struct value run_eval(struct run *r, const struct expr *x);
/* For numbers and times; false with the trouble set when it is neither. */
bool run_number(struct run *r, const struct expr *x, uint64_t *out);
/* A text that is a number (a key's value) counts as that number. */
bool run_as_number(const struct value *v, uint64_t *out);
bool run_compare(enum compare op, const struct value *a, const struct value *b);
bool run_conditions(struct run *r, const struct condition_list *l);

/* ---- run/seen.c: each sets r->untold where this device does not tell ---- */
struct value run_got_how(struct run *r, enum got_how part);
bool run_came_as(struct run *r, const struct field_test *t, const struct message *m);
struct value run_sut_reads(struct run *r); /* RDMA Reads under way */
struct value run_memory_value(struct run *r, enum live what, struct guarded *m);

/* ---- run/chap.c ---- */
struct value run_chap(struct run *r, enum chap_part part);

/* ---- run/data.c ---- */
/* Into malloc'd text. */
char *run_fill(struct run *r, const struct text_template *t);
char *run_value_text(const struct value *v, char *buf, size_t size);
/* As pdu_describe() writes it. */
const char *run_field_text(const struct pdu_field *f, uint64_t n, char *buf, size_t size);
/* malloc'd bytes; NULL with the trouble set. */
uint8_t *run_data(struct run *r, const struct data_spec *d, size_t *len);
bool run_fits(struct run *r, const struct pattern *p, const struct message *m);
/* Tells the next judgement in which field the message does not fit. */
void run_glance_misfit(struct run *r, const struct pattern *p, const struct message *m);

/* ---- run/judge.c ---- */
/* One judgement: capped by its rules, into the log and, outside sweeps, the result. Takes a
 * template of its own reason before `why`. Returns how the body goes on. */
enum flow run_judge(struct run *r, enum verdict v, unsigned line, const struct judgement *j,
		    const uint64_t *events, size_t event_count, const char *fmt, ...)
	__attribute__((format(printf, 7, 8)));
/*
 * For the next judgement, if that is no pass: what was expected and what came, NULL: not known; the
 * field that decides, what it had to be and is.
 */
void run_glance(struct run *r, const char *expected, const char *came);
void run_glance_field(struct run *r, const char *field, const char *due, const char *had);
/* It is about this message of the last chain. */
void run_glance_request(struct run *r, const struct sent *s);
/* The same for a check that does not hold; values: those of all its conditions. */
void run_glance_check(struct run *r, const struct statement *s, const char *values);
/* In the case's own words; in which point or round it is. */
void run_glance_says(struct run *r, const char *own);
void run_glance_where(struct run *r);
/* This value of a sweep, in text, held or broke: kept for the checks behind the sweep. */
void run_note_swept(struct run *r, const char *name, const char *value);
/* A remark does not end what is being done: no round, value or point, of which it is the verdict.
 */
bool run_goes_on(const struct run *r);
/* What a broken expectation is: by its own grade or the case's. */
enum verdict run_verdict(const struct run *r, const struct judgement *j);
/* The first thing that our honest peer had to refuse on this connection, as a finding that decides
 * nothing, unless the case is about it. */
void run_besides(struct run *r);
/* Inconclusive, with the trouble or the deadline as reason. */
enum flow run_inconclusive(struct run *r, unsigned line);
/* Looks at all memory of the connection, which is being left: the monitors judge what was written
 * there. */
void run_look_at_memory(const struct run *r);
/* Notes which memory a SCSI Command of the script names. */
void run_advertised(struct run *r, const struct pdu *command);
/* Looks at the memory of the commands that this message ends, before anybody acts on it. */
void run_look_at_end(struct run *r, const struct pdu *message);
/* "closed by the SUT 3.2 ms after ...", or "connected", for reasons. */
const char *run_link_state(struct run *r, char *buf, size_t size);

/* Notes where the case ended, and what it would have judged behind that. */
void run_unreached(struct run *r);

/* ---- run/connect.c ---- */
enum flow run_login(struct run *r, const struct statement *s);
enum flow run_accept(struct run *r, const struct statement *s);
enum flow run_reject(struct run *r, const struct statement *s);
enum flow run_release(struct run *r, const struct statement *s);
/* An honest login when there is no connection yet. */
enum flow run_need_link(struct run *r, const struct statement *s);
bool run_we_initiate(const struct run *r); /* a target is under test */

/* ---- run/link.c ---- */
bool run_apply(struct run *r, struct peer_config *c, const struct setting *s);
/* Ours is begun; that of an initiator under test is waited for from here on. NULL: no settings. */
bool run_link_make(struct run *r, const struct setting_list *settings);
void run_link_free(struct run *r);

/* ---- run/sut.c ---- */
bool run_sut_login(struct run *r);
void run_sut_logout(struct run *r);
/* A logout command may have to wait for the SUT's own timeout of a login that broke. */
#define LOGOUT_TIME (10 * NS_PER_S)
/* Until the SUT's own command (logout) has ended; its session is in its way otherwise. */
void run_await_command(struct run *r);

/* ---- run/deed.c ---- */
enum flow run_sut_do(struct run *r, const struct statement *s);
enum flow run_sut_wait(struct run *r, const struct statement *s);
void run_note_deed(struct run *r); /* whether it has ended; asked at each step */
struct value run_did(const struct run *r, enum did_part part);
/* Tells the SUT's driver this line and waits for its end. True: it did it, and *last is the last
 * line that it said. */
bool run_tell(struct run *r, const char *line, uint64_t until, const char **last);
/* Lets a target that was changed be put back. */
void run_restore(struct run *r);

/* ---- run/resources.c ---- */
enum flow run_resources(struct run *r, const struct statement *s);
struct value run_resource(struct run *r, uint64_t which); /* sets r->untold where it is not told */

/* ---- run/leave.c ---- */
/* After a Logout Response: until the SUT has closed the connection, a short grace has passed, or
 * `until`. */
void run_await_close(struct run *r, uint64_t until);
/* Leaves this connection; the next statement that needs one begins anew. */
enum flow run_connect_new(struct run *r);
enum flow run_leave_all(struct run *r); /* the same of all connections */
/* Frees this connection, which has ended by itself. */
void run_leave_ended(struct run *r);
void run_end(struct run *r); /* honest close, close axis, everything freed */

/* ---- run/send.c ---- */
enum flow run_send(struct run *r, const struct statement *s);
size_t run_length(const struct pdu *pdu); /* of the message when it is sent as it is */
void run_chain_free(struct run *r);

/* ---- run/expect.c ---- */
enum flow run_expect(struct run *r, const struct statement *s);
/* Inconclusive: what was not seen is not proved to be missing (run_blind). */
enum flow run_nothing_seen(struct run *r, unsigned line);
/* One ping, and the answer to it. */
bool run_ping(struct run *r, uint64_t deadline, struct message *answer);

/* Info: over iWARP it is not told whether a missing buffer or the SUT ended the connection. */
enum flow run_unclear(struct run *r, unsigned line, const struct judgement *j);
/* run/outcome.c */
enum flow run_expect_one_of(struct run *r, const struct statement *s, uint64_t until);

/* ---- run/delivery.c: what became of the last chain ---- */
bool run_chain_done(const struct run *r);
/* Messages of it that found a receive buffer: at least, at most. The same over RC. */
size_t run_delivered_least(const struct run *r);
size_t run_delivered_most(const struct run *r);
bool run_chain_rnr(const struct run *r); /* one of them met none */
/* The connection ended behind it, and whether over a missing receive buffer cannot be told. */
bool run_chain_unclear(const struct run *r);
/* Books: a message came; the connection is over; it stands, and time enough has passed. */
void run_chain_answer(struct run *r, const struct pdu *pdu);
void run_chain_over(struct run *r);
void run_chain_settle(struct run *r);
/* The conditions, just looked at, hang on what this transport or device does not tell: what. NULL:
 * they do not. */
const char *run_undecided(struct run *r, const struct condition_list *l);
/* Not-applicable: the transport or the device has no such thing. */
enum flow run_cannot(struct run *r, unsigned line, const char *what);

/* ---- run/look.c ---- */
enum { TEXT_MAX = 400 };
/* The completions that prove how a chain went: the last good one and the first bad one. */
size_t run_chain_proof(const struct run *r, uint64_t events[2]);
const char *run_chain_text(const struct run *r, char *buf, size_t size);
const char *run_describe(const struct message *m, char *buf, size_t size);
/* What came instead of a message of that type (NULL: any): the message, or NULL; the same in words,
 * and how the connection is. */
const struct message *run_nearest(const struct run *r, const struct pdu_type *like);
const char *run_instead(struct run *r, const struct pdu_type *like, char *buf, size_t size);
/* The SUT did it: it closed or rejected the connection. */
bool run_left_by_sut(const struct run *r);
/* It ended the connection, on purpose or by an operation of its own. */
bool run_closed(const struct run *r);
/* Whatever the SUT does now, on this connection nothing of it can be seen any more, and neither
 * that it did something nor that it did not is proved. */
bool run_blind(const struct run *r);

/* ---- run/lun.c ---- */
uint64_t run_lun(const struct run *r); /* as SCSI Commands have it */
/* Asks for block size and capacity, once. False: the case is over. */
bool run_lun_learn(struct run *r, uint64_t until);
struct value run_lun_protected(struct run *r, uint64_t until); /* 0, 1 or none */
const char *run_lun_signature(struct run *r, uint64_t until);  /* static, or NULL */
/* May this command be sent? FLOW_ON, or not-applicable with the reason. beyond: it is to go beyond
 * the unit's end. */
enum flow run_lun_allows(struct run *r, unsigned line, const uint8_t cdb[CDB_SIZE], bool beyond);

/* ---- run/scsi.c, run/logout.c, run/rdma.c ---- */
/* In full feature phase, or already over; else the trouble is set. */
bool run_needs_full(struct run *r);
/* What sense data says, SPC-4 4.5, in either format; all 0 where it is cut. */
struct sense {
	unsigned key, code; /* ASC and its qualifier as one number */
	bool has_code;
};
struct sense run_sense(struct bytes data);
/* A whole command, a unit attention aside; NULL when it cannot be sent. */
struct peer_task *run_task(struct run *r, const struct scsi_request *q, uint64_t until);
/* When the `within` of a statement ends; 10 s where it has none. */
uint64_t run_until(struct run *r, const struct statement *s);
enum flow run_scsi(struct run *r, const struct statement *s);
enum flow run_logout(struct run *r, const struct statement *s);
enum flow run_text(struct run *r, const struct statement *s);
enum flow run_task_management(struct run *r, const struct statement *s);
/* CDB and buffers of an honest command put into a SCSI Command of `send`. */
bool run_command_buffers(struct run *r, const struct send *s, struct pdu *pdu);
enum flow run_rdma(struct run *r, const struct statement *s);
enum flow run_memory(struct run *r, const struct statement *s);
enum flow run_invalidate(struct run *r, const struct statement *s);
enum flow run_compare_memory(struct run *r, const struct statement *s);
void run_memory_free(struct run *r, const struct fab_conn *c); /* of that connection */

#endif

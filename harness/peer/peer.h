/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The honest iSER peer, both roles. Event-driven: feed it every fabric event of its connection and
 * it does what a correct initiator or target does. A script holds it at a named point and speaks in
 * its place, with its sequence numbers; with a knob on it becomes a mutant. With a fabric endpoint
 * of the simulator (or of a real device) it is a system under test by itself.
 *
 * Options are legal variations ("moup=4", "InitialR2T=Yes"); knobs are violations
 * ("late-receives"). Options are listed in options.def, knobs in knobs.def, each with one line of
 * documentation.
 */
#ifndef PEER_PEER_H
#define PEER_PEER_H

#include "../fabric/fabric.h"
#include "../fabric/log.h"
#include "../fabric/sim/sim.h"
#include "../wire/text.h"
#include "buffer.h"

enum peer_role { PEER_INITIATOR, PEER_TARGET };

enum peer_phase {
	PEER_START,	 /* nothing sent */
	PEER_CONNECTING, /* CM exchange under way */
	PEER_LOGIN,
	PEER_HELLO, /* login is done, the Hello exchange is due (RFC 7145 5.1.3) */
	PEER_FULL,  /* full feature phase */
	PEER_LOGOUT,
	PEER_CLOSED,
};

/* Where a script can take over: the peer stops just before it sends the message in question
 * (p->held). */
enum peer_point {
	PEER_POINT_NONE,
	PEER_POINT_CONNECTED, /* established; nothing sent */
	PEER_POINT_NEXT,      /* the login PDU behind the one sent or held last is held */
	PEER_POINT_KEY,	      /* the login PDU that says p->hold_key is held */
	PEER_POINT_FIRST, /* initiator: first Login Request held; target: first Login Response held
			   */
	PEER_POINT_OPERATIONAL, /* the first login PDU of the operational stage is held */
	PEER_POINT_FINAL, /* initiator: Login Request T=1 NSG=3 held; target: its response held */
	PEER_POINT_LOGGED_IN, /* initiator: final Login Response received, Hello not yet sent */
	PEER_POINT_DONE,      /* full feature phase, Hello exchange included where due */
};
int peer_point_by_name(const char *name); /* "connected", "next", "first", "operational", "final",
					     "logged-in", "done"; -1 */

/* ---- knobs and options ---- */

enum knob {
#define KNOB(id, name, role, rule, doc) KNOB_##id,
#include "knobs.def"
#undef KNOB
	KNOB_COUNT
};

struct knob_info {
	const char *name; /* "late-receives" */
	enum peer_role role;
	const char *rules; /* that its one act breaks, parted by blanks: "I7145-5.1.1-3" */
	const char *doc;   /* one line */
};
const struct knob_info *knob_infos(void); /* KNOB_COUNT of them */
int knob_by_name(const char *name);	  /* -1 when unknown */

struct peer_option_info {
	const char *name, *values, *doc;
};
const struct peer_option_info *peer_options(size_t *count);

enum { PEER_MAX_KEYS = 32, PEER_NAME_MAX = 224, PEER_SECRET_MAX = 256 };

/* What the peer shall say for one text key, instead of its default. */
struct peer_key_setting {
	char key[TEXT_KEY_MAX + 1];
	char value[TEXT_VALUE_MAX + 1];
	bool omit;	/* say nothing about it, even where an answer is due */
	bool raw;	/* append key=value as is, beside the honest text */
	bool security;	/* and that in the first text of an initiator's security stage */
	unsigned round; /* 0: where it belongs; n: in the n-th PDU of the operational stage */
};

enum hello_stance { /* what the target answers to iSERHelloRequired=Yes; see RFC 7145 5.1.3, 6.10 */
		    HELLO_SILENT_YES, /* accepts by silence */
		    HELLO_YES,
		    HELLO_NO,
		    HELLO_NOT_UNDERSTOOD,
};

/* Which byte the Write Base Offset addresses when unsolicited data precedes (RFC 7145 6.9); see
 * options.def. */
enum write_base {
	WRITE_BASE_SOLICITED, /* the first solicited byte: what Linux does */
	WRITE_BASE_WHOLE,     /* the first byte of the whole buffer: what the RFC says by default */
};

/* What an initiator under test, or a model, does once it is told to log in. */
enum workload {
	WORKLOAD_LOGIN,	    /* it logs in, and does what it does by itself */
	WORKLOAD_IO,	    /* it reads and writes besides */
	WORKLOAD_DISCOVERY, /* it asks for the targets in a Discovery session, and goes */
};
/* -1: none of that name. */
int workload_by_name(const char *name);
const char *workload_name(enum workload workload);

struct peer_config {
	enum peer_role role;
	bool tolerant; /* harness: note a violation of the other side and go on; a model drops the
			  connection */
	bool discovery;
	bool autopilot;	  /* model initiator: scan and workload by itself */
	bool workload_io; /* scan and I/O, else scan only */
	char initiator_name[PEER_NAME_MAX], target_name[PEER_NAME_MAX];
	char host[256];
	uint16_t port;
	struct fab_params fab;
	struct cm_data cm;
	bool use_windows; /* advertise memory windows, so that Send with Invalidate is possible */

	char chap_user[PEER_NAME_MAX], chap_secret[PEER_SECRET_MAX]; /* initiator proves itself */
	char mutual_user[PEER_NAME_MAX], mutual_secret[PEER_SECRET_MAX]; /* target proves itself */

	/* legal variations; options.def documents them */
	uint32_t moup; /* MaxOutstandingUnexpectedPDUs we declare */
	bool declare_moup;
	bool moup_unasked; /* target: also to an initiator that did not declare its own */
	enum hello_stance hello_stance;	  /* target */
	bool ask_hello;			  /* initiator: declare iSERHelloRequired=Yes */
	unsigned login_rounds;		  /* extra non-final rounds in the operational stage */
	uint32_t window;		  /* target: CmdSN window */
	bool window_by_nop, stale_window; /* target: how it tells the window */
	uint64_t nop_interval;		  /* ns; 0 = no pings of our own */
	bool nop_with_ttt;		  /* target pings ask for an answer */
	bool send_inv;		   /* target: Send with Invalidate where the initiator allows it */
	uint64_t response_delay;   /* ns before each SCSI Response */
	uint64_t unexpected_delay; /* target, no Hello: quiet time after login (5.1.3, "say, one
				      second") */
	uint64_t task_timeout;	   /* model initiator: ns until it ends a command; 0 = never */
	uint8_t task_timeout_function; /* the task management function it does that by */
	uint32_t joins;		       /* model initiator: further connections that it opens */
	bool reassigns;		       /* model initiator: the tasks of a lost connection, at
					  ErrorRecoveryLevel 2 */
	bool task_escalation;	       /* and a reset of the target where that is not answered
					  either */
	uint32_t connections; /* target: of full feature phase that it has resources for, 0: any */
	uint32_t disk_blocks; /* target: RAM disk of 512-byte blocks */
	uint32_t luns;	      /* target: how many of them */
	uint32_t target_names, target_portals; /* target: what SendTargets=All tells */
	uint32_t first_cmd_sn, first_stat_sn;
	uint32_t cid;  /* initiator: of the connection; 0: the first is 0, a further one the next */
	uint32_t isid; /* initiator: the last 32 bits of the ISID, 0: of each connection's own */
	bool security_stage;  /* initiator: begin in the security stage even without CHAP */
	uint32_t login_chunk; /* bytes of text in one login PDU; longer text is split with the C bit
			       */
	enum write_base write_base;
	uint16_t login_status; /* target: fail or redirect the login; Status-Class * 256 +
				  Status-Detail */
	char redirect_to[256]; /* target: TargetAddress of a redirection, status 0x0101 and 0x0102
				*/

	uint64_t response_jitter; /* ns: responses of independent commands overtake one another */
	bool early_receives;	  /* buffers of full feature phase from the connection on */
	uint32_t spare_receives;  /* more of them than promised */
	uint32_t key_order;	  /* 0: as we know them; else shuffled by this number */
	uint8_t lun;		  /* model initiator: that of its disk */
	bool immediate_swapped;	  /* initiator: immediate what usually is not, and the reverse */
	bool comes_back;	  /* model initiator: logs in again when it loses its connection */
	uint32_t immediate_every; /* model initiator: each so-manieth command; 0: none */
	struct sim_options sim;	  /* of the simulator that a model lives in; its seed is `seed` */

	bool knob[KNOB_COUNT];
	uint64_t seed;

	size_t key_count;
	struct peer_key_setting keys[PEER_MAX_KEYS]; /* most of it: see peer_config_copy() */
};

void peer_config_default(struct peer_config *c, enum peer_role role);
/* *to = *from, without the keys that there are none of. */
void peer_config_copy(struct peer_config *to, const struct peer_config *from);
/* "moup=4", "hello=no", "InitialR2T=Yes", "omit=RDMAExtensions", "RDMAExtensions@2=Yes",
 * "raw:Key=Value", "security:Key=Value". -1 with *e; *c is then as it was. */
int peer_config_set(struct peer_config *c, const char *setting, struct err *e);

/* ---- what is agreed ---- */

struct peer_terms { /* RFC 7145 section 6, RFC 7143 section 13; defaults until negotiated */
	bool rdma_extensions, initial_r2t, immediate_data, tagged_buffer_for_solicited_only;
	bool data_pdu_in_order;
	uint32_t initiator_rdsl, target_rdsl;
	uint32_t max_burst, first_burst, max_outstanding_r2t, error_recovery_level, max_connections;
	uint32_t our_moup, their_moup; /* 0 = not declared or unlimited */
	bool we_declared_moup, they_declared_moup;
	uint32_t their_max_ahs;
	bool hello_asked; /* iSERHelloRequired=Yes was declared by the initiator */
	bool hello_due;	  /* and not refused: the Hello exchange happens */
	uint32_t our_ird, our_ord;
};

/* One text key as the other side sent it, in order of arrival. */
struct peer_heard_key {
	char key[TEXT_KEY_MAX + 1];
	char *value;  /* owned */
	uint8_t csg;  /* stage it came in; 3 in full feature phase */
	unsigned pdu; /* 1 = their first login PDU */
};

/* ---- tasks of an initiator ---- */

struct scsi_request {
	uint8_t cdb[CDB_SIZE];
	uint64_t lun;
	uint32_t read_len;  /* bytes expected, 0 none */
	struct bytes write; /* bytes to write; without `at` they are pattern `seed` */
	uint64_t seed;
	bool immediate; /* I bit */
};

struct peer_task {
	struct peer_task *next;
	uint32_t itt, cmd_sn;
	struct scsi_request request;
	struct pdu command;	    /* as it was sent */
	struct guarded read, write; /* with guards; .region when advertised */
	bool done;
	bool invalidated; /* the target invalidated our STag */
	uint8_t response, status;
	bool underflow, overflow;
	uint32_t residual;
	uint8_t sense[256];
	size_t sense_len;
	uint64_t sent_at, done_at;
	unsigned sent_as;   /* its place among the commands of the connection, from 1 */
	bool rejected;	    /* ended by a Reject PDU instead of a SCSI Response */
	bool aborted;	    /* ended by task management: no SCSI Response comes */
	bool lost;	    /* with its connection, unanswered */
	bool given_up;	    /* the autopilot sent a Task Management Request because of it */
	struct peer *owner; /* between the files of harness/peer */
};

/* ---- the session ---- */

struct target_pending; /* target/target.h */

/*
 * What all connections of a session have in common; RFC 7143 4.2.2.1, 4.2.5.3. A peer has one of
 * its own until peer_join() makes it a member of another's; it lives as long as it has members.
 */
struct peer_session {
	struct peer *members;		 /* newest first, by their next_member; over or not */
	uint16_t next_cid;		 /* initiator: of the connection that joins next */
	uint32_t cmd_sn;		 /* initiator: next CmdSN to use */
	uint32_t exp_cmd_sn, max_cmd_sn; /* initiator: as last heard; target: as we tell */
	uint32_t next_itt;
	uint32_t cleared_luns;		/* target: whose tasks ended with a connection; a bit each,
					   until an initiator was told */
	struct target_pending *pending; /* target: requests ahead of their CmdSN, by it */
};

/* ---- the peer ---- */

struct peer_msg { /* one message to send: honest pdu, then the lie */
	struct pdu pdu;
	uint8_t *raw; /* bytes to send instead of the encoded pdu; owned by caller; NULL = encode */
	size_t raw_len;
	enum fab_op op; /* FAB_SEND, FAB_SEND_INV, FAB_SEND_IMM */
	uint32_t key, imm;
	bool solicited; /* with Solicited Event, RFC 7145 1.5.2 */
	bool no_commit; /* do not let it move our sequence numbers and tables */
};

struct disk;		/* disk/disk.h */
struct target_state;	/* target/target.c */
struct autopilot;	/* initiator/autopilot.c */
struct deed_run;	/* initiator/deed.c */
struct login_state;	/* login/login.c */
struct initiator_state; /* initiator/initiator.c */

struct peer {
	struct peer_config cfg;
	struct fabric *fab;
	struct log *log; /* NULL for an unlogged model */
	struct fab_conn *conn;
	unsigned kept_regions; /* a mutant's: memory that it registered and never gives back */
	enum peer_phase phase;
	struct peer_terms terms;

	/* holding */
	enum peer_point hold_at, reached;
	struct peer_msg held; /* valid while holding; its data points into held_data */
	bool holding;
	bool stopped;	     /* what is held is so for hold_at, which the script was told of */
	bool login_scripted; /* the script has spoken in this login: each message of it is held */
	char hold_key[TEXT_KEY_MAX + 1]; /* of PEER_POINT_KEY */
	uint64_t hold_types;	   /* bit per pdu_types() index: those are held outside a login */
	struct fab_event *backlog; /* messages that came while holding, in order */
	size_t backlog_len, backlog_size;
	/* what peer_ahead() was told and peer_post() has not yet sent */
	struct {
		uint32_t cmd_sns, stat_sns, responses;
	} ahead;

	/* what is answered by itself; the script clears bits ("quiet nop-in") */
	bool quiet;	      /* answer nothing */
	uint64_t quiet_types; /* bit per pdu_types() index: do not answer messages of that type */
	bool manual_receives; /* the script posts receive buffers; the peer one in login, if none
				 stands */

	/* sequence numbers; RFC 7143 4.2.2 */
	struct peer_session *session;
	struct peer *next_member;
	bool further;	      /* a connection that joined a session, not its leading one */
	uint32_t exp_stat_sn; /* initiator: next StatSN expected */
	uint32_t stat_sn;     /* target: next StatSN to use */
	uint32_t next_ttt;
	uint64_t isid;
	uint16_t tsih, cid;

	struct peer_heard_key *heard;
	size_t heard_count;
	unsigned login_pdus_heard;
	struct pdu heard_last;	    /* without data; what a mutant takes another message for */
	const struct peer *resumes; /* model initiator: whose tasks are to be reassigned */
	uint8_t login_status_class, login_status_detail; /* initiator: of the last Login Response */

	struct peer_task *tasks; /* initiator; newest first */
	struct login_state *login;
	struct target_state *target;
	struct autopilot *autopilot;
	struct deed_run *deed; /* model initiator: what it was told to do last; NULL: nothing */
	struct initiator_state *initiator;
	struct cm_data their_cm;      /* as their CM message said */
	uint8_t their_ird, their_ord; /* read depths of their CM message */
	struct {
		uint32_t reads, writes, commands, pings, logouts, tmfs, texts;
	} served;

	bool established, closed_by_peer, rejected;
	bool logged_out; /* a logout of it was answered; target: or another login took its place */
	bool closing;	 /* the connection ends as soon as what was sent has completed */
	bool repost_due; /* receives.c: a timer posts receive buffers */
	unsigned recv_standing; /* receives.c: posted when it last looked */
	bool scripted; /* within peer_post(): what follows from a failed login is the script's
			  business */
	unsigned sends_outstanding; /* Sends without a completion yet */
	uint64_t closed_at;
	struct disk *disk;  /* target: its node's, which outlives it; NULL: one of its own */
	struct peer *older; /* target: of an earlier connection of the same node, NULL: none that it
			       knows of */
	struct err violation; /* first thing the other side did that the RFC forbids us to accept;
				 what[0] == 0: none */
	uint8_t held_data[TEXT_VALUE_LIMIT]; /* written before it is read: not zeroed */
};

/* cfg is copied. For a target, conn comes later by a FAB_CONNECT_REQUEST given to peer_event(). */
struct peer *peer_new(struct fabric *fab, const struct peer_config *cfg);
void peer_free(struct peer *p);

/*
 * Makes p, which has said nothing yet, a further connection of with's session: its command numbers,
 * tags and terms are that one's from now on. An initiator logs in by ISID and TSIH of it and
 * a CID of its own (cfg.cid, or the next); a target takes such a login for what it is.
 */
void peer_join(struct peer *p, const struct peer *with);
/* Initiator: start the connection. Target: call fab_listen yourself (several peers may follow one
 * another). */
int peer_connect(struct peer *p, struct err *e);
/* The honest reaction to one event of this peer's connection, or of its timers. */
void peer_event(struct peer *p, const struct fab_event *ev);
/*
 * Stop at this point (before anything is sent); peer.holding and .reached tell when. Messages that
 * arrive while holding are kept and handled after the release. A target's LOGGED_IN and everybody's
 * DONE are only marked in .reached: nothing is held there. Once the script has sent a message of
 * the login, each further one is held until the next peer_hold() or peer_release().
 */
void peer_hold(struct peer *p, enum peer_point at);
/* The same, at the login PDU that says this key. */
void peer_hold_key(struct peer *p, const char *key);
/* Each message of this type that the peer would send in full feature phase is held, until
 * peer_honest(). */
void peer_hold_type(struct peer *p, const struct pdu_type *type);
/* Send what is held, honestly, and go on. */
int peer_release(struct peer *p, struct err *e);

/*
 * What an honest peer would send now as a message of this type: all tags and sequence numbers
 * filled in. While a message of that type is held, it is that one. Text or data go into `buf`.
 * Types that the peer's role never sends are filled as far as they make sense (for lies).
 */
int peer_template(struct peer *p, const struct pdu_type *type, struct pdu *out, uint8_t *buf,
		  size_t size, struct err *e);
/*
 * The next templates are numbered as if *pdu (a template, perhaps changed) had already been sent:
 * for the second and later messages of one peer_post(), which ends the effect.
 */
void peer_ahead(struct peer *p, const struct pdu *pdu);
/* Sends n messages as one chain, one doorbell, and moves our state as if we had meant them. A held
 * message counts as sent when one of its type is sent. FAB_DONE ids are assigned from first_id
 * upward. */
int peer_post(struct peer *p, struct peer_msg *msgs, size_t n, uint64_t first_id, struct err *e);

/* Initiator: register memory, send the SCSI Command with its unsolicited data. The task is owned by
 * the peer. */
struct peer_task *peer_scsi(struct peer *p, const struct scsi_request *r, struct err *e);
/* Of the session; of this connection, where the session has others. */
int peer_logout(struct peer *p, struct err *e);
/* Initiator: is the request that waits with this tag a logout of another connection? */
bool peer_logs_out_other(const struct peer *p, uint32_t itt);
int peer_text(struct peer *p, const char *key, const char *value,
	      struct err *e); /* e.g. SendTargets=All */
int peer_task_management(struct peer *p, unsigned function, uint32_t ref_itt, struct err *e);
/* Target, or model on its own: end the connection. */
void peer_close(struct peer *p);

/*
 * CHAP, RFC 7143 12.1.3. The right response to the challenge heard last, by the algorithm that the
 * target chose: bytes in `out`, their number, 0 when there is no such challenge or no secret. Of
 * their challenge itself the same way.
 */
size_t peer_chap_response(const struct peer *p, uint8_t out[32]);
size_t peer_chap_challenge(const struct peer *p, uint8_t out[1024]);
/* The other side's last CHAP_R: 1 right, 0 wrong, -1 none came. */
int peer_chap_proved(const struct peer *p);
/* The value last heard for a key, or NULL. */
const char *peer_heard(const struct peer *p, const char *key);
/* Answer everything by itself again, what was held back too. */
void peer_honest(struct peer *p);
/* Target: commands that wait for their SCSI Response. */
uint32_t peer_waiting(const struct peer *p);
/* Model initiator: has its workload (scan, then I/O) come to an end, and how many of its writes
 * read back the same. */
bool peer_workload_over(const struct peer *p, unsigned *same);
/* CmdSN window still open to an initiator; RFC 7143 4.2.2.1. */
uint32_t peer_window(const struct peer *p);

#endif

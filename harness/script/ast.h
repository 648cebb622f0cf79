/* SPDX-License-Identifier: BSD-2-Clause */
/* What a case says, after parsing. All of it lives in the script's arena. */
#ifndef SCRIPT_AST_H
#define SCRIPT_AST_H

#include "../oracle/verdict.h"
#include "../peer/peer.h"
#include "../wire/pdu.h"
#include "cover.h"
#include "parse/arena.h"
#include "script.h"

/* ---- values ---- */

enum value_kind { VALUE_NONE, VALUE_NUMBER, VALUE_TIME, VALUE_TEXT };

struct value {
	enum value_kind kind;
	uint64_t number; /* VALUE_TIME: ns */
	bool size;	 /* VALUE_NUMBER: written with KiB or MiB */
	struct bytes text;
};

enum live {		   /* what a `$NAME` means */
	    LIVE_KEY,	   /* name: the key as it holds now */
	    LIVE_SUT_KEY,  /* name */
	    LIVE_SEQUENCE, /* number: enum sequence */
	    LIVE_WINDOW,
	    LIVE_SENT, /* name: a field, "data" or "length" */
	    LIVE_GOT,  /* name */
	    LIVE_HELD, /* name */
	    LIVE_GOT_TIME,
	    LIVE_CMD, /* number: enum cmd_part */
	    LIVE_DELIVERED,
	    LIVE_RNR,
	    LIVE_RNR_SENT,
	    LIVE_IWARP,
	    LIVE_COUNT, /* type */
	    LIVE_STATUS_CLASS,
	    LIVE_STATUS_DETAIL,
	    LIVE_SESSION_TSIH,
	    LIVE_CHAP,	 /* number: enum chap_part */
	    LIVE_SERVED, /* number: enum served_part */
	    LIVE_ROUND,	 /* of the innermost repeat */
	    LIVE_ELAPSED,
	    LIVE_VIOLATION,
	    LIVE_END,
	    LIVE_LUN, /* number: enum lun_part */
	    LIVE_COMMAND_STATUS,
	    LIVE_DID, /* number: enum did_part */
	    LIVE_CM,  /* number: enum cm_part */
	    LIVE_VAR, /* number: index of the variable of sweep or keep */
	    LIVE_VAR_GOOD,
	    LIVE_VAR_BAD,
	    LIVE_MEMORY_STAG, /* number: index of the memory */
	    LIVE_MEMORY_ADDR,
	    LIVE_MEMORY_DATA,
	    LIVE_MEMORY_CHANGED, /* and what the SUT did there */
	    LIVE_MEMORY_FIRST,
	    LIVE_MEMORY_LAST,
	    LIVE_MEMORY_GUARDS,
	    LIVE_MEMORY_READS,
	    LIVE_MEMORY_WRITES,
	    LIVE_SUT_READS,
	    LIVE_GOT_HOW,  /* number: enum got_how */
	    LIVE_RESOURCE, /* number: of the snapshot * RESOURCE_KINDS + enum resource */
};

enum sequence {
	SEQ_ITT,
	SEQ_TTT,
	SEQ_CMD_SN,
	SEQ_EXP_CMD_SN,
	SEQ_MAX_CMD_SN,
	SEQ_STAT_SN,
	SEQ_EXP_STAT_SN
};
enum cmd_part {
	CMD_READ_STAG,
	CMD_WRITE_STAG,
	CMD_READ_BASE,
	CMD_WRITE_BASE,
	CMD_ITT,
	CMD_EDTL,
	CMD_LUN,
	CMD_SN
};
enum chap_part {
	CHAP_CHALLENGE,
	CHAP_CHALLENGE_UPPER,
	CHAP_CHALLENGE_BASE64,
	CHAP_RESPONSE,
	CHAP_RESPONSE_UPPER,
	CHAP_RESPONSE_BASE64,
	CHAP_PROVED,
	CHAP_INITIATOR, /* by which name the initiator proves itself */
	CHAP_TARGET,	/* the target */
	CHAP_SAME,	/* both by one secret */
	CHAP_PARTS
};
enum served_part { SERVED_READS, SERVED_WRITES, SERVED_COMMANDS, SERVED_PINGS, SERVED_WAITING };
enum got_how { GOT_AS, GOT_INVALIDATED, GOT_IMMEDIATE, GOT_SOLICITED };
enum did_part { DID_STATUS, DID_SAME, DID_LENGTH }; /* of the last `sut DEED` */
enum resource {					    /* of `resources NAME` */
		RESOURCE_QP,
		RESOURCE_MR,
		RESOURCE_PD,
		RESOURCE_CQ,
		RESOURCE_CM_ID,
		RESOURCE_SESSIONS,
		RESOURCE_PROCESSES,
		RESOURCE_RSS,
		RESOURCE_SLAB,
		RESOURCE_OBJECTS,
		RESOURCE_KINDS
};
const char *resource_name(enum resource which); /* parse/resources.c */
enum lun_part { LUN_BLOCKS, LUN_BLOCK_SIZE, LUN_PROTECTED, LUN_SIGNATURE };
enum cm_part {
	CM_RESPONDER_RESOURCES,
	CM_INITIATOR_DEPTH,
	CM_RNR_RETRY,
	CM_PRIVATE_DATA,
	CM_SEND_INV
};

struct operand {
	enum { OPERAND_VALUE, OPERAND_FRESH, OPERAND_LIVE } kind;
	struct value value;
	enum live live;
	const char *name;
	uint64_t number;
	const struct pdu_type *type;
	size_t talk; /* a connection by its place; 0: that of the statement */
};

/* a OP b OP c ..., left to right, OP one of + - * / %; op[0] is '+'. count 0: not given. */
struct expr {
	struct operand *operands;
	char *ops;
	size_t count;
};

enum compare { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };

struct condition {
	bool defined; /* `defined a`, else a OP b */
	bool other;   /* behind an `or`: begins the next list of which all must hold */
	struct expr a, b;
	enum compare op;
};

struct condition_list { /* all must hold, up to an `or`; or all of the next ones */
	struct condition *at;
	size_t count;
};

/* Text with `$` values in it: literal and value parts in turn. */
struct template_part {
	struct bytes text;
	struct expr value; /* count 0: none behind this text */
};

struct text_template {
	struct template_part *parts;
	size_t count;
};

/* ---- pieces of statements ---- */

struct data_spec {
	enum { DATA_NONE, DATA_BYTES, DATA_FILL, DATA_PATTERN, DATA_VALUE, DATA_KEYS } kind;
	struct bytes bytes;
	struct text_template text; /* KEYS: pairs parted by blanks, with `$` values */
	struct expr a, length;	   /* FILL: byte; PATTERN: seed; VALUE: a text value */
	struct expr from;	   /* PATTERN: offset of its first byte, 0 when not given */
	bool part;		   /* VALUE: no more of it than `length` bytes behind `from` */
};

struct field_set {		       /* send: FIELD=VALUE or byte@OFFSET=VALUE */
	const struct pdu_field *field; /* NULL: the byte at offset */
	size_t offset;
	struct expr value;
};

struct field_test { /* expect: FIELD OP VALUE, length OP N, data=DATA, as=HOW */
	enum { TEST_FIELD, TEST_LENGTH, TEST_DATA, TEST_AS } kind;
	const struct pdu_field *field;
	const char *any_field; /* TYPE `any`: looked up by name in what comes */
	enum compare op;
	struct expr value; /* TEST_AS: the STag or the Immediate; count 0: any */
	struct data_spec data;
	enum fab_op how; /* TEST_AS */
	bool solicited;	 /* as=send-se, however else it came */
};

struct pattern {		     /* which messages fit */
	const struct pdu_type *type; /* NULL: any */
	struct field_test *tests;
	size_t test_count;
};

struct setting { /* NAME=VALUE, as of login */
	const char *name;
	struct text_template value;
	unsigned column;
};

struct setting_list {
	struct setting *at;
	size_t count;
};

enum command {
	COMMAND_NONE,
	COMMAND_TUR,
	COMMAND_INQUIRY,
	COMMAND_READ_CAPACITY,
	COMMAND_REPORT_LUNS,
	COMMAND_READ,
	COMMAND_WRITE
};

enum {
	SEND_MAX = 900
}; /* messages of one send or chain: they have to stand in the send queue at once */

struct send {
	const struct pdu_type *type;
	struct field_set *sets;
	size_t set_count;
	struct data_spec data, cdb, raw;
	struct expr length, count;
	struct expr skip; /* so many of its first bytes are not sent */
	enum fab_op op;
	struct expr key; /* as=send-inv:STAG, as=send-imm:VALUE */
	bool solicited;	 /* as=send-se */
	enum command command;
	struct expr lba, blocks; /* of that command */
	bool beyond;		 /* it goes beyond the LUN's end on purpose */
	bool has_memory;
	uint64_t memory; /* its data is there */
	unsigned line;
	const char *text;
};

enum expect_kind {
	EXPECT_MESSAGE,
	EXPECT_EACH,
	EXPECT_NONE,
	EXPECT_DELIVERED,
	EXPECT_COMPLETION,
	EXPECT_CLOSED,
	EXPECT_OPEN,
	EXPECT_ALIVE,
	EXPECT_ONE_OF,
};

/*
 * Grade, rules and reason that a statement or outcome brings along. Which rules a statement judges
 * is settled when the case is checked (parse/check_rules.c): it then has rules, or is a step.
 */
struct judgement {
	bool has_grade;
	enum grade grade;
	char *rules; /* ids, blank-separated; NULL: it judges none */
	bool step;   /* judges nothing: where it does not come about, the case is not reached */
	bool none;   /* `rules none` */
	struct text_template reason;
};

enum outcome_kind {
	OUTCOME_MESSAGE,
	OUTCOME_CLOSED,
	OUTCOME_BROKEN,
	OUTCOME_REFUSED,
	OUTCOME_LOST,
	OUTCOME_REJECTED,
	OUTCOME_NOTHING,
	OUTCOME_DELIVERED,
	OUTCOME_RNR
};

struct outcome {
	enum outcome_kind kind;
	struct pattern pattern;
	bool go_on;
	enum verdict verdict;
	struct judgement judgement;
	unsigned line;
	const char *text;
};

struct expect {
	enum expect_kind kind;
	struct pattern pattern;
	const struct pdu_type *each;	   /* the type that was sent */
	const struct pdu_field **matching; /* fields of `each`; `pattern.type` has them too */
	size_t matching_count;
	bool all;
	struct expr number; /* expect delivered N */
	enum fab_status status;
	struct outcome *outcomes;
	size_t outcome_count;
};

enum verb {
	VERB_LOGIN,
	VERB_CONNECT,
	VERB_NEW,
	VERB_RELEASE,
	VERB_REJECT,
	VERB_SEND,
	VERB_CHAIN,
	VERB_SCSI,
	VERB_LOGOUT,
	VERB_TEXT,
	VERB_TASK_MANAGEMENT,
	VERB_RDMA_READ,
	VERB_RDMA_WRITE,
	VERB_MEMORY,
	VERB_INVALIDATE,
	VERB_COMPARE,
	VERB_POST,
	VERB_QUIET,
	VERB_HOLD,
	VERB_HONEST,
	VERB_FORGET,
	VERB_WAIT,
	VERB_VANISH,
	VERB_DISCONNECT,
	VERB_BREAK,
	VERB_SUT_LOGIN,
	VERB_SUT_LOGOUT,
	VERB_SUT_DO,
	VERB_SUT_WAIT,
	VERB_RESOURCES,
	VERB_SERVE,
	VERB_EXPECT,
	VERB_CHECK,
	VERB_NEEDS,
	VERB_MEASURE,
	VERB_KEEP,
	VERB_NOTE,
	VERB_WHEN,
	VERB_MARK,
	VERB_SWEEP,
	VERB_ON,
	VERB_ACCEPT,
	VERB_REPEAT,
	VERB_POINTS,
	VERB_WORDING, /* of points: its block, with one combination of words */
	VERB_SKIP,
};

/* One thing that the points of a family differ in. */
struct axis {
	const char *name;
	char **words; /* NULL: values */
	struct expr *values;
	size_t count;
	uint64_t index; /* of its variable */
	bool live;	/* a value hangs on what was negotiated */
};

/* points. The statement's body has a VERB_WORDING for each combination of words, in the order of
 * the axes, the last one's words fastest. */
struct points {
	struct axis axes[COVER_AXES_MAX];
	size_t axis_count;
	unsigned strength, long_strength; /* 0: all combinations */
	bool has_long, fresh;
};

/* What the SUT is told to do beside the case: one line for its driver (parse/deed.c). */
enum { DEED_ARGUMENTS_MAX = 8 };

struct deed_argument {
	const char *name;
	struct expr value; /* a time is told in ms */
	bool time;
};

struct deed {
	const char *name;
	struct deed_argument arguments[DEED_ARGUMENTS_MAX]; /* those that the case gives */
	size_t argument_count;
	struct bytes cdb;
	struct data_spec data; /* what it writes, or shall read */
	bool reads, changes;   /* changes: the target, which has to be told `restore` */
};

enum serve_until { SERVE_FOR, SERVE_TYPE, SERVE_IDLE };

struct statement {
	struct statement *next, *body;
	struct statement *otherwise; /* when: the block of its else */
	enum verb verb;
	unsigned line, column;
	const char *text;
	bool in_sweep;	  /* what breaks it is what the sweep looks for */
	const char *said; /* the text up to grade, reason and rules */

	struct expr time;  /* within, for, or the TIME of wait and idle */
	struct expr limit; /* serve until ... within */
	struct judgement judgement;
	struct condition_list conditions; /* check, needs, when */
	struct setting_list settings;	  /* login, connect */
	enum peer_point point;		  /* login */
	struct send *sends;		  /* send, chain */
	size_t send_count;
	struct expect *expect;
	enum command command; /* scsi */
	bool immediate;
	struct expr lba, blocks, seed;
	bool compare;
	struct expr addr, key, length; /* rdma */
	struct expr imm;	       /* rdma-write: with Immediate */
	struct data_spec data;
	struct setting key_value; /* text */
	struct deed *deed;	  /* sut DEED */
	struct expr function, itt;
	const char *name; /* memory, measure, keep, resources */
	uint64_t index;	  /* memory; variable of sweep, keep; connection of on; resources */
	struct expr at;	  /* compare */
	unsigned access;
	bool window, exact;
	struct expr number; /* post receives, measure, keep; how often a chain or repeat does */
	struct expr long_number; /* repeat: how often in its long form; count 0: it has none */
	const char *unit;
	const char *point_key; /* login until KEY */
	uint64_t types;	       /* quiet: bit per pdu_types() index; 0 = all */
	enum serve_until until;
	const struct pdu_type *type; /* serve until */
	struct text_template note;
	size_t count;	     /* on: so many connections from `index` on */
	struct expr *values; /* sweep */
	size_t value_count;
	bool until_holds;
	struct points *points;
	struct bytes private_data; /* reject */
};

/* What a `logout` judges by itself, whatever the case is about (run/logout.c). */
#define LOGOUT_UNANSWERED "I7143-11.14-3"
#define LOGOUT_TAG	  "I7143-11.15-2"
#define LOGOUT_RESPONSE	  "I7143-11.15.1-1"
#define LOGOUT_LENGTHS	  "I7143-11.15.2-1"
#define LOGOUT_RULES	  LOGOUT_UNANSWERED " " LOGOUT_TAG " " LOGOUT_RESPONSE " " LOGOUT_LENGTHS

enum {
	VARS_MAX = 16,
	MEMORIES_MAX = 16,
	SNAPSHOTS_MAX = 8,
	DEPTH_MAX = 6,
	TALK_NAMES_MAX = 16,
	TALKS_MAX = 500
};

#endif

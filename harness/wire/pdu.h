/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * iSER messages and iSCSI PDUs: bytes <-> struct pdu (RFC 7145 section 9, RFC 7143 section 11).
 *
 * One table a PDU type (pdu_types.c) names every field as the RFC does, with its place in the bytes
 * and in struct pdu. Decoding, encoding, the script language's field names and the masks of
 * reserved bits are all read off that table, so they cannot disagree.
 */
#ifndef WIRE_PDU_H
#define WIRE_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum {
	ISER_HEADER_SIZE = 28, /* RFC 7145 9.2 */
	BHS_SIZE = 48,	       /* RFC 7143 11.2.1 */
	AHS_MAX = 255 * 4,     /* TotalAHSLength counts words in one byte, RFC 7143 11.2.1.5 */
	CDB_SIZE = 16,
};

#define TAG_NONE 0xffffffffu /* reserved ITT and TTT, RFC 7143 11.2.1.8 and 11.19 */

/* iSER opcodes, RFC 7145 9.1: the upper four bits of the first byte. */
enum iser_opcode {
	ISER_CONTROL = 1,
	ISER_HELLO = 2,
	ISER_HELLO_REPLY = 3,
};

/* iSCSI opcodes, RFC 7143 11.2.1.2 (six bits). */
enum iscsi_opcode {
	OP_NOP_OUT = 0x00,
	OP_SCSI_COMMAND = 0x01,
	OP_TASK_REQUEST = 0x02,
	OP_LOGIN_REQUEST = 0x03,
	OP_TEXT_REQUEST = 0x04,
	OP_DATA_OUT = 0x05,
	OP_LOGOUT_REQUEST = 0x06,
	OP_SNACK = 0x10,
	OP_NOP_IN = 0x20,
	OP_SCSI_RESPONSE = 0x21,
	OP_TASK_RESPONSE = 0x22,
	OP_LOGIN_RESPONSE = 0x23,
	OP_TEXT_RESPONSE = 0x24,
	OP_DATA_IN = 0x25,
	OP_LOGOUT_RESPONSE = 0x26,
	OP_R2T = 0x31,
	OP_ASYNC = 0x32,
	OP_REJECT = 0x3f,
};

/* Functions of a Task Management Request, RFC 7143 11.5.1; RFC 7144 has more of them. */
enum task_function {
	ABORT_TASK = 1,
	ABORT_TASK_SET = 2,
	CLEAR_ACA = 3,
	CLEAR_TASK_SET = 4,
	LU_RESET = 5,
	TARGET_WARM_RESET = 6,
	TARGET_COLD_RESET = 7,
	TASK_REASSIGN = 8,
};

/* A borrowed run of bytes; never owns what it points at. */
struct bytes {
	const uint8_t *at;
	size_t len;
};

/*
 * Every field that any message has, by its RFC name in lower case. Which of them mean something is
 * said by pdu.type. Flag bits are 0 or 1. Members are uint32_t unless the field is wider.
 */
struct pdu {
	const struct pdu_type *type; /* never NULL after a successful decode */

	/* iSER header, control type (RFC 7145 9.2) */
	uint32_t iser_opcode, wsv, rsv;
	uint32_t write_stag, read_stag;
	uint64_t write_base_offset, read_base_offset;
	/* Hello and HelloReply (9.3, 9.4) */
	uint32_t max_ver, min_ver, cur_ver, rej;
	uint32_t iser_ird, iser_ord;

	/* BHS, common */
	uint32_t i, opcode, f;
	uint32_t total_ahs_length, data_segment_length; /* as on the wire; see pdu_encode */
	uint64_t lun;
	uint32_t itt, ttt;
	uint32_t cmd_sn, exp_stat_sn, stat_sn, exp_cmd_sn, max_cmd_sn;
	/* SCSI Command and Response */
	uint32_t r, w, attr, edtl;
	uint8_t cdb[CDB_SIZE];
	uint32_t bi_o, bi_u, o, u; /* residual flags: o u O U of RFC 7143 11.4.1 */
	uint32_t response, status, snack_tag, exp_data_sn, bi_residual_count, residual_count;
	/* Task management */
	uint32_t function, ref_task_tag, ref_cmd_sn;
	/* Login and Text */
	uint32_t t, c, csg, nsg, version_max, version_min, version_active;
	uint64_t isid; /* 48 bits */
	uint32_t tsih, cid, status_class, status_detail;
	/* Data-Out, Data-In, R2T */
	uint32_t a, s, data_sn, buffer_offset, r2t_sn, desired_data_length;
	/* Async, Reject, Logout, SNACK */
	uint32_t async_event, async_vcode, parameter1, parameter2, parameter3;
	uint32_t reason, time2wait, time2retain;
	uint32_t snack_type, beg_run, run_length;

	struct bytes ahs;  /* whole AHS area, TotalAHSLength * 4 bytes */
	struct bytes data; /* data segment without pad bytes */
};

enum pdu_sender { FROM_INITIATOR = 1, FROM_TARGET = 2 };

/* Where a field lives: `width` bits whose least significant one is bit `shift` of the big-endian
 * run of `bytes` bytes that starts at byte `offset` of the iSER message (so BHS byte 0 is message
 * byte 28). */
struct pdu_field {
	const char *name; /* the RFC's name without blanks, as scripts write it: "ExpStatSN",
			     "WriteSTag" */
	uint8_t offset, bytes, shift, width;
	uint16_t member;     /* offsetof(struct pdu, ...) */
	uint8_t member_size; /* 4 or 8, or CDB_SIZE */
	uint8_t show;	     /* enum pdu_show bits */
	uint32_t initial;    /* what pdu_init sets: the value that the figure prints, else 0 */
};

/* How pdu_describe writes a field. Without SHOW_ALWAYS it is left out while it has its initial
 * value. */
enum pdu_show { SHOW_DEC = 0, SHOW_HEX = 1, SHOW_ALWAYS = 2, SHOW_NEVER = 4 };

struct pdu_type {
	const char *name;    /* as scripts write it: "nop-in", "login-response", "hello" */
	const char *title;   /* as people read it: "NOP-In", "Login Response" */
	const char *section; /* "RFC 7143 11.19" */
	uint8_t iser_opcode; /* enum iser_opcode */
	uint8_t opcode;	     /* enum iscsi_opcode; 0 for hello and hello-reply */
	enum pdu_sender sender;
	size_t field_count;
	const struct pdu_field *fields; /* iSER header fields first */
};

/* All message types, in a fixed order; *count receives how many. */
const struct pdu_type *pdu_types(size_t *count);
const struct pdu_type *pdu_type_by_name(const char *name);
/* The type of a control-type message by iSCSI opcode, or NULL for an unassigned one. */
const struct pdu_type *pdu_type_by_opcode(unsigned opcode);
const struct pdu_type *pdu_hello_type(void);
const struct pdu_type *pdu_hello_reply_type(void);

/*
 * A field of a type by its RFC name, or NULL. An exact match wins over one that ignores case, since
 * the SCSI Response has both O and o. Names spelled out ("InitiatorTaskTag") and the second name of
 * a shared place
 * ("SNACKTag" in a SNACK) are known too.
 */
const struct pdu_field *pdu_field_by_name(const struct pdu_type *type, const char *name);
uint64_t pdu_get(const struct pdu *p, const struct pdu_field *f);	/* CDB: 0 */
void pdu_set(struct pdu *p, const struct pdu_field *f, uint64_t value); /* cut to the width */
/* The same on encoded bytes; the message must hold the field (false otherwise). */
bool pdu_poke(uint8_t *msg, size_t len, const struct pdu_field *f, uint64_t value);
bool pdu_peek(const uint8_t *msg, size_t len, const struct pdu_field *f, uint64_t *value);

/*
 * Zeroes *p and sets what the type fixes: type, opcode, iser_opcode 1/2/3, F where it is always 1,
 * I of a Login Request, ITT of Async and Reject (all-ones), and the versions of Hello and
 * HelloReply (10, RFC 7145 9.3).
 */
void pdu_init(struct pdu *p, const struct pdu_type *type);

/*
 * Decodes one whole iSER message (the bytes of one Send). p->ahs and p->data point into msg. Strict
 * about lengths (RFC 7145 9.1; RFC 7143 11.2.1.5, 11.2.1.6): fails when the message is shorter than
 * its header, AHS and data say, longer than them plus pad bytes, or of unassigned opcode. Absent
 * pad bytes are accepted. Reserved bits are not judged here: pdu_reserved_set() counts them.
 * Returns 0, or -1 with *e and *p zeroed.
 */
int pdu_decode(struct pdu *p, const void *msg, size_t len, struct err *e);

/*
 * Encodes p. TotalAHSLength and DataSegmentLength come from p->ahs.len and p->data.len (the members
 * of that name are ignored), pads with zero to 4 bytes. Returns the length, or 0 with *e when it
 * does not fit `size`, a part is too long or a value is wider than its field. Decode of encode is
 * identity.
 */
size_t pdu_encode(const struct pdu *p, void *buf, size_t size, struct err *e);

/* How many reserved bits of the headers are set in msg; the byte offset of the first goes to
 * *first, which may be NULL. Pad bytes are not reserved bits. */
unsigned pdu_reserved_set(const struct pdu_type *type, const uint8_t *msg, size_t len,
			  size_t *first);

/* One line for people and logs: "NOP-In ITT=0xffffffff TTT=0x5 StatSN=7 ...", or why it does not
 * decode. Text of the peer is escaped. Returns buf. */
const char *pdu_describe(const void *msg, size_t len, char *buf, size_t size);

#endif

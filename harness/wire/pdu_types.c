/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The layout of every message, as the figures of RFC 7145 section 9 and RFC 7143 section 11 draw
 * it.
 *
 * Byte and bit numbers are the figures': bit 0 is the most significant of its byte, and bytes of
 * the BHS count from the start of the BHS. What no row names is reserved. Where a figure prints a
 * value, the row repeats it.
 */
#include "pdu.h"
#include "word.h"

#include <string.h>
#include <strings.h>

#define MEMBER(m)                                    \
	.member = (uint16_t)offsetof(struct pdu, m), \
	.member_size = (uint8_t)sizeof(((struct pdu *)0)->m)

/* Whole bytes: name, first byte, count. */
#define BYTES_AT(n, base, byte, count, m, ...)                                        \
	{                                                                             \
		.name = (n), .offset = (base) + (byte), .bytes = (count), .shift = 0, \
		.width = 8 * (count), MEMBER(m), __VA_ARGS__                          \
	}
/* Bits within one byte: name, byte, first bit, count. */
#define BITS_AT(n, base, byte, bit, count, m, ...)                                                \
	{                                                                                         \
		.name = (n), .offset = (base) + (byte), .bytes = 1, .shift = 8 - (bit) - (count), \
		.width = (count), MEMBER(m), __VA_ARGS__                                          \
	}

#define ISER_BYTES(n, byte, count, ...)	    BYTES_AT(n, 0, byte, count, __VA_ARGS__)
#define ISER_BITS(n, byte, bit, count, ...) BITS_AT(n, 0, byte, bit, count, __VA_ARGS__)
#define BHS_BYTES(n, byte, count, ...)	    BYTES_AT(n, ISER_HEADER_SIZE, byte, count, __VA_ARGS__)
#define BHS_BITS(n, byte, bit, count, ...) \
	BITS_AT(n, ISER_HEADER_SIZE, byte, bit, count, __VA_ARGS__)

#define DEC	    .show = SHOW_DEC
#define HEX	    .show = SHOW_HEX
#define TAG	    .show = (SHOW_HEX | SHOW_ALWAYS)
#define NUM	    .show = (SHOW_DEC | SHOW_ALWAYS)
#define NEVER	    .show = SHOW_NEVER
#define PRINTED(v)  .show = SHOW_DEC, .initial = (v)
#define PRINTED_TAG .show = SHOW_HEX, .initial = TAG_NONE

/* The rows are laid out by hand, to be read beside the figures. */
/* clang-format off */

/* RFC 7145 9.2 */
#define CONTROL_HEADER                                                  \
	ISER_BITS("iSEROpcode", 0, 0, 4, iser_opcode, NEVER),           \
	ISER_BITS("WSV", 0, 4, 1, wsv, DEC),                            \
	ISER_BITS("RSV", 0, 5, 1, rsv, DEC),                            \
	ISER_BYTES("WriteSTag", 4, 4, write_stag, HEX),                 \
	ISER_BYTES("WriteBaseOffset", 8, 8, write_base_offset, HEX),    \
	ISER_BYTES("ReadSTag", 16, 4, read_stag, HEX),                  \
	ISER_BYTES("ReadBaseOffset", 20, 8, read_base_offset, HEX)

/* RFC 7143 11.2.1: what all PDUs have */
#define BHS_COMMON                                                      \
	BHS_BITS("Opcode", 0, 2, 6, opcode, NEVER),                     \
	BHS_BYTES("TotalAHSLength", 4, 1, total_ahs_length, DEC),       \
	BHS_BYTES("DataSegmentLength", 5, 3, data_segment_length, DEC)

#define IMMEDIATE    BHS_BITS("I", 0, 1, 1, i, DEC)
#define FINAL	     BHS_BITS("F", 1, 0, 1, f, DEC)
#define FINAL_IS_ONE BHS_BITS("F", 1, 0, 1, f, PRINTED(1))
#define LUN	     BHS_BYTES("LUN", 8, 8, lun, HEX)
#define ITT	     BHS_BYTES("ITT", 16, 4, itt, TAG)
#define ITT_IS_NONE  BHS_BYTES("ITT", 16, 4, itt, PRINTED_TAG)
#define TTT	     BHS_BYTES("TTT", 20, 4, ttt, TAG)
#define REQUEST_NUMBERS                                                 \
	BHS_BYTES("CmdSN", 24, 4, cmd_sn, NUM),                         \
	BHS_BYTES("ExpStatSN", 28, 4, exp_stat_sn, NUM)
#define RESPONSE_NUMBERS                                                \
	BHS_BYTES("StatSN", 24, 4, stat_sn, NUM),                       \
	BHS_BYTES("ExpCmdSN", 28, 4, exp_cmd_sn, NUM),                  \
	BHS_BYTES("MaxCmdSN", 32, 4, max_cmd_sn, NUM)

/* RFC 7143 11.18 */
static const struct pdu_field nop_out[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	IMMEDIATE,
	FINAL_IS_ONE,
	LUN,
	ITT,
	TTT,
	REQUEST_NUMBERS,
};

/* RFC 7143 11.3 */
static const struct pdu_field scsi_command[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	IMMEDIATE,
	FINAL,
	BHS_BITS("R", 1, 1, 1, r, DEC),
	BHS_BITS("W", 1, 2, 1, w, DEC),
	BHS_BITS("ATTR", 1, 5, 3, attr, DEC),
	LUN,
	ITT,
	BHS_BYTES("EDTL", 20, 4, edtl, NUM),
	REQUEST_NUMBERS,
	BHS_BYTES("CDB", 32, CDB_SIZE, cdb, TAG),
};

/* RFC 7143 11.5 */
static const struct pdu_field task_request[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	IMMEDIATE,
	FINAL_IS_ONE,
	BHS_BITS("Function", 1, 1, 7, function, NUM),
	LUN,
	ITT,
	BHS_BYTES("ReferencedTaskTag", 20, 4, ref_task_tag, TAG),
	REQUEST_NUMBERS,
	BHS_BYTES("RefCmdSN", 32, 4, ref_cmd_sn, DEC),
	BHS_BYTES("ExpDataSN", 36, 4, exp_data_sn, DEC),
};

/* RFC 7143 11.12 */
static const struct pdu_field login_request[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	BHS_BITS("I", 0, 1, 1, i, PRINTED(1)),
	BHS_BITS("T", 1, 0, 1, t, NUM),
	BHS_BITS("C", 1, 1, 1, c, DEC),
	BHS_BITS("CSG", 1, 4, 2, csg, NUM),
	BHS_BITS("NSG", 1, 6, 2, nsg, NUM),
	BHS_BYTES("VersionMax", 2, 1, version_max, DEC),
	BHS_BYTES("VersionMin", 3, 1, version_min, DEC),
	BHS_BYTES("ISID", 8, 6, isid, HEX),
	BHS_BYTES("TSIH", 14, 2, tsih, DEC),
	ITT,
	BHS_BYTES("CID", 20, 2, cid, DEC),
	REQUEST_NUMBERS,
};

/* RFC 7143 11.10 */
static const struct pdu_field text_request[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	IMMEDIATE,
	FINAL,
	BHS_BITS("C", 1, 1, 1, c, DEC),
	LUN,
	ITT,
	TTT,
	REQUEST_NUMBERS,
};

/* RFC 7143 11.7 */
static const struct pdu_field data_out[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL,
	LUN,
	ITT,
	TTT,
	BHS_BYTES("ExpStatSN", 28, 4, exp_stat_sn, NUM),
	BHS_BYTES("DataSN", 36, 4, data_sn, NUM),
	BHS_BYTES("BufferOffset", 40, 4, buffer_offset, NUM),
};

/* RFC 7143 11.14 */
static const struct pdu_field logout_request[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	IMMEDIATE,
	FINAL_IS_ONE,
	BHS_BITS("Reason", 1, 1, 7, reason, NUM),
	ITT,
	BHS_BYTES("CID", 20, 2, cid, DEC),
	REQUEST_NUMBERS,
};

/* RFC 7143 11.16; bytes 20 to 23 hold the SNACK Tag in an R-Data SNACK */
static const struct pdu_field snack[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL_IS_ONE,
	BHS_BITS("Type", 1, 4, 4, snack_type, NUM),
	LUN,
	ITT,
	TTT,
	BHS_BYTES("ExpStatSN", 28, 4, exp_stat_sn, NUM),
	BHS_BYTES("BegRun", 40, 4, beg_run, NUM),
	BHS_BYTES("RunLength", 44, 4, run_length, NUM),
};

/* RFC 7143 11.19 */
static const struct pdu_field nop_in[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL_IS_ONE,
	LUN,
	ITT,
	TTT,
	RESPONSE_NUMBERS,
};

/* RFC 7143 11.4 */
static const struct pdu_field scsi_response[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL_IS_ONE,
	BHS_BITS("o", 1, 3, 1, bi_o, DEC),
	BHS_BITS("u", 1, 4, 1, bi_u, DEC),
	BHS_BITS("O", 1, 5, 1, o, DEC),
	BHS_BITS("U", 1, 6, 1, u, DEC),
	BHS_BYTES("Response", 2, 1, response, NUM),
	BHS_BYTES("Status", 3, 1, status, NUM),
	ITT,
	BHS_BYTES("SNACKTag", 20, 4, snack_tag, HEX),
	RESPONSE_NUMBERS,
	BHS_BYTES("ExpDataSN", 36, 4, exp_data_sn, DEC),
	BHS_BYTES("BidiReadResidualCount", 40, 4, bi_residual_count, DEC),
	BHS_BYTES("ResidualCount", 44, 4, residual_count, DEC),
};

/* RFC 7143 11.6 */
static const struct pdu_field task_response[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL_IS_ONE,
	BHS_BYTES("Response", 2, 1, response, NUM),
	ITT,
	RESPONSE_NUMBERS,
};

/* RFC 7143 11.13 */
static const struct pdu_field login_response[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	BHS_BITS("T", 1, 0, 1, t, NUM),
	BHS_BITS("C", 1, 1, 1, c, DEC),
	BHS_BITS("CSG", 1, 4, 2, csg, NUM),
	BHS_BITS("NSG", 1, 6, 2, nsg, NUM),
	BHS_BYTES("VersionMax", 2, 1, version_max, DEC),
	BHS_BYTES("VersionActive", 3, 1, version_active, DEC),
	BHS_BYTES("ISID", 8, 6, isid, HEX),
	BHS_BYTES("TSIH", 14, 2, tsih, DEC),
	ITT,
	RESPONSE_NUMBERS,
	BHS_BYTES("StatusClass", 36, 1, status_class, NUM),
	BHS_BYTES("StatusDetail", 37, 1, status_detail, NUM),
};

/* RFC 7143 11.11 */
static const struct pdu_field text_response[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL,
	BHS_BITS("C", 1, 1, 1, c, DEC),
	LUN,
	ITT,
	TTT,
	RESPONSE_NUMBERS,
};

/* RFC 7143 11.7 */
static const struct pdu_field data_in[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL,
	BHS_BITS("A", 1, 1, 1, a, DEC),
	BHS_BITS("O", 1, 5, 1, o, DEC),
	BHS_BITS("U", 1, 6, 1, u, DEC),
	BHS_BITS("S", 1, 7, 1, s, DEC),
	BHS_BYTES("Status", 3, 1, status, DEC),
	LUN,
	ITT,
	TTT,
	RESPONSE_NUMBERS,
	BHS_BYTES("DataSN", 36, 4, data_sn, NUM),
	BHS_BYTES("BufferOffset", 40, 4, buffer_offset, NUM),
	BHS_BYTES("ResidualCount", 44, 4, residual_count, DEC),
};

/* RFC 7143 11.15 */
static const struct pdu_field logout_response[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL_IS_ONE,
	BHS_BYTES("Response", 2, 1, response, NUM),
	ITT,
	RESPONSE_NUMBERS,
	BHS_BYTES("Time2Wait", 40, 2, time2wait, DEC),
	BHS_BYTES("Time2Retain", 42, 2, time2retain, DEC),
};

/* RFC 7143 11.8 */
static const struct pdu_field r2t[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL_IS_ONE,
	LUN,
	ITT,
	TTT,
	RESPONSE_NUMBERS,
	BHS_BYTES("R2TSN", 36, 4, r2t_sn, NUM),
	BHS_BYTES("BufferOffset", 40, 4, buffer_offset, NUM),
	BHS_BYTES("DesiredDataTransferLength", 44, 4, desired_data_length, NUM),
};

/* RFC 7143 11.9 */
static const struct pdu_field async[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL_IS_ONE,
	LUN,
	ITT_IS_NONE,
	RESPONSE_NUMBERS,
	BHS_BYTES("AsyncEvent", 36, 1, async_event, NUM),
	BHS_BYTES("AsyncVCode", 37, 1, async_vcode, DEC),
	BHS_BYTES("Parameter1", 38, 2, parameter1, DEC),
	BHS_BYTES("Parameter2", 40, 2, parameter2, DEC),
	BHS_BYTES("Parameter3", 42, 2, parameter3, DEC),
};

/* RFC 7143 11.17; bytes 36 to 39 hold DataSN or R2TSN */
static const struct pdu_field reject[] = {
	CONTROL_HEADER,
	BHS_COMMON,
	FINAL_IS_ONE,
	BHS_BYTES("Reason", 2, 1, reason, NUM),
	ITT_IS_NONE,
	RESPONSE_NUMBERS,
	BHS_BYTES("DataSN", 36, 4, data_sn, DEC),
};

/* RFC 7145 9.3; the version is the value that its text demands, figures 6 and 7 print another */
static const struct pdu_field hello[] = {
	ISER_BITS("iSEROpcode", 0, 0, 4, iser_opcode, NEVER),
	ISER_BITS("MaxVer", 1, 0, 4, max_ver, .show = SHOW_ALWAYS, .initial = 10),
	ISER_BITS("MinVer", 1, 4, 4, min_ver, .show = SHOW_ALWAYS, .initial = 10),
	ISER_BYTES("iSERIRD", 2, 2, iser_ird, NUM),
};

/* RFC 7145 9.4 */
static const struct pdu_field hello_reply[] = {
	ISER_BITS("iSEROpcode", 0, 0, 4, iser_opcode, NEVER),
	ISER_BITS("REJ", 0, 7, 1, rej, NUM),
	ISER_BITS("MaxVer", 1, 0, 4, max_ver, .show = SHOW_ALWAYS, .initial = 10),
	ISER_BITS("CurVer", 1, 4, 4, cur_ver, .show = SHOW_ALWAYS, .initial = 10),
	ISER_BYTES("iSERORD", 2, 2, iser_ord, NUM),
};

#define ROW(n, heading, rfc, iser, op, from, table)                                                \
	{.name = (n), .title = (heading), .section = (rfc), .iser_opcode = (iser), .opcode = (op), \
	 .sender = (from), .field_count = sizeof(table) / sizeof((table)[0]), .fields = (table)}
#define PDU(n, heading, sect, op, from, table)                                                     \
	ROW(n, heading, "RFC 7143 " sect, ISER_CONTROL, op, from, table)

static const struct pdu_type types[] = {
	PDU("nop-out",         "NOP-Out",         "11.18", OP_NOP_OUT,         FROM_INITIATOR, nop_out),
	PDU("scsi-command",    "SCSI Command",    "11.3",  OP_SCSI_COMMAND,    FROM_INITIATOR, scsi_command),
	PDU("task-request",    "Task Management Request", "11.5", OP_TASK_REQUEST, FROM_INITIATOR, task_request),
	PDU("login-request",   "Login Request",   "11.12", OP_LOGIN_REQUEST,   FROM_INITIATOR, login_request),
	PDU("text-request",    "Text Request",    "11.10", OP_TEXT_REQUEST,    FROM_INITIATOR, text_request),
	PDU("data-out",        "SCSI Data-Out",   "11.7",  OP_DATA_OUT,        FROM_INITIATOR, data_out),
	PDU("logout-request",  "Logout Request",  "11.14", OP_LOGOUT_REQUEST,  FROM_INITIATOR, logout_request),
	PDU("snack",           "SNACK Request",   "11.16", OP_SNACK,           FROM_INITIATOR, snack),
	PDU("nop-in",          "NOP-In",          "11.19", OP_NOP_IN,          FROM_TARGET,    nop_in),
	PDU("scsi-response",   "SCSI Response",   "11.4",  OP_SCSI_RESPONSE,   FROM_TARGET,    scsi_response),
	PDU("task-response",   "Task Management Response", "11.6", OP_TASK_RESPONSE, FROM_TARGET, task_response),
	PDU("login-response",  "Login Response",  "11.13", OP_LOGIN_RESPONSE,  FROM_TARGET,    login_response),
	PDU("text-response",   "Text Response",   "11.11", OP_TEXT_RESPONSE,   FROM_TARGET,    text_response),
	PDU("data-in",         "SCSI Data-In",    "11.7",  OP_DATA_IN,         FROM_TARGET,    data_in),
	PDU("logout-response", "Logout Response", "11.15", OP_LOGOUT_RESPONSE, FROM_TARGET,    logout_response),
	PDU("r2t",             "R2T",             "11.8",  OP_R2T,             FROM_TARGET,    r2t),
	PDU("async",           "Async Message",   "11.9",  OP_ASYNC,           FROM_TARGET,    async),
	PDU("reject",          "Reject",          "11.17", OP_REJECT,          FROM_TARGET,    reject),
	ROW("hello",       "iSER Hello",      "RFC 7145 9.3", ISER_HELLO,       0, FROM_INITIATOR, hello),
	ROW("hello-reply", "iSER HelloReply", "RFC 7145 9.4", ISER_HELLO_REPLY, 0, FROM_TARGET,    hello_reply),
};
/* clang-format on */

enum { TYPE_COUNT = sizeof(types) / sizeof(types[0]), CONTROL_COUNT = TYPE_COUNT - 2 };

const struct pdu_type *pdu_types(size_t *count)
{
	*count = TYPE_COUNT;
	return types;
}

const struct pdu_type *pdu_type_by_name(const char *name)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (word_is(types[i].name, name))
			return &types[i];
	return NULL;
}

const struct pdu_type *pdu_type_by_opcode(unsigned opcode)
{
	for (size_t i = 0; i < CONTROL_COUNT; i++)
		if (types[i].opcode == opcode)
			return &types[i];
	return NULL;
}

const struct pdu_type *pdu_hello_type(void)
{
	return &types[CONTROL_COUNT];
}

const struct pdu_type *pdu_hello_reply_type(void)
{
	return &types[CONTROL_COUNT + 1];
}

static const struct pdu_field *find(const struct pdu_type *type, const char *name)
{
	for (size_t i = 0; i < type->field_count; i++)
		if (word_is(type->fields[i].name, name))
			return &type->fields[i];
	return NULL;
}

static const struct pdu_field *find_in_any_case(const struct pdu_type *type, const char *name)
{
	for (size_t i = 0; i < type->field_count; i++)
		if (!strcasecmp(type->fields[i].name, name))
			return &type->fields[i];
	return NULL;
}

/* The RFC's full spellings, and second names of places that two fields share. Looked at only when
 * no field of the type has the name itself. */
static const struct {
	const char *alias, *name;
	unsigned opcode; /* of the only type that knows it, or ANY */
} aliases[] = {
#define ANY 0x100
	{"InitiatorTaskTag", "ITT", ANY},
	{"TargetTransferTag", "TTT", ANY},
	{"LogicalUnitNumber", "LUN", ANY},
	{"ExpectedDataTransferLength", "EDTL", OP_SCSI_COMMAND},
	{"BidirectionalReadResidualCount", "BidiReadResidualCount", OP_SCSI_RESPONSE},
	{"ReasonCode", "Reason", OP_LOGOUT_REQUEST},
	{"SNACKTag", "TTT", OP_SNACK},
	{"R2TSN", "DataSN", OP_REJECT},
};

const struct pdu_field *pdu_field_by_name(const struct pdu_type *type, const char *name)
{
	const struct pdu_field *f = find(type, name);
	if (!f)
		f = find_in_any_case(type, name);
	for (size_t i = 0; !f && i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcasecmp(aliases[i].alias, name) && type->iser_opcode == ISER_CONTROL &&
		    (aliases[i].opcode == ANY || aliases[i].opcode == type->opcode))
			f = find(type, aliases[i].name);
	return f;
}

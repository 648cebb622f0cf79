/* SPDX-License-Identifier: BSD-2-Clause */
/* What the monitors of numbers, tags and credits ask of each message. */
#ifndef MONITORS_NUMBERS_H
#define MONITORS_NUMBERS_H

#include "../oracle/watch.h"
#include "../wire/cursor.h"
#include "../wire/serial.h"

/* A control-type message that this side may send, that decodes, and that was not lost. */
static inline bool is_from(const struct traffic *t, enum pdu_sender who)
{
	return t->from == who && t->pdu.type && t->pdu.type->sender == who &&
	       t->pdu.type->iser_opcode == ISER_CONTROL && t->delivery != NOT_DELIVERED;
}

/* Requests that CmdSN counts unless they are immediate, RFC 7143 4.2.2.1. */
static inline bool is_request(const struct pdu *p)
{
	return p->type->opcode == OP_NOP_OUT || p->type->opcode == OP_SCSI_COMMAND ||
	       p->type->opcode == OP_TASK_REQUEST || p->type->opcode == OP_TEXT_REQUEST ||
	       p->type->opcode == OP_LOGOUT_REQUEST;
}

/* A NOP-Out without Initiator Task Tag is immediate, whatever its I bit says (11.18.1). */
static inline bool uses_cmd_sn(const struct pdu *p)
{
	return is_request(p) && !p->i && !(p->type->opcode == OP_NOP_OUT && p->itt == TAG_NONE);
}

/* A request that came again, with its tag and CmdSN: RFC 7143 7.2.1 allows it. */
static inline bool is_retry(const struct dialogue *d, const struct pdu *p)
{
	const struct dialogue_task *task = dialogue_task(d, p->itt);
	return task && !p->i && !task->pdu.i && task->pdu.type == p->type &&
	       task->pdu.cmd_sn == p->cmd_sn;
}

/* The request that a Reject holds the header of, RFC 7143 11.17.4; TTT and CmdSN mean something
 * where its opcode says so. */
struct rejected {
	unsigned opcode;
	uint32_t itt, ttt, cmd_sn;
};

/* False: it does not hold a whole header. */
static inline bool rejected_header(const struct pdu *reject, struct rejected *out)
{
	enum { OPCODE_MASK = 0x3f, ITT_AT = 16 };

	if (reject->data.len < BHS_SIZE)
		return false;
	struct cursor c = cursor_of(reject->data.at, BHS_SIZE);
	out->opcode = (unsigned)cursor_be(&c, 1) & OPCODE_MASK;
	cursor_take(&c, ITT_AT - 1);
	out->itt = (uint32_t)cursor_be(&c, 4);
	out->ttt = (uint32_t)cursor_be(&c, 4);
	out->cmd_sn = (uint32_t)cursor_be(&c, 4);
	return true;
}

/* Numbers of a failed login mean nothing, RFC 7143 11.13.4. */
static inline bool is_failed_login(const struct pdu *p)
{
	return p->type->opcode == OP_LOGIN_RESPONSE && p->status_class;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Mutants that spoil the form of what they send: bits, lengths and padding of an encoded message.
 */
#include <string.h>

#include "internal.h"

enum { AT_BHS = ISER_HEADER_SIZE, AT_DATA = ISER_HEADER_SIZE + BHS_SIZE, STRAY = 0x5a };

static void stray(struct peer *p, enum knob knob, uint8_t *at, size_t len)
{
	if (peer_knob(p, knob))
		memset(at, STRAY, len);
}

static void spoil_stags(struct peer *p, const struct pdu *pdu, uint8_t *msg)
{
	const bool command = pdu->type->opcode == OP_SCSI_COMMAND;

	if (!pdu->wsv) {
		stray(p, KNOB_WRITE_STAG_UNFLAGGED, msg + 4, 4);
		stray(p, KNOB_WRITE_BASE_UNFLAGGED, msg + 8, 8);
		stray(p, KNOB_TARGET_WRITE_STAG_UNFLAGGED, msg + 4, 4);
		stray(p, KNOB_TARGET_WRITE_BASE_UNFLAGGED, msg + 8, 8);
	}
	if (!pdu->rsv) {
		stray(p, KNOB_READ_STAG_UNFLAGGED, msg + 16, 4);
		stray(p, KNOB_READ_BASE_UNFLAGGED, msg + 20, 8);
		stray(p, KNOB_TARGET_READ_BASE_UNFLAGGED, msg + 20, 8);
	}
	if (command && !pdu->w && peer_knob(p, KNOB_WSV_WITHOUT_WRITE))
		msg[0] |= 0x08;
	if (command && !pdu->r && peer_knob(p, KNOB_RSV_WITHOUT_READ))
		msg[0] |= 0x04;
	if (pdu->type->opcode == OP_NOP_IN && peer_knob(p, KNOB_TARGET_SETS_WSV))
		msg[0] |= 0x08;
}

static void spoil_padding(struct peer *p, const struct pdu *pdu, uint8_t *msg, size_t *len)
{
	const size_t end = AT_DATA + pdu->ahs.len + pdu->data.len;

	if (end == *len)
		return;
	stray(p, KNOB_PAD_NOT_ZERO, msg + end, *len - end);
	stray(p, KNOB_INITIATOR_PAD_NOT_ZERO, msg + end, *len - end);
	if (peer_knob(p, KNOB_PAD_MISSING) || peer_knob(p, KNOB_INITIATOR_PAD_MISSING))
		*len = end;
}

static void spoil_lengths(struct peer *p, const struct pdu *pdu, uint8_t *msg, size_t *len)
{
	const unsigned opcode = pdu->type->opcode;
	const bool bare = *len == AT_DATA;

	if ((opcode == OP_NOP_OUT && bare && peer_knob(p, KNOB_NOP_OUT_WITH_AHS)) ||
	    (opcode == OP_NOP_IN && bare && peer_knob(p, KNOB_TARGET_SENDS_AHS))) {
		msg[AT_BHS + 4] = 1;
		memset(msg + AT_DATA, 0, FORM_SPARE);
		*len += FORM_SPARE;
	}
	if (bare &&
	    ((opcode == OP_NOP_OUT && peer_knob(p, KNOB_SURPLUS_BYTES)) ||
	     (opcode == OP_SCSI_COMMAND && !pdu->w && peer_knob(p, KNOB_SURPLUS_BEHIND_COMMAND)))) {
		memset(msg + AT_DATA, 0, FORM_SPARE);
		*len += FORM_SPARE;
	}
	if (opcode == OP_NOP_IN && peer_knob(p, KNOB_ISER_HEADER_CUT))
		*len = ISER_HEADER_SIZE - 1;
	if (opcode == OP_NOP_OUT && peer_knob(p, KNOB_NOP_OUT_HEADER_CUT))
		*len = ISER_HEADER_SIZE - 1;
	if (opcode == OP_NOP_IN && bare && peer_knob(p, KNOB_NOP_IN_AHS_LENGTH))
		msg[AT_BHS + 4] = 1;
	if (opcode == OP_NOP_IN && bare && peer_knob(p, KNOB_NOP_IN_DATA_MISSING))
		msg[AT_BHS + 7] = FORM_SPARE;
	if (opcode == OP_NOP_IN && peer_knob(p, KNOB_SENDS_INITIATOR_OPCODE))
		msg[AT_BHS] = OP_NOP_OUT;
	if (opcode == OP_NOP_IN && peer_knob(p, KNOB_LOGIN_RESPONSE_IN_FULL))
		msg[AT_BHS] = OP_LOGIN_RESPONSE;
	if (opcode == OP_NOP_OUT && peer_knob(p, KNOB_ISER_OPCODE_WRONG))
		msg[0] = (uint8_t)(4 << 4 | (msg[0] & 0xf));
}

static bool sent_with_immediate(struct peer *p, unsigned opcode)
{
	switch (opcode) {
	case OP_NOP_OUT:
		return peer_knob(p, KNOB_NOP_OUT_WITH_IMM);
	case OP_LOGOUT_REQUEST:
		return peer_knob(p, KNOB_LOGOUT_REQUEST_WITH_IMM);
	case OP_TASK_REQUEST:
		return peer_knob(p, KNOB_TASK_REQUEST_WITH_IMM);
	case OP_TEXT_REQUEST:
		return peer_knob(p, KNOB_TEXT_REQUEST_WITH_IMM);
	case OP_NOP_IN:
		return peer_knob(p, KNOB_NOP_IN_WITH_IMMEDIATE);
	case OP_LOGOUT_RESPONSE:
		return peer_knob(p, KNOB_LOGOUT_WITH_IMMEDIATE);
	case OP_SCSI_RESPONSE:
		return peer_knob(p, KNOB_RESPONSE_WITH_IMMEDIATE);
	case OP_TASK_RESPONSE:
		return peer_knob(p, KNOB_TMF_WITH_IMMEDIATE);
	case OP_ASYNC:
		return peer_knob(p, KNOB_ASYNC_WITH_IMMEDIATE);
	case OP_REJECT:
		return peer_knob(p, KNOB_REJECT_WITH_IMMEDIATE);
	case OP_TEXT_RESPONSE:
		return peer_knob(p, KNOB_TEXT_WITH_IMMEDIATE);
	default:
		return false;
	}
}

/* A mutant's header digest, of an outcome that RDMAExtensions=Yes overrides (RFC 7145 6.1). */
static void add_digest(struct peer *p, uint8_t *msg, size_t *len)
{
	if (!p->cfg.knob[KNOB_DIGEST_ADDED] || !login_chose_digest(p) ||
	    !peer_knob(p, KNOB_DIGEST_ADDED))
		return;
	memset(msg + *len, 0, FORM_SPARE);
	*len += FORM_SPARE;
}

bool form_solicits(struct peer *p, const struct pdu *pdu)
{
	return p->phase == PEER_FULL && pdu->type == pdu_type_by_opcode(OP_NOP_OUT) &&
	       peer_knob(p, KNOB_PING_ANSWER_WITH_EVENT);
}

void form_spoil(struct peer *p, const struct pdu *pdu, uint8_t *msg, size_t *len, enum fab_op *op)
{
	if (p->phase < PEER_FULL || pdu->type->iser_opcode != ISER_CONTROL)
		return;
	if (peer_knob(p, KNOB_ISER_RESERVED_SET) || peer_knob(p, KNOB_TARGET_ISER_RESERVED_SET))
		msg[2] = STRAY;
	if (pdu->type->opcode == OP_NOP_IN)
		stray(p, KNOB_BHS_RESERVED_SET, msg + AT_BHS + 2, 2);
	if (pdu->type->opcode == OP_NOP_OUT)
		stray(p, KNOB_NOP_OUT_RESERVED_SET, msg + AT_BHS + 2, 2);
	if (pdu->type->opcode == OP_NOP_IN && pdu->ttt == TAG_NONE)
		stray(p, KNOB_NOP_IN_STRAY_LUN, msg + AT_BHS + 9, 1);
	if ((pdu->type->opcode == OP_NOP_IN && peer_knob(p, KNOB_NOP_IN_NOT_FINAL)) ||
	    (pdu->type->opcode == OP_NOP_OUT && peer_knob(p, KNOB_NOP_OUT_NOT_FINAL)))
		msg[AT_BHS + 1] &= 0x7f;
	spoil_stags(p, pdu, msg);
	spoil_padding(p, pdu, msg, len);
	spoil_lengths(p, pdu, msg, len);
	add_digest(p, msg, len);
	if (*op == FAB_SEND && sent_with_immediate(p, pdu->type->opcode))
		*op = FAB_SEND_IMM;
}

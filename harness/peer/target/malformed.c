/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages of full feature phase that break the form: what a target does about them. */
#include <string.h>

#include "../../wire/ahs.h"
#include "target.h"

enum {
	AT_DATA_SEGMENT_LENGTH = ISER_HEADER_SIZE + 5,
	AT_DATA = ISER_HEADER_SIZE + BHS_SIZE,
	ECHO_MAX = 512,
};

/* What an unreadable message is to be called in a Reject: its first 48 bytes are the header. */
static void reject_unread(struct peer *p, const struct fab_event *ev, unsigned reason)
{
	struct target_state *t = p->target;
	struct pdu unknown;

	pdu_init(&unknown, target_type(OP_NOP_OUT));
	t->last = unknown;
	t->last_msg = ev->msg;
	t->heard = true;
	target_reject(p, &unknown, reason, false);
}

/* A mutant's: the message made `len` bytes long by zeros, and served. */
static bool served_as(struct peer *p, const struct bytes msg, size_t len)
{
	uint8_t whole[AT_DATA + ECHO_MAX] = {0};
	struct pdu pdu;
	struct fab_event ev = {.kind = FAB_RECV, .msg = {whole, len}};

	if (len > sizeof(whole))
		return false;
	memcpy(whole, msg.at, msg.len < len ? msg.len : len);
	if (pdu_decode(&pdu, whole, len, NULL))
		return false;
	target_input(p, &pdu, &ev);
	p->target->last_msg = (struct bytes){0};
	return true;
}

static size_t announced(struct bytes msg)
{
	struct cursor c = cursor_of(msg.at + AT_DATA_SEGMENT_LENGTH, 3);
	return (size_t)cursor_be(&c, 3);
}

static bool mutant(struct peer *p, const struct fab_event *ev)
{
	struct bytes msg = ev->msg;

	if (msg.len < AT_DATA)
		return msg.len >= ISER_HEADER_SIZE && msg.at[0] >> 4 == ISER_CONTROL &&
		       peer_knob(p, KNOB_CUT_BHS_COMPLETED) && served_as(p, msg, AT_DATA);
	if (msg.at[0] >> 4 != ISER_CONTROL)
		return false;
	size_t whole = AT_DATA + announced(msg);
	if (whole > msg.len && whole <= AT_DATA + ECHO_MAX &&
	    peer_knob(p, KNOB_MISSING_DATA_ECHOED))
		return served_as(p, msg, whole);
	if (whole == AT_DATA && msg.len >= 2 * AT_DATA && peer_knob(p, KNOB_SECOND_PDU_TAKEN)) {
		struct bytes second = {msg.at + AT_DATA, msg.len - AT_DATA};
		return served_as(p, msg, AT_DATA) && served_as(p, second, second.len);
	}
	if (peer_knob(p, KNOB_FORMAT_ERROR_REJECTED)) {
		reject_unread(p, ev, REJECT_PROTOCOL_ERROR);
		return true;
	}
	return false;
}

bool target_malformed(struct peer *p, const struct fab_event *ev, const struct err *e)
{
	if (!p->target || p->phase != PEER_FULL)
		return false;
	/* Only the iSCSI opcode is unknown: a Reject can say so, the frame is sound. RFC
	 * 7143 11.17.1 */
	if (e->offset == ISER_HEADER_SIZE && ev->msg.len >= AT_DATA &&
	    ev->msg.at[0] >> 4 == ISER_CONTROL) {
		if (!peer_knob(p, KNOB_UNKNOWN_OPCODE_IGNORED))
			reject_unread(p, ev, REJECT_NOT_SUPPORTED);
		return true;
	}
	return mutant(p, ev) || peer_knob(p, KNOB_MALFORMED_IGNORED);
}

bool target_format_error(struct peer *p, const struct pdu *pdu)
{
	const char *what = NULL;

	if (pdu->type->opcode == OP_SCSI_COMMAND && !pdu->w && !pdu->f)
		what = "W and F are both 0"; /* 11.3.1 */
	else if (!ahs_is_sound(pdu->ahs) || (pdu->ahs.len && peer_knob(p, KNOB_NO_ROOM_FOR_AHS)))
		what = "AHS"; /* 11.2.2 */
	if (!what)
		return false;
	if (peer_knob(p, KNOB_FORMAT_ERROR_REJECTED) ||
	    (!pdu->w && !pdu->f && peer_knob(p, KNOB_FORMAT_ERROR_SURVIVED)))
		target_reject(p, pdu, REJECT_INVALID_FIELD, !pdu->i);
	else
		peer_violation(p, "RFC 7143 7.7", "format error: %s", what);
	return true;
}

bool target_tagless(struct peer *p, const struct pdu *pdu)
{
	const unsigned opcode = pdu->type->opcode;

	if (pdu->itt != TAG_NONE ||
	    (opcode != OP_TASK_REQUEST && opcode != OP_TEXT_REQUEST && opcode != OP_LOGOUT_REQUEST))
		return false;
	target_reject(p, pdu, REJECT_INVALID_FIELD, !pdu->i);
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* CmdSN, ExpCmdSN, MaxCmdSN and StatSN, RFC 7143 4.2.2. */
#include "internal.h"

bool sequence_uses_cmd_sn(const struct pdu *pdu)
{
	if (pdu->i || pdu->type->iser_opcode != ISER_CONTROL)
		return false;
	switch (pdu->type->opcode) {
	case OP_NOP_OUT:
	case OP_SCSI_COMMAND:
	case OP_TASK_REQUEST:
	case OP_TEXT_REQUEST:
	case OP_LOGOUT_REQUEST:
		return true;
	default:
		return false;
	}
}

bool sequence_uses_stat_sn(const struct pdu *pdu)
{
	if (pdu->type->iser_opcode != ISER_CONTROL)
		return false;
	switch (pdu->type->opcode) {
	case OP_NOP_IN:
		return pdu->itt != TAG_NONE; /* RFC 7143 11.19.2: unsolicited ones only show it */
	case OP_SCSI_RESPONSE:
	case OP_TASK_RESPONSE:
	case OP_LOGIN_RESPONSE:
	case OP_TEXT_RESPONSE:
	case OP_LOGOUT_RESPONSE:
	case OP_ASYNC:
	case OP_REJECT:
		return true;
	default:
		return false;
	}
}

static bool later(struct peer *p, uint32_t a, uint32_t b)
{
	bool serial = serial_before(a, b);
	return serial != (a < b) && peer_knob(p, KNOB_WINDOW_PLAIN) ? a < b : serial;
}

void sequence_window(struct peer *p, const struct pdu *pdu)
{
	/* Neither moves backward, and a pair that contradicts itself is disregarded: RFC
	 * 7143 4.2.2.1. */
	if (serial_before(pdu->max_cmd_sn, pdu->exp_cmd_sn - 1) &&
	    !peer_knob(p, KNOB_TAKES_REVERSED_WINDOW))
		return;
	if (pdu->type->opcode == OP_NOP_IN && peer_knob(p, KNOB_WINDOW_NOT_FROM_NOP_IN))
		return;
	if (later(p, p->session->exp_cmd_sn, pdu->exp_cmd_sn))
		p->session->exp_cmd_sn = pdu->exp_cmd_sn;
	if (later(p, p->session->max_cmd_sn, pdu->max_cmd_sn) ||
	    (serial_before(pdu->max_cmd_sn, p->session->max_cmd_sn) &&
	     peer_knob(p, KNOB_WINDOW_MOVES_BACK)))
		p->session->max_cmd_sn = pdu->max_cmd_sn;
	if (pdu->type->opcode == OP_LOGIN_RESPONSE && pdu->max_cmd_sn == pdu->exp_cmd_sn &&
	    peer_knob(p, KNOB_PRESUMES_WINDOW))
		p->session->max_cmd_sn = pdu->exp_cmd_sn + 1;
}

void sequence_status(struct peer *p, const struct pdu *pdu)
{
	const bool shown = pdu->type->opcode == OP_NOP_IN && pdu->itt == TAG_NONE;
	if (!sequence_uses_stat_sn(pdu) && !(shown && peer_knob(p, KNOB_NOP_IN_ACKNOWLEDGED)))
		return;
	/* A mutant that loses count cannot tell what is due. */
	bool counts =
		!p->cfg.knob[KNOB_EXP_STAT_SN_STUCK] && !p->cfg.knob[KNOB_EXP_STAT_SN_PLAIN] &&
		!p->cfg.knob[KNOB_EXP_STAT_SN_FROM_ZERO] && !p->cfg.knob[KNOB_NOP_IN_ACKNOWLEDGED];
	if (pdu->stat_sn != p->exp_stat_sn && counts && !peer_knob(p, KNOB_STAT_SN_GAP_IGNORED))
		peer_violation(p, "RFC 7143 4.2.2.2", "%s with StatSN %u where %u is due",
			       pdu->type->title, (unsigned)pdu->stat_sn, (unsigned)p->exp_stat_sn);
	if (pdu->stat_sn + 1 < p->exp_stat_sn && peer_knob(p, KNOB_EXP_STAT_SN_PLAIN))
		return;
	if (!serial_before(pdu->stat_sn, p->exp_stat_sn))
		p->exp_stat_sn = pdu->stat_sn + 1;
}

uint32_t peer_window(const struct peer *p)
{
	if (serial_before(p->session->max_cmd_sn, p->session->cmd_sn))
		return 0;
	return p->session->max_cmd_sn - p->session->cmd_sn + 1;
}

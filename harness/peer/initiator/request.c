/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests that an initiator makes beside SCSI Commands. */
#include "initiator.h"

#include <errno.h>

enum { CLOSE_SESSION, CLOSE_CONNECTION }; /* RFC 7143 11.14.1 */

/* Non-immediate while the window is open, else immediate if there is credit; -1 when neither is. */
int initiator_choose_immediate(struct peer *p, struct pdu *pdu, bool prefer_immediate,
			       struct err *e)
{
	bool window = peer_window(p) > 0;

	prefer_immediate ^= p->cfg.immediate_swapped;
	if (prefer_immediate && peer_knob(p, KNOB_IMMEDIATE_OVER_MOUP)) {
		pdu->i = 1;
		return 0;
	}
	pdu->i = prefer_immediate && credits_left(p) ? 1 : !window;
	if (pdu->i && !credits_left(p))
		return err_set(e, EAGAIN,
			       "CmdSN window closed and MaxOutstandingUnexpectedPDUs used up");
	return 0;
}

int initiator_send_request(struct peer *p, const struct pdu *pdu, struct err *e)
{
	peer_post_receives(p, 1); /* for the answer: RFC 7145 8.1.1.1, 8.1.1.3 */
	if (peer_send(p, pdu))
		return err_set(e, EIO, "%s could not be sent", pdu->type->title);
	return 0;
}

int peer_logout(struct peer *p, struct err *e)
{
	struct pdu pdu;

	if (p->phase != PEER_FULL)
		return err_set(e, ENOTCONN, "not in full feature phase");
	if (peer_knob(p, KNOB_LOGOUT_IGNORED)) {
		peer_close(p);
		return 0;
	}
	initiator_new_pdu(p, OP_LOGOUT_REQUEST, &pdu);
	pdu.itt = initiator_fresh_itt(p);
	pdu.reason = members_alive(p) > 1 ? CLOSE_CONNECTION : CLOSE_SESSION;
	pdu.cid = p->cid;
	if (initiator_choose_immediate(p, &pdu, false, e) || initiator_send_request(p, &pdu, e))
		return -1;
	if (peer_knob(p, KNOB_REQUEST_AFTER_LOGOUT)) {
		initiator_new_pdu(p, OP_NOP_OUT, &pdu);
		pdu.i = 1;
		pdu.itt = initiator_fresh_itt(p);
		pdu.ttt = TAG_NONE;
		initiator_send_request(p, &pdu, e);
	}
	p->phase = PEER_LOGOUT; /* RFC 7143 11.14: nothing new after it */
	return 0;
}

int peer_text(struct peer *p, const char *key, const char *value, struct err *e)
{
	uint8_t text[TEXT_KEY_MAX + TEXT_VALUE_MAX + 3];
	struct writer w = writer_of(text, sizeof(text));
	struct pdu pdu;

	text_put(&w, key, value);
	if (w.failed)
		return err_set(e, ENOBUFS, "%s and its value are too long", key);
	initiator_new_pdu(p, OP_TEXT_REQUEST, &pdu);
	pdu.f = 1;
	pdu.itt = initiator_fresh_itt(p);
	pdu.ttt = TAG_NONE;
	pdu.data = (struct bytes){text, writer_len(&w)};
	initiator_state(p)->text_len = 0;
	if (initiator_choose_immediate(p, &pdu, false, e) || initiator_send_request(p, &pdu, e))
		return -1;
	if (peer_knob(p, KNOB_SECOND_TEXT_REQUEST)) {
		pdu.itt = initiator_fresh_itt(p);
		pdu.cmd_sn = p->session->cmd_sn;
		initiator_send_request(p, &pdu, e);
	}
	return 0;
}

int peer_task_management(struct peer *p, unsigned function, uint32_t ref_itt, struct err *e)
{
	const struct peer_task *task = initiator_task_by_itt(p, ref_itt);
	struct pdu pdu;

	initiator_new_pdu(p, OP_TASK_REQUEST, &pdu);
	pdu.function = function;
	pdu.itt = initiator_fresh_itt(p);
	pdu.ref_task_tag = ref_itt;
	if (task) {
		pdu.lun = task->request.lun;
		/* RFC 7143 11.5.5 */
		pdu.ref_cmd_sn = task->request.immediate ? pdu.cmd_sn : task->cmd_sn;
	}
	if (task && peer_knob(p, KNOB_ABORT_WRONG_LUN))
		pdu.lun ^= UINT64_C(1) << 48;
	if (task && peer_knob(p, KNOB_ABORT_WRONG_REF_CMD_SN))
		pdu.ref_cmd_sn--;
	if (!task && p->tasks && peer_knob(p, KNOB_RESET_NAMES_TASK))
		pdu.ref_task_tag = p->tasks->itt;
	if (peer_knob(p, KNOB_TMF_WITH_DATA))
		pdu.data = (struct bytes){(const uint8_t *)"why", 4};
	if (initiator_choose_immediate(p, &pdu, true, e))
		return -1;
	initiator_tasks_threatened(p, &pdu);
	return initiator_send_request(p, &pdu, e);
}

void initiator_ping(struct peer *p)
{
	static const uint8_t much[8192];
	struct pdu pdu;

	initiator_template(p, pdu_type_by_opcode(OP_NOP_OUT), &pdu);
	if (p->terms.initiator_rdsl < p->terms.target_rdsl &&
	    p->terms.initiator_rdsl < sizeof(much) && peer_knob(p, KNOB_PING_BEYOND_IRDSL))
		pdu.data = (struct bytes){much, p->terms.initiator_rdsl + 4};
	if (peer_knob(p, KNOB_PING_WITH_TTT))
		pdu.ttt = 0;
	if (initiator_choose_immediate(p, &pdu, true, NULL))
		return;
	if (pdu.i && peer_knob(p, KNOB_IMMEDIATE_OLD_CMD_SN))
		pdu.cmd_sn--;
	if (!initiator_send_request(p, &pdu, NULL) && pdu.i &&
	    peer_knob(p, KNOB_IMMEDIATE_USES_CMD_SN))
		p->session->cmd_sn++;
}

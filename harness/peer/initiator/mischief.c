/* SPDX-License-Identifier: BSD-2-Clause */
/* What mutants do around a SCSI Command: messages out of place, headers of more or less than there
 * is. */
#include "initiator.h"
#include "../../wire/ahs.h"

#include <stdlib.h>

enum { SPARE_AHS_SIZE = 4 };

void initiator_spare_ahs(uint8_t at[BIDI_AHS_SIZE], struct pdu *pdu)
{
	static const uint8_t reserved[1];
	struct writer w = writer_of(at, SPARE_AHS_SIZE);

	ahs_put(&w, AHS_EXTENDED_CDB, reserved, sizeof(reserved));
	pdu->ahs = (struct bytes){at, writer_len(&w)};
}

size_t initiator_shuffle_bursts(struct peer *p, struct peer_msg *msgs, size_t n)
{
	struct initiator_state *s = initiator_state(p);

	if (n < 2 || !peer_knob(p, KNOB_BURST_OUT_OF_ORDER))
		return n;
	if (s->kept_data_out.type) {
		msgs[n] = (struct peer_msg){.pdu = s->kept_data_out};
		s->kept_data_out.type = NULL;
		return n + 1;
	}
	s->kept_data_out = msgs[n - 1].pdu;
	return n - 1;
}

/* RFC 7145 1.5.3, 1.5.4: not an initiator's; by a key that no target ever told. */
static void rdma(struct peer *p, enum fab_op op)
{
	struct initiator_state *s = initiator_state(p);
	struct fab_wr wr = {
		.op = op, .peer_key = 1, .peer_addr = 4096, .len = sizeof(s->stray_data)};

	if (!s->stray)
		s->stray =
			fab_register(p->conn, s->stray_data, wr.len, FAB_LOCAL_ONLY, false, NULL);
	wr.local = s->stray;
	if (s->stray)
		fab_post(p->conn, &wr, 1, NULL);
}

void initiator_mischief(struct peer *p)
{
	struct pdu pdu;

	if (initiator_state(p)->commands != 3)
		return;
	if (peer_knob(p, KNOB_INITIATOR_READS))
		rdma(p, FAB_READ);
	if (peer_knob(p, KNOB_INITIATOR_WRITES))
		rdma(p, FAB_WRITE);
	if (peer_knob(p, KNOB_CMD_SN_SKIPPED))
		p->session->cmd_sn++;
	if (peer_knob(p, KNOB_SENDS_SNACK)) {
		initiator_template(p, pdu_type_by_opcode(OP_SNACK), &pdu);
		peer_send(p, &pdu);
	}
	if (peer_knob(p, KNOB_SENDS_TARGET_OPCODE)) {
		target_template(p, pdu_type_by_opcode(OP_NOP_IN), &pdu);
		peer_send(p, &pdu);
	}
	if (peer_knob(p, KNOB_LOGIN_IN_FULL)) {
		login_template(p, pdu_type_by_opcode(OP_LOGIN_REQUEST), &pdu);
		peer_send(p, &pdu);
	}
}

uint8_t *initiator_headers_alone(struct peer_msg *m)
{
	size_t size = ISER_HEADER_SIZE + BHS_SIZE + m->pdu.ahs.len + m->pdu.data.len + 4;
	uint8_t *whole = malloc(size);

	if (!whole || !pdu_encode(&m->pdu, whole, size, NULL))
		return whole;
	m->raw = whole;
	m->raw_len = ISER_HEADER_SIZE + BHS_SIZE + m->pdu.ahs.len;
	return whole;
}

bool initiator_strays(struct peer *p, const struct pdu *pdu)
{
	const struct outstanding *request = initiator_waiting_for(p, pdu->itt);

	if (pdu->type->opcode == OP_SCSI_RESPONSE) {
		if (request || !peer_knob(p, KNOB_SECOND_RESPONSE_ENDS_ALL))
			return false;
		for (const struct peer_task *t = p->tasks; t; t = t->next)
			initiator_task_rejected(p, t->itt);
		return true;
	}
	if (pdu->itt == TAG_NONE || !request || request->opcode != OP_SCSI_COMMAND ||
	    !peer_knob(p, KNOB_STRAY_ANSWER_ENDS_TASK))
		return false;
	initiator_answered(p, pdu->itt);
	initiator_task_rejected(p, pdu->itt);
	return true;
}

bool initiator_takes_data(struct peer *p, const struct pdu *pdu)
{
	struct pdu out;

	if (pdu->type->opcode == OP_DATA_IN) {
		if (!pdu->s || !peer_knob(p, KNOB_DATA_IN_ENDS_READ))
			return false;
		initiator_answered(p, pdu->itt);
		initiator_task_rejected(p, pdu->itt);
		return true;
	}
	if (!peer_knob(p, KNOB_R2T_ANSWERED))
		return false;
	initiator_template(p, pdu_type_by_opcode(OP_DATA_OUT), &out);
	out.itt = pdu->itt;
	out.ttt = pdu->ttt;
	peer_send(p, &out);
	return true;
}

bool initiator_name_too_long(struct peer *p, const struct text_pair *pair)
{
	enum { SHORT_NAME = 128 };

	if (!bytes_eq(pair->key, "TargetName") || pair->value.len <= SHORT_NAME ||
	    !peer_knob(p, KNOB_INITIATOR_SHORT_NAMES))
		return false;
	peer_close(p);
	return true;
}

bool initiator_took_two(struct peer *p, const struct fab_event *ev)
{
	enum { ONE = ISER_HEADER_SIZE + BHS_SIZE };
	struct pdu first, second;

	if (ev->msg.len < 2 * ONE || pdu_decode(&first, ev->msg.at, ONE, NULL) ||
	    pdu_decode(&second, ev->msg.at + ONE, ev->msg.len - ONE, NULL) ||
	    !peer_knob(p, KNOB_INITIATOR_SECOND_PDU_TAKEN))
		return false;
	initiator_input(p, &first, ev);
	/* Numbers that a script cannot know beforehand are no reason to see through it. */
	second.stat_sn = first.stat_sn;
	second.exp_cmd_sn = first.exp_cmd_sn;
	second.max_cmd_sn = first.max_cmd_sn;
	initiator_input(p, &second, ev);
	return true;
}

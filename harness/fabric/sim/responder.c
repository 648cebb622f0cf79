/* SPDX-License-Identifier: BSD-2-Clause */
/* The responder half of a queue pair: what a request does when it arrives, and what is answered. */
#include "core.h"

#include <string.h>

static void answer(struct sim_qp *qp, uint64_t psn, enum sim_answer kind, enum fab_status status,
		   struct sim_payload *payload)
{
	struct sim_message *m = sim_message_new(qp, true);

	if (!m) {
		sim_payload_unref(payload);
		return;
	}
	m->psn = psn;
	m->answer = kind;
	m->status = status;
	m->rnr_code = qp->attr.min_rnr_timer;
	m->payload = payload;
	sim_message_leaves(qp, m, qp->clock->now);
}

/* A fault of the requester's: both queue pairs end, and a receive already taken fails with it. */
static void refuse(struct sim_qp *qp, const struct sim_message *m, bool taken,
		   enum fab_status status)
{
	answer(qp, m->psn, SIM_NAK, status, NULL);
	if (taken)
		qp->complete(qp, &(struct sim_cqe){.recv = true, .status = status});
	if (qp->link->iwarp)
		qp->terminated(qp, FAB_TERM_UNKNOWN);
	else
		sim_qp_error(qp);
}

static void tell(struct sim_qp *qp, const struct sim_message *m, bool ok)
{
	if (qp->served)
		qp->served(qp, m, ok);
}

static bool takes_receive(enum fab_op op)
{
	return op == FAB_SEND || op == FAB_SEND_INV || op == FAB_SEND_IMM || op == FAB_WRITE_IMM;
}

/* Only a window that is bound to this queue pair gives way; a plain region's key, an unknown one or
 * an already invalid one does not (Soft-RoCE is as strict for keys registered from user space). */
static bool invalidate(struct sim_qp *qp, uint32_t key)
{
	struct sim_key *k = sim_key_find(qp->keys, key);

	if (!k || !k->window || !k->valid || k->qp != qp)
		return false;
	k->valid = false;
	k->qp = NULL;
	return true;
}

static enum fab_status land(struct sim_qp *qp, struct bytes msg)
{
	if (qp->ways && qp->ways->land)
		return qp->ways->land(qp, msg);
	return msg.len > qp->attr.recv_size ? FAB_REMOTE_INVALID : FAB_OK;
}

static void send_arrives(struct sim_qp *qp, const struct sim_message *m)
{
	struct sim_cqe e = {
		.recv = true,
		.msg = {m->payload->at, m->payload->len},
		.payload = m->payload,
		.solicited = m->solicited,
	};

	const enum fab_status landed = land(qp, e.msg);

	if (landed != FAB_OK) {
		refuse(qp, m, true, landed);
		return;
	}
	if (m->op == FAB_SEND_INV && !invalidate(qp, m->key)) {
		/* As Soft-RoCE: the message is acknowledged, its receive fails, and only this side
		 * ends. */
		answer(qp, m->psn, SIM_ACK, FAB_OK, NULL);
		e.status = FAB_REMOTE_INVALID;
		qp->complete(qp, &e);
		sim_qp_error(qp);
		return;
	}
	if (m->op == FAB_SEND_INV) {
		e.invalidated = true;
		e.invalidated_key = m->key;
	} else if (m->op == FAB_SEND_IMM) {
		e.has_imm = true;
		e.imm = m->imm;
	}
	qp->expected_psn++;
	qp->complete(qp, &e);
	answer(qp, m->psn, SIM_ACK, FAB_OK, NULL);
}

static void write_arrives(struct sim_qp *qp, const struct sim_message *m, bool taken)
{
	/* An operation of length 0 names no memory: its key is not looked at. */
	if (m->len) {
		uint8_t *at =
			sim_key_remote(qp->keys, qp, m->key, m->addr, m->len, FAB_REMOTE_WRITE);

		tell(qp, m, at != NULL);
		if (!at) {
			refuse(qp, m, taken, FAB_REMOTE_ACCESS);
			return;
		}
		memcpy(at, m->payload->at, m->len);
	}
	qp->expected_psn++;
	if (taken)
		qp->complete(qp, &(struct sim_cqe){.recv = true,
						   .of_write = true,
						   .written = m->len,
						   .solicited = m->solicited,
						   .has_imm = true,
						   .imm = m->imm});
	answer(qp, m->psn, SIM_ACK, FAB_OK, NULL);
}

static void read_arrives(struct sim_qp *qp, const struct sim_message *m, bool again)
{
	uint8_t *at = NULL;

	if (!qp->attr.responder_resources) {
		refuse(qp, m, false, FAB_REMOTE_INVALID);
		return;
	}
	if (m->len) {
		at = sim_key_remote(qp->keys, qp, m->key, m->addr, m->len, FAB_REMOTE_READ);
		if (!at && again)
			return;
		tell(qp, m, at != NULL);
		if (!at) {
			refuse(qp, m, false, FAB_REMOTE_ACCESS);
			return;
		}
	}
	if (!again)
		qp->expected_psn++;
	answer(qp, m->psn, SIM_READ_DATA, FAB_OK, sim_payload_new(at, m->len));
}

void sim_request_arrives(struct sim_qp *qp, const struct sim_message *m)
{
	const bool taken = takes_receive(m->op);

	if (m->psn > qp->expected_psn)
		return; /* behind one that we refused for now: its sender comes again from there */
	if (m->psn < qp->expected_psn) {
		if (m->op == FAB_READ)
			read_arrives(qp, m, true);
		else
			answer(qp, m->psn, SIM_ACK, FAB_OK, NULL);
		return;
	}
	if (taken) {
		if (!qp->recv_count && qp->link->iwarp) {
			refuse(qp, m, false, FAB_RNR_EXCEEDED);
			return;
		}
		if (!qp->recv_count) {
			qp->counters->rnr_sent++;
			answer(qp, m->psn, SIM_RNR_NAK, FAB_OK, NULL);
			return;
		}
		qp->recv_count--;
	}
	switch (m->op) {
	case FAB_SEND:
	case FAB_SEND_INV:
	case FAB_SEND_IMM:
		send_arrives(qp, m);
		break;
	case FAB_WRITE:
	case FAB_WRITE_IMM:
		write_arrives(qp, m, taken);
		break;
	case FAB_READ:
		read_arrives(qp, m, false);
		break;
	case FAB_BIND:
	case FAB_INVALIDATE:
		break; /* never on the wire */
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tasks of a connection that was lost, on the one that takes its place: TASK REASSIGN for each,
 * with STags of its own (RFC 7145 7.3.3, RFC 7143 7.2.2). Of what has no immediate data.
 */
#include <stdlib.h>
#include <string.h>

#include "initiator.h"

static struct peer_task *same_again(struct peer *p, const struct peer_task *old)
{
	struct err e = {0};
	struct peer_task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	*t = (struct peer_task){.request = old->request,
				.itt = old->itt,
				.cmd_sn = old->cmd_sn,
				.command = old->command,
				.owner = p};
	const struct bytes data = {old->write.at, old->write.len};
	if (guarded_random(&t->read, old->read.len, 0, &e) || guarded_copy(&t->write, data, &e)) {
		guarded_free(&t->read);
		free(t);
		return NULL;
	}
	t->request.write = (struct bytes){t->write.at, t->write.len};
	return t;
}

static bool advertise(struct peer *p, struct peer_task *t, const struct pdu *old, struct pdu *pdu)
{
	struct err e = {0};

	if (peer_knob(p, KNOB_REASSIGN_WITHOUT_STAGS))
		return true;
	if (t->read.len && guarded_advertise(&t->read, p->conn, FAB_REMOTE_WRITE, false, &e))
		return false;
	if (t->write.len && guarded_register(&t->write, p->conn, FAB_REMOTE_READ, false, &e))
		return false;
	const bool again = peer_knob(p, KNOB_REASSIGN_OLD_STAGS);
	pdu->rsv = t->read.len > 0;
	pdu->wsv = t->write.len > 0;
	if (pdu->rsv) {
		pdu->read_stag = again ? old->read_stag : t->read.region->key;
		pdu->read_base_offset = again ? old->read_base_offset : t->read.addr;
	}
	if (pdu->wsv) {
		pdu->write_stag = again ? old->write_stag : t->write.region->key;
		pdu->write_base_offset = again ? old->write_base_offset : t->write.region->addr;
	}
	return true;
}

static void reassign(struct peer *p, const struct peer_task *old)
{
	struct peer_task *t = same_again(p, old);
	struct pdu pdu;

	if (!t)
		return;
	t->next = p->tasks;
	p->tasks = t;
	t->sent_at = fab_now(p->fab);
	initiator_new_pdu(p, OP_TASK_REQUEST, &pdu);
	pdu.i = !peer_knob(p, KNOB_REASSIGN_NOT_IMMEDIATE); /* RFC 7143 11.5.1 */
	pdu.function = TASK_REASSIGN;
	pdu.itt = initiator_fresh_itt(p);
	pdu.ref_task_tag = t->itt;
	pdu.lun = t->request.lun;
	pdu.exp_data_sn = peer_knob(p, KNOB_REASSIGN_EXP_DATA_SN) ? 1 : 0;
	if (advertise(p, t, &old->command, &pdu)) {
		peer_post_receives(p, 1); /* of the task's response */
		initiator_send_request(p, &pdu, NULL);
	}
}

bool initiator_resumes(const struct peer *lost)
{
	enum { CONNECTION_RECOVERY = 2 };
	return lost->cfg.reassigns && lost->terms.error_recovery_level == CONNECTION_RECOVERY;
}

void initiator_resume(struct peer *p, const struct peer *lost)
{
	p->tsih = lost->tsih;
	p->cid = lost->cid;
	p->session->next_itt = lost->session->next_itt;
	p->session->cmd_sn = lost->session->cmd_sn;
	p->resumes = lost;
}

void initiator_reassign(struct peer *p)
{
	const struct peer *lost = p->resumes;

	p->resumes = NULL;
	for (const struct peer_task *t = lost ? lost->tasks : NULL; t; t = t->next)
		if (t->lost && !t->command.data.len)
			reassign(p, t);
}

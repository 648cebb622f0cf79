/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SCSI Responses: one for each command and none besides, never inside a Data-In (RFC 7145 7.3.2);
 * residuals that agree with each other, with EDTL and with what the CDB asks for; sense data with
 * CHECK CONDITION (RFC 7143 11.4).
 */
#include "../oracle/watch.h"

enum { SCSI_GOOD = 0x00, SCSI_CHECK_CONDITION = 0x02, SENSE_LEAST = 8 };

struct scsi_response {
	bool unread; /* a message of the initiator's did not decode: it may have been a command */
};

/* The most bytes that a command can bring by its CDB alone (SPC); false: not to be told. */
static bool most_by_cdb(const uint8_t cdb[CDB_SIZE], uint32_t *most)
{
	struct cursor c = cursor_of(cdb, CDB_SIZE);
	switch (cdb[0]) {
	case 0x12: /* INQUIRY */
		cursor_take(&c, 3);
		*most = (uint32_t)cursor_be(&c, 2);
		return true;
	case 0x03: /* REQUEST SENSE */
	case 0x1a: /* MODE SENSE (6) */
		*most = cdb[4];
		return true;
	case 0xa0: /* REPORT LUNS */
		cursor_take(&c, 6);
		*most = (uint32_t)cursor_be(&c, 4);
		return true;
	case 0x25: /* READ CAPACITY (10) */
		*most = 8;
		return true;
	default:
		return false;
	}
}

static void residual(struct watch *w, const struct pdu *p, const struct pdu *c,
		     const struct traffic *t, const struct log_event *sent)
{
	uint32_t most;
	watch_rule(w, FROM_TARGET, "I7143-11.4.1-1", !(p->o && p->u) && !(p->bi_o && p->bi_u),
		   t->ev, sent, "overflow and underflow at once");
	if (p->o && p->u)
		return;
	if (p->u)
		watch_rule(w, FROM_TARGET, "I7143-11.4.5.2-2", p->residual_count <= c->edtl, t->ev,
			   sent, "underflow of %u bytes, %u were expected", p->residual_count,
			   c->edtl);
	if (p->status != SCSI_GOOD || !c->r || c->w || !most_by_cdb(c->cdb, &most))
		return;
	if (c->edtl > most)
		watch_rule(w, FROM_TARGET, "I7143-11.4.5.2-2",
			   p->u && p->residual_count >= c->edtl - most, t->ev, sent,
			   "%s of %u, where %u bytes were expected and the CDB asks for %u",
			   p->u	  ? "underflow"
			   : p->o ? "overflow"
				  : "no residual instead",
			   p->residual_count, c->edtl, most);
	else
		watch_rule(w, FROM_TARGET, "I7143-11.4.5.2-1",
			   !p->o || p->residual_count <= most - c->edtl, t->ev, sent,
			   "overflow of %u, where %u bytes were expected and the CDB asks for %u",
			   p->residual_count, c->edtl, most);
}

static void sense(struct watch *w, const struct traffic *t, const struct log_event *sent)
{
	struct cursor c = cursor_of(t->pdu.data.at, t->pdu.data.len);
	const uint64_t len = cursor_be(&c, 2);
	watch_rule(w, FROM_TARGET, "I7143-11.4.7-1",
		   !c.failed && len >= SENSE_LEAST && len <= cursor_left(&c), t->ev, sent,
		   "CHECK CONDITION with %zu bytes of data, SenseLength %llu", t->pdu.data.len,
		   c.failed ? 0ull : (unsigned long long)len);
}

/* Which of the rules of 7.3.2 about the Send it is. */
static const char *send_rule(const struct pdu *c)
{
	return c->rsv ? "I7145-7.3.2-5" : c->wsv ? "I7145-7.3.2-7" : NULL;
}

static void response(struct watch *w, const struct dialogue *d, const struct scsi_response *s,
		     const struct traffic *t)
{
	const struct dialogue_task *task = dialogue_task(d, t->pdu.itt);
	const bool command = task && task->pdu.type->opcode == OP_SCSI_COMMAND;
	if (task && task->aborted_by)
		return; /* task-response has the say */
	if (!command && (s->unread || (!task && dialogue_reassigned(d, t->pdu.itt))))
		return;
	watch_rule(w, FROM_TARGET, "I7145-7.3.2-2", command && !task->answered, t->ev,
		   task ? task->answered : NULL, "a SCSI Response with ITT 0x%x, %s", t->pdu.itt,
		   command ? "whose command was answered before" : "which no command has");
	if (!command || task->answered)
		return;
	watch_rule(w, FROM_TARGET, "I7145-7.3.2-3", true, t->ev, NULL, "%s", "");
	if (task->pdu.rsv)
		watch_rule(w, FROM_TARGET, "I7145-7.3.5-17", true, t->ev, NULL, "%s", "");
	if (send_rule(&task->pdu))
		/* With Invalidate it is one, too: 7.3.2. */
		watch_rule(w, FROM_TARGET, send_rule(&task->pdu), !t->ev->has_imm, t->ev,
			   task->sent, "a SCSI Response came as Send with Immediate");
	if (t->pdu.response)
		return; /* status and flags are undefined, 11.4.3 */
	residual(w, &t->pdu, &task->pdu, t, task->sent);
	if (t->pdu.status == SCSI_CHECK_CONDITION)
		sense(w, t, task->sent);
}

static void data_in(struct watch *w, const struct dialogue *d, const struct traffic *t)
{
	const struct dialogue_task *task = dialogue_task(d, t->pdu.itt);
	if (!t->pdu.s)
		return;
	watch_rule(w, FROM_TARGET, "I7145-7.3.2-3", false, t->ev, task ? task->sent : NULL,
		   "a Data-In brings SCSI status 0x%02x", t->pdu.status);
	watch_rule(w, FROM_TARGET, "I7145-7.3.5-19", false, t->ev, task ? task->sent : NULL,
		   "a Data-In brings SCSI status 0x%02x", t->pdu.status);
	watch_rule(w, FROM_TARGET, "I7145-7.3.5-17", false, t->ev, task ? task->sent : NULL,
		   "the status came in a Data-In instead of a SCSI Response");
	if (task && task->pdu.type->opcode == OP_SCSI_COMMAND && send_rule(&task->pdu))
		watch_rule(w, FROM_TARGET, send_rule(&task->pdu), false, t->ev, task->sent,
			   "the status came in a Data-In instead of a SCSI Response");
}

static void message(struct watch *w, const struct dialogue *d, void *state, const struct traffic *t)
{
	struct scsi_response *s = state;
	const struct pdu *p = &t->pdu;
	if (t->from == FROM_INITIATOR) {
		s->unread |= !p->type;
		return;
	}
	if (!p->type || p->type->iser_opcode != ISER_CONTROL || t->delivery == NOT_DELIVERED)
		return;
	if (p->type->opcode == OP_SCSI_RESPONSE)
		response(w, d, s, t);
	else if (p->type->opcode == OP_DATA_IN)
		data_in(w, d, t);
}

const struct monitor monitor_scsi_response = {
	.name = "scsi-response",
	.doc = "one SCSI Response a command, its residuals and its sense data",
	.rules = "I7145-7.3.2-2 I7145-7.3.2-3 I7145-7.3.2-5 I7145-7.3.2-7 I7143-11.4.1-1 "
		 "I7145-7.3.5-17 I7145-7.3.5-19 "
		 "I7143-11.4.5.2-1 I7143-11.4.5.2-2 I7143-11.4.7-1",
	.state_size = sizeof(struct scsi_response),
	.message = message,
};

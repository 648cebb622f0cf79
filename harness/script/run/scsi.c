/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole honest commands of a case, judged by status, length and data. */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SCSI_GOOD = 0x00,
	SCSI_CHECK_CONDITION = 0x02,
	SENSE_UNIT_ATTENTION = 0x06,
	BLOCK_SIZE = 512, /* where nobody has told otherwise */
	IO_MAX = 16 << 20,
};

static void put_be(uint8_t *at, unsigned n, uint64_t value)
{
	for (unsigned i = 0; i < n; i++)
		at[i] = (uint8_t)(value >> (8 * (n - 1 - i)));
}

/* Fills cdb; returns the bytes that come (read) or go (write). */
static uint32_t make_cdb(enum command c, uint64_t lba, uint32_t blocks, uint32_t block_size,
			 uint8_t cdb[CDB_SIZE])
{
	memset(cdb, 0, CDB_SIZE);
	switch (c) {
	case COMMAND_NONE:
	case COMMAND_TUR:
		return 0;
	case COMMAND_INQUIRY:
		cdb[0] = 0x12;
		cdb[4] = 36;
		return 36;
	case COMMAND_READ_CAPACITY:
		cdb[0] = 0x25;
		return 8;
	case COMMAND_REPORT_LUNS:
		cdb[0] = 0xa0;
		put_be(cdb + 6, 4, 256);
		return 256;
	case COMMAND_READ:
	case COMMAND_WRITE:
		cdb[0] = c == COMMAND_READ ? 0x28 : 0x2a;
		put_be(cdb + 2, 4, lba);
		put_be(cdb + 7, 2, blocks);
		return blocks * block_size;
	}
	return 0;
}

/* ---- `send scsi-command command=...` ---- */

/* A buffer of its own, for as long as the connection. */
static struct guarded *new_buffer(struct run *r, uint32_t len, bool write)
{
	struct link *l = r->talk->link;
	struct err e = {0};
	struct guarded *grown = realloc(l->buffers, (l->buffer_count + 1) * sizeof(*grown));
	if (!grown) {
		run_trouble(r, "out of memory");
		return NULL;
	}
	l->buffers = grown;
	struct guarded *g = &grown[l->buffer_count++];
	*g = (struct guarded){0};
	const int rc = write ? guarded_new(g, len, &e) : guarded_random(g, len, 1, &e);
	if (!rc &&
	    !guarded_advertise(g, l->conn, write ? FAB_REMOTE_READ : FAB_REMOTE_WRITE, false, &e))
		return g;
	run_trouble(r, "memory: %.150s", e.what);
	return NULL;
}

bool run_command_buffers(struct run *r, const struct send *s, struct pdu *pdu)
{
	struct link *l = r->talk->link;
	uint64_t lba = 0, blocks = 1;
	if ((s->lba.count && !run_number(r, &s->lba, &lba)) ||
	    (s->blocks.count && !run_number(r, &s->blocks, &blocks)))
		return false;
	uint32_t len = make_cdb(s->command, lba, (uint32_t)blocks,
				r->block_size ? r->block_size : BLOCK_SIZE, pdu->cdb);
	bool write = s->command == COMMAND_WRITE;
	const struct guarded *g = s->has_memory ? &r->memory[s->memory] : NULL;
	pdu->f = 1;
	pdu->r = len && !write;
	pdu->w = len && write;
	pdu->edtl = len && g ? (uint32_t)g->len : len;
	pdu->lun = run_lun(r);
	if (!len || l->over || !l->conn)
		return true;
	if (!g && !(g = new_buffer(r, len, write)))
		return false;
	if (write) {
		pdu->wsv = 1;
		pdu->write_stag = g->key;
		pdu->write_base_offset = g->addr;
	} else {
		pdu->rsv = 1;
		pdu->read_stag = g->key;
		pdu->read_base_offset = g->addr;
	}
	return true;
}

/* ---- scsi ---- */

struct sense run_sense(struct bytes data)
{
	enum { DESCRIPTOR = 0x72 };
	if (data.len < 3)
		return (struct sense){0};
	const bool descriptor = (data.at[0] & 0x7f) >= DESCRIPTOR;
	const size_t code = descriptor ? 2 : 12;
	struct sense s = {.key = data.at[descriptor ? 1 : 2] & 0xf,
			  .has_code = data.len >= code + 2};
	if (s.has_code)
		s.code = (unsigned)data.at[code] << 8 | data.at[code + 1];
	return s;
}

static unsigned sense_key(const struct peer_task *t)
{
	return run_sense((struct bytes){t->sense, t->sense_len}).key;
}

struct peer_task *run_task(struct run *r, const struct scsi_request *q, uint64_t until)
{
	struct err e = {0};
	/* A unit attention is news about the past, such as a reset; the command is simply repeated.
	 */
	for (unsigned tries = 0; tries < 4; tries++) {
		struct peer_task *t =
			r->talk->link->over ? NULL : peer_scsi(r->talk->link->peer, q, &e);
		if (!t) {
			run_step(r, run_now(r));
			if (!r->talk->link->over)
				run_trouble(r, "the command cannot be sent: %.150s", e.what);
			return NULL;
		}
		while (!t->done && !r->talk->link->over && !run_ended(r) && run_step(r, until))
			continue;
		if (!t->done || t->status != SCSI_CHECK_CONDITION ||
		    sense_key(t) != SENSE_UNIT_ATTENTION)
			return t;
	}
	return NULL;
}

/* What is wrong with how the task ended, or NULL. */
static const char *task_fault(const struct peer_task *t, char *buf, size_t size)
{
	if (t->rejected)
		return "it was answered by a Reject";
	if (t->response) {
		snprintf(buf, size, "iSCSI response 0x%02x", t->response);
		return buf;
	}
	if (t->status != SCSI_GOOD) {
		snprintf(buf, size, "SCSI status 0x%02x, sense key %u", t->status, sense_key(t));
		return buf;
	}
	return NULL;
}

/* A unit that is not there or not ready is how somebody set it up, and that is told by a status; a
 * CHECK CONDITION whose sense is not to be read tells nothing of it. */
static bool explains(const struct peer_task *t)
{
	return !t->rejected && !t->response &&
	       (t->status != SCSI_CHECK_CONDITION || sense_key(t) != 0);
}

static uint32_t fewest_bytes(enum command c, uint32_t len)
{
	/* The list of units has the length that it has; everything else has a length that is due.
	 */
	return c == COMMAND_REPORT_LUNS ? 16 : len;
}

/* Its response is dealt with: no later expectation shall take it for another's. */
static void take_response(struct run *r, const struct peer_task *t)
{
	const struct pdu_type *type = pdu_type_by_opcode(OP_SCSI_RESPONSE);
	for (size_t i = r->talk->link->message_count; t && i-- > 0;) {
		struct message *m = &r->talk->link->messages[i];
		if (m->pdu.type != type || m->pdu.itt != t->itt)
			continue;
		m->taken = true;
		return;
	}
}

/* The events by which a whole command is proved: its response, or nothing. */
static size_t response_of(const struct run *r, const struct peer_task *t, uint64_t *seq)
{
	for (size_t i = r->talk->link->message_count; t && i-- > 0;) {
		const struct message *m = &r->talk->link->messages[i];
		if (m->pdu.type && m->pdu.itt == t->itt && m->seq) {
			*seq = m->seq;
			return 1;
		}
	}
	return 0;
}

static enum flow judge_task(struct run *r, const struct statement *s, const struct peer_task *t,
			    uint32_t len, uint64_t seed)
{
	char fault[200], state[600];
	const char *what = NULL;
	uint64_t seq = 0;
	const size_t events = response_of(r, t, &seq);
	const struct link *l = r->talk->link;
	if (!t || !t->done) {
		if (run_ended(r))
			return run_inconclusive(r, s->line);
		if (run_blind(r))
			return run_nothing_seen(r, s->line);
		snprintf(fault, sizeof(fault), "no response");
		what = fault;
	} else {
		what = task_fault(t, fault, sizeof(fault));
	}
	uint32_t missing = t && t->underflow ? t->residual : 0;
	if (!what &&
	    (t->overflow || missing > len || len - missing < fewest_bytes(s->command, len))) {
		snprintf(fault, sizeof(fault), "%s of %" PRIu32 " bytes on a transfer of %" PRIu32,
			 t->overflow ? "overflow" : "underflow", t->residual, len);
		what = fault;
	}
	if (!what && s->command == COMMAND_READ && s->compare) {
		size_t at = (size_t)fab_answer_number(
			r->env->fab, l->conn, "differs-at",
			(int64_t)pattern_compare(t->read.at, len, seed, 0), len);
		if (at < len) {
			snprintf(fault, sizeof(fault),
				 "byte %zu of %" PRIu32 " read is not what was written", at, len);
			what = fault;
		}
	}
	if (!what)
		return run_judge(r, VERDICT_PASS, s->line, &s->judgement, &seq, events,
				 "GOOD, %" PRIu32 " bytes", len - missing);
	if (s->command == COMMAND_TUR && t && t->done && explains(t))
		result_setup(r->result, what);
	run_glance(r, "GOOD", what);
	return run_judge(r, run_verdict(r, &s->judgement), s->line, &s->judgement, &seq, events,
			 "%s: %s; %s", s->text, what, run_link_state(r, state, sizeof(state)));
}

bool run_needs_full(struct run *r)
{
	if (r->talk->link->over || r->talk->link->peer->phase == PEER_FULL)
		return true;
	run_trouble(r, "this needs full feature phase");
	return false;
}

uint64_t run_until(struct run *r, const struct statement *s)
{
	uint64_t t = 10 * NS_PER_S;
	if (s->time.count)
		run_number(r, &s->time, &t);
	return run_now(r) + run_scaled(r, t);
}

enum flow run_scsi(struct run *r, const struct statement *s)
{
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	uint64_t lba = 0, blocks = 0, seed = 0, until = run_until(r, s);
	bool rw = s->command == COMMAND_READ || s->command == COMMAND_WRITE;
	if (!run_needs_full(r) ||
	    (rw && (!run_number(r, &s->lba, &lba) || !run_number(r, &s->blocks, &blocks) ||
		    !run_lun_learn(r, until))))
		return run_inconclusive(r, s->line);
	if (s->compare && !run_number(r, &s->seed, &seed))
		return run_inconclusive(r, s->line);
	if (blocks > 0xffff || lba > UINT32_MAX || blocks * r->block_size > IO_MAX) {
		run_trouble(r, "more than one READ (10) or WRITE (10) can move");
		return run_inconclusive(r, s->line);
	}
	struct scsi_request q = {.lun = run_lun(r), .immediate = s->immediate};
	uint32_t len = make_cdb(s->command, lba, (uint32_t)blocks, r->block_size, q.cdb);
	flow = run_lun_allows(r, s->line, q.cdb, false);
	if (flow != FLOW_ON)
		return flow;
	uint8_t *data = NULL;
	if (s->command == COMMAND_WRITE) {
		data = malloc(len + 1);
		if (!data)
			abort();
		pattern_fill(data, len, seed, 0);
		q.write = (struct bytes){data, len};
	} else {
		q.read_len = len;
	}
	const struct peer_task *t = run_task(r, &q, until);
	take_response(r, t);
	flow = judge_task(r, s, t, len, seed);
	free(data);
	return flow;
}

/* ---- the others ---- */

enum flow run_text(struct run *r, const struct statement *s)
{
	struct err e = {0};
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	char *value = run_fill(r, &s->key_value.value);
	if (run_needs_full(r) && !r->talk->link->over &&
	    peer_text(r->talk->link->peer, s->key_value.name, value, &e))
		run_trouble(r, "the Text Request cannot be sent: %.150s", e.what);
	free(value);
	return run_ended(r) ? run_inconclusive(r, s->line) : FLOW_ON;
}

enum flow run_task_management(struct run *r, const struct statement *s)
{
	struct err e = {0};
	enum flow flow = run_need_link(r, s);
	if (flow != FLOW_ON)
		return flow;
	uint64_t function, itt = TAG_NONE;
	if (!run_needs_full(r) || !run_number(r, &s->function, &function) ||
	    (s->itt.count && !run_number(r, &s->itt, &itt)))
		return run_inconclusive(r, s->line);
	if (!r->talk->link->over &&
	    peer_task_management(r->talk->link->peer, (unsigned)function, (uint32_t)itt, &e))
		run_trouble(r, "the request cannot be sent: %.150s", e.what);
	return run_ended(r) ? run_inconclusive(r, s->line) : FLOW_ON;
}

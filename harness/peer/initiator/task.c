/* SPDX-License-Identifier: BSD-2-Clause */
/* SCSI tasks of the initiator: memory, command and unsolicited data, response. RFC
 * 7145 7.3.1, 7.3.2, 7.3.4. */
#include "initiator.h"
#include "../../wire/ahs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512 };

#define STAG_LIFE (30 * NS_PER_MS) /* of a mutant's */

/* What of a write goes unasked. */
struct unsolicited {
	size_t immediate, total;
};

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Mutants that tell less than they should. */
static void spoil(struct peer *p, size_t len, struct unsolicited *u)
{
	size_t outs = u->total - u->immediate;

	if (!outs)
		return;
	if (u->immediate && peer_knob(p, KNOB_IMMEDIATE_SHORT))
		u->immediate -= u->immediate / 8 * 4;
	if (u->immediate && peer_knob(p, KNOB_SEGMENTS_SHORT))
		u->immediate = least(u->immediate, p->terms.target_rdsl / 2);
	if (outs > 4 && peer_knob(p, len <= p->terms.first_burst ? KNOB_BURST_INCOMPLETE
								 : KNOB_FIRST_BURST_PARTLY_USED))
		u->total -= 4;
}

static struct unsolicited plan(struct peer *p, size_t len)
{
	const struct peer_terms *t = &p->terms;
	struct unsolicited u = {0};
	size_t first = least(t->first_burst, len);

	if (t->immediate_data || (len && peer_knob(p, KNOB_IMMEDIATE_AGAINST_NO)))
		u.immediate = least(first, peer_knob(p, KNOB_DATA_BEYOND_TRDSL) ? 2 * t->target_rdsl
										: t->target_rdsl);
	const char *max_recv = p->cfg.knob[KNOB_INITIATOR_OBEYS_MAX_RECV_DSL]
				       ? peer_heard(p, "MaxRecvDataSegmentLength")
				       : NULL;
	if (max_recv && peer_knob(p, KNOB_INITIATOR_OBEYS_MAX_RECV_DSL))
		u.immediate = least(u.immediate, strtoul(max_recv, NULL, 10));
	if (len > first && peer_knob(p, KNOB_FIRST_BURST_OVERRUN))
		first = least(len, first + BLOCK);
	/* RFC 7143 4.2.5.2: Data-Outs, if any, fill the whole first burst. */
	u.total = t->initial_r2t && !peer_knob(p, KNOB_DATA_OUT_AGAINST_R2T) ? u.immediate : first;
	spoil(p, len, &u);
	return u;
}

/* A mutant's buffer ends too early. */
static size_t cut(size_t len)
{
	return len > BLOCK ? len - BLOCK : (len + 1) / 2;
}

bool initiator_has_windows(const struct peer *p)
{
	return p->cfg.use_windows && fab_has_windows(p->fab) &&
	       !p->cfg.knob[KNOB_SEND_INV_ANNOUNCED];
}

static int advertise_read(struct peer *p, struct peer_task *t, struct pdu *pdu, struct err *e)
{
	bool window = initiator_has_windows(p);
	size_t len = t->read.len;

	if (!len || peer_knob(p, KNOB_RSV_MISSING))
		return 0;
	if (peer_knob(p, KNOB_READ_BUFFER_SHORT)) {
		t->read.region =
			fab_register(p->conn, t->read.at, cut(len), FAB_REMOTE_WRITE, window, e);
		t->read.addr = t->read.region ? t->read.region->addr : 0;
	} else if (guarded_advertise(&t->read, p->conn, FAB_REMOTE_WRITE, window, e)) {
		return -1;
	}
	if (!t->read.region)
		return -1;
	pdu->rsv = 1;
	pdu->read_stag = t->read.region->key;
	pdu->read_base_offset = t->read.addr;
	return 0;
}

/* Only what may be read is registered: the solicited part, or all of it, as the Write Base Offset
 * says (6.9). */
static int advertise_write(struct peer *p, struct peer_task *t, const struct unsolicited *u,
			   struct pdu *pdu, struct err *e)
{
	bool window = initiator_has_windows(p);

	if (t->write.len <= u->total || peer_knob(p, KNOB_WSV_MISSING))
		return 0;
	size_t skip = peer_base_is_solicited(p) || peer_knob(p, KNOB_WRITE_BASE_SOLICITED_ALWAYS)
			      ? u->total
			      : 0;
	size_t len = t->write.len - skip;
	if (peer_knob(p, KNOB_WRITE_BUFFER_SHORT))
		len = cut(len);
	t->write.region =
		fab_register(p->conn, t->write.at + skip, len, FAB_REMOTE_READ, window, e);
	if (!t->write.region)
		return -1;
	pdu->wsv = 1;
	pdu->write_stag = t->write.region->key;
	pdu->write_base_offset = t->write.region->addr;
	return 0;
}

static void command_pdu(struct peer *p, struct peer_task *t, const struct unsolicited *u,
			struct pdu *pdu)
{
	initiator_new_pdu(p, OP_SCSI_COMMAND, pdu);
	pdu->i = t->request.immediate;
	pdu->r = t->read.len > 0;
	pdu->w = t->write.len > 0;
	pdu->f = u->total == u->immediate;
	if (pdu->w && pdu->f && u->immediate == t->write.len && peer_knob(p, KNOB_FINAL_MISSING))
		pdu->f = 0;
	if (pdu->w && !pdu->f && peer_knob(p, KNOB_FINAL_BEFORE_DATA_OUTS))
		pdu->f = 1;
	if (pdu->r && !pdu->w && peer_knob(p, KNOB_READ_WITHOUT_FINAL))
		pdu->f = 0;
	if (!pdu->w && peer_knob(p, KNOB_DIRECTION_MISSING))
		pdu->r = 0;
	if (pdu->w && peer_knob(p, KNOB_WRITES_MARKED_BIDIRECTIONAL))
		pdu->r = 1;
	pdu->attr = 1; /* simple */
	pdu->lun = t->request.lun;
	pdu->itt = t->itt;
	pdu->edtl = (uint32_t)(t->write.len ? t->write.len : t->read.len);
	memcpy(pdu->cdb, t->request.cdb, CDB_SIZE);
	pdu->data = (struct bytes){t->write.at, u->immediate};
}

static void data_out_pdu(struct peer *p, const struct peer_task *t, size_t immediate, size_t from,
			 size_t len, uint32_t data_sn, bool last, struct pdu *pdu)
{
	initiator_new_pdu(p, OP_DATA_OUT, pdu);
	pdu->f = last;
	pdu->itt = t->itt; /* without TTT the LUN is reserved, RFC 7143 11.7.4 */
	pdu->ttt = peer_knob(p, KNOB_DATA_OUT_WITH_TTT) ? 1 : TAG_NONE;
	pdu->data_sn = peer_knob(p, KNOB_DATA_SN_STUCK) ? 0 : data_sn;
	pdu->buffer_offset =
		(uint32_t)(peer_knob(p, KNOB_BUFFER_OFFSET_FROM_ZERO) ? from - immediate : from);
	pdu->data = (struct bytes){t->write.at + from, len};
}

/* RFC 7143 11.2.2: the length to read of a command that writes too. */
static void bidi_ahs(const struct peer_task *t, uint8_t at[BIDI_AHS_SIZE], struct pdu *pdu)
{
	uint32_t len = (uint32_t)t->read.len;
	uint8_t value[5] = {0, (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
			    (uint8_t)len};
	struct writer w = writer_of(at, BIDI_AHS_SIZE);

	ahs_put(&w, AHS_BIDI_READ_LENGTH, value, sizeof(value));
	pdu->ahs = (struct bytes){at, writer_len(&w)};
}

static void set_timers(struct peer *p, const struct peer_task *t)
{
	if (p->cfg.autopilot && p->cfg.task_timeout)
		fab_timer(p->fab, t->sent_at + p->cfg.task_timeout, TIMER_TASK, p->conn);
	if (t->write.region && peer_knob(p, KNOB_WRITE_STAG_EXPIRES))
		fab_timer(p->fab, t->sent_at + STAG_LIFE, TIMER_STAG, p->conn);
}

void initiator_stags_expire(struct peer *p)
{
	for (struct peer_task *t = p->tasks; t; t = t->next) {
		if (!t->write.region || t->done || fab_now(p->fab) < t->sent_at + STAG_LIFE)
			continue;
		fab_unregister(t->write.region);
		t->write.region = NULL;
	}
}

static int send_task(struct peer *p, struct peer_task *t, struct err *e)
{
	struct unsolicited u = plan(p, t->write.len);
	size_t step = p->terms.target_rdsl ? p->terms.target_rdsl : 512;
	if (u.total > u.immediate &&
	    (peer_knob(p, KNOB_SEGMENTS_SHORT) || peer_knob(p, KNOB_DATA_OUT_SHORT)))
		step /= 2;
	if (u.total - u.immediate > step && peer_knob(p, KNOB_DATA_OUT_BEYOND_TRDSL))
		step *= 2;
	size_t outs = (u.total - u.immediate + step - 1) / step;
	uint8_t ahs[BIDI_AHS_SIZE];
	struct peer_msg *msgs = calloc(2 + outs, sizeof(*msgs));

	if (!msgs)
		return err_set(e, ENOMEM, "task of %zu messages", 1 + outs);
	initiator_mischief(p);
	command_pdu(p, t, &u, &msgs[0].pdu);
	int rc = 0;
	uint8_t *lie = NULL;
	if (advertise_read(p, t, &msgs[0].pdu, e) || advertise_write(p, t, &u, &msgs[0].pdu, e))
		rc = -1;
	if (t->read.len && t->write.len)
		bidi_ahs(t, ahs, &msgs[0].pdu);
	else if (peer_knob(p, KNOB_EXTENDED_CDB_NEEDLESS))
		initiator_spare_ahs(ahs, &msgs[0].pdu);
	size_t from = u.immediate;
	for (size_t i = 0; i < outs; i++) {
		size_t len = least(step, u.total - from);
		data_out_pdu(p, t, u.immediate, from, len, (uint32_t)i, i + 1 == outs,
			     &msgs[1 + i].pdu);
		if (peer_knob(p, KNOB_DATA_OUT_WITH_IMM))
			msgs[1 + i].op = FAB_SEND_IMM;
		from += len;
	}
	if (!rc) {
		t->cmd_sn = p->session->cmd_sn;
		t->sent_at = fab_now(p->fab);
		t->sent_as = ++initiator_state(p)->commands;
		if (u.immediate && peer_knob(p, KNOB_ANNOUNCED_DATA_MISSING))
			lie = initiator_headers_alone(&msgs[0]);
		if (peer_knob(p, KNOB_COMMAND_WITH_IMM))
			msgs[0].op = FAB_SEND_IMM;
		t->command = msgs[0].pdu;
		peer_post_receives(p, 1);
		struct peer *other = outs ? members_other(p) : NULL;
		if (other && peer_knob(p, KNOB_DATA_OUT_ON_ANOTHER)) {
			peer_send_chain(other, msgs + 1, outs);
			outs = 0;
		}
		if (peer_send_chain(p, msgs, initiator_shuffle_bursts(p, msgs, 1 + outs)))
			rc = err_set(e, EIO, "the command could not be sent");
		else
			set_timers(p, t);
	}
	free(lie);
	free(msgs);
	return rc;
}

bool initiator_may_send(struct peer *p)
{
	return peer_window(p) > 0 || peer_knob(p, KNOB_IGNORES_WINDOW);
}

static bool may_send(struct peer *p, const struct peer_task *t)
{
	if (t->request.immediate)
		return credits_left(p);
	return initiator_may_send(p);
}

struct peer_task *peer_scsi(struct peer *p, const struct scsi_request *r, struct err *e)
{
	if (!p->conn || p->phase == PEER_CLOSED || p->phase == PEER_LOGOUT) {
		err_set(e, ENOTCONN, "no session");
		return NULL;
	}
	/* RFC 7145 6.8: what the target has no room for is not sent; 0 is no limit. */
	if (r->read_len && r->write.len && p->terms.their_max_ahs &&
	    p->terms.their_max_ahs < BIDI_AHS_SIZE) {
		err_set(e, EMSGSIZE, "both directions take %d bytes of AHS, the target takes %u",
			BIDI_AHS_SIZE, (unsigned)p->terms.their_max_ahs);
		return NULL;
	}
	struct peer_task *t = calloc(1, sizeof(*t));
	if (!t) {
		err_set(e, ENOMEM, "task");
		return NULL;
	}
	t->request = *r;
	t->owner = p;
	if (guarded_random(&t->read, r->read_len, 0, e) ||
	    (r->write.at ? guarded_copy(&t->write, r->write, e)
			 : guarded_pattern(&t->write, r->write.len, r->seed, e)))
		goto fail;
	t->request.write = (struct bytes){t->write.at, t->write.len};
	t->itt = p->tasks && peer_knob(p, KNOB_ITT_REUSED) ? p->tasks->itt : initiator_fresh_itt(p);
	if (initiator_state(p)->commands == 2 && peer_knob(p, KNOB_ITT_RESERVED))
		t->itt = TAG_NONE;

	t->next = p->tasks;
	p->tasks = t;
	initiator_pump(p);
	if (t->done) {
		err_set(e, EIO, "the command could not be sent");
		return NULL;
	}
	return t;

fail:
	guarded_free(&t->write);
	guarded_free(&t->read);
	free(t);
	return NULL;
}

void initiator_task_over(const struct peer *p, struct peer_task *t)
{
	struct guarded *both[] = {&t->read, &t->write};

	for (size_t i = 0; i < 2 && t->done && !p->log; i++)
		if (!both[i]->region && !guarded_fallen(both[i]))
			guarded_free(both[i]);
	t->request.write = (struct bytes){t->write.at, t->write.len};
}

/* The oldest task that was not sent yet. */
static struct peer_task *waiting(struct peer *p)
{
	struct peer_task *oldest = NULL;

	for (struct peer_task *t = p->tasks; t; t = t->next) {
		if (t->sent_at || t->done)
			/* Tasks are sent in order: what is behind this one was sent too. */
			return oldest;
		oldest = t;
	}
	return oldest;
}

static void end(struct peer *p, struct peer_task *t)
{
	t->done = true;
	t->done_at = fab_now(p->fab);
}

void initiator_pump(struct peer *p)
{
	struct peer_task *t;
	struct err e = {0};

	while ((t = waiting(p)) && may_send(p, t)) {
		if (send_task(p, t, &e)) {
			peer_note(p, "task 0x%x: %s", (unsigned)t->itt, e.what);
			t->response = 0xff;
			end(p, t);
		}
	}
}

static struct peer_task *active(struct peer *p, uint32_t itt)
{
	const uint32_t looked_at = peer_knob(p, KNOB_RESPONSE_BY_PART_OF_TAG) ? 0xff : UINT32_MAX;

	for (struct peer_task *t = p->tasks; t; t = t->next)
		if (!((t->itt ^ itt) & looked_at) && t->sent_at && !t->done)
			return t;
	return NULL;
}

struct peer_task *initiator_task_by_itt(struct peer *p, uint32_t itt)
{
	for (struct peer_task *t = p->tasks; t; t = t->next)
		if (t->itt == itt)
			return t;
	return NULL;
}

bool initiator_has_tasks(const struct peer *p)
{
	for (const struct peer_task *t = p->tasks; t; t = t->next)
		if (!t->done)
			return true;
	return false;
}

/* Both CM messages said so. */
static bool invalidation_agreed(const struct peer *p)
{
	return initiator_has_windows(p) && p->their_cm.present &&
	       !p->their_cm.send_inv_not_supported;
}

/* STags are dead before anybody acts on the response: RFC 7145 1.5.1, 7.3.2. Synchronous for both
 * kinds of key. */
static void revoke(struct peer *p, struct peer_task *t)
{
	struct guarded *both[] = {&t->read, &t->write};

	if (peer_knob(p, KNOB_STAG_NOT_INVALIDATED))
		return;
	if (t->invalidated && peer_knob(p, KNOB_WRONG_INVALIDATION_OK))
		return;
	if (invalidation_agreed(p) && !t->invalidated && p->phase == PEER_FULL &&
	    peer_knob(p, KNOB_STAG_LEFT_TO_TARGET))
		return;
	const size_t n = t->read.region && peer_knob(p, KNOB_BIDI_WRITE_STAG_KEPT) ? 1 : 2;
	for (size_t i = 0; i < n; i++) {
		if (both[i]->region)
			fab_unregister(both[i]->region);
		both[i]->region = NULL;
	}
}

/* The one STag that a Send with Invalidate may name: the Read STag, else the Write STag (RFC
 * 7145 7.3.2). */
static void check_invalidated(struct peer *p, struct peer_task *t, const struct fab_event *ev)
{
	const struct fab_region *r = t->read.region ? t->read.region : t->write.region;

	if (!ev->invalidated)
		return;
	if ((r && r->key == ev->invalidated_key) || peer_knob(p, KNOB_WRONG_INVALIDATION_OK))
		t->invalidated = true;
	else
		peer_violation(p, "RFC 7145 7.3.2", "Send with Invalidate of STag 0x%x",
			       (unsigned)ev->invalidated_key);
}

static void take_sense(struct peer *p, struct peer_task *t, const struct pdu *pdu)
{
	struct cursor c = cursor_of(pdu->data.at, pdu->data.len);
	size_t len = (size_t)cursor_be(&c, 2);

	if (!pdu->data.len)
		return;
	if (c.failed || len > cursor_left(&c)) {
		peer_violation(p, "RFC 7143 11.4.7", "SenseLength does not fit %zu bytes of data",
			       pdu->data.len);
		return;
	}
	t->sense_len = least(len, sizeof(t->sense));
	if (t->sense_len)
		memcpy(t->sense, cursor_take(&c, t->sense_len), t->sense_len);
}

bool initiator_response(struct peer *p, const struct pdu *pdu, const struct fab_event *ev)
{
	struct peer_task *t = active(p, pdu->itt);
	bool known = initiator_answered(p, pdu->itt);

	if (!t) {
		if (known && ev->invalidated)
			peer_note(p, "a command of the script's ended with Send with Invalidate");
		return known; /* a command that a script sent by itself */
	}
	check_invalidated(p, t, ev);
	guarded_look(&t->read, p->fab, "response");
	revoke(p, t);
	t->response = (uint8_t)pdu->response;
	t->status = (uint8_t)pdu->status;
	t->overflow = pdu->o;
	t->underflow = pdu->u;
	t->residual = pdu->residual_count;
	if (pdu->o && pdu->u && !peer_knob(p, KNOB_BOTH_RESIDUALS_TAKEN))
		peer_violation(p, "RFC 7143 11.4.1", "O and U are both set");
	take_sense(p, t, pdu);
	end(p, t);
	return true;
}

void initiator_task_rejected(struct peer *p, uint32_t itt)
{
	struct peer_task *t = active(p, itt);

	if (!t)
		return;
	revoke(p, t);
	t->rejected = true;
	t->response = 0xff;
	end(p, t);
}

static bool ends_many(unsigned function)
{
	return function == ABORT_TASK_SET ||
	       (function >= CLEAR_TASK_SET && function <= TARGET_COLD_RESET);
}

/* RFC 7143 11.5.1: a function acts on the commands before it; there is one LUN here. An immediate
 * one has the CmdSN of the function, whether it was sent before or behind it. */
static bool affected(const struct peer_task *t, const struct outstanding *request)
{
	if (request->function == ABORT_TASK)
		return t->itt == request->ref_task_tag;
	if (!ends_many(request->function))
		return false;
	return serial_before(t->cmd_sn, request->cmd_sn) ||
	       (t->request.immediate && t->cmd_sn == request->cmd_sn &&
		t->sent_as <= request->commands);
}

/* No response will come and invalidate its STags: RFC 7145 8.3.2. */
void initiator_tasks_aborted(struct peer *p, const struct outstanding *request)
{
	for (struct peer_task *t = p->tasks; t; t = t->next) {
		if (!t->sent_at || t->done || !affected(t, request))
			continue;
		initiator_answered(p, t->itt);
		guarded_look(&t->read, p->fab, "abort");
		if (!peer_knob(p, KNOB_STAG_VALID_AFTER_ABORT))
			revoke(p, t);
		t->aborted = true;
		t->response = 0xff;
		end(p, t);
	}
	/* A command of a script's own has no task here. */
	if (request->function == ABORT_TASK)
		initiator_answered(p, request->ref_task_tag);
}

/* RFC 7143 4.2.3.3: until the response, requests for data of these tasks are served. */
void initiator_tasks_threatened(struct peer *p, const struct pdu *request)
{
	const struct outstanding what = {.function = (uint8_t)request->function,
					 .ref_task_tag = request->ref_task_tag,
					 .cmd_sn = request->cmd_sn,
					 .commands = initiator_state(p)->commands};

	if (!ends_many(what.function) || !peer_knob(p, KNOB_TMF_ENDS_STAGS_EARLY))
		return;
	for (struct peer_task *t = p->tasks; t; t = t->next)
		if (t->sent_at && !t->done && affected(t, &what))
			revoke(p, t);
}

void initiator_tasks_end(struct peer *p)
{
	const bool lives = peer_knob(p, KNOB_STAGS_OUTLIVE_CONNECTION) ||
			   peer_knob(p, KNOB_REASSIGNED_STAGS_LIVE);

	for (struct peer_task *t = p->tasks; t; t = t->next) {
		if (!lives)
			revoke(p, t);
		if (!t->done) {
			t->lost = t->sent_at != 0;
			t->response = 0xff;
			end(p, t);
		}
	}
}

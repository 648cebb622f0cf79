/* SPDX-License-Identifier: BSD-2-Clause */
/* SCSI tasks of the target: their slots, the memory that their data passes through, and their SCSI
 * Response. */
#include <stdlib.h>
#include <string.h>

#include "../../wire/ahs.h"
#include "target.h"

enum { BUFFER_MIN = 4096, BEYOND = 16 };

/* ---- buffers ---- */

static struct target_buffer *take_free(struct target_state *t, size_t size)
{
	for (struct target_buffer **at = &t->free_buffers; *at; at = &(*at)->next)
		if ((*at)->size == size) {
			struct target_buffer *b = *at;
			*at = b->next;
			return b;
		}
	return NULL;
}

static struct target_buffer *new_buffer(struct peer *p, size_t size)
{
	struct target_buffer *b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->size = size;
	b->at = malloc(size);
	if (b->at)
		b->region = fab_register(p->conn, b->at, size, FAB_LOCAL_ONLY, false, NULL);
	if (!b->region) {
		free(b->at);
		free(b);
		return NULL;
	}
	return b;
}

/* What a mutant moves beyond the data is not left to chance either. */
static void make(struct target_buffer *b, size_t len, size_t written)
{
	const size_t due = len < b->size - BEYOND ? len + BEYOND : b->size;

	if (b->made < written)
		b->made = written;
	if (b->made < due) {
		memset(b->at + b->made, 0, due - b->made);
		b->made = due;
	}
}

struct target_buffer *target_buffer_get(struct peer *p, size_t len, size_t written)
{
	size_t size = BUFFER_MIN;
	while (size < len)
		size *= 2;

	struct target_buffer *b = take_free(p->target, size);
	if (!b)
		b = new_buffer(p, size);
	if (b)
		make(b, len, written);
	return b;
}

static void buffer_free(struct target_buffer *b)
{
	fab_unregister(b->region);
	free(b->at);
	free(b);
}

void target_task_free(struct target_state *t)
{
	for (size_t i = 0; i < t->slots; i++) {
		if (t->tasks[i]->buffer)
			buffer_free(t->tasks[i]->buffer);
		free(t->tasks[i]);
	}
	while (t->free_buffers) {
		struct target_buffer *b = t->free_buffers;
		t->free_buffers = b->next;
		buffer_free(b);
	}
}

/* ---- slots ---- */

struct target_task *target_task_by_itt(struct target_state *t, uint32_t itt)
{
	for (size_t i = 0; i < t->slots; i++)
		if (t->tasks[i]->used && !t->tasks[i]->answered && t->tasks[i]->command.itt == itt)
			return t->tasks[i];
	return NULL;
}

struct target_task *target_slot_get(struct target_state *t)
{
	unsigned slot = 0;

	while (slot < t->slots && t->tasks[slot]->used)
		slot++;
	if (slot == TARGET_TASKS)
		return NULL;
	if (slot == t->slots) {
		t->tasks[slot] = malloc(sizeof(*t->tasks[slot]));
		if (!t->tasks[slot])
			return NULL;
		t->slots++;
	}
	*t->tasks[slot] = (struct target_task){.used = true, .slot = slot, .order = ++t->order};
	return t->tasks[slot];
}

/* The slot may serve another task once this one is answered and no RDMA operation uses its memory.
 */
void target_slot_release(struct target_state *t, struct target_task *task)
{
	if (!task->answered || task->reads || task->writes)
		return;
	if (task->buffer) {
		task->buffer->next = t->free_buffers;
		t->free_buffers = task->buffer;
	}
	task->buffer = NULL;
	task->used = false;
}

void target_task_abort(struct peer *p, struct target_task *task)
{
	struct target_state *t = p->target;

	if (task->command.wsv) {
		t->old.aborted_itt = task->command.itt;
		t->old.aborted_stag = task->command.write_stag;
		t->old.aborted_base = task->command.write_base_offset;
	}
	task->aborted = true;
	task->answered = true;
	fab_timer_cancel(p->fab, TIMER_RESPONSE + task->slot, p->conn);
	target_slot_release(t, task);
}

/* ---- the response ---- */

static void put_residual(struct pdu *out, const struct target_task *task)
{
	const struct pdu *c = &task->command;
	/* What the device would have moved, SPDTL of RFC 7143 11.4.5.2: in the direction that EDTL
	 * speaks of, or in its own where the command expects no data at all. */
	size_t wanted = c->w   ? task->io.out_len
			: c->r ? task->io.in_len
			       : task->io.out_len + task->io.in_len;
	size_t expected = c->w || c->r ? c->edtl : 0;

	if (wanted > expected) {
		out->o = 1;
		out->residual_count = (uint32_t)(wanted - expected);
	} else if (wanted < expected) {
		out->u = 1;
		out->residual_count = (uint32_t)(expected - wanted);
	}
	if (c->r && c->w) { /* no command here is bidirectional: nothing of the read part moves */
		struct cursor ahs = cursor_of(c->ahs.at, c->ahs.len);
		struct ahs one;
		while (ahs_next(&ahs, &one, NULL) == 1)
			if (one.type == AHS_BIDI_READ_LENGTH && one.value.len >= 5) {
				struct cursor v = cursor_of(one.value.at + 1, 4);
				out->bi_residual_count = (uint32_t)cursor_be(&v, 4);
				out->bi_u = out->bi_residual_count != 0;
			}
	}
}

void target_response_pdu(struct peer *p, const struct target_task *task,
			 uint8_t sense[2 + DISK_SENSE_SIZE], struct pdu *out)
{
	target_new_pdu(p, OP_SCSI_RESPONSE, out);
	out->itt = task->command.itt;
	out->status = task->io.status;
	put_residual(out, task);
	if (task->io.sense_len) { /* SenseLength first, RFC 7143 11.4.7 */
		sense[0] = 0;
		sense[1] = (uint8_t)task->io.sense_len;
		memcpy(sense + 2, task->io.sense, task->io.sense_len);
		out->data = (struct bytes){sense, 2 + task->io.sense_len};
	}
	if (peer_knob(p, KNOB_RESIDUAL_MISSING))
		out->o = out->u = out->residual_count = 0;
	if (out->residual_count && peer_knob(p, KNOB_RESIDUAL_BOTH_FLAGS))
		out->o = out->u = 1;
	if (out->residual_count && peer_knob(p, KNOB_RESIDUAL_WRONG))
		out->residual_count++;
	if (out->data.len && peer_knob(p, KNOB_SENSE_MISSING))
		out->data.len = 0;
	if (peer_knob(p, KNOB_STAT_SN_STUCK))
		out->stat_sn--;
	if (peer_knob(p, KNOB_STAT_SN_SKIPPED))
		out->stat_sn++;
	if (!task->command.i && peer_knob(p, KNOB_ACKED_AFTER_RESPONSE))
		out->exp_cmd_sn = task->command.cmd_sn;
	if (peer_knob(p, KNOB_RESPONSE_WRONG_ITT))
		out->itt ^= 0x10000;
}

/* Mutants that leave one STag valid, to invalidate it out of place; true: now. */
static bool kept_stag(struct peer *p, const struct pdu *c, uint32_t *key)
{
	struct target_state *t = p->target;
	bool none = p->cfg.knob[KNOB_SEND_INV_WITHOUT_STAG],
	     write = p->cfg.knob[KNOB_SEND_INV_OLD_WRITE_STAG],
	     other = p->cfg.knob[KNOB_SEND_INV_WITH_PING] ||
		     p->cfg.knob[KNOB_REJECT_WITH_INVALIDATE];

	if (t->old.stag && ((!*key && peer_knob(p, KNOB_SEND_INV_WITHOUT_STAG)) ||
			    (!c->rsv && c->wsv && peer_knob(p, KNOB_SEND_INV_OLD_WRITE_STAG))))
		return true;
	if (*key && (none || other || (write && c->rsv))) {
		t->old.stag = *key;
		*key = 0;
	}
	return false;
}

/* RFC 7145 7.3.2: the Read STag when there is one, else the Write STag; 1.5.2: only where the
 * initiator can. */
static uint32_t key_to_invalidate(struct peer *p, const struct target_task *task)
{
	const struct pdu *c = &task->command;
	bool allowed =
		p->cfg.send_inv && p->their_cm.present && !p->their_cm.send_inv_not_supported;
	uint32_t key = c->rsv ? c->read_stag : c->wsv ? c->write_stag : 0;

	if (!allowed && !peer_knob(p, KNOB_SEND_INV_NOT_OFFERED))
		return 0;
	if (key && peer_knob(p, KNOB_SEND_INV_WRONG_KEY))
		return key + 0x100;
	return kept_stag(p, c, &key) ? p->target->old.stag : key;
}

void target_respond(struct peer *p, struct target_task *task)
{
	uint8_t sense[2 + DISK_SENSE_SIZE];
	struct pdu out;
	uint32_t key = key_to_invalidate(p, task);

	bool by_nop = p->cfg.window_by_nop && target_may_send_unexpected(p, false);
	/* Its place in the window is free: the response says so, or a NOP-In right behind it. */
	task->answered = !by_nop;
	target_response_pdu(p, task, sense, &out);
	task->answered = true;
	struct peer *other = members_other(p);
	if (other && peer_knob(p, KNOB_RESPONSE_ON_ANOTHER)) {
		out.stat_sn = other->stat_sn;
		peer_send(other, &out);
		return;
	}
	if (key)
		peer_send_inv(p, &out, key);
	else
		peer_send(p, &out);
	if (p->phase == PEER_FULL && peer_knob(p, KNOB_RESPONSE_TWICE)) {
		out.stat_sn = p->stat_sn;
		peer_send(p, &out);
	}
	if (by_nop && p->phase == PEER_FULL)
		target_tell_numbers(p);
}

void target_release_held(struct peer *p)
{
	struct target_state *t = p->target;

	for (size_t i = 0; t && i < t->slots && p->phase == PEER_FULL; i++)
		if (t->tasks[i]->used && t->tasks[i]->held && !t->tasks[i]->answered) {
			target_respond(p, t->tasks[i]);
			target_slot_release(t, t->tasks[i]);
		}
}

void target_respond_late(struct peer *p, uint64_t slot)
{
	struct target_task *task = p->target->tasks[slot];

	if (!task->used || task->answered)
		return;
	target_respond(p, task);
	target_slot_release(p->target, task);
}

/* Did the last RECENT commands come within a millisecond? */
static bool under_load(const struct peer *p)
{
	const struct target_state *t = p->target;
	return t->commands >= TARGET_RECENT &&
	       fab_now(p->fab) - t->recent[t->commands % TARGET_RECENT] < NS_PER_MS;
}

static uint64_t response_delay(const struct peer *p, const struct target_task *task)
{
	const uint64_t jitter = p->cfg.response_jitter;
	const uint64_t dice = (p->cfg.seed + task->order) * 0x9e3779b97f4a7c15u;

	return p->cfg.response_delay + (jitter ? (dice >> 20) % jitter : 0);
}

/* Everything is done but the answer. */
void target_finish(struct peer *p, struct target_task *task)
{
	struct target_state *t = p->target;

	if (under_load(p) && peer_knob(p, KNOB_NO_ANSWER_UNDER_LOAD)) {
		target_task_abort(p, task);
		return;
	}
	if (!p->quiet && !peer_answers(p, target_type(OP_SCSI_RESPONSE))) {
		task->held = true; /* done, and the script says when to tell */
		return;
	}
	const uint64_t delay = response_delay(p, task);
	if (delay) {
		fab_timer(p->fab, fab_now(p->fab) + delay, TIMER_RESPONSE + task->slot, p->conn);
		return;
	}
	target_respond(p, task);
	target_slot_release(t, task);
}

void target_disk_finish(struct peer *p, struct disk_io *io, const uint8_t *data, size_t len)
{
	disk_finish(io, data, len);
	const bool differs =
		fab_answer_number(p->fab, p->conn, "miscompare", io->status != SCSI_GOOD, false);
	if (differs && io->status == SCSI_GOOD)
		disk_fail(io, SENSE_MISCOMPARE, ASC_MISCOMPARE);
	if (!differs) {
		io->status = SCSI_GOOD;
		io->sense_len = 0;
	}
}

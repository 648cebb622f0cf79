/* SPDX-License-Identifier: BSD-2-Clause */
/* SCSI Commands of the target and their data: RDMA Write, RDMA Read and unsolicited PDUs. */
#include <limits.h>
#include <string.h>

#include "target.h"

enum { MAX_PIECES = 64 };

/* ---- read data ---- */

/* One RDMA Write for each Data-In that a burst would be, all with one doorbell. RFC 7145 7.3.5. */
static int write_to_initiator(struct peer *p, struct target_task *task)
{
	struct target_state *t = p->target;
	struct fab_wr wr[MAX_PIECES];
	uint64_t addr = task->command.read_base_offset;
	size_t len = task->transfer, n = 0, piece = p->terms.max_burst;

	uint32_t key = task->command.read_stag;

	memcpy(task->buffer->at, task->io.in, len);
	target_lie_about_read(p, task, &addr, &len);
	if (t->old.read_stag && peer_knob(p, KNOB_READ_DATA_CROSSED))
		key = t->old.read_stag, addr = t->old.read_base;
	if (peer_knob(p, KNOB_READ_DATA_UNKNOWN_STAG))
		key ^= 0x5a5a00;
	if (peer_knob(p, KNOB_READ_STAG_TURNED_ROUND))
		key = __builtin_bswap32(key);
	t->old.read_stag = task->command.read_stag;
	t->old.read_base = task->command.read_base_offset;
	while (piece * MAX_PIECES < len)
		piece *= 2;
	for (size_t at = 0; at < len; at += wr[n++].len)
		wr[n] = (struct fab_wr){
			.op = FAB_WRITE,
			.id = TARGET_OP_ID | task->slot,
			.peer_key = key,
			.peer_addr = addr + at,
			.local = task->buffer->region,
			.local_offset = at,
			.len = len - at < piece ? len - at : piece,
		};
	if (!n || fab_post(p->conn, wr, n, NULL))
		return n ? -1 : 0;
	task->writes += (unsigned)n;
	return 0;
}

static void run_read(struct peer *p, struct target_task *task)
{
	if (!task->command.rsv) { /* RFC 7145 9.2, 10.1.3.3: nowhere to put the data */
		if (!peer_knob(p, KNOB_READ_WITHOUT_STAG_OK)) {
			peer_violation(p, "RFC 7145 9.2", "a read without Read STag");
			target_task_abort(p, task);
			return;
		}
		target_finish(p, task);
		return;
	}
	if (peer_knob(p, KNOB_DATA_IN_PDU)) {
		target_send_data_in(p, task);
		target_finish(p, task);
		return;
	}
	if (peer_knob(p, KNOB_STATUS_IN_DATA_IN)) {
		target_send_data_in(p, task);
		target_task_abort(p, task);
		return;
	}
	task->buffer = target_buffer_get(p, task->transfer + 1, task->transfer);
	if (!task->buffer) {
		disk_fail(&task->io, SENSE_ABORTED_COMMAND, ASC_NONE);
		target_finish(p, task);
		return;
	}
	if (peer_knob(p, KNOB_RESPONSE_BEFORE_DATA)) {
		task->writes++; /* keeps the slot */
		target_respond(p, task);
		task->writes--;
		write_to_initiator(p, task);
		target_slot_release(p->target, task);
		return;
	}
	/* The Send is posted behind the Writes on the same queue pair, hence cannot overtake them.
	 */
	if (write_to_initiator(p, task)) {
		target_task_abort(p, task);
		return;
	}
	if (peer_knob(p, KNOB_PHASE_COLLAPSE)) {
		target_collapse_phases(p, task);
		return;
	}
	target_finish(p, task);
}

/* ---- written data ---- */

static void finish_write(struct peer *p, struct target_task *task)
{
	if (task->buffer && !task->aborted && task->io.status == SCSI_GOOD) {
		if (peer_knob(p, KNOB_WRITE_DATA_CORRUPT))
			task->buffer->at[task->transfer / 2] ^= 0x40;
		if (!peer_knob(p, KNOB_WRITE_DATA_DROPPED))
			target_disk_finish(p, &task->io, task->buffer->at, task->transfer);
	}
	if (!task->told)
		target_finish(p, task);
}

static bool all_requested(const struct target_task *task)
{
	return task->next_read >= task->transfer;
}

static unsigned read_limit_of_task(struct peer *p)
{
	return peer_knob(p, KNOB_READS_OVER_MAX_R2T) ? UINT_MAX : p->terms.max_outstanding_r2t;
}

static unsigned read_limit(const struct peer *p)
{
	/* RFC 7145 8.2: what Hello agreed, and never more than the queue pair was made for. */
	return p->terms.our_ord < p->cfg.fab.initiator_depth ? p->terms.our_ord
							     : p->cfg.fab.initiator_depth;
}

/* RFC 7145 7.3.6: an R2T is an RDMA Read. */
static int read_piece(struct peer *p, struct target_task *task)
{
	struct target_state *t = p->target;
	const struct pdu *c = &task->command;
	size_t left = task->transfer - task->next_read;
	bool whole = left > p->terms.max_burst && peer_knob(p, KNOB_READS_OVER_MAX_BURST);
	size_t piece = left < p->terms.max_burst || whole ? left : p->terms.max_burst;
	bool solicited = peer_base_is_solicited(p);
	if (task->got && peer_heard(p, "TaggedBufferForSolicitedDataOnly") &&
	    peer_knob(p, KNOB_WRITE_BASE_AGAINST_DECLARATION))
		solicited = !solicited;
	/* 6.9: a buffer of solicited data alone begins where the unsolicited part ends. */
	size_t before = solicited ? task->got : 0;
	struct fab_wr wr = {
		.op = FAB_READ,
		.id = TARGET_OP_ID | task->slot,
		.peer_key = c->write_stag,
		.peer_addr = c->write_base_offset + (task->next_read - before),
		.local = task->buffer->region,
		.local_offset = task->next_read,
		.len = piece,
	};
	if (piece > 8 && peer_knob(p, KNOB_WRITE_OFFSET_WRONG))
		wr.peer_addr += 8, wr.len -= 8;
	if (peer_knob(p, KNOB_WRITE_BEYOND_BUFFER) && piece == left &&
	    task->next_read + piece + 16 <= task->buffer->size)
		wr.len += 16;
	if (t->old.write_stag && peer_knob(p, KNOB_WRITE_DATA_CROSSED)) {
		wr.peer_key = t->old.write_stag;
		wr.peer_addr = t->old.write_base + (task->next_read - before);
	}
	if (fab_post(p->conn, &wr, 1, NULL))
		return -1;
	task->next_read += piece;
	if (all_requested(task)) {
		t->old.write_stag = c->write_stag;
		t->old.write_base = c->write_base_offset;
	}
	task->reads++;
	t->reads_in_flight++;
	return 0;
}

/* Issues what RDMA Reads the depth of the connection allows; older tasks first. */
static void pump_reads(struct peer *p)
{
	struct target_state *t = p->target;

	while (t->reads_in_flight < read_limit(p) ||
	       (t->reads_in_flight < 128 && peer_knob(p, KNOB_TOO_MANY_READS))) {
		struct target_task *next = NULL;
		for (size_t i = 0; i < t->slots; i++) {
			struct target_task *task = t->tasks[i];
			if (task->used && !task->answered && !task->quiet && task->final &&
			    task->command.w && task->buffer && !all_requested(task) &&
			    task->reads < read_limit_of_task(p) &&
			    (!next || task->order < next->order))
				next = task;
		}
		if (!next || read_piece(p, next))
			return;
	}
}

void target_read_more(struct peer *p)
{
	struct target_state *t = p->target;

	for (size_t i = 0; i < t->slots; i++) {
		struct target_task *task = t->tasks[i];
		if (task->used && !task->answered && task->final && task->buffer &&
		    !all_requested(task) && read_piece(p, task))
			return;
	}
}

/* All unsolicited data is here: fetch the rest. */
static void run_write(struct peer *p, struct target_task *task)
{
	if (task->io.status != SCSI_GOOD || task->got >= task->transfer) {
		task->next_read = task->transfer;
		finish_write(p, task);
		return;
	}
	if (!task->command.wsv &&
	    !peer_knob(p, KNOB_WRITE_WITHOUT_STAG_OK)) { /* RFC 7145 9.2, 10.1.3.3 */
		peer_violation(p, "RFC 7145 9.2", "a write with solicited data without Write STag");
		target_task_abort(p, task);
		return;
	}
	if (!task->command.wsv) {
		finish_write(p, task);
		return;
	}
	if (!read_limit(p) && peer_knob(p, KNOB_ORD_ZERO_WRITE_OK)) {
		target_finish(p, task);
		return;
	}
	if (!read_limit(p)) { /* RFC 7145 7.3.6: no RDMA Read is possible */
		peer_violation(p, "RFC 7145 7.3.6", "solicited data while iSER-ORD is 0");
		target_task_abort(p, task);
		return;
	}
	task->next_read = task->got;
	if (peer_knob(p, KNOB_WRITE_RESPONSE_BEFORE_DATA)) {
		task->told = true;
		task->reads++; /* keeps the slot */
		target_respond(p, task);
		fab_timer(p->fab, fab_now(p->fab) + 50 * NS_PER_MS, TIMER_LATE_DATA, p->conn);
		return;
	}
	pump_reads(p);
}

void target_fetch_late(struct peer *p)
{
	struct target_state *t = p->target;

	for (size_t i = 0; i < t->slots; i++) {
		struct target_task *task = t->tasks[i];
		if (!task->used || !task->told || task->next_read != task->got)
			continue;
		while (!all_requested(task) && !read_piece(p, task))
			;
		task->reads--;
		target_slot_release(t, task);
	}
}

static void take_unsolicited(struct target_task *task, size_t at, struct bytes data)
{
	size_t room = at < task->transfer ? task->transfer - at : 0;
	size_t used = data.len < room ? data.len : room;

	if (used && task->buffer)
		memcpy(task->buffer->at + at, data.at, used);
	task->got += data.len;
}

/* Where a Data-Out belongs; -1 where it has no right to be. RFC 7143 13.18: DataPDUInOrder=No lets
 * those of a sequence come in any order. */
static int64_t place_of(struct peer *p, const struct target_task *task, const struct pdu *pdu)
{
	if (peer_knob(p, KNOB_DATA_OUT_PLACE_ASSUMED))
		return (int64_t)task->got;
	if (pdu->data_sn != task->data_sn)
		return -1;
	if (pdu->buffer_offset != task->got &&
	    (p->terms.data_pdu_in_order || peer_knob(p, KNOB_DATA_OUT_ORDER_INSISTED)))
		return -1;
	if (!p->terms.data_pdu_in_order && peer_knob(p, KNOB_DATA_OUT_ORDER_ASSUMED))
		return (int64_t)task->got;
	return (int64_t)pdu->buffer_offset;
}

static void data_out_error(struct peer *p, struct target_task *task, enum sense_code code)
{
	if (task->io.status == SCSI_GOOD)
		disk_fail(&task->io, SENSE_ABORTED_COMMAND, code);
	(void)p;
}

void target_data_out(struct peer *p, const struct pdu *pdu)
{
	struct target_task *task = target_task_by_itt(p->target, pdu->itt);

	/* RFC 7145 7.3.4: a TTT would answer an R2T, and there are none. Without one the LUN is
	 * reserved, RFC 7143 11.7.4, and looked at by nobody. */
	if (pdu->ttt != TAG_NONE && !peer_knob(p, KNOB_DATA_OUT_WITH_TTT_OK)) {
		target_reject(p, pdu, REJECT_PROTOCOL_ERROR, false);
		return;
	}
	if (!task || task->final || !task->command.w) {
		struct disk_io io;
		uint8_t write_10[CDB_SIZE] = {0x2a, 0, 0, 0, 0, 0, 0, 0, 1};
		if (!task && peer_knob(p, KNOB_STRAY_DATA_OUT_WRITTEN)) {
			disk_start(p->target->disk, 0, write_10, &io);
			disk_finish(&io, pdu->data.at, pdu->data.len);
		}
		target_reject(p, pdu, REJECT_INVALID_FIELD, false);
		return;
	}
	if (!pdu->data.len && peer_knob(p, KNOB_EMPTY_DATA_OUT_REJECTED)) {
		target_reject(p, pdu, REJECT_INVALID_FIELD, false);
		data_out_error(p, task, ASC_MISSING_DATA);
	}
	if (task->quiet)
		return;
	const int64_t place = place_of(p, task, pdu);
	if (place < 0) {
		target_reject(p, pdu, REJECT_INVALID_FIELD, false);
		if (peer_knob(p, KNOB_REJECT_ENDS_TASK)) {
			target_task_abort(p, task);
			return;
		}
		data_out_error(p, task, ASC_MISSING_DATA);
		if (peer_knob(p, KNOB_RESPONSE_LOST_WITH_REJECT)) {
			target_task_abort(p, task);
			return;
		}
	} else if (task->got + pdu->data.len > task->unsolicited &&
		   !peer_knob(p, KNOB_FIRST_BURST_UNCHECKED)) {
		data_out_error(p, task, ASC_UNEXPECTED_DATA);
	} else if (!peer_knob(p, KNOB_UNSOLICITED_DATA_DROPPED)) {
		take_unsolicited(task, (size_t)place, pdu->data);
	} else {
		task->got += pdu->data.len;
	}
	task->data_sn++;
	/* RFC 7143 11.4.2: an error is told only when no more data is under way. */
	if (pdu->f) {
		task->final = true;
		run_write(p, task);
	}
}

/* ---- a new command ---- */

/* The rules of RFC 7143 4.2.5.2 for immediate and unsolicited data; false: the initiator broke one.
 */
static bool unsolicited_is_legal(const struct peer *p, const struct pdu *c)
{
	size_t limit = p->terms.first_burst < c->edtl ? p->terms.first_burst : c->edtl;

	if (!c->w)
		return !c->data.len && c->f;
	if (c->data.len && !p->terms.immediate_data)
		return false;
	if (!c->f && p->terms.initial_r2t)
		return false;
	return c->data.len <= limit;
}

/* The CDB brings data where the initiator gives it no place, or takes some where it offers none:
 * nothing of that can move, and GOOD would say that it had. */
static bool crossed(const struct target_task *task)
{
	const struct pdu *c = &task->command;

	if (!c->edtl)
		return false;
	return c->w ? task->io.in_len != 0 : c->r && task->io.out_len != 0;
}

static void start_write(struct peer *p, struct target_task *task)
{
	const struct pdu *c = &task->command;
	size_t burst = p->terms.first_burst < c->edtl ? p->terms.first_burst : c->edtl;

	task->transfer = task->io.out_len < c->edtl ? task->io.out_len : c->edtl;
	const bool final = c->f && (p->terms.initial_r2t || c->data.len == burst ||
				    !peer_knob(p, KNOB_FINAL_OVERLOOKED));
	task->unsolicited = final ? c->data.len : burst;
	task->final = final;
	if (task->transfer) {
		task->buffer = target_buffer_get(p, task->transfer, 0);
		if (!task->buffer)
			disk_fail(&task->io, SENSE_ABORTED_COMMAND, ASC_NONE);
	}
	if (c->data.len > task->transfer)
		target_lie_about_immediate(p, c);
	if (!unsolicited_is_legal(p, c) && !peer_knob(p, KNOB_FIRST_BURST_UNCHECKED))
		data_out_error(p, task, ASC_UNEXPECTED_DATA);
	else if (!peer_knob(p, KNOB_IMMEDIATE_DATA_DROPPED))
		take_unsolicited(task, task->got, c->data);
	else
		task->got += c->data.len;
	if (task->final ||
	    (task->io.status != SCSI_GOOD && peer_knob(p, KNOB_ERROR_BEFORE_DATA_END)))
		run_write(p, task);
}

static void count_command(struct peer *p, const struct target_task *task)
{
	struct target_state *t = p->target;
	t->recent[t->commands++ % TARGET_RECENT] = fab_now(p->fab);
	p->served.commands++;
	p->served.reads += task->command.r && task->io.in_len;
	p->served.writes += task->command.w && task->io.out_len;
}

static void task_set_full(struct peer *p, const struct pdu *c)
{
	struct pdu out;
	target_new_pdu(p, OP_SCSI_RESPONSE, &out);
	out.itt = c->itt;
	out.status = SCSI_TASK_SET_FULL;
	if ((c->r || c->w) && c->edtl) {
		out.u = 1;
		out.residual_count = c->edtl;
	}
	peer_send(p, &out);
}

void target_command(struct peer *p, const struct pdu *c)
{
	struct target_state *t = p->target;

	t->more_had_come = receives_taken(p) > 1;
	struct target_task *same = target_task_by_itt(t, c->itt);
	const bool tagless = c->itt == TAG_NONE && !peer_knob(p, KNOB_TAKES_RESERVED_TAG);
	if (tagless || same) {
		if (same && c->wsv && peer_knob(p, KNOB_TAG_TAKEN_OVER)) {
			same->command.write_stag = c->write_stag;
			same->command.write_base_offset = c->write_base_offset;
		}
		target_reject(p, c, tagless ? REJECT_INVALID_FIELD : REJECT_TASK_IN_PROGRESS,
			      !c->i);
		return;
	}
	struct target_task *task = target_slot_get(t);
	if (!task) {
		task_set_full(p, c);
		return;
	}
	task->command = *c;
	if (c->wsv && t->old.aborted_stag && t->old.aborted_itt == c->itt &&
	    peer_knob(p, KNOB_KEEPS_MAPPING_OF_ABORTED)) {
		task->command.write_stag = t->old.aborted_stag;
		task->command.write_base_offset = t->old.aborted_base;
	}
	disk_start(t->disk, c->lun, c->cdb, &task->io);
	target_attention(p, task);
	if (crossed(task))
		disk_fail(&task->io, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_IU);
	count_command(p, task);
	task->quiet = !peer_answers(p, c->type);
	if (task->quiet)
		return;

	if (c->w) {
		start_write(p, task);
		return;
	}
	if (!unsolicited_is_legal(p, c))
		data_out_error(p, task, ASC_UNEXPECTED_DATA);
	if (c->r)
		task->transfer = task->io.in_len < c->edtl ? task->io.in_len : c->edtl;
	if (task->transfer)
		run_read(p, task);
	else
		target_finish(p, task);
}

/* ---- completions ---- */

static void operation_done(struct peer *p, const struct fab_event *ev)
{
	struct target_state *t = p->target;
	uint64_t slot = ev->id & ~TARGET_OP_ID;

	if (!(ev->id & TARGET_OP_ID) || slot >= t->slots || !t->tasks[slot]->used)
		return;
	struct target_task *task = t->tasks[slot];
	if (ev->op == FAB_WRITE && task->writes) {
		task->writes--;
	} else if (ev->op == FAB_READ && task->reads) {
		task->reads--;
		t->reads_in_flight--;
	} else {
		return;
	}

	const bool good = ev->status == FAB_OK, live = good && p->phase == PEER_FULL;
	/* Behind a logout only a mutant has tasks that are not answered. */
	if (ev->op == FAB_READ && (live || (good && p->phase == PEER_LOGOUT)) &&
	    (!task->answered || task->told) && !task->reads && all_requested(task))
		finish_write(p, task);
	if (ev->op == FAB_READ && !good && task->buffer && peer_knob(p, KNOB_FAILED_WRITE_KEPT))
		target_disk_finish(p, &task->io, task->buffer->at, task->transfer);
	target_slot_release(t, task);
	if (live) {
		pump_reads(p);
		target_tmf_step(p);
	}
}

void target_done(struct peer *p, const struct fab_event *ev)
{
	struct target_state *t = p->target;
	if (!t)
		return;
	if (ev->op == FAB_READ || ev->op == FAB_WRITE)
		operation_done(p, ev);
	else if (ev->id == TARGET_LOGOUT_ID)
		target_logged_out(p);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What mutants of a target do with read data. */
#include <string.h>

#include "target.h"

void target_lie_about_read(struct peer *p, struct target_task *task, uint64_t *addr, size_t *len)
{
	if (peer_knob(p, KNOB_READ_DATA_CORRUPT))
		task->buffer->at[*len / 2] ^= 0x40;
	if (task->io.in == task->io.reply && peer_knob(p, KNOB_ANSWER_PADDED)) {
		const size_t room = task->command.edtl < task->buffer->size ? task->command.edtl
									    : task->buffer->size;
		memset(task->buffer->at + *len, 0, room - *len);
		*len = room;
	}
	if (*len >= DISK_BLOCK && peer_knob(p, KNOB_READ_DATA_SHORT))
		*len -= DISK_BLOCK;
	if (*len + 16 <= task->buffer->size && peer_knob(p, KNOB_READ_DATA_BEYOND_BUFFER))
		*len += 16;
	if (*len > 8 && peer_knob(p, KNOB_READ_DATA_SHIFTED)) {
		*addr += 8;
		*len -= 8;
	}
}

/* Blocks of the disk that the CDB does not name get what comes beyond the command's own. */
void target_lie_about_immediate(struct peer *p, const struct pdu *command)
{
	struct disk_io io;
	uint8_t cdb[CDB_SIZE];

	if (!peer_knob(p, KNOB_IMMEDIATE_BEYOND_COMMAND))
		return;
	memcpy(cdb, command->cdb, sizeof(cdb));
	cdb[8] = (uint8_t)(command->data.len / DISK_BLOCK);
	disk_start(p->target->disk, command->lun, cdb, &io);
	disk_finish(&io, command->data.at, command->data.len);
}

void target_send_data_in(struct peer *p, struct target_task *task)
{
	struct pdu out;
	target_new_pdu(p, OP_DATA_IN, &out);
	out.f = 1;
	out.itt = task->command.itt;
	out.ttt = TAG_NONE;
	out.s = peer_knob(p, KNOB_STATUS_IN_DATA_IN);
	out.stat_sn = out.s ? p->stat_sn++ : 0;
	out.data = (struct bytes){task->io.in, task->transfer < 4096 ? task->transfer : 4096};
	peer_send(p, &out);
}

void target_collapse_phases(struct peer *p, struct target_task *task)
{
	struct pdu out;
	target_new_pdu(p, OP_DATA_IN, &out);
	out.f = 1;
	out.s = 1;
	out.itt = task->command.itt;
	out.ttt = TAG_NONE;
	peer_send(p, &out);
	p->stat_sn++;
	target_task_abort(p, task);
}

/* The id is that of no task, so that nobody waits for the end of it. */
void target_lie_touch(struct peer *p, uint32_t stag, uint64_t base)
{
	enum { LEN = 16 };
	struct target_buffer *b = target_buffer_get(p, LEN, LEN);

	if (!b)
		return;
	for (size_t i = 0; i < LEN; i++)
		b->at[i] = 0xee;
	struct fab_wr wr = {
		.op = FAB_WRITE,
		.id = TARGET_OP_ID | TARGET_TASKS,
		.peer_key = stag,
		.peer_addr = base,
		.local = b->region,
		.len = LEN,
	};
	fab_post(p->conn, &wr, 1, NULL);
	b->next = p->target->free_buffers;
	p->target->free_buffers = b;
}

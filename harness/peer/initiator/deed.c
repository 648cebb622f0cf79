/* SPDX-License-Identifier: BSD-2-Clause */
/* What a model initiator is told to do beside its scan: reads and writes of any size, any command,
 * resets. */
#include "../deed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../wire/cursor.h"
#include "initiator.h"

enum {
	BLOCK = 512,
	READ_10 = 0x28,
	WRITE_10 = 0x2a,
	IN_FLIGHT_MAX = 256,
	MKFS_BYTES = 1 << 20,
	MKFS_STEP = 128 << 10,
};

struct deed_slot {
	struct peer_task *task; /* NULL: free */
	uint64_t at;		/* its first byte of the whole */
};

struct deed_run {
	struct peer_deed deed;
	uint8_t *data; /* what is written, or what was read */
	uint64_t next; /* the first byte that no command was made for */
	struct deed_slot slots[IN_FLIGHT_MAX];
	uint64_t timeout_before;
	int status; /* -1: not over */
	bool reads, reset;
	uint32_t resets_before; /* task management functions answered before this one */
	char why[120];
};

static void over(struct peer *p, struct deed_run *d, int status, const char *why)
{
	d->status = status;
	snprintf(d->why, sizeof(d->why), "%.119s", why);
	p->cfg.task_timeout = d->timeout_before;
}

static uint64_t step_of(const struct deed_run *d)
{
	const uint64_t left = d->deed.length - d->next;
	return d->deed.size && d->deed.size < left ? d->deed.size : left;
}

static void next_cdb(const struct deed_run *d, uint64_t len, uint8_t cdb[CDB_SIZE])
{
	struct writer w = writer_of(cdb, CDB_SIZE);

	memset(cdb, 0, CDB_SIZE);
	if (d->deed.has_cdb) {
		memcpy(cdb, d->deed.cdb, CDB_SIZE);
		return;
	}
	writer_be(&w, 2, (uint64_t)(d->reads ? READ_10 : WRITE_10) << 8);
	writer_be(&w, 4, (d->deed.offset + d->next) / BLOCK);
	writer_be(&w, 3, len / BLOCK);
}

static void submit(struct peer *p, struct deed_run *d, struct deed_slot *slot)
{
	const uint64_t len = step_of(d);
	struct scsi_request r = {.lun = (d->deed.has_lun ? d->deed.lun : p->cfg.lun) << 48};
	struct err e = {0};

	next_cdb(d, len, r.cdb);
	r.read_len = (uint32_t)(d->reads ? len : d->deed.read);
	if (!d->reads)
		r.write = (struct bytes){d->data + d->next, len};
	slot->at = d->next;
	slot->task = peer_scsi(p, &r, &e);
	d->next += len;
	if (!len)
		d->next = 1; /* of a command without data there is one */
	if (!slot->task)
		over(p, d, DEED_FAILED, e.what);
}

/* A task that ended; its data is what the initiator's user sees. */
static void take(struct peer *p, struct deed_run *d, const struct deed_slot *slot)
{
	const struct peer_task *t = slot->task;

	if (t->status && t->read.len && peer_knob(p, KNOB_FAILED_READ_DONE))
		return;
	if (t->aborted || t->rejected || t->response || t->status) {
		char why[80];
		snprintf(why, sizeof(why), "%s, response 0x%02x status 0x%02x",
			 t->aborted    ? "aborted"
			 : t->rejected ? "rejected"
				       : "not done",
			 t->response, t->status);
		over(p, d, DEED_FAILED, why);
	} else if (t->underflow && !d->deed.has_cdb) {
		over(p, d, DEED_FAILED, "less was moved than was asked for");
	} else if (d->reads && t->read.len) {
		memcpy(d->data + slot->at, t->read.at, t->read.len);
	}
}

static void work(struct peer *p, struct deed_run *d)
{
	const uint64_t whole = d->deed.length ? d->deed.length : 1;
	uint64_t width = d->deed.in_flight ? d->deed.in_flight : 1;
	bool busy = false;

	if (width > IN_FLIGHT_MAX)
		width = IN_FLIGHT_MAX;
	for (size_t i = 0; i < width && d->status < 0; i++) {
		struct deed_slot *slot = &d->slots[i];
		if (slot->task && slot->task->done) {
			take(p, d, slot);
			initiator_task_over(p, slot->task);
			slot->task = NULL;
		}
		if (!slot->task && d->status < 0 && d->next < whole && initiator_may_send(p))
			submit(p, d, slot);
		busy |= slot->task != NULL;
	}
	if (d->status < 0 && !busy && d->next >= whole)
		over(p, d, DEED_DONE, "");
}

static bool reset_answered(struct peer *p)
{
	const struct initiator_state *s = initiator_state(p);
	for (size_t i = 0; i < s->outstanding_count; i++)
		if (s->outstanding[i].opcode == OP_TASK_REQUEST)
			return false;
	return true;
}

void initiator_deed_step(struct peer *p)
{
	struct deed_run *d = p->deed;

	if (!d || d->status >= 0)
		return;
	if (p->phase == PEER_CLOSED)
		over(p, d, DEED_FAILED, "the session ended");
	else if (d->reset && reset_answered(p))
		over(p, d, DEED_DONE, "");
	else if (!d->reset && p->phase == PEER_FULL && !p->quiet)
		work(p, d);
}

static int begin_reset(struct peer *p, struct deed_run *d)
{
	struct err e = {0};
	const bool lun = !strcmp(d->deed.name, "reset-lun");

	d->reset = true;
	return peer_task_management(p, lun ? LU_RESET : TARGET_WARM_RESET, TAG_NONE, &e);
}

bool initiator_deed_begin(struct peer *p, const struct peer_deed *deed, struct bytes data)
{
	const bool mkfs = !strcmp(deed->name, "mkfs");
	const bool io = mkfs || !strcmp(deed->name, "read") || !strcmp(deed->name, "write") ||
			!strcmp(deed->name, "command");
	const bool reset = !strcmp(deed->name, "reset-lun") || !strcmp(deed->name, "reset-target");

	initiator_deed_free(p);
	if (!io && !reset)
		return false;
	struct deed_run *d = p->deed = calloc(1, sizeof(*d));
	if (!d)
		return false;
	d->deed = *deed;
	d->status = -1;
	d->timeout_before = p->cfg.task_timeout;
	if (deed->abort_after_ms) {
		p->cfg.task_timeout = deed->abort_after_ms * NS_PER_MS;
		p->cfg.task_timeout_function = 1;
	}
	if (data.len)
		d->deed.length = data.len;
	d->reads = !data.len && !mkfs;
	if (mkfs) { /* a file system of a model: zeros */
		d->deed.length = MKFS_BYTES;
		d->deed.size = MKFS_STEP;
	}
	d->data = data.len ? malloc(data.len) : calloc(1, d->deed.length + 1);
	if (d->data && data.len)
		memcpy(d->data, data.at, data.len);
	if (!d->data)
		over(p, d, DEED_FAILED, "out of memory");
	else if (p->phase != PEER_FULL)
		over(p, d, DEED_FAILED, "there is no session");
	else if (reset && begin_reset(p, d))
		over(p, d, DEED_FAILED, "the reset could not be sent");
	initiator_deed_step(p);
	return true;
}

int initiator_deed_status(const struct peer *p, const char **why)
{
	if (!p->deed)
		return DEED_NOT_SUPPORTED;
	*why = p->deed->why;
	return p->deed->status;
}

size_t initiator_deed_data(const struct peer *p, const uint8_t **at)
{
	const struct deed_run *d = p->deed;
	*at = d ? d->data : NULL;
	return d && d->reads ? (size_t)d->deed.length : 0;
}

void initiator_deed_free(struct peer *p)
{
	if (p->deed)
		free(p->deed->data);
	free(p->deed);
	p->deed = NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The logical unit under test: what it can hold, and what may be done to it. Somebody's disk is not
 * ours to overwrite, and that it is smaller than a case would like is no fault of the SUT's.
 */
#include <stdlib.h>
#include <string.h>

#include "run.h"

enum {
	BLOCK_SIZE = 512, /* where nobody has told otherwise */
	HEAD_SIZE = 1 << 20,
	HEAD_STEP = 64 << 10,
	SCSI_GOOD = 0,
	MODE_WRITE_PROTECTED = 0x80, /* SBC-3 6.4.1: the device-specific parameter's bit WP */
};

static uint64_t get_be(const uint8_t *at, unsigned n)
{
	uint64_t v = 0;
	while (n--)
		v = v << 8 | *at++;
	return v;
}

/* SAM-5 4.7: single level, peripheral device addressing below 256, flat above. */
uint64_t run_lun(const struct run *r)
{
	uint64_t lun = r->env->lun;
	return lun < 256 ? lun << 48 : (0x4000 | (lun & 0x3fff)) << 48;
}

static bool is_good(const struct peer_task *t)
{
	return t && t->done && !t->rejected && !t->response && t->status == SCSI_GOOD;
}

/* What came there by RDMA Write is in no message: the log is told, and a replay asks it. */
static void tell(struct run *r, const char *name, uint8_t *at, size_t len)
{
	struct fab_answer a = {.name = name, .at = at, .len = len};
	fab_answer(r->env->fab, r->talk->link->conn, &a);
}

bool run_lun_learn(struct run *r, uint64_t until)
{
	if (r->block_size)
		return true;
	/* READ CAPACITY (10) */
	struct scsi_request q = {.lun = run_lun(r), .cdb = {0x25}, .read_len = 8};
	const struct peer_task *t = run_task(r, &q, until);
	if (run_ended(r))
		return false;
	r->block_size = BLOCK_SIZE;
	if (!is_good(t) || t->underflow)
		return true;
	tell(r, "capacity", t->read.at, 8);
	const uint64_t last = get_be(t->read.at, 4), size = get_be(t->read.at + 4, 4);
	if (size < 256 || size > 65536)
		return true;
	r->block_size = (uint32_t)size;
	r->blocks = last + 1;
	return true;
}

struct value run_lun_protected(struct run *r, uint64_t until)
{
	/* MODE SENSE (6), all pages, no block descriptor */
	struct scsi_request q = {
		.lun = run_lun(r), .cdb = {0x1a, 0x08, 0x3f, 0, 64}, .read_len = 64};
	const struct peer_task *t = run_task(r, &q, until);
	const uint32_t missing = t && t->underflow ? t->residual : 0;
	if (!is_good(t) || missing > 61)
		return (struct value){0};
	tell(r, "mode-parameters", t->read.at, 4);
	return (struct value){.kind = VALUE_NUMBER,
			      .number = !!(t->read.at[2] & MODE_WRITE_PROTECTED)};
}

const char *run_lun_signature(struct run *r, uint64_t until)
{
	uint8_t *head = calloc(1, HEAD_SIZE);
	size_t len = 0;
	const char *found = NULL;
	if (!head)
		abort();
	if (!r->env->signature || !run_lun_learn(r, until) || !r->blocks)
		goto out;
	const uint32_t step = HEAD_STEP / r->block_size;
	for (uint64_t lba = 0; lba + step <= r->blocks && len + HEAD_STEP <= HEAD_SIZE;
	     lba += step) {
		struct scsi_request q = {.lun = run_lun(r), .read_len = step * r->block_size};
		q.cdb[0] = 0x28; /* READ (10) */
		q.cdb[4] = (uint8_t)(lba >> 8);
		q.cdb[5] = (uint8_t)lba;
		q.cdb[8] = (uint8_t)step;
		const struct peer_task *t = run_task(r, &q, until);
		if (!is_good(t) || t->underflow)
			break;
		memcpy(head + len, t->read.at, q.read_len);
		len += q.read_len;
	}
	struct fab_answer a = {.name = "signature", .text = r->env->signature(head, len)};
	fab_answer(r->env->fab, r->talk->link->conn, &a);
	found = a.text;
out:
	free(head);
	return found;
}

/* Commands that change what the medium or the unit holds: SBC-3, SPC-4. */
static bool writes(const uint8_t cdb[CDB_SIZE])
{
	switch (cdb[0]) {
	case 0x04: /* FORMAT UNIT */
	case 0x0a: /* WRITE (6), (10), (12), (16) */
	case 0x2a:
	case 0xaa:
	case 0x8a:
	case 0x2e: /* WRITE AND VERIFY */
	case 0xae:
	case 0x8e:
	case 0x41: /* WRITE SAME */
	case 0x93:
	case 0x3b: /* WRITE BUFFER, LONG */
	case 0x3f:
	case 0x42: /* UNMAP, SANITIZE */
	case 0x48:
	case 0x15: /* MODE SELECT */
	case 0x55:
	case 0x5f: /* PERSISTENT RESERVE OUT */
	case 0x89: /* COMPARE AND WRITE, ORWRITE, XDWRITEREAD */
	case 0x8b:
	case 0x53:
	case 0x7f: /* 32 bytes, whatever it does */
		return true;
	default:
		return false;
	}
}

/* Where a READ or WRITE ends; 0: it is none. */
static uint64_t end_of(const uint8_t cdb[CDB_SIZE])
{
	switch (cdb[0]) {
	case 0x28:
	case 0x2a:
		return get_be(cdb + 2, 4) + get_be(cdb + 7, 2);
	case 0xa8:
	case 0xaa:
		return get_be(cdb + 2, 4) + get_be(cdb + 6, 4);
	case 0x88:
	case 0x8a:
		return get_be(cdb + 2, 8) + get_be(cdb + 10, 4);
	default:
		return 0;
	}
}

enum flow run_lun_allows(struct run *r, unsigned line, const uint8_t cdb[CDB_SIZE], bool beyond)
{
	const struct run_env *env = r->env;
	const uint64_t blocks = r->blocks ? r->blocks : env->lun_blocks;
	if (writes(cdb) && env->read_only)
		return run_cannot(r, line,
				  "it writes, and nothing is written to the LUN without "
				  "--allow-writes");
	if (writes(cdb) && env->lun_protected)
		return run_cannot(r, line, "it writes, and the LUN is write-protected");
	if (beyond || !blocks || end_of(cdb) <= blocks)
		return FLOW_ON;
	return run_judge(r, VERDICT_NOT_APPLICABLE, line, NULL, NULL, 0,
			 "the LUN has %llu blocks, and this goes to the end of block %llu",
			 (unsigned long long)blocks, (unsigned long long)end_of(cdb) - 1);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The device server's commands that move blocks, and the table of all commands. Commands as in
 * SPC-4 and SBC-3. */
#include "disk.h"

#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum finish_op {
	FINISH_NOTHING,
	FINISH_WRITE,
	FINISH_OR,
	FINISH_COMPARE,
	FINISH_COMPARE_SAME, /* each block with the one that came */
	FINISH_COMPARE_AND_WRITE,
	FINISH_WRITE_SAME,
};

struct disk *disk_new(uint32_t blocks, const char *name)
{
	struct disk *d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->blocks = blocks ? blocks : 1;
	d->medium = medium_new((size_t)d->blocks * DISK_BLOCK);
	if (!d->medium) {
		free(d);
		return NULL;
	}
	/* FNV-1a: two targets of different names must not look like two paths to one disk. */
	d->id = 0xcbf29ce484222325u;
	for (const char *c = name; *c; c++)
		d->id = (d->id ^ (uint8_t)*c) * 0x100000001b3u;
	d->id &= (UINT64_C(1) << 60) - 1;
	return d;
}

void disk_free(struct disk *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < DISK_LUNS_MAX - 1; i++)
		disk_free(d->more[i]);
	medium_free(d->medium);
	free(d);
}

int disk_units(struct disk *d, unsigned luns, const char *name)
{
	for (unsigned i = 1; i < luns && i < DISK_LUNS_MAX; i++) {
		if (!d->more[i - 1] && !(d->more[i - 1] = disk_new(d->blocks, name)))
			return -1;
		/* Another unit, not another path to the first. */
		d->more[i - 1]->id = d->id ^ i;
	}
	return 0;
}

/* Peripheral device addressing of a single level, SAM-5 4.7.7.2: all else is of no unit here. */
static struct disk *slot(struct disk *d, uint64_t lun)
{
	const uint64_t n = lun >> 48;
	if (lun << 16 || n >= DISK_LUNS_MAX)
		return NULL;
	return n ? d->more[n - 1] : d;
}

struct disk *disk_unit(struct disk *d, uint64_t lun)
{
	struct disk *u = slot(d, lun);
	return u && !u->gone ? u : NULL;
}

void disk_present(struct disk *d, uint64_t lun, bool present)
{
	struct disk *u = slot(d, lun << 48);
	if (u)
		u->gone = !present;
}

uint32_t disk_blocks(const struct disk *d)
{
	return d->blocks;
}

static void put_sense(struct disk_io *io, enum sense_key key, enum sense_code code)
{
	memset(io->sense, 0, sizeof(io->sense));
	io->sense[0] = 0x70; /* current error, fixed format */
	io->sense[2] = (uint8_t)key;
	io->sense[7] = DISK_SENSE_SIZE - 8;
	io->sense[12] = (uint8_t)(code >> 8);
	io->sense[13] = (uint8_t)code;
}

void disk_fail(struct disk_io *io, enum sense_key key, enum sense_code code)
{
	put_sense(io, key, code);
	io->status = SCSI_CHECK_CONDITION;
	io->sense_len = sizeof(io->sense);
	io->in = NULL;
	io->in_len = io->out_len = 0;
	io->op = FINISH_NOTHING;
}

void disk_reply(struct disk_io *io, const struct writer *w, uint64_t allocation_length)
{
	size_t len = writer_len(w);
	io->in = io->reply;
	io->in_len = len < allocation_length ? len : (size_t)allocation_length;
}

/* ---- commands on blocks ---- */

struct extent {
	uint64_t lba, blocks;
	uint8_t flags; /* byte 1 of the CDB; 0 of a 6-byte one */
};

static struct extent extent_of(const uint8_t *cdb)
{
	struct cursor c = cursor_of(cdb, CDB_SIZE);
	struct extent x = {0};

	cursor_be(&c, 1);
	if (cdb[0] < 0x20) {
		x.lba = cursor_be(&c, 3) & 0x1fffff;
		x.blocks = cursor_be(&c, 1);
		if (!x.blocks)
			x.blocks = 256; /* only the 6-byte forms read 0 so, SBC-3 5.10 */
		return x;
	}
	x.flags = (uint8_t)cursor_be(&c, 1);
	if (cdb[0] >= 0xa0) {
		x.lba = cursor_be(&c, 4);
		x.blocks = cursor_be(&c, 4);
	} else if (cdb[0] >= 0x80) {
		x.lba = cursor_be(&c, 8);
		x.blocks = cursor_be(&c, 4);
	} else {
		x.lba = cursor_be(&c, 4);
		cursor_be(&c, 1);
		x.blocks = cursor_be(&c, 2);
	}
	return x;
}

static bool in_range(const struct disk *d, const struct extent *x, struct disk_io *io)
{
	if (x->lba <= d->blocks && x->blocks <= d->blocks - x->lba)
		return true;
	disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_LBA_OUT_OF_RANGE);
	return false;
}

/* A disk formatted without protection information refuses RDPROTECT, WRPROTECT and VRPROTECT;
 * SBC-3 4.22. */
static bool unprotected(const struct extent *x, struct disk_io *io)
{
	if (!(x->flags & 0xe0))
		return true;
	disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
	return false;
}

static void expect_data(struct disk_io *io, enum finish_op op, const struct extent *x, size_t len)
{
	io->op = op;
	io->lba = x->lba;
	io->blocks = x->blocks;
	io->out_len = len;
}

static void start_read(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct extent x = extent_of(cdb);
	if (!unprotected(&x, io) || !in_range(d, &x, io))
		return;
	io->in = medium_at(d->medium, x.lba * DISK_BLOCK);
	io->in_len = (size_t)x.blocks * DISK_BLOCK;
}

static void start_write(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct extent x = extent_of(cdb);
	if (unprotected(&x, io) && in_range(d, &x, io))
		expect_data(io, FINISH_WRITE, &x, (size_t)x.blocks * DISK_BLOCK);
}

static void start_verify(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct extent x = extent_of(cdb);
	if (!unprotected(&x, io) || !in_range(d, &x, io))
		return;
	switch (x.flags >> 1 & 3) { /* BYTCHK */
	case 0:
		return;
	case 1:
		expect_data(io, FINISH_COMPARE, &x, (size_t)x.blocks * DISK_BLOCK);
		return;
	case 3:
		expect_data(io, FINISH_COMPARE_SAME, &x, x.blocks ? DISK_BLOCK : 0);
		return;
	default:
		disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
	}
}

static void start_or(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct extent x = extent_of(cdb);
	if (unprotected(&x, io) && in_range(d, &x, io))
		expect_data(io, FINISH_OR, &x, (size_t)x.blocks * DISK_BLOCK);
}

static void start_compare_and_write(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct extent x = extent_of(cdb);
	x.blocks &= 0xff; /* the bytes before are reserved */
	if (unprotected(&x, io) && in_range(d, &x, io))
		expect_data(io, FINISH_COMPARE_AND_WRITE, &x, (size_t)x.blocks * 2 * DISK_BLOCK);
}

static void start_write_same(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct extent x = extent_of(cdb);
	/* WRPROTECT, ANCHOR, UNMAP, PBDATA, LBDATA, NDOB: nothing of that here. */
	if (x.flags) {
		disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
		return;
	}
	if (!in_range(d, &x, io))
		return;
	if (!x.blocks)
		x.blocks = d->blocks - x.lba; /* to the end, as WSNZ of VPD page b0 allows */
	expect_data(io, FINISH_WRITE_SAME, &x, DISK_BLOCK);
}

static void start_range(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct extent x = extent_of(cdb);
	in_range(d, &x, io); /* SYNCHRONIZE CACHE: RAM holds what it holds */
}

/* Where so many bytes of the command's go. */
static uint8_t *written(const struct disk_io *io, size_t len)
{
	return medium_write(io->unit->medium, io->lba * DISK_BLOCK, len);
}

/* All data has moved, so disk_fail() would tell too little. */
static void miscompare(struct disk_io *io)
{
	put_sense(io, SENSE_MISCOMPARE, ASC_MISCOMPARE);
	io->status = SCSI_CHECK_CONDITION;
	io->sense_len = sizeof(io->sense);
}

/* SBC-3 5.2: all or nothing; INFORMATION says where the first difference is. */
static void compare_and_write(struct disk_io *io, const uint8_t *data, size_t len)
{
	const size_t half = io->out_len / 2;
	uint8_t *at = written(io, half);
	struct writer information = writer_of(io->sense + 3, 4);
	size_t same = 0;

	if (len < io->out_len) {
		disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_IU);
		return;
	}
	while (same < half && at[same] == data[same])
		same++;
	if (same == half) {
		memcpy(at, data + half, half);
		return;
	}
	miscompare(io);
	io->sense[0] |= 0x80; /* INFORMATION is valid */
	writer_be(&information, 4, same);
}

void disk_finish(struct disk_io *io, const uint8_t *data, size_t len)
{
	if (len > io->out_len)
		len = io->out_len;
	len -= len % DISK_BLOCK;
	if (!len)
		return;

	const uint8_t *at = medium_at(io->unit->medium, io->lba * DISK_BLOCK);
	uint8_t *to;
	switch ((enum finish_op)io->op) {
	case FINISH_NOTHING:
		return;
	case FINISH_WRITE:
		memcpy(written(io, len), data, len);
		return;
	case FINISH_OR:
		to = written(io, len);
		for (size_t i = 0; i < len; i++)
			to[i] |= data[i];
		return;
	case FINISH_COMPARE:
		if (memcmp(at, data, len) != 0)
			miscompare(io);
		return;
	case FINISH_COMPARE_SAME:
		for (uint64_t i = 0; i < io->blocks && io->status == SCSI_GOOD; i++)
			if (memcmp(at + i * DISK_BLOCK, data, DISK_BLOCK) != 0)
				miscompare(io);
		return;
	case FINISH_COMPARE_AND_WRITE:
		compare_and_write(io, data, len);
		return;
	case FINISH_WRITE_SAME:
		to = written(io, io->blocks * DISK_BLOCK);
		for (uint64_t i = 0; i < io->blocks; i++)
			memcpy(to + i * DISK_BLOCK, data, DISK_BLOCK);
		return;
	}
}

/* ---- the others ---- */

static void start_nothing(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	(void)d, (void)cdb, (void)io;
}

static void start_request_sense(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	(void)d;
	if (cdb[1] & 1) { /* DESC: descriptor format */
		disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
		return;
	}
	put_sense(io, SENSE_NONE, ASC_NONE);
	struct writer w = writer_of(io->reply, sizeof(io->reply));
	writer_put(&w, io->sense, sizeof(io->sense));
	disk_reply(io, &w, cdb[4]);
}

static void start_mode_sense(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	disk_mode_sense(d, cdb, io);
}

static void start_read_capacity_10(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	disk_read_capacity_10(d, cdb, io);
}

static void start_service_action_in(struct disk *d, const uint8_t *cdb, struct disk_io *io)
{
	struct extent x = extent_of(cdb);
	const unsigned action = cdb[1] & 0x1f;

	if (action == 0x10) {
		disk_read_capacity_16(d, cdb, io);
	} else if (action == 0x12) {
		x.blocks = 1; /* only where to begin is asked for */
		if (in_range(d, &x, io))
			disk_lba_status(d, x.lba, cdb, io);
	} else {
		disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_INVALID_FIELD_IN_CDB);
	}
}

static const struct {
	uint8_t opcode;
	void (*start)(struct disk *d, const uint8_t *cdb, struct disk_io *io);
} commands[] = {
	{0x00, start_nothing}, /* TEST UNIT READY */
	{0x03, start_request_sense},
	{0x08, start_read},
	{0x0a, start_write},
	{0x1a, start_mode_sense},
	{0x1b, start_nothing}, /* START STOP UNIT */
	{0x1e, start_nothing}, /* PREVENT ALLOW MEDIUM REMOVAL */
	{0x25, start_read_capacity_10},
	{0x28, start_read},
	{0x2a, start_write},
	{0x2e, start_write}, /* WRITE AND VERIFY: RAM verifies by itself */
	{0x2f, start_verify},
	{0x35, start_range}, /* SYNCHRONIZE CACHE (10) */
	{0x41, start_write_same},
	{0x5a, start_mode_sense},
	{0x88, start_read},
	{0x89, start_compare_and_write},
	{0x8a, start_write},
	{0x8b, start_or}, /* ORWRITE (16) */
	{0x8e, start_write},
	{0x8f, start_verify},
	{0x91, start_range}, /* SYNCHRONIZE CACHE (16) */
	{0x93, start_write_same},
	{0x9e, start_service_action_in},
	{0xa8, start_read},
	{0xaa, start_write},
	{0xae, start_write},
	{0xaf, start_verify},
};

void disk_start(struct disk *d, uint64_t lun, const uint8_t cdb[CDB_SIZE], struct disk_io *io)
{
	struct disk *unit = disk_unit(d, lun);

	memset(io, 0, sizeof(*io));
	io->status = SCSI_GOOD;
	io->unit = unit ? unit : d;

	/* These two answer for LUNs that do not exist, too: that is how an initiator finds out.
	 * SPC-4 5.7 */
	if (cdb[0] == 0x12) {
		disk_inquiry(unit ? unit : d, unit, cdb, io);
		return;
	}
	if (cdb[0] == 0xa0) {
		disk_report_luns(d, cdb, io);
		return;
	}
	if (!unit) {
		disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_NO_SUCH_LUN);
		return;
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (commands[i].opcode == cdb[0]) {
			commands[i].start(unit, cdb, io);
			return;
		}
	disk_fail(io, SENSE_ILLEGAL_REQUEST, ASC_INVALID_OPCODE);
}

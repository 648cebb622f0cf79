/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A RAM disk as a SCSI device server: CDB in, data, status and sense out. It knows nothing of
 * iSCSI, RDMA or time, so a command is two calls: disk_start() judges it and hands over what it
 * returns, disk_finish() takes what it wanted.
 */
#ifndef PEER_DISK_H
#define PEER_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../wire/pdu.h"

enum {
	DISK_BLOCK = 512,
	DISK_SENSE_SIZE = 18, /* fixed format sense data, SPC-4 4.5.3 */
	DISK_LUNS_MAX = 16,   /* of one target */
	DISK_REPLY_MAX = 256, /* longest answer that is not read from the medium */
};

enum scsi_status {
	SCSI_GOOD = 0x00,
	SCSI_CHECK_CONDITION = 0x02,
	SCSI_TASK_SET_FULL = 0x28,
};

enum sense_key {
	SENSE_NONE = 0x0,
	SENSE_ILLEGAL_REQUEST = 0x5,
	SENSE_UNIT_ATTENTION = 0x6,
	SENSE_ABORTED_COMMAND = 0xb,
	SENSE_MISCOMPARE = 0xe,
};

/* Additional sense code and its qualifier, as one number. */
enum sense_code {
	ASC_NONE = 0x0000,
	ASC_UNEXPECTED_DATA = 0x0c0c,	  /* unexpected unsolicited data */
	ASC_MISSING_DATA = 0x0c0d,	  /* not enough unsolicited data */
	ASC_INVALID_FIELD_IN_IU = 0x0e03, /* what the command says beside its CDB */
	ASC_MISCOMPARE = 0x1d00,
	ASC_INVALID_OPCODE = 0x2000,
	ASC_LBA_OUT_OF_RANGE = 0x2100,
	ASC_INVALID_FIELD_IN_CDB = 0x2400,
	ASC_NO_SUCH_LUN = 0x2500,
	ASC_NO_SAVED_PAGES = 0x3900,
	ASC_LUNS_CHANGED = 0x3f0e,     /* reported LUNs data has changed */
	ASC_COMMANDS_CLEARED = 0x477f, /* some commands cleared by iSCSI protocol event */
};

struct disk;

/* What becomes of one command. Do not move it between the two calls: `in` may point into it. */
struct disk_io {
	uint8_t status; /* enum scsi_status */
	uint8_t sense[DISK_SENSE_SIZE];
	size_t sense_len;  /* 0 unless status is CHECK CONDITION */
	const uint8_t *in; /* data for the initiator; lives as long as the disk and *io */
	size_t in_len;
	size_t out_len; /* bytes that the CDB wants from the initiator */

	/* of disk*.c */
	struct disk *unit;
	unsigned op; /* what disk_finish() does with them */
	uint64_t lba, blocks;
	uint8_t reply[DISK_REPLY_MAX];
};

/* `name` (the target's) makes serial number and device identification. NULL when out of memory. */
struct disk *disk_new(uint32_t blocks, const char *name);
void disk_free(struct disk *d);
/* From now on there are `luns` of them, LUN 0 to luns - 1, each with blocks of its own, all free
 * with the first. -1 when out of memory. */
int disk_units(struct disk *d, unsigned luns, const char *name);
/* `lun` as in the BHS; NULL: there is none. */
struct disk *disk_unit(struct disk *d, uint64_t lun);
/* Takes that LUN away, or puts it there again with what it held. */
void disk_present(struct disk *d, uint64_t lun, bool present);
uint32_t disk_blocks(const struct disk *d);

/* Judges one command and fills *io; `lun` as in the BHS. On CHECK CONDITION no data moves in either
 * direction. */
void disk_start(struct disk *d, uint64_t lun, const uint8_t cdb[CDB_SIZE], struct disk_io *io);
/* The written bytes: whole blocks of them are used when fewer than out_len came. May turn
 * io->status into CHECK CONDITION. */
void disk_finish(struct disk_io *io, const uint8_t *data, size_t len);

/* Turns *io into a CHECK CONDITION without data. */
void disk_fail(struct disk_io *io, enum sense_key key, enum sense_code code);

#endif

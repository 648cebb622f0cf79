/* SPDX-License-Identifier: BSD-2-Clause */
/* Between disk/disk.c and disk/inquiry.c only. */
#ifndef PEER_DISK_INTERNAL_H
#define PEER_DISK_INTERNAL_H

#include "../../wire/cursor.h"
#include "disk.h"
#include "medium.h"

struct disk {
	uint32_t blocks;
	uint64_t id; /* 60 bits from the name: vendor part of the NAA identifier */
	struct medium *medium;
	bool gone;
	struct disk *more[DISK_LUNS_MAX - 1]; /* of the first: the units behind it */
};

/* Commands that describe the device; each answers into io->reply. */
void disk_inquiry(const struct disk *d, bool lun_exists, const uint8_t *cdb, struct disk_io *io);
void disk_mode_sense(const struct disk *d, const uint8_t *cdb, struct disk_io *io);
void disk_report_luns(struct disk *d, const uint8_t *cdb, struct disk_io *io);
void disk_read_capacity_10(const struct disk *d, const uint8_t *cdb, struct disk_io *io);
void disk_read_capacity_16(const struct disk *d, const uint8_t *cdb, struct disk_io *io);
/* of the blocks from `lba` on, which is on the disk */
void disk_lba_status(const struct disk *d, uint64_t lba, const uint8_t *cdb, struct disk_io *io);

/* What `w` wrote into io->reply becomes the answer, cut to the CDB's allocation length. */
void disk_reply(struct disk_io *io, const struct writer *w, uint64_t allocation_length);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a disk holds, so that nobody's data is overwritten by a test. */
#ifndef CLI_SIGNATURE_H
#define CLI_SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Looks for a partition table, file system, volume or RAID in the first bytes of a disk: its name
 * as libblkid has it ("gpt", "ext4", "LVM2_member"), static until the next call; NULL: none is
 * there. What cannot be looked at is taken for one: "unknown".
 */
const char *signature_find(const uint8_t *head, size_t len);

#endif

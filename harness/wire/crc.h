/* SPDX-License-Identifier: BSD-2-Clause */
/* The two checksums of RDMA on the wire: CRC-32 (IEEE 802.3) of RoCE's ICRC, and CRC-32C
 * (Castagnoli, RFC 3720 12.1 by way of RFC 5044 4.4) of MPA. */
#ifndef WIRE_CRC_H
#define WIRE_CRC_H

#include <stddef.h>
#include <stdint.h>

enum crc_kind { CRC_32, CRC_32C };

/* Begin with CRC_BEGIN, add what there is piece by piece, end with crc_end(): both go over the wire
 * with the least significant byte first. */
#define CRC_BEGIN 0xffffffffu
uint32_t crc_add(enum crc_kind kind, uint32_t crc, const void *at, size_t len);
static inline uint32_t crc_end(uint32_t crc)
{
	return ~crc;
}

#endif

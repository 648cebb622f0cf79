/* SPDX-License-Identifier: BSD-2-Clause */
/* CM private data of iSER on InfiniBand and RoCE: the four bytes of IBTA Annex A12, as all Linux
 * peers send. */
#ifndef WIRE_CM_DATA_H
#define WIRE_CM_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "err.h"

enum { CM_DATA_SIZE = 4, CM_PRIVATE_DATA_MAX = 56 };

struct cm_data {
	bool zbva_not_supported;     /* 0x80: virtual addresses are not zero-based */
	bool send_inv_not_supported; /* 0x40: no Send with Invalidate */
	uint8_t reserved_flags;	     /* the other six bits, for judging */
	uint8_t reserved[3];
	bool present; /* false: no private data at all, everything supported by default */
};

/* CM hands over a zero-filled area, so four zeros mean "absent or all supported": present is then
 * false. Bytes after the four are not iSER's and are not looked at. -1 with *e when 1 to 3 bytes
 * say something. */
int cm_data_decode(struct cm_data *d, const void *buf, size_t len, struct err *e);
/* Writes all members but `present`, which only decoding sets. */
void cm_data_encode(const struct cm_data *d, uint8_t out[CM_DATA_SIZE]);

#endif

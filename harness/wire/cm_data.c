/* SPDX-License-Identifier: BSD-2-Clause */
/* The iSER part of the CM private data: one byte of flags and three reserved ones. */
#include "cm_data.h"

#include <string.h>

enum { ZBVA_NOT_SUPPORTED = 0x80, SEND_INV_NOT_SUPPORTED = 0x40, RESERVED_FLAGS = 0x3f };

static bool all_zero(const uint8_t *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (at[i])
			return false;
	return true;
}

int cm_data_decode(struct cm_data *d, const void *buf, size_t len, struct err *e)
{
	const uint8_t *at = buf;

	memset(d, 0, sizeof(*d));
	if (!len || all_zero(at, len < CM_DATA_SIZE ? len : CM_DATA_SIZE))
		return 0;
	if (len < CM_DATA_SIZE)
		return err_wire(e, len, "IBTA A12", "iSER private data cut: %zu of %d bytes", len,
				CM_DATA_SIZE);

	d->present = true;
	d->zbva_not_supported = at[0] & ZBVA_NOT_SUPPORTED;
	d->send_inv_not_supported = at[0] & SEND_INV_NOT_SUPPORTED;
	d->reserved_flags = at[0] & RESERVED_FLAGS;
	memcpy(d->reserved, at + 1, sizeof(d->reserved));
	return 0;
}

void cm_data_encode(const struct cm_data *d, uint8_t out[CM_DATA_SIZE])
{
	out[0] = (uint8_t)((d->zbva_not_supported ? ZBVA_NOT_SUPPORTED : 0) |
			   (d->send_inv_not_supported ? SEND_INV_NOT_SUPPORTED : 0) |
			   (d->reserved_flags & RESERVED_FLAGS));
	memcpy(out + 1, d->reserved, sizeof(d->reserved));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Serial number arithmetic of 32 bits, RFC 1982, as RFC 7143 4.2.2 uses it. */
#ifndef WIRE_SERIAL_H
#define WIRE_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* a comes before b. False when they are equal. */
static inline bool serial_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What all fuzz targets share: properties that end the run when they do not hold, and an exact copy
 * of the input. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* abort() is a finding for libFuzzer and for AFL++ alike. */
#define REQUIRE(property)                                                                          \
	do {                                                                                       \
		if (!(property)) {                                                                 \
			fprintf(stderr, "%s:%d: property does not hold: %s\n", __FILE__, __LINE__, \
				#property);                                                        \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* AFL++ hands out a part of a big shared buffer, where AddressSanitizer cannot see a read past the
 * end. */
static inline uint8_t *exact_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	REQUIRE(copy);
	if (size)
		memcpy(copy, data, size);
	return copy;
}

#endif

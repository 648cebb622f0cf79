/* SPDX-License-Identifier: BSD-2-Clause */
/* A target that does nothing: what an engine costs by itself, which `make bench` holds the others
 * against. */
#include "../fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	(void)data;
	(void)size;
	return 0;
}

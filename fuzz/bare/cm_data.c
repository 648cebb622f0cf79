/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoding of the target cm_data alone, which `make bench` holds the target against. */
#include "../../harness/wire/cm_data.h"
#include "../fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cm_data d;
	cm_data_decode(&d, data, size, NULL);
	return 0;
}

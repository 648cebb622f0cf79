/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoding of the target ahs alone, which `make bench` holds the target against. */
#include "../../harness/wire/ahs.h"
#include "../fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct ahs a;
	while (ahs_next(&c, &a, NULL) == 1)
		;
	return 0;
}

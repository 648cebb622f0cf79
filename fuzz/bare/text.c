/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoding of the target text alone, which `make bench` holds the target against. */
#include "../../harness/wire/text.h"
#include "../fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct text_pair pair;
	while (text_next(&c, &pair, NULL))
		;
	return 0;
}

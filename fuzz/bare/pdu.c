/* SPDX-License-Identifier: BSD-2-Clause */
/* The decoding of the target pdu alone, which `make bench` holds the target against. */
#include "../../harness/wire/pdu.h"
#include "../fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pdu p;
	pdu_decode(&p, data, size, NULL);
	return 0;
}

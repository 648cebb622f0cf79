/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as CM private data: what was read, written again, is the four bytes that were there. */
#include "../harness/wire/cm_data.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *area = input_of(data, size);
	uint8_t out[CM_DATA_SIZE], any = 0;
	struct cm_data d, again;
	struct err e;

	if (cm_data_decode(&d, area, size, &e)) {
		REQUIRE(size > 0 && size < CM_DATA_SIZE && e.section);
	} else {
		cm_data_encode(&d, out);
		for (size_t i = 0; i < CM_DATA_SIZE; i++) {
			REQUIRE(out[i] == (i < size ? area[i] : 0));
			any |= out[i];
		}
		REQUIRE(d.present == (any != 0));
		REQUIRE(!cm_data_decode(&again, out, sizeof(out), NULL));
		REQUIRE(again.present == d.present &&
			again.zbva_not_supported == d.zbva_not_supported &&
			again.send_inv_not_supported == d.send_inv_not_supported &&
			again.reserved_flags == d.reserved_flags &&
			!memcmp(again.reserved, d.reserved, sizeof(d.reserved)));
	}
	input_done(area);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as CM private data: what was read, written again, is the four bytes that were there. */
#include "../harness/wire/cm_data.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *area = input_of(data, size);
	static const uint8_t nothing[CM_DATA_SIZE];
	uint8_t there[CM_DATA_SIZE] = {0}, out[CM_DATA_SIZE];
	struct cm_data d, again;
	struct err e;

	if (cm_data_decode(&d, area, size, &e)) {
		REQUIRE(size > 0 && size < CM_DATA_SIZE && e.section);
	} else {
		cm_data_encode(&d, out);
		memcpy(there, area, size < sizeof(there) ? size : sizeof(there));
		REQUIRE(!memcmp(out, there, sizeof(there)));
		REQUIRE(d.present == !!memcmp(there, nothing, sizeof(there)));
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

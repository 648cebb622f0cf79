/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a message that is described: one line that a terminal can show, whatever its buffer.
 */
#include "../harness/wire/pdu.h"
#include "fuzz.h"

static void check_description(const uint8_t *msg, size_t len)
{
	char line[4096];
	REQUIRE(pdu_describe(msg, len, line, sizeof(line)) == line);
	size_t shown = strlen(line);
	REQUIRE(shown > 0 && shown < sizeof(line));
	for (size_t i = 0; i < shown; i++)
		REQUIRE(line[i] >= 0x20 && line[i] < 0x7f);

	/* A smaller buffer holds a prefix; its size comes from the input. */
	size_t size = 1 + (len ? msg[len - 1] : 0);
	char *small = malloc(size);
	REQUIRE(small);
	pdu_describe(msg, len, small, size);
	REQUIRE(strlen(small) < size);
	REQUIRE(!strncmp(small, line, strlen(small)));
	free(small);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *msg = input_of(data, size);
	check_description(msg, size);
	input_done(msg);
	return 0;
}

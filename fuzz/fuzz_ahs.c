/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the AHS area of a PDU: what was read, written again, is the same but for reserved
 * bits and padding. */
#include "../harness/wire/ahs.h"
#include "fuzz.h"

/* The first byte holds reserved bits beside the type; the value is whole. */
static void check_ahs(const struct ahs *a, const uint8_t *at, size_t step)
{
	REQUIRE(a->type < 64);
	REQUIRE(step % 4 == 0 && step >= 3 + a->value.len && step < 3 + a->value.len + 4);

	uint8_t *again = malloc(step);
	REQUIRE(again);
	struct writer w = writer_of(again, step);
	ahs_put(&w, a->type, a->value.at, a->value.len);
	REQUIRE(!w.failed && writer_len(&w) == step);
	REQUIRE(!memcmp(again, at, 2) && (again[2] & 0x3f) == (at[2] & 0x3f));
	REQUIRE(!memcmp(again + 3, at + 3, a->value.len));
	w = writer_of(again, step - 1);
	ahs_put(&w, a->type, a->value.at, a->value.len);
	REQUIRE(w.failed);

	/* As the writer made it, it is read as the same. */
	struct cursor c = cursor_of(again, step);
	struct ahs b;
	w = writer_of(again, step);
	ahs_put(&w, a->type, a->value.at, a->value.len);
	REQUIRE(ahs_next(&c, &b, NULL) == 1 && !cursor_left(&c));
	REQUIRE(b.type == a->type && b.value.len == a->value.len);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *area = input_of(data, size);
	const bool asked = is_asked(data, size, 32);
	struct cursor c = cursor_of(area, size);
	struct ahs a;
	struct err e;
	size_t before = 0;
	int rc;

	while ((rc = ahs_next(&c, &a, asked ? &e : NULL)) == 1) {
		if (asked)
			check_ahs(&a, area + before, cursor_offset(&c) - before);
		before = cursor_offset(&c);
	}
	if (rc == 0)
		REQUIRE(before == size);
	else if (asked)
		REQUIRE(e.section && e.offset == before);
	input_done(area);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks and writes the AHS area of a PDU. */
#include "ahs.h"

enum {
	AHS_HEADER = 3, /* AHSLength and AHSType, which AHSLength does not count */
	AHS_SMALLEST = 4,
	EXTENDED_CDB_MIN = 2,	 /* CDBLength - 15, CDBLength at least 17: RFC 7143 11.2.2.3 */
	BIDI_READ_LENGTH_IS = 5, /* RFC 7143 11.2.2.4 */
};

static size_t padding(size_t len)
{
	return (4 - len % 4) % 4;
}

int ahs_next(struct cursor *c, struct ahs *out, struct err *e)
{
	size_t offset = cursor_offset(c);
	if (!cursor_left(c))
		return 0;
	if (cursor_left(c) < AHS_SMALLEST)
		return err_wire(e, offset, "RFC 7143 11.2.2",
				"AHS cut: %zu bytes left of at least %d", cursor_left(c),
				AHS_SMALLEST);

	size_t len = (size_t)cursor_be(c, 2);
	out->type = (unsigned)cursor_be(c, 1) & 0x3f;
	if (len + padding(AHS_HEADER + len) > cursor_left(c))
		return err_wire(e, offset, "RFC 7143 11.2.2.2",
				"AHSLength=%zu and padding, %zu bytes left in the AHS area", len,
				cursor_left(c));
	out->value = (struct bytes){cursor_take(c, len), len};
	cursor_take(c, padding(AHS_HEADER + len));

	if (out->type == AHS_EXTENDED_CDB && len < EXTENDED_CDB_MIN)
		return err_wire(e, offset, "RFC 7143 11.2.2.3",
				"Extended CDB with AHSLength=%zu extends nothing", len);
	if (out->type == AHS_BIDI_READ_LENGTH && len != BIDI_READ_LENGTH_IS)
		return err_wire(e, offset, "RFC 7143 11.2.2.4",
				"bidirectional read length with AHSLength=%zu instead of %d", len,
				BIDI_READ_LENGTH_IS);
	return 1;
}

bool ahs_is_sound(struct bytes area)
{
	struct cursor c = cursor_of(area.at, area.len);
	struct ahs one;
	int got;

	while ((got = ahs_next(&c, &one, NULL)) > 0)
		;
	return !got;
}

void ahs_put(struct writer *w, unsigned type, const void *value, size_t len)
{
	if (len > UINT16_MAX || type > 0xff) {
		w->failed = true;
		return;
	}
	writer_be(w, 2, len);
	writer_be(w, 1, type);
	writer_put(w, value, len);
	writer_zero(w, padding(AHS_HEADER + len));
}

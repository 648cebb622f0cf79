/* SPDX-License-Identifier: BSD-2-Clause */
#include "sequence.h"

static bool has_key(enum sequence_kind kind)
{
	return kind == KIND_INVALIDATE || kind == KIND_IMMEDIATE;
}

bool sequence_next(struct cursor *c, struct sequence_message *out)
{
	unsigned head = (unsigned)cursor_be(c, 1);
	size_t len = (size_t)cursor_be(c, 2);

	*out = (struct sequence_message){
		.phase = (enum sequence_phase)((head & 7) % PHASE_COUNT),
		.sender = head & 8 ? FROM_TARGET : FROM_INITIATOR,
		.kind = (enum sequence_kind)(head >> 4 & 3),
		.delay = (enum sequence_delay)(head >> 6),
	};
	if (has_key(out->kind))
		out->key = (uint32_t)cursor_be(c, 4);
	if (c->failed)
		return false;
	if (len > cursor_left(c))
		len = cursor_left(c);
	out->bytes = (struct bytes){cursor_take(c, len), len};
	return true;
}

void sequence_put(struct writer *w, const struct sequence_message *m)
{
	unsigned head = (unsigned)m->phase | (m->sender == FROM_TARGET ? 8u : 0) |
			(unsigned)m->kind << 4 | (unsigned)m->delay << 6;

	if (m->bytes.len > SEQUENCE_MESSAGE_MAX) {
		w->failed = true;
		return;
	}
	writer_be(w, 1, head);
	writer_be(w, 2, m->bytes.len);
	if (has_key(m->kind))
		writer_be(w, 4, m->key);
	writer_put(w, m->bytes.at, m->bytes.len);
}

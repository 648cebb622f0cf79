/* SPDX-License-Identifier: BSD-2-Clause */
/* Trimming by parts, for an engine that asks for one candidate after the other. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "shape.h"

/* What can be left out of a message: its data, half of them, its AHS, what is behind all. */
enum { MESSAGE_PARTS = 4 };

static void shorten(struct edit *msg, size_t part)
{
	struct shape s = shape_of(msg->at, msg->len);

	switch (part) {
	case 0:
		(void)shape_put_data(msg, NULL, 0);
		return;
	case 1:
		if (!s.whole)
			return;
		msg->len = s.data + (s.tail - s.data) / 2;
		shape_repair(msg, s.data - s.ahs, msg->len - s.data);
		return;
	case 2:
		if (!s.whole)
			return;
		(void)edit_replace(msg, s.ahs, s.data - s.ahs, NULL, 0);
		shape_repair(msg, 0, s.tail - s.data);
		return;
	default:
		msg->len = s.tail;
	}
}

static void shorten_record(struct session *s, size_t i, size_t part)
{
	struct sequence_message m = session_get(s, i);
	struct edit msg = {s->message, m.bytes.len, sizeof(s->message)};

	memcpy(msg.at, m.bytes.at, msg.len);
	shorten(&msg, part);
	m.bytes = (struct bytes){msg.at, msg.len};
	if (msg.len < s->records[i].len)
		(void)session_replace(s, i, &m);
}

/* The last messages first: what is before them leads to the state in which they do anything. */
static bool without_part_of_sequence(struct session *s, size_t part)
{
	session_index(s);
	if (part < s->count) {
		session_drop(s, s->count - 1 - part);
		return true;
	}
	part -= s->count;
	if (part >= s->count * MESSAGE_PARTS)
		return false;
	shorten_record(s, part / MESSAGE_PARTS, part % MESSAGE_PARTS);
	return true;
}

static bool without_pair(struct edit *text, size_t part)
{
	size_t at = 0;

	for (;; part--) {
		if (at >= text->len)
			return false;
		const uint8_t *nul = memchr(text->at + at, 0, text->len - at);
		size_t end = nul ? (size_t)(nul - text->at) + 1 : text->len;
		if (!part) {
			(void)edit_replace(text, at, end - at, NULL, 0);
			return true;
		}
		at = end;
	}
}

static bool without_part(struct mutator *m, struct edit *e, size_t part)
{
	if (m->shape == MUTATE_TEXT)
		return without_pair(e, part);
	if (m->shape == MUTATE_MESSAGE) {
		shorten(e, part);
		return part < MESSAGE_PARTS;
	}
	m->session.bytes = *e;
	bool there = without_part_of_sequence(&m->session, part);
	e->len = m->session.bytes.len;
	return there;
}

size_t mutator_trim_begin(struct mutator *m, const uint8_t *data, size_t len)
{
	struct trim *t = &m->trim;

	free(t->now);
	free(t->candidate);
	*t = (struct trim){.now = malloc(len + 1), .candidate = malloc(len + 1), .now_len = len};
	if (!t->now || !t->candidate || !len)
		return 0;
	memcpy(t->now, data, len);
	/* a part is at least a byte of the text, or three of a sequence, in five ways */
	return 2 * len + MESSAGE_PARTS;
}

const uint8_t *mutator_trim_next(struct mutator *m, size_t *len)
{
	struct trim *t = &m->trim;

	for (;; t->part++) {
		struct edit e = {t->candidate, t->now_len, t->now_len};
		memcpy(t->candidate, t->now, t->now_len);
		if (!without_part(m, &e, t->part))
			return NULL;
		t->candidate_len = *len = e.len;
		if (e.len && e.len < t->now_len)
			return t->candidate;
	}
}

void mutator_trim_judge(struct mutator *m, bool same)
{
	struct trim *t = &m->trim;

	if (!same) {
		t->part++;
		return;
	}
	uint8_t *old = t->now;
	t->now = t->candidate;
	t->now_len = t->candidate_len;
	t->candidate = old;
}

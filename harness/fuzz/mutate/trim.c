/* SPDX-License-Identifier: BSD-2-Clause */
/* Trimming by parts, for an engine that asks for one candidate after the other. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "shape.h"

/* What can be left out of a message: its data, half of them, the first key and the last, its AHS,
 * what is behind all. */
enum { MESSAGE_PARTS = 6 };

/* The data from one place to another. */
static void keep_data(struct edit *msg, struct shape s, size_t from, size_t to)
{
	(void)edit_replace(msg, s.data, from, NULL, 0);
	msg->len = s.data + to - from;
	shape_repair(msg, s.data - s.ahs, to - from);
}

static void shorten_text(struct edit *msg, struct shape s, bool at_the_end)
{
	const uint8_t *data = msg->at + s.data, *nul;
	size_t len = s.tail - s.data;

	if (!pdu_field_by_name(s.type, "C") || !len)
		return;
	nul = at_the_end ? memrchr(data, 0, len - 1) : memchr(data, 0, len);
	if (!nul)
		return;
	size_t border = (size_t)(nul - data) + 1;
	keep_data(msg, s, at_the_end ? 0 : border, at_the_end ? border : len);
}

static void shorten(struct edit *msg, size_t part)
{
	struct shape s = shape_of(msg->at, msg->len);

	if (!s.whole)
		return;
	switch (part) {
	case 0:
		keep_data(msg, s, 0, 0);
		return;
	case 1:
		keep_data(msg, s, 0, (s.tail - s.data) / 2);
		return;
	case 2:
	case 3:
		shorten_text(msg, s, part == 3);
		return;
	case 4:
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
	/* a part is at least a byte of the text, or three of a sequence, in so many ways; and
	 * each byte may be the one that a try takes away */
	return (MESSAGE_PARTS + 1) * (len + 1);
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

/* SPDX-License-Identifier: BSD-2-Clause */
#include "session.h"

#include <string.h>

#include "message.h"
#include "shape.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static size_t some(struct rng *r, const struct session *s)
{
	return rng_below(r, s->count);
}

static void change_message(struct rng *r, struct session *s, size_t i)
{
	struct sequence_message m = session_get(s, i);
	size_t spare = s->bytes.max - s->bytes.len;
	struct edit msg = {s->message, m.bytes.len, sizeof(s->message)};
	size_t other = some(r, s);

	if (spare < msg.max - msg.len)
		msg.max = msg.len + spare;
	memcpy(msg.at, m.bytes.at, m.bytes.len);
	mutate_message(r, &msg, other == i ? (struct bytes){NULL, 0} : session_get(s, other).bytes);
	m.bytes = (struct bytes){msg.at, msg.len};
	(void)session_replace(s, i, &m);
}

static void add_fresh(struct rng *r, struct session *s, size_t i)
{
	struct sequence_message m = {
		.sender = rng_one_in(r, 4) ? FROM_TARGET : FROM_INITIATOR,
		.delay = DELAY_SETTLED,
	};
	struct edit msg = {s->message, 0, sizeof(s->message)};

	if (s->count) {
		struct sequence_message near = session_get(s, i < s->count ? i : i - 1);
		m.phase = near.phase;
		m.sender = rng_one_in(r, 4) ? m.sender : near.sender;
	}
	mutate_into_fresh(r, &msg, m.sender);
	m.bytes = (struct bytes){msg.at, msg.len};
	(void)session_insert(s, i, &m);
}

static void repeat(struct rng *r, struct session *s)
{
	struct sequence_message m = session_get(s, some(r, s));
	size_t to = rng_below(r, s->count + 1), times = rng_one_in(r, 8) ? 2 + rng_below(r, 8) : 1;

	memcpy(s->message, m.bytes.at, m.bytes.len);
	m.bytes.at = s->message;
	while (times--)
		(void)session_insert(s, to, &m);
}

/* Over the border between two phases: with the phase of where it comes to, or with its own. */
static void move_over_edge(struct rng *r, struct session *s)
{
	size_t from = some(r, s), to = some(r, s);
	struct sequence_message m = session_get(s, from), there = session_get(s, to);

	if (m.phase == there.phase) {
		m.phase = (enum sequence_phase)rng_below(r, PHASE_COUNT);
		(void)session_replace(s, from, &m);
		return;
	}
	if (rng_one_in(r, 2)) {
		m.phase = there.phase;
		if (!session_replace(s, from, &m))
			return;
	}
	session_move(s, from, to);
}

static uint32_t some_stag(struct rng *r, const struct session *s)
{
	struct bytes b = session_get(s, some(r, s)).bytes;

	return (uint32_t)shape_get(b.at, b.len, rng_one_in(r, 2) ? "ReadSTag" : "WriteSTag");
}

static void change_head(struct rng *r, struct session *s)
{
	size_t i = some(r, s);
	struct sequence_message m = session_get(s, i);

	switch (rng_below(r, 4)) {
	case 0:
		m.sender = m.sender == FROM_TARGET ? FROM_INITIATOR : FROM_TARGET;
		break;
	case 1:
		m.delay = (enum sequence_delay)rng_below(r, 4);
		break;
	case 2:
		m.phase = (enum sequence_phase)rng_below(r, PHASE_COUNT);
		break;
	default:
		m.kind = (enum sequence_kind)rng_below(r, 4);
		m.key = rng_one_in(r, 4) ? (uint32_t)rng_next(r) : some_stag(r, s);
	}
	(void)session_replace(s, i, &m);
}

/* A text over two PDUs, the first with C=1 (RFC 7143 6.2), cut anywhere: between pairs, in a key,
 * before an equals sign, behind it. Or any other message in two, that were one Send. */
static void split(struct rng *r, struct session *s)
{
	size_t i = some(r, s);
	struct sequence_message m = session_get(s, i);
	struct edit msg = {s->message, m.bytes.len, sizeof(s->message)};
	struct shape shape = shape_of(m.bytes.at, m.bytes.len);
	size_t text = shape.tail - shape.data, cut;

	if (!m.bytes.len)
		return;
	memcpy(msg.at, m.bytes.at, msg.len);
	if (text && pdu_field_by_name(shape.type, "C") && !rng_one_in(r, 8)) {
		uint8_t all[4096];
		if (text > sizeof(all))
			return;
		memcpy(all, msg.at + shape.data, text);
		cut = rng_below(r, text + 1);
		(void)shape_put_data(&msg, all + cut, text - cut);
		m.bytes = (struct bytes){msg.at, msg.len};
		if (!session_replace(s, i, &m))
			return;
		(void)shape_put_data(&msg, all, cut);
		(void)shape_set(msg.at, msg.len, "C", 1);
		(void)shape_set(msg.at, msg.len, "T", 0);
		(void)shape_set(msg.at, msg.len, "F", 0);
		m.bytes = (struct bytes){msg.at, msg.len};
	} else {
		cut = 1 + rng_below(r, m.bytes.len);
		m.bytes = (struct bytes){msg.at + cut, msg.len - cut};
		if (!session_replace(s, i, &m))
			return;
		m.bytes = (struct bytes){msg.at, cut};
	}
	(void)session_insert(s, i, &m);
}

/* Two messages as one Send. */
static void join(struct rng *r, struct session *s)
{
	size_t i = some(r, s);

	if (i + 1 >= s->count)
		return;
	struct sequence_message m = session_get(s, i), next = session_get(s, i + 1);
	if (m.bytes.len + next.bytes.len > sizeof(s->message))
		return;
	memcpy(s->message, m.bytes.at, m.bytes.len);
	memcpy(s->message + m.bytes.len, next.bytes.at, next.bytes.len);
	m.bytes = (struct bytes){s->message, m.bytes.len + next.bytes.len};
	if (session_replace(s, i, &m))
		session_drop(s, i + 1);
}

/* What ends there, or all that comes before. */
static void cut_off(struct rng *r, struct session *s)
{
	size_t keep = some(r, s);

	if (rng_one_in(r, 4))
		(void)edit_replace(&s->bytes, 0, s->records[keep].at, NULL, 0);
	else
		s->bytes.len = s->records[keep].at + s->records[keep].len;
	session_index(s);
}

static void change_order(struct rng *r, struct session *s)
{
	size_t i = some(r, s);

	switch (rng_below(r, 8)) {
	case 0:
	case 1:
		repeat(r, s);
		return;
	case 2:
	case 3:
		session_move(s, i, some(r, s));
		return;
	case 4: /* neighbours change places */
		session_move(s, i, i + 1);
		return;
	case 5:
		if (s->count > 1)
			cut_off(r, s);
		return;
	default:
		if (s->count > 1)
			session_drop(s, i);
	}
}

void mutate_session(struct rng *r, struct session *s)
{
	if (!s->count) {
		add_fresh(r, s, 0);
		return;
	}
	switch (rng_below(r, 32)) {
	case 0:
	case 1:
		add_fresh(r, s, rng_below(r, s->count + 1));
		return;
	case 2:
	case 3:
	case 4:
	case 5:
		change_order(r, s);
		return;
	case 6:
	case 7:
		move_over_edge(r, s);
		return;
	case 8:
	case 9:
	case 10:
		mutate_tags(r, s);
		return;
	case 11:
		session_renumber(s);
		return;
	case 12:
		mutate_numbers(r, s);
		return;
	case 13:
	case 14:
		change_head(r, s);
		return;
	case 15:
	case 16:
		split(r, s);
		return;
	case 17:
		join(r, s);
		return;
	case 18:
		mutate_bytes(r, &s->bytes);
		session_index(s);
		return;
	default:
		change_message(r, s, some(r, s));
	}
}

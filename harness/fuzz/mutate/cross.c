/* SPDX-License-Identifier: BSD-2-Clause */
/* Two inputs become one. */
#include <string.h>

#include "internal.h"
#include "shape.h"

/* The messages of b, borrowed. */
struct others {
	struct sequence_message at[SESSION_RECORDS];
	size_t count;
};

static void others_of(struct others *o, const uint8_t *b, size_t len)
{
	struct cursor c = cursor_of(b, len);

	o->count = 0;
	while (o->count < SESSION_RECORDS && sequence_next(&c, &o->at[o->count]))
		o->count++;
}

/* The message has the data of another one, and its own headers. */
static void take_data(struct edit *msg, struct bytes other)
{
	struct shape s = shape_of(other.at, other.len);

	if (s.whole)
		(void)shape_put_data(msg, other.at + s.data, s.tail - s.data);
}

/* All headers up to some field are the other's. */
static void take_head(struct rng *r, struct edit *msg, struct bytes other)
{
	size_t len = msg->len < other.len ? msg->len : other.len;

	if (len > ISER_HEADER_SIZE + BHS_SIZE)
		len = ISER_HEADER_SIZE + BHS_SIZE;
	memcpy(msg->at, other.at, rng_below(r, len + 1));
}

static void cross_message(struct rng *r, struct edit *msg, struct bytes other)
{
	if (!other.len)
		return;
	if (rng_one_in(r, 2))
		take_data(msg, other);
	else
		take_head(r, msg, other);
}

static void cross_within(struct rng *r, struct session *s, size_t i, struct bytes other)
{
	struct sequence_message m = session_get(s, i);
	struct edit msg = {s->message, m.bytes.len, sizeof(s->message)};

	memcpy(msg.at, m.bytes.at, msg.len);
	cross_message(r, &msg, other);
	m.bytes = (struct bytes){msg.at, msg.len};
	(void)session_replace(s, i, &m);
}

static void cross_session(struct rng *r, struct session *s, const struct others *o)
{
	size_t i = rng_below(r, s->count), j = rng_below(r, o->count);

	switch (rng_below(r, 4)) {
	case 0: /* this one's beginning, the other's end */
		while (s->count > i + 1)
			session_drop(s, s->count - 1);
		for (; j < o->count; j++)
			(void)session_insert(s, s->count, &o->at[j]);
		return;
	case 1: /* a few of the other's in between */
		for (size_t n = 1 + rng_below(r, 4); n > 0 && j < o->count; n--, j++)
			(void)session_insert(s, ++i, &o->at[j]);
		return;
	case 2:
		(void)session_replace(s, i, &o->at[j]);
		return;
	default:
		cross_within(r, s, i, o->at[j].bytes);
	}
}

/* Some whole pairs of the other, at a border between two pairs. */
static void cross_text(struct rng *r, struct edit *text, struct bytes other)
{
	size_t from = rng_below(r, other.len), to = from, where = rng_below(r, text->len + 1);

	while (from > 0 && other.at[from - 1])
		from--;
	for (size_t n = 1 + rng_below(r, 3); n > 0 && to < other.len; n--) {
		const uint8_t *nul = memchr(other.at + to, 0, other.len - to);
		to = nul ? (size_t)(nul - other.at) + 1 : other.len;
	}
	while (where > 0 && text->at[where - 1])
		where--;
	(void)edit_replace(text, where, 0, other.at + from, to - from);
}

size_t mutator_cross(struct mutator *m, const uint8_t *a, size_t a_len, const uint8_t *b,
		     size_t b_len, uint8_t *out, size_t max)
{
	struct edit e = {out, a_len < max ? a_len : max, max};
	struct session *s = &m->session;
	struct others o;

	if (e.len)
		memcpy(out, a, e.len);
	if (!b_len)
		return e.len;
	switch (m->shape) {
	case MUTATE_MESSAGE:
		cross_message(&m->rng, &e, (struct bytes){b, b_len});
		return e.len;
	case MUTATE_TEXT:
		cross_text(&m->rng, &e, (struct bytes){b, b_len});
		return e.len;
	case MUTATE_SEQUENCE:
		break;
	}
	s->bytes = e;
	session_index(s);
	others_of(&o, b, b_len);
	if (s->count && o.count)
		cross_session(&m->rng, s, &o);
	return s->bytes.len;
}

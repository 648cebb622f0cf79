/* SPDX-License-Identifier: BSD-2-Clause */
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "message.h"

/* One change in so many is one of bytes of which nothing is known: structure is only what we think
 * of. */
enum { BYTES_ONE_IN = 4 };

struct mutator *mutator_new(enum mutate_shape shape)
{
	struct mutator *m = calloc(1, sizeof(*m));

	if (m)
		m->shape = shape;
	return m;
}

void mutator_free(struct mutator *m)
{
	if (!m)
		return;
	free(m->trim.now);
	free(m->trim.candidate);
	free(m);
}

void mutator_seed(struct mutator *m, uint64_t seed)
{
	m->rng = rng_of(seed);
}

void mutator_set_bytes(struct mutator *m, mutate_bytes_fn bytes)
{
	m->bytes = bytes;
}

static void change_bytes(struct mutator *m, struct edit *e)
{
	if (m->bytes && e->max)
		e->len = m->bytes(e->at, e->len, e->max);
	else
		mutate_bytes(&m->rng, e);
}

/* Bytes of one message: what is around them stays what it is. */
static void change_bytes_within(struct mutator *m)
{
	struct session *s = &m->session;
	size_t i = rng_below(&m->rng, s->count);
	struct sequence_message message = session_get(s, i);
	size_t spare = s->bytes.max - s->bytes.len;
	struct edit e = {s->message, message.bytes.len, sizeof(s->message)};

	if (spare < e.max - e.len)
		e.max = e.len + spare;
	memcpy(e.at, message.bytes.at, e.len);
	change_bytes(m, &e);
	message.bytes = (struct bytes){e.at, e.len};
	(void)session_replace(s, i, &message);
}

static void change_sequence(struct mutator *m, bool unknown)
{
	struct session *s = &m->session;

	if (!unknown) {
		mutate_session(&m->rng, s);
	} else if (s->count && !rng_one_in(&m->rng, 4)) {
		change_bytes_within(m);
	} else {
		change_bytes(m, &s->bytes);
		session_index(s);
	}
}

static void change(struct mutator *m, struct edit *e)
{
	bool unknown = rng_one_in(&m->rng, BYTES_ONE_IN);

	if (unknown)
		change_bytes(m, e);
	else if (m->shape == MUTATE_MESSAGE)
		mutate_message(&m->rng, e, (struct bytes){NULL, 0});
	else
		mutate_text(&m->rng, e);
}

/* Most often one change, so that what is new is its doing; at times several, since some only work
 * together. */
static size_t how_many(struct rng *r)
{
	return rng_one_in(r, 2) ? 1 : 1 + rng_below(r, rng_one_in(r, 4) ? 8 : 3);
}

size_t mutator_mutate(struct mutator *m, uint8_t *data, size_t size, size_t max)
{
	struct edit e = {data, size < max ? size : max, max};
	size_t times = how_many(&m->rng);

	if (m->shape == MUTATE_SEQUENCE) {
		m->session.bytes = e;
		session_index(&m->session);
		while (times--)
			change_sequence(m, rng_one_in(&m->rng, BYTES_ONE_IN));
		return m->session.bytes.len;
	}
	while (times--)
		change(m, &e);
	return e.len;
}

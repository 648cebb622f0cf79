/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments in their order: what comes again is left out, what comes early is held. */
#include "stream.h"

#include <stdlib.h>
#include <string.h>

static int32_t ahead(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static void append(struct stream *s, const struct capture_packet *p, size_t skip)
{
	/* Of a segment that the capture cut the rest counts as come, and is a hole: its end would
	 * be taken for the beginning of something else. */
	const struct bytes load = p->net.load;
	const size_t len = load.len > skip ? load.len - skip : 0;

	if (s->len + len > s->room) {
		s->room = (s->len + len) * 2;
		s->at = capture_must(realloc(s->at, s->room));
	}
	if (!s->len)
		s->begun = p;
	if (len)
		memcpy(s->at + s->len, load.at + skip, len);
	s->len += len;
	s->next += (uint32_t)len;
}

static void hold(struct stream *s, const struct capture_packet *p)
{
	size_t i = 0;

	while (i < s->held_count && ahead(s->held[i].seq, p->net.seq) < 0)
		i++;
	s->held = capture_must(reallocarray(s->held, s->held_count + 1, sizeof(*s->held)));
	memmove(&s->held[i + 1], &s->held[i], (s->held_count - i) * sizeof(*s->held));
	s->held[i] = (struct stream_held){p->net.seq, p};
	s->held_count++;
}

enum stream_news stream_take(struct stream *s, const struct capture_packet *p)
{
	const uint32_t seq = p->net.seq;

	if (!p->net.load_len)
		return STREAM_NOTHING;
	if (!s->open) {
		s->open = true;
		s->next = seq;
	}
	if (ahead(seq + (uint32_t)p->net.load_len, s->next) <= 0)
		return STREAM_AGAIN;
	if (ahead(seq, s->next) > 0) {
		hold(s, p);
		return STREAM_NOTHING;
	}
	append(s, p, (uint32_t)(s->next - seq));
	return STREAM_MORE;
}

static void unhold(struct stream *s)
{
	s->held_count--;
	memmove(&s->held[0], &s->held[1], s->held_count * sizeof(*s->held));
}

enum stream_news stream_more(struct stream *s)
{
	while (s->held_count && ahead(s->held[0].seq, s->next) <= 0) {
		const struct capture_packet *p = s->held[0].packet;
		unhold(s);
		if (ahead(p->net.seq + (uint32_t)p->net.load_len, s->next) > 0) {
			append(s, p, (uint32_t)(s->next - p->net.seq));
			return STREAM_MORE;
		}
	}
	return STREAM_NOTHING;
}

enum stream_news stream_skip(struct stream *s, uint32_t ack, bool always, size_t *missing)
{
	if (!s->open || !s->held_count || (!always && ahead(ack, s->held[0].seq) < 0))
		return STREAM_NOTHING;
	*missing = s->held[0].seq - s->next;
	s->next = s->held[0].seq;
	s->len = 0;
	return STREAM_GAP;
}

void stream_drop(struct stream *s, size_t len)
{
	s->len -= len;
	memmove(s->at, s->at + len, s->len);
}

void stream_free(struct stream *s)
{
	free(s->at);
	free(s->held);
}

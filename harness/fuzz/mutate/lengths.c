/* SPDX-License-Identifier: BSD-2-Clause */
/* Lengths that must agree: one of them broken while the others are right, or all repaired. And the
 * additional headers, whose lengths are two of them. */
#include <string.h>

#include "../../wire/ahs.h"
#include "message.h"
#include "shape.h"
#include "value.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { HEADERS = ISER_HEADER_SIZE + BHS_SIZE, AHS_TRY_MAX = 64 };

/* Fewer bytes, or more, than all headers say: at the borders of its parts and beside them. */
static void break_received(struct rng *r, struct edit *msg, struct shape s)
{
	const size_t borders[] = {0,	  1,	  ISER_HEADER_SIZE, ISER_HEADER_SIZE + BHS_SIZE,
				  s.data, s.tail, msg->len,	    s.data + (s.tail - s.data) / 2};
	size_t len = borders[rng_below(r, COUNT(borders))] + rng_below(r, 5);

	len = len >= 2 ? len - 2 : 0;
	if (rng_one_in(r, 8))
		len = rng_below(r, msg->max + 1);
	if (len <= msg->len) {
		msg->len = len;
	} else if (len <= msg->max) {
		memset(msg->at + msg->len, rng_one_in(r, 2) ? 0 : 0x5a, len - msg->len);
		msg->len = len;
	}
}

static void break_field(struct rng *r, struct edit *msg, struct shape s, const char *name)
{
	const struct pdu_field *f = pdu_field_by_name(s.type, name);
	const uint64_t lengths[] = {msg->len, msg->len - s.ahs, msg->len - s.data,
				    (s.data - s.ahs) / 4, s.tail - s.data};
	uint64_t now;

	if (f && pdu_peek(msg->at, msg->len, f, &now))
		pdu_poke(msg->at, msg->len, f,
			 mutate_field_value(r, s.type, f, now,
					    (struct value_pool){lengths, COUNT(lengths)}));
}

/* The first AHS, or whatever stands at a word of the area. */
static uint8_t *some_ahs(struct rng *r, struct edit *msg, struct shape s)
{
	size_t words = (s.data - s.ahs) / 4;

	if (!words)
		return NULL;
	return msg->at + s.ahs + (rng_one_in(r, 3) ? 4 * rng_below(r, words) : 0);
}

static void break_ahs_length(struct rng *r, struct edit *msg, struct shape s)
{
	uint8_t *ahs = some_ahs(r, msg, s);
	if (!ahs)
		return;
	size_t left = s.data - s.ahs;
	const size_t lengths[] = {0,
				  1,
				  2,
				  4,
				  5,
				  6,
				  left - 4,
				  left - 3,
				  left - 2,
				  left,
				  0x7fff,
				  0xffff,
				  rng_below(r, left + 8)};
	size_t len = lengths[rng_below(r, COUNT(lengths))];

	ahs[0] = (uint8_t)(len >> 8);
	ahs[1] = (uint8_t)len;
}

void mutate_lengths(struct rng *r, struct edit *msg)
{
	struct shape s = shape_of(msg->at, msg->len);

	if (!s.whole) {
		break_received(r, msg, s);
		return;
	}
	switch (rng_below(r, 6)) {
	case 0:
		break_received(r, msg, s);
		return;
	case 1:
	case 2:
		break_field(r, msg, s, "DataSegmentLength");
		return;
	case 3:
		break_field(r, msg, s, "TotalAHSLength");
		return;
	case 4:
		break_ahs_length(r, msg, s);
		return;
	default: /* pad bytes, were there any, are data now; with some luck they were not */
		shape_repair(msg, s.data - s.ahs, msg->len - s.data);
	}
}

/* One AHS with its pad bytes; of the assigned types most have the length of their figures. */
static size_t some_new_ahs(struct rng *r, uint8_t out[AHS_TRY_MAX + 8])
{
	static const uint8_t value[AHS_TRY_MAX] = {0, 0, 0, 2, 0};
	struct writer w = writer_of(out, AHS_TRY_MAX + 8);
	unsigned type = (unsigned)rng_below(r, 4);
	size_t len = rng_one_in(r, 4) || type != AHS_BIDI_READ_LENGTH
			     ? rng_below(r, AHS_TRY_MAX + 1)
			     : 5;

	if (rng_one_in(r, 8))
		type = (unsigned)rng_below(r, 256);
	ahs_put(&w, type, value, len);
	return writer_len(&w);
}

/* Replaces a part of the area and keeps TotalAHSLength right. */
static void replace_ahs(struct edit *msg, struct shape s, size_t where, size_t gone,
			const uint8_t *come, size_t len)
{
	size_t area = s.data - s.ahs - gone + len;

	if (area > AHS_MAX || !edit_replace(msg, where, gone, come, len))
		return;
	msg->at[ISER_HEADER_SIZE + 4] = (uint8_t)(area / 4);
}

void mutate_ahs(struct rng *r, struct edit *msg)
{
	struct shape s = shape_of(msg->at, msg->len);
	uint8_t one[AHS_TRY_MAX + 8];
	size_t area = s.data - s.ahs;

	if (!s.whole)
		return;
	switch (rng_below(r, area >= 4 ? 6 : 1)) {
	case 0:
		replace_ahs(msg, s, rng_one_in(r, 2) ? s.ahs : s.data, 0, one,
			    some_new_ahs(r, one));
		return;
	case 1:
		replace_ahs(msg, s, s.ahs, area, NULL, 0);
		return;
	case 2: /* as many as there is room for */
		for (size_t i = 1 + rng_below(r, 40); i > 0; i--)
			replace_ahs(msg, shape_of(msg->at, msg->len), s.ahs, 0, one,
				    some_new_ahs(r, one));
		return;
	case 3:
		some_ahs(r, msg, s)[2] = (uint8_t)rng_below(r, rng_one_in(r, 2) ? 4 : 256);
		return;
	case 4:
		break_ahs_length(r, msg, s);
		return;
	default: /* a word less or more of it */
		if (rng_one_in(r, 2))
			replace_ahs(msg, s, s.data - 4, 4, NULL, 0);
		else
			replace_ahs(msg, s, s.data, 0, (const uint8_t *)"\0\1\2", 4);
	}
}

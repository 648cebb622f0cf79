/* SPDX-License-Identifier: BSD-2-Clause */
#include "edit.h"

#include <string.h>

enum { RUN_MAX = 64 };

bool edit_replace(struct edit *e, size_t where, size_t gone, const void *come, size_t len)
{
	if (where > e->len)
		return false;
	if (gone > e->len - where)
		gone = e->len - where;
	size_t tail = e->len - where - gone;
	if (len > e->max || where + tail > e->max - len)
		return false;
	if (tail && len != gone)
		memmove(e->at + where + len, e->at + where + gone, tail);
	if (come && len)
		memcpy(e->at + where, come, len);
	e->len = where + len + tail;
	return true;
}

/* Adds to a big-endian number of 1, 2 or 4 bytes. */
static void step(struct rng *r, struct edit *e, size_t where)
{
	size_t width = (size_t)1 << rng_below(r, 3);
	uint32_t by = 1 + (uint32_t)rng_below(r, 35);

	if (rng_one_in(r, 2))
		by = 0 - by;
	if (width > e->len - where)
		width = 1;
	for (size_t i = where + width; i > where; i--) {
		uint32_t sum = e->at[i - 1] + (by & 0xff);
		e->at[i - 1] = (uint8_t)sum;
		by = (by >> 8) + (sum >> 8);
	}
}

static void put_noise(struct rng *r, struct edit *e, size_t where)
{
	uint8_t run[RUN_MAX];
	size_t len = 1 + rng_below(r, rng_one_in(r, 4) ? RUN_MAX : 4);

	if (rng_one_in(r, 2))
		memset(run, rng_one_in(r, 2) ? 0 : (int)rng_below(r, 256), len);
	else
		for (size_t i = 0; i < len; i++)
			run[i] = (uint8_t)rng_next(r);
	(void)edit_replace(e, where, rng_one_in(r, 2) ? len : 0, run, len);
}

static void copy_run(struct rng *r, struct edit *e, size_t where)
{
	uint8_t run[RUN_MAX];
	size_t from = rng_below(r, e->len), len = 1 + rng_below(r, RUN_MAX);

	if (len > e->len - from)
		len = e->len - from;
	memcpy(run, e->at + from, len);
	(void)edit_replace(e, where, rng_one_in(r, 2) ? len : 0, run, len);
}

void mutate_bytes(struct rng *r, struct edit *e)
{
	static const uint8_t bytes[] = {0, 1, 0x10, 0x20, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff};
	size_t where = rng_below(r, e->len);

	if (!e->len) {
		put_noise(r, e, 0);
		return;
	}
	switch (rng_below(r, 6)) {
	case 0:
		e->at[where] ^= (uint8_t)(1u << rng_below(r, 8));
		return;
	case 1:
		e->at[where] = bytes[rng_below(r, sizeof(bytes))];
		return;
	case 2:
		step(r, e, where);
		return;
	case 3:
		(void)edit_replace(e, where, 1 + rng_below(r, RUN_MAX), NULL, 0);
		return;
	case 4:
		copy_run(r, e, where);
		return;
	default:
		put_noise(r, e, where);
	}
}

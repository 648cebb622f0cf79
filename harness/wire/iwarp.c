/* SPDX-License-Identifier: BSD-2-Clause */
/* MPA, DDP and RDMAP. */
#include "iwarp.h"

#include <string.h>

#include "crc.h"
#include "cursor.h"

enum { MARKERS = 0x80, CRC = 0x40, REJECTED = 0x20, ENHANCED = 0x10 };
enum { DEPTH_MASK = 0x3fff };
enum { TAGGED = 0x80, LAST = 0x40, DDP_VERSION = 1, RDMAP_VERSION = 1 << 6 };

static const char request_key[] = "MPA ID Req Frame", reply_key[] = "MPA ID Rep Frame";

/* ---- connection frames ---- */

static bool is_key(struct bytes at, const char *key)
{
	return at.len >= MPA_START && !memcmp(at.at, key, 16);
}

size_t mpa_start_size(struct bytes at)
{
	if (!is_key(at, request_key) && !is_key(at, reply_key))
		return 0;
	const size_t len = (size_t)at.at[18] << 8 | at.at[19];
	return len > MPA_PRIVATE_MAX ? 0 : MPA_START + len;
}

int mpa_start_decode(struct mpa_start *m, struct bytes frame, struct err *e)
{
	memset(m, 0, sizeof(*m));
	if (!mpa_start_size(frame) || frame.len < mpa_start_size(frame))
		return err_wire(e, 0, "RFC 5044 7.1.1", "no MPA request or reply frame");
	struct cursor c = cursor_of(frame.at + 16, mpa_start_size(frame) - 16);
	m->reply = is_key(frame, reply_key);
	const unsigned flags = (unsigned)cursor_be(&c, 1), revision = (unsigned)cursor_be(&c, 1);
	cursor_take(&c, 2);
	m->markers = flags & MARKERS;
	m->crc = flags & CRC;
	m->rejected = flags & REJECTED;
	m->depths = revision >= 2 && flags & ENHANCED && cursor_left(&c) >= MPA_DEPTHS;
	if (m->depths) {
		m->ird = (uint16_t)(cursor_be(&c, 2) & DEPTH_MASK);
		m->ord = (uint16_t)(cursor_be(&c, 2) & DEPTH_MASK);
	}
	m->private_data = (struct bytes){c.at, cursor_left(&c)};
	return 0;
}

size_t mpa_start_encode(const struct mpa_start *m, uint8_t out[MPA_START + MPA_PRIVATE_MAX])
{
	struct writer w = writer_of(out, MPA_START + MPA_PRIVATE_MAX);
	const size_t own = m->depths ? MPA_DEPTHS : 0;
	const size_t room = MPA_PRIVATE_MAX - own,
		     len = m->private_data.len < room ? m->private_data.len : room;

	writer_put(&w, m->reply ? reply_key : request_key, 16);
	writer_be(&w, 1,
		  (m->markers ? MARKERS : 0u) | (m->crc ? CRC : 0u) |
			  (m->rejected ? REJECTED : 0u) | (m->depths ? ENHANCED : 0u));
	writer_be(&w, 1, m->depths ? 2 : 1);
	writer_be(&w, 2, own + len);
	if (m->depths) {
		writer_be(&w, 2, m->ird & DEPTH_MASK);
		writer_be(&w, 2, m->ord & DEPTH_MASK);
	}
	writer_put(&w, m->private_data.at, len);
	return writer_len(&w);
}

/* ---- segments ---- */

int ddp_decode(struct ddp_segment *s, struct bytes at, size_t *whole, enum ddp_check *check,
	       struct err *e)
{
	memset(s, 0, sizeof(*s));
	*whole = 0;
	if (at.len < 2)
		return 1;
	const size_t len = (size_t)at.at[0] << 8 | at.at[1], padded = (2 + len + 3) / 4 * 4;
	*whole = padded + 4;
	if (at.len < *whole)
		return 1;
	const uint8_t *crc = at.at + padded;
	const uint32_t said = (uint32_t)crc[0] | (uint32_t)crc[1] << 8 | (uint32_t)crc[2] << 16 |
			      (uint32_t)crc[3] << 24;
	*check = crc_end(crc_add(CRC_32C, CRC_BEGIN, at.at, padded)) == said ? DDP_CRC_GOOD
		 : said							     ? DDP_CRC_BAD
									     : DDP_CRC_ZERO;
	struct cursor c = cursor_of(at.at + 2, len);
	const unsigned ddp = (unsigned)cursor_be(&c, 1), rdmap = (unsigned)cursor_be(&c, 1);
	s->tagged = ddp & TAGGED;
	s->last = ddp & LAST;
	s->opcode = rdmap & 15;
	s->key = (uint32_t)cursor_be(&c, 4);
	if (s->tagged) {
		s->addr = cursor_be(&c, 8);
	} else {
		s->queue = (uint32_t)cursor_be(&c, 4);
		s->msn = (uint32_t)cursor_be(&c, 4);
		s->offset = (uint32_t)cursor_be(&c, 4);
	}
	if (c.failed)
		return err_wire(e, 0, "RFC 5041 4", "an FPDU of %zu bytes, no DDP segment", len);
	/* RFC 5040 4.3: the queue follows from the opcode. */
	const uint32_t queue = s->opcode == RDMAP_READ_REQUEST ? DDP_READS
			       : s->opcode == RDMAP_TERMINATE  ? DDP_TERMINATES
							       : DDP_SENDS;
	const bool read_or_write = s->opcode == RDMAP_WRITE || s->opcode == RDMAP_READ_RESPONSE;
	if ((ddp & 3) != DDP_VERSION || rdmap >> 6 != RDMAP_VERSION >> 6 ||
	    s->opcode > RDMAP_TERMINATE || s->tagged != read_or_write ||
	    (!s->tagged && s->queue != queue))
		return err_wire(e, 0, "RFC 5040 4.1", "control bytes 0x%02x 0x%02x", ddp, rdmap);
	s->reserved = ddp & 0x3c || rdmap & 0x30;
	s->load = (struct bytes){c.at, cursor_left(&c)};
	return 0;
}

size_t ddp_encode(const struct ddp_segment *s, uint8_t *buf, size_t size)
{
	struct writer w = writer_of(buf, size);
	const size_t len = (s->tagged ? 14 : 18) + s->load.len, pad = (4 - (2 + len) % 4) % 4;

	if (len > UINT16_MAX)
		return 0;
	writer_be(&w, 2, len);
	writer_be(&w, 1, (s->tagged ? TAGGED : 0u) | (s->last ? LAST : 0u) | DDP_VERSION);
	writer_be(&w, 1, RDMAP_VERSION | s->opcode);
	writer_be(&w, 4, s->key);
	if (s->tagged) {
		writer_be(&w, 8, s->addr);
	} else {
		writer_be(&w, 4, s->queue);
		writer_be(&w, 4, s->msn);
		writer_be(&w, 4, s->offset);
	}
	writer_put(&w, s->load.at, s->load.len);
	writer_zero(&w, pad);
	const uint32_t crc = crc_end(crc_add(CRC_32C, CRC_BEGIN, buf, writer_len(&w)));
	for (unsigned i = 0; i < 4; i++)
		writer_be(&w, 1, crc >> 8 * i & 0xff);
	return w.failed ? 0 : writer_len(&w);
}

/* ---- what RDMAP's own messages carry ---- */

int rdmap_read_decode(struct rdmap_read *r, struct bytes load)
{
	struct cursor c = cursor_of(load.at, load.len);

	r->sink_key = (uint32_t)cursor_be(&c, 4);
	r->sink_addr = cursor_be(&c, 8);
	r->len = (uint32_t)cursor_be(&c, 4);
	r->source_key = (uint32_t)cursor_be(&c, 4);
	r->source_addr = cursor_be(&c, 8);
	return c.failed ? -1 : 0;
}

void rdmap_read_encode(const struct rdmap_read *r, uint8_t out[RDMAP_READ_SIZE])
{
	struct writer w = writer_of(out, RDMAP_READ_SIZE);

	writer_be(&w, 4, r->sink_key);
	writer_be(&w, 8, r->sink_addr);
	writer_be(&w, 4, r->len);
	writer_be(&w, 4, r->source_key);
	writer_be(&w, 8, r->source_addr);
}

int rdmap_terminate_decode(struct rdmap_terminate *t, struct bytes load)
{
	struct cursor c = cursor_of(load.at, load.len);
	const uint32_t control = (uint32_t)cursor_be(&c, 4);

	t->layer = control >> 28;
	t->type = control >> 24 & 15;
	t->code = control >> 16 & 0xff;
	return c.failed ? -1 : 0;
}

void rdmap_terminate_encode(const struct rdmap_terminate *t, uint8_t out[RDMAP_TERMINATE_SIZE])
{
	struct writer w = writer_of(out, RDMAP_TERMINATE_SIZE);

	writer_be(&w, 4, (t->layer & 15) << 28 | (t->type & 15) << 24 | (t->code & 0xff) << 16);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The data segment of a message, by what its type has there. Its length follows. */
#include <string.h>

#include "message.h"
#include "shape.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { TEXT_ROOM = 0x3000 };

/* Sizes at which implementations change their mind: nothing, pads, what buffers hold, the defaults
 * of the keys. */
static size_t some_size(struct rng *r)
{
	static const uint16_t sizes[] = {0, 4, 8, 16, 48, 64, 128, 256, 512, 1024, 4096, 8192};
	/* Long messages are slow ones: most are short. */
	size_t choice = rng_below(r, rng_one_in(r, 4) ? COUNT(sizes) : COUNT(sizes) / 2 + 1);
	size_t size = sizes[choice] + rng_below(r, 5);

	return size >= 2 ? size - 2 : 0;
}

static void resize(struct rng *r, struct edit *msg, struct shape s)
{
	size_t len = some_size(r), now = s.tail - s.data;
	uint8_t data[8192 + 4];

	memset(data, rng_one_in(r, 2) ? 0 : (int)rng_below(r, 256), len);
	memcpy(data, msg->at + s.data, now < len ? now : len);
	(void)shape_put_data(msg, data, len);
}

/* SenseLength and the sense data behind it, RFC 7143 11.4.7. */
static void mutate_sense(struct rng *r, struct edit *msg, struct shape s)
{
	uint8_t *data = msg->at + s.data;
	size_t now = s.tail - s.data;

	if (now < 2) {
		(void)shape_put_data(msg, "\0\22\160\0\5\0\0\0\0\12\0\0\0\0\44\0\0\0\0\0", 20);
		return;
	}
	const size_t lengths[] = {0, 1, now - 2, now - 1, now, now - 3, 0x7fff, 0xffff, 252, 18};
	size_t len = lengths[rng_below(r, COUNT(lengths))];
	data[0] = (uint8_t)(len >> 8);
	data[1] = (uint8_t)len;
}

static bool has_text(const struct pdu_type *type)
{
	return type->opcode == OP_LOGIN_REQUEST || type->opcode == OP_LOGIN_RESPONSE ||
	       type->opcode == OP_TEXT_REQUEST || type->opcode == OP_TEXT_RESPONSE;
}

/* Whatever changes it, changed apart and put back with its length. */
static void edited(struct rng *r, struct edit *msg, struct shape s,
		   void (*change)(struct rng *, struct edit *))
{
	uint8_t room[TEXT_ROOM];
	struct edit data = {room, s.tail - s.data, sizeof(room)};

	if (data.len > data.max)
		return;
	memcpy(room, msg->at + s.data, data.len);
	change(r, &data);
	(void)shape_put_data(msg, room, data.len);
}

void mutate_data(struct rng *r, struct edit *msg)
{
	struct shape s = shape_of(msg->at, msg->len);

	if (!s.whole) {
		mutate_bytes(r, msg);
		return;
	}
	if (has_text(s.type) && !rng_one_in(r, 4))
		edited(r, msg, s, mutate_text);
	else if (s.type->opcode == OP_SCSI_RESPONSE && rng_one_in(r, 2))
		mutate_sense(r, msg, s);
	else if (rng_one_in(r, 2))
		resize(r, msg, s);
	else
		edited(r, msg, s, mutate_bytes);
}

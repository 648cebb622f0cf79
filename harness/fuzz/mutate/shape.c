/* SPDX-License-Identifier: BSD-2-Clause */
#include "shape.h"

enum { HEADERS = ISER_HEADER_SIZE + BHS_SIZE, AT_AHS_LENGTH = ISER_HEADER_SIZE + 4 };

static const struct pdu_type *type_of(const uint8_t *msg, size_t len)
{
	if (!len)
		return NULL;
	switch (msg[0] >> 4) {
	case ISER_HELLO:
		return pdu_hello_type();
	case ISER_HELLO_REPLY:
		return pdu_hello_reply_type();
	default: /* an iSER opcode that does not exist is looked at as if it were control-type */
		return len > ISER_HEADER_SIZE ? pdu_type_by_opcode(msg[ISER_HEADER_SIZE] & 0x3f)
					      : NULL;
	}
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

struct shape shape_of(const uint8_t *msg, size_t len)
{
	struct shape s = {.type = type_of(msg, len), .ahs = len, .data = len, .tail = len};

	if (!s.type || s.type->iser_opcode != ISER_CONTROL || len < HEADERS)
		return s;
	const uint8_t *lengths = msg + AT_AHS_LENGTH;
	size_t said = (size_t)lengths[1] << 16 | (size_t)lengths[2] << 8 | lengths[3];
	s.whole = true;
	s.ahs = HEADERS;
	s.data = HEADERS + least(lengths[0] * 4u, len - HEADERS);
	s.tail = s.data + least(said, len - s.data);
	return s;
}

void shape_repair(struct edit *msg, size_t ahs_len, size_t data_len)
{
	if (!shape_of(msg->at, msg->len).whole)
		return;
	uint8_t *lengths = msg->at + AT_AHS_LENGTH;
	lengths[0] = (uint8_t)(ahs_len / 4);
	lengths[1] = (uint8_t)(data_len >> 16);
	lengths[2] = (uint8_t)(data_len >> 8);
	lengths[3] = (uint8_t)data_len;
}

bool shape_put_data(struct edit *msg, const void *data, size_t len)
{
	struct shape s = shape_of(msg->at, msg->len);
	size_t pad = (4 - len % 4) % 4;
	static const uint8_t zeros[3];

	if (!s.whole || len > msg->max || s.data + len + pad > msg->max)
		return false;
	(void)edit_replace(msg, s.data, SIZE_MAX, NULL, 0);
	(void)edit_replace(msg, s.data, 0, data, len);
	(void)edit_replace(msg, s.data + len, 0, zeros, pad);
	shape_repair(msg, s.data - s.ahs, len);
	return true;
}

static const struct pdu_field *field_of(const uint8_t *msg, size_t len, const char *name)
{
	const struct pdu_type *type = type_of(msg, len);

	return type ? pdu_field_by_name(type, name) : NULL;
}

uint64_t shape_get(const uint8_t *msg, size_t len, const char *name)
{
	const struct pdu_field *f = field_of(msg, len, name);
	uint64_t value = 0;

	return f && pdu_peek(msg, len, f, &value) ? value : 0;
}

bool shape_set(uint8_t *msg, size_t len, const char *name, uint64_t value)
{
	const struct pdu_field *f = field_of(msg, len, name);

	return f && pdu_poke(msg, len, f, value);
}

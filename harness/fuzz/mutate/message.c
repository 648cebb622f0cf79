/* SPDX-License-Identifier: BSD-2-Clause */
#include "message.h"

#include <string.h>

#include "shape.h"
#include "value.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { POOL_MAX = 16, AT_CDB = ISER_HEADER_SIZE + 32 };

/* Commands that honest initiators send, and what they need: length in the CDB, parameter data,
 * data either way, a service action, a CDB of variable length. */
static void mutate_cdb(struct rng *r, struct edit *msg)
{
	static const uint8_t opcodes[] = {0x00, 0x03, 0x12, 0x15, 0x1a, 0x1b, 0x25, 0x28, 0x2a,
					  0x35, 0x41, 0x42, 0x55, 0x5a, 0x5e, 0x5f, 0x7f, 0x88,
					  0x89, 0x8a, 0x8f, 0x93, 0x9e, 0xa0, 0xa3, 0xa8, 0xaa};
	uint8_t *cdb = msg->at + AT_CDB;

	if (msg->len < AT_CDB + CDB_SIZE)
		return;
	if (rng_one_in(r, 2)) {
		cdb[0] = opcodes[rng_below(r, COUNT(opcodes))];
		return;
	}
	struct edit bytes = {cdb + 1, CDB_SIZE - 1, CDB_SIZE - 1};
	mutate_bytes(r, &bytes);
}

static void gather(const struct pdu_type *type, enum value_class class, struct bytes other,
		   uint64_t *pool, size_t *count)
{
	for (size_t i = 0; type && i < type->field_count && *count < POOL_MAX; i++)
		if (value_facts_of(type, &type->fields[i]).class == class &&
		    pdu_peek(other.at, other.len, &type->fields[i], &pool[*count]))
			++*count;
}

/* What stands elsewhere and is worth having: for a length the message's own, for others what the
 * other message has of the class. */
static struct value_pool pool_of(enum value_class class, const struct edit *msg, struct bytes other,
				 uint64_t pool[POOL_MAX])
{
	size_t count = 0;

	if (class == VALUE_LENGTH) {
		struct shape s = shape_of(msg->at, msg->len);
		const uint64_t lengths[] = {msg->len, msg->len - s.ahs, msg->len - s.data,
					    s.tail - s.data, (s.data - s.ahs) / 4};
		memcpy(pool, lengths, sizeof(lengths));
		count = COUNT(lengths);
	} else if (other.len) {
		gather(shape_of(other.at, other.len).type, class, other, pool, &count);
	}
	return (struct value_pool){pool, count};
}

static void mutate_field(struct rng *r, struct edit *msg, const struct pdu_type *type,
			 struct bytes other)
{
	const struct pdu_field *f = &type->fields[rng_below(r, type->field_count)];
	enum value_class class = value_facts_of(type, f).class;
	uint64_t pool[POOL_MAX], now;

	if (class == VALUE_BYTES)
		mutate_cdb(r, msg);
	else if (pdu_peek(msg->at, msg->len, f, &now))
		pdu_poke(msg->at, msg->len, f,
			 mutate_field_value(r, type, f, now, pool_of(class, msg, other, pool)));
}

void mutate_fields(struct rng *r, struct edit *msg, struct bytes other)
{
	const struct pdu_type *type = shape_of(msg->at, msg->len).type;
	size_t times = rng_one_in(r, 3) ? 1 + rng_below(r, 3) : 1;

	while (type && times--) {
		mutate_field(r, msg, type, other);
		type = shape_of(msg->at, msg->len).type;
	}
}

/* The same bytes read as another type. */
static void mutate_type(struct rng *r, struct edit *msg)
{
	size_t count;
	const struct pdu_type *types = pdu_types(&count);
	const struct pdu_type *type = &types[rng_below(r, count)];

	if (msg->len > ISER_HEADER_SIZE && type->iser_opcode == ISER_CONTROL)
		msg->at[ISER_HEADER_SIZE] =
			(uint8_t)((msg->at[ISER_HEADER_SIZE] & 0xc0) | type->opcode);
	if (msg->len && (rng_one_in(r, 4) || type->iser_opcode != ISER_CONTROL))
		msg->at[0] = (uint8_t)((msg->at[0] & 0x0f) | type->iser_opcode << 4);
}

static void flip_header_bit(struct rng *r, struct edit *msg)
{
	size_t header = ISER_HEADER_SIZE + BHS_SIZE, len = msg->len < header ? msg->len : header;

	if (len)
		msg->at[rng_below(r, len)] ^= (uint8_t)(1u << rng_below(r, 8));
}

void mutate_message(struct rng *r, struct edit *msg, struct bytes other)
{
	struct shape s = shape_of(msg->at, msg->len);

	if (!s.type) {
		if (rng_one_in(r, 2))
			mutate_bytes(r, msg);
		else
			mutate_into_fresh(r, msg, rng_one_in(r, 2) ? FROM_TARGET : FROM_INITIATOR);
		return;
	}
	switch (rng_below(r, 16)) {
	case 0:
	case 1:
		mutate_lengths(r, msg);
		return;
	case 2:
		mutate_ahs(r, msg);
		return;
	case 3:
	case 4:
	case 5:
	case 6:
		mutate_data(r, msg);
		return;
	case 7:
		mutate_type(r, msg);
		return;
	case 8:
		flip_header_bit(r, msg);
		return;
	case 9:
	case 10:
		mutate_bytes(r, msg);
		return;
	default:
		mutate_fields(r, msg, other);
	}
}

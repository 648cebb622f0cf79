/* SPDX-License-Identifier: BSD-2-Clause */
#include "value.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define RANGES(...)                                          \
	.ranges = (const struct value_range[]){__VA_ARGS__}, \
	.range_count = COUNT(((const struct value_range[]){__VA_ARGS__}))

/* A row of a type stands before the row of the same name for all types. */
static const struct row {
	const char *field, *type;
	enum value_class class;
	const struct value_range *ranges;
	size_t range_count;
} rows[] = {
	{"iSEROpcode", NULL, VALUE_CODE, RANGES({1, 3})},
	{"MaxVer", NULL, VALUE_CODE, RANGES({10, 10})},
	{"MinVer", NULL, VALUE_CODE, RANGES({10, 10})},
	{"CurVer", NULL, VALUE_CODE, RANGES({10, 10})},
	/* RFC 7143 11.2.1.2, vendors' opcodes included */
	{"Opcode", NULL, VALUE_CODE,
	 RANGES({0, 6}, {0x10, 0x10}, {0x1c, 0x1e}, {0x20, 0x26}, {0x31, 0x32}, {0x3c, 0x3f})},
	{"ATTR", NULL, VALUE_CODE, RANGES({0, 4})},
	{"Function", NULL, VALUE_CODE, RANGES({1, 12})}, /* RFC 7144 6.3 has 9 to 12 */
	{"CSG", NULL, VALUE_CODE, RANGES({0, 1}, {3, 3})},
	{"NSG", NULL, VALUE_CODE, RANGES({0, 1}, {3, 3})},
	{"VersionMax", NULL, VALUE_CODE, RANGES({0, 0})},
	{"VersionMin", NULL, VALUE_CODE, RANGES({0, 0})},
	{"VersionActive", NULL, VALUE_CODE, RANGES({0, 0})},
	{"StatusClass", NULL, VALUE_CODE, RANGES({0, 3})},
	{"StatusDetail", NULL, VALUE_CODE, RANGES({0, 0x0b})},
	{"Status", NULL, VALUE_CODE,
	 RANGES({0, 0}, {2, 2}, {8, 8}, {0x18, 0x18}, {0x28, 0x28}, {0x30, 0x30}, {0x40, 0x40})},
	{"Response", "scsi-response", VALUE_CODE, RANGES({0, 1}, {0x80, 0xff})},
	{"Response", "task-response", VALUE_CODE, RANGES({0, 7}, {255, 255})},
	{"Response", NULL, VALUE_CODE, RANGES({0, 3})},
	{"Reason", "logout-request", VALUE_CODE, RANGES({0, 2})},
	{"Reason", NULL, VALUE_CODE, RANGES({1, 0x0c})},
	{"Type", NULL, VALUE_CODE, RANGES({0, 3})},
	{"AsyncEvent", NULL, VALUE_CODE, RANGES({0, 5}, {255, 255})},

	{"TotalAHSLength", NULL, VALUE_LENGTH, NULL, 0},
	{"DataSegmentLength", NULL, VALUE_LENGTH, NULL, 0},
	{"EDTL", NULL, VALUE_LENGTH, NULL, 0},
	{"DesiredDataTransferLength", NULL, VALUE_LENGTH, NULL, 0},
	{"ResidualCount", NULL, VALUE_LENGTH, NULL, 0},
	{"BidiReadResidualCount", NULL, VALUE_LENGTH, NULL, 0},
	{"RunLength", NULL, VALUE_LENGTH, NULL, 0},

	{"WriteBaseOffset", NULL, VALUE_OFFSET, NULL, 0},
	{"ReadBaseOffset", NULL, VALUE_OFFSET, NULL, 0},
	{"BufferOffset", NULL, VALUE_OFFSET, NULL, 0},

	{"ITT", NULL, VALUE_TAG, NULL, 0},
	{"TTT", NULL, VALUE_TAG, NULL, 0},
	{"ReferencedTaskTag", NULL, VALUE_TAG, NULL, 0},
	{"SNACKTag", NULL, VALUE_TAG, NULL, 0},
	{"WriteSTag", NULL, VALUE_TAG, NULL, 0},
	{"ReadSTag", NULL, VALUE_TAG, NULL, 0},

	{"CmdSN", NULL, VALUE_SERIAL, NULL, 0},
	{"ExpStatSN", NULL, VALUE_SERIAL, NULL, 0},
	{"StatSN", NULL, VALUE_SERIAL, NULL, 0},
	{"ExpCmdSN", NULL, VALUE_SERIAL, NULL, 0},
	{"MaxCmdSN", NULL, VALUE_SERIAL, NULL, 0},
	{"RefCmdSN", NULL, VALUE_SERIAL, NULL, 0},
	{"ExpDataSN", NULL, VALUE_SERIAL, NULL, 0},
	{"DataSN", NULL, VALUE_SERIAL, NULL, 0},
	{"R2TSN", NULL, VALUE_SERIAL, NULL, 0},
	{"BegRun", NULL, VALUE_SERIAL, NULL, 0},
};

struct value_facts value_facts_of(const struct pdu_type *type, const struct pdu_field *field)
{
	if (field->bytes > 8)
		return (struct value_facts){.class = VALUE_BYTES};
	if (field->width == 1)
		return (struct value_facts){.class = VALUE_FLAG};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (!strcmp(rows[i].field, field->name) &&
		    (!rows[i].type || !strcmp(rows[i].type, type->name)))
			return (struct value_facts){rows[i].class, rows[i].ranges,
						    rows[i].range_count};
	return (struct value_facts){.class = VALUE_IDENTITY};
}

static uint64_t widest(const struct pdu_field *field)
{
	return field->width < 64 ? (UINT64_C(1) << field->width) - 1 : UINT64_MAX;
}

/* The ends of what the width can say, of signs and of halves. */
static uint64_t limit(struct rng *r, const struct pdu_field *field)
{
	uint64_t most = widest(field), half = most / 2;
	const uint64_t ends[] = {0, 1, 2, most, most - 1, half, half + 1, half - 1};

	return ends[rng_below(r, COUNT(ends))];
}

/* A power of two and its neighbours: where buffers, pages and counters end. */
static uint64_t near_power(struct rng *r, const struct pdu_field *field)
{
	return (UINT64_C(1) << rng_below(r, field->width)) + rng_between(r, 0, 2) - 1;
}

/* Sizes that iSER and iSCSI speak of: headers, pads, what implementations post and the defaults of
 * RFC 7143 13.12 to 13.14. */
static uint64_t size(struct rng *r)
{
	static const uint32_t sizes[] = {0,    4,     8,       16,	28,	 48,
					 76,   128,   255 * 4, 512,	1024,	 4096,
					 8192, 65536, 1 << 17, 1 << 18, 1 << 20, 0xffffff};

	return sizes[rng_below(r, COUNT(sizes))] + rng_between(r, 0, 2) - 1;
}

static uint64_t beside(struct rng *r, uint64_t value)
{
	static const int8_t steps[] = {-4, -3, -2, -1, 1, 2, 3, 4};

	return value + (uint64_t)(int64_t)steps[rng_below(r, COUNT(steps))];
}

/* Assigned, or the first ones on either side that are not. */
static uint64_t code(struct rng *r, const struct value_facts *facts)
{
	struct value_range range = facts->assigned[rng_below(r, facts->assigned_count)];

	switch (rng_below(r, 4)) {
	case 0:
		return range.lo - 1;
	case 1:
		return range.hi + 1;
	default:
		return rng_between(r, range.lo, range.hi);
	}
}

/* Numbers go on, stand still, go back, and come round, RFC 7143 4.2.2.1. */
static uint64_t serial(struct rng *r, uint64_t current)
{
	switch (rng_below(r, 5)) {
	case 0:
		return current + rng_between(r, 1, 255);
	case 1:
		return current - rng_between(r, 1, 255);
	case 2:
		return current + 0x80000000u;
	case 3:
		return current + 0x7fffffffu;
	default:
		return beside(r, current);
	}
}

/* The places from which `more` bytes behind an offset wrap it. */
static uint64_t offset(struct rng *r, const struct pdu_field *field)
{
	uint64_t edge = rng_one_in(r, 2) ? widest(field) : UINT32_MAX;

	return edge - size(r) + 1;
}

static uint64_t tag(struct rng *r, uint64_t current)
{
	switch (rng_below(r, 4)) {
	case 0:
		return TAG_NONE;
	case 1:
		return 0;
	case 2: /* the key byte of an STag, and its index */
		return current ^ UINT64_C(1) << rng_below(r, 32);
	default:
		return beside(r, current);
	}
}

static uint64_t of_class(struct rng *r, const struct value_facts *facts,
			 const struct pdu_field *field, uint64_t current)
{
	switch (facts->class) {
	case VALUE_CODE:
		return code(r, facts);
	case VALUE_LENGTH:
		return rng_one_in(r, 2) ? size(r) : beside(r, current);
	case VALUE_OFFSET:
		return rng_one_in(r, 2) ? offset(r, field) : beside(r, current);
	case VALUE_TAG:
		return tag(r, current);
	case VALUE_SERIAL:
		return serial(r, current);
	default:
		return beside(r, current);
	}
}

static uint64_t any_value(struct rng *r, const struct value_facts *facts,
			  const struct pdu_field *field, uint64_t current, struct value_pool seen)
{
	if (seen.count && rng_one_in(r, 4)) {
		uint64_t other = seen.at[rng_below(r, seen.count)];
		return rng_one_in(r, 3) ? beside(r, other) : other;
	}
	switch (rng_below(r, 8)) {
	case 0:
		return limit(r, field);
	case 1:
		return near_power(r, field);
	case 2:
		return current ^ UINT64_C(1) << rng_below(r, field->width);
	case 3:
		return rng_next(r);
	default:
		return of_class(r, facts, field, current);
	}
}

uint64_t mutate_field_value(struct rng *r, const struct pdu_type *type,
			    const struct pdu_field *field, uint64_t current, struct value_pool seen)
{
	struct value_facts facts = value_facts_of(type, field);
	uint64_t mask = widest(field), value = current;

	if (facts.class == VALUE_BYTES)
		return 0;
	if (facts.class == VALUE_FLAG)
		return !current;
	for (int tries = 0; tries < 4 && value == (current & mask); tries++)
		value = any_value(r, &facts, field, current, seen) & mask;
	return value == (current & mask) ? (current + 1) & mask : value;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The codec: moves every field between bytes and struct pdu as the table of its type says. */
#include "pdu.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "cursor.h"

enum {
	HEADERS_SIZE = ISER_HEADER_SIZE + BHS_SIZE,
	AT_OPCODE = ISER_HEADER_SIZE,
	AT_TOTAL_AHS_LENGTH = ISER_HEADER_SIZE + 4,
	AT_DATA_SEGMENT_LENGTH = ISER_HEADER_SIZE + 5,
	DATA_MAX = 0xffffff,
};

static size_t header_size(const struct pdu_type *type)
{
	return type->iser_opcode == ISER_CONTROL ? HEADERS_SIZE : ISER_HEADER_SIZE;
}

static size_t padded(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

static uint64_t width_mask(const struct pdu_field *f)
{
	return f->width >= 64 ? UINT64_MAX : (UINT64_C(1) << f->width) - 1;
}

/* Fields have one, four or eight bytes, but for a few. */
static uint64_t load(const uint8_t *from, unsigned n)
{
	uint64_t value = 0;
	uint32_t four;

	switch (n) {
	case sizeof(uint8_t):
		return from[0];
	case sizeof(four):
		memcpy(&four, from, sizeof(four));
		return be32toh(four);
	case sizeof(value):
		memcpy(&value, from, sizeof(value));
		return be64toh(value);
	default:
		for (unsigned i = 0; i < n; i++)
			value = value << 8 | from[i];
		return value;
	}
}

static void store(uint8_t *to, unsigned n, uint64_t value)
{
	const uint32_t four = htobe32((uint32_t)value);

	switch (n) {
	case sizeof(uint8_t):
		to[0] = (uint8_t)value;
		break;
	case sizeof(four):
		memcpy(to, &four, sizeof(four));
		break;
	case sizeof(value):
		value = htobe64(value);
		memcpy(to, &value, sizeof(value));
		break;
	default:
		for (unsigned i = n; i > 0; i--, value >>= 8)
			to[i - 1] = (uint8_t)value;
	}
}

static bool is_blob(const struct pdu_field *f)
{
	return f->bytes > sizeof(uint64_t);
}

static uint64_t member_get(const struct pdu *p, const struct pdu_field *f)
{
	const char *member = (const char *)p + f->member;
	if (f->member_size == sizeof(uint64_t)) {
		uint64_t wide;
		memcpy(&wide, member, sizeof(wide));
		return wide;
	}
	uint32_t narrow;
	memcpy(&narrow, member, sizeof(narrow));
	return narrow;
}

static void member_set(struct pdu *p, const struct pdu_field *f, uint64_t value)
{
	char *member = (char *)p + f->member;
	if (f->member_size == sizeof(uint64_t)) {
		memcpy(member, &value, sizeof(value));
	} else {
		uint32_t narrow = (uint32_t)value;
		memcpy(member, &narrow, sizeof(narrow));
	}
}

uint64_t pdu_get(const struct pdu *p, const struct pdu_field *f)
{
	return is_blob(f) ? 0 : member_get(p, f);
}

void pdu_set(struct pdu *p, const struct pdu_field *f, uint64_t value)
{
	if (!is_blob(f))
		member_set(p, f, value & width_mask(f));
}

static void field_store(uint8_t *msg, const struct pdu_field *f, uint64_t value)
{
	uint8_t *run = msg + f->offset;
	uint64_t mask = width_mask(f) << f->shift;

	if (f->width == 8 * f->bytes) {
		store(run, f->bytes, value);
		return;
	}
	store(run, f->bytes, (load(run, f->bytes) & ~mask) | ((value << f->shift) & mask));
}

bool pdu_poke(uint8_t *msg, size_t len, const struct pdu_field *f, uint64_t value)
{
	if (is_blob(f) || (size_t)f->offset + f->bytes > len)
		return false;
	field_store(msg, f, value);
	return true;
}

static uint64_t field_load(const uint8_t *msg, const struct pdu_field *f)
{
	return load(msg + f->offset, f->bytes) >> f->shift & width_mask(f);
}

bool pdu_peek(const uint8_t *msg, size_t len, const struct pdu_field *f, uint64_t *value)
{
	if (is_blob(f) || (size_t)f->offset + f->bytes > len)
		return false;
	*value = field_load(msg, f);
	return true;
}

void pdu_init(struct pdu *p, const struct pdu_type *type)
{
	memset(p, 0, sizeof(*p));
	p->type = type;
	for (size_t i = 0; i < type->field_count; i++)
		if (type->fields[i].initial)
			pdu_set(p, &type->fields[i], type->fields[i].initial);
	p->iser_opcode = type->iser_opcode;
	p->opcode = type->opcode;
}

/* Most fields are a number of four bytes or bits of one, and a member of 32 bits. */
static bool narrow_load(const uint8_t *msg, const struct pdu_field *f, uint32_t *value)
{
	if (f->member_size != sizeof(*value) || (f->width != 32 && f->bytes != 1))
		return false;
	if (f->bytes == 1) {
		*value = (uint32_t)(msg[f->offset] >> f->shift & width_mask(f));
	} else {
		memcpy(value, msg + f->offset, sizeof(*value));
		*value = be32toh(*value);
	}
	return true;
}

static void fields_load(struct pdu *p, const struct pdu_type *type, const uint8_t *msg)
{
	const struct pdu_field *end = type->fields + type->field_count;

	for (const struct pdu_field *f = type->fields; f < end; f++) {
		uint32_t narrow;
		if (narrow_load(msg, f, &narrow))
			memcpy((char *)p + f->member, &narrow, sizeof(narrow));
		else if (is_blob(f))
			memcpy((char *)p + f->member, msg + f->offset, f->bytes);
		else
			member_set(p, f, field_load(msg, f));
	}
}

static const struct pdu_type *type_of(const uint8_t *msg, size_t len, struct err *e)
{
	if (len < ISER_HEADER_SIZE) {
		err_wire(e, len, "RFC 7145 9.1", "iSER header cut: %zu of %d bytes", len,
			 ISER_HEADER_SIZE);
		return NULL;
	}

	unsigned iser_opcode = msg[0] >> 4;
	switch (iser_opcode) {
	case ISER_HELLO:
		return pdu_hello_type();
	case ISER_HELLO_REPLY:
		return pdu_hello_reply_type();
	case ISER_CONTROL:
		break;
	default:
		err_wire(e, 0, "RFC 7145 9.1", "unassigned iSER opcode %u", iser_opcode);
		return NULL;
	}

	if (len < HEADERS_SIZE) {
		err_wire(e, len, "RFC 7143 11.2.1", "BHS cut: %zu of %d bytes",
			 len - ISER_HEADER_SIZE, BHS_SIZE);
		return NULL;
	}
	unsigned opcode = msg[AT_OPCODE] & 0x3f;
	const struct pdu_type *type = pdu_type_by_opcode(opcode);
	if (!type)
		err_wire(e, AT_OPCODE, "RFC 7143 11.2.1.2", "unassigned iSCSI opcode 0x%02x",
			 opcode);
	return type;
}

static int decode(struct pdu *p, const uint8_t *msg, size_t len, struct err *e)
{
	p->type = type_of(msg, len, e);
	if (!p->type)
		return -1;

	struct cursor c = cursor_of(msg, len);
	size_t header = header_size(p->type);
	fields_load(p, p->type, cursor_take(&c, header));
	if (header == ISER_HEADER_SIZE) {
		if (cursor_left(&c))
			return err_wire(e, header, p->type->section,
					"%zu bytes follow a header that must stand alone",
					cursor_left(&c));
		return 0;
	}

	p->ahs.len = (size_t)p->total_ahs_length * 4;
	if (p->ahs.len > cursor_left(&c))
		return err_wire(e, AT_TOTAL_AHS_LENGTH, "RFC 7143 11.2.1.5",
				"TotalAHSLength=%u is %zu bytes, the message has %zu after its BHS",
				(unsigned)p->total_ahs_length, p->ahs.len, cursor_left(&c));
	p->ahs.at = cursor_take(&c, p->ahs.len);

	p->data.len = p->data_segment_length;
	if (p->data.len > cursor_left(&c))
		return err_wire(
			e, AT_DATA_SEGMENT_LENGTH, "RFC 7143 11.2.1.6",
			"DataSegmentLength=%zu, the message has %zu bytes after its headers",
			p->data.len, cursor_left(&c));
	p->data.at = cursor_take(&c, p->data.len);

	size_t pad = padded(p->data.len) - p->data.len;
	if (cursor_left(&c) > pad)
		return err_wire(e, cursor_offset(&c) + pad, "RFC 7143 11.2.1.6",
				"%zu bytes after DataSegmentLength=%zu and its padding",
				cursor_left(&c) - pad, p->data.len);
	return 0;
}

int pdu_decode(struct pdu *p, const void *msg, size_t len, struct err *e)
{
	memset(p, 0, sizeof(*p));
	if (decode(p, msg, len, e)) {
		memset(p, 0, sizeof(*p));
		return -1;
	}
	return 0;
}

static int check_parts(const struct pdu *p, struct err *e)
{
	if (p->type->iser_opcode != ISER_CONTROL && (p->ahs.len || p->data.len))
		return err_wire(e, ISER_HEADER_SIZE, p->type->section,
				"%s holds nothing but its header", p->type->title);
	if (p->ahs.len % 4 || p->ahs.len > AHS_MAX)
		return err_wire(e, AT_TOTAL_AHS_LENGTH, "RFC 7143 11.2.1.5",
				"AHS of %zu bytes: not a multiple of 4 up to %d", p->ahs.len,
				AHS_MAX);
	if (p->data.len > DATA_MAX)
		return err_wire(e, AT_DATA_SEGMENT_LENGTH, "RFC 7143 11.2.1.6",
				"data segment of %zu bytes is more than %d", p->data.len, DATA_MAX);
	return 0;
}

static bool is_length(const struct pdu_field *f)
{
	return f->offset == AT_TOTAL_AHS_LENGTH || f->offset == AT_DATA_SEGMENT_LENGTH;
}

static int fields_store(const struct pdu *p, uint8_t *msg, struct err *e)
{
	for (size_t i = 0; i < p->type->field_count; i++) {
		const struct pdu_field *f = &p->type->fields[i];
		if (is_blob(f)) {
			memcpy(msg + f->offset, (const char *)p + f->member, f->bytes);
			continue;
		}
		if (is_length(f))
			continue;
		uint64_t value = member_get(p, f);
		if (!value)
			continue; /* as the header is */
		if (value & ~width_mask(f))
			return err_wire(e, f->offset, p->type->section,
					"%s=%#llx does not fit in %u bits", f->name,
					(unsigned long long)value, (unsigned)f->width);
		field_store(msg, f, value);
	}
	return 0;
}

size_t pdu_encode(const struct pdu *p, void *buf, size_t size, struct err *e)
{
	if (check_parts(p, e))
		return 0;

	size_t header = header_size(p->type);
	size_t need = header + p->ahs.len + padded(p->data.len);
	if (need > size) {
		err_set(e, ENOBUFS, "%s of %zu bytes for a buffer of %zu", p->type->title, need,
			size);
		return 0;
	}

	uint8_t *msg = buf;
	memset(msg, 0, header);
	if (fields_store(p, msg, e))
		return 0;
	if (header == ISER_HEADER_SIZE)
		return header;

	store(msg + AT_TOTAL_AHS_LENGTH, 1, p->ahs.len / 4);
	store(msg + AT_DATA_SEGMENT_LENGTH, 3, p->data.len);
	struct writer w = writer_of(msg + header, size - header);
	writer_put(&w, p->ahs.at, p->ahs.len);
	writer_put(&w, p->data.at, p->data.len);
	writer_zero(&w, padded(p->data.len) - p->data.len);
	return header + writer_len(&w);
}

/* The bits of the headers that are some field's, made when first asked for. */
static const uint8_t *known_bits(const struct pdu_type *type)
{
	enum { TYPES_MAX = 32 };
	static uint8_t of_types[TYPES_MAX][HEADERS_SIZE];
	size_t count;
	uint8_t *known = of_types[type - pdu_types(&count)];

	assert(count <= TYPES_MAX);
	if (known[0]) /* where the iSER opcode is */
		return known;
	for (size_t i = 0; i < type->field_count; i++) {
		const struct pdu_field *f = &type->fields[i];
		uint8_t *at = known + f->offset;

		if (is_blob(f))
			memset(at, 0xff, f->bytes);
		else
			store(at, f->bytes, load(at, f->bytes) | width_mask(f) << f->shift);
	}
	return known;
}

unsigned pdu_reserved_set(const struct pdu_type *type, const uint8_t *msg, size_t len,
			  size_t *first)
{
	const uint8_t *known = known_bits(type);
	unsigned count = 0;
	size_t end = header_size(type) < len ? header_size(type) : len;
	uint64_t bytes, fields;
	for (size_t i = 0; i < end; i++) {
		/* Mostly there is none, and eight bytes are looked at together. */
		for (; end - i > sizeof(bytes); i += sizeof(bytes)) {
			memcpy(&bytes, msg + i, sizeof(bytes));
			memcpy(&fields, known + i, sizeof(fields));
			if (bytes & ~fields)
				break;
		}
		unsigned stray = msg[i] & ~(unsigned)known[i] & 0xff;
		if (!stray)
			continue;
		if (!count && first)
			*first = i;
		count += (unsigned)__builtin_popcount(stray);
	}
	return count;
}

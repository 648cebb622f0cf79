/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as one iSER message: decode, and encode again. */
#include "../harness/wire/pdu.h"
#include "fuzz.h"

enum { HEADERS = ISER_HEADER_SIZE + BHS_SIZE };

static void check_error(const struct err *e, size_t len)
{
	REQUIRE(e->section && e->what[0]);
	REQUIRE(!strchr(e->what, '\n'));
	REQUIRE(e->offset <= len);
}

static void check_lengths(const struct pdu *p, size_t len)
{
	if (p->type->iser_opcode != ISER_CONTROL) {
		REQUIRE(len == ISER_HEADER_SIZE);
		return;
	}
	size_t least = HEADERS + p->ahs.len + p->data.len;
	REQUIRE(p->ahs.len == p->total_ahs_length * 4u);
	REQUIRE(p->data.len == p->data_segment_length);
	REQUIRE(len >= least && len <= (least + 3) / 4 * 4);
}

static void check_same_fields(const struct pdu *p, const struct pdu *q)
{
	REQUIRE(p->type == q->type);
	for (size_t i = 0; i < p->type->field_count; i++)
		REQUIRE(pdu_get(p, &p->type->fields[i]) == pdu_get(q, &p->type->fields[i]));
	REQUIRE(!memcmp(p->cdb, q->cdb, CDB_SIZE));
}

/* What was sent and what we would send differ in reserved bits, in padding, and in nothing else. */
static void check_encoding(const struct pdu *p, const uint8_t *msg, size_t len)
{
	struct err e;
	size_t room = (len + 3) / 4 * 4, header = len < HEADERS ? ISER_HEADER_SIZE : HEADERS;
	uint8_t *again = malloc(room + 1);
	REQUIRE(again);
	REQUIRE(pdu_encode(p, again, room, &e) == room);
	REQUIRE(!pdu_encode(p, again, room - 1, &e));
	REQUIRE(pdu_encode(p, again, room, NULL) == room);

	unsigned differ = 0;
	size_t first = SIZE_MAX, first_differ = SIZE_MAX;
	for (size_t i = 0; i < header; i++) {
		/* It was decoded, so it is longer than that; the analyzer cannot know. */
		/* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult) */
		differ += (unsigned)__builtin_popcount(msg[i] ^ again[i]);
		if (msg[i] != again[i] && first_differ == SIZE_MAX)
			first_differ = i;
	}
	REQUIRE(differ == pdu_reserved_set(p->type, msg, len, &first));
	REQUIRE(first == first_differ);
	REQUIRE(!pdu_reserved_set(p->type, again, room, NULL));
	size_t body = p->ahs.len + p->data.len;
	REQUIRE(!memcmp(msg + header, again + header, body));
	for (size_t i = header + body; i < room; i++)
		REQUIRE(!again[i]);

	/* What no length field can say is refused. */
	struct pdu q = *p;
	q.ahs.len = 2;
	REQUIRE(!pdu_encode(&q, again, room, &e));
	q = *p;
	q.data.len = 1 << 24;
	REQUIRE(!pdu_encode(&q, again, room, &e));
	REQUIRE(pdu_encode(p, again, room, NULL) == room);

	REQUIRE(!pdu_decode(&q, again, room, &e));
	check_same_fields(p, &q);

	/* Poking every field with its own value is the same message. */
	uint8_t *poked = malloc(room);
	REQUIRE(poked);
	memcpy(poked, again, room);
	for (size_t i = 0; i < p->type->field_count; i++) {
		const struct pdu_field *f = &p->type->fields[i];
		REQUIRE(pdu_poke(poked, room, f, pdu_get(p, f)) == (f->bytes <= 8));
		uint64_t value = 0;
		REQUIRE(pdu_peek(again, room, f, &value) == (f->bytes <= 8));
		REQUIRE(value == pdu_get(p, f));
	}
	REQUIRE(!memcmp(poked, again, room));
	free(poked);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *msg = input_of(data, size);
	const bool asked = is_asked(data, size, 16);
	struct pdu p;
	struct err e;

	if (pdu_decode(&p, msg, size, asked ? &e : NULL)) {
		REQUIRE(!p.type);
		if (asked)
			check_error(&e, size);
	} else {
		check_lengths(&p, size);
		if (asked)
			check_encoding(&p, msg, size);
	}
	input_done(msg);
	return 0;
}

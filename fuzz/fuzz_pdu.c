/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as one iSER message: decode, describe, encode again, walk the AHS; and as CM private
 * data. */
#include "../harness/wire/ahs.h"
#include "../harness/wire/cm_data.h"
#include "../harness/wire/pdu.h"
#include "fuzz.h"

enum { HEADERS = ISER_HEADER_SIZE + BHS_SIZE };

static void check_error(const struct pdu *p, const struct err *e, size_t len)
{
	REQUIRE(!p->type);
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

	struct pdu q;
	REQUIRE(!pdu_decode(&q, again, room, &e));
	check_same_fields(p, &q);

	/* Poking every field with its own value is the same message. */
	uint8_t *poked = exact_copy(again, room);
	for (size_t i = 0; i < p->type->field_count; i++) {
		const struct pdu_field *f = &p->type->fields[i];
		REQUIRE(pdu_poke(poked, room, f, pdu_get(p, f)) == (f->bytes <= 8));
	}
	REQUIRE(!memcmp(poked, again, room));
	free(poked);
	free(again);
}

static void check_ahs(struct bytes area)
{
	struct cursor c = cursor_of(area.at, area.len);
	struct ahs a;
	struct err e;
	size_t before = 0;
	int rc;

	while ((rc = ahs_next(&c, &a, &e)) == 1) {
		size_t step = cursor_offset(&c) - before;
		REQUIRE(a.type < 64);
		REQUIRE(step % 4 == 0 && step >= 3 + a.value.len && step < 3 + a.value.len + 4);

		uint8_t *again = malloc(step);
		REQUIRE(again);
		struct writer w = writer_of(again, step);
		ahs_put(&w, a.type, a.value.at, a.value.len);
		REQUIRE(!w.failed && writer_len(&w) == step);
		REQUIRE(!memcmp(again, area.at + before, 2));
		REQUIRE(!memcmp(again + 3, area.at + before + 3, a.value.len));
		free(again);
		before = cursor_offset(&c);
	}
	if (rc < 0)
		REQUIRE(e.section && e.offset == before);
	else
		REQUIRE(before == area.len);
}

static void check_description(const uint8_t *msg, size_t len)
{
	char line[4096];
	REQUIRE(pdu_describe(msg, len, line, sizeof(line)) == line);
	size_t shown = strlen(line);
	REQUIRE(shown > 0 && shown < sizeof(line));
	for (size_t i = 0; i < shown; i++)
		REQUIRE(line[i] >= 0x20 && line[i] < 0x7f);

	/* A smaller buffer holds a prefix; its size comes from the input. */
	size_t size = 1 + (len ? msg[len - 1] : 0);
	char *small = malloc(size);
	REQUIRE(small);
	pdu_describe(msg, len, small, size);
	REQUIRE(strlen(small) < size);
	REQUIRE(!strncmp(small, line, strlen(small)));
	free(small);
}

static void check_cm_data(const uint8_t *data, size_t size)
{
	struct cm_data d;
	struct err e;
	uint8_t out[CM_DATA_SIZE];

	if (cm_data_decode(&d, data, size, &e)) {
		REQUIRE(size > 0 && size < CM_DATA_SIZE && e.section);
		return;
	}
	cm_data_encode(&d, out);
	uint8_t any = 0;
	for (size_t i = 0; i < CM_DATA_SIZE; i++) {
		REQUIRE(out[i] == (i < size ? data[i] : 0));
		any |= out[i];
	}
	REQUIRE(d.present == (any != 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *msg = exact_copy(data, size);
	struct pdu p;
	struct err e;

	if (pdu_decode(&p, msg, size, &e)) {
		check_error(&p, &e, size);
	} else {
		check_lengths(&p, size);
		check_encoding(&p, msg, size);
		check_ahs(p.ahs);
	}
	check_description(msg, size);
	check_cm_data(msg, size);
	free(msg);
	return 0;
}

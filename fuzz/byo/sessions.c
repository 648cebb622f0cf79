/* SPDX-License-Identifier: BSD-2-Clause */
/* Seeds of sessions: sessions OUT LOG... writes into OUT each connection of the event logs that has
 * something new to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../harness/fuzz/mutate/from_log.h"
#include "../../harness/fuzz/mutate/shape.h"
#include "../../harness/report/digest.h"
#include "../../harness/report/events.h"
#include "../../harness/report/file.h"
#include "../../harness/wire/text.h"

enum {
	SESSION_MAX = 4096, /* what both engines take without being told */
	CONNECTIONS = 64,
	FEATURE_BITS = 20,
};

/* What sessions have had so far, as bits of a hash: types in their phases, with their flags, behind
 * one another, and keys. A session without a new one is not kept. */
struct features {
	uint8_t seen[1 << (FEATURE_BITS - 3)];
	size_t fresh;
};

static void feature(struct features *f, uint64_t a, uint64_t b)
{
	uint64_t h = (a * 0x9e3779b97f4a7c15u ^ b) * 0xbf58476d1ce4e5b9u >> (64 - FEATURE_BITS);
	uint8_t bit = (uint8_t)(1u << h % 8);

	f->fresh += !(f->seen[h / 8] & bit);
	f->seen[h / 8] |= bit;
}

static void features_of_text(struct features *f, struct bytes text)
{
	struct cursor c = cursor_of(text.at, text.len);
	struct text_pair pair;

	for (int rc; (rc = text_next(&c, &pair, NULL));) {
		const struct text_key *key =
			rc == 1 ? text_key_by_name((const char *)pair.key.at, pair.key.len) : NULL;
		if (key)
			feature(f, 1, (uint64_t)(key - text_keys(&(size_t){0})));
	}
}

/* Returns what the next message is behind. */
static uint64_t features_of(struct features *f, const struct sequence_message *m, uint64_t behind)
{
	struct shape s = shape_of(m->bytes.at, m->bytes.len);
	uint64_t type = s.type ? s.type->opcode + 64u * s.type->iser_opcode : 999;

	feature(f, 2 + 16 * (uint64_t)m->phase + 256 * (uint64_t)m->kind, type);
	feature(f, 3 + 16 * behind, type);
	if (!s.whole)
		return type;
	feature(f, 4 + 16 * (uint64_t)m->bytes.at[ISER_HEADER_SIZE + 1], type);
	feature(f, 5 + 16 * (uint64_t)(m->bytes.at[0] & 0x0c), type);
	feature(f, 6 + 16 * (uint64_t)(s.ahs != s.data) + 32 * (uint64_t)(s.data != s.tail), type);
	if (pdu_field_by_name(s.type, "C"))
		features_of_text(f, (struct bytes){m->bytes.at + s.data, s.tail - s.data});
	return type;
}

static bool has_news(struct features *f, const uint8_t *at, size_t len)
{
	struct cursor c = cursor_of(at, len);
	struct sequence_message m;
	uint64_t behind = 0;

	f->fresh = 0;
	while (sequence_next(&c, &m))
		behind = features_of(f, &m, behind);
	return f->fresh > 0;
}

static int save(const char *out, const uint8_t *at, size_t len)
{
	char digest[DIGEST_TEXT], path[4096];
	struct err e;

	digest_bytes(at, len, digest);
	snprintf(path, sizeof(path), "%s/%.16s", out, digest);
	if (!file_replace(path, at, len, &e))
		return 0;
	fprintf(stderr, "%s\n", e.what);
	return -1;
}

/* All connections of a log. The number of files, or -1. */
static int seeds_of(struct features *f, const char *out, const char *path)
{
	struct err e;
	struct log *log = events_read(path, &e);
	int count = 0;

	if (!log) {
		fprintf(stderr, "%s\n", e.what);
		return -1;
	}
	for (unsigned conn = 1; conn <= CONNECTIONS && count >= 0; conn++) {
		uint8_t bytes[SESSION_MAX];
		struct writer w = writer_of(bytes, sizeof(bytes));
		if (!sequence_from_log(&w, log, conn) || !has_news(f, bytes, writer_len(&w)))
			continue;
		count = save(out, bytes, writer_len(&w)) ? -1 : count + 1;
	}
	log_free(log);
	return count;
}

int main(int argc, char **argv)
{
	static struct features features;
	struct err e;
	int all = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: sessions OUT LOG...\n");
		return 2;
	}
	if (folder_make(argv[1], &e)) {
		fprintf(stderr, "%s\n", e.what);
		return EXIT_FAILURE;
	}
	for (int i = 2; i < argc; i++) {
		int here = seeds_of(&features, argv[1], argv[i]);
		if (here < 0)
			return EXIT_FAILURE;
		all += here;
	}
	printf("%d sessions in %s\n", all, argv[1]);
	return EXIT_SUCCESS;
}

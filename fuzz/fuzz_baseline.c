/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as a baseline: an error names a line that is there, and what was read, written again,
 * is read as the same. */
#include "../harness/oracle/baseline.h"
#include "place.h"

static const char name[] = "baseline";

static void check_entry(const struct baseline *b, const struct baseline_entry *entry)
{
	REQUIRE(baseline_find(b, entry->id) == entry);
	REQUIRE(entry->id[0] && !strpbrk(entry->id, " \t\r\n") && entry->id[0] != '#');
	REQUIRE(strlen(entry->reason) > sizeof("2026-03-01") && !strchr(entry->reason, '\n'));
	REQUIRE(entry->verdict != VERDICT_PASS);
	REQUIRE(baseline_judge(entry, entry->verdict) == BASELINE_SAME);
	REQUIRE(baseline_judge(entry, VERDICT_NOT_APPLICABLE) == BASELINE_SAME);
	if (entry->verdict != VERDICT_INFO)
		REQUIRE(baseline_judge(entry, VERDICT_PASS) == BASELINE_BETTER);
	if (entry->verdict != VERDICT_INCONCLUSIVE)
		REQUIRE(baseline_judge(entry, VERDICT_INCONCLUSIVE) == BASELINE_WORSE);
}

static void check_again(const struct baseline *b)
{
	char *text = NULL;
	size_t size = 0;
	struct baseline again;
	FILE *out = open_memstream(&text, &size);
	REQUIRE(out);
	for (size_t i = 0; i < b->count; i++)
		fprintf(out, "%s %s %s\n", b->entries[i].id, verdict_name(b->entries[i].verdict),
			b->entries[i].reason);
	REQUIRE(!fclose(out));
	REQUIRE(!baseline_parse(&again, name, text, size, NULL) && again.count == b->count);
	for (size_t i = 0; i < b->count; i++) {
		REQUIRE(!strcmp(again.entries[i].id, b->entries[i].id));
		REQUIRE(!strcmp(again.entries[i].reason, b->entries[i].reason));
		REQUIRE(again.entries[i].verdict == b->entries[i].verdict);
	}
	baseline_free(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *text = input_of(data, size);
	struct baseline b;
	struct err e;

	if (baseline_parse(&b, name, (const char *)text, size, &e)) {
		REQUIRE(!b.count && !b.entries);
		if (!memchr(text, 0, size))
			check_place(&e, name, false, text, size);
	} else {
		for (size_t i = 0; i < b.count; i++) {
			REQUIRE(b.entries[i].line <= count_lines(text, size));
			check_entry(&b, &b.entries[i]);
		}
		check_again(&b);
	}
	baseline_free(&b);
	input_done(text);
	return 0;
}

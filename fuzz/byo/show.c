/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../harness/fuzz/mutate/sequence.h"
#include "../../harness/report/file.h"
#include "tool.h"

static void show(size_t number, const struct sequence_message *m)
{
	static const char *const phases[PHASE_COUNT] = {"security", "operational", "hello",
							"full-feature", "logout"};
	static const char *const kinds[] = {"", ", solicited", ", invalidates", ", immediate"};
	static const char *const delays[] = {", together with the one before", "",
					     ", when all is quiet", ", past all timers"};
	char line[4096], key[24] = "";

	if (m->kind == KIND_INVALIDATE || m->kind == KIND_IMMEDIATE)
		snprintf(key, sizeof(key), " 0x%" PRIx32, m->key);
	printf("%3zu %s %-12s %5zu bytes%s%s%s\n      %s\n", number,
	       m->sender == FROM_TARGET ? "<-" : "->", phases[m->phase], m->bytes.len,
	       kinds[m->kind], key, delays[m->delay],
	       pdu_describe(m->bytes.at, m->bytes.len, line, sizeof(line)));
}

int tool_show(const char *path)
{
	struct err e;
	size_t len, count = 0;
	char *bytes = file_read(path, SIZE_MAX / 2, &len, &e);

	if (!bytes) {
		fprintf(stderr, "%s\n", e.what);
		return -1;
	}
	struct cursor c = cursor_of(bytes, len);
	struct sequence_message m;
	while (sequence_next(&c, &m))
		show(++count, &m);
	free(bytes);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Two runs of the same, held against each other byte by byte. */
#ifndef CLI_SAME_BYTES_H
#define CLI_SAME_BYTES_H

#include <stdbool.h>
#include <stdio.h>

#include "../wire/err.h"

/* What was found the same. */
struct same_bytes {
	size_t logs, same; /* that either has; that both have, with the same bytes */
	bool journal, report;
};

/*
 * Compares logs/NAME.jsonl, journal.jsonl and report.json of two folders, the last one without
 * `host`, which alone hangs on the machine and the hour. Names to `out` each that differs and
 * where; of the first log both events. -1 with *e: a file cannot be read.
 */
int same_bytes(const char *was, const char *now, FILE *out, struct same_bytes *s, struct err *e);
bool same_bytes_all(const struct same_bytes *s);
/* "301 of 302 logs the same; journal the same; report differs" */
void same_bytes_put(FILE *out, const struct same_bytes *s);

#endif

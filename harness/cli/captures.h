/* SPDX-License-Identifier: BSD-2-Clause */
/* The captures of a report's cases, made of their event logs. */
#ifndef CLI_CAPTURES_H
#define CLI_CAPTURES_H

#include "../report/pcap/pcap.h"
#include "../report/report.h"

/* What was made so far. */
struct captures {
	size_t files;
	struct pcap_counts counts;
};

/* "target.hello.present" of "logs/target.hello.present.jsonl"; the caller frees. */
char *capture_name(const char *log_path);
/* On which of the two the run was, where its report tells. */
enum pcap_wire capture_wire(const struct report *r);

/* A file of *len bytes, of one log; r, what was found in it, may be NULL. Counts it in *made. NULL
 * with *e. The caller frees. */
char *capture_of(const char *log_path, const struct case_result *r, enum pcap_wire wire,
		 size_t *len, struct captures *made, struct err *e);
/*
 * That of each case of the report in `folder` that has a log, handed to `take` with its name, as
 * capture_name() has it. Counts them in *made, which begins as zeros. -1 with *e, which is take's
 * where that returned -1: then no more of them are made.
 */
int captures_of_report(const struct report *r, const char *folder, enum pcap_wire wire,
		       int (*take)(void *data, const char *name, const void *at, size_t len,
				   struct err *e),
		       void *data, struct captures *made, struct err *e);

#endif

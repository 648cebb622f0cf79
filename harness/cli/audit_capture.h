/* SPDX-License-Identifier: BSD-2-Clause */
/* The monitors over a capture of the wire. */
#ifndef CLI_AUDIT_CAPTURE_H
#define CLI_AUDIT_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "../oracle/ledger.h"
#include "../oracle/verdict.h"
#include "../oracle/watch.h"

struct capture_audit {
	bool target, initiator; /* under test: one of them, or both */
	const struct monitor *only;
	const struct ledger *ledger;
	bool verbose;
	const char *log; /* a file for the event log that one of them is judged by; may be NULL */
	size_t connections, counts[VERDICT_COUNT]; /* grow */
};

/* Does the file begin as pcap or pcapng does? */
bool is_capture(const char *path);
/* Prints what the capture holds, what it lacks, and what the monitors find. -1 with *e. */
int audit_capture(struct capture_audit *a, const char *path, struct err *e);

#endif

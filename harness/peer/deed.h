/* SPDX-License-Identifier: BSD-2-Clause */
/* What a model is told to do in one line, as drivers of real systems are (tools/README.md). */
#ifndef PEER_DEED_H
#define PEER_DEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../wire/pdu.h"

enum { DEED_DONE = 0, DEED_FAILED = 1, DEED_NOT_SUPPORTED = 69 };

struct peer_deed {
	char name[24];
	uint64_t read, lun, offset, length, size, in_flight, abort_after_ms;
	bool has_lun, has_cdb;
	uint8_t cdb[CDB_SIZE];
};
/* False: it has a word that no such line has. */
bool deed_parse(const char *line, struct peer_deed *d);

struct peer;

/* An initiator does it in this session; data (copied) is what it writes. False: not supported. */
bool initiator_deed_begin(struct peer *p, const struct peer_deed *d, struct bytes data);
/* -1: not over yet, else its exit status; *why is for people. */
int initiator_deed_status(const struct peer *p, const char **why);
/* What it has read. */
size_t initiator_deed_data(const struct peer *p, const uint8_t **at);

/* A target does it in this session, and to its disks. False: not supported. */
bool target_deed(struct peer *p, const struct peer_deed *d);

#endif

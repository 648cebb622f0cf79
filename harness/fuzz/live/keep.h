/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a run of the fuzzer leaves behind, in the folder of --report:
 *
 *     fuzz.json            what was done and found; a run goes on from there
 *     fuzz.txt             the same as a page
 *     corpus.json          where the parents have been, and how often each place was visited
 *     parents/N.iser       sessions that led to new places, by their number
 *     findings/NAME.iser   the smallest script that shows a finding; NAME.jsonl, its event log
 *     now.iser, now.jsonl  the session under way: who finds it there knows what ended the run
 */
#ifndef FUZZ_LIVE_KEEP_H
#define FUZZ_LIVE_KEEP_H

#include <jansson.h>

#include "found.h"

struct keep; /* NULL everywhere: nothing is kept */

/* Makes the folders. synced: what is about to be run is on the disk before it runs, for a SUT that
 * may take this machine along. NULL with *e. */
struct keep *keep_open(const char *dir, bool synced, struct err *e);
void keep_close(struct keep *k);

/* The session under way. */
struct under_way {
	uint64_t session;
	unsigned tries;	 /* not 0: it is the so manieth try ... */
	char *signature; /* ... to show this one again; NULL: it is no try */
	char *text;
};
/* -1 with *e. */
int keep_begin(struct keep *k, const struct under_way *u, struct err *e);
int keep_end(struct keep *k, struct err *e);
/* What an earlier run was at when it ended: true. under_way_free() in any case. */
bool keep_left_over(struct keep *k, struct under_way *u);
void under_way_free(struct under_way *u);
/* Where the event log of the session under way belongs; NULL where nothing is kept. */
const char *keep_log(const struct keep *k);

/* Its script, and the log of the session under way. `how` are the words behind `iserspec run` that
 * reach the same system. -1 with *e. */
int keep_finding(struct keep *k, const struct found *f, const char *how, struct err *e);
/* The script as it was kept; NULL: it is not there. */
char *keep_finding_text(struct keep *k, const struct found *f);
int keep_parent(struct keep *k, uint64_t session, const char *text, struct err *e);
char *keep_parent_text(struct keep *k, uint64_t session);

/* name: fuzz.json or corpus.json. Takes the reference. -1 with *e. */
int keep_json(struct keep *k, const char *name, json_t *o, struct err *e);
int keep_page(struct keep *k, const char *text, struct err *e);
/* NULL and e->errnum == ENOENT: there is none yet; NULL with another *e: it is wrong. */
json_t *keep_read_json(struct keep *k, const char *name, struct err *e);

#endif

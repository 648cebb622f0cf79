/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DIR/journal.jsonl: a line when a case starts and one when it ends, each on the disk before the
 * run goes on. When the machine dies under a case, --resume reads from it what is finished and
 * which case it was.
 *
 *     {"run": {...}, "boot": ID}        what the run is of: provenance.h
 *     {"preflight": {...}}                  how the session before the first case went, as in
 * report.json
 *     {"start": CASE, "boot": ID}
 *     {"end": CASE, "result": {...}}        as in report.json
 *     {"stopped": CASE}                     given up by us (Ctrl-C), to be run again
 *     {"again": "inconclusive"}             what ended so before this line is to be run again
 */
#ifndef CLI_JOURNAL_H
#define CLI_JOURNAL_H

#include <jansson.h>
#include <sys/types.h>

#include "../report/report.h"
#include "../wire/err.h"

struct journal;

/* What an earlier run left. */
struct journal_past {
	struct report_case *ended; /* each case once; the last run of it counts */
	size_t ended_count;
	struct report_case *preflight; /* the last one; NULL: it never came to an end */
	json_t *head;		       /* of the first run line; NULL: the journal was empty */
	char *running;		       /* the case that had started and not ended, or NULL */
	bool other_boot; /* and the machine has been booted since: the case took it down */
};

/* This boot's id, "" when the kernel tells none. */
void journal_boot_id(char *id, size_t size);

/*
 * Opens for writing. With `past`, an existing journal is read first and then continued; a line cut
 * off at the end is repaired. Without, it begins anew. boot: journal_boot_id(). NULL with *e, *past
 * empty.
 */
struct journal *journal_open(const char *path, const char *boot, struct journal_past *past,
			     struct err *e);
/*
 * Reads what an earlier run left out of len bytes of text, which `name` stands for in messages,
 * into *past, which must be empty. Returns how many bytes the whole lines take: what is behind them
 * was cut off as its writer died. -1 with *e naming name:line; journal_past_free() in any case.
 */
ssize_t journal_parse(struct journal_past *past, const char *name, const char *text, size_t len,
		      const char *boot, struct err *e);
void journal_past_free(struct journal_past *p);
const struct report_case *journal_past_find(const struct journal_past *p, const char *id);

/* Each returns when the line is on the disk; -1 with *e. */
int journal_run(struct journal *j, const json_t *identity, struct err *e);
int journal_preflight(struct journal *j, const struct report_case *c, struct err *e);
int journal_start(struct journal *j, const char *id, struct err *e);
int journal_end(struct journal *j, const struct report_case *c, struct err *e);
int journal_stopped(struct journal *j, const char *id, struct err *e);
/* Takes the inconclusive ones out of *p, for this resumption and all that follow. */
int journal_again(struct journal *j, struct journal_past *p, struct err *e);
void journal_close(struct journal *j);

#endif

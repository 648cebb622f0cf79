/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder of --report: one run at a time writes there, and what others have put there stays.
 * Ours are report.json, junit.xml, report.tap, report.html, journal.jsonl, lock (while a run is
 * under way) and, in logs/, the logs of the cases that the journal names.
 */
#ifndef CLI_REPORT_FOLDER_H
#define CLI_REPORT_FOLDER_H

#include <stdbool.h>

#include "../wire/err.h"

struct report_folder {
	int lock; /* descriptor; -1: not locked */
	char *lock_path;
};

/* Is that a name that somebody means as a folder? -1 with *e. */
int report_folder_name(const char *dir, struct err *e);

/* Makes DIR where it is not there, and locks it, no more. As report_folder_open(). */
int report_folder_lock(struct report_folder *f, const char *dir, struct err *e);
/*
 * Makes DIR and DIR/logs where they are not there, locks DIR, and refuses files of others where
 * ours would have to go. -1 with *e: then nothing in the folder was changed; a lock that another
 * process holds names that process. report_folder_close() in any case.
 */
int report_folder_open(struct report_folder *f, const char *dir, struct err *e);
/* Removes the logs of the run that DIR/journal.jsonl tells of, which would pass for the next one's.
 */
int report_folder_clear(const char *dir, struct err *e);
void report_folder_close(struct report_folder *f);

/* "logs/target.hello.present.jsonl", with .N in front of the end when n, counted from 1, is not the
 * first run of that case. The caller frees. */
char *report_folder_log(const char *id, unsigned n);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event log on disk: JSON Lines, one event a line, in order. Members that are zero or absent
 * are left out; key and addr are hex strings (they are unsigned), bytes is hex. `message` is
 * pdu_describe() of the bytes, for people; the reader ignores it.
 */
#ifndef REPORT_EVENTS_H
#define REPORT_EVENTS_H

#include "../fabric/log.h"
#include "../wire/err.h"
#include "secrets.h"

struct event_writer;

/* Bytes of a log, unless somebody says otherwise: some hundred times the longest that there is of a
 * case of ours, and few enough for any disk and reader. */
#define EVENT_LOG_LIMIT (UINT64_C(64) << 20)

/*
 * Begins a new file at path. secrets (may be NULL) must outlive it. With a limit (bytes, 0: none)
 * no event is written that would go beyond it: a last line, a note named "log-cut", says so in its
 * place. NULL with *e.
 */
struct event_writer *event_writer_open(const char *path, const struct secrets *secrets,
				       uint64_t limit, struct err *e);
/* Does this log end in such a note? */
bool event_log_is_cut(const char *path);
/* A log_sink: ctx is the event_writer. Each line is handed to the kernel at once, so that it
 * survives this process. After a failed write nothing more is written. */
void event_writer_sink(void *ctx, const struct log_event *ev);
/* -1 with *e when a line could not be written (disk full). Frees in any case. */
int event_writer_close(struct event_writer *w, struct err *e);

/* One event as its line, final newline included. The caller frees. */
char *event_to_line(const struct log_event *ev, const struct secrets *secrets);

/*
 * Adds one event to a file that nobody has open: numbered as the next, at the time of the one
 * before. A last line that was cut off goes; a file that is not there is made. -1 with *e.
 */
int events_append(const char *path, const struct secrets *secrets, struct log_event ev,
		  struct err *e);

/*
 * Takes a log out of len bytes of text, which `name` stands for in messages. A last line without
 * its newline was cut off when its writer died, and is not there. NULL with *e naming name:line.
 */
struct log *events_parse(const char *name, const char *text, size_t len, struct err *e);
/* The same from a file. */
struct log *events_read(const char *path, struct err *e);

#endif

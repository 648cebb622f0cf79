/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The event log: everything that happens in a case, once, with time. Verdicts cite its sequence
 * numbers, monitors read it, reports draw it, replay and pcapng are made from it. It owns the bytes
 * of every message.
 */
#ifndef FABRIC_LOG_H
#define FABRIC_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../wire/pdu.h"

enum log_kind {
	/* A CM call or event: name (fab_event_name for events), text = the event as librdmacm
	 * spells it or what was called, number = reason, bytes = private data, a/b/c =
	 * responder_resources, initiator_depth, rnr_retry. "joined" stands in logs made of captures
	 * alone: what went before on this connection nobody saw */
	LOG_CM,
	/* A work request posted: name = op, id, bytes of a Send, key/addr/len of RDMA; a = its
	 * place in its chain, 0-based, b = the chain's length, c = 1 when solicited */
	LOG_POST,
	LOG_POST_RECV, /* receives posted: name "recv", a = how many, b = standing posted afterwards
			*/
	/* A completion: name = op or "recv", id, status, text = status as libibverbs spells it, a =
	   vendor status. The status "left" is an iWARP device's success of a Send or RDMA Write:
	   nothing is known about its arrival */
	LOG_DONE,
	/* A message received: bytes, flags; b = receives standing posted afterwards; c = 1 when it
	 * came with Solicited Event, which only the simulator tells; status
	 * "kind-unknown": whether with Invalidate is not told (siw in user space), else NULL */
	LOG_RECV,
	/*
	 * Memory that the other side may reach; key, addr, len in each.
	 * name = register, invalidate, unregister: a = access, b = 1 for a window.
	 * name = look: how it looks now. status = why we look: "response" (to a command that
	 * names it), "abort" (a task's end without response), "withdrawn" (just before its key
	 * dies), "leave" (the connection is left); text = which guard around it was written, NULL:
	 * none; id = a hash of its bytes; a, b = the first byte that is not as we made it and the
	 * one behind the last (both 0: all are); c = where between them a run of 8 or more begins
	 * that are, -1: nowhere; number = 1 when we made it so that no data is like it by chance.
	 * name = remote-read, remote-write: an RDMA operation of the other side, which only the
	 * simulator can tell; status = ok or remote-access, a = RDMA Reads it has under way, b =
	 * those of this key, this one included. name = remote-read-end: it has all the bytes.
	 */
	LOG_MEMORY,
	LOG_TIMER,   /* a timer fired: id */
	LOG_KNOB,    /* a knob of the honest peer was taken: name, text = where */
	LOG_STEP,    /* a script statement begins: line, text */
	LOG_CHECK,   /* a check was judged: name = verdict, text = reason, rules in rules, line */
	LOG_MEASURE, /* name, number, text = unit */
	/*
	 * A login/logout command: name, a = exit status, text = last output line; "readable": what
	 * fab_watch_fd() watches. From outside the case (cli/aftermath.h): name = "watch",
	 * "liveness", "process", "machine" or "order", status = a verdict, text = its reason.
	 */
	LOG_SUT,
	LOG_NOTE, /* free text */
	/*
	 * What was asked of the world beside all that, and its answer: name = what was asked, a, b,
	 * text, bytes = the answer. status = "failed": a call of that name failed, a = errno, text
	 * = how. status = "run": not asked but given (cli/run_facts.h). Answers that the events
	 * before them imply are left out.
	 */
	LOG_ANSWER,
};

struct log_event {
	uint64_t seq;  /* 1, 2, ... */
	uint64_t time; /* ns since the log was opened */
	enum log_kind kind;
	unsigned conn; /* connection number, 0 = none */
	/* Texts are owned by the log, unless they are `lasting`. */
	const char *name;   /* NULL of a LOG_STEP alone */
	const char *status; /* always there in LOG_DONE, and where LOG_MEMORY has one */
	const char *text;   /* may be NULL */
	const char *rules;  /* LOG_CHECK: rule ids, blank-separated */
	uint64_t id;
	uint32_t key;
	uint64_t addr, len;
	int64_t a, b, c;
	double number;
	unsigned line; /* of the script; 0 = none */
	bool has_imm, invalidated;
	uint32_t imm, invalidated_key;
	struct bytes bytes; /* owned by the log */
	/* Of what comes from outside: how many times fab_wait() had waited in vain, or something
	 * that may change at any time was asked for (fab_answer.polled), since the event before
	 * this one. So it is known which of them brought it. */
	unsigned waits;
	bool device;  /* the device's own, beside calls and what fab_wait() returns */
	bool lasting; /* its texts are literals, and not copied */
};

struct log;

/* sink (may be NULL) is called once for each event as it is added, so that a dying process leaves a
 * log behind. */
typedef void (*log_sink)(void *ctx, const struct log_event *ev);
struct log *log_new(log_sink sink, void *ctx);
void log_free(struct log *l);
/* Empties it for the next case; its memory stays with it. */
void log_clear(struct log *l);

/* Copies *ev, its strings and bytes into the log, numbers it; time must be set by the caller.
 * Returns the stored event, valid until log_free. Aborts on out of memory: without its log the
 * harness can prove nothing. */
const struct log_event *log_add(struct log *l, const struct log_event *ev);
/* Convenience: kind, time, name and printf text. */
const struct log_event *log_text(struct log *l, enum log_kind kind, uint64_t time, const char *name,
				 const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* A completion that failed by itself, not as what stood behind another one. */
bool log_failed(const struct log_event *ev);

/* A message received: its flags say how it was sent. */
bool log_kind_known(const struct log_event *ev);

size_t log_count(const struct log *l);
const struct log_event *log_at(const struct log *l, size_t i); /* 0-based: seq - 1 */
const char *log_kind_name(enum log_kind k);		       /* "cm", "post", ... */
int log_kind_by_name(const char *name);			       /* -1 when unknown */

#endif

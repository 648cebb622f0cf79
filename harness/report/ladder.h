/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An event log as a ladder: two sides, time going down, who sent what when, what met no receive
 * buffer, what was judged. Made once from a log; the terminal (ladder_text.h) and pictures are
 * drawn from its rows. All text is escaped (escape.h), whatever a SUT had put into it.
 *
 * "Ours" is who wrote the log, and is drawn on the left.
 */
#ifndef REPORT_LADDER_H
#define REPORT_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../fabric/log.h"

enum ladder_side { LADDER_NEITHER, LADDER_OURS, LADDER_THEIRS };

enum ladder_kind {
	LADDER_MESSAGE,	   /* a Send of `side` */
	LADDER_RDMA,	   /* an RDMA operation of `side` */
	LADDER_CONNECTION, /* what the connection manager, or the transport, did or said */
	LADDER_BUFFERS,	   /* receives that `side` posted */
	LADDER_DONE,	   /* a completion, at `side` */
	LADDER_MEMORY,	   /* memory of `side` that the other may reach */
	LADDER_STEP,	   /* a statement of the case; these four are about no side */
	LADDER_CHECK,	   /* a judgement */
	LADDER_MEASURE,
	LADDER_NOTE, /* all else */
};

enum ladder_tone {
	LADDER_PLAIN,
	LADDER_GOOD,
	LADDER_REMARK, /* info, not-applicable, a lie of the honest peer */
	LADDER_WRONG,  /* a SHOULD, or what could not be told */
	LADDER_BAD,    /* a MUST, a crash, what met no buffer */
};

/* The other side's receive buffers, which only the fate of our messages tells of. */
enum ladder_standing {
	LADDER_UNTOLD,
	LADDER_SOME, /* a message was taken */
	LADDER_NONE, /* in a window in which none stood */
};

struct ladder_row {
	enum ladder_kind kind;
	enum ladder_side side;
	enum ladder_tone tone;
	bool arrow; /* from `side` to the other; else a mark at `side` */
	bool lost;  /* it is known that it was not taken at its end */
	bool quiet; /* of no use to most readers: a success, an answer, a timer */
	uint64_t time, seq;
	unsigned conn; /* 0: of none */
	unsigned line; /* of the case, 0: of none */
	char *label;   /* "NOP-In", "receives posted", "fail": short */
	char *words;   /* the rest: fields, reasons; "" */
	long ours;     /* our receives that stand behind it; -1: not of a connection that stands */
	enum ladder_standing theirs;
};

/*
 * Where no receive buffer stood at `side` of a connection. Ours are counted: from the event that
 * took the last to the one that posted more. Theirs are told by a message that met none: from the
 * last message before it that was taken, which is the latest moment at which one is known to have
 * stood, to the RNR NAK.
 */
struct ladder_window {
	unsigned conn;
	enum ladder_side side;
	uint64_t from_seq, to_seq;
	uint64_t from, to; /* ns, lab's clock */
	char *words;
};

struct ladder {
	char *case_id, *tool;	 /* "" where the log does not say */
	bool role_known, target; /* is the SUT a target? */
	bool simulated, seed_known;
	uint64_t seed;
	uint64_t wall; /* ns since 1970, by the lab's clock, at time 0; 0: not known */
	unsigned conns;
	struct ladder_row *rows;
	size_t count;
	struct ladder_window *windows; /* in order of their ends */
	size_t window_count;
};

/* Never fails; ladder_free() it. */
void ladder_make(struct ladder *l, const struct log *log);
void ladder_free(struct ladder *l);

/* "iserspec (initiator)" and "target": what the two sides are called. */
const char *ladder_ours(const struct ladder *l);
const char *ladder_theirs(const struct ladder *l);

/* ---- what of it is shown ---- */

struct ladder_filter {
	bool all;	   /* quiet rows too */
	uint64_t from, to; /* ns; to 0: to the end */
	unsigned conn;	   /* only this one, and what is of none; 0: every one */
};

/* The rows that pass, by their place; the caller frees. */
size_t *ladder_select(const struct ladder *l, const struct ladder_filter *f, size_t *count);

/* So many selected rows from `first` on, and then `times` - 1 times the same again. */
struct ladder_stretch {
	size_t first, rows, times;
};

/*
 * Finds what repeats among the selected rows: the same kinds, sides and labels in the same order,
 * on the same connection or on the next one each time. What is wrong never counts as a repeat. The
 * stretches are in order and hold all `n` rows. The caller frees.
 */
struct ladder_stretch *ladder_fold(const struct ladder *l, const size_t *rows, size_t n,
				   size_t *count);

#endif

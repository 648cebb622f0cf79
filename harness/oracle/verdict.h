/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts: what a case found, how its connection ended, and the evidence. */
#ifndef ORACLE_VERDICT_H
#define ORACLE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In rising order of gravity as far as "worst of" goes; see verdict_worse(). */
enum verdict {
	VERDICT_PASS,
	VERDICT_INFO,
	VERDICT_WARN,		/* a SHOULD */
	VERDICT_FAIL,		/* a MUST */
	VERDICT_NOT_APPLICABLE, /* with a reason; never a pass */
	VERDICT_INCONCLUSIVE,	/* transport, harness, or a precondition not reached */
	VERDICT_CRASH,		/* the SUT died, hung, or its kernel complained */
	VERDICT_COUNT,
};

enum grade { GRADE_MUST, GRADE_SHOULD, GRADE_MAY, GRADE_INFO };

/* The second axis: how the connection ended. */
enum close_kind {
	CLOSE_NONE,	  /* there was no connection, or the case ended it itself */
	CLOSE_CLEAN,	  /* logout, response, disconnect */
	CLOSE_LATE,	  /* clean, but after its time */
	CLOSE_ABRUPT,	  /* the SUT dropped it without logout */
	CLOSE_LEFT_OPEN,  /* it answered the logout, and left closing the connection to us */
	CLOSE_UNANSWERED, /* it did not answer the logout */
	CLOSE_COUNT,
};

struct measurement {
	char name[64];
	double value;
	char unit[16]; /* "ms", "messages", ... or "" */
};

/*
 * What a reader of a broken rule wants to see first. Each is a text of its own, or NULL where it is
 * not known; `request`, the message of ours that it is about, stands in the finding itself.
 */
#define GLANCE_TEXTS(X)                                                           \
	X(says)	    /* what is wrong, in the case's own words */                  \
	X(expected) /* in the words of the statement */                           \
	X(came)	    /* in its place */                                            \
	X(field)    /* what of the response decides: a field, "data", "length" */ \
	X(due)	    /* what it had to be */                                       \
	X(had)	    /* what it is */                                              \
	X(response) /* the message of the SUT that it is about, described */      \
	X(end)	    /* who ended its connection, and by what */                   \
	X(fails)    /* of a family or a sweep: what fails, "D=0ms" */             \
	X(why)	    /* and why */                                                 \
	X(passes)   /* the nearest that passes, all else the same */              \
	X(decides)  /* in what the two differ */

struct glance {
#define X(text) char *text;
	GLANCE_TEXTS(X)
#undef X
	/* Sequence numbers in the event log; the judgement itself is one, too. */
	uint64_t response_event, end_event, judged_event;
};

void glance_free(struct glance *g); /* and empties it */
void glance_copy(struct glance *to, const struct glance *from);

/* One judgement of one statement or of one monitor, with its proof. */
struct finding {
	enum verdict verdict;
	char *monitor;	    /* the monitor that says so; owned; NULL: the case itself */
	bool besides;	    /* seen in passing: evidence beside the point, it decides nothing */
	bool on_end;	    /* it stands on how a connection ended */
	unsigned line;	    /* of the script, 0 = none */
	char *reason;	    /* owned */
	char *rules;	    /* ids, blank-separated; owned */
	uint64_t events[8]; /* sequence numbers in the event log that prove it */
	size_t event_count;
	char *request; /* what we had sent before it, described; owned; NULL: not looked for */
	uint64_t request_event; /* its sequence number */
	struct glance glance;	/* of what is no pass */
	char *legal; /* profiles under which it is legal, blank-separated; owned; NULL: none */
};

/* Of a generated family: a pass needs all that were planned. */
struct case_points {
	size_t planned, reached, failed;
};

struct case_result {
	char *id;
	enum verdict verdict;
	enum close_kind close;
	char *reason; /* of the finding that decided, or "" */
	/* Where it ended before its end, and the rules that it would have judged behind that
	 * line, neither broken nor kept; owned, NULL: it came to its end. */
	unsigned ended_line;
	char *unreached;
	char *setup; /* what of the set-up explains why it did not come to its subject; owned */
	struct finding *findings;
	size_t finding_count;
	struct measurement *measurements;
	size_t measurement_count;
	struct case_points points; /* planned 0: it is no family */
	double seconds;
};

/* How the reason of what comes out otherwise from run to run begins. */
#define REASON_UNSTABLE "unstable: "

const char *verdict_name(enum verdict v); /* "pass", "not-applicable", ... as in every report */
int verdict_by_name(const char *name);	  /* -1 */
const char *close_name(enum close_kind c);
int close_by_name(const char *name);
const char *grade_name(enum grade g);
int grade_by_name(const char *name);
enum verdict grade_verdict(enum grade g); /* what a broken expectation of this grade is */
/* Does a decide over b? pass < info < warn < not-applicable < inconclusive < fail < crash. */
bool verdict_worse(enum verdict a, enum verdict b);

void result_init(struct case_result *r, const char *id);
void result_free(struct case_result *r);
/* Copies strings. events may be NULL. */
struct finding *result_add(struct case_result *r, enum verdict v, unsigned line, const char *rules,
			   const char *reason, const uint64_t *events, size_t event_count);
/* A statement that passed before, at a place from `from` on: the proof of its last time stands for
 * all. NULL: it did not. */
struct finding *result_again(struct case_result *r, size_t from, unsigned line, const char *rules,
			     const char *reason, const uint64_t *events, size_t event_count);
/* More about one of the findings, behind its reason. */
void result_append(struct case_result *r, size_t finding, const char *text);
/* The same of a monitor, named; line 0. */
struct finding *result_add_monitor(struct case_result *r, const char *monitor, enum verdict v,
				   const char *rules, const char *reason, const uint64_t *events,
				   size_t event_count);
/* Takes back all findings from that place on. */
void result_cut(struct case_result *r, size_t from);
/* Leaves out what was found in order. */
void result_drop_passes(struct case_result *r);
/* Notes the first cause that lies in how the SUT and we were set up: nobody is there, a login
 * refused with status class 2, a command that fails by itself. */
void result_setup(struct case_result *r, const char *why);
void result_measure(struct case_result *r, const char *name, double value, const char *unit);
/* Takes back all findings; this is the only one. The id and the time stay. */
void result_replace(struct case_result *r, enum verdict v, const char *reason);
/*
 * The SUT died while the case ran. The kernel of a process that died closes its connections, which
 * looks like a choice of its own: what stands on such an end is inconclusive from here on, for and
 * against the SUT.
 */
void result_crash(struct case_result *r, const char *reason);
/*
 * Sets verdict and reason from the case's own findings that are not besides; none at all is
 * inconclusive. What monitors found stands beside the case's verdict and never hides it.
 * not-applicable and inconclusive stand over pass, info and warn; a fail, once found, stays one;
 * crash stands over all.
 */
void result_decide(struct case_result *r);

/* The exit status of `run`: 1 after a fail or a crash, else 4 when something is inconclusive, else
 * 3 after a warning that counts (strict), else 0. */
int verdict_exit_status(const size_t counts[VERDICT_COUNT], bool strict);

#endif

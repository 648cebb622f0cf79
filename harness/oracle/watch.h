/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Monitors: rules that hold for all traffic, judged over an event log whatever the case is about.
 *
 * A monitor is one file in harness/monitors/, named after itself, that defines
 * `const struct monitor monitor_NAME`; the Makefile finds it. It sees every message of a
 * connection, sent or received, and judges the side that sent it: the SUT's are findings, ours say
 * that *we* broke a rule on purpose. From then on what the SUT does may be our doing, so it is no
 * longer accused on that connection, except by rules that nothing excuses (watch_rule_always).
 *
 * Messages cross. An event of ours that stands before one of theirs in the log need not have
 * reached them before; a monitor must not accuse where the other order would have been lawful.
 */
#ifndef ORACLE_WATCH_H
#define ORACLE_WATCH_H

#include "dialogue.h"
#include "ledger.h"
#include "stimulus.h"
#include "verdict.h"

struct watch;

#define WATCH(kind) (1u << (kind))

struct monitor {
	const char *name;  /* "stat-sn", as its file with blanks as dashes */
	const char *doc;   /* one line: what it looks at */
	const char *rules; /* every rule id that it may cite, blank-separated */
	/* Each message speaks for itself: all that it judges by is the message, and whether that
	 * belongs to the login. The others stay silent on what nobody saw the beginning of. */
	bool alone;
	/* Its state is the session's: connections that join one share that of its leading
	 * connection, from the end of their login on. */
	bool session;
	size_t state_size; /* zeroed for each connection; what `state` points at */
	/* Each may be NULL. d is as it was before the message or event. */
	void (*message)(struct watch *w, const struct dialogue *d, void *state,
			const struct traffic *t);
	/* Events of the connection that are no message, of those kinds that `events` has:
	 * WATCH(LOG_CM), LOG_MEMORY, LOG_DONE, LOG_POST of an RDMA operation, LOG_POST_RECV,
	 * LOG_TIMER. */
	unsigned events;
	void (*event)(struct watch *w, const struct dialogue *d, void *state,
		      const struct log_event *ev);
	/* The log is over. `last` is its last event. */
	void (*end)(struct watch *w, const struct dialogue *d, void *state,
		    const struct log_event *last);
	void (*drop)(void *state); /* frees what state owns */
};

/* All of them, in order of their names; *count how many. */
const struct monitor *const *monitors(size_t *count);
const struct monitor *monitor_by_name(const char *name);

/*
 * `who` kept (holds) or broke the rule. The verdict follows from the ledger: a MUST fails, a SHOULD
 * warns, [def] and [lc] warn at most, a MAY informs. ev is the proof, cause another event that
 * belongs to it or NULL. `fmt` says what is wrong, in words that name values; it is looked at only
 * when the rule is broken. Returns holds. The first break of a rule by a monitor in a case is told
 * in full, more of them are counted.
 */
#define watch_rule(w, who, rule, holds, ev, cause, ...)                    \
	watch_judged((holds) ? (watch_kept(w, who, rule, false, ev), true) \
			     : (watch_broken(w, who, rule, false, ev, cause, __VA_ARGS__), false))
/* The same for a rule that no lie of ours excuses (reserved bits, lengths, stale memory ...). */
#define watch_rule_always(w, who, rule, holds, ev, cause, ...)            \
	watch_judged((holds) ? (watch_kept(w, who, rule, true, ev), true) \
			     : (watch_broken(w, who, rule, true, ev, cause, __VA_ARGS__), false))
/* The two sides of it, true and false: nearly all rules are kept, by the thousand. */
void watch_kept(struct watch *w, enum pdu_sender who, const char *rule, bool always,
		const struct log_event *ev);
void watch_broken(struct watch *w, enum pdu_sender who, const char *rule, bool always,
		  const struct log_event *ev, const struct log_event *cause, const char *fmt, ...)
	__attribute__((format(printf, 7, 8)));
static inline bool watch_judged(bool holds)
{
	return holds;
}

/* All that happened, for what another connection has to do with it. */
const struct log *watch_events(const struct watch *w);

/*
 * Has a login on another connection, of the same initiator and ISID, asked for the place of this
 * one's session or connection (RFC 7143 6.3.4, 6.3.5)? From its last Login Request on the target
 * may end this one, and owes it nothing more.
 */
bool watch_replaced(const struct watch *w, const struct dialogue *d);

/* The other connections of its session, over or not, one after another; *at is 0 at first. NULL: no
 * more. */
const struct dialogue *watch_sibling(const struct watch *w, const struct dialogue *d, size_t *at);

/*
 * Runs all monitors (only != NULL: that one) over the log and adds their findings to *r, with
 * finding.monitor set: what was broken, and one pass for each rule that was looked at and kept.
 * Leaves r->verdict alone. ledger may be NULL in tests of one monitor: then every break fails.
 */
void watch_log(const struct log *l, bool sut_is_target, const struct ledger *ledger,
	       const struct monitor *only, struct case_result *r);
/* The same, but for the passes: for who asks about thousands of logs. */
void watch_breaks(const struct log *l, bool sut_is_target, const struct ledger *ledger,
		  struct case_result *r);
/* The same where the one to be judged wrote the log itself, as `iserspec model --log` does: what it
 * sent is judged, what it received excuses it. */
void watch_own_log(const struct log *l, bool writer_is_target, const struct ledger *ledger,
		   const struct monitor *only, struct case_result *r);

/* Adds what the monitors (only != NULL: that one) looked at, and in which situations, to *s; judges
 * nothing. */
void watch_stimulus(const struct log *l, bool sut_is_target, const struct monitor *only,
		    struct stimulus *s);

#endif

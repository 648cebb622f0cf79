/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A run as people and machines get to read it. Filled by the scheduler, a case at a time; written
 * whole again and again, so that what is on disk is always a true report of what had been done so
 * far.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../oracle/verdict.h"
#include "../wire/err.h"

/* Of report.json and the journal: goes up when a member goes, or comes to mean something else. */
enum { REPORT_SCHEMA = 1 };

/* How a case stands against the baseline (oracle/baseline.h). */
enum known_state {
	KNOWN_NOTHING, /* the baseline does not speak of it */
	KNOWN_SAME,    /* as bad as the baseline says, or less but not well: not red */
	KNOWN_WORSE,
	KNOWN_BETTER, /* an unexpected pass: the entry wants removing */
	KNOWN_NEW,    /* bad, and the baseline does not speak of it */
	KNOWN_COUNT,
};

struct report_case {
	struct case_result result;
	char *title, *purpose; /* purpose: NULL where the script gives none */
	char *rules;	       /* of the script, blank-separated */
	char *log;	       /* relative to the report's folder, or NULL */
	bool log_cut;	       /* it came to its limit; what it lacks turns no verdict */
	enum known_state known;
	char *known_reason; /* "2026-03-01 the reason", NULL when KNOWN_NOTHING */
	enum verdict news;  /* a monitor's row: the worst that the baseline does not know */
};

/* What a run found out about one rule. */
struct report_rule {
	char *id, *level;
	char *section, *summary; /* "RFC 7145 5.1.3"; NULL before report_explain() */
	enum verdict verdict;	 /* the worst of its evidence */
	char *cases;		 /* in which that evidence was found; ids, blank-separated */
	char *monitors;		 /* that found it; names, blank-separated */
};

/* What a run found that a profile does not permit. */
struct report_profile {
	char *name, *rules; /* broken, blank-separated */
};

struct json_t;

struct report {
	char *tool_version;
	char *sut_name, *sut_version, *sut_role, *sut_kernel;
	struct json_t *lab, *host; /* objects, lab.h; NULL: nothing is known */
	struct json_t
		*provenance; /* what the run is of and how it was made, cli/provenance.h; NULL */
	bool lab_told;	     /* by --lab, and so worth a word */
	char *fabric;
	uint64_t seed;
	double timeout_scale;
	double seconds; /* so far, by the lab's clock */
	bool strict;
	char *profile;	   /* judged by; NULL: the default, and held against all */
	bool has_baseline; /* it was held against one */
	size_t earlier; /* cases that were done before a --resume: their time is not in `seconds` */
	size_t planned; /* cases that were to be run; more than count: the run did not end */
	struct report_case *preflight; /* the session before the first case; NULL: there was none */
	struct report_case *cases;
	size_t count;
	/* Made of the cases by report_join(). */
	struct report_case *monitors; /* a row each, with the id "monitor/NAME" */
	size_t monitor_count;
	struct report_rule *rules; /* those that there is evidence about, by id */
	size_t rule_count;
	struct report_profile *profiles; /* made by report_explain() */
	size_t profile_count;
};

void report_free(struct report *r);
/* A new case at the end, all empty but for its result, which is result_init()ed with id. */
struct report_case *report_add(struct report *r, const char *id);
void report_case_free(struct report_case *c);
/* By its id; NULL: the report does not have it. A monitor's id is that of its row. */
const struct report_case *report_find_case(const struct report *r, const char *id);
const struct report_case *report_find_monitor(const struct report *r, const char *id);
const struct report_rule *report_find_rule(const struct report *r, const char *id);
/* Have two provenances the same member, or neither any? */
bool report_same_provenance(const struct report *a, const struct report *b, const char *member);

struct ledger;
/*
 * Makes the rows of monitors and rules anew. A monitor's verdict is the worst in any case, with one
 * finding for each rule broken: of the first case where it was broken worst. A rule's verdict is
 * the worst of what cites it, capped by what the rule allows; not-applicable and inconclusive are
 * no evidence, and stand only where there is none.
 */
void report_join(struct report *r, const struct ledger *ledger);

/* A log's name is a report's word, which may be anybody's: does it stay in the report's folder? */
bool report_log_is_inside(const char *log);
/* As if it had been held against no baseline. */
void report_forget_baseline(struct report *r);

void report_count(const struct report *r, size_t counts[VERDICT_COUNT]); /* of the cases */
void report_count_monitors(const struct report *r, size_t counts[VERDICT_COUNT]);
void report_count_rules(const struct report *r, size_t counts[VERDICT_COUNT]);
/* Of the cases and the monitors. */
void report_count_known(const struct report *r, size_t counts[KNOWN_COUNT]);
/* The verdict of what the baseline does not know of a case or row: VERDICT_PASS where it is all
 * known. */
enum verdict report_case_news(const struct report_case *c);
/* The exit status: as verdict_exit_status() of cases and monitors, with what the baseline knows
 * left out. */
int report_exit_status(const struct report *r);
/* Escapes (escape.h) every text of a result in place, and masks secrets when `secrets` is not NULL.
 */
struct secrets;
void result_clean(struct case_result *r, const struct secrets *secrets);

/* ---- one writer a format ---- */

/* DIR/report.json, DIR/junit.xml and DIR/report.tap, each replaced in one step. -1 with *e. */
int report_write_json(const struct report *r, const char *path, struct err *e);
int report_write_junit(const struct report *r, const char *path, struct err *e);
int report_write_tap(const struct report *r, const char *path, struct err *e);
/* What report_write_tap() writes. */
void report_put_tap(const struct report *r, FILE *out);
/* What report_write_json() writes; the caller frees. */
char *report_to_json(const struct report *r);
/* Fills *r, which is report_free()d by the caller in any case. -1 with *e naming what is wrong. */
int report_read_json(struct report *r, const char *path, struct err *e);
/* The same from len bytes of text, which `name` stands for in messages. */
int report_parse_json(struct report *r, const char *name, const char *text, size_t len,
		      struct err *e);

/* ---- terminal ---- */

struct terminal {
	FILE *out;
	bool tty; /* the running case is shown, lines are rewritten */
	bool color;
	bool quiet;	    /* no line a case */
	unsigned columns;   /* 0: some 100 */
	const char *folder; /* of the report, as people find it; NULL: there is none */
	size_t total;
};

/* On a terminal: the case that runs now, over and over. i from 1; elapsed and seconds in seconds.
 */
void terminal_running(const struct terminal *t, size_t i, double elapsed, const char *id,
		      double seconds);
/* "[ 3/41  12s] target/hello/present ... pass (0.8 s)" */
void terminal_ended(const struct terminal *t, size_t i, double elapsed,
		    const struct report_case *c);
/* "rxe0 (rdma_rxe), fw ..., lab uml (inf-cpu)": the lab when it was told. */
void terminal_place(FILE *out, const struct report *r);
/* Counts, how connections ended, and every case that is not a pass with reason, line, rules and
 * evidence. */
void terminal_summary(const struct terminal *t, const struct report *r);

#endif

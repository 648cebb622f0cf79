/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of the parser only. All functions that return int give -1 with the error set.
 */
#ifndef SCRIPT_PARSE_H
#define SCRIPT_PARSE_H

#include "../ast.h"
#include "lex.h"

struct place {
	unsigned line, column;
};

struct parser {
	struct arena *arena;
	struct script *script;
	const struct ledger *ledger;
	struct script_error *error;   /* of the statement in hand */
	struct script_errors *errors; /* of all that were given up so far */
	const struct line_list *lines;
	size_t next; /* index of the next line */

	const struct line *line; /* being parsed */
	size_t word;		 /* index of its next word */

	const char *vars[VARS_MAX];
	size_t var_count;
	enum value_kind var_kinds[VARS_MAX]; /* VALUE_NONE: known only when the case runs */
	uint32_t kept;			     /* bit per variable: of keep, not of a sweep */
	const char *memories[MEMORIES_MAX];
	size_t memory_count;
	const char *snapshots[SNAPSHOTS_MAX]; /* of resources */
	size_t snapshot_count;
	struct named_talk {
		const char *name;
		size_t first, count; /* places among the case's connections; 0 is the unnamed one */
	} talks[TALK_NAMES_MAX];
	size_t talk_count;
	size_t said_from;		 /* where the statement in hand begins in its line */
	unsigned depth, sweeps, repeats; /* blocks that we are in */
	struct place *rule_places;	 /* of the head's rules, in their order */
	bool statements;		 /* the head is over */
	bool has_grade, has_sut, has_workload, has_deadline;
	bool points;	    /* in a block of them */
	const char *tables; /* text of the file of tables, NULL: there is none */
	char *used_tables;  /* lines of those that the case uses, as comments */
	unsigned told;	    /* enum head_told bits: there, or wrong and said so */
};

/* What a head must have. */
enum head_told { TOLD_TITLE = 1, TOLD_SUT = 2, TOLD_RULES = 4, TOLD_GRADE = 8 };

/*
 * Notes the error of a statement and goes on behind it: the lines of its block, which hang on it,
 * are left out, and names that it would have made are taken for made.
 */
void parse_recover(struct parser *p, const struct line *line);
/* A line that the lexer could not read was told; goes on behind it and its block. True: it was one.
 */
bool parse_skip_broken(struct parser *p, const struct line *line);

int parse_fail(struct parser *p, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* At the next word, or behind the last one. */
int parse_fail_here(struct parser *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

const struct word *parse_peek(const struct parser *p); /* NULL at the end of the line */
bool parse_accept(struct parser *p, const char *word); /* takes it if it is next, unquoted */
const struct word *parse_take(struct parser *p, const char *what); /* NULL with "WHAT is missing" */
int parse_end(struct parser *p);

/* parse/head.c */
/* 1: this line belongs to the head. */
int parse_head(struct parser *p);
/* Notes each thing that is missing, unless it is there and wrong. */
void parse_check_head(struct parser *p);
/* A line of the head that was wrong was there all the same. */
void parse_note_told(struct parser *p, const char *word);

/* parse/value.c, parse/amount.c, parse/condition.c. `column` is that of text[0]. plain: bytes in
 * which `$` counts.
 */
int parse_expr(struct parser *p, const char *text, size_t len, unsigned column, struct expr *out);
int parse_number(struct parser *p, const char *text, size_t len, unsigned column, uint64_t *out);
/* A number with or without unit. 1: got one, 0: does not begin like one. */
int parse_literal(struct parser *p, const char *text, size_t len, unsigned column,
		  struct value *out);
int parse_word_expr(struct parser *p, const char *what, struct expr *out);
int parse_time(struct parser *p, struct expr *out);
/* A count: number without a unit, or `$` expression, of the rest of a word; a size: the same with
 * KiB or MiB. */
int parse_count(struct parser *p, const char *text, size_t len, unsigned column, struct expr *out);
int parse_size(struct parser *p, const char *text, size_t len, unsigned column, struct expr *out);
bool parse_is_live(const struct expr *x); /* it hangs on what happens */
/* What it is whenever the case runs; VALUE_NONE: that is not known yet. */
enum value_kind parse_kind(const struct parser *p, const struct expr *x);
/* Does a literal in it have KiB or MiB? */
bool parse_has_size(const struct expr *x);
/* -1 when the name already means something as `$NAME`. */
int parse_free_name(struct parser *p, const struct word *w);
/* The next word as a name that means nothing yet; NULL with the error said. what: for "expected".
 */
const struct word *parse_new_name(struct parser *p, const char *what);
int parse_template(struct parser *p, const char *text, size_t len, unsigned column, bool live,
		   struct text_template *out);
int parse_conditions(struct parser *p, struct condition_list *out);
bool parse_starts(const char *text, size_t len, const char *prefix);
bool parse_is_name(const char *text);	/* [a-zA-Z][a-zA-Z0-9_]* */
bool parse_is_prefix(const char *name); /* `$name.` begins a value */

/* parse/data.c */
int parse_data(struct parser *p, const struct word *w, size_t from, struct data_spec *out);
/* What stands behind keys: */
int parse_keys(struct parser *p, const char *text, size_t len, unsigned column,
	       struct data_spec *out);
int parse_hex(struct parser *p, const char *text, size_t len, unsigned column, struct bytes *out);

/* parse/send.c */
int parse_send(struct parser *p, struct send *out);
/* as=HOW: how a message goes or came. key: count 0 where none is named. */
struct how {
	enum fab_op op;
	struct expr key;
	bool solicited;
};
int parse_as(struct parser *p, const struct word *w, size_t from, struct how *out);
enum command parse_command(const char *name, size_t len);
int parse_unknown_command(struct parser *p, const char *name, unsigned column);

/* parse/expect.c */
int parse_expect(struct parser *p, struct statement *s);
const struct pdu_type *parse_type(struct parser *p, const struct word *w);
/* The rule id `w`, checked and noted as cited by the case. */
int parse_rule(struct parser *p, const struct word *w);
/* [grade G] ["reason"] [rules ID...] in any order, each once, to the end of the line. */
int parse_judgement(struct parser *p, struct judgement *j);
/* The words of the line that are already taken, as written. */
char *parse_said(struct parser *p);

/* parse/command.c */
int parse_scsi(struct parser *p, struct statement *s);
int parse_logout(struct parser *p, struct statement *s);
int parse_text(struct parser *p, struct statement *s);
int parse_task_management(struct parser *p, struct statement *s);
int parse_rdma_read(struct parser *p, struct statement *s);
int parse_rdma_write(struct parser *p, struct statement *s);
int parse_memory(struct parser *p, struct statement *s);
int parse_invalidate(struct parser *p, struct statement *s);
int parse_compare(struct parser *p, struct statement *s);
int parse_memory_name(struct parser *p, const char *name, unsigned column, uint64_t *index);

/* parse/deed.c: `sut login`, `sut logout`, and all else that the SUT is told to do */
int parse_sut(struct parser *p, struct statement *s);

/* parse/resources.c */
int parse_resources(struct parser *p, struct statement *s);
/* NAME.WHAT of a snapshot. 1: it was one. */
int parse_resource_value(struct parser *p, const char *name, unsigned column, struct operand *out);

/* parse/variable.c */
int parse_measure(struct parser *p, struct statement *s);
int parse_keep(struct parser *p, struct statement *s);
int parse_sweep(struct parser *p, struct statement *s);

/* parse/flow.c */
int parse_when(struct parser *p, struct statement *s);
int parse_repeat(struct parser *p, struct statement *s);
/* The next line is the else of the when `head`. */
bool parse_else_follows(const struct parser *p, const struct line *head);
int parse_stray_else(struct parser *p, struct statement *s); /* without its when: -1 */

/* parse/points.c */
int parse_points(struct parser *p, struct statement *s);
int parse_skip(struct parser *p, struct statement *s);

/* parse/statement.c */
int parse_statement(struct parser *p, struct statement *s);
/* The rest of a line, from its next word on. */
int parse_statement_here(struct parser *p, struct statement *s);
bool parse_is_verb(const struct word *w);
/* -1; *meant (NULL where nothing is near) is what may have been meant. */
int parse_unknown_statement(struct parser *p, const struct word *w, const char **meant);
int parse_block(struct parser *p, const struct line *head, struct statement **out);
int parse_settings(struct parser *p, struct setting_list *out);

/* parse/talk.c */
int parse_on(struct parser *p, struct statement *s);
bool parse_is_talk(const struct parser *p, const char *name);
/* How much of `B.got.ITT` names a connection, and which; 0: nothing, it is of the one in hand. */
size_t parse_talk_prefix(const struct parser *p, const char *text, size_t len, size_t *talk);

/* parse/check.c: names and rules */
int check_setting(struct parser *p, enum peer_role role, const struct setting *s,
		  const char *whole);
int check_knob(struct parser *p, const struct word *w);
int check_rule(struct parser *p, const struct word *w);
/*
 * parse/check_rules.c: settles which rules each judging statement judges, and that these and what
 * monitors judge are the rules of the head. The tree is complete.
 */
void check_rules(struct parser *p);
/* A grade of MUST, or a verdict fail, needs an upper-case MUST among `rules` (blank-separated),
 * else the case's. */
int check_grade(struct parser *p, unsigned column, enum grade g, const char *rules);
/* Appends "; did you mean X?" for the nearest of the candidates that were offered. */
struct nearest {
	const char *name, *best;
	size_t distance;
};
void nearest_offer(struct nearest *n, const char *candidate);
const char *nearest_text(const struct nearest *n, char *buf, size_t size);

#endif

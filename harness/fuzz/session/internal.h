/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of sessions only. */
#ifndef FUZZ_SESSION_INTERNAL_H
#define FUZZ_SESSION_INTERNAL_H

#include "../mutate/rng.h"
#include "session.h"

#define PICK(dice, list) ((list)[rng_below(dice, sizeof(list) / sizeof((list)[0]))])

/* ---- text.c: a session as lines ---- */

struct session_line {
	unsigned indent;
	char *text; /* without indentation and comment */
};

struct session_text {
	/* What stands on these lines of the head; NULL: nothing. A case may have several models. */
	char *model, *workload;
	struct session_line *at;
	size_t count;
};

/* From a whole case file, what it judges by included. Comments and the rest of its head go. */
void session_text_read(struct session_text *t, const char *text, size_t len);
char *session_text_write(const struct session_text *t, enum peer_role sut);
void session_text_free(struct session_text *t);

/* How many lines the statement at i has, with the block below it. */
size_t session_unit(const struct session_text *t, size_t i);
/* Takes text over. */
void session_put(struct session_text *t, size_t at, unsigned indent, char *text);
void session_add(struct session_text *t, unsigned indent, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The lines [from, from + n) of another, copied; indented `by` more than there. */
void session_put_all(struct session_text *t, size_t at, const struct session_text *of, size_t from,
		     size_t n, int by);
void session_cut(struct session_text *t, size_t at, size_t n);
void session_set(struct session_line *l, char *text); /* takes text over */

/* Words of a line as they are written, quotes included. */
struct session_word {
	size_t from, len;
};
enum { SESSION_WORDS_MAX = 64 };
size_t session_words(const char *line, struct session_word out[SESSION_WORDS_MAX]);
/* Is this word of the line that text? */
bool session_word_is(const char *line, const struct session_word *w, const char *text);
bool session_begins(const char *line, const char *words); /* whole words, one blank between */
/* The line with its n-th word replaced; "" leaves the word out. Malloc'd. */
char *session_word_set(const char *line, size_t n, const char *text);

/* ---- neutral.c ---- */

/* What a case does, without what it judges: appended to out. Points, values and branches by the
 * dice. */
void session_neutral(const struct session_text *of, enum peer_role sut, struct session_text *out,
		     struct rng *dice);

/* ---- parse.c ---- */

/* It as a session, with what is wrong or too much left out of t; NULL when nothing is left. */
struct script *session_settle(struct session_text *t, enum peer_role sut);

/* ---- pool.c ---- */

const struct session_text *session_pool_text(const struct session_pool *p, size_t i);
enum peer_role session_pool_role(const struct session_pool *p);

/* ---- setting.c: NAME=VALUE words of a line, and its numbers ---- */

void session_append(struct session_line *l, char *word); /* takes word over */
/* The word that begins with `name=`; SIZE_MAX: there is none. */
size_t session_find_setting(const char *line, const char *name);
/* name=value, in place of the one that is there. Both are a word. */
void session_put_setting(struct session_line *l, const char *name, const char *value);
/* Any of them goes; false: there is none. */
bool session_drop_setting(struct session_line *l, struct rng *dice);
/* One of the numbers that stand in the line, outside quotes and names; false: there is none. */
bool session_change_number(struct session_line *l, struct rng *dice);

/* ---- situation.c ---- */

/* Puts in, in front of line `at`, what brings the SUT into the midst of something: a request that
 * waits for its turn, data of which a part has come, an answer that is due. */
void session_situation(struct session_text *t, size_t at, enum peer_role sut, struct rng *dice);

/* ---- change.c, line.c, send.c ---- */

/* Each changes one thing; false: there was nothing that it could change. */
bool session_change(const struct session_pool *p, struct session_text *t, struct rng *dice);
/* One line: a field, a length, a setting, a time, a count. lawful: to what an honest side may do.
 */
bool session_change_line(struct session_line *l, enum peer_role sut, bool lawful, struct rng *dice);
bool session_change_send(struct session_line *l, bool lawful, struct rng *dice);

/* ---- honest.c ---- */

/* session_honest(), or one that does more of what the SUT is there for, parsed. */
struct script *session_honest_script(enum peer_role sut, bool whole, const struct ledger *ledger);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Case text to lines of words; see cases/language.md, "Lines". */
#ifndef SCRIPT_LEX_H
#define SCRIPT_LEX_H

#include "arena.h"
#include "../script.h"

enum { CASE_TEXT_MAX = 256 * 1024, LINE_WORDS_MAX = 256 };

struct word {
	char *text; /* escapes undone; NUL-terminated, may hold NULs too (\x00) */
	size_t len;
	size_t plain; /* bytes in front of the first quoted part; `$` counts only there */
	unsigned column;
	bool quoted; /* the whole word was in quotes */
};

struct line {
	unsigned number, indent;
	struct word *words; /* at least one, unless it is broken */
	size_t count;
	char *raw;   /* as written, without indentation and comment; NULL: broken */
	bool broken; /* it is no line of words; the words before the mistake are there */
};

struct line_list {
	struct line *at;
	size_t count;
};

/* Lines without words are left out. Each mistake is added to *e, and its line is there as a broken
 * one. */
void lex(struct arena *a, const char *text, size_t len, struct line_list *out,
	 struct script_errors *e);

/* In the order of lines and columns; beyond the first SCRIPT_ERRORS_MAX they are only noted. */
void script_errors_add(struct script_errors *all, const struct script_error *e);

/* Fills *e and returns -1. */
int script_error_set(struct script_error *e, unsigned line, unsigned column, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif

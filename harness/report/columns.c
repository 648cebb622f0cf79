/* SPDX-License-Identifier: BSD-2-Clause */
#include "columns.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LEAST = 8, COLUMNS_UNTOLD = 100, COLUMNS_MOST = 1000 };

/* Bytes of the character at `at`. */
static size_t character(const char *at)
{
	size_t n = 1;
	while (((unsigned char)at[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* Bytes of the first `width` characters at most; *all: that is the whole text. */
static size_t fitting(const char *text, unsigned width, bool *all)
{
	size_t n = 0;
	while (text[n] && width--)
		n += character(text + n);
	*all = !text[n];
	return n;
}

void columns_cut(FILE *out, const char *text, unsigned width)
{
	bool all;
	size_t n = fitting(text, width, &all);
	if (!all && width > 3)
		n = fitting(text, width - 3, &all);
	fprintf(out, "%.*s%s", (int)n, text, text[n] ? "..." : "");
}

/* Where a line of at most n bytes is best broken: behind a blank, if there is one. */
static size_t line_end(const char *text, size_t n)
{
	size_t end = n;
	if (text[n] == ' ')
		return n;
	while (end && text[end - 1] != ' ')
		end--;
	return end ? end : n;
}

void columns_wrap(FILE *out, const char *text, unsigned width, unsigned indent, unsigned used,
		  unsigned lines)
{
	if (used + LEAST > width) {
		fprintf(out, "\n%*s", (int)indent, "");
		used = 0;
	}
	for (unsigned line = 1;; line++) {
		bool all;
		const unsigned room = width - used;
		size_t n = fitting(text, room, &all);
		if (all || (lines && line == lines)) {
			columns_cut(out, text, room);
			return;
		}
		n = line_end(text, n);
		size_t shown = n;
		while (shown && text[shown - 1] == ' ')
			shown--;
		fprintf(out, "%.*s\n%*s", (int)shown, text, (int)indent, "");
		text += n + strspn(text + n, " ");
		used = 0;
	}
}

unsigned columns_of(FILE *out)
{
	const char *told = getenv("COLUMNS");
	const long n = told ? strtol(told, NULL, 10) : 0;
	struct winsize size;
	if (n > 0)
		return n < COLUMNS_MOST ? (unsigned)n : COLUMNS_MOST;
	if (!ioctl(fileno(out), TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return COLUMNS_UNTOLD;
}

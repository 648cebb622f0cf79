/* SPDX-License-Identifier: BSD-2-Clause */
/* Where an error says it is: a line, and a column of it, that the text has. */
#ifndef FUZZ_PLACE_H
#define FUZZ_PLACE_H

#include "../harness/wire/err.h"
#include "fuzz.h"

static inline size_t count_lines(const uint8_t *text, size_t size)
{
	size_t lines = 1;
	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines;
}

/* Bytes of the line, which is there, its end not among them. */
static inline size_t line_length(const uint8_t *text, size_t size, size_t line)
{
	const uint8_t *at = text, *end = text + size;
	while (--line)
		at = (const uint8_t *)memchr(at, '\n', (size_t)(end - at)) + 1;
	const uint8_t *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
	return (size_t)((newline ? newline : end) - at);
}

/* One line that a terminal can show, since what is quoted may be anybody's. */
static inline void check_message(const struct err *e)
{
	REQUIRE(memchr(e->what, 0, sizeof(e->what)));
	REQUIRE(e->what[0] && !strchr(e->what, '\n'));
}

/* "NAME:LINE: what" or, with a column, "NAME:LINE:COLUMN: what". */
static inline void check_place(const struct err *e, const char *name, bool column,
			       const uint8_t *text, size_t size)
{
	const size_t len = strlen(name);
	char *end;

	check_message(e);
	REQUIRE(!strncmp(e->what, name, len) && e->what[len] == ':');
	const unsigned long line = strtoul(e->what + len + 1, &end, 10);
	REQUIRE(*end == ':' && line >= 1 && line <= count_lines(text, size));
	if (!column)
		return;
	const unsigned long at = strtoul(end + 1, &end, 10);
	REQUIRE(*end == ':' && at <= line_length(text, size, line) + 1);
}

#endif

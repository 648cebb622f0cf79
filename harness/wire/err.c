/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills and prints struct err. */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(struct err *e, int errnum, size_t offset, const char *section, const char *fmt,
		 va_list args)
{
	e->errnum = errnum;
	e->offset = offset;
	e->section = section;
	vsnprintf(e->what, sizeof(e->what), fmt, args);
	/* What is quoted may be the other side's, and it stays one line. */
	for (char *at = e->what; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f)
			*at = '?';
}

int err_set(struct err *e, int errnum, const char *fmt, ...)
{
	if (!e)
		return -1;
	va_list args;
	va_start(args, fmt);
	fill(e, errnum, ERR_NO_OFFSET, NULL, fmt, args);
	va_end(args);
	return -1;
}

int err_wire(struct err *e, size_t offset, const char *section, const char *fmt, ...)
{
	if (!e)
		return -1;
	va_list args;
	va_start(args, fmt);
	fill(e, 0, offset, section, fmt, args);
	va_end(args);
	return -1;
}

const char *err_text(const struct err *e, char *buf, size_t size)
{
	if (!size)
		return buf;

	char place[40] = "";
	if (e->offset != ERR_NO_OFFSET)
		snprintf(place, sizeof(place), " at byte %zu", e->offset);
	snprintf(buf, size, "%s%s%s%s%s%s%s", e->what, place, e->section ? " (" : "",
		 e->section ? e->section : "", e->section ? ")" : "", e->errnum ? ": " : "",
		 e->errnum ? strerror(e->errnum) : "");
	return buf;
}

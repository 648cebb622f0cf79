/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills and prints struct err. */
#include "err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void fill(struct err *e, int errnum, size_t offset, const char *section)
{
	e->errnum = errnum;
	e->offset = offset;
	e->section = section;
}

int err_set(struct err *e, int errnum, const char *fmt, ...)
{
	if (!e)
		return -1;
	fill(e, errnum, ERR_NO_OFFSET, NULL);
	va_list args;
	va_start(args, fmt);
	vsnprintf(e->what, sizeof(e->what), fmt, args);
	va_end(args);
	return -1;
}

int err_wire(struct err *e, size_t offset, const char *section, const char *fmt, ...)
{
	if (!e)
		return -1;
	fill(e, 0, offset, section);
	va_list args;
	va_start(args, fmt);
	vsnprintf(e->what, sizeof(e->what), fmt, args);
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

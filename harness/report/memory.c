/* SPDX-License-Identifier: BSD-2-Clause */
/* Allocation that cannot fail. */
#include "memory.h"

#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void *must(void *p)
{
	if (!p) {
		fputs("iserspec: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *grow(void *at, size_t count, size_t size)
{
	if (count & (count - 1))
		return at;
	const size_t room = count ? count * 2 : 1;
	if (room > SIZE_MAX / 2 / size)
		must(NULL);
	return must(realloc(at, room * size));
}

void keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

char *text_format(const char *fmt, ...)
{
	char *out;
	va_list args;
	va_start(args, fmt);
	const int len = vasprintf(&out, fmt, args);
	va_end(args);
	return must(len < 0 ? NULL : out);
}

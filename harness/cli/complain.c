/* SPDX-License-Identifier: BSD-2-Clause */
/* One clear line about what is wrong. */
#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/escape.h"
#include "../report/memory.h"
#include "commit.h" /* made by the Makefile */

#ifndef ISERSPEC_VERSION
#define ISERSPEC_VERSION "unknown"
#endif

const char *tool_version(void)
{
	return ISERSPEC_VERSION;
}

const char *tool_commit(void)
{
	return ISERSPEC_COMMIT;
}

int complain(const char *fmt, ...)
{
	char *text;
	va_list args;
	va_start(args, fmt);
	const int len = vasprintf(&text, fmt, args);
	va_end(args);
	must(len < 0 ? NULL : text);
	char *clean = escape_text(text);
	fprintf(stderr, "iserspec: %s\n", clean);
	free(clean);
	free(text);
	return EXIT_USAGE;
}

int complain_err(const struct err *e)
{
	char text[512];
	return complain("%s", err_text(e, text, sizeof(text)));
}

int bad_option(const char *command, const char *word)
{
	/* Only the option's name: what stands behind the = may be a secret. */
	return complain("option '%.*s' is unknown or lacks its value; see iserspec %s --help",
			(int)strcspn(word, "="), word, command);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of the commands: read one by one, or all told to who completes or documents them. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "../report/memory.h"
#include "cli.h"

static FILE *told; /* NULL: they are read, and nobody wants them told */

static void tell(const struct option *table)
{
	static const char *const values[] = {
		[no_argument] = "", [required_argument] = "=", [optional_argument] = "[=]"};
	for (size_t i = 0; table[i].name; i++)
		fprintf(told, "--%s%s\n", table[i].name, values[table[i].has_arg]);
}

int next_option(int argc, char **argv, const char *letters, const struct option *table)
{
	if (told)
		tell(table);
	return getopt_long(argc, argv, letters, table, NULL);
}

void options_tell(FILE *out, int (*command)(int argc, char **argv), char *name)
{
	char ask[] = "--help", *argv[] = {name, ask, NULL}, *help = NULL;
	size_t len;
	FILE *const screen = stdout;
	/* What it says is not wanted, but that it looks at its options. */
	stdout = must(open_memstream(&help, &len));
	told = out;
	command(2, argv);
	told = NULL;
	fclose(stdout);
	stdout = screen;
	free(help);
}

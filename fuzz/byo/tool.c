/* SPDX-License-Identifier: BSD-2-Clause */
/* What `make byo` does with sessions: byo-tool show FILE | trim PROGRAM FILE OUT |
 * signature PROGRAM FILE. */
#include "tool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int usage(void)
{
	fprintf(stderr, "usage: byo-tool show FILE                 a session for people\n"
			"       byo-tool trim PROGRAM FILE OUT     a finding made small\n"
			"       byo-tool signature PROGRAM FILE    how the program fails on it\n");
	return 2;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int rc;

	if (!strcmp(what, "show") && argc == 3) {
		rc = tool_show(argv[2]);
	} else if (!strcmp(what, "trim") && argc == 5) {
		rc = tool_trim(argv[2], argv[3], argv[4]);
	} else if (!strcmp(what, "signature") && argc == 4) {
		rc = tool_signature(argv[2], argv[3]);
	} else {
		return usage();
	}
	return rc < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

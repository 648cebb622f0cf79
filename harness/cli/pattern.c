/* SPDX-License-Identifier: BSD-2-Clause */
/* The C library's regular expressions with errors of ours. */
#include "pattern.h"

int pattern_compile(regex_t *p, const char *text, struct err *e)
{
	char why[128];
	const int status = regcomp(p, text, REG_EXTENDED | REG_NOSUB);
	if (!status)
		return 0;
	regerror(status, p, why, sizeof(why));
	return err_set(e, 0, "'%s' is no regular expression: %s", text, why);
}

bool pattern_matches(const regex_t *p, const char *text)
{
	return !regexec(p, text, 0, NULL, 0);
}

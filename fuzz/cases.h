/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the cases are: ISERSPEC_CASES, the folder here, or the one beside the program. */
#ifndef FUZZ_CASES_H
#define FUZZ_CASES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline const char *cases_folder(void)
{
	static const char name[] = "/cases";
	static char path[4096];
	const char *named = getenv("ISERSPEC_CASES");

	if (named || !access(name + 1, F_OK))
		return named ? named : name + 1;
	const ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - sizeof(name));
	path[n > 0 ? n : 0] = '\0';
	char *slash = strrchr(path, '/');
	snprintf(slash ? slash : path, sizeof(name), "%s", name);
	return path;
}

#endif

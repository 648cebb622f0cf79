/* SPDX-License-Identifier: BSD-2-Clause */
/* What targets want to know of cases: where they are, and what a text that may be one is called. */
#ifndef FUZZ_CASES_H
#define FUZZ_CASES_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The id has to say whom the case tests, as the head does. */
static inline const char *case_id(const uint8_t *text, size_t size)
{
	static const char word[] = "\nsut ", role[] = "initiator";
	const uint8_t *at = memmem(text, size, word, strlen(word)), *end = text + size;

	for (at = at ? at + strlen(word) : end; at < end && *at == ' '; at++)
		;
	return (size_t)(end - at) >= strlen(role) && !memcmp(at, role, strlen(role))
		       ? "initiator/fuzz/case"
		       : "target/fuzz/case";
}

/* ISERSPEC_CASES, the folder here, or the one beside the program. */
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
